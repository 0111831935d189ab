"""Errors of a sparse map against the true motifs of its samples: missed, false, confused.

K classes of true motif · C channels · M true motifs in N samples · R spatial axes S. A true motif is a box of
positions. Of the largest activation each channel has inside the box, the arg-max channel is the motif's *prediction*;
where every activation inside is zero the motif is *missed*. Boxes are read in the order of the motifs, and each is
emptied once it is read: an activation where boxes overlap is of the first of them alone. Each non-zero activation
outside all boxes of its sample is one *false positive*. With P motifs predicted and F false positives,

    FPE = F / (P + F)      FNE = missed / M      CE = 1 − agreeing / P

where agreeing counts the predictions that follow the best one-to-one assignment of channels to classes (SPARLING,
arXiv 2302.01976). Boxes are part of the truth and are never shown to a model.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

GATHERED = 2**24
"""Activations copied out of boxes at a time: 64 MiB in single precision."""


class Motifs(NamedTuple):
    """True motifs of a batch of samples: evaluation only.

    A box [low, high) is in positions of the activation map, not of the input. Boxes may overlap, and may stick out of
    the map; one that lies wholly outside it, or inside those before it, is always missed.
    """

    sample: Tensor
    """(M,) int64, index into the batch."""
    kind: Tensor
    """(M,) int64, class 0..K-1."""
    low: Tensor
    """(M, R) int64, first position of the box on each spatial axis."""
    high: Tensor
    """(M, R) int64, one past the last; greater than ``low``."""


@dataclass(frozen=True, eq=False)
class MotifCounts:
    """What the errors are computed from; counts of several batches are added with ``+``."""

    confusion: Tensor
    """(K, C) int64: true motifs of class k whose prediction is channel c."""
    missed: Tensor
    """(K,) int64: true motifs of class k without any activation."""
    false_positives: Tensor
    """(C,) int64: non-zero activations of channel c outside every box of their sample."""

    def __add__(self, other: "MotifCounts") -> "MotifCounts":
        if self.confusion.shape != other.confusion.shape:
            raise ValueError(
                f"counts must have the same classes and channels; "
                f"got {tuple(self.confusion.shape)} and {tuple(other.confusion.shape)}"
            )
        return MotifCounts(
            self.confusion + other.confusion,
            self.missed + other.missed,
            self.false_positives + other.false_positives,
        )


class MotifErrors(NamedTuple):
    """The errors, fractions in [0, 1], and which channel stands for which class."""

    fpe: float
    """False positives of all that was predicted; 0 where nothing was."""
    fne: float
    """Missed of all true motifs; 0 where there are none."""
    ce: float
    """Predictions against the best one-to-one assignment; nan where there are none."""
    ce_many: float
    """Predictions that are not of their channel's commonest class, ≤ ``ce``; nan where there are none."""
    channel_of_class: tuple[int, ...]
    """(K,) the channel assigned one-to-one to each class; −1 where none agrees with it."""
    commonest_class: tuple[int, ...]
    """(C,) the class each channel answers to most often, the lowest of equals; −1 where to none."""

    @property
    def channels_of_class(self) -> tuple[tuple[int, ...], ...]:
        """For each class its channels: the one assigned to it, then those left over whose commonest class it is.

        >>> MotifErrors(0.0, 0.0, 0.0, 0.0, (2, -1), (0, 0, 1, -1)).channels_of_class
        ((2, 0, 1), ())
        """
        free = [c for c, k in enumerate(self.commonest_class) if k >= 0 and c not in self.channel_of_class]
        return tuple(
            (*([owner] if owner >= 0 else []), *(c for c in free if self.commonest_class[c] == k))
            for k, owner in enumerate(self.channel_of_class)
        )


@torch.no_grad()
def count_motifs(activations: Tensor, motifs: Motifs, classes: int) -> MotifCounts:
    """Compare activations (N, C, S...) ≥ 0 with the true motifs of the same samples; the counts lie on the CPU.

    Where channels tie for the largest, the lowest is the prediction.
    Raises ``ValueError`` for shapes, types or values outside these ranges.

    One sample, two channels, three motifs: the first is found by channel 1, the second missed, the third found by
    channel 0; position 4 lies in no box.

    >>> activations = torch.tensor([[[0.0, 0.1, 0.0, 0.0, 0.9, 0.0, 0.2], [0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]])
    >>> low = torch.tensor([[0], [2], [5]])
    >>> motifs = Motifs(torch.tensor([0, 0, 0]), torch.tensor([0, 1, 1]), low, low + 2)
    >>> counts = count_motifs(activations, motifs, classes=2)
    >>> counts.confusion.tolist(), counts.missed.tolist(), counts.false_positives.tolist()
    ([[0, 1], [1, 0]], [0, 1], [1, 0])
    """
    _check(activations, motifs, classes)
    channels, size = activations.shape[1], activations.shape[2:]
    sample, kind, low, high = (part.to(activations.device) for part in motifs)
    extent = torch.tensor(size, device=activations.device)
    low, high = low.clamp_min(0), high.minimum(extent)
    within = (low < high).all(1)
    cells = _cells(low[within], high[within], size)
    flat = activations.flatten(2)
    reader = _readers(sample[within], cells, len(flat), flat.shape[2])
    maxima = flat.new_zeros(len(kind), channels)
    maxima[within] = _box_maxima(flat, sample[within], cells, reader)
    outside = reader < 0
    found = maxima.amax(1) > 0
    pair = (kind * channels + maxima.argmax(1))[found].cpu()
    return MotifCounts(
        confusion=torch.bincount(pair, minlength=classes * channels).view(classes, channels),
        missed=torch.bincount(kind[~found].cpu(), minlength=classes),
        false_positives=((flat > 0) & outside.unsqueeze(1)).sum((0, 2)).cpu(),
    )


def motif_errors(counts: MotifCounts) -> MotifErrors:
    """The errors that counts amount to.

    Class 0 is found by channel 2 four times and once by channel 0; class 1 by channel 0 three times and missed twice.

    >>> counts = MotifCounts(torch.tensor([[1, 0, 4], [3, 0, 0]]), torch.tensor([0, 2]), torch.tensor([0, 2, 0]))
    >>> errors = motif_errors(counts)
    >>> errors.fpe, errors.fne, errors.ce, errors.ce_many
    (0.2, 0.2, 0.125, 0.125)
    >>> errors.channel_of_class, errors.commonest_class
    ((2, 0), (1, -1, 0))
    """
    confusion = counts.confusion
    predicted, missed, false = (int(part.sum()) for part in (confusion, counts.missed, counts.false_positives))
    channel_of_class = [-1] * confusion.shape[0]
    agreeing = 0
    for k, c in zip(*linear_sum_assignment(confusion.numpy(), maximize=True), strict=True):
        if confusion[k, c] > 0:
            channel_of_class[k] = int(c)
            agreeing += int(confusion[k, c])
    most = confusion.amax(0)
    return MotifErrors(
        fpe=_share(false, predicted + false, empty=0.0),
        fne=_share(missed, predicted + missed, empty=0.0),
        ce=_share(predicted - agreeing, predicted, empty=float("nan")),
        ce_many=_share(predicted - int(most.sum()), predicted, empty=float("nan")),
        channel_of_class=tuple(channel_of_class),
        commonest_class=tuple(confusion.argmax(0).masked_fill(most == 0, -1).tolist()),
    )


def _share(part: int, whole: int, empty: float) -> float:
    return part / whole if whole else empty


def _cells(low: Tensor, high: Tensor, size: torch.Size) -> Tensor:
    """Flat indices (M, P) of the positions of each box, P those of the largest; a smaller box repeats its last ones."""
    cells = torch.zeros(len(low), 1, dtype=torch.int64, device=low.device)
    for axis, length in enumerate(size):
        first, last = low[:, axis, None], high[:, axis, None] - 1
        widest = int((last - first).max()) + 1 if len(low) else 1
        along = torch.minimum(first + torch.arange(widest, device=low.device), last)
        cells = (cells.unsqueeze(2) * length + along.unsqueeze(1)).flatten(1)
    return cells


def _readers(sample: Tensor, cells: Tensor, samples: int, positions: int) -> Tensor:
    """Which of the M motifs with these cells (M, P) reads each position first: (N, positions), −1 for none."""
    place = (sample.unsqueeze(1) * positions + cells).flatten()
    motif = torch.arange(len(sample), device=sample.device).repeat_interleave(cells.shape[1])
    first = torch.full((samples * positions,), len(sample), device=sample.device)
    first.scatter_reduce_(0, place, motif, "amin")
    return first.masked_fill_(first == len(sample), -1).view(samples, positions)


def _box_maxima(flat: Tensor, sample: Tensor, cells: Tensor, reader: Tensor) -> Tensor:
    """Largest activation (M, C) of every channel at those cells (M, P) of each motif that it is the first to read.

    ``flat`` (N, C, positions) ≥ 0, ``reader`` (N, positions).
    """
    channel = torch.arange(flat.shape[1], device=flat.device).view(1, -1, 1)
    step = max(GATHERED // (flat.shape[1] * cells.shape[1]), 1)
    maxima = flat.new_zeros(len(sample), flat.shape[1])
    for start in range(0, len(sample), step):
        part = slice(start, start + step)
        number = torch.arange(part.start, min(part.stop, len(sample)), device=flat.device)
        read = reader[sample[part].unsqueeze(1), cells[part]] == number.unsqueeze(1)
        inside = flat[sample[part].view(-1, 1, 1), channel, cells[part].unsqueeze(1)]
        maxima[part] = inside.masked_fill(~read.unsqueeze(1), 0.0).amax(2)
    return maxima


def _check(activations: Tensor, motifs: Motifs, classes: int) -> None:
    if activations.ndim < 3 or 0 in activations.shape[1:]:
        raise ValueError(f"activations must have shape (N, C, S...), C and S not 0; got {tuple(activations.shape)}")
    if activations.numel() and not activations.amin() >= 0:
        raise ValueError(f"activations must be at least 0 and not nan; got {float(activations.amin())}")
    if classes < 1:
        raise ValueError(f"classes must be at least 1; got {classes}")
    count, axes = motifs.kind.numel(), activations.ndim - 2
    for name, part, shape in zip(
        Motifs._fields, motifs, ((count,), (count,), (count, axes), (count, axes)), strict=True
    ):
        if tuple(part.shape) != shape or part.dtype != torch.int64:
            raise ValueError(f"{name} must be int64 of shape {shape}; got {part.dtype} {tuple(part.shape)}")
    for name, part, stop in (("sample", motifs.sample, len(activations)), ("kind", motifs.kind, classes)):
        wrong = part[(part < 0) | (part >= stop)]
        if len(wrong):
            raise ValueError(f"{name} must lie in 0..{stop - 1}; got {int(wrong[0])}")
    empty = (motifs.low >= motifs.high).any(1)
    if empty.any():
        low, high = motifs.low[empty][0].tolist(), motifs.high[empty][0].tolist()
        raise ValueError(f"high must exceed low on every axis; got low {low} and high {high}")
