"""Transcripts of one side with their letters and labels, and windows of one size along them.

A window has ``core`` positions with labels and ``context`` letters to either side, so that every position of every
transcript is in the core of one window and is read with all that the network sees of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD, Codes, reverse_complement
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels, SpliceGene

AT_ONCE = 1 << 20
"""Labels that are looked at together."""


@dataclass(frozen=True, eq=False, repr=False)
class Transcripts:
    """Transcripts, each read 5' to 3' with ``context`` letters before and behind it, all in one array.

    ``codes`` uint8 and ``labels`` int8 (n,), `MASKED` in the context; PAD stands for letters beyond a chromosome.
    ``offsets`` (genes + stretches + 1,): where each begins, its context included. Behind the genes there may be
    stretches that are no transcripts (`read_transcripts`).
    """

    genes: tuple[SpliceGene, ...]
    codes: Codes
    labels: Labels
    offsets: NDArray[np.int64]
    context: int

    def __len__(self) -> int:
        return len(self.genes)

    def __repr__(self) -> str:
        return f"Transcripts({counted(len(self), 'gene')}, {counted(self.positions, 'position')})"

    @property
    def positions(self) -> int:
        """Positions that are no context."""
        return int(self.offsets[-1]) - 2 * self.context * (len(self.offsets) - 1)

    @property
    def first_stretch(self) -> int:
        """Where in ``codes`` the stretches behind the genes begin."""
        return int(self.offsets[len(self)])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters of each gene and stretch, its context included."""
        return np.diff(self.offsets)

    def part(self, number: int) -> slice:
        """Where the letters of a gene or stretch lie, without their context."""
        return slice(int(self.offsets[number]) + self.context, int(self.offsets[number + 1]) - self.context)

    def sites(self, kind: int) -> NDArray[np.int64]:
        """Places of donors or of acceptors, in order."""
        found = [
            at + np.flatnonzero(self.labels[at : at + AT_ONCE] == kind) for at in range(0, len(self.labels), AT_ONCE)
        ]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])

    def at_most(self, positions: int) -> "Transcripts":
        """Whole genes, evenly spread, that have about so many positions; these where they have no more."""
        chosen = spread_over((self.lengths[: len(self)] - 2 * self.context).tolist(), positions)
        if len(chosen) == len(self):
            return self
        pieces = ((self.codes[self.offsets[i] : self.offsets[i + 1]], self.labels[self.part(i)]) for i in chosen)
        lengths = [int(self.lengths[i]) - 2 * self.context for i in chosen]
        return together([self.genes[i] for i in chosen], lengths, pieces, self.context)

    def inside(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which places are of a gene or a stretch, not of the context around one, nor beyond all: (n,)."""
        number = np.clip(np.searchsorted(self.offsets, places, side="right") - 1, 0, max(len(self.offsets) - 2, 0))
        first, end = self.offsets[number] + self.context, self.offsets[number + 1] - self.context
        within: NDArray[np.bool_] = (places >= first) & (places < end)
        return within


def read_transcripts(
    genes: Sequence[SpliceGene], genome: Genome, context: int, behind: Transcripts | None = None
) -> Transcripts:
    """Letters and labels of the transcripts of these genes, on their strands, with real letters around them.

    ``behind``: stretches that are no transcripts, to stand behind the genes.
    """
    lengths = [own.transcript.end - own.transcript.start for own in genes]
    pieces = ((around(genome, _interval(own), context), own.labels()) for own in genes)
    return together(genes, lengths, pieces, context, behind)


def _interval(gene: SpliceGene) -> Interval:
    return Interval(gene.gene.chrom, gene.transcript.start, gene.transcript.end, gene.gene.strand)


def spread(genes: Sequence[SpliceGene], positions: int) -> list[SpliceGene]:
    """Whole genes, evenly spread over these, that have about so many positions; all where they have no more."""
    return [genes[i] for i in spread_over([own.transcript.end - own.transcript.start for own in genes], positions)]


def spread_over(lengths: Sequence[int], positions: int) -> list[int]:
    """Which of things of these lengths, evenly spread, are about so long together; all where they are no longer.

    >>> spread_over([10, 10, 10, 10], 25), spread_over([10, 10], 25)
    ([0, 3], [0, 1])
    """
    total, number = sum(lengths), len(lengths)
    if total <= positions:
        return list(range(number))
    chosen: list[int] = np.linspace(0, number - 1, max(number * positions // total, 1)).astype(int).tolist()
    return chosen


def around(genome: Genome, place: Interval, context: int) -> Codes:
    """Letters of a place with ``context`` more to either side, read on its strand; PAD beyond its chromosome."""
    letters, length = partial(genome.codes, place.chrom), genome.lengths[place.chrom]
    forward = surrounded(letters, length, place.start, place.end, context)
    return reverse_complement(forward) if place.strand == "-" else forward


def together(
    genes: Sequence[SpliceGene],
    lengths: Sequence[int],
    pieces: Iterable[tuple[Codes, Labels]],
    context: int,
    behind: Transcripts | None = None,
) -> Transcripts:
    """One array of these pieces of so many positions: codes of each with its context, labels without.

    Pieces are taken one by one, and held once.
    """
    offsets = np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64) + 2 * context)]).astype(np.int64)
    end = int(offsets[-1])
    more = 0 if behind is None else len(behind.codes)
    codes, labels = np.empty(end + more, dtype=np.uint8), np.full(end + more, MASKED, dtype=np.int8)
    for at, length, (letters, own) in zip(offsets[:-1].tolist(), lengths, pieces, strict=True):
        codes[at : at + length + 2 * context] = letters
        labels[at + context : at + context + length] = own
    if behind is not None:
        codes[end:], labels[end:] = behind.codes, behind.labels
        offsets = np.concatenate([offsets, end + behind.offsets[1:]])
    return Transcripts(tuple(genes), codes, labels, offsets, context)


def surrounded(letters: Callable[[int, int], Codes], length: int, start: int, end: int, context: int) -> Codes:
    """``letters`` of [start, end) of a sequence of ``length``, and ``context`` more on either side; PAD beyond it.

    >>> surrounded(lambda start, end: np.arange(start, end, dtype=np.uint8), 4, 1, 3, context=2).tolist()
    [5, 0, 1, 2, 3, 5]
    """
    start, end = start - context, end + context
    inside = letters(max(start, 0), min(end, length))
    beyond = [np.full(n, PAD, dtype=np.uint8) for n in (max(-start, 0), max(end - length, 0))]
    return np.concatenate([beyond[0], inside, beyond[1]])


def tiles(data: Transcripts, core: int, shift: int = 0) -> NDArray[np.int64]:
    """Where the windows begin in ``data.codes`` that have each labelled position once in their core: (windows,).

    They lie ``core`` positions apart, through all transcripts as if these were one; ``shift`` in [0, core) moves them.
    Windows without a labelled position are left out.
    """
    starts = np.arange(-shift, len(data.codes), core)
    return starts[_somewhere(data, starts, core, (0, DONOR, ACCEPTOR))]


def have_sites(data: Transcripts, starts: NDArray[np.int64], core: int) -> NDArray[np.bool_]:
    """Which of the windows that begin there, in order, have a donor or an acceptor in their core: (windows,)."""
    return _somewhere(data, starts, core, (DONOR, ACCEPTOR))


def _somewhere(data: Transcripts, starts: NDArray[np.int64], core: int, kinds: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which of the windows, in order, have one of these labels in their core: (windows,)."""
    parts = [np.zeros(0, dtype=np.bool_)]
    step = max(AT_ONCE // core, 1)
    for at in range(0, len(starts), step):
        firsts, lasts = (
            np.clip(starts[at : at + step] + each, 0, len(data.labels)) for each in (data.context, data.context + core)
        )
        begin = int(firsts[0])
        there = np.isin(data.labels[begin : int(lasts[-1])], kinds)
        bounds = zip((firsts - begin).tolist(), (lasts - begin).tolist(), strict=True)
        parts.append(np.array([there[first:last].any() for first, last in bounds], dtype=np.bool_))
    return np.concatenate(parts)


class Windows(NamedTuple):
    """Some windows: where their cores begin in `Transcripts.codes`, codes (n, core + 2 context), labels (n, core)."""

    cores: NDArray[np.int64]
    codes: Codes
    labels: Labels

    @property
    def places(self) -> NDArray[np.int64]:
        """Of all positions of all cores, which may lie beyond the codes: (n, core)."""
        found: NDArray[np.int64] = self.cores[:, None] + np.arange(self.labels.shape[1])
        return found


def windows(data: Transcripts, starts: NDArray[np.int64], core: int, together: int) -> Iterator[Windows]:
    """The windows that begin there, at most so many at once, as few times as that takes."""
    parts: list[NDArray[np.int64]] = np.array_split(starts, max(-(-len(starts) // together), 1))
    for own in parts:
        yield Windows(own + data.context, *cut(data, own, core))


def cut(data: Transcripts, starts: NDArray[np.int64], core: int) -> tuple[Codes, Labels]:
    """The windows that begin there: codes (windows, core + 2 context), labels of their cores (windows, core)."""
    places = starts[:, None] + np.arange(core + 2 * data.context)
    inside = (places >= 0) & (places < len(data.codes))
    held = np.where(inside, places, 0)
    codes = np.where(inside, data.codes[held], PAD).astype(np.uint8)
    middle = slice(data.context, data.context + core)
    labels = np.where(inside[:, middle], data.labels[held[:, middle]], MASKED).astype(np.int8)
    return codes, labels


def letter_counts(data: Transcripts) -> NDArray[np.int64]:
    """How often A C G T lie in the transcripts, their context left out: (4,)."""
    counts = np.zeros(AMBIGUOUS, dtype=np.int64)
    for number in range(len(data.lengths)):
        counts += np.bincount(data.codes[data.part(number)], minlength=AMBIGUOUS)[:AMBIGUOUS]
    return counts


def hidden(codes: Codes, share: float, rng: np.random.Generator) -> Codes:
    """The codes with a random ``share`` of the letters turned to N."""
    lost = (rng.random(codes.shape, dtype=np.float32) < share) & (codes < AMBIGUOUS)
    return np.where(lost, AMBIGUOUS, codes).astype(np.uint8)
