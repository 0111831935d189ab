import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling_genomics.letters.alphabet import decode, encode
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.variants.alleles import Edit, compared, edited, shared_ends

WINDOW = Interval("I", 100, 120)
LETTERS = encode("ACGTACGTACGTACGTACGT")


@st.composite
def edits(draw):
    found, at = [], 100
    for _ in range(draw(st.integers(1, 3))):
        start = at + draw(st.integers(0, 4))
        end = start + draw(st.integers(0, 2))
        if end > 120:
            break
        found.append(Edit(start, end, encode(draw(st.text("ACGT", max_size=4)))))
        at = end + 1
    return found


@given(edits())
def test_edits_are_made_from_the_back_alike(made) -> None:
    """A list that is edited from the last to the first needs no bookkeeping."""
    alleles = edited("v", WINDOW, LETTERS, made)
    naive = LETTERS.tolist()
    for start, end, letters in reversed(made):
        naive[start - 100 : end - 100] = letters.tolist()
    assert alleles.alternative.tolist() == naive
    outside = np.ones(len(LETTERS), dtype=bool)
    for block, edit in zip(alleles.blocks, made, strict=True):
        outside[block.start : block.end] = False
        assert alleles.alternative[block.start_there : block.end_there].tolist() == edit.letters.tolist()
    for position in np.flatnonzero(outside).tolist():
        there = alleles.in_alternative(position)
        assert alleles.alternative[there] == LETTERS[position]
        assert alleles.in_reference(there) == position


@pytest.mark.parametrize(
    "made", [[Edit(99, 101, encode("A"))], [Edit(110, 112, encode("A")), Edit(111, 113, encode("A"))]]
)
def test_edits_that_overlap_or_leave_the_window_are_refused(made) -> None:
    with pytest.raises(ValueError, match="must lie apart and in the window"):
        edited("v", WINDOW, LETTERS, made)


def test_equal_lengths_are_compared_letter_for_letter() -> None:
    alleles = compared("p", encode("AACCGGTT"), encode("ATCCGCAT"))
    assert [block[:2] for block in alleles.blocks] == [(1, 2), (5, 7)]
    assert compared("p", encode("AC"), encode("AC")).blocks == ()


@given(st.text("AC", min_size=1, max_size=12), st.text("AC", min_size=1, max_size=12))
def test_other_lengths_differ_in_one_block(first, second) -> None:
    a, b = encode(first), encode(second)
    alleles = compared("p", a, b)
    if len(a) != len(b):
        ((start, end, start_there, end_there),) = alleles.blocks
        assert decode(a[:start]) + second[start_there:end_there] + decode(a[end:]) == second
    before, behind = shared_ends(a, b)
    assert before + behind <= min(len(a), len(b))
