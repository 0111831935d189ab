import gzip
import os
from pathlib import Path

import pysam
import pytest

from sparling.errors import InputError
from sparling_genomics.files.bgzip import TBI_REACH, check_writable, index_by_place, text_written
from sparling_genomics.files.text_files import check_replaceable, numbered_lines


def write(path, *lines: str, **asked) -> None:
    write_all(path, lines, **asked)


def write_all(path, lines, **asked) -> None:
    with text_written(path, **asked) as file:
        for line in lines:
            file.write(line)


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_lines_come_back(tmp_path, name) -> None:
    write(tmp_path / name, "x\t1\n", "é\n")
    assert [line for _, line in numbered_lines(tmp_path / name)] == ["x\t1", "é"]


def test_the_same_lines_give_the_same_bytes_and_replace_what_was_there(tmp_path) -> None:
    path = tmp_path / "a.gz"
    path.write_text("old")
    write(path, "new\n")
    write(tmp_path / "b.gz", "new\n")
    assert path.read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress(path.read_bytes()) == b"new\n"


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_where_the_lines_fail_nothing_is_left(tmp_path, name) -> None:
    path = tmp_path / name
    path.write_text("old")

    def lines():
        yield "new\n"
        raise InputError("no more")

    with pytest.raises(InputError, match="no more"):
        write_all(path, lines())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_file_and_one_that_is_missing_holds_none(tmp_path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "no" / "a.tsv"):
        with pytest.raises(InputError, match="cannot be written"):
            write(path, "x\n")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(("longest", "end"), [(0, ".tbi"), (TBI_REACH + 1, ".csi")])
def test_a_chromosome_beyond_the_reach_of_tbi_has_the_other_index(tmp_path, longest, end) -> None:
    path = tmp_path / "v.vcf.gz"
    far = TBI_REACH + 5 if longest else 5
    head = f"##fileformat=VCFv4.2\n##contig=<ID=1,length={far + 1}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    write(path, head, f"1\t{far}\ta\tA\tG\t.\t.\t.\n", kind="vcf", longest=lambda: longest)
    assert {each.name for each in tmp_path.iterdir()} == {path.name, path.name + end}
    with pysam.TabixFile(str(path), index=f"{path}{end}") as file:
        assert [line.split("\t")[2] for line in file.fetch("1", far - 1, far)] == ["a"]


def test_lines_out_of_order_have_no_index(tmp_path) -> None:
    path = tmp_path / "a.bed.gz"
    write(path, "I\t9\t10\n", "I\t1\t2\n")
    with pytest.raises(OSError, match="index"):
        index_by_place(path, "bed", 0)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["pipe", "pipe.gz"])
def test_a_device_or_a_pipe_is_not_replaced(tmp_path, name) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    for write in (lambda: text_written(pipe).__enter__(), lambda: check_writable([pipe])):
        with pytest.raises(InputError, match="a device or a pipe, expected the name of a file to write"):
            write()
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_an_open_file_is_not_replaced_whatever_it_is(name) -> None:
    with pytest.raises(InputError, match="a device or a pipe"):
        check_replaceable(Path(name))


def test_where_blocks_cannot_be_written_nothing_is_left(tmp_path, capfd) -> None:
    with (
        pytest.raises(InputError, match=r"cannot be written \(is the disk full\?\), .*x.gz"),
        text_written(tmp_path / "x.gz"),
    ):
        raise OSError("Write failed")  # as pysam says it, without a number
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == ""
