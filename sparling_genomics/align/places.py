"""Samples of an alignment: places of sequences at which some run marks a site, and some at which none does.

Marks of several runs are of one site where the middle of one matrix lies within the other; of those the strongest gives
its place to the sample. So one site is one sample of all runs, whatever letter each of them puts its mark on, and
reverse-complemented sequences give the mirrored samples.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.align.reading import Heard, Marks, Reader
from sparling_genomics.data.dataset import SequenceDataset

LETTERS_A_BATCH = 60_000
"""Letters that are looked at together."""


class Places(NamedTuple):
    """N samples, in order of sequence and place."""

    sequence: NDArray[np.int64]
    middle: NDArray[np.int64]
    """Half letters from the sequence's first letter."""
    width: NDArray[np.int64]
    """bp; of the background, that of the narrowest matrix."""
    marked: NDArray[np.bool_]
    """Whether some run has a site there."""


def sites_of(marks: Sequence[Marks]) -> Places:
    """The places of marks of several runs in the same sequences: greedy, the strongest first.

    >>> one = Marks(*map(np.array, ([0, 0], [0, 0], [20, 90], [9, 9], [1.0, 1.0])))
    >>> other = Marks(*map(np.array, ([0], [0], [25], [6], [2.0])))
    >>> sites_of([one, other]).middle.tolist()
    [25, 90]
    """
    sequence, middle, width, strength = (
        np.concatenate([getattr(each, field) for each in marks])
        for field in ("sequence", "middle", "width", "strength")
    )
    order = np.lexsort((middle, -strength, sequence))
    kept: list[int] = []
    here, own = -1, list[int]()
    for i in order.tolist():
        if sequence[i] != here:
            here, own = int(sequence[i]), []
        if all(abs(middle[i] - middle[j]) > max(width[i], width[j]) for j in own):
            own.append(i)
            kept.append(i)
    chosen = np.array(sorted(kept, key=lambda i: (sequence[i], middle[i])), dtype=np.int64)
    return Places(sequence[chosen], middle[chosen], width[chosen], np.ones(len(chosen), dtype=bool))


def with_background(
    places: Places, sequences: NDArray[np.int64], lengths: NDArray[np.int64], width: int, rng: np.random.Generator
) -> Places:
    """The places, and in each of the ``sequences`` a random one of ``width`` bp that overlaps none, if there is room.

    ``lengths`` of these sequences, bp.
    """
    ends = np.searchsorted(places.sequence, sequences, side="right")
    starts = np.searchsorted(places.sequence, sequences, side="left")
    chosen, where = [], []
    for sequence, length, start, end in zip(sequences.tolist(), lengths.tolist(), starts, ends, strict=True):
        middle = np.arange(width - 1, 2 * length - width, 2)
        apart = np.abs(middle[:, None] - places.middle[start:end]) >= width + places.width[start:end]
        free = middle[apart.all(1)]
        if len(free):
            chosen.append(sequence)
            where.append(int(rng.choice(free)))
    n = len(chosen)
    joined = Places(
        np.concatenate([places.sequence, np.array(chosen, dtype=np.int64)]),
        np.concatenate([places.middle, np.array(where, dtype=np.int64)]),
        np.concatenate([places.width, np.full(n, width)]),
        np.concatenate([places.marked, np.zeros(n, dtype=bool)]),
    )
    order = np.lexsort((joined.middle, joined.sequence))
    return Places(joined.sequence[order], joined.middle[order], joined.width[order], joined.marked[order])


def listen(readers: Sequence[Reader], data: SequenceDataset, rng: np.random.Generator) -> tuple[Places, list[Heard]]:
    """The samples that sequences give, and what each run says at them: nothing at those of the background."""
    narrowest = min(int(reader.widths.min()) for reader in readers)
    parts: list[Places] = []
    heard: list[list[Heard]] = [[] for _ in readers]
    done = 0
    for chosen in _batches(data.lengths):
        padded, lengths = data.padded(chosen), data.lengths[chosen]
        looked = [reader.marks(padded, 0) for reader in readers]
        places = sites_of([marks for marks, _ in looked])
        places = with_background(places, np.arange(len(chosen)), lengths, narrowest, rng)
        said = [
            reader.hear(above, places.sequence, places.middle, places.width)
            for reader, (_, above) in zip(readers, looked, strict=True)
        ]
        loud = np.bincount(np.concatenate([each.place for each in said]), minlength=len(places.sequence)) > 0
        kept = places.marked | ~loud
        number = np.cumsum(kept) - 1 + done
        for own, each in zip(heard, said, strict=True):
            own.append(each.numbered(kept, number))
        parts.append(
            Places(chosen[places.sequence[kept]], places.middle[kept], places.width[kept], places.marked[kept])
        )
        done += int(kept.sum())
    whole = Places(*(np.concatenate(field) for field in zip(*parts, strict=True)))
    return whole, [_joined(each) for each in heard]


def _batches(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Indices of sequences, in their order, about `LETTERS_A_BATCH` letters at a time with their padding."""
    batches, first, longest = [], 0, 0
    for i, length in enumerate(lengths.tolist()):
        if i > first and (i - first + 1) * max(longest, length) > LETTERS_A_BATCH:
            batches.append(np.arange(first, i))
            first, longest = i, 0
        longest = max(longest, length)
    return [*batches, np.arange(first, len(lengths))]


def _joined(parts: Sequence[Heard]) -> Heard:
    """What is said at all places, in order of place and channel."""
    place, channel = (np.concatenate([getattr(part, field) for part in parts]) for field in ("place", "channel"))
    order = np.lexsort((channel, place))
    return Heard(
        place[order],
        channel[order],
        np.concatenate([part.value for part in parts])[order],
        np.concatenate([part.middle for part in parts])[order],
        np.concatenate([part.reverse for part in parts])[order],
    )
