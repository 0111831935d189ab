"""Sparse concepts seen by several streams, each through a random two-layer mixture of its own: truth for alignment.

A sample has n of C concepts, drawn without replacement with weights that fall as Zipf's law, each with a strength.
Stream s sees c (the strengths of all concepts, 0 where one is absent) and private concepts p_s that no other stream
has, as

    x_s = A_s ReLU(B_s (c, p_s) + b_s) + noise

with A_s, B_s and b_s at random, other in each stream. Concepts are the leaves of a tree of labels: kinds, families,
classes, and one root. Which concepts are active is known, and never shown to a model.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from sparling.domains.counter_random import sample_keys, uniforms

_PROBED = 2_048
"""Samples from which the size of each feature is told before noise is added."""
_ONE_STREAM = 1 << 32
"""Numbers of a sample kept for each stream, and for the concepts before the first."""
ROOT = "concept"


class View(NamedTuple):
    """A stream: how it sees the concepts."""

    name: str
    width: int
    """D, its features."""
    private: int
    """Concepts that it alone has."""
    noise: float
    """Standard deviation of the noise, over that of a feature without it."""


class ConceptSamples(NamedTuple):
    """Some samples, with their truth."""

    features: tuple[Tensor, ...]
    """(B, D_s) float32 of each stream."""
    concepts: Tensor
    """(B, C) strengths of the concepts, 0 where one is absent."""
    private: tuple[Tensor, ...]
    """(B, P_s) strengths of each stream's own."""


VIEWS = (View("one", 64, 12, 0.1), View("two", 96, 12, 0.2), View("three", 128, 12, 0.3))


@dataclass(frozen=True)
class Concepts:
    """A world of concepts in which everything is a function of ``mixture``, and sample i of seed s always the same."""

    classes: int = 3
    families: int = 4
    """In each class."""
    kinds: int = 4
    """In each family; these are the concepts."""
    fewest: int = 3
    most: int = 5
    """Concepts of a sample."""
    zipf: float = 1.0
    """The concept of rank r has weight r^−zipf."""
    weakest: float = 0.5
    strongest: float = 1.5
    """Strengths, uniform between them."""
    private_share: float = 0.08
    """Of samples, those that have a given private concept."""
    hidden: int = 4
    """Hidden units of a mixture, as a multiple of its features."""
    views: tuple[View, ...] = VIEWS
    mixture: int = 0
    """Seed of the mixtures, and of which concept is how frequent."""

    @property
    def names(self) -> tuple[str, ...]:
        """(C,) of the concepts: class, family and kind, counted from 1."""
        return tuple(
            f"{a + 1}.{b + 1}.{c + 1}"
            for a in range(self.classes)
            for b in range(self.families)
            for c in range(self.kinds)
        )

    @property
    def parents(self) -> dict[str, str]:
        """The tree of labels: each label and the one above it; above all is `ROOT`."""
        found: dict[str, str] = {}
        for name in self.names:
            family = name.rpartition(".")[0]
            found |= {name: family, family: family.partition(".")[0], family.partition(".")[0]: ROOT}
        return found

    @cached_property
    def weights(self) -> Tensor:
        """(C,) with which concepts are drawn, in an order by chance; their sum is 1."""
        generator = torch.Generator().manual_seed(self._key(0))
        rank = torch.randperm(len(self.names), generator=generator).double() + 1
        weights = rank**-self.zipf
        return weights / weights.sum()

    def _key(self, part: int) -> int:
        """Seed of what is random of the world itself."""
        return 1 + 1_009 * self.mixture + part

    def samples(self, seed: int, index: Tensor) -> ConceptSamples:
        """The samples of these addresses, ``index`` (B,) int64."""
        keys = sample_keys(seed, index)
        concepts = self._concepts(keys)
        features, private = [], []
        for s, view in enumerate(self.views):
            own = self._private(keys, s)
            clean = self._mixed(s, concepts, own) * self._scales[s]
            noise = _normals(keys, (2 * s + 2) * _ONE_STREAM, view.width)
            features.append((clean + view.noise * noise).float())
            private.append(own)
        return ConceptSamples(tuple(features), concepts, tuple(private))

    def _concepts(self, keys: Tensor) -> Tensor:
        """(B, C) strengths: the first n in a race that each concept wins by its weight (Efraimidis, Spirakis 2006)."""
        count = len(self.names)
        n = self.fewest + (uniforms(keys, torch.tensor(0)) * (self.most - self.fewest + 1)).long()
        finish = -torch.log1p(-uniforms(keys[:, None], 1 + torch.arange(count))) / self.weights
        place = finish.argsort(dim=1, stable=True).argsort(dim=1, stable=True)
        strength = uniforms(keys[:, None], 1 + count + torch.arange(count))
        strength = self.weakest + (self.strongest - self.weakest) * strength
        return torch.where(place < n[:, None], strength, 0.0)

    def _private(self, keys: Tensor, s: int) -> Tensor:
        count = self.views[s].private
        start = (2 * s + 1) * _ONE_STREAM
        there = uniforms(keys[:, None], start + torch.arange(count)) < self.private_share
        strength = uniforms(keys[:, None], start + count + torch.arange(count))
        return torch.where(there, self.weakest + (self.strongest - self.weakest) * strength, 0.0)

    def _mixed(self, s: int, concepts: Tensor, private: Tensor) -> Tensor:
        first, bias, second = self._mixtures[s]
        hidden = torch.relu(torch.cat([concepts, private], dim=1) @ first + bias)
        return hidden @ second

    @cached_property
    def _mixtures(self) -> Sequence[tuple[Tensor, Tensor, Tensor]]:
        """B (C + P, H), b (H,) and A (H, D) of each stream."""
        found = []
        for s, view in enumerate(self.views):
            generator = torch.Generator().manual_seed(self._key(1 + s))
            hidden, seen = self.hidden * view.width, len(self.names) + view.private
            first = torch.randn(seen, hidden, generator=generator, dtype=torch.float64)
            bias = 0.2 * torch.randn(hidden, generator=generator, dtype=torch.float64)
            second = torch.randn(hidden, view.width, generator=generator, dtype=torch.float64) / math.sqrt(hidden)
            found.append((first, bias, second))
        return found

    @cached_property
    def _scales(self) -> Sequence[Tensor]:
        """(D,) of each stream, that make every feature without noise one of standard deviation 1."""
        keys = sample_keys(self.mixture - 1, torch.arange(_PROBED))
        concepts = self._concepts(keys)
        return [1.0 / self._mixed(s, concepts, self._private(keys, s)).std(dim=0) for s in range(len(self.views))]


def _normals(keys: Tensor, start: int, count: int) -> Tensor:
    """(B, ``count``) standard normal numbers, two of the sample's uniform ones each (Box, Muller)."""
    radius = torch.sqrt(-2.0 * torch.log1p(-uniforms(keys[:, None], start + torch.arange(count))))
    return radius * torch.cos(2.0 * math.pi * uniforms(keys[:, None], start + count + torch.arange(count)))
