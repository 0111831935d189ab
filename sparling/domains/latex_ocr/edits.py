r"""Formulas with one sign or plus taken out, put in, moved, or exchanged for another.

A result counts where the grammar makes it, it is not too long, and every other sign, bracket and bar keeps its place:
no edge of its ink moves by more than a box is wider than that. A formula is set tightly and centred, so that few edits
but exchanges of one sign for another leave the others there: the gap that a plus or a sign leaves says that it was.
A bracket has no edit of its own, for the other one would stand alone, nor has a bar: what lies above and below it would
be no formula.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import torch

from sparling.domains.latex_ocr.domain import AROUND, LatexOcr
from sparling.domains.latex_ocr.glyphs import glyphs
from sparling.domains.latex_ocr.grammar import CLOSE, END_SUB, END_SUP, FRACTION, OPEN, PLUS, SUB, SUP
from sparling.domains.latex_ocr.layout import lay_out
from sparling.evaluation.identifiability.necessity import Edit

TRIES = 4
"""Random candidates that are looked at before an edit is given up: what is counted as possible is a lower bound."""

Formula = tuple[int, ...]
"""Tokens, without the end."""
Box = tuple[int, int, int, int]
"""First and last row, first and last column of some ink."""
_SCRIPTS = {SUP: END_SUP, SUB: END_SUB}
_ENDS = (CLOSE, END_SUP, END_SUB)


@dataclass(frozen=True)
class FormulaLayouts:
    """Formulas of ``world``, and edits of them (`sparling.evaluation.identifiability.necessity.Layouts`)."""

    world: LatexOcr

    def layouts(self, seed: int, n: int) -> list[Formula]:
        """Those of the first ``n`` samples of ``seed``."""
        return [tuple(tokens) for tokens in self.world.formulas(seed, torch.arange(n))]

    def answers(self, layouts: Sequence[Formula]) -> list[Formula]:
        """The tokens: a formula is its answer."""
        return list(layouts)

    def edited(self, layout: Formula, kind: int, edit: Edit, rng: np.random.Generator) -> Formula | None:
        """A random edit of class ``kind``, None where none is possible or none was found in `TRIES` tries."""
        if kind > PLUS:
            return None
        candidates = [each for each in _CANDIDATES[edit](layout, kind) if len(each[0]) <= self.world.longest]
        if not candidates:
            return None
        boxes = self._boxes(layout)
        for index in map(int, rng.permutation(len(candidates))[:TRIES]):
            tokens, before, after = candidates[index]
            if _alike(_without(boxes, layout, before), _without(self._boxes(tokens), tokens, after)):
                return tokens
        return None

    def _boxes(self, tokens: Formula) -> list[Box]:
        """Where the ink of each glyph lies, in order of the tokens, and then that of each bar."""
        page, extents = lay_out(list(tokens)), _extents()
        down, right = (self.world.rows - page.height) // 2, (self.world.columns - page.width) // 2
        boxes = []
        for glyph in page.glyphs:
            top, bottom, left, last = extents[glyph.glyph]
            row, column = glyph.row + down, glyph.column + right
            boxes.append((row + top, row + bottom, column + left, column + last))
        for bar in page.bars:
            row, column = bar.row + down, bar.column + right
            boxes.append((row, row + bar.height - 1, column, column + bar.width - 1))
        return boxes


def _without(boxes: list[Box], tokens: Formula, at: int | None) -> list[Box]:
    """All ``boxes`` of a formula but that of the token ``at``."""
    if at is None:
        return boxes
    glyph = sum(token < FRACTION for token in tokens[:at])
    return boxes[:glyph] + boxes[glyph + 1 :]


def _alike(were: list[Box], are: list[Box]) -> bool:
    """Whether no edge is elsewhere by more than `AROUND`."""
    pairs = ((was, now) for box, other in zip(were, are, strict=True) for was, now in zip(box, other, strict=True))
    return all(abs(was - now) <= AROUND for was, now in pairs)


Candidate = tuple[Formula, int | None, int | None]
"""A formula of the grammar, and which token is edited: its index before and after."""


def _removed(tokens: Formula, kind: int) -> Iterator[Candidate]:
    """A script, a plus, or a sign without a script that has a neighbour."""
    for i, token in enumerate(tokens):
        if token != kind:
            continue
        if _is_script(tokens, i):
            yield tokens[: i - 1] + tokens[i + 2 :], i, None
        elif token == PLUS or (not _has_script(tokens, i) and (_follows(tokens, i) or _goes_on(tokens, i + 1))):
            yield tokens[:i] + tokens[i + 1 :], i, None


def _inserted(tokens: Formula, kind: int) -> Iterator[Candidate]:
    """A plus between two neighbours; a sign beside any, or as the script of one without."""
    for i in range(len(tokens) + 1):
        before, behind = _follows(tokens, i), _goes_on(tokens, i)
        if (before and behind) if kind == PLUS else (before or behind):
            yield (*tokens[:i], kind, *tokens[i:]), None, i
        if kind != PLUS and before and tokens[i - 1] < PLUS and not _has_script(tokens, i - 1):
            yield from (((*tokens[:i], op, kind, end, *tokens[i:]), None, i + 1) for op, end in _SCRIPTS.items())


def _moved(tokens: Formula, kind: int) -> Iterator[Candidate]:
    """A raised script is lowered, or the other way round; nothing else can move alone."""
    for i, token in enumerate(tokens):
        if token == kind and _is_script(tokens, i):
            op = SUB if tokens[i - 1] == SUP else SUP
            yield (*tokens[: i - 1], op, kind, _SCRIPTS[op], *tokens[i + 2 :]), i, i


def _replaced(tokens: Formula, kind: int) -> Iterator[Candidate]:
    """A sign for another; a plus for a sign, or the other way round where there is something on both sides."""
    for i, token in enumerate(tokens):
        if token > PLUS:
            continue
        plain = not _is_script(tokens, i) and not _has_script(tokens, i)
        between = plain and _follows(tokens, i) and _goes_on(tokens, i + 1)
        others = range(PLUS + 1) if token == kind else (kind,)
        for new in others:
            if new != token and (new < PLUS or between):
                yield (*tokens[:i], new, *tokens[i + 1 :]), i, i


_CANDIDATES: dict[Edit, Callable[[Formula, int], Iterator[Candidate]]] = {
    Edit.REMOVED: _removed,
    Edit.INSERTED: _inserted,
    Edit.MOVED: _moved,
    Edit.REPLACED: _replaced,
}


def _is_script(tokens: Formula, i: int) -> bool:
    return i > 0 and tokens[i - 1] in _SCRIPTS


def _has_script(tokens: Formula, i: int) -> bool:
    return i + 1 < len(tokens) and tokens[i + 1] in _SCRIPTS


def _follows(tokens: Formula, i: int) -> bool:
    """Whether a sign, with its script, or brackets end just before token ``i``."""
    return i > 0 and (tokens[i - 1] in _ENDS or (tokens[i - 1] < PLUS and not _is_script(tokens, i - 1)))


def _goes_on(tokens: Formula, i: int) -> bool:
    """Whether a sign or brackets begin at token ``i``."""
    return i < len(tokens) and (tokens[i] == OPEN or (tokens[i] < PLUS and not _is_script(tokens, i)))


@cache
def _extents() -> list[Box]:
    """Of each glyph of the table the first and last row and column of its ink; of one without ink nothing."""
    table, found = glyphs(), []
    ends = table.first.tolist()
    for first, last in pairwise(ends):
        rows, columns = table.row[first:last], table.column[first:last]
        there = (int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())) if last > first else None
        found.append(there or (0, 0, 0, 0))
    return found
