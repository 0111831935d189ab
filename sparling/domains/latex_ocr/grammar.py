r"""Formulas drawn from the grammar of LaTeX-OCR, their length first.

    start → expr | \frac{start}{start} [¼]        term  → atom | atom term [¼]
    expr  → term | term + expr [¼]                atom  → symbol | \left( expr \right) [¼]

with weight 1 where none stands; a symbol is s, s^{s} or s_{s}, equally likely, s one of 16 signs. The length is
uniform, and given it a formula is as likely as among all formulas of the grammar that have so many tokens. In place of
rejecting until the length is right, each rule and the lengths of its parts are drawn by their exact probability given
the length, from the probability that each part of speech has each length (inside algorithm).

Source: SPARLING (arXiv 2302.01976), LaTeX-OCR domain.
"""

from bisect import bisect
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple

SYMBOLS = "0123456789xyzabc"
PLUS, OPEN, CLOSE, FRACTION, OVER, END_FRACTION, SUP, END_SUP, SUB, END_SUB = range(len(SYMBOLS), len(SYMBOLS) + 10)
TOKENS = (*SYMBOLS, "+", r"\left(", r"\right)", r"\frac{", "}{", "}", "^{", "}", "_{", "}")
"""The 26 tokens by number. One that draws something has the number of its motif's class; the others draw nothing."""
CLASSES = (*SYMBOLS, "+", "(", ")", "frac")
"""The 20 motif classes: signs, brackets, and the bar of a fraction."""
DRAWS = 6
"""Random numbers that a formula uses at most, for each of its tokens."""

_LESS = 0.25
"""Weight of the second alternative of each rule; of the first it is 1."""


class _Rule(NamedTuple):
    """One way to make a part of speech: tokens before, between and behind parts; parts of no more than two kinds."""

    weight: float
    parts: tuple[str, ...]
    around: tuple[tuple[int, ...], ...]
    """One more than parts."""


_RULES = {
    "start": (
        _Rule(1.0, ("expr",), ((), ())),
        _Rule(_LESS, ("start", "start"), ((FRACTION,), (OVER,), (END_FRACTION,))),
    ),
    "expr": (_Rule(1.0, ("term",), ((), ())), _Rule(_LESS, ("term", "expr"), ((), (PLUS,), ()))),
    "term": (_Rule(1.0, ("atom",), ((), ())), _Rule(_LESS, ("atom", "term"), ((), (), ()))),
    "atom": (_Rule(1.0, ("symbol",), ((), ())), _Rule(_LESS, ("expr",), ((OPEN,), (CLOSE,)))),
    "symbol": (
        _Rule(1.0, ("sign",), ((), ())),
        _Rule(1.0, ("sign", "sign"), ((), (SUP,), (END_SUP,))),
        _Rule(1.0, ("sign", "sign"), ((), (SUB,), (END_SUB,))),
    ),
}


class _Choice(NamedTuple):
    """A rule, the lengths of its parts, and how likely they are given the length of the whole."""

    rule: _Rule
    lengths: tuple[int, ...]
    probability: float


def probability(part: str, length: int) -> float:
    """That the grammar makes this part of speech exactly so many tokens long.

    >>> probability("start", 1)  # 0.8 expr · 0.8 term · 0.8 atom · 0.8 symbol · 1/3 sign
    0.13653333333333337
    """
    return sum(choice.probability for choice in _choices(part, length))


def expected_motifs(part: str, length: int) -> float:
    """Mean number of tokens that draw something, given the length."""
    if part == "sign":
        return 1.0
    choices = _choices(part, length)
    mean = sum(
        choice.probability
        * (
            sum(token < len(CLASSES) for tokens in choice.rule.around for token in tokens)
            + sum(_expected(inner, n) for inner, n in zip(choice.rule.parts, choice.lengths, strict=True))
        )
        for choice in choices
    )
    return mean / sum(choice.probability for choice in choices)


def formula(length: int, uniforms: Iterator[float]) -> list[int]:
    """Tokens of one formula of this length, from numbers uniform in [0, 1), `DRAWS` for each token at most.

    >>> " ".join(TOKENS[token] for token in formula(9, iter([0.9, 0.1] * 27)))
    '\\\\left( b + 1 \\\\right) 1 _{ b }'
    """
    tokens: list[int] = []
    _write("start", length, uniforms, tokens)
    return tokens


def _write(part: str, length: int, uniforms: Iterator[float], tokens: list[int]) -> None:
    if part == "sign":
        tokens.append(int(next(uniforms) * len(SYMBOLS)))
        return
    bounds, choices = _table(part, length)
    rule, lengths, _ = choices[bisect(bounds, next(uniforms))]
    for before, inner, n in zip(rule.around, rule.parts, lengths, strict=False):
        tokens.extend(before)
        _write(inner, n, uniforms, tokens)
    tokens.extend(rule.around[-1])


@cache
def _table(part: str, length: int) -> tuple[list[float], list[_Choice]]:
    """Upper bounds of the choices' shares of [0, 1), the last left out, and the choices."""
    choices = _choices(part, length)
    sums = list(accumulate(choice.probability for choice in choices))
    return [value / sums[-1] for value in sums[:-1]], choices


@cache
def _choices(part: str, length: int) -> list[_Choice]:
    """All ways to make this part of speech so long that are possible."""
    rules, choices = _RULES[part], []
    whole = sum(rule.weight for rule in rules)
    for rule in rules:
        left = length - sum(map(len, rule.around))
        splits = [(left,)] if len(rule.parts) == 1 else [(n, left - n) for n in range(1, left)]
        for lengths in splits:
            share = rule.weight / whole
            for inner, n in zip(rule.parts, lengths, strict=True):
                share *= _probability(inner, n)
            if share > 0:
                choices.append(_Choice(rule, lengths, share))
    return choices


@cache
def _probability(part: str, length: int) -> float:
    if part == "sign":
        return float(length == 1)
    return probability(part, length) if length > 0 else 0.0


@cache
def _expected(part: str, length: int) -> float:
    return expected_motifs(part, length)
