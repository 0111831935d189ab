import gzip

import pytest

from sparling.errors import InputError
from sparling_genomics.files.text_files import numbered_lines, write_lines


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_lines_come_back(tmp_path, name) -> None:
    assert write_lines(tmp_path / name, iter(["x\t1\n", "é\n"])) == 2
    assert [line for _, line in numbered_lines(tmp_path / name)] == ["x\t1", "é"]


def test_the_same_lines_give_the_same_bytes_and_replace_what_was_there(tmp_path) -> None:
    path = tmp_path / "a.gz"
    path.write_text("old")
    write_lines(path, ["new\n"])
    first = path.read_bytes()
    write_lines(tmp_path / "b.gz", ["new\n"])
    assert first == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress(first) == b"new\n"


def test_where_the_lines_fail_nothing_is_left(tmp_path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("old")

    def lines():
        yield "new\n"
        raise InputError("no more")

    with pytest.raises(InputError, match="no more"):
        write_lines(path, lines())
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.tsv"]


def test_a_folder_is_no_file(tmp_path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_lines(tmp_path, ["x\n"])
