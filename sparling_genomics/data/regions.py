"""Regions of a genome → windows to read: around summits or middles, of one size; the best by score."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sparling.errors import InputError
from sparling.plurals import agreeing, counted
from sparling_genomics.files.bed import Region, without_duplicates
from sparling_genomics.files.fasta import FastaRecord
from sparling_genomics.files.genome import Genome
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.intervals import Interval

AROUND_SUMMIT = 101
"""bp of a window around a summit, unless another size is asked for."""
BROAD = 500
"""Median length in bp, from which on it is said that ``--size`` takes the middles of regions."""


class Windows(NamedTuple):
    """What is read of the genome for the regions of a file."""

    intervals: list[Interval]
    """One a region, none twice."""
    lines: list[int]
    """Line of each one's region."""
    noticed: tuple[str, ...]
    """What was left out, moved or chosen, in sentences."""

    def of(self, chosen: Sequence[int]) -> "Windows":
        """Those of these numbers."""
        return self._replace(intervals=[self.intervals[i] for i in chosen], lines=[self.lines[i] for i in chosen])


def windows_of(
    regions: Sequence[Region],
    genome: Genome,
    path: Path,
    *,
    size: int | None = None,
    top: int | None = None,
    longest: int | None = None,
) -> Windows:
    """The windows of the regions of the file ``path``, which lie in the genome.

    ``size`` bp around each summit, or the middle where there is none; None: `AROUND_SUMMIT` where regions have summits,
    else the regions as they are. A window that would go over an end of its chromosome is moved inwards; of a chromosome
    that is shorter the whole is taken. ``top``: those of the highest scores alone, the first of the file among equals.
    Regions that overlap all stay: they are relatives, which share a side and count once (`clusters`). Duplicates go.
    Raises ``InputError`` where ``top`` is asked for and there are no scores, and for a window of more than ``longest``.
    """
    asked, size = size is not None, read_size(regions, size)
    once = without_duplicates(list(regions))
    noticed = [
        _counted(len(regions) - len(once), "is a duplicate and was left out", "are duplicates and were left out")
    ]
    if top is not None:
        once, said = _best(once, top, path)
        noticed.append(said)
    summits = sum(region.summit is not None for region in once)
    if summits and not asked:
        noticed.append(f"{size} bp around each summit are read; --size says otherwise.")
        without = len(once) - summits
        noticed.append(_counted(without, "has no summit: its middle is taken", "have no summit: their middle is taken"))
    placed = [window_of(region, size, genome) for region in once]
    if size is not None:
        short = sum(each.length < size for each in placed)
        moved = sum(
            each.length == size and each.start != region.middle - size // 2
            for each, region in zip(placed, once, strict=True)
        )
        noticed.append(
            _counted(moved, "window was moved", "windows were moved", "inwards from an end of its chromosome")
        )
        noticed.append(_counted(short, "window is", "windows are", f"shorter than {size} bp, as its chromosome is"))
    first: dict[Interval, int] = {}
    for each, region in zip(placed, once, strict=True):
        first.setdefault(each, region.line)
    same = len(placed) - len(first)
    noticed.append(_counted(same, "region has", "regions have", "the window of another one, and went"))
    for interval, line in first.items():
        if longest is not None and interval.length > longest:
            message = f"{interval} has {interval.length:,} bp, expected at most {longest:,}"
            raise input_error(f"{message}; --size 500 takes the middles of regions", path, line)
    if size is None and (typical := median(each.length for each in first)) >= BROAD:
        noticed.append(
            f"Regions are read as they are, {typical:,.0f} bp in the middle; --size 200 takes their middles."
        )
    return Windows(list(first), list(first.values()), tuple(sentence for sentence in noticed if sentence))


def record_of(interval: Interval, genome: Genome, line: int, words: dict[str, str] | None = None) -> FastaRecord:
    """The sequence of an interval, on its strand, as if it stood in a FASTA file under its place: chr1:100-201(+)."""
    codes, name = genome.at(interval), str(interval)
    n_ambiguous = int((codes == AMBIGUOUS).sum())
    return FastaRecord(name, words or {}, codes, line, n_ambiguous, n_uracil=0, header=name)


def read_size(regions: Sequence[Region], asked: int | None) -> int | None:
    """bp that are read of each region: those asked for, else `AROUND_SUMMIT` where regions have summits, else None."""
    if asked is None and any(region.summit is not None for region in regions):
        return AROUND_SUMMIT
    return asked


def window_of(region: Region, size: int | None, genome: Genome) -> Interval:
    """The ``size`` bp that are read of a region, around its summit or middle; None: the region as it is."""
    own, length = region.interval, genome.lengths[region.interval.chrom]
    if size is None:
        return own
    start = max(0, min(region.middle - size // 2, length - size))
    return Interval(own.chrom, start, min(start + size, length), own.strand)


def _best(regions: list[Region], top: int, path: Path) -> tuple[list[Region], str]:
    scores = [region.score for region in regions if region.score is not None]
    if not scores:
        raise InputError(f"--top needs scores, in column 5 of BED or column 7 of narrowPeak; got none: {path}")
    lowest, was = min(scores), agreeing(top, "was", "were")
    order = sorted(range(len(regions)), key=lambda i: (-_score(regions[i]), i))[:top]
    if lowest == max(scores) and top < len(regions) and len(scores) == len(regions):
        said = f"All scores are {lowest:g}: the first {counted(top, 'region')} {was} taken."
        return [regions[i] for i in sorted(order)], said
    if top >= len(regions):
        are = agreeing(len(regions), "is", "are")
        return regions, f"There {are} {counted(len(regions), 'region')}, no more than --top {top:,}: all are taken."
    without = top - len(scores)
    if without > 0:
        scored = f"The {counted(len(scores), 'region')} that {agreeing(len(scores), 'has', 'have')} a score"
        said = f"{scored}, and the first {without:,} that {agreeing(without, 'has', 'have')} none, were taken"
        return [regions[i] for i in sorted(order)], f"{said} of {len(regions):,}."
    at_least = _score(regions[order[-1]])
    said = f"The {counted(top, 'region')} of the highest scores, {at_least:g} or more, {was} taken of {len(regions):,}."
    return [regions[i] for i in sorted(order)], said


def _score(region: Region) -> float:
    return float("-inf") if region.score is None else region.score


def _counted(number: int, one: str, several: str, rest: str = "") -> str:
    """A sentence on some regions, "" for none."""
    if not number:
        return ""
    words = one if number == 1 else several
    if not rest:
        words = f"region {words}" if number == 1 else f"regions {words}"
    return f"{number:,} {words}{' ' if rest else ''}{rest}."
