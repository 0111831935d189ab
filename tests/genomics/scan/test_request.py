"""Scans from files to files, with a real small run and with matrices."""

import gzip
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pysam
import pytest

from sparling.errors import InputError
from sparling_genomics.data.given import fasta_on_disk, given_sequences
from sparling_genomics.files.bgzip import text_written
from sparling_genomics.letters.alphabet import DNA, decode
from sparling_genomics.runs.finished import load_stored
from sparling_genomics.scan import network_scan, request
from sparling_genomics.scan.hit_files import HIT_COLUMNS
from sparling_genomics.scan.request import Outputs, ScanRequest, scan_to_files
from tests.genomics.scan.made import random_letters

MEME = "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF EBOX\nletter-probability matrix: alength= 4 w= 6 nsites= 20\n" + (
    "0 1 0 0\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n0 0 1 0\n"
)


@pytest.fixture(autouse=True)
def few_shuffles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_scan, "SHUFFLED", 100)


@pytest.fixture
def meme(tmp_path: Path) -> Path:
    path = tmp_path / "ebox.meme"
    path.write_text(MEME)
    return path


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    with path.open("w") as file:
        for name, length in (("chr2", 40_000), ("chr1", 3000), ("short", 4)):
            letters = decode(random_letters(length, length, unknown=0.001))
            file.write(f">{name}\n" + "".join(letters[i : i + 60] + "\n" for i in range(0, length, 60)))
    return path


def lines(path: Path) -> list[list[str]]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    heading, *rows = text.splitlines()
    assert heading == "#" + "\t".join(HIT_COLUMNS)
    return [row.split("\t") for row in rows]


def test_a_run_lists_the_sites_that_it_has_in_its_own_sequences(small_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "hits.bed"
    summary = scan_to_files(ScanRequest(small_run, fasta=small_run.parent / "peaks.fa"), Outputs(out))
    sites = load_stored(small_run).sites
    own = sites[sites["label"] == 1]
    expected = {
        (str(s.chrom), int(s.chrom_start), int(s.chrom_end), s.motif_id, s.chrom_strand) for s in own.itertuples()
    }
    got = {(row[0], int(row[1]), int(row[2]), row[3], row[5]) for row in lines(out)}
    assert len(expected) > 200
    assert got == expected
    assert sum(summary.hits) == len(lines(out))
    assert summary.letters == 240 * 40


def test_one_genomic_site_of_overlapping_windows_is_listed_once(meme: Path, tmp_path: Path) -> None:
    letters = "TTTTTTTTTT" + "CACGTG" + "A" * 10 + "CACGTG" + "TTTTTT"
    fasta, out = tmp_path / "w.fa", tmp_path / "hits.bed"
    turned = letters.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    fasta.write_text(
        f">chr1:100-{100 + len(letters)}\n{letters}\n"
        f">chr1:105-{100 + len(letters)}(-)\n{turned[:-5]}\n>other\n{letters}\n"
    )
    limits = {"p_value": 0.01, "background": "uniform"}
    scan_to_files(ScanRequest(meme, fasta=fasta, **limits), Outputs(out))  # type: ignore[arg-type]
    places = [(row[0], row[1], row[2], row[5], row[9]) for row in lines(out) if row[9] == "CACGTG"]
    assert places == [
        (name, str(start), str(start + 6), strand, "CACGTG")
        for name, begin in (("chr1", 100), ("other", 0))
        for start in (begin + 10, begin + 26)
        for strand in "+-"
    ]


def test_any_number_of_processes_gives_the_same_bytes(
    small_run: Path, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, again = tmp_path / "one.bed.gz", tmp_path / "two.bed.gz"
    scan_to_files(ScanRequest(small_run, genome=genome), Outputs(out))
    real = request.list_hits
    monkeypatch.setattr(request, "list_hits", lambda *words, **options: real(*words, **options, window=5000))
    scan_to_files(ScanRequest(small_run, genome=genome, jobs=2), Outputs(again))
    assert len(lines(out)) > 5
    assert out.read_bytes() == again.read_bytes()


def test_the_index_finds_hits_by_place(meme: Path, genome: Path, tmp_path: Path) -> None:
    out = tmp_path / "hits.bed.gz"
    wanted = replace(ScanRequest(meme, genome=genome), p_value=0.01)
    scan_to_files(wanted, Outputs(out))
    rows = lines(out)
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=["chr2", "chr1"].index)
    with pysam.TabixFile(str(out)) as index:
        found = [line.split("\t") for line in index.fetch("chr1", 1000, 2000)]
    assert found == [row for row in rows if row[0] == "chr1" and int(row[1]) < 2000 and int(row[2]) > 1000]
    assert len(found) > 3


def test_regions_of_a_genome(meme: Path, genome: Path, tmp_path: Path) -> None:
    bed, out, inside = tmp_path / "r.bed", tmp_path / "all.bed", tmp_path / "in.bed"
    bed.write_text("chr1\t100\t1200\nchr2\t50\t9000\nchr1\t1100\t1500\n")
    wanted = ScanRequest(meme, genome=genome, p_value=0.01, background="uniform")
    scan_to_files(wanted, Outputs(out))
    scan_to_files(replace(wanted, bed=bed), Outputs(inside))
    regions = {"chr1": (100, 1500), "chr2": (50, 9000)}
    expected = [row for row in lines(out) if regions[row[0]][0] <= int(row[1]) and int(row[2]) <= regions[row[0]][1]]
    without_q = [row[:7] + row[8:] for row in lines(inside)]
    assert without_q == [row[:7] + row[8:] for row in expected]
    assert len(expected) > 20


def test_tracks_say_the_best_score_at_each_place(meme: Path, genome: Path, tmp_path: Path) -> None:
    out, graph, wig = (tmp_path / name for name in ("h.bed", "t.bedgraph", "t.bw"))
    scan_to_files(replace(ScanRequest(meme, genome=genome), p_value=0.02), Outputs(out, graph, wig))
    track = np.full(40_000, -np.inf)
    for row in lines(out):
        if row[0] == "chr2":
            track[int(row[1]) : int(row[2])] = np.maximum(track[int(row[1]) : int(row[2])], float(row[8]))
    drawn = np.full(40_000, -np.inf)
    before = ("", 0)
    for line in graph.read_text().splitlines():
        chrom, start, end, value = line.split("\t")
        assert (chrom, int(start)) >= before or chrom != before[0]
        before = (chrom, int(end))
        if chrom == "chr2":
            drawn[int(start) : int(end)] = float(value)
    np.testing.assert_allclose(drawn, track)
    pybigtools = pytest.importorskip("pybigtools")
    with pybigtools.open(str(wig)) as file:
        values = np.asarray(file.values("chr2", 0, 40_000, fillna=np.nan))
    np.testing.assert_allclose(np.where(np.isnan(values), -np.inf, values), track, rtol=1e-4)


def test_matrices_of_a_run(small_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "hits.bed"
    wanted = ScanRequest(small_run, fasta=small_run.parent / "peaks.fa", matrices=True, motifs=("M1",))
    scan_to_files(wanted, Outputs(out))
    assert {row[3] for row in lines(out)} == {"M1"}
    assert all(float(row[6]) <= 1e-4 for row in lines(out))
    assert len(lines(out)) > 200


def test_what_cannot_be_is_named_and_nothing_is_left(small_run: Path, meme: Path, genome: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "hits.bed.gz"
    out.parent.mkdir()
    faults = [
        (ScanRequest(meme, genome=genome, p_value=1e-9), "no word of EBOX has P <= 1e-09; --pvalue allows more"),
        (ScanRequest(meme, genome=genome, motifs=("M9",)), "no motif 'M9', there are EBOX"),
        (ScanRequest(small_run, genome=genome, motifs=("M9",)), "no motif 'M9'"),
        (ScanRequest(meme, fasta=tmp_path / "no.fa"), "no such file"),
    ]
    for wanted, said in faults:
        with pytest.raises(InputError, match=said):
            scan_to_files(wanted, Outputs(out))
    bed = tmp_path / "r.bed"
    bed.write_text("chr7\t1\t5\n")
    with pytest.raises(InputError, match=r"r\.bed:1"):
        scan_to_files(ScanRequest(meme, genome=genome, bed=bed), Outputs(out))
    both = tmp_path / "two.meme"
    both.write_text(MEME + MEME.partition("ALPHABET= ACGT\n")[2].replace("EBOX", "OTHER"))
    with pytest.raises(InputError, match="a track is that of one motif; --motif says which of EBOX, OTHER"):
        scan_to_files(ScanRequest(both, genome=genome, p_value=0.01), Outputs(out, tmp_path / "t.bedgraph"))
    assert list(out.parent.iterdir()) == []


def test_a_scan_that_is_stopped_leaves_what_was_there(meme: Path, genome: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "hits.bed.gz"
    out.parent.mkdir()
    out.write_text("before")

    def stop(done: int, letters: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_to_files(replace(ScanRequest(meme, genome=genome), p_value=0.01), Outputs(out), stop)
    assert [path.name for path in out.parent.iterdir()] == ["hits.bed.gz"]
    assert out.read_text() == "before"


def test_text_is_written_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "t.bed.gz"
    with pytest.raises(OSError, match="index"), text_written(path, "bed") as file:
        file.write("chr1\t7\t8\nchr1\t1\t2\n")
    assert list(tmp_path.iterdir()) == []
    with text_written(path, "bed", longest=lambda: 2**30) as file:
        file.write("chr1\t1\t2\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["t.bed.gz", "t.bed.gz.csi"]
    shutil.rmtree(tmp_path)
    with pytest.raises(InputError, match="cannot be written"), text_written(path, "bed") as file:
        file.write("")


def test_a_fasta_file_on_disk_is_that_in_memory(tmp_path):
    """Names, places, letters; no record is held when the next one is read."""
    rng = np.random.default_rng(0)
    names = ["chr1:100-400(+)", "chr1:100-400(+)", "x range=chr2:11-310 strand=-", "n_2", "n", "n"]
    path = tmp_path / "some.fa"
    path.write_text("".join(f">{name}\n{''.join(rng.choice(list('ACGTN'), 300))}\n" for name in names))
    held = given_sequences(path, DNA)
    with TemporaryFile(dir=tmp_path) as scratch:
        data = fasta_on_disk(path, DNA, scratch)
        assert data.names == held.names
        assert (data.codes == held.codes).all()
        assert (data.offsets == held.offsets).all()
        assert data.intervals == held.intervals
        assert data.skipped == {"with a name that was used before, numbered name_2, name_3, … (kept)": 2}
        assert not data.codes.flags.owndata
    path.write_text(">a\nACGT\n>b\n>c\nACGT\n")
    with TemporaryFile(dir=tmp_path) as scratch, pytest.raises(InputError, match=r"sequence 'b' is empty, .*:3"):
        fasta_on_disk(path, DNA, scratch)
