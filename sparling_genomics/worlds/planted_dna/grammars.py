"""What a sequence says: six grammars over planted motifs, each with the answers that it demands.

A grammar draws an `Order` of motifs and reads the answer off the finished `Layout`, and off nothing else. Within a
grammar every class of motif occurs equally often, and in order, spacing and strand all are always there, so that no
answer follows from a motif being there. Exchanging two classes changes the answer in a share of the
sequences (`docs/decisions`), as the theory asks of motifs that are to be told apart (SPARLING, arXiv 2302.01976,
motif necessity). Distractors occur whatever the answer is; a mark on one is false.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from sparling_genomics.worlds.planted_dna.layouts import Layout, Order, in_random_order

NEAR, FAR = (6, 14), (30, 50)
"""bp between two motifs, both ends included."""
MOST_COPIES = 3


@dataclass(frozen=True)
class Grammar:
    """One rule. Kinds of motif are numbered: the classes first, then the distractors."""

    name: str
    asks: str
    """The question in words."""
    classes: tuple[str, ...]
    """Factors that are to be found."""
    distractors: tuple[str, ...]
    """Factors that are planted too, and mean nothing."""
    answers: int
    """T, answers to a sequence."""
    choices: int
    """V, values of an answer."""
    slots: int
    """n, most motifs in a sequence."""
    sites: float
    """Expected number of motifs of all classes in a sequence."""
    draw: Callable[[Tensor], Order]
    """Random numbers (B, `DRAWN` · n) in [0, 1) → what follows each other."""
    read: Callable[[Layout], Tensor]
    """The answers (B, T) int64 that a layout demands."""
    length: int = 100
    """bp of a sequence."""
    by_strand: bool = False
    """Whether a motif on the other strand is another class."""


DRAWN = 4
"""Random numbers a slot that `Grammar.draw` may use."""


def _free(kind: Tensor, strand: Tensor) -> Order:
    return Order(kind, strand < 0.5, torch.full_like(kind, -1))


def _draw_presence(u: Tensor) -> Order:
    """Each of five with probability ½."""
    there, chance, strand, _ = u.chunk(DRAWN, 1)
    return _free(in_random_order(torch.arange(there.shape[1], device=u.device), there < 0.5, chance), strand)


def _draw_count(u: Tensor) -> Order:
    """0 to 3 of each of two, and in every other sequence a distractor."""
    number, chance, strand, _ = u.chunk(DRAWN, 1)
    copies = (number[:, :2] * (MOST_COPIES + 1)).long()
    copy = torch.arange(MOST_COPIES, device=u.device)
    present = [copy < copies[:, kind, None] for kind in (0, 1)]
    kinds = torch.tensor([0] * MOST_COPIES + [1] * MOST_COPIES + [2], device=u.device)
    return _free(in_random_order(kinds, torch.cat([*present, number[:, 2:3] < 0.5], 1), chance), strand)


def _draw_each_once(u: Tensor) -> Order:
    """All of them, in any order."""
    _, chance, strand, _ = u.chunk(DRAWN, 1)
    kinds = torch.arange(chance.shape[1], device=u.device)
    return _free(in_random_order(kinds, torch.ones_like(chance, dtype=torch.bool), chance), strand)


def _draw_spacing(u: Tensor) -> Order:
    """Two as a pair and a distractor on either side: half near and in order, a quarter each near and far but not so."""
    whichs, sides, strand, gaps_drawn = u.chunk(DRAWN, 1)
    which, side, gap = whichs[:, 0], sides[:, 0], gaps_drawn[:, 0]
    near, forward = which < 0.75, (which < 0.5) | (which >= 0.75)
    low = torch.where(near, NEAR[0], FAR[0])
    wide = torch.where(near, NEAR[1] - NEAR[0] + 1, FAR[1] - FAR[0] + 1)
    between = low + (gap * wide).long()
    first, second = torch.where(forward, 0, 1), torch.where(forward, 1, 0)
    other, free = torch.full_like(first, 2), torch.full_like(first, -1)
    left = (side < 0.5)[:, None]
    kind = torch.where(left, torch.stack([other, first, second], 1), torch.stack([first, second, other], 1))
    gaps = torch.where(left, torch.stack([free, between, free], 1), torch.stack([between, free, free], 1))
    return Order(kind, strand < 0.5, gaps)


def _draw_and_not(u: Tensor) -> Order:
    """Three eighths have only the first, as many only the second, one eighth both, one neither."""
    there, chance, strand, _ = u.chunk(DRAWN, 1)
    layout, distractor = there[:, 0], there[:, 2]
    first, second = layout < 0.5, (layout >= 0.375) & (layout < 0.875)
    present = torch.stack([first, second, distractor < 0.5], 1)
    return _free(in_random_order(torch.arange(3, device=u.device), present, chance), strand)


def _counts(layout: Layout, classes: int) -> Tensor:
    return torch.stack([layout.has(kind) for kind in range(classes)], 1)


def _before(layout: Layout) -> Tensor:
    """Whether the first motif lies left of the second, each there once: (B,)."""
    return layout.of(layout.start, 0) < layout.of(layout.start, 1)


def _read_spacing(layout: Layout) -> Tensor:
    gap = layout.of(layout.start, 1) - layout.of(layout.end, 0)
    return ((gap >= NEAR[0]) & (gap <= NEAR[1])).long()[:, None]


def _read_strand(layout: Layout) -> Tensor:
    before, reverse = _before(layout), layout.reverse.long()
    return torch.stack([before ^ layout.of(reverse, 0).bool(), ~before ^ layout.of(reverse, 1).bool()], 1).long()


GRAMMARS = {
    grammar.name: grammar
    for grammar in (
        Grammar(
            "presence", "which of four motifs are there?", ("CTCF", "REST", "YY1", "HNF4A"), ("NFYA",),
            answers=4, choices=2, slots=5, sites=2.0, draw=_draw_presence, read=lambda layout: _counts(layout, 4),
        ),
        Grammar(
            "count", "how many of each of two motifs are there, 0 to 3?", ("CTCF", "GABPA"), ("YY1",),
            answers=2, choices=MOST_COPIES + 1, slots=2 * MOST_COPIES + 1, sites=2 * MOST_COPIES / 2,
            length=150,
            draw=_draw_count, read=lambda layout: _counts(layout, 2),
        ),
        Grammar(
            "order", "does the first motif lie left of the second?", ("CTCF", "REST"), ("YY1",),
            answers=1, choices=2, slots=3, sites=2.0, draw=_draw_each_once,
            read=lambda layout: _before(layout).long()[:, None],
        ),
        Grammar(
            "spacing", f"does the second motif begin {NEAR[0]}–{NEAR[1]} bp right of the first?", ("GABPA", "NFYA"),
            ("HNF4A",), answers=1, choices=2, slots=3, sites=2.0, draw=_draw_spacing, read=_read_spacing,
        ),
        Grammar(
            "strand", "does either motif point at the other?", ("CTCF", "HNF4A"), ("NFYA",),
            answers=2, choices=2, slots=3, sites=2.0, draw=_draw_each_once, read=_read_strand, by_strand=True,
        ),
        Grammar(
            "and-not", "is the first motif there, and not the second?", ("YY1", "ZNF143"), ("GABPA",),
            answers=1, choices=2, slots=3, sites=1.0, draw=_draw_and_not,
            read=lambda layout: ((layout.has(0) > 0) & (layout.has(1) == 0)).long()[:, None],
        ),
    )
}  # fmt: skip
"""By name, in the order of growing difficulty."""
