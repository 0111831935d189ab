"""The commands end to end, on a small planted set."""

import csv
import json
import os
import shutil
import signal

import pandas as pd
import pytest
from sparling_cli.progress import TrainingDisplay

from sparling.errors import InputError
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.tables import MOTIF_COLUMNS
from sparling_genomics.naming import tomtom
from sparling_genomics.worlds.planted import demo_motifs
from tests.cli.conftest import planted_fasta, small_in_a_process_of_its_own
from tests.page import Page

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
    "audit.json",
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
    words = ("motifs", "train", "--fasta", located, "--out", folder / "run", "--sites-per-seq", "1")
    return folder / "run", located, small_in_a_process_of_its_own(*words)


def test_the_run_folder_is_complete(finished):
    run, _, done = finished
    for name in FILES:
        assert (run / name).is_file(), name
    assert f"Report, for a browser: {run / 'report.html'}" in done.stdout
    assert not list(run.rglob("*.partial"))


def test_run_json_has_what_others_rely_on(finished):
    run, fasta, _ = finished
    info = json.loads((run / "run.json").read_text())
    assert {"stop_reason", "seed", "device", "seconds", "command", "versions", "metrics"} <= info.keys()
    assert {"auroc", "auprc", "density", "marks_a_site", "seeds", "trainings", "motifs"} <= info["metrics"].keys()
    assert str(fasta) in info["command"]
    assert info["device"] == "cpu" or info["device"].startswith("cuda")
    with (run / "motifs.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert MOTIF_COLUMNS[:8] == tuple(FIRST_COLUMNS)
    assert [motif["motif_id"] for motif in info["metrics"]["motifs"]] == [row["motif_id"] for row in rows]


def test_what_is_odd_about_the_input_is_said_before_training(sparling, tmp_path, monkeypatch):
    def too_early(*_, **__):
        raise InputError("no training")

    monkeypatch.setattr("sparling_genomics.audit.trained.train_motifs", too_early)
    words = [line for line in planted_fasta(tmp_path / "x.fa", 70).read_text().splitlines() if line[0] != ">"]
    (tmp_path / "x.fa").write_text("".join(f">peak\n{word.replace('T', 'U')}\n" for word in words))
    result = sparling("motifs", "train", "--fasta", tmp_path / "x.fa", "--out", tmp_path / "run[1]")
    told = " ".join(result.err.split())
    assert f"results in {tmp_path / 'run[1]'} " in told
    for sentence in (
        "69 sequences with a name that was used before, numbered name_2, name_3, … (kept). ",
        "The letters are U and never T: read as RNA, on the forward strand alone. ",
        "a motif must lie in at least 4 of these (57%), in more where unbound ones have it too. ",
    ):
        assert sentence in told
    assert told.endswith("sparling: no training")


def test_what_the_bed_holds_is_said_in_run_json_and_on_the_page(finished):
    run, _, _ = finished
    info = json.loads((run / "run.json").read_text())
    assert info["metrics"]["bed"] == {"holds": "genome", "located": 300, "bound": 300}
    said = "sites.bed holds places on the genome: its first column is a chromosome (chr1, chr2, chr3 and 6 more)."
    assert said in info["data"]["noticed"]
    assert said in (run / "report.html").read_text()


def test_the_planted_motif_is_found_once_and_in_genome_coordinates(finished):
    run, _, _ = finished
    with (run / "motifs.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert sum("CACGTG" in row["consensus"] for row in rows) == 1
    lines = [line.split("\t") for line in (run / "sites.bed").read_text().splitlines()]
    assert all(len(fields) == 6 and fields[0].startswith("chr") for fields in lines)
    assert all(int(start) // 1000 == int(end) // 1000 for _, start, end, *_ in lines)
    assert {fields[3].partition("_")[0] for fields in lines} == {row["motif_id"] for row in rows}


def test_a_run_ends_with_the_checks_that_an_audit_without_null_makes(finished, sparling, tmp_path):
    """The sequences that training holds in memory are those that the audit reads again: the same file."""
    run, _, _ = finished
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "audit.json").unlink()
    assert sparling("motifs", "audit", copy, "--no-null").code == 0
    first, again = (json.loads((folder / "audit.json").read_text()) for folder in (run, copy))
    assert first | {"run": ""} == again | {"run": ""}
    assert (copy / "report.html").read_bytes() == (run / "report.html").read_bytes()


def test_page_table_and_terminal_say_the_same(finished):
    """Counted anew from the table of sites."""
    run, _, done = finished
    sites = pd.read_csv(run / "sites.tsv.gz", sep="\t")
    table = pd.read_csv(run / "motifs.tsv", sep="\t").set_index("motif_id")
    bed = pd.read_csv(run / "sites.bed", sep="\t", header=None)
    text = Page((run / "report.html").read_text()).text
    for name, row in table.iterrows():
        own = sites[(sites["motif_id"] == name) & (sites["label"] == 1)]
        assert row["sites"] == len(own) == (bed[3].str.split("_").str[0] == name).sum()
        assert row["bound_with"] == own["sequence"].nunique()
        assert row["bound_share"] == pytest.approx(row["bound_with"] / row["bound"], rel=1e-5)
        assert f"{row['bound_with']:,} of {row['bound']:,}, {row['sites']:,} sites" in text
        assert f"{row['bound_with']:,} ({row['bound_share']:.0%})" in done.stdout
    sentence = json.loads((run / "run.json").read_text())["message"]
    assert sentence in "".join(Page((run / "report.html").read_text()).texts)
    assert sentence in " ".join(done.stdout.split())


def test_an_existing_run_is_kept_unless_forced_and_may_be_resumed(finished, sparling):
    run, fasta, _ = finished
    before = (run / "motifs.meme").read_bytes()
    refused = sparling("motifs", "train", "--fasta", fasta, "--out", run)
    assert (refused.code, "--force" in refused.err) == (2, True)
    differing = sparling("motifs", "train", "--fasta", fasta, "--seed", 5, "--out", run, "--resume")
    assert (differing.code, "--seed" in differing.err) == (2, True)
    last = {name: (run / name).read_bytes() for name in ("audit.json", "report.html")}
    for name in last:
        (run / name).unlink()
    resumed = sparling("motifs", "train", "--out", run, "--resume")
    assert {name: (run / name).read_bytes() for name in last} == last
    assert (resumed.code, "is finished" in resumed.err) == (0, True)
    assert (run / "motifs.meme").read_bytes() == before
    assert "--resume" not in json.loads((run / "run.json").read_text())["command"]


def test_a_corrupt_checkpoint_or_changed_input_is_not_resumed(finished, sparling, tmp_path):
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


def test_a_run_begun_by_another_version_is_not_resumed(finished, sparling, tmp_path):
    run, _, _ = finished
    old = tmp_path / "old"
    old.mkdir()
    (old / "config.toml").write_text((run / "config.toml").read_text() + "rounds = 5\nlook_ahead = 0\n")
    result = sparling("motifs", "train", "--out", old, "--resume")
    place = old / "config.toml"
    what = "a run of another command or version, with look_ahead"
    assert result == (2, "", f"sparling: {what}; --force begins it anew: {place}\n")


def test_channels_may_begin_at_random(small, sparling, peaks, tmp_path):
    result = sparling("motifs", "train", "--fasta", peaks, "--out", tmp_path / "run", "--start", "nothing")
    assert result.code == 0, result.err
    assert "to start from" not in result.err
    metrics = json.loads((tmp_path / "run" / "run.json").read_text())["metrics"]
    assert (metrics["seeds"], metrics["trainings"][0]["channels"]) == ([], 8)
    assert any("CACGTG" in motif["consensus"] for motif in metrics["motifs"])


def test_match_writes_names_into_table_and_report(finished, sparling, tmp_path):
    run, _, _ = finished
    database = tmp_path / "db.meme"
    write_meme(database, demo_motifs())
    result = sparling("motifs", "match", run, "--db", database)
    assert (result.code, "USF1" in result.out) == (0, True)
    assert "USF1" in (run / "motifs.tsv").read_text()
    assert "USF1" in (run / "report.html").read_text()


def stopped(sent, sparling, folder, monkeypatch):
    """What a training in ``folder``/run says that is sent a signal soon after it began."""

    def stop(display, progress):
        if progress.samples > 2000:
            os.kill(os.getpid(), sent)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_batch", stop)
        fasta = planted_fasta(folder / "peaks.fa")
        return sparling("motifs", "train", "--fasta", fasta, "--out", folder / "run")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_stopped_it_saves_and_says_how_to_go_on(sent, code, small, sparling, tmp_path, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    result = stopped(sent, sparling, tmp_path, monkeypatch)
    assert signal.getsignal(signal.SIGTERM) is before
    assert result.code == code
    assert "saved in" in result.err
    assert "Traceback" not in result.err
    assert not (tmp_path / "run" / "run.json").exists()
    assert result.err.splitlines()[-1] == f"Go on with: sparling motifs train --resume --out {tmp_path / 'run'}"


def test_the_command_that_goes_on_finishes(small, sparling, tmp_path, monkeypatch):
    last = stopped(signal.SIGINT, sparling, tmp_path, monkeypatch).err.splitlines()[-1]
    done = sparling(*last.split()[4:])
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "run" / "run.json").read_text())["command"].endswith(f"--out {tmp_path / 'run'}")


def test_what_is_being_read_is_said_first_and_what_may_come_next_last(finished):
    run, fasta, done = finished
    lines = done.stderr.splitlines()
    assert lines[0] == f"Reading {fasta} …"
    at = lines.index("Density falls")
    assert lines[at - 1] == "1 word to start from: CACGTGAC"
    assert lines[at + 1].split() == lines[lines.index("Channels that stay") + 1].split()
    assert lines[at + 1].split() == ["sequences", "AUROC", "time", "left"]
    at = lines.index("Next:")
    assert lines[at + 1].startswith(f"  sparling motifs audit {run} ")
    assert lines[at + 2].startswith(f"  sparling motifs match {run} --db DATABASE.meme ")
    assert not any("\x1b" in line or "…" in line for line in lines[1:])
    assert not any("\x1b" in line or "…" in line for line in done.stdout.splitlines())


def test_quiet_leaves_stderr_to_errors(finished, sparling):
    run, _, _ = finished
    assert sparling("motifs", "train", "--resume", "--out", run, "--quiet") == (0, "", "")
    assert sparling("motifs", "train", "--out", run, "--fasta", "none.fa", "-q").err.startswith("sparling: ")


def test_the_report_is_made_anew_and_names_are_given_without_the_sequences(finished, sparling, tmp_path):
    run, fasta, _ = finished
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    config = (moved / "config.toml").read_text()
    (moved / "config.toml").write_text(config.replace(str(fasta), "/nowhere/peaks.fa"))
    report = (moved / "report.html").read_bytes()
    (moved / "report.html").unlink()
    made = sparling("motifs", "report", moved)
    assert (made.code, made.out) == (0, f"Report: {moved / 'report.html'}\n")
    assert (moved / "report.html").read_bytes() == report
    database = tmp_path / "db.meme"
    write_meme(database, demo_motifs())
    assert sparling("motifs", "match", moved, "--db", database).code == 0


@pytest.mark.parametrize("compiled", [True, False])
def test_that_the_comparison_is_compiled_is_said_only_where_it_is(compiled, finished, sparling, tmp_path, monkeypatch):
    run, _, _ = finished
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    database = tmp_path / "db.meme"
    write_meme(database, demo_motifs())
    monkeypatch.setattr(tomtom, "is_compiled", lambda: compiled)
    result = sparling("motifs", "match", copy, "--db", database)
    assert result.code == 0
    assert ("is compiled first" in result.err) is not compiled


def test_doctor_tells_versions_and_device(sparling):
    result = sparling("doctor")
    assert result.code == 0
    for word in ("torch", "device", "threads", "conflicts"):
        assert word in result.out
