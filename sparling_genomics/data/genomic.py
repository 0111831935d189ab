"""``SequenceDataset`` out of regions and a genome: windows as bound sequences, a background as unbound ones.

The background is matched piece by piece (`matched`): from the chromosomes that the regions lie on, and apart for those
that are kept for the test, so that a side has the background of its own chromosomes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.plurals import agreeing, counted
from sparling_genomics.data.dataset import SequenceDataset, assemble
from sparling_genomics.data.matched import Taken, as_rich_in_gc, beside_them, like_them
from sparling_genomics.data.regions import read_size, record_of, window_of, windows_of
from sparling_genomics.data.signal import LOG_MEAN, Summary, read_signal
from sparling_genomics.data.splits import TEST, TRAIN
from sparling_genomics.files.bed import Region, read_regions, without_duplicates
from sparling_genomics.files.genome import Genome, open_genome
from sparling_genomics.letters.alphabet import Alphabet, gc_content
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.stored.records import Records

MATCHED = ("genome", "flanks", "peaks")
"""Backgrounds of windows that are sought for each bound one."""
GC_BIN = 0.01
"""Width of the bins of GC content in which other factors' peaks are matched."""
BARS = 25
"""Of the histograms that show how well the two sides match."""


@dataclass(frozen=True)
class Regions:
    """What is asked of a genome.

    Fields: ``bed`` the regions, ``genome`` FASTA; ``size`` bp and ``top`` as in `windows_of`; ``background`` "genome",
    "flanks", "peaks" or "shuffle", or "versus": the windows of another set as they are, without what both sets share,
    or "signal": none, for each region has a value; ``peaks`` the other regions of "peaks" and "versus"; ``signal`` the
    bigWig track of these values, ``summary`` how they are taken (`read_signal`); ``exclude`` regions that are not read;
    ``test_chroms`` chromosomes of the test side, all others are for training and validation; none: the division says.
    """

    bed: Path
    genome: Path
    size: int | None = None
    top: int | None = None
    background: str = "genome"
    peaks: Path | None = None
    signal: Path | None = None
    summary: Summary = LOG_MEAN
    exclude: Path | None = None
    test_chroms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matching:
    """How like each other the bound and the unbound sequences are, the bound first in each pair.

    ``other`` name of the file of the other regions, "" without one; ``asked`` and ``found`` unbound sequences;
    ``gc`` mean GC content; ``gc_deciles`` the nine deciles of each; ``masked`` mean share of soft-masked letters, None
    where the genome has none; ``gc_bars`` and ``masked_bars`` numbers of sequences in `BARS` equal bins from 0 to 1.
    """

    background: str
    other: str
    asked: int
    found: int
    gc: tuple[float, float]
    gc_deciles: tuple[list[float], list[float]]
    gc_bars: tuple[list[int], list[int]]
    masked: tuple[float, float] | None = None
    masked_bars: tuple[list[int], list[int]] | None = None

    def background_said(self) -> str:
        """What the bound sequences are compared with."""
        alike = "length, GC and repeats" if self.masked is not None else "length and GC"
        where = {
            "genome": f"other windows of the genome, alike in {alike}",
            "flanks": "windows beside the regions, of the same length",
            "peaks": "peaks of other factors, alike in length and GC",
            "versus": f"windows of {self.other}",
        }[self.background]
        return f"{self.found:,} {where}"

    def sentence(self) -> str:
        """In words."""
        said = f"Unbound are {self.background_said()}: GC {self.gc[1]:.3f}, {self.gc[0]:.3f} in the bound ones"
        if self.masked is not None:
            said += f"; repeats {self.masked[1]:.2f} and {self.masked[0]:.2f}"
        if self.found < self.asked:
            said += f". For {counted(self.asked - self.found, 'region')} there was none that is free"
        return f"{said}."

    def as_json(self) -> dict[str, Any]:
        """Figures of run.json, rounded."""
        return {name: _rounded(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class FromGenome:
    """Sequences of regions, and what is to be said of them; ``matching`` None where shuffled copies are unbound."""

    data: SequenceDataset
    matching: Matching | None
    noticed: tuple[str, ...] = field(default=())


def load_regions(asked: Regions, letters: Alphabet, *, min_length: int, longest: int, seed: int) -> FromGenome:
    """Bound and unbound windows of a genome, divided into training, validation and test; all names are places.

    ``letters`` DNA; DNA_FORWARD or RNA read regions on their own strand alone.
    Raises ``InputError`` for every fault of the files, with path and line, for a test chromosome without regions, and
    where too little is usable (`usable.check_classes`).
    """
    genome = open_genome(asked.genome)
    regions = read_regions(asked.bed, genome)
    for chrom in asked.test_chroms:
        genome.known(chrom, "--test-chroms")
    excluded = [] if asked.exclude is None else [region.interval for region in read_regions(asked.exclude)]
    allowed, size = Taken(excluded), read_size(regions, asked.size)
    usable = [region for region in regions if _is_free(window_of(region, size, genome), allowed)]
    if not usable:
        raise InputError(
            f"--exclude {asked.exclude} leaves none of the {counted(len(regions), 'region')} of {asked.bed}"
        )
    noticed = list(genome.noticed)
    unbound: list[Interval] = []
    if asked.background == "versus" and asked.peaks is not None:
        others = read_regions(asked.peaks, genome)
        other_size = read_size(others, asked.size)
        others = [each for each in others if _is_free(window_of(each, other_size, genome), allowed)]
        usable, others, said = _apart(usable, others, (size, other_size), genome, asked)
        noticed += said
        unbound = windows_of(others, genome, asked.peaks, size=asked.size, top=asked.top, longest=longest).intervals
    windows = windows_of(usable, genome, asked.bed, size=asked.size, top=asked.top, longest=longest)
    noticed += windows.noticed
    if left := sum(not _is_free(window_of(region, size, genome), allowed) for region in regions):
        overlap, were = (
            agreeing(left, "as it is read, overlaps", "as they are read, overlap"),
            agreeing(left, "was", "were"),
        )
        noticed.append(f"{counted(left, 'region')}, {overlap} those of --exclude and {were} left out.")
    nowhere = sum(each.strand == "." for each in windows.intervals)
    if nowhere and not letters.double_stranded:
        have, they = agreeing(nowhere, "has", "have"), agreeing(nowhere, "it is", "they are")
        noticed.append(
            f"{counted(nowhere, 'region')} {have} no strand (column 6): {they} read on the forward strand alone."
        )
    table = None
    if asked.signal is not None:
        told = read_signal(asked.signal, windows.intervals, genome, asked.summary)
        windows, table = windows.of(told.kept), told.table
        noticed += told.noticed
    held_out = np.array([each.chrom in asked.test_chroms for each in windows.intervals], dtype=bool)
    if asked.test_chroms and (held_out.all() or not held_out.any()):
        which = "all regions lie" if held_out.all() else "no region lies"
        raise InputError(f"{which} on the chromosomes of --test-chroms, {','.join(asked.test_chroms)}: {asked.bed}")

    if asked.background in MATCHED:
        avoided = [*excluded, *(region.interval for region in regions)]
        unbound = _unbound(asked, genome, windows.intervals, avoided, seed)
        if not unbound:
            raise InputError(f"--background {asked.background}: nothing is free and like the regions: {asked.bed}")

    places = [*windows.intervals, *unbound]
    lines = [*windows.lines, *[0] * len(unbound)]
    records = Records.of(record_of(each, genome, line) for each, line in zip(places, lines, strict=True))
    labels = np.repeat(np.array([1, 0], dtype=np.float32), [len(windows.intervals), len(unbound)])
    sides = np.array([TEST if each.chrom in asked.test_chroms else TRAIN for each in places], dtype=np.uint8)
    matching = _matching(asked, genome, places, labels) if unbound else None
    data = assemble(
        records,
        labels,
        sides,
        letters,
        paths=(asked.bed, asked.bed if unbound else None),
        odd={},
        places=places,
        advice=_advice(asked),
        table=table,
        min_length=min_length,
        seed=seed,
    )
    noticed += [matching.sentence()] if matching else []
    return FromGenome(data, matching, tuple(noticed))


def _advice(asked: Regions) -> str:
    """What helps where too few unbound windows are left."""
    if asked.background in MATCHED:
        return "; --background shuffle compares so few regions with shuffled copies"
    return "; more regions are needed"


def _apart(
    regions: list[Region],
    others: list[Region],
    sizes: tuple[int | None, int | None],
    genome: Genome,
    asked: Regions,
) -> tuple[list[Region], list[Region], list[str]]:
    """Both sets without what overlaps the other, as region or in what is read of it, and how many these are."""
    places = [
        [(region.interval, window_of(region, size, genome)) for region in own]
        for own, size in zip((regions, others), sizes, strict=True)
    ]
    taken = [Taken([each for pair in own for each in pair]) for own in places]
    left, other = (
        [region for region, pair in zip(own, pairs, strict=True) if all(_is_free(each, there) for each in pair)]
        for own, pairs, there in zip((regions, others), places, taken[::-1], strict=True)
    )
    if not left or not other:
        raise InputError(f"every region of {asked.bed if not left else asked.peaks} overlaps one of the other set")
    shared = len(regions) - len(left), len(others) - len(other)
    said = f"{counted(shared[0], 'region')} of {asked.bed.name} and {shared[1]:,} of {asked.peaks and asked.peaks.name}"
    return left, other, [f"{said} overlap each other, and were left out."] if any(shared) else []


def _unbound(
    asked: Regions, genome: Genome, windows: list[Interval], avoided: list[Interval], seed: int
) -> list[Interval]:
    """The matched background, drawn apart for the test chromosomes; none shares a bp with what is ``avoided``."""
    taken = Taken([*avoided, *windows])
    present = dict.fromkeys(each.chrom for each in windows)
    found: list[Interval | None] = []
    for group, held_out in enumerate((False, True)):
        chosen = [each for each in windows if (each.chrom in asked.test_chroms) == held_out]
        chroms = [chrom for chrom in present if (chrom in asked.test_chroms) == held_out]
        rng = generator(seed, Purpose.BACKGROUND, group)
        if not chosen:
            continue
        if asked.background == "flanks":
            found += beside_them(genome, chosen, taken, rng)
        elif asked.peaks is not None:
            found += _other_peaks(asked.peaks, genome, chosen, taken, chroms, rng)
        else:
            found += like_them(genome, chosen, taken, chroms, rng)
    return [each for each in found if each is not None]


def _other_peaks(
    peaks: Path, genome: Genome, windows: list[Interval], taken: Taken, chroms: list[str], rng: np.random.Generator
) -> list[Interval | None]:
    """Windows around other factors' peaks, one for each of ``windows``, of its length and as rich in GC."""
    typical = int(np.median([each.length for each in windows]))
    pool: list[Interval] = []
    for region in without_duplicates(read_regions(peaks, genome)):
        start = region.middle - typical // 2
        if region.interval.chrom not in chroms or start < 0:
            continue
        window = Interval(region.interval.chrom, start, start + typical, region.interval.strand)
        inside = window.end <= genome.lengths[window.chrom]
        if inside and _is_free(window, taken) and taken.add(window.chrom, window.start, window.end):
            pool.append(window)
    rich, others = (np.array([gc_content(genome.at(each)) for each in own]) for own in (windows, pool))
    bound = rng.permutation(len(windows))[: len(pool)]
    order = bound[np.argsort(rich[bound], kind="stable")]
    found: list[Interval | None] = [None] * len(windows)
    for own, other in zip(order.tolist(), as_rich_in_gc(rich[order], others, GC_BIN, rng), strict=True):
        window = _resized(pool[other], windows[own].length, genome)
        found[own] = window if _is_free(window, taken) else None
    return found


def _resized(window: Interval, length: int, genome: Genome) -> Interval:
    start = max(0, min((window.start + window.end) // 2 - length // 2, genome.lengths[window.chrom] - length))
    return Interval(window.chrom, start, start + length, window.strand)


def _is_free(window: Interval, taken: Taken) -> bool:
    return bool(taken.free(window.chrom, np.array([window.start]), np.array([window.end]))[0])


def _matching(asked: Regions, genome: Genome, places: Sequence[Interval], labels: NDArray[np.float32]) -> Matching:
    gc = np.array([gc_content(genome.at(each)) for each in places])
    bound, unbound = gc[labels == 1], gc[labels == 0]
    deciles = np.arange(0.1, 0.95, 0.1)
    matching = Matching(
        asked.background,
        other="" if asked.peaks is None else asked.peaks.name,
        asked=len(unbound) if asked.background == "versus" else len(bound),
        found=len(unbound),
        gc=(float(bound.mean()), float(unbound.mean())),
        gc_deciles=(np.quantile(bound, deciles).tolist(), np.quantile(unbound, deciles).tolist()),
        gc_bars=(_bars(bound), _bars(unbound)),
    )
    if not genome.has_soft_masks:
        return matching
    masked = np.array([genome.soft_masked(each.chrom, each.start, each.end).mean() for each in places])
    bound, unbound = masked[labels == 1], masked[labels == 0]
    fields = asdict(matching) | {
        "masked": (float(bound.mean()), float(unbound.mean())),
        "masked_bars": (_bars(bound), _bars(unbound)),
    }
    return Matching(**fields)


def _bars(values: NDArray[np.float64]) -> list[int]:
    counts: list[int] = np.histogram(values, bins=BARS, range=(0, 1))[0].tolist()
    return counts


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return [_rounded(each) for each in value] if isinstance(value, (list, tuple)) else value
