"""Two runs into one folder at once: the second ends with one clear line, exit code 2, and nothing is touched."""

import socket
from pathlib import Path

import pytest

from sparling.locks import LOCK
from tests.core.test_locks import everything, held_elsewhere


def commands(folder: Path, peaks: Path) -> dict[str, list[object]]:
    """What writes into ``folder``/out, by name."""
    out = folder / "out"
    return {
        "train": ["motifs", "train", "--fasta", peaks, "--out", out],
        "train by force": ["motifs", "train", "--fasta", peaks, "--out", out, "--force"],
        "train resumed": ["motifs", "train", "--out", out, "--resume"],
        "versus": ["motifs", "train", "--fasta", peaks, "--versus", peaks, "--out", out],
        "audit": ["motifs", "audit", out],
        "report": ["motifs", "report", out],
        "validate": ["validate", "digit-circle", "--out", out, "--force"],
        "validate resumed": ["validate", "digit-circle", "--out", out, "--resume"],
        "validate all": ["validate", "all", "--out", out, "--force"],
        "concepts": ["validate", "concepts", "--out", out, "--force"],
        "align": ["align", "--resume", "--out", out],
        "demo": ["demo", "--out", out, "--force"],
        "splice": ["splice", "train", "--resume", "--out", out],
    }


@pytest.mark.parametrize("name", commands(Path(), Path()))
def test_a_folder_that_another_process_writes(name, sparling, peaks, tmp_path):
    out = tmp_path / "out"
    with held_elsewhere(out) as process:
        for marker in ("config.toml", "validation-config.json", "run.json", "align-config.json", "planted.fa.gz"):
            (out / marker).write_text("")
        (out / "run.json").write_text("{}")
        before = everything(tmp_path)
        result = sparling(*commands(tmp_path, peaks)[name])
        assert everything(tmp_path) == before
    assert result.code == 2, result.err
    said = [line for line in result.err.splitlines() if line.startswith("sparling:")]
    assert len(said) == 1
    assert said[0].startswith(f"sparling: in use by process {process.pid} on {socket.gethostname()}, since ")
    assert said[0].endswith(f"wait for its end, or take another place: {out}")


def test_a_file_that_another_process_writes(sparling, peaks, tmp_path):
    hits, motifs = tmp_path / "hits.bed", tmp_path / "motifs.meme"
    from sparling_genomics.files.motif_files import write_meme
    from sparling_genomics.worlds.planted import demo_motifs

    write_meme(motifs, demo_motifs())
    with held_elsewhere(hits, "file") as process:
        before = everything(tmp_path)
        result = sparling("motifs", "scan", motifs, "--fasta", peaks, "--out", hits)
        assert everything(tmp_path) == before
    assert (result.code, f"in use by process {process.pid} on" in result.err) == (2, True)
    assert sparling("motifs", "scan", motifs, "--fasta", peaks, "--out", hits).code == 0
    assert not list(tmp_path.glob(f"*{LOCK}"))
