"""The commands end to end, on a small planted set."""

import csv
import json
import subprocess
import sys

import pytest

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.tables import MOTIF_COLUMNS
from sparling_genomics.worlds.planted import demo_motifs
from tests.cli.conftest import planted_fasta

QUICK = ("--sites-per-seq", "3", "--max-minutes", "0.4")
FILES = (
    "run.json",
    "config.toml",
    "metrics.jsonl",
    "model/config.json",
    "model/model.safetensors",
    "checkpoint/state.pt",
    "motifs.meme",
    "motifs.jaspar",
    "motifs.transfac",
    "motifs.tsv",
    "sites.bed",
    "sites.tsv.gz",
    "report.html",
)
FIRST_COLUMNS = ["motif_id", "consensus", "width", "n_sites", "bound_fraction", "auroc", "best_match", "match_q"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run of the command line, and its FASTA with genome coordinates as names."""
    folder = tmp_path_factory.mktemp("cli")
    fasta = planted_fasta(folder / "plain.fa")
    records = fasta.read_text().split(">")[1:]
    located = folder / "peaks.fa"
    lines = (f">chr{1 + i % 9}:{1000 * i}-{1000 * i + 30}\n{r.splitlines()[1]}\n" for i, r in enumerate(records))
    located.write_text("".join(lines))
    command = [sys.executable, "-m", "sparling_cli", "motifs", "train", "--fasta", str(located)]
    command += ["--out", str(folder / "run"), *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return folder / "run", located, done


def test_the_run_folder_is_complete(finished):
    run, _, done = finished
    for name in FILES:
        assert (run / name).is_file(), name
    assert "Report:" in done.stdout
    assert not list(run.rglob("*.partial"))


def test_run_json_has_what_others_rely_on(finished):
    run, fasta, _ = finished
    info = json.loads((run / "run.json").read_text())
    assert {"stop_reason", "seed", "device", "seconds", "command", "versions", "metrics"} <= info.keys()
    assert {"auroc", "auprc", "density", "target_density", "sites_per_sequence", "motifs"} <= info["metrics"].keys()
    assert str(fasta) in info["command"]
    assert info["device"] == "cpu" or info["device"].startswith("cuda")
    with (run / "motifs.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert MOTIF_COLUMNS[:8] == tuple(FIRST_COLUMNS)
    assert [motif["motif_id"] for motif in info["metrics"]["motifs"]] == [row["motif_id"] for row in rows]


def test_the_planted_motif_is_found_once_and_in_genome_coordinates(finished):
    run, _, _ = finished
    with (run / "motifs.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert sum("CACGTG" in row["consensus"] for row in rows) == 1
    lines = [line.split("\t") for line in (run / "sites.bed").read_text().splitlines()]
    assert all(len(fields) == 6 and fields[0].startswith("chr") for fields in lines)
    assert all(int(start) // 1000 == int(end) // 1000 for _, start, end, *_ in lines)
    assert {fields[3] for fields in lines} == {row["motif_id"] for row in rows}


def test_an_existing_run_is_kept_unless_forced_and_may_be_resumed(finished, sparling):
    run, fasta, _ = finished
    before = (run / "motifs.meme").read_bytes()
    refused = sparling("motifs", "train", "--fasta", fasta, "--out", run)
    assert (refused.code, "--force" in refused.err) == (2, True)
    differing = sparling("motifs", "train", "--fasta", fasta, "--seed", 5, "--out", run, "--resume")
    assert (differing.code, "--seed" in differing.err) == (2, True)
    report = (run / "report.html").read_bytes()
    (run / "report.html").unlink()
    resumed = sparling("motifs", "train", "--out", run, "--resume")
    assert (run / "report.html").read_bytes() == report
    assert (resumed.code, "is finished" in resumed.err) == (0, True)
    assert (run / "motifs.meme").read_bytes() == before
    assert "--resume" not in json.loads((run / "run.json").read_text())["command"]


def test_a_corrupt_checkpoint_or_changed_input_is_not_resumed(finished, sparling, tmp_path):
    import shutil

    run, _, _ = finished
    broken = tmp_path / "broken"
    shutil.copytree(run, broken)
    (broken / "run.json").unlink()
    (broken / "checkpoint" / "state.pt").write_bytes(b"PK\x03\x04 nothing")
    result = sparling("motifs", "train", "--out", broken, "--resume")
    assert (result.code, "checkpoint" in result.err) == (2, True)
    inputs = json.loads((broken / "inputs.json").read_text())
    inputs["fasta"]["sha256"] = "0" * 64
    (broken / "inputs.json").write_text(json.dumps(inputs))
    result = sparling("motifs", "train", "--out", broken, "--resume")
    assert (result.code, "has changed" in result.err) == (2, True)


def test_match_writes_names_into_table_and_report(finished, sparling, tmp_path):
    run, _, _ = finished
    database = tmp_path / "db.meme"
    write_meme(database, demo_motifs())
    result = sparling("motifs", "match", run, "--db", database)
    assert (result.code, "USF1" in result.out) == (0, True)
    assert "USF1" in (run / "motifs.tsv").read_text()
    assert "USF1" in (run / "report.html").read_text()


def test_interrupt_saves_and_resume_finishes(tmp_path):
    fasta, run = planted_fasta(tmp_path / "peaks.fa"), tmp_path / "run"

    def child(evaluation, *words):
        command = [sys.executable, "-m", "tests.cli.interrupted", str(evaluation), "motifs", "train", "--out", str(run)]
        return subprocess.run([*command, *words], capture_output=True, text=True)

    stopped = child(2, "--fasta", str(fasta))
    assert stopped.returncode == 130, stopped.stderr
    assert "saved" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert len((run / "metrics.jsonl").read_text().splitlines()) in (1, 2)
    assert not (run / "run.json").exists()
    done = child(0, "--resume")
    assert done.returncode == 0, done.stderr
    assert json.loads((run / "run.json").read_text())["command"].endswith(str(fasta))


def test_doctor_tells_versions_and_device(sparling):
    result = sparling("doctor")
    assert result.code == 0
    for word in ("torch", "device", "threads", "conflicts"):
        assert word in result.out
