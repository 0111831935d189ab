"""Any piece of a genome, out of a plain, BGZF or gzip file: the same letters as reading the whole."""

import gzip
import multiprocessing
import os
import pickle
import shutil
import textwrap
from pathlib import Path

import numpy as np
import pytest
from Bio import bgzf

from sparling.errors import InputError
from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.files.genome import meant, open_genome
from sparling_genomics.letters.alphabet import encode, reverse_complement
from sparling_genomics.letters.intervals import Interval

POMBE = Path(__file__).resolve().parents[4] / "shared" / "data" / "splicing" / "pombe_genome.fa.gz"
LENGTHS = {"chr1": 1000, "chr2": 317, "chrM": 60, "empty": 0, "chrX": 61}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def letters_of(length, seed):
    rng = np.random.default_rng([seed, length])
    return "".join(rng.choice(list("ACGTNacgtn"), length))


SEQUENCES = {name: letters_of(length, 3) for name, length in LENGTHS.items()}


def fasta_text(width=60, end="\n", last_end=True):
    lines = []
    for name, text in SEQUENCES.items():
        lines.append(f">{name} a header with words")
        lines += [text[i : i + width] for i in range(0, len(text), width)]
    return end.join(lines) + (end if last_end else "")


def bgzip(path):
    with bgzf.BgzfWriter(f"{path}.gz") as file:
        for start in range(0, path.stat().st_size, 500):  # several blocks
            file.write(path.read_bytes()[start : start + 500])
            file.flush()
    return Path(f"{path}.gz")


def kinds(folder):
    """The same genome in every kind of file."""
    made = {}
    for name, text in {
        "plain": fasta_text(),
        "windows": fasta_text(end="\r\n"),
        "one_line": fasta_text(width=10_000),
        "no_last_end": fasta_text(last_end=False),
        "uneven": fasta_text().replace(
            SEQUENCES["chr1"][120:180], SEQUENCES["chr1"][120:150] + "\n" + SEQUENCES["chr1"][150:180]
        ),
        "long_last_line": fasta_text().replace(
            f"{SEQUENCES['chrX'][:60]}\n{SEQUENCES['chrX'][60:]}", f"{SEQUENCES['chrX'][:7]}\n{SEQUENCES['chrX'][7:]}"
        ),
        "old_macs": fasta_text(end="\r"),
        "comments": ";made by hand\n" + fasta_text(),
        "blank_lines": fasta_text().replace("\n>", "\n\n>"),
    }.items():
        made[name] = folder / f"{name}.fa"
        made[name].write_bytes(text.encode())
    made["bgzf"] = bgzip(made["plain"])
    made["gzip"] = folder / "ordinary.fa.gz"
    made["gzip"].write_bytes(gzip.compress(fasta_text().encode()))
    made["misnamed"] = shutil.copy(made["bgzf"], folder / "misnamed.fa")
    return made


KINDS = ["plain", "windows", "one_line", "no_last_end", "uneven", "long_last_line", "old_macs"]
KINDS += ["comments", "blank_lines", "bgzf", "gzip", "misnamed"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_piece_is_that_of_the_text(tmp_path, kind):
    genome = open_genome(kinds(tmp_path)[kind])
    assert genome.lengths == LENGTHS
    assert list(genome.lengths) == list(LENGTHS)
    rng = np.random.default_rng(1)
    for chrom, text in SEQUENCES.items():
        ends = [(0, len(text)), (0, 0), (len(text), len(text))]
        ends += [tuple(sorted(rng.integers(0, len(text) + 1, 2).tolist())) for _ in range(40)]
        ends += [(a, min(a + 60, len(text))) for a in range(0, len(text), 60)]
        for start, end in ends:
            assert genome.codes(chrom, start, end).tolist() == encode(text[start:end]).tolist()
            assert genome.soft_masked(chrom, start, end).tolist() == [x.islower() for x in text[start:end]]
            own = genome.at(Interval(chrom, start, end, "-"))
            assert own.tolist() == reverse_complement(encode(text[start:end])).tolist()


@pytest.mark.skipif(not POMBE.exists(), reason="needs ../shared/data")
def test_a_real_genome_by_pieces_is_the_whole():
    genome = open_genome(POMBE)
    assert sum(genome.lengths.values()) == 12_591_253
    assert genome.noticed
    assert "copied once to" in genome.noticed[0]
    assert "read from a copy" in open_genome(POMBE).noticed[0]
    rng = np.random.default_rng(2)
    for record in read_fasta(POMBE):
        for start in rng.integers(0, len(record.codes) - 500, 20).tolist():
            assert (genome.codes(record.name, start, start + 500) == record.codes[start : start + 500]).all()


def test_checksum_is_of_the_content_not_of_the_file(tmp_path):
    made = kinds(tmp_path)
    sums = {kind: open_genome(made[kind]).checksum for kind in KINDS}
    assert len(set(sums.values())) == 1
    other = tmp_path / "other.fa"
    other.write_text(fasta_text().replace(">chr2", ">chr3"))
    upper = tmp_path / "upper.fa"
    upper.write_text("\n".join(x if x.startswith(">") else x.upper() for x in fasta_text().splitlines()))
    assert open_genome(made["plain"]).has_soft_masks
    assert not open_genome(upper).has_soft_masks
    assert len({sums["plain"], open_genome(other).checksum, open_genome(upper).checksum}) == 3


def test_an_index_is_made_once_beside_the_genome(tmp_path):
    path = kinds(tmp_path)["plain"]
    open_genome(path)
    index = tmp_path / "plain.fa.fai"
    assert index.read_text().splitlines()[0].split("\t")[:2] == ["chr1", "1000"]
    before = index.stat().st_mtime_ns
    open_genome(path)
    assert index.stat().st_mtime_ns == before
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_the_index_of_samtools_is_taken(tmp_path):
    path = kinds(tmp_path)["plain"]
    pytest.importorskip("pysam").faidx(str(path))
    before = (tmp_path / "plain.fa.fai").stat().st_mtime_ns
    assert open_genome(path).lengths == {name: length for name, length in LENGTHS.items() if length}
    assert (tmp_path / "plain.fa.fai").stat().st_mtime_ns == before


@pytest.mark.parametrize("kind", ["plain", "bgzf"])
@pytest.mark.parametrize("damage", ["", "chr1\t900\n", "chr1\tx\t10\t60\t61\n", "\0\0\0", "chr1\t1000\t900\t60\t61\n"])
def test_a_broken_index_is_made_anew(tmp_path, kind, damage):
    path = kinds(tmp_path)[kind]
    open_genome(path)
    index = Path(f"{path}.fai")
    whole = index.read_bytes()
    index.write_text(damage)
    assert open_genome(path).lengths == LENGTHS
    assert index.read_bytes() == whole


def test_a_broken_index_of_blocks_is_made_anew(tmp_path):
    path = kinds(tmp_path)["bgzf"]
    open_genome(path)
    blocks = Path(f"{path}.gzi")
    blocks.write_bytes(b"\5\0\0")
    assert open_genome(path).codes("chrX", 0, 61).tolist() == encode(SEQUENCES["chrX"]).tolist()


def test_a_stale_index_is_made_anew(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(">a\nACGT\n>b\nAC\n")
    open_genome(path)
    path.write_text(">longer_name\nACGTACGT\n")
    later = (tmp_path / "g.fa.fai").stat().st_mtime + 5
    os.utime(path, (later, later))
    os.utime(tmp_path / "g.fa.fai", (later - 5, later - 5))
    assert open_genome(path).lengths == {"longer_name": 8}


def test_an_index_of_another_genome_with_a_newer_time_is_made_anew(tmp_path):
    (tmp_path / "g.fa").write_text(">a\nACGT\n>b\nAC\n")
    open_genome(tmp_path / "g.fa")
    later = (tmp_path / "g.fa.fai").stat().st_mtime + 5
    (tmp_path / "g.fa").write_text(">a\nACGTAA\n>b\nAC\n")
    os.utime(tmp_path / "g.fa.fai", (later, later))
    assert open_genome(tmp_path / "g.fa").lengths == {"a": 6, "b": 2}


@pytest.mark.parametrize("widths", [(60, 70), (70, 60)])
def test_an_index_of_other_lines_with_a_newer_time_is_made_anew(tmp_path, widths):
    path, index = tmp_path / "g.fa", tmp_path / "g.fa.fai"
    for width in widths:
        path.write_text("\n".join([">chr1", *textwrap.wrap(SEQUENCES["chr1"], width)]) + "\n")
        if width == widths[0]:
            open_genome(path)
    later = path.stat().st_mtime + 5
    os.utime(index, (later, later))
    assert open_genome(path).codes("chr1", 100, 190).tolist() == encode(SEQUENCES["chr1"][100:190]).tolist()


def test_where_the_folder_cannot_be_written_the_index_is_in_the_cache(tmp_path, cache, monkeypatch):
    """As root every folder can be written: the index beside it is refused by hand."""
    from sparling_genomics.files import genome_index

    path = kinds(tmp_path)["plain"]
    real = genome_index._make

    def refused(given, files):
        if files.index.parent == tmp_path:
            raise PermissionError(13, "Permission denied")
        real(given, files)

    monkeypatch.setattr(genome_index, "_make", refused)
    assert open_genome(path).codes("chr1", 0, 5).tolist() == encode(SEQUENCES["chr1"][:5]).tolist()
    assert not (tmp_path / "plain.fa.fai").exists()
    assert len(list(cache.rglob("plain.fa.fai"))) == 1

    monkeypatch.setattr(
        genome_index, "_make", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    path.write_text(fasta_text().replace("chr1", "chr7"))
    with pytest.raises(InputError, match=r"index can be written neither beside it nor to .*Permission denied"):
        open_genome(path)


def piece(genome):
    return genome.codes("chr2", 7, 300).tobytes()


@pytest.mark.parametrize("kind", ["plain", "bgzf"])
def test_other_processes_read_the_same(tmp_path, kind):
    genome = open_genome(kinds(tmp_path)[kind])
    own = piece(genome)
    assert piece(pickle.loads(pickle.dumps(genome))) == own
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(piece, [genome] * 3) == [own] * 3


@pytest.mark.parametrize(
    ("chrom", "said"),
    [
        ("1", "has no '1': did you mean 'chr1'\\?, peaks.bed:3"),
        ("CHR2", "did you mean 'chr2'"),
        ("MT", "did you mean 'chrM'"),
        ("chrx", "did you mean 'chrX'"),
        ("chr22", "did you mean 'chr2'"),
        ("scaffold_9", "has no 'scaffold_9', but chr1, chr2, chrM and 2 more"),
    ],
)
def test_an_unknown_chromosome_is_told_what_there_is(tmp_path, chrom, said):
    genome = open_genome(kinds(tmp_path)["plain"])
    assert genome.known("chr1", "peaks.bed", 3) == "chr1"
    with pytest.raises(InputError, match=said):
        genome.known(chrom, "peaks.bed", 3)
    with pytest.raises(InputError, match=r"plain\.fa has no"):
        genome.codes(chrom, 0, 1)


def test_chromosomes_without_chr_are_offered():
    assert meant("chr7", ["1", "7"]) == ": did you mean '7'?"
    assert meant("chrM", ["I", "MT"]) == ": did you mean 'MT'?"


@pytest.mark.parametrize(("start", "end"), [(0, 318), (317, 318), (-1, 5), (400, 500)])
def test_beyond_the_end(tmp_path, start, end):
    genome = open_genome(kinds(tmp_path)["plain"])
    with pytest.raises(InputError, match=f"chr2:{start}-{end} does not lie in chr2, which has 317 bp"):
        genome.codes("chr2", start, end)


def test_start_behind_the_end(tmp_path):
    with pytest.raises(InputError, match="start must be at most the end; got chr2:9-3"):
        open_genome(kinds(tmp_path)["plain"]).codes("chr2", 9, 3)


def test_a_letter_that_is_none_is_named_with_its_place(tmp_path):
    (tmp_path / "g.fa").write_text(">a\nACGT\nAC-T\n")
    with pytest.raises(InputError, match=r"letter '-' at a:7 is no nucleotide, .*g\.fa"):
        open_genome(tmp_path / "g.fa").codes("a", 2, 8)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file, expected FASTA, .*g.fa:1"),
        (b"chr1\t0\t100\n", "no FASTA header, got 'chr1.*g.fa:1"),
        (b"@read\nACGT\n+\nIIII\n", "looks like FASTQ"),
        (b">\nACGT\n", "header without a name"),
        (b">a\nAC\n>b\nGG\n>a\nTT\n", "two sequences are called 'a', .*g.fa"),
        (b"\0\1\2", "binary data"),
        (b"BZh91AY", "compressed with bzip2"),
    ],
)
def test_what_is_no_genome(tmp_path, content, said):
    (tmp_path / "g.fa").write_bytes(content)
    with pytest.raises(InputError, match=said):
        open_genome(tmp_path / "g.fa")
    assert [each.name for each in tmp_path.iterdir()] == ["g.fa"]


@pytest.mark.parametrize(("path", "said"), [("absent.fa", "no such file"), (".", "a directory, expected a file")])
def test_no_file(tmp_path, path, said):
    with pytest.raises(InputError, match=said):
        open_genome(tmp_path / path)


@pytest.mark.parametrize("kind", ["bgzf", "gzip"])
@pytest.mark.parametrize("left", [0.5, 0.98])
def test_a_compressed_genome_that_is_cut_off(tmp_path, kind, left, cache):
    path = kinds(tmp_path)[kind]
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * left)])
    with pytest.raises(InputError, match=r"cut off|is the file complete"):
        open_genome(path)
    assert not list(cache.rglob("*.fa"))
    assert not Path(f"{path}.fai").exists()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_header_may_have_its_own_mark_within(tmp_path, end):
    path = tmp_path / "g.fa"
    path.write_bytes(end.join([">a c.100A>G", "ACGT", "AC", ">b<1> x -> y", "GGTT", ""]).encode())
    genome = open_genome(path)
    assert genome.lengths == {"a": 6, "b<1>": 4}
    assert genome.noticed == ()
    assert np.array_equal(genome.codes("b<1>", 0, 4), encode("GGTT"))
    assert open_genome(path).noticed == ()
