"""Planted DNA: sequences of a Markov background with motifs on either strand; a grammar says what they mean.

Sample i of seed s is the same in any batch, order, worker and device (`sparling.domains.counter_random`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sparling.domains.base import Samples
from sparling.domains.counter_random import sample_keys, uniforms
from sparling.evaluation.motif_errors import Motifs
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted_dna.factors import factor
from sparling_genomics.worlds.planted_dna.grammars import DRAWN, Grammar
from sparling_genomics.worlds.planted_dna.layouts import NONE, Layout, place

NEXT = (
    (0.32, 0.18, 0.27, 0.23),
    (0.34, 0.27, 0.05, 0.34),
    (0.28, 0.22, 0.27, 0.23),
    (0.21, 0.21, 0.27, 0.31),
)
"""Probability of each letter (column, A C G T) after each (row): few CG, as in vertebrates."""
_SITES, _LETTERS = 1 << 20, 1 << 30
"""Random numbers from these counters on are for places, and for the letters of sites; those before for background."""


@dataclass(frozen=True)
class PlantedDna:
    """The world of one grammar."""

    grammar: Grammar

    @property
    def name(self) -> str:
        """Planted DNA, and the grammar."""
        return f"planted DNA, {self.grammar.name}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The factors; where the strand counts each twice, first all on the forward strand."""
        names = self.grammar.classes
        return tuple(f"{name} {strand}" for strand in "+−" for name in names) if self.grammar.by_strand else names

    @property
    def tokens(self) -> int:
        """Values of an answer, and one that ends a sequence of them and never occurs."""
        return self.grammar.choices + 1

    @property
    def answers(self) -> int:
        """T."""
        return self.grammar.answers

    @property
    def length(self) -> int:
        """bp of a sequence."""
        return self.grammar.length

    @property
    def size(self) -> tuple[int]:
        """bp."""
        return (self.length,)

    @property
    def motifs_per_sample(self) -> float:
        """Expected motifs of all classes."""
        return self.grammar.sites

    @property
    def true_density(self) -> float:
        """δ*: motifs over classes × positions."""
        return self.motifs_per_sample / (len(self.class_names) * self.length)

    @cached_property
    def motifs(self) -> tuple[Pwm, ...]:
        """All that is planted: the classes, then the distractors."""
        return tuple(factor(name) for name in self.grammar.classes + self.grammar.distractors)

    def samples(self, seed: int, index: Tensor) -> Samples:
        """Codes (B, 1, length) uint8, answers (B, T) and true sites of the classes, for ``index`` (B,) int64."""
        layout = self.layout(seed, index)
        classes = len(self.grammar.classes)
        sample, slot = torch.nonzero((layout.kind != NONE) & (layout.kind < classes), as_tuple=True)
        kind = layout.kind[sample, slot]
        if self.grammar.by_strand:
            kind = kind + classes * layout.reverse[sample, slot]
        truth = Motifs(sample, kind, layout.start[sample, slot, None], layout.end[sample, slot, None])
        codes = self._written(layout, sample_keys(seed, index))
        return Samples(codes[:, None], self.grammar.read(layout), truth)

    def layout(self, seed: int, index: Tensor) -> Layout:
        """Where the motifs of the samples ``index`` (B,) int64 lie."""
        slots, keys = self.grammar.slots, sample_keys(seed, index)
        u = uniforms(keys[:, None], _SITES + torch.arange((DRAWN + 1) * slots, device=index.device))
        width = torch.tensor([motif.width for motif in self.motifs], device=index.device)
        return place(self.grammar.draw(u[:, : DRAWN * slots]), width, self.length, u[:, DRAWN * slots :])

    def _written(self, layout: Layout, keys: Tensor) -> Tensor:
        """The letters (B, length) uint8."""
        letters = self._background(keys)
        table = self._site_tables.to(keys.device)
        widest = table.shape[1]
        slots = layout.kind.shape[1]
        counter = _LETTERS + torch.arange(slots * widest, device=keys.device)
        u = uniforms(keys[:, None], counter).view(-1, slots, widest, 1)
        drawn = (u >= table[layout.kind.clamp_min(0)]).sum(3)
        column = torch.arange(widest, device=keys.device)
        length = (layout.end - layout.start)[..., None]
        place = torch.where(
            layout.reverse[..., None], layout.end[..., None] - 1 - column, layout.start[..., None] + column
        )
        place = place.masked_fill(column >= length, self.length)
        drawn = torch.where(layout.reverse[..., None], 3 - drawn, drawn)
        padded = torch.nn.functional.pad(letters, (0, 1)).scatter(1, place.flatten(1), drawn.flatten(1))
        return padded[:, : self.length].to(torch.uint8)

    def _background(self, keys: Tensor) -> Tensor:
        """A Markov chain (B, length) int64 that starts in its stationary state.

        Each random number is a map from the letter before to the letter; maps are composed in log₂ length steps.
        """
        u = uniforms(keys[:, None], torch.arange(self.length, device=keys.device))[..., None, None]
        letters = (u >= _CUMULATIVE.to(keys.device)).sum(3)
        letters[:, 0] = (u[:, 0, :, 0] >= _FIRST.to(keys.device)).sum(1, keepdim=True)
        step = 1
        while step < self.length:
            letters[:, step:] = letters[:, step:].gather(2, letters[:, :-step])
            step *= 2
        return letters[..., 0]

    @cached_property
    def _site_tables(self) -> Tensor:
        """Cumulative probabilities (K, W, 3) of the letters of each motif's columns, 0 past its end."""
        tables = torch.zeros(len(self.motifs), max(motif.width for motif in self.motifs), 3, dtype=torch.float64)
        for table, motif in zip(tables, self.motifs, strict=True):
            table[: motif.width] = torch.from_numpy(motif.probabilities().cumsum(1)[:, :3])
        return tables


_CUMULATIVE = torch.tensor(NEXT, dtype=torch.float64).cumsum(1)[:, :3]
_FIRST = torch.from_numpy(np.linalg.matrix_power(np.array(NEXT), 64)[0].cumsum()[:3])
