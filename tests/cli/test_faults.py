"""What goes wrong around a run, each tried for real: one clear line, the right exit code, and nothing is lost."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sparling_cli.progress import TrainingDisplay

from tests.cli.conftest import ROOT, planted_fasta, small_in_a_process_of_its_own
from tests.core.test_locks import everything


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run, and its sequences."""
    folder = tmp_path_factory.mktemp("faults")
    fasta = planted_fasta(folder / "peaks.fa")
    small_in_a_process_of_its_own("motifs", "train", "--fasta", fasta, "--out", folder / "run")
    return folder / "run", fasta


@pytest.fixture
def begun(small, sparling, tmp_path, monkeypatch):
    """A run that was stopped in its first training, and its sequences."""

    def stop(display, progress):
        if progress.samples > 3000:
            raise KeyboardInterrupt

    fasta = planted_fasta(tmp_path / "peaks.fa")
    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_batch", stop)
        assert sparling("motifs", "train", "--fasta", fasta, "--out", tmp_path / "run").code == 130
    return tmp_path / "run", fasta


def one_line(result, *words: str, code: int = 2) -> None:
    assert "Traceback" not in result.err
    assert result.code == code, result.err
    said = [line for line in result.err.splitlines() if line.startswith("sparling:")]
    assert len(said) == 1, result.err
    assert all(word in said[0] for word in words), said


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """A file system of its own there; the test is skipped where none may be mounted."""
    place.mkdir(exist_ok=True)
    if subprocess.run(["mount", *options, str(place)], capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk(finished, small, sparling, tmp_path):
    """Each time there is a little more room; where there is enough the run ends like another one."""
    run, fasta = finished
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=16k", "none"):
        refused = 0
        for room in ("16k", "80k", "160k", "320k", "8m"):
            subprocess.run(["mount", "-o", f"remount,size={room}", str(disk)], check=True)
            goes_on = ["--resume"] if (disk / "run" / "config.toml").is_file() else []
            result = sparling("motifs", "train", "--fasta", fasta, "--out", disk / "run", *goes_on)
            if result.code:
                one_line(result, "No space left on device")
                refused += 1
        assert (result.code, refused > 1) == (0, True)
        for name in ("motifs.meme", "sites.tsv.gz"):
            assert (disk / "run" / name).read_bytes() == (run / name).read_bytes()


def test_a_read_only_folder(finished, sparling, tmp_path):
    run, fasta = finished
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    (copy / "run.json").unlink()
    with mounted(copy, "--bind", str(copy)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(copy)], check=True)
        before = everything(copy)
        for words in (["--resume"], ["--force", "--fasta", fasta]):
            result = sparling("motifs", "train", "--out", copy, *words)
            one_line(result, "cannot be written", str(copy))
        one_line(sparling("motifs", "scan", run, "--fasta", fasta, "--out", copy / "hits.bed"), "cannot be written")
        one_line(sparling("validate", "digit-circle", "--out", copy / "v"), "cannot be written")
        assert everything(copy) == before


def test_a_folder_that_was_moved_goes_on_where_it_is(begun, finished, sparling, tmp_path):
    run, _ = begun
    moved = tmp_path / "elsewhere" / "renamed"
    moved.parent.mkdir()
    run.rename(moved)
    assert sparling("motifs", "train", "--resume", "--out", moved).code == 0
    assert (moved / "motifs.meme").read_bytes() == (finished[0] / "motifs.meme").read_bytes()
    assert not run.exists()


def test_an_input_that_was_moved_is_asked_for_and_another_one_refused(begun, finished, sparling, tmp_path):
    run, fasta = begun
    there = fasta.rename(tmp_path / "there.fa")
    before = everything(run)
    one_line(sparling("motifs", "train", "--resume", "--out", run), "no such file", str(fasta))
    other = planted_fasta(tmp_path / "other.fa", seed=1)
    for changed in (other, planted_fasta(fasta, seed=1)):
        result = sparling("motifs", "train", "--resume", "--out", run, "--fasta", changed)
        one_line(result, "--fasta has changed since the run was started", str(changed))
    assert everything(run) == before
    assert sparling("motifs", "train", "--resume", "--out", run, "--fasta", there).code == 0
    assert (run / "motifs.meme").read_bytes() == (finished[0] / "motifs.meme").read_bytes()


@pytest.mark.parametrize("kept", [0, 1000, -1], ids=["empty", "cut short", "a byte is missing"])
def test_a_checkpoint_that_was_cut_short(begun, sparling, kept):
    run, _ = begun
    state = run / "checkpoint" / "state.pt"
    state.write_bytes(state.read_bytes()[:kept])
    before = everything(run)
    one_line(sparling("motifs", "train", "--resume", "--out", run), "checkpoint is damaged", "begin the run anew")
    assert everything(run).keys() == before.keys()


def test_out_of_memory_in_a_batch(begun, finished, sparling, monkeypatch):
    run, _ = begun

    def hungry(display, progress):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:119] . DefaultCPUAllocator: can't allocate memory")

    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_batch", hungry)
        result = sparling("motifs", "train", "--resume", "--out", run)
        one_line(result, "out of memory on cpu, with batches of 256 samples", "resume", str(run), code=1)
        patch.setattr("sparling_genomics.discovery.search._look", hungry)
    assert sparling("motifs", "train", "--resume", "--out", run).code == 0
    assert (run / "motifs.meme").read_bytes() == (finished[0] / "motifs.meme").read_bytes()


def test_out_of_memory_elsewhere(finished, sparling, tmp_path, monkeypatch):
    def hungry(*_, **__):
        raise MemoryError

    monkeypatch.setattr("sparling_genomics.scan.request._scan", hungry)
    run, fasta = finished
    result = sparling("motifs", "scan", run, "--fasta", fasta, "--out", tmp_path / "hits.bed")
    one_line(result, "out of memory", code=1)
    assert list(tmp_path.iterdir()) == []


def test_nobody_reads_what_is_printed(finished, tmp_path):
    """As with ``| head``: no traceback, and what was to be written is written."""
    run, fasta = finished
    read, write = os.pipe()
    os.close(read)
    program = "from sparling_cli.main import main; main()"
    words = ["motifs", "scan", run, "--fasta", fasta, "--out", tmp_path / "hits.bed"]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], stdout=write, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    os.close(write)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "Exception ignored" not in done.stderr
    assert (tmp_path / "hits.bed").stat().st_size > 0


DAMAGES = {
    "cut short": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "a list": lambda text: "[]",
    "no data": lambda text: without(text, "data"),
    "no metrics": lambda text: without(text, "metrics"),
    "metrics null": lambda text: put(text, ["metrics"], None),
    "no motifs": lambda text: without(text, "metrics", "motifs"),
    "fewer motifs": lambda text: put(text, ["metrics", "motifs"], []),
    "motifs without places": lambda text: put(text, ["metrics", "motifs"], [{"motif_id": "M1"}]),
    "places that are words": lambda text: put(text, ["metrics", "motifs"], [{"first": "a", "flipped": 0}]),
    "no cuts": lambda text: without(text, "metrics", "listed_from"),
    "cuts that are words": lambda text: put(text, ["metrics", "listed_from"], ["a"]),
    "too many cuts": lambda text: put(text, ["metrics", "listed_from"], [1.0, 2.0, 3.0]),
    "no lengths": lambda text: without(text, "data", "lengths"),
    "columns of another kind": lambda text: put(text, ["data", "columns"], [{"wind": "west"}]),
}


def without(text: str, *keys: str) -> str:
    said = json.loads(text)
    place = said
    for key in keys[:-1]:
        place = place[key]
    del place[keys[-1]]
    return json.dumps(said)


def put(text: str, keys: list[str], value: object) -> str:
    said = json.loads(text)
    place = said
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return json.dumps(said)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_json_is_one_line_for_whoever_reads_it(finished, sparling, tmp_path, damage):
    run, fasta = finished
    copy, out = tmp_path / "run", tmp_path / "out"
    shutil.copytree(run, copy)
    result = copy / "run.json"
    result.write_text(DAMAGES[damage](result.read_text()))
    vcf = tmp_path / "v.vcf"
    vcf.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\ns0\t5\t.\tA\tC\t.\t.\t.\n")
    for words in (
        ("scan", copy, "--fasta", fasta, "--out", out),
        ("predict", copy, "--fasta", fasta, "--out", out),
        ("variants", copy, "--vcf", vcf, "--genome", fasta, "--out", out),
        ("audit", copy, "--no-null"),
    ):
        one_line(sparling("motifs", *words), "run.json")
        assert not out.exists(), words
    one_line(sparling("align", copy, run, "--out", out), "run.json")
    for words in (("report", copy), ("compare", copy, run, "--out", out)):
        told = sparling("motifs", *words)
        assert (told.code in (0, 2), "Traceback" in told.err) == (True, False), told.err
