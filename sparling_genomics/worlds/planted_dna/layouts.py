"""Which motifs a sequence carries, on which strand and where: drawn from random numbers, exact to the bp.

Letters: B sequences · n slots of a sequence · W bp of the widest motif. Slots stand from left to right; those past
the last motif are empty.
"""

from typing import NamedTuple

import torch
from torch import Tensor

APART = 4
"""Least bp between two motifs, where the grammar does not ask for a gap of its own."""
NONE = -1
"""The kind of an empty slot."""


class Order(NamedTuple):
    """What a grammar decides: which motifs follow each other."""

    kind: Tensor
    """(B, n) int64, index of the motif, `NONE` in the empty slots at the end."""
    reverse: Tensor
    """(B, n) bool, whether the motif lies on the reverse strand."""
    gap: Tensor
    """(B, n) int64, bp from the end of this motif to the next one; negative where any will do."""


class Layout(NamedTuple):
    """Where the motifs lie."""

    kind: Tensor
    """(B, n) int64, index of the motif, `NONE` for an empty slot."""
    reverse: Tensor
    """(B, n) bool."""
    start: Tensor
    """(B, n) int64, first bp, 0-based; rising over the slots in use."""
    end: Tensor
    """(B, n) int64, one past the last bp."""

    def has(self, kind: int) -> Tensor:
        """How many motifs of this kind each sequence has: (B,) int64."""
        return (self.kind == kind).sum(1)

    def of(self, values: Tensor, kind: int) -> Tensor:
        """``values`` (B, n) at the one motif of this kind, 0 where there is none: (B,)."""
        return (values * (self.kind == kind)).sum(1)

    def exchanged(self, a: Tensor, b: Tensor) -> "Layout":
        """The same places with each motif of kind ``a`` (B,) now of kind ``b`` (B,) and the other way round."""
        is_a, is_b = self.kind == a[:, None], self.kind == b[:, None]
        return self._replace(kind=torch.where(is_a, b[:, None], torch.where(is_b, a[:, None], self.kind)))


def in_random_order(candidates: Tensor, present: Tensor, chance: Tensor) -> Tensor:
    """The ``present`` (B, n) of the ``candidates`` (n,) in order of ``chance`` (B, n), then `NONE`: (B, n).

    >>> in_random_order(torch.tensor([5, 6, 7]), torch.tensor([[True, False, True]]), torch.tensor([[0.9, 0.0, 0.2]]))
    tensor([[ 7,  5, -1]])
    """
    order = (chance + 2.0 * ~present).argsort(1)
    return torch.where(present.gather(1, order), candidates[order], NONE)


def place(order: Order, width: Tensor, length: int, chance: Tensor) -> Layout:
    """Put the motifs of ``order`` into ``length`` bp; ``width`` (K,) bp of each kind, ``chance`` (B, n) in [0, 1).

    Motifs with a gap of their own move as one; what is free is split at random before, between and after.
    Raises ``ValueError`` where they do not fit.
    """
    used = order.kind != NONE
    last = used & ~torch.nn.functional.pad(used[:, 1:], (0, 1))
    bound = (order.gap >= 0) & used & ~last
    taken = width[order.kind] * used
    after = torch.where(bound, order.gap, APART) * (used & ~last)
    needed = taken + after
    free = length - needed.sum(1, keepdim=True)
    if (free < 0).any():
        raise ValueError(f"motifs and gaps must fit into {length} bp; got {int(length - free.min())}")
    offset = (chance.masked_fill(~used, 1.0).sort(1).values * (free + 1)).long()
    head = torch.nn.functional.pad(~bound[:, :-1], (1, 0), value=True)
    slot = torch.arange(used.shape[1], device=used.device)
    offset = offset.gather(1, (slot * head).cummax(1).values)
    start = offset + needed.cumsum(1) - needed
    return Layout(order.kind, order.reverse & used, start * used, (start + taken) * used)
