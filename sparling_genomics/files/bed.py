"""Regions of a genome: BED of three columns or more, narrowPeak and broadPeak, told by their content.

BED counts from 0 and leaves the end out: the first hundred bp of chr1 are ``chr1 0 100``. narrowPeak has ten columns,
of which the seventh is the signal and the tenth the summit, counted from the start (-1: none); broadPeak has nine,
without the summit (ENCODE's file formats).
"""

from dataclasses import dataclass
from pathlib import Path

from sparling_genomics.files.genome import Genome
from sparling_genomics.files.text_files import input_error, numbered_lines, shown, whole_number
from sparling_genomics.letters.intervals import STRANDS, Interval

_NO_REGION = ("#", "track", "browser")
_NONE = ("", ".", "na", "n/a", "nan")
"""Cells that say nothing, in any case."""
_NARROW, _BROAD = 10, 9
_SCORE, _STRAND, _SIGNAL, _SUMMIT = 4, 5, 6, 9
"""Columns, counted from 0."""
_HEADINGS = ("start", "chromstart", "chrom_start", "begin", "pos")


@dataclass(frozen=True)
class Region:
    """One line of a file of regions.

    Fields: ``interval``; ``name`` "" where there is none; ``score`` column 5, in peak files the signal of column 7,
    None where there is none; ``summit`` of a narrowPeak, bp from the interval's start, None where there is none;
    ``line`` from 1.
    """

    interval: Interval
    name: str = ""
    score: float | None = None
    summit: int | None = None
    line: int = 0

    @property
    def middle(self) -> int:
        """The summit on its chromosome, else the middle of the region."""
        if self.summit is not None:
            return self.interval.start + self.summit
        return (self.interval.start + self.interval.end) // 2


def read_regions(path: Path | str, genome: Genome | None = None) -> list[Region]:
    """All regions of a file, plain or gzip, in order, whether they are sorted or not.

    Columns are parted by tabs, or by blanks where a line has no tab. Lines of ``track`` and ``browser``, comments,
    blank lines and a first line of headings are skipped.
    Raises ``InputError`` with path and line for: fewer than three columns, fewer than ten where others have ten, a
    start or an end that is no whole number or negative, a region of no bp or one that ends before it starts (BED counts
    from 0), a score that is no number, another strand, a summit outside the region, a file without regions; with a
    ``genome``, a chromosome that it lacks and a region that goes beyond the end of its chromosome.
    """
    lines = list(_cells(path))
    if not lines:
        raise input_error("no regions, expected lines of chromosome, start and end (BED)", path)
    kind = max(len(cells) for _, cells in lines)
    if kind == _NARROW:
        for number, cells in lines:
            if len(cells) < kind:
                raise input_error(f"{len(cells)} columns where others have 10 (narrowPeak)", path, number)
    peaks = kind == _NARROW or (kind == _BROAD and not all(_thick(cells) for _, cells in lines if len(cells) == kind))
    return [_region(path, number, cells, genome, peaks=peaks, narrow=kind == _NARROW) for number, cells in lines]


def without_duplicates(regions: list[Region]) -> list[Region]:
    """Each place once, with the first of its lines; several summits in one interval are several places.

    >>> twice = [Region(Interval("chr1", 5, 9), score=1.0), Region(Interval("chr1", 5, 9), score=2.0)]
    >>> without_duplicates(twice) == twice[:1]
    True
    """
    first: dict[tuple[Interval, int | None], Region] = {}
    for region in regions:
        first.setdefault((region.interval, region.summit), region)
    return list(first.values())


def _cells(path: Path | str) -> list[tuple[int, list[str]]]:
    """Number and columns of each line with a region."""
    found: list[tuple[int, list[str]]] = []
    for number, line in numbered_lines(path):
        if not line.strip() or line.startswith(_NO_REGION[0]) or line.split()[0] in _NO_REGION[1:]:
            continue
        cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) < 3:
            raise input_error(f"got {line[:40]!r}, expected columns of chromosome, start and end", path, number)
        if not found and cells[1].lower() in _HEADINGS:
            continue
        found.append((number, cells))
    return found


def _thick(cells: list[str]) -> bool:
    """Whether columns 7 and 8 lie in the region, as the thick part of BED9 does."""
    start, end, *thick = (whole_number(cell) for cell in (*cells[1:3], *cells[6:8]))
    return start is not None and end is not None and all(at is not None and start <= at <= end for at in thick)


def _region(
    path: Path | str, number: int, cells: list[str], genome: Genome | None, *, peaks: bool, narrow: bool
) -> Region:
    chrom, columns = cells[0], dict(enumerate(cells))
    start, end = (_whole(columns[i], what, path, number) for i, what in ((1, "start"), (2, "end")))
    if start >= end:
        raise input_error(_no_length(start, end), path, number)
    strand = columns.get(_STRAND, ".") or "."
    if strand not in STRANDS:
        raise input_error(f"strand (column 6) must be +, - or ., got {shown(strand)}", path, number)
    try:
        interval = Interval(chrom, start, end, strand)
    except ValueError as error:
        raise input_error(str(error), path, number) from error
    if genome is not None:
        length = genome.lengths[genome.known(chrom, path, number)]
        if end > length:
            beyond = f"{chrom}:{start}-{end} goes beyond the end of {chrom}, which has {length:,} bp in"
            raise input_error(f"{beyond} {genome.path.name}", path, number)
    return Region(
        interval,
        name="" if columns.get(3, "").lower() in _NONE else columns[3],
        score=_score(columns, _SIGNAL if peaks else _SCORE, path, number),
        summit=_summit(columns[_SUMMIT], interval, path, number) if narrow else None,
        line=number,
    )


def _whole(cell: str, what: str, path: Path | str, number: int) -> int:
    value = whole_number(cell)
    if value is None:
        raise input_error(f"{what} must be a whole number of bp, got {shown(cell)}", path, number)
    if value < 0:
        raise input_error(f"{what} must be 0 or more, got {value}", path, number)
    return value


def _no_length(start: int, end: int) -> str:
    if start == end:
        return (
            f"start and end are both {start}: BED counts from 0 and leaves the end out, so 1 bp is {end - 1} to {end}"
        )
    return f"start {start} lies behind the end {end}; the other strand is said in column 6, by -"


def _score(columns: dict[int, str], column: int, path: Path | str, number: int) -> float | None:
    cell = columns.get(column, "")
    if cell.lower() in _NONE:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if value != value:
        hint = "; the strand is column 6" if cell in STRANDS else ""
        raise input_error(f"score (column {column + 1}) must be a number, got {shown(cell)}{hint}", path, number)
    return value


def _summit(cell: str, interval: Interval, path: Path | str, number: int) -> int | None:
    summit = whole_number(cell)
    if summit is None or not -1 <= summit < interval.length:
        expected = f"expected 0 to {interval.length - 1} bp from the start, or -1 for none"
        raise input_error(f"summit (column 10) is {shown(cell)}, {expected}", path, number)
    return None if summit == -1 else summit
