"""Running tools, what they leave, and what happens where they leave something else."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from cases import Case, Record
from motif_recovery import rows, score
from peers.cnn_modisco import CnnModisco, read_patterns
from peers.glam2 import parse
from recovery_table import COLUMNS, summary
from scoring import Separation
from tables import cell, read_rows, write_rows
from tools import Meter, Output, Sparling, ToolFailed, read_output, read_sites, run_tool, write_sites

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.worlds.planted import PlantedSite, consensus_motif
from tests.genomics.fake_run import write_fake_run

MOTIF = consensus_motif("M1", "GTCACGTGAC")
SITES = [PlantedSite("s", 3, 13, "-", "M1"), PlantedSite("t", 0, 10, "+", "M1")]


def case(folder, alphabet="dna"):
    bound = tuple(Record(f"b{i}", encode("AAAGTCACGTGACAAA"), 1, False) for i in range(3))
    unbound = tuple(Record(f"u{i}", encode("AAAAACCCCCAAAAAA"), 0, False) for i in range(3))
    database = folder / "db.meme"
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("ACGT"), 10)) for _ in range(30)]
    write_meme(database, [MOTIF, *(consensus_motif(f"R{i}", word) for i, word in enumerate(words))])
    return Case("planted_1", 0, folder / "case", alphabet, database, bound, unbound, bound + unbound, False, ())


class Fake:
    """A tool that leaves what it is told to."""

    name = "fake"
    settings = "none"

    def __init__(self, motifs=(MOTIF,), sites=SITES, missing=None, command=("true",)):
        self.motifs, self.sites, self.reason, self.command = motifs, sites, missing, command

    def missing(self):
        return self.reason

    def run(self, case, folder, meter):
        meter.run(*self.command)
        if self.motifs is not None:
            write_meme(folder / "motifs.meme", list(self.motifs))
            write_sites(folder / "sites.tsv", self.sites)


def test_a_command_is_measured(tmp_path):
    meter = Meter(tmp_path / "log", 60)
    meter.run(sys.executable, "-c", "import time; x = bytearray(80_000_000); time.sleep(0.3); print('done')")
    assert meter.wall_s >= 0.3
    assert 0 < meter.cpu_s < meter.wall_s - 0.2  # it slept
    assert 76 <= meter.peak_mib < 200
    assert "done" in (tmp_path / "log").read_text()


def test_seconds_of_processors_are_those_of_children_too_and_add_up(tmp_path):
    meter = Meter(tmp_path / "log", 60)
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    for _ in range(2):
        meter.run("sh", "-c", f"{sys.executable} -S -c '{busy}'; true")
    assert meter.cpu_s >= 0.6


def test_a_small_command_is_not_charged_with_our_own_memory(tmp_path):
    meter = Meter(tmp_path / "log", 60)
    meter.run("true")
    assert meter.peak_mib < 40


@pytest.mark.parametrize(
    ("command", "limit_s", "message"),
    [
        (("sh", "-c", "echo broken >&2; exit 3"), 600, "exit code 3: broken"),
        (("sleep", "600"), 1, "sleep: stopped after 1 s"),
        (("no-such-program",), 600, "exit code 127: .*no-such-program"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path, command, limit_s, message):
    with pytest.raises(ToolFailed, match=message):
        Meter(tmp_path / "log", limit_s).run(*command)


def test_results_are_read_back_and_not_made_twice(tmp_path):
    first = run_tool(Fake(), case(tmp_path), tmp_path / "out", 60)
    assert [motif.consensus() for motif in first.motifs] == ["GTCACGTGAC"]
    assert (first.sites, first.model) == (SITES, None)
    assert run_tool(Fake(missing="gone"), case(tmp_path), tmp_path / "out", 60).sites == SITES


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        (Fake(missing="not installed: x"), "not installed: x"),
        (Fake(motifs=None), "it left neither motifs.meme nor model.json"),
        (Fake(command=("false",)), "exit code 1: no output"),
    ],
)
def test_a_tool_without_results_says_why_and_may_be_run_again(tmp_path, tool, message):
    with pytest.raises(ToolFailed, match=message):
        run_tool(tool, case(tmp_path), tmp_path / "out", 60)
    assert run_tool(Fake(), case(tmp_path), tmp_path / "out", 60).sites == SITES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sequence\tstart\n", "line 1: columns must be motif, sequence, start, end, strand"),
        ("motif\tsequence\tstart\tend\tstrand\nM\ts\tx\t3\t+\n", "line 2: start and end must be whole numbers"),
        ("motif\tsequence\tstart\tend\tstrand\nM\ts\n", "line 2: start and end must be whole numbers"),
    ],
)
def test_a_damaged_table_of_sites_is_refused(tmp_path, text, message):
    (tmp_path / "sites.tsv").write_text(text)
    with pytest.raises(ToolFailed, match=message):
        read_sites(tmp_path / "sites.tsv")


def test_a_classifier_has_a_model_and_no_motifs(tmp_path):
    class Classifier(Fake):
        def run(self, case, folder, meter):
            (folder / "model.json").write_text(json.dumps({"auroc": 0.9, "auprc": 0.8}))

    output = run_tool(Classifier(), case(tmp_path), tmp_path / "out", 60)
    assert (output.motifs, output.sites, output.model) == (None, None, Separation(0.9, 0.8))


def test_a_run_that_did_not_measure_processors_is_read(tmp_path):
    write_meme(tmp_path / "motifs.meme", [])
    (tmp_path / "cost.json").write_text(json.dumps({"wall_s": 1, "peak_MiB": 2}))
    output = read_output(tmp_path)
    assert (output.wall_s, output.peak_mib, np.isnan(output.cpu_s)) == (1, 2, True)


def test_a_folder_without_costs_is_no_finished_run(tmp_path):
    with pytest.raises(ToolFailed, match="not a finished run"):
        read_output(tmp_path)
    (tmp_path / "cost.json").write_text(json.dumps({"wall_s": 1}))
    with pytest.raises(ToolFailed, match="not a finished run"):
        read_output(tmp_path)


@pytest.mark.parametrize("motifs", [True, False])
def test_our_own_run_folder_becomes_an_output(tmp_path, monkeypatch, motifs):
    commands = []

    def pretend(meter, *command):
        commands.append([str(word) for word in command])
        write_fake_run(tmp_path / "out" / "run", motifs=motifs)

    monkeypatch.setattr(Meter, "run", pretend)
    output = run_tool(Sparling(), case(tmp_path, "rna"), tmp_path / "out", 60)
    assert commands[0][1:4] == ["motifs", "train", "--fasta"]
    assert commands[0][-5:] == ["--seed", "0", "--alphabet", "rna", "--force"]
    assert [motif.name for motif in output.motifs] == (["M1", "M2"] if motifs else [])
    assert output.sites is not None
    assert len(output.sites) == (1491 + 803 if motifs else 0)
    assert output.model is not None
    assert output.model.auprc == 0.9477


# The table


def test_a_row_has_the_columns_of_the_table(tmp_path):
    output = Output([MOTIF], None, Separation(0.9, 0.8), 1.0, 3.0, 2.0)
    row = score(case(tmp_path), output)
    assert set(COLUMNS) == set(row) | {"set", "tool", "seed", "status"}
    assert (row["pwm_auroc"], row["test_auroc"], row["sites_from"], row["m1_match"]) == (1.0, 0.9, "scan", "M1")
    assert (row["hit4_auroc"], row["sum4_auprc"], row["cpu_s"]) == (1.0, 1.0, 3.0)
    assert (row["negatives"], row["unbound_per_bound"]) == ("given", 1.0)


def test_at_most_four_matrices_are_tried_where_their_number_is_limited(tmp_path):
    poor = consensus_motif("P", "GGGGGG")
    row = score(case(tmp_path), Output([poor] * 4 + [MOTIF], None, None, 1.0, 1.0, 2.0))
    assert (row["pwm_auroc"], row["hit4_auroc"]) == (1.0, 0.0)


def test_a_classifier_s_row_has_no_motifs(tmp_path):
    row = score(case(tmp_path), Output(None, None, Separation(0.9, 0.8), 1.0, 1.0, 2.0))
    assert (row["test_auroc"], row["n_known"]) == (0.9, 0)
    assert not {"n_motifs", "found", "pwm_auroc", "sites_from"} & set(row)


def test_a_run_without_motifs_has_a_row_too(tmp_path):
    row = score(case(tmp_path), Output([], [], None, 1.0, 1.0, 2.0))
    assert (row["n_motifs"], row["found"], row["m1_consensus"], row["all_motifs"]) == (0, 0, "", "")


def test_rows_go_on_after_a_tool_that_failed(tmp_path):
    class Set:
        name = "x"

        def case(self, seed, folder):
            return case(tmp_path)

    tools = [Fake(missing="not\there"), Fake()]
    found = list(rows([Set()], tools, [0], tmp_path / "runs", 60))
    assert [row["status"] for row in found] == ["not\there", "ok"]


def test_a_set_that_cannot_be_made_says_so_in_every_tool_s_row(tmp_path):
    class Set:
        name = "x"

        def case(self, seed, folder):
            raise ToolFailed("not installed: y")

    found = list(rows([Set()], [Fake(), Fake()], [0], tmp_path / "runs", 60))
    assert [(row["set"], row["status"]) for row in found] == [("x", "not installed: y")] * 2


def test_the_summary_means_over_seeds_and_counts_false_discoveries(tmp_path):
    blank = dict.fromkeys(COLUMNS, "")
    good = {"set": "USF1", "tool": "a", "status": "ok", "n_known": 1, "wall_s": 10, "peak_MiB": 100, "n_motifs": 2}
    table = [
        blank | good | {"found": 1, "recall": 1, "n_secondary": 3, "secondary_found": 2, "test_auroc": 0.9},
        blank | good | {"found": 0, "recall": 0, "n_secondary": 3, "secondary_found": 1, "peak_MiB": 300},
        blank | good | {"set": "null_GABPA", "found": 0, "n_known": 0, "n_secondary": 0, "n_motifs": 1},
        blank | {"set": "USF1", "tool": "b", "status": "not installed"},
        blank
        | {"set": "USF1", "tool": "svm", "status": "ok", "n_known": 1, "n_secondary": 3, "test_auroc": 0.97}
        | {"negatives": "others", "unbound_per_bound": 2, "peak_MiB": 5, "cpu_s": 7},
    ]
    write_rows(tmp_path / "x.tsv", COLUMNS, table)
    text = summary(tmp_path / "x.tsv")
    assert "| USF1 | a |  | 1/2 | 2.00 | 0.50 |" in text
    assert "| 0.900 |  |  | 10 |  | 300 |" in text
    assert "| USF1 | svm | others 1:2.00 |  |  |" in text
    assert "svm:" not in text
    assert "| USF1 | b | not installed |" in text
    assert "a: 1.5 of 3 secondary motifs of the tf_chip sets." in text
    assert "a: a motif in 1 of 1 null runs." in text


def test_cells_are_short():
    assert [cell(value) for value in (0.98765432, float("nan"), 7, "x", 1e-22)] == ["0.9877", "", "7", "x", "1e-22"]


def test_rows_are_read_back_and_other_columns_refused(tmp_path):
    write_rows(tmp_path / "x.tsv", ("a", "b"), [{"a": 1.0}, {"b": "two\twords"}])
    assert read_rows(tmp_path / "x.tsv") == [{"a": "1", "b": ""}, {"a": "", "b": "two words"}]
    with pytest.raises(ValueError, match="'c'"):
        write_rows(tmp_path / "x.tsv", ("a", "b"), [{"c": 1}])


# What the adapters read

GLAM = """GLAM2: Gapped Local Alignment of Motifs

Score: 30.2  Columns: 5  Sequences: 3

                 **** *
s0            11 acgt.a  16 + 9.5
s1             3 acg.ta   7 - 8.1
s2             1 acgt.c   6 + 7.0

                 acgt a
"""


def test_aligned_columns_of_glam2_become_a_motif():
    motif = parse(GLAM)
    assert motif.counts.tolist() == [[3, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 2], [2, 1, 0, 0]]
    assert motif.n_sites == 3
    with pytest.raises(ToolFailed, match="no alignment"):
        parse("GLAM2: Gapped Local Alignment of Motifs\n")


def test_patterns_of_modisco_are_cut_to_what_contributes(tmp_path):
    contributions = np.zeros((6, 4))
    contributions[2:5, 0] = [1.0, 0.5, 0.31]
    contributions[5, 0] = 0.29
    pattern = {
        "name": "pattern_0",
        "frequencies": np.tile([1.0, 0, 0, 0], (6, 1)).tolist(),
        "contributions": contributions.tolist(),
        "seqlets": [[0, 10, 16, False], [1, 10, 16, True]],
    }
    (tmp_path / "p.json").write_text(json.dumps([pattern]))
    (motif,), sites = read_patterns(tmp_path / "p.json", ["a", "b"])
    assert (motif.width, motif.consensus(), motif.n_sites) == (3, "AAA", 2)
    assert sites == [PlantedSite("a", 12, 15, "+", "pattern_0"), PlantedSite("b", 11, 14, "-", "pattern_0")]


def test_modisco_is_not_for_rna(tmp_path):
    with pytest.raises(ToolFailed, match="not for RNA"):
        CnnModisco().run(case(tmp_path, "rna"), Path(tmp_path), Meter(tmp_path / "log", 1))
