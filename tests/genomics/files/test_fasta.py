import gzip
import re
import struct
import threading
import zlib

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.files.fasta import iter_fasta, places, read_fasta
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.letters.intervals import Interval
from tests.counting import calls

BLANKS = "\v\f\x1c\x85\xa0\xad\u1680\u2003\u2028\u2029\u200b\u3000\ufeff"
TWO_RECORDS = ">a label=1 split=test some text\nACGT\nacgu\n\n>b\nNNRT\n"


def write(tmp_path, content, name="x.fa"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def bgzf(data, block=20):
    """Blocked gzip as bgzip writes it: members with a BC field that holds the block size, then an empty block."""
    out = b""
    for start in [*range(0, len(data), block), len(data)]:
        chunk = data[start : start + block]
        deflate = zlib.compressobj(wbits=-15)
        body = deflate.compress(chunk) + deflate.flush()
        header = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\xff" + struct.pack("<H2sHH", 6, b"BC", 2, len(body) + 25)
        out += header + body + struct.pack("<II", zlib.crc32(chunk), len(chunk))
    return out


def contents(records):
    return [(r.name, r.attributes, decode(r.codes), r.line, r.n_ambiguous) for r in records]


EXPECTED = [("a", {"label": "1", "split": "test"}, "ACGTACGT", 1, 0), ("b", {}, "NNNT", 5, 3)]


@pytest.mark.parametrize(
    "content",
    [
        TWO_RECORDS.encode(),
        TWO_RECORDS.rstrip("\n").encode(),
        TWO_RECORDS.replace("\n", "\r\n").encode(),
        TWO_RECORDS.replace("\n", "\r").encode(),
        TWO_RECORDS.replace("\nACGT\n", "\n AC\tGT \n").encode(),
        b"\xef\xbb\xbf" + TWO_RECORDS.encode(),
        gzip.compress(TWO_RECORDS.encode()),
        gzip.compress(TWO_RECORDS[:20].encode()) + gzip.compress(TWO_RECORDS[20:].encode()),
        bgzf(TWO_RECORDS.encode()),
        TWO_RECORDS.encode("utf-16"),
        b"\xfe\xff" + TWO_RECORDS.replace("\n", "\r\n").encode("utf-16-be"),
        gzip.compress(TWO_RECORDS.encode("utf-16")),
        *(TWO_RECORDS.replace("\nACGT\n", f"\n{c}AC{c}{c}GT{c}\n").encode() for c in BLANKS),
        TWO_RECORDS.replace(">b", "\ufeff>b\u200b").encode(),
        TWO_RECORDS.replace("\n\n", "\n;a remark\n").encode(),
        TWO_RECORDS.replace("\n\n", "\n# a remark > b\n").encode(),
    ],
    ids=[
        *("plain", "no last newline", "windows", "old mac", "blanks", "byte-order mark", "gzip", "two members", "bgzf"),
        *("utf-16", "utf-16 of windows", "utf-16 in gzip", *(f"U+{ord(c):04X}" for c in BLANKS)),
        *("joined files with byte-order marks", "remark", "another remark"),
    ],
)
def test_every_way_to_store_the_same_records(tmp_path, content):
    assert contents(read_fasta(write(tmp_path, content))) == EXPECTED


def test_a_header_without_sequence_is_an_empty_record(tmp_path):
    records = read_fasta(write(tmp_path, ">a\n>b\nAC\n>c\n"))
    assert contents(records) == [("a", {}, "", 1, 0), ("b", {}, "AC", 2, 0), ("c", {}, "", 4, 0)]


def test_only_later_words_with_a_key_are_attributes(tmp_path):
    (record,) = read_fasta(write(tmp_path, ">x=1\tscore=2=3 =4 word k=\nA\n"))
    assert record.name == "x=1"
    assert record.attributes == {"score": "2=3", "k": ""}


def test_coordinates_come_from_the_name_or_from_the_words_of_the_ucsc_table_browser(tmp_path):
    text = ">chr1:10-14(-)\nACGT\n>hg38_ct_1 range=chr1:11-14 5'pad=0 strand=+\nACGT\n>x range=chr1:1-9\nAC\n"
    expected = [Interval("chr1", 10, 14, "-"), Interval("chr1", 10, 14, "+"), None]
    assert list(places(read_fasta(write(tmp_path, text)))) == expected


def test_lines_are_counted_by_line_ends_alone(tmp_path):
    content = f">a\nAC\v\f\x1c\x85\u2028\u2029GT\n>b\xa0c\nA{BLANKS}!\n"
    path = write(tmp_path, content)
    column = len(BLANKS) + 2
    with pytest.raises(InputError, match=rf"^letter '!' in column {column} is no nucleotide, {path}:4$"):
        read_fasta(path)
    assert next(iter_fasta(path)).line == 1


def test_x_masks_dna_and_protein_is_still_told(tmp_path):
    (record,) = read_fasta(write(tmp_path, f">a\nAC{'X' * 30}gtx\n"))
    assert (decode(record.codes), record.n_ambiguous) == ("AC" + "N" * 30 + "GTN", 31)
    for line, column in (("MKVXXXADTWELLP", 11), ("XXXXMKLV", 7)):
        with pytest.raises(InputError, match=rf"^letter '[A-Z]' in column {column} is no nucleotide"):
            read_fasta(write(tmp_path, f">p\n{line}\n"))
    with pytest.raises(InputError, match=r"\(this looks like protein\)"):
        read_fasta(write(tmp_path, ">p\nMKVXXXADTWELLPEELF\n"))


def test_a_name_that_was_used_before_is_numbered(tmp_path):
    records = read_fasta(write(tmp_path, "".join(f">{name} x\nAC\n" for name in ("a", "a_2", "b", "a", "a", "b"))))
    assert [record.name for record in records] == ["a", "a_2", "b", "a_3", "a_4", "b_2"]
    assert [record.written_name for record in records] == ["a", "a_2", "b", "a", "a", "b"]


def test_a_number_behind_a_name_leaves_its_place_as_it_is(tmp_path):
    records = read_fasta(write(tmp_path, ">chr1:10-14\nACGT\n>chr1:10-14\nACGT\n"))
    assert [record.name for record in records] == ["chr1:10-14", "chr1:10-14_2"]
    assert places(records) == (Interval("chr1", 10, 14),) * 2


def test_letters_u_are_counted(tmp_path):
    assert [r.n_uracil for r in read_fasta(write(tmp_path, ">a\nACGU\nUu\n>b\nACGT\n"))] == [3, 0]


def test_codes_can_be_written_to(tmp_path):
    (record,) = read_fasta(write(tmp_path, ">a\nACGT\n"))
    record.codes[0] = 3
    assert decode(record.codes) == "TCGT"


def test_the_same_sequence_under_two_names_is_fine(tmp_path):
    assert len(read_fasta(write(tmp_path, ">a\nACGT\n>b\nACGT\n"))) == 2


def test_a_pipe_can_be_read(tmp_path):
    import os

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(gzip.compress(TWO_RECORDS.encode()),))
    writer.start()
    assert contents(read_fasta(path)) == EXPECTED
    writer.join()


def test_records_come_before_a_later_fault_is_met(tmp_path):
    records = iter_fasta(write(tmp_path, ">a\nAC\n>b\nA!\n"))
    assert next(records).name == "a"
    with pytest.raises(InputError, match=r":4$"):
        next(records)


NO_NUCLEOTIDE = r"letter '{}' in column {} is no nucleotide"


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "empty file, expected FASTA"),
        (b"\n\n", 1, "empty file, expected FASTA"),
        (gzip.compress(b"", mtime=0), 1, "empty file, expected FASTA"),
        (b">a\nAC\n>b\nA\0C\n", 4, "binary data, expected text"),
        (b"\nACGT\n", 2, "no FASTA header, got 'ACGT', expected '>name'"),
        (b"@read1\nACGT\n+\nIIII\n", 1, r"no FASTA header, got '@read1' \(this looks like FASTQ\)"),
        (b">a\nAC\n>\nAC\n", 3, "header without a name, got '>', expected '>name'"),
        (b">a\nAC\n> b\nAC\n", 3, "header without a name, got '> b'"),
        (b">a\nACGT\nAC-GT\n", 3, NO_NUCLEOTIDE.format("-", 3) + r" \(gaps of an alignment must be removed first\)"),
        (b">a\nACGTACGTEACGT\n", 2, NO_NUCLEOTIDE.format("E", 9) + r"(?! \()"),
        (b">a\nMKVLAADTWE\n", 2, NO_NUCLEOTIDE.format("L", 4) + r" \(this looks like protein\)"),
        (">a\nACé\n".encode(), 2, NO_NUCLEOTIDE.format("é", 3)),
        (b">a\nAC 7\n", 2, NO_NUCLEOTIDE.format("7", 4)),
    ],
)
def test_a_fault_is_reported_with_its_line(tmp_path, content, line, message):
    path = write(tmp_path, content)
    with pytest.raises(InputError, match=rf"^{message}.*, {re.escape(str(path))}:{line}$"):
        read_fasta(path)


def test_gzip_data_that_are_cut_off(tmp_path):
    text = "".join(f">s{i}\n{'ACGT' * 20}\n" for i in range(5000))
    path = write(tmp_path, gzip.compress(text.encode())[:-2000])
    with pytest.raises(InputError, match=rf"^the gzip data are cut off; is the file complete\?, {path}:\d+$"):
        read_fasta(path)


def test_gzip_data_that_are_broken(tmp_path):
    data = bytearray(gzip.compress(TWO_RECORDS.encode()))
    data[-6] ^= 255  # the checksum
    path = write(tmp_path, bytes(data))
    with pytest.raises(InputError, match=rf"^the gzip data are broken \(CRC check failed.*\), {path}:\d+$"):
        read_fasta(path)


def test_a_member_that_does_not_inflate(tmp_path):
    path = write(tmp_path, gzip.compress(TWO_RECORDS.encode())[:10] + b"\xff" * 50)
    with pytest.raises(InputError, match=rf"^the gzip data are broken \(.*\), {path}:1$"):
        read_fasta(path)


@pytest.mark.parametrize(
    ("magic", "kind"),
    [(b"BZh9", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip"), (b"\x28\xb5\x2f\xfd", "zstd")],
)
def test_other_compression_is_named(tmp_path, magic, kind):
    path = write(tmp_path, magic + bytes(20))
    with pytest.raises(InputError, match=rf"^compressed with {kind}, expected plain text or gzip, {path}$"):
        read_fasta(path)


def test_what_is_no_readable_file(tmp_path):
    with pytest.raises(InputError, match=rf"^no such file, {tmp_path}/none.fa$"):
        read_fasta(tmp_path / "none.fa")
    with pytest.raises(InputError, match=rf"^a directory, expected a file, {tmp_path}$"):
        read_fasta(tmp_path)
    with pytest.raises(InputError, match=r"^cannot be read \(Not a directory\), "):
        read_fasta(write(tmp_path, "x") / "x.fa")


def random_records(tmp_path, n):
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)[np.random.default_rng(0).integers(0, 4, (n, 200))]
    return write(tmp_path, b"".join(b">s%d label=1\n%b\n" % (i, row.tobytes()) for i, row in enumerate(letters)))


def test_many_sequences_cost_a_few_calls_each_and_no_more_the_more_there_are(tmp_path):
    def cost(n):
        path = random_records(tmp_path, n)
        return calls(lambda: read_fasta(path))

    few, more, many = cost(500), cost(1000), cost(3000)
    assert (many - more) / 2000 < 1.1 * (more - few) / 500
    assert (many - more) / 2000 < 45


def test_50000_sequences_are_read(tmp_path):
    path = random_records(tmp_path, 50_000)
    records = read_fasta(path)
    assert len(records) == 50_000
    assert path.read_text().endswith(f">s49999 label=1\n{decode(records[-1].codes)}\n")


def test_real_files_agree_with_biopython(shared_data):
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    for name in ("tf_chip/CTCF_top500_200bp", "meme_examples/Puf3p", "meme_examples/Klf1", "rbp_rbns/RBFOX3_rbns_20nt"):
        path = shared_data / f"{name}.fa.gz"
        with gzip.open(path, "rt") as handle:
            expected = [(title.split()[0], sequence.replace("U", "T")) for title, sequence in SimpleFastaParser(handle)]
        assert [(r.name, decode(r.codes)) for r in read_fasta(path)] == expected


@pytest.mark.parametrize("most_records", [6_500, pytest.param(10**9, marks=pytest.mark.slow)])
def test_every_real_set_of_sequences_is_read(shared_data, most_records):
    table = (shared_data / "MANIFEST.tsv").read_text().splitlines()
    columns = table[0].split("\t")
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in table[1:]]
    folders = ("tf_chip/", "rbp_clip/", "rbp_rbns/", "meme_examples/", "tf_selex/")
    sets = [row for row in rows if row["path"].startswith(folders) and row["path"].endswith(".fa.gz")]
    sets = [row for row in sets if int(row["n_records"]) <= most_records]
    assert len(sets) >= 8
    for row in sets:
        assert len(read_fasta(shared_data / row["path"])) == int(row["n_records"])
