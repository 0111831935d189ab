"""The threshold that a given number of scores exceeds, of scores that come in parts and lie on several ranks.

Few scores above it: the largest of each part are merged. Many: their number would grow with the data, so the score of
a given rank is found by its bits, first the upper half of them and then the lower, each by counting how many scores
have which (radix selection, Knuth, The Art of Computer Programming 3, 5.2.5). Counts add up over parts and ranks, so
the result is the same however the scores are divided, to the last bit.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from sparling.layer.ranks import gather_largest, summed
from sparling.layer.ranks import most as widest
from sparling.layer.thresholds import largest, threshold_at_counts, threshold_at_gap

MERGED = 1 << 22
"""So many scores, of all rows, are merged at most: 16 MiB, for a while a few times that."""
BINS = 1 << 16
"""Values that half the bits of a score can have."""
PIECE = 1 << 20
"""Scores whose bits are looked at together."""
_LOWEST = 0x007F
"""The upper half of −∞ alone."""


def threshold_of(parts: Iterable[Tensor], counts: Tensor, slack: int, like: Tensor) -> Tensor:
    """What ``counts`` (R,) scores of each row exceed in all parts of all ranks: float32 (R,).

    ``parts``, each (R, n), −∞ where there is none, are walked once where the counts are few, else twice, or with
    ``slack`` three times; ``like`` is any tensor on their device. Without slack it lies midway between two scores; a
    row of fewer than its count + 1 has its smallest one, and one of none +∞. With ``slack`` and equal counts so many
    more or less may exceed it, and it lies in the widest gap.

    >>> parts = [torch.tensor([[1.0, 4.0]]), torch.tensor([[2.0, 3.0, 0.0]])]
    >>> threshold_of(parts, torch.tensor([2]), 0, torch.empty(0))
    tensor([2.5000])
    """
    most = int(counts.max()) + slack + 1
    if len(counts) * most > MERGED:
        return _by_bits(parts, counts, slack, like)
    top = gather_largest(_merged(parts, len(counts), most, like), most)
    if bool((counts == counts[0]).all()):
        return threshold_at_gap(top, int(counts[0]), slack)
    return threshold_at_counts(top, counts)


def _merged(parts: Iterable[Tensor], rows: int, most: int, like: Tensor) -> Tensor:
    """The ``most`` largest scores of each row of all parts, and some more: (R, < 2 · most + a part)."""
    held, width = [torch.empty((rows, 0), device=like.device)], 0
    for part in parts:
        held.append(largest(part.float(), most))
        width += held[-1].shape[1]
        if width > 2 * most:
            held = [largest(torch.cat(held, dim=1), most)]
            width = most
    return torch.cat(held, dim=1)


def _by_bits(parts: Iterable[Tensor], counts: Tensor, slack: int, like: Tensor) -> Tensor:
    wanted = torch.stack([(counts - slack).clamp_min(1), counts + slack + 1], dim=1).to(like.device)
    ends = score_at_rank(parts, wanted)
    inner = _between(parts, ends) if slack else ends[:, :0]
    return threshold_at_gap(torch.cat([ends, inner], dim=1), 1, inner.shape[1] + 1)


def score_at_rank(parts: Iterable[Tensor], wanted: Tensor) -> Tensor:
    """The ``wanted``-th largest scores of each row of all parts of all ranks: int64 (R, m), from 1 → float32 (R, m).

    −∞ is no score. The last there is where there are fewer, +∞ where there is none. Walks ``parts`` (R, n) twice.
    """
    upper = torch.zeros((len(wanted), 1, BINS), dtype=torch.int64, device=wanted.device)
    for row, keys in _keys(parts):
        upper[row, 0] += torch.bincount((keys >> 16) + BINS // 2, minlength=BINS)
    upper = summed(upper)
    upper[:, :, _LOWEST] = 0
    there = upper.sum(2)
    high, wanted = _bin_of(upper.expand(-1, wanted.shape[1], -1), wanted.minimum(there))
    lower = torch.zeros((*wanted.shape, BINS), dtype=torch.int64, device=wanted.device)
    bins = high.tolist()
    for row, keys in _keys(parts):
        halves = (keys >> 16) + BINS // 2
        for column, half in enumerate(bins[row]):
            if half not in bins[row][:column]:
                lower[row, column] += torch.bincount(keys[halves == half] & (BINS - 1), minlength=BINS)
    first = torch.tensor([[row.index(half) for half in row] for row in bins], device=wanted.device)
    lower = summed(lower).gather(1, first[:, :, None].expand_as(lower))
    low, _ = _bin_of(lower, wanted)
    found = _key_order(((high - BINS // 2) * BINS + low).int()).view(torch.float32)
    return found.masked_fill(there == 0, float("inf"))


def _keys(parts: Iterable[Tensor]) -> Iterable[tuple[int, Tensor]]:
    """Row and int32 keys, in the order of the scores, of pieces of each row."""
    for part in parts:
        for row, scores in enumerate(part):
            for piece in scores.split(PIECE):
                yield row, _key_order((piece.float() + 0.0).view(torch.int32))


def _key_order(bits: Tensor) -> Tensor:
    """Bits of float32 numbers as int32 in their order; its own inverse. (IEEE 754: of negative ones they run down.)"""
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)


def _bin_of(counted: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The bin in which the ``wanted``-th from above lies, (R, m) of (R, m, `BINS`), and the how-manieth there it is."""
    falling = counted.flip(2).cumsum(2)
    place = torch.searchsorted(falling, wanted[:, :, None]).clamp_max(BINS - 1)
    above = torch.where(place > 0, falling.gather(2, (place - 1).clamp_min(0)), 0)
    return BINS - 1 - place[:, :, 0], wanted - above[:, :, 0]


def _between(parts: Iterable[Tensor], ends: Tensor) -> Tensor:
    """Scores of each row strictly between its two ``ends`` (R, 2), of all ranks: (R, n), −∞ where there are fewer."""
    rows: list[list[Tensor]] = [[] for _ in ends]
    for part in parts:
        for row, scores in enumerate(part.float()):
            rows[row].append(scores[(scores < ends[row, 0]) & (scores > ends[row, 1])])
    found = [torch.cat([ends[:0, 0], *row]) for row in rows]
    padded = torch.nn.utils.rnn.pad_sequence(found, True, float("-inf"))
    return gather_largest(padded, widest(padded.shape[1], padded.device))
