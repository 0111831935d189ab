"""Formulas: the law given the length, against all derivations and against rejection."""

import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from sparling.domains.latex_ocr.grammar import (
    CLASSES,
    CLOSE,
    DRAWS,
    END_FRACTION,
    END_SUB,
    END_SUP,
    FRACTION,
    OPEN,
    OVER,
    PLUS,
    SUB,
    SUP,
    SYMBOLS,
    TOKENS,
    expected_motifs,
    formula,
    probability,
)

SIGN = 0
"""Stands for any sign: shapes of formulas are compared, signs are uniform."""
Law = dict[tuple[int, ...], Fraction]


def derived(longest: int) -> dict[str, Law]:
    """Probability of every shape of at most ``longest`` tokens, by the rules as the publication writes them."""
    most, less = Fraction(4, 5), Fraction(1, 5)
    laws: dict[str, Law] = {part: {} for part in ("symbol", "atom", "term", "expr", "start")}
    for tokens in ((SIGN,), (SIGN, SUP, SIGN, END_SUP), (SIGN, SUB, SIGN, END_SUB)):
        laws["symbol"][tokens] = Fraction(1, 3)
    before: dict[str, Law] = {}
    while laws != before:
        before = dict(laws)
        two = {
            "atom": (laws["symbol"], [((OPEN, *inner, CLOSE), p) for inner, p in laws["expr"].items()]),
            "term": (laws["atom"], joined(laws["atom"], laws["term"], (), (), ())),
            "expr": (laws["term"], joined(laws["term"], laws["expr"], (), (PLUS,), ())),
            "start": (laws["expr"], joined(laws["start"], laws["start"], (FRACTION,), (OVER,), (END_FRACTION,))),
        }
        for part, (first, second) in two.items():
            law: Law = {}
            for tokens, p in first.items():
                law[tokens] = law.get(tokens, Fraction(0)) + most * p
            for tokens, p in second:
                if len(tokens) <= longest:
                    law[tokens] = law.get(tokens, Fraction(0)) + less * p
            laws[part] = {tokens: p for tokens, p in law.items() if len(tokens) <= longest}
    return laws


def joined(one: Law, other: Law, *around: tuple[int, ...]) -> list[tuple[tuple[int, ...], Fraction]]:
    before, between, after = around
    return [
        ((*before, *a, *between, *b, *after), p * q)
        for (a, p), (b, q) in itertools.product(one.items(), other.items())
        if len(a) + len(b) + len(before) + len(between) + len(after) <= LONGEST
    ]


LONGEST = 8
DERIVED = derived(LONGEST)["start"]


def shape(tokens: list[int]) -> tuple[int, ...]:
    return tuple(SIGN if token < PLUS else token for token in tokens)


def numbers(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(256).tolist()


def rejected(rng: np.random.Generator, longest: int) -> list[int]:
    """One formula by the rules alone, None where it grew too long."""
    tokens: list[int] = []

    def write(part: str) -> None:
        if len(tokens) > longest:
            return
        second = rng.random() < 0.2
        if part == "start" and second:
            tokens.append(FRACTION)
            write("start")
            tokens.append(OVER)
            write("start")
            tokens.append(END_FRACTION)
        elif part == "start":
            write("expr")
        elif part == "expr":
            write("term")
            if second:
                tokens.append(PLUS)
                write("expr")
        elif part == "term":
            write("atom")
            if second:
                write("term")
        elif second:
            tokens.append(OPEN)
            write("expr")
            tokens.append(CLOSE)
        else:
            kind = rng.integers(3)
            tokens.append(int(rng.integers(16)))
            if kind:
                tokens.extend([(SUP, SUB)[kind - 1], int(rng.integers(16)), (END_SUP, END_SUB)[kind - 1]])

    write("start")
    return tokens


@pytest.mark.parametrize("length", range(1, LONGEST + 1))
def test_the_length_is_as_likely_as_all_its_derivations(length: int) -> None:
    exact = sum(p for tokens, p in DERIVED.items() if len(tokens) == length)
    assert probability("start", length) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("length", [1, 4, 5, 6, 8])
def test_given_the_length_every_shape_is_as_likely_as_its_derivations(length: int) -> None:
    n, stream = 4000, numbers(np.random.default_rng(length))
    seen = Counter(shape(formula(length, stream)) for _ in range(n))
    exact = {tokens: float(p) / probability("start", length) for tokens, p in DERIVED.items() if len(tokens) == length}
    assert seen.keys() <= exact.keys()
    frequent = [tokens for tokens, p in exact.items() if n * p >= 5]
    rest = 1 - sum(exact[tokens] for tokens in frequent)
    observed = [seen[tokens] for tokens in frequent]
    expected = [n * exact[tokens] for tokens in frequent]
    if n * rest >= 5:
        observed.append(n - sum(observed))
        expected.append(n * rest)
    else:
        expected = [value * sum(observed) / sum(expected) for value in expected]
    assert len(observed) == 1 or chisquare(observed, expected).pvalue > 1e-3


def test_the_law_is_that_of_rejection() -> None:
    rng = np.random.default_rng(5)
    by_rejection = Counter(shape(tokens) for _ in range(40_000) if len(tokens := rejected(rng, 6)) == 6)
    n = sum(by_rejection.values())
    stream = numbers(rng)
    drawn = Counter(shape(formula(6, stream)) for _ in range(20 * n))
    assert n > 1500
    assert by_rejection.keys() <= drawn.keys()
    common = [tokens for tokens in drawn if drawn[tokens] >= 100]
    observed = [by_rejection[tokens] for tokens in common]
    expected = np.array([drawn[tokens] for tokens in common]) * sum(observed) / sum(drawn[tokens] for tokens in common)
    assert chisquare(observed, expected).pvalue > 1e-3


def test_signs_are_equally_likely() -> None:
    stream = numbers(np.random.default_rng(1))
    seen = Counter(token for _ in range(800) for token in formula(20, stream) if token < PLUS)
    assert chisquare([seen[sign] for sign in range(len(SYMBOLS))]).pvalue > 1e-3


@given(st.integers(1, 30), st.integers(0, 2**32))
def test_a_formula_has_its_length_and_uses_no_more_numbers_than_promised(length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for extreme in (rng.random(DRAWS * length), np.full(DRAWS * length, 1 - 2**-53), np.zeros(DRAWS * length)):
        tokens = formula(length, iter(extreme.tolist()))
        assert len(tokens) == length
        assert all(0 <= token < len(TOKENS) for token in tokens)


def test_expected_motifs_are_the_mean_of_formulas() -> None:
    stream = numbers(np.random.default_rng(2))
    counts = [sum(token < len(CLASSES) for token in formula(17, stream)) for _ in range(3000)]
    assert np.mean(counts) == pytest.approx(expected_motifs("start", 17), abs=4 * np.std(counts) / 3000**0.5)


def test_tokens_and_classes_are_those_of_the_publication() -> None:
    assert len(TOKENS) == 26
    assert len(CLASSES) == 20
    assert [TOKENS[token] for token in range(len(CLASSES))] == [*SYMBOLS, "+", r"\left(", r"\right)", r"\frac{"]
