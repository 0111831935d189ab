"""Words in windows are told by their letters and by where they stand."""

import sys

import numpy as np
import pytest
import splice_windows
from splice_windows import COLUMNS, found_words, row

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.decoys.experiment import Measured, WindowOutcome
from sparling_genomics.splicing.decoys.task import WindowFigures
from sparling_genomics.splicing.decoys.words import Flanks, Sites, WindowMotif
from sparling_genomics.splicing.runs.words import Place


def motif(name: str, letters: str, flanks: tuple[float, float, float, float], tract: float) -> WindowMotif:
    counts = np.eye(4)[["ACGT".index(letter) for letter in letters]] * 100
    nowhere = Sites(Place(0, 0.0), 0.0)
    figures = WindowFigures(0.0, 0.0)
    return WindowMotif(Pwm(name, counts, 100), (0,), 100, 1.0, Flanks(*flanks), tract, nowhere, nowhere, figures)


MOTIFS = (
    motif("M1", "GAAGAA", (1.2, 0.1, 0.9, -0.1), -0.5),
    motif("M2", "GAGAAG", (1.4, 0.1, 0.7, -0.1), -0.5),
    motif("M3", "GGGG", (-1.2, 0.1, -0.9, 0.3), -0.5),
    motif("M4", "TTTCTT", (-0.9, 0.1, -1.0, 0.1), 1.1),
    motif("M5", "CTCTCT", (-0.9, 0.1, -1.0, 0.1), 0.4),
    motif("M6", "CAGGTA", (-2.0, 0.0, 2.0, 0.0), 3.0),
)


def test_the_motif_of_each_word_that_stands_out_most():
    words = found_words(MOTIFS)
    assert {name: own and own.motif.pwm.name for name, own in words.items()} == {
        "purine": "M1",
        "g_run": "M3",
        "pyrimidine": "M4",
    }
    assert [own is not None and own.holds for own in words.values()] == [True, False, True]
    assert set(found_words(MOTIFS[5:]).values()) == {None}


def test_a_word_on_the_wrong_side_of_sites_does_not_hold():
    of_introns = motif("M1", "GAAGAA", (-1.2, 0.1, -0.9, -0.1), -0.5)
    both_ways = motif("M1", "GAAGAA", (1.2, 0.1, -0.9, -0.1), -0.5)
    of_exons = motif("M1", "GGGG", (1.2, 0.1, 0.9, -0.1), -0.5)
    found = [found_words((each,))[word] for each, word in ((of_introns, "purine"), (both_ways, "purine"))]
    assert [own.holds for own in (*found, found_words((of_exons,))["g_run"])] == [False] * 3
    assert found_words((motif("M1", "GGGG", (-1.2, 0.1, -0.9, 0.1), -0.5),))["g_run"].holds


def test_a_row_has_the_columns_of_the_table():
    measured = Measured(10, WindowFigures(0.99, 0.98), WindowFigures(0.97, 0.96))
    outcome = WindowOutcome(measured, measured, 8.0, MOTIFS, {}, 1.0, "")
    found = row("human", 0, "none", outcome, 12.34)
    assert set(found) == set(COLUMNS)
    assert (found["donor"], found["clean_maxent_acceptor"], found["purine_true"]) == (0.99, 0.96, "+1.20 +0.90")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sets", "mouse"], "error: no set 'mouse'; there are human, hs3d\n"),
        (["--cores", "lssi"], "error: no core 'lssi'; there are none, maxent\n"),
    ],
)
def test_names_typed_wrong_are_said_in_a_line(words, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["splice_windows.py", *words])
    with pytest.raises(SystemExit, match="2"):
        splice_windows.main()
    assert capsys.readouterr().err == message
