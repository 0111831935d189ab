"""Edits of formulas: one sign changes, the others stay where they are, and the grammar makes the result."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from sparling.domains.latex_ocr.domain import AROUND, LatexOcr
from sparling.domains.latex_ocr.edits import FormulaLayouts
from sparling.domains.latex_ocr.grammar import CLOSE, END_SUB, END_SUP, FRACTION, OPEN, PLUS, SUB, SUP, TOKENS
from sparling.evaluation.identifiability.necessity import Edit, necessity

WORLD = LatexOcr(72, 160, 10)
KNOWN = FormulaLayouts(WORLD)


def tokens(text: str) -> tuple[int, ...]:
    """Signs, + ( ) and scripts as 1^2 or 1_2, without braces."""
    known = {letter: TOKENS.index(letter) for letter in "0123456789xyzabc+"} | {"(": OPEN, ")": CLOSE}
    scripts = {"^": (SUP, END_SUP), "_": (SUB, END_SUB)}
    found: list[int] = []
    for before, letter in pairwise(f" {text}"):
        if letter in scripts:
            continue
        op, end = scripts.get(before, (None, None))
        found += [token for token in (op, known[letter], end) if token is not None]
    return tuple(found)


def is_formula(formula: tuple[int, ...]) -> bool:
    """Whether the grammar makes it: parts are written as what they are parts of until nothing changes."""
    word = "".join("s" if token < PLUS else "+()f/}^]_["[token - PLUS] for token in formula)
    word = re.sub(r"s\^s\]|s_s\[", "A", word).replace("s", "A")
    while (shorter := re.sub(r"f[AS]/[AS]}", "S", re.sub(r"AA|A\+A|\(A\)", "A", word))) != word:
        word = shorter
    return word in ("A", "S")


def boxes(formula: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Class and true box of each motif, in the order of the domain, from pixels."""
    _, motifs = WORLD._draw([list(formula)], torch.device("cpu"))
    return [
        (int(k), *low, *high)
        for k, low, high in zip(motifs.kind, motifs.low.tolist(), motifs.high.tolist(), strict=True)
    ]


def test_formulas_are_those_of_the_samples_and_their_own_answers() -> None:
    layouts = KNOWN.layouts(seed=5, n=50)
    y = WORLD.samples(5, torch.arange(50)).y.tolist()
    assert [list(each) for each in layouts] == [[t for t in row if 0 <= t < len(TOKENS)] for row in y]
    assert KNOWN.answers(layouts) == layouts


@pytest.mark.parametrize("edit", Edit)
def test_one_sign_changes_and_all_others_stay(edit: Edit) -> None:
    rng, seen = np.random.default_rng(0), 0
    in_place = edit in (Edit.MOVED, Edit.REPLACED)
    for layout in KNOWN.layouts(seed=1, n=80):
        was = boxes(layout) if in_place else []
        for kind in range(20):
            changed = KNOWN.edited(layout, kind, edit, rng)
            if changed is None:
                continue
            seen += 1
            assert kind <= PLUS
            assert 1 <= len(changed) <= WORLD.longest
            assert changed != layout
            assert is_formula(changed), changed
            gone = Counter(t for t in layout if t <= FRACTION) - Counter(t for t in changed if t <= FRACTION)
            new = Counter(t for t in changed if t <= FRACTION) - Counter(t for t in layout if t <= FRACTION)
            assert (gone.total(), new.total()) == {
                Edit.REMOVED: (1, 0),
                Edit.INSERTED: (0, 1),
                Edit.MOVED: (0, 0),
                Edit.REPLACED: (1, 1),
            }[edit]
            assert edit is Edit.MOVED or kind in gone | new
            if in_place and len(was) == len(now := boxes(changed)):
                pairs = list(zip(was, now, strict=True))
                off = [max(abs(a - b) for a, b in zip(one[1:], other[1:], strict=True)) for one, other in pairs]
                assert (
                    sum(shift > AROUND or one[0] != other[0] for shift, (one, other) in zip(off, pairs, strict=True))
                    <= 1
                )
    assert seen > 0 or edit in (Edit.REMOVED, Edit.INSERTED)


def test_what_can_be_told_from_what_stays_is_not_necessary() -> None:
    found = necessity(KNOWN, 20, seed=0, n=60, rng=np.random.default_rng(0))
    alpha = [each.alpha.value or 0.0 for each in found]
    assert min(alpha[:PLUS]) > 0.8
    assert alpha[PLUS:] == [0, 0, 0, 0]


def test_by_hand() -> None:
    rng = np.random.default_rng(0)
    raised, lowered = tokens("1^12_23^5"), tokens("1^12_23_5")
    longer = FormulaLayouts(LatexOcr(72, 160, 12))
    assert longer.edited(raised, 5, Edit.MOVED, rng) == lowered
    assert longer.edited(lowered, 5, Edit.MOVED, rng) == raised
    assert KNOWN.edited(tokens("x^2"), 2, Edit.MOVED, rng) is None  # what is drawn is centred, and x would move
    assert KNOWN.edited(tokens("2"), 2, Edit.MOVED, rng) is None
    assert KNOWN.edited(tokens("2"), 2, Edit.REMOVED, rng) is None  # a formula has a token at least
    assert KNOWN.edited(tokens("1+2"), PLUS, Edit.REMOVED, rng) is None  # its neighbours would draw near
    assert KNOWN.edited(tokens("(1)"), OPEN, Edit.REMOVED, rng) is None
    found = KNOWN.edited(tokens("7"), 7, Edit.REPLACED, rng)
    assert found is not None
    assert len(found) == 1
    assert found != (7,)
    assert FormulaLayouts(LatexOcr(72, 160, 1)).edited(tokens("7"), 3, Edit.INSERTED, rng) is None
