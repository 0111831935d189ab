"""The benchmark of known matrices: which matrices are a set's own, and what a row and the summary say."""

import numpy as np
import pytest
from cases import Case, Known
from enrichment import COLUMNS, figures, own_matrices, summary
from tables import write_rows

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import consensus_motif

LINE = {"motif_id": "a", "name": "A", "log10_p": "-9.04", "auroc": "0.9", "family": "a"}


def case(folder, *known):
    return Case("x", 0, folder, "dna", folder / "db.meme", (), (), (), False, known)


def test_targets_are_the_sets_own_and_without_them_what_is_like_the_motif(tmp_path):
    ebox = consensus_motif("E", "CACGTG")
    write_meme(tmp_path / "db.meme", [Pwm("LIKE", ebox.counts, 20), Pwm("OTHER", np.eye(4)[[0, 0, 2, 2, 0]], 1)])
    assert own_matrices(case(tmp_path, Known("k", ebox, frozenset({"p", "q"})))) == {"p", "q"}
    assert own_matrices(case(tmp_path, Known("k", ebox))) == {"LIKE"}


def test_ranks_are_of_the_best_own_matrix_and_of_its_family():
    table = [LINE, LINE | {"motif_id": "b", "family": "b"}, LINE | {"motif_id": "c", "family": "b"}]
    found = figures(table, {"c"})
    assert (found["rank"], found["family_rank"], found["own"], found["families"]) == (3, 2, "c", 2)
    assert found["first_log10_p"] == pytest.approx(-9.0)
    assert "rank" not in figures(table, {"none"})


def test_the_summary_counts_sets_whose_family_is_first(tmp_path, capsys):
    rows = [
        {"set": f"s{i}", "negatives": kind, "status": "ok", "cpu_s": 2.0 + i, **figures([LINE], {own})}
        for i, (kind, own) in enumerate([("shuffled", "a"), ("given", "b"), ("others", "a")])
    ]
    write_rows(tmp_path / "x.tsv", COLUMNS, rows)
    text = summary(tmp_path / "x.tsv")
    assert "given or shuffled: the family is first on 1 of 2 sets; 2.5 CPU s on average, 3.0 at most." in text
    assert "others: the family is first on 1 of 1 sets" in text
