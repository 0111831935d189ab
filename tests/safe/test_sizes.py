"""Small files that would be large: a clear error, in a process that may have 1 GB beside what its libraries take."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from sparling.errors import InputError
from sparling_genomics.files import text_files
from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.letters.intervals import parse_interval
from sparling_genomics.splicing.annotation import read_annotation

MEME = "MEME version 4\nMOTIF a\nletter-probability matrix:"
ROOT = Path(__file__).parents[2]
LIMITED = """
import resource, sys
from tests.fuzz.readers import READERS
from sparling.errors import InputError
from pathlib import Path
free = 1 << 30
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + free, used + free))
try:
    READERS[sys.argv[1]].read(Path(sys.argv[2]))
except InputError as error:
    print(error)
"""


def read_with_little_memory(name: str, path: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", LIMITED, name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bomb(path: Path, start: bytes, letter: bytes, pieces: int = 150) -> Path:
    """So many times ten million letters in a gzip file a thousandth as large."""
    path.write_bytes(gzip.compress(start) + gzip.compress(letter * 10_000_000) * pieces)
    return path


@pytest.mark.parametrize(("name", "start", "letter"), [("fasta", b">a\n", b"N"), ("bed", b"chr1\t0\t5\t", b"a")])
def test_a_gzip_bomb_ends_in_an_error_and_in_little_memory(name, start, letter, tmp_path):
    path = bomb(tmp_path / "bomb.gz", start, letter)
    assert path.stat().st_size < 3_000_000
    assert "more than 200 times as large" in read_with_little_memory(name, path)


def test_a_gzip_of_real_letters_is_read_whatever_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "UNCHECKED", 1000)
    path = tmp_path / "x.fa.gz"
    path.write_bytes(gzip.compress(b">a\n" + b"ACGTTGCATTAGC\n" * 500))
    assert len(list(text_files.numbered_lines(path))) == 501


def test_a_line_without_an_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "LONGEST_LINE", 1000)
    path = tmp_path / "x.fa"
    path.write_text(f">a\n{'A' * 1000}\n{'A' * 1001}\n")
    with pytest.raises(InputError, match=r"a line of more than 1,000 letters, .*x\.fa:3"):
        list(text_files.numbered_lines(path))


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (read_regions, f"chr1\t0\t{10**18}\n", "whole number|at most 1,000,000,000,000 bp"),
        (read_regions, f"chr1\t0\t{10**13}\n", "at most 1,000,000,000,000 bp"),
        (read_annotation, f'I\tx\texon\t1\t{10**13}\t.\t+\t.\ttranscript_id "t";\n', "at most 1,000,000,000,000"),
        (
            read_motifs,
            f"{MEME} w= 1000000000\n1 0 0 0\n",
            "of 1000000000 rows",
        ),
        (
            read_motifs,
            f"{MEME} w= {'9' * 5000}\n1 0 0 0\n",
            "must be numbers",
        ),
    ],
)
def test_absurd_sizes_are_refused_with_their_line(read, content, said, tmp_path):
    path = tmp_path / "input"
    path.write_text(content)
    with pytest.raises(InputError, match=said) as caught:
        read(path)
    assert f"{path}:" in str(caught.value)


def test_a_name_with_an_absurd_place_says_no_place():
    assert parse_interval(f"chr1:{10**13}-{10**13 + 5}", 5) is None
    assert parse_interval(f"chr1:0-{'9' * 6000}", 5) is None


def test_a_record_of_a_million_alleles_is_read_or_refused_in_little_memory(tmp_path):
    path = tmp_path / "x.vcf"
    head = "##fileformat=VCFv4.2\n##contig=<ID=I>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(f"{head}I\t5\t.\tA\t{'G,' * 999_999}G\t.\t.\t.\n")
    said = read_with_little_memory("vcf", path)
    assert said == "" or ("no VCF" in said and f"{path}:4" in said)
