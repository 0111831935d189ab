"""LaTeX-OCR: noisy images of formulas; the output is their LaTeX, token by token.

Source: SPARLING (arXiv 2302.01976), LaTeX-OCR domain, drawn with Computer Modern as Matplotlib has it. Formulas and
their layout are worked out on the CPU, pixels on any device: the images are the same everywhere.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from sparling.domains.base import PAD, Samples
from sparling.domains.counter_random import sample_keys, uniforms, words
from sparling.domains.latex_ocr.glyphs import glyphs
from sparling.domains.latex_ocr.grammar import CLASSES, DRAWS, FRACTION, SYMBOLS, TOKENS, expected_motifs, formula
from sparling.domains.latex_ocr.layout import lay_out
from sparling.evaluation.motif_errors import Motifs

END = len(TOKENS)
NOISE = 0.25
"""Share of the paper that is as dark as ink."""
AROUND = 2
"""Pixels by which a box is larger than the ink, on each side."""

_PLACES = 1 << 40
"""Random numbers below this counter are for pixels, the others for formulas."""
_NOISE_BYTE = round(NOISE * (1 << 8)) - (1 << 7)


@dataclass(frozen=True)
class LatexOcr:
    """Formulas of 1 to ``longest`` tokens in the middle of ``rows`` × ``columns`` pixels, cropped where larger.

    The defaults are published. A motif of which no pixel is on the image is not counted as one, though it is read.
    Raises ``ValueError`` for numbers below 1.
    """

    rows: int = 120
    columns: int = 360
    longest: int = 30

    def __post_init__(self) -> None:
        if min(self.rows, self.columns, self.longest) < 1:
            raise ValueError(f"rows, columns and longest must be at least 1; got {self}")

    @property
    def name(self) -> str:
        """LaTeX-OCR."""
        return "LaTeX-OCR"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Signs, brackets, the bar of a fraction."""
        return CLASSES

    @property
    def exchangeable(self) -> int:
        """The first so many classes may stand for each other in any formula: all signs but plus."""
        return len(SYMBOLS)

    @property
    def token_names(self) -> tuple[str, ...]:
        """LaTeX, without the end."""
        return TOKENS

    @property
    def tokens(self) -> int:
        """All tokens and the end."""
        return END + 1

    @property
    def length(self) -> int:
        """The most tokens, and the end."""
        return self.longest + 1

    @property
    def size(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.rows, self.columns

    @cached_property
    def motifs_per_sample(self) -> float:
        """Mean number of signs, brackets and bars, by the grammar: 9.57 as published, where 9.64 were counted."""
        return sum(expected_motifs("start", n) for n in range(1, self.length)) / self.longest

    def samples(self, seed: int, index: Tensor) -> Samples:
        """Images (B, 1, rows, columns), 1 where paper is clean; targets and true boxes, for ``index`` (B,) int64."""
        keys = sample_keys(seed, index)
        formulas = self.formulas(seed, index)
        y = torch.full((len(formulas), self.length), PAD)
        for sample, tokens in enumerate(formulas):
            y[sample, : len(tokens) + 1] = torch.tensor([*tokens, END])
        ink, motifs = self._draw(formulas, index.device)
        return Samples(self._paper(keys).masked_fill_(ink, 0), y.to(index.device), motifs)

    def demanded(self, y: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """The same formula with sign ``target`` in place of ``source``.

        >>> LatexOcr(longest=2).demanded(torch.tensor([[3, 11, END]]), torch.tensor([3]), torch.tensor([9]))
        tensor([[ 9, 11, 26]])
        """
        return torch.where(y == source[:, None], target[:, None], y)

    def formulas(self, seed: int, index: Tensor) -> list[list[int]]:
        """Tokens of each formula, without the end."""
        draws = 1 + DRAWS * self.longest
        numbers = uniforms(sample_keys(seed, index.cpu())[:, None], _PLACES + torch.arange(draws)).tolist()
        formulas = []
        for row in numbers:
            rest = iter(row)
            formulas.append(formula(1 + int(next(rest) * self.longest), rest))
        return formulas

    def _draw(self, formulas: list[list[int]], device: torch.device) -> tuple[Tensor, Motifs]:
        """Where ink is (B, 1, rows, columns) bool, and what of it belongs to which motif."""
        signs: list[tuple[int, int, int, int, int]] = []
        bars: list[tuple[int, int, int, int, int]] = []
        for number, tokens in enumerate(formulas):
            page = lay_out(tokens)
            down, right = (self.rows - page.height) // 2, (self.columns - page.width) // 2
            signs += ((number, sign.token, sign.glyph, sign.row + down, sign.column + right) for sign in page.glyphs)
            bars += ((number, bar.row + down, bar.column + right, bar.height, bar.width) for bar in page.bars)
        sample, token, glyph, top, left = torch.tensor(signs, dtype=torch.int64, device=device).view(-1, 5).T
        of, row, column, height, width = torch.tensor(bars, dtype=torch.int64, device=device).view(-1, 5).T

        table = glyphs()
        first = table.first.to(device)
        motif, pixel = _counted(first[glyph + 1] - first[glyph])
        place = first[glyph[motif]] + pixel
        rows, columns = top[motif] + table.row.to(device)[place], left[motif] + table.column.to(device)[place]
        bar, pixel = _counted(height * width)
        rows = torch.cat([rows, row[bar] + pixel // width[bar]])
        columns = torch.cat([columns, column[bar] + pixel % width[bar]])
        motif = torch.cat([motif, len(sample) + bar])
        sample, kind = torch.cat([sample, of]), torch.cat([token, torch.full_like(of, FRACTION)])

        seen = (rows >= 0) & (rows < self.rows) & (columns >= 0) & (columns < self.columns)
        motif, places = motif[seen], torch.stack([rows[seen], columns[seen]], 1)
        ink = torch.zeros((len(formulas), self.rows * self.columns), dtype=torch.bool, device=device)
        ink[sample[motif], places[:, 0] * self.columns + places[:, 1]] = True
        low = torch.full((len(sample), 2), max(self.size), device=device)
        high = torch.full((len(sample), 2), -1, device=device)
        whose = motif[:, None].expand_as(places)
        low.scatter_reduce_(0, whose, places, "amin")
        high.scatter_reduce_(0, whose, places, "amax")
        there = high[:, 0] >= 0
        order = sample[there].argsort(stable=True)
        motifs = (sample, kind, low - AROUND, high + 1 + AROUND)
        return ink.view(-1, 1, *self.size), Motifs(*(part[there][order] for part in motifs))

    def _paper(self, keys: Tensor) -> Tensor:
        """Paper (B, 1, rows, columns) uint8, 0 where noise is: of 8 random bits a pixel."""
        pixels = self.rows * self.columns
        bits = words(keys[:, None], torch.arange(-(-pixels // 8), device=keys.device)).view(torch.int8)[:, :pixels]
        return (bits >= _NOISE_BYTE).byte().view(len(keys), 1, *self.size)


def _counted(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """For each of ``numbers`` its index so often, and 0, 1, … beside it.

    >>> [part.tolist() for part in _counted(torch.tensor([2, 0, 3]))]
    [[0, 0, 2, 2, 2], [0, 1, 0, 1, 2]]
    """
    index = torch.arange(len(numbers), device=numbers.device).repeat_interleave(numbers)
    start = numbers.cumsum(0) - numbers
    return index, torch.arange(len(index), device=numbers.device) - start[index]
