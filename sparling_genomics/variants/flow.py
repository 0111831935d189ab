"""Variants of a file through a run, in order and at constant memory, into a folder of tables and pictures."""

import heapq
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakSet

from sparling.errors import NotWritable
from sparling.names import file_name
from sparling_genomics.files.bgzip import index_by_place, text_written
from sparling_genomics.files.genome import Genome
from sparling_genomics.files.text_files import input_error
from sparling_genomics.files.vcf import (
    Variant,
    VariantFile,
    header_with,
    with_info,
)
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.variants.alleles import Alleles, compared
from sparling_genomics.variants.change import Change, changes
from sparling_genomics.variants.haplotypes import NO_CHROMOSOME, OTHER_REFERENCE, Reading
from sparling_genomics.variants.pairs import iter_allele_pairs
from sparling_genomics.variants.picture import draw_change
from sparling_genomics.variants.tables import (
    SITE_COLUMNS,
    Row,
    header,
    info,
    info_fields,
    site_lines,
    variant_columns,
    variant_line,
)

TABLE, SITES, VCF, PICTURES = "variants.tsv", "sites.tsv", "variants.vcf.gz", "pictures"
"""What a folder of results has; the first is what tells it from any other."""
AT_ONCE = 128
"""Pairs of alleles in a batch."""


Groups = Iterable[tuple[Variant | None, list[Row]]]
"""Rows that belong together, those of one record, with the record where there is one."""


@dataclass(frozen=True)
class Records:
    """Where variants come from."""

    groups: Groups
    path: Path
    window: int | None
    """bp, where windows are read from a genome."""
    vcf: VariantFile | None = None
    longest: int = 0
    """bp of the longest chromosome, by which the kind of the index is chosen."""


@dataclass
class Summary:
    """What was looked at: alleles ``scored``, those whose prediction ``moved``, and ``sites`` by kind of change.

    ``skipped``: how many by reason, ``first_skipped`` details and line of the first of each; ``window`` in bp;
    ``indexed``: whether the VCF has an index; ``drawn`` the changes that were drawn.
    """

    window: int | None = None
    scored: int = 0
    moved: int = 0
    sites: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    first_skipped: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    indexed: bool = True
    drawn: list[Change] = field(default_factory=list)

    def add(self, row: Row, change: Change | None) -> None:
        """Count a row."""
        if change is None:
            self.skipped[row.skipped] += 1
            self.first_skipped.setdefault(row.skipped, (row.detail, row.line))
        else:
            self.scored += 1
            self.moved += change.largest > 0

    def add_sites(self, change: Change) -> None:
        """Count the sites that differ."""
        self.sites.update(site.kind for site in change.sites)


def from_vcf(run: StoredRun, vcf: VariantFile, genome: Genome, sample: str | None = None) -> Records:
    """Variants of a VCF in windows of a genome; with ``sample`` those that it carries, by haplotype."""
    window = run.typical_length
    reading = Reading(genome, window, run.width, sample)
    told = reading.told(vcf.variants(sample))
    groups = ((variant, [Row.of_told(each) for each in alleles]) for variant, alleles in told)
    return Records(groups, vcf.path, window, vcf, max(genome.lengths.values(), default=0))


def from_pairs(path: Path) -> Records:
    """Pairs of a table of two sequences each (`variants.pairs`)."""
    pairs = (compared(pair.name, pair.reference, pair.alternative) for pair in iter_allele_pairs(path))
    return Records(((None, [Row.of_pair(alleles)]) for alleles in pairs), path, None)


Scored = tuple[Variant | None, list[tuple[Row, Change | None]]]


def scored(run: StoredRun, groups: Groups) -> Iterator[Scored]:
    """Each group with what the run says of its rows, in order; `AT_ONCE` alleles are looked at together."""
    waiting: list[tuple[Variant | None, list[Row]]] = []
    distinct: dict[int, Alleles] = {}
    for variant, rows in groups:
        waiting.append((variant, rows))
        distinct |= {id(row.alleles): row.alleles for row in rows if row.alleles is not None}
        if len(distinct) >= AT_ONCE or len(waiting) >= 100 * AT_ONCE:
            yield from _said(run, waiting, distinct)
            waiting, distinct = [], {}
    yield from _said(run, waiting, distinct)


def _said(
    run: StoredRun, waiting: Sequence[tuple[Variant | None, list[Row]]], distinct: dict[int, Alleles]
) -> Iterator[Scored]:
    found = dict(zip(distinct, changes(run, list(distinct.values())) if distinct else (), strict=True))
    for variant, rows in waiting:
        yield variant, [(row, found.get(id(row.alleles))) for row in rows]


def write_variants(
    run: StoredRun,
    records: Records,
    folder: Path,
    *,
    strict: bool = False,
    pictures: int = 0,
    named: Sequence[str] = (),
) -> Summary:
    """Look at all variants and write ``folder``, which is replaced where it is there.

    ``pictures``: how many of the largest changes are drawn; ``named`` variants are drawn as well. ``strict``: a
    reference that is not the genome's is an error. All is written beside the folder and put in its place at the end.
    Raises ``InputError`` for every fault of the input, and where not one chromosome is in the genome.
    """
    partial = folder.absolute().with_name(f".{folder.absolute().name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        summary = _written(run, records, partial, strict, _Drawn(pictures, named))
        if summary.drawn:
            (partial / PICTURES).mkdir()
        for number, change in enumerate(summary.drawn, start=1):
            draw_change(run, change, partial / PICTURES / f"{number:03}_{file_name(change.alleles.name)}")
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(partial, folder)
    except OSError as error:
        raise NotWritable(folder, error.strerror) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return summary


class _Drawn:
    """Which changes are drawn: the ``most`` largest, and those of the variants that are ``named``."""

    def __init__(self, most: int, named: Sequence[str]) -> None:
        self._most, self._named = most, dict.fromkeys(named)
        self._largest: list[tuple[float, int, Change]] = []
        self._asked: list[Change] = []
        self._count = 0

    def look_at(self, rows: Sequence[tuple[Row, Change | None]]) -> None:
        """Keep those to be drawn."""
        for row, change in rows:
            if change is None:
                continue
            hit = [name for name in row.called if name in self._named]
            if hit:
                self._asked.append(change)
                self._named |= dict.fromkeys(hit, True)
            self._count += 1
            if self._most and change.largest and all(change is not kept for _, _, kept in self._largest):
                heapq.heappush(self._largest, (change.largest, -self._count, change))
                if len(self._largest) > self._most:
                    heapq.heappop(self._largest)

    @property
    def missed(self) -> list[str]:
        """Names of variants that were not looked at."""
        return [name for name, found in self._named.items() if not found]

    def changes(self) -> list[Change]:
        """Those that are asked for, then the largest, each once."""
        largest = [change for _, _, change in sorted(self._largest, key=lambda kept: kept[:2], reverse=True)]
        return list({id(change): change for change in [*self._asked, *largest]}.values())


def _written(
    run: StoredRun,
    records: Records,
    folder: Path,
    strict: bool,
    drawn: _Drawn,
) -> Summary:
    """The tables and the VCF in ``folder``."""
    summary = Summary(window=records.window)
    columns = variant_columns(run.columns, [pwm.name for pwm in run.pwms])
    fields = info_fields(run.columns)
    told: WeakSet[Change] = WeakSet()
    with ExitStack() as stack:
        table, sites = (
            stack.enter_context((folder / name).open("w", encoding="utf-8", newline="\n")) for name in (TABLE, SITES)
        )
        table.write(header(columns))
        sites.write(header(SITE_COLUMNS))
        packed = None if records.vcf is None else stack.enter_context(text_written(folder / VCF))
        if packed is not None and records.vcf is not None:
            packed.write(header_with(records.vcf, fields))
        for variant, rows in scored(run, records.groups):
            if strict:
                _refuse(rows, records.path)
            drawn.look_at(rows)
            for row, change in rows:
                table.write(variant_line(row, change, columns))
                if change is not None and change not in told:
                    sites.writelines(site_lines(change))
                    told.add(change)
                    summary.add_sites(change)
                summary.add(row, change)
            if packed is not None and variant is not None:
                packed.write(with_info(variant, info(rows, fields)))
    _check_something(summary, records.path)
    if drawn.missed:
        raise input_error(f"no variant {drawn.missed[0]!r} that was looked at", records.path)
    if records.vcf is not None:
        summary.indexed = _indexed(folder / VCF, records.longest)
    summary.drawn = drawn.changes()
    return summary


def _indexed(path: Path, longest: int) -> bool:
    """Whether the VCF got its index: not where its records are not sorted."""
    try:
        index_by_place(path, "vcf", longest)
    except OSError:
        return False
    return True


def _refuse(rows: Sequence[tuple[Row, Change | None]], path: Path) -> None:
    for row, _ in rows:
        if row.skipped in (OTHER_REFERENCE, NO_CHROMOSOME):
            raise input_error(f"{row.skipped}: {row.detail}", path, row.line)


def _check_something(summary: Summary, path: Path) -> None:
    """Raise ``InputError`` where no chromosome is the genome's: they are called otherwise."""
    if summary.skipped.get(NO_CHROMOSOME, 0) and set(summary.skipped) == {NO_CHROMOSOME} and not summary.scored:
        detail, line = summary.first_skipped[NO_CHROMOSOME]
        raise input_error(f"no chromosome of the file is in the genome; the first is {detail}", path, line)
