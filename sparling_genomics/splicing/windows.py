"""Transcripts of one side with their letters and labels, and windows of one size along them.

A window has ``core`` positions with labels and ``context`` letters to either side, so that every position of every
transcript is in the core of one window and is read with all that the network sees of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD, Codes, reverse_complement
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels, SpliceGene


@dataclass(frozen=True, eq=False, repr=False)
class Transcripts:
    """Transcripts, each read 5' to 3' with ``context`` letters before and behind it, all in one array.

    ``codes`` uint8 and ``labels`` int8 (n,), `MASKED` in the context; PAD stands for letters beyond a chromosome.
    ``offsets`` (genes + stretches + 1,): where each begins, its context included. Behind the genes there may be
    stretches that are no transcripts (`joined`).
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


def read_transcripts(genes: Sequence[SpliceGene], genome: Genome, context: int) -> Transcripts:
    """Letters and labels of the transcripts of these genes, on their strands, with real letters around them."""
    codes = [
        around(genome, Interval(own.gene.chrom, own.transcript.start, own.transcript.end, own.gene.strand), context)
        for own in genes
    ]
    return together(genes, codes, [own.labels() for own in genes], context)


def around(genome: Genome, place: Interval, context: int) -> Codes:
    """Letters of a place with ``context`` more to either side, read on its strand; PAD beyond its chromosome."""
    letters, length = partial(genome.codes, place.chrom), genome.lengths[place.chrom]
    forward = surrounded(letters, length, place.start, place.end, context)
    return reverse_complement(forward) if place.strand == "-" else forward


def together(
    genes: Sequence[SpliceGene], codes: Sequence[Codes], labels: Sequence[Labels], context: int
) -> Transcripts:
    """One array of these pieces: ``codes`` of each with its context, ``labels`` without."""
    masked = np.full(context, MASKED, dtype=np.int8)
    offsets = np.concatenate([[0], np.cumsum([len(own) for own in codes])]).astype(np.int64)
    parts = [part for own in labels for part in (masked, own, masked)]
    return Transcripts(
        tuple(genes),
        np.concatenate([np.zeros(0, dtype=np.uint8), *codes]),
        np.concatenate([np.zeros(0, dtype=np.int8), *parts]),
        offsets,
        context,
    )


def joined(genes: Transcripts, stretches: Transcripts) -> Transcripts:
    """Genes with stretches that are no transcripts behind them."""
    return Transcripts(
        genes.genes,
        np.concatenate([genes.codes, stretches.codes]),
        np.concatenate([genes.labels, stretches.labels]),
        np.concatenate([genes.offsets, genes.offsets[-1] + stretches.offsets[1:]]),
        genes.context,
    )


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
    return starts[_somewhere(data, starts, core, data.labels != MASKED)]


def have_sites(data: Transcripts, starts: NDArray[np.int64], core: int) -> NDArray[np.bool_]:
    """Which of the windows that begin there have a donor or an acceptor in their core: (windows,)."""
    return _somewhere(data, starts, core, (data.labels == DONOR) | (data.labels == ACCEPTOR))


def _somewhere(data: Transcripts, starts: NDArray[np.int64], core: int, where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the windows have a place in their core that is one of ``where`` (n,), a byte each: (windows,)."""
    bounds = (np.clip(starts + each, 0, len(where)) for each in (data.context, data.context + core))
    return np.array([where[first:last].any() for first, last in zip(*bounds, strict=True)], dtype=np.bool_)


def cut(data: Transcripts, starts: NDArray[np.int64], core: int) -> tuple[Codes, Labels]:
    """The windows that begin there: codes (windows, core + 2 context), labels of their cores (windows, core)."""
    places = starts[:, None] + np.arange(core + 2 * data.context)
    inside = (places >= 0) & (places < len(data.codes))
    held = np.where(inside, places, 0)
    codes = np.where(inside, data.codes[held], PAD).astype(np.uint8)
    middle = slice(data.context, data.context + core)
    labels = np.where(inside[:, middle], data.labels[held[:, middle]], MASKED).astype(np.int8)
    return codes, labels


def hidden(codes: Codes, share: float, rng: np.random.Generator) -> Codes:
    """The codes with a random ``share`` of the letters turned to N."""
    lost = (rng.random(codes.shape, dtype=np.float32) < share) & (codes < AMBIGUOUS)
    return np.where(lost, AMBIGUOUS, codes).astype(np.uint8)
