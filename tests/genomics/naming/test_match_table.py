"""matches.tsv and matches.meme: read of written is the same, and every damage is named."""

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.files.rows import Match
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.match_table import MATCHES, MATRICES, read_matches, write_matches
from sparling_genomics.pages.page_logo import shown_span
from sparling_genomics.pages.parts.matches import match_logos, span

EYE = np.eye(4) * 20
TARGETS = {"A": Pwm("A", EYE[[0, 1, 2]], 20, alt_name="x y"), "b|c": Pwm("b|c", EYE[[3, 3, 0, 1, 1]], 20)}
MATCHED = [
    Match("M1", "A", 'say "A"', 1e-9, 1e-7, 1e-7, -2, "+", "plants", 0.875),
    Match("M1", "b|c", "b|c", 0.5, 1.0, 1.0, 3, "-", "", None),
]


@pytest.fixture
def written(tmp_path):
    write_matches(tmp_path, [MATCHED, []], TARGETS)
    return tmp_path


def test_read_of_written_is_the_same(written):
    found = read_matches(written)
    assert [match for match, _ in found["M1"]] == MATCHED
    assert list(found) == ["M1"]
    for match, target in found["M1"]:
        np.testing.assert_allclose(target.probabilities(), TARGETS[match.target].probabilities())


def test_a_run_without_a_database_has_none(tmp_path):
    assert read_matches(tmp_path) == {}


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (lambda text: "", 1, "lacks the columns"),
        (lambda text: text.replace("rank", "place"), 1, "lacks the columns"),
        (lambda text: text.replace("1e-09", "much"), 2, "expected 11 cells of a match"),
        (lambda text: text.replace("\t-\n", "\t?\n"), 3, "expected 11 cells of a match"),
        (lambda text: text.replace("\t0.875\t-2\t+", ""), 2, "expected 11 cells; got 8"),
        (lambda text: text.replace("\tA\t", "\tC\t"), 2, "C has no matrix in matches.meme"),
    ],
)
def test_damage_is_named(written, change, line, said):
    path = written / MATCHES
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=said) as caught:
        read_matches(written)
    assert str(caught.value).endswith(f"{path}:{line}")


def test_matrices_that_are_gone_are_named(written):
    (written / MATRICES).unlink()
    with pytest.raises(InputError, match=MATRICES):
        read_matches(written)


def test_logos_stand_in_the_same_columns(written):
    motif = Pwm("M1", EYE[[2, 0, 1, 2]], 20)
    matched = read_matches(written)["M1"]
    first, last = span(motif, matched)
    assert (first, last) == (-2, 8)
    drawn = match_logos(motif, "it", matched)
    boxes = {
        str(logo).split('viewBox="')[1].split('"')[0] for logo in (drawn.own, *(each for _, each in drawn.matches))
    }
    assert len(boxes) == 1
    # A C G of A lie two columns before the motif; the other one lies reversed behind its third column
    assert shown_span(matched[0].target) == (0, 3)
    assert [str(logo).count("<use") for _, logo in drawn.matches] == [3, 5]
