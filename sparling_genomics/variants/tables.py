"""What is written of variants: variants.tsv, sites.tsv, and fields in INFO of a VCF."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sparling.names import printable, table_row
from sparling_genomics.data.targets import Column
from sparling_genomics.files.vcf import Field, info_word
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.variants.alleles import Alleles
from sparling_genomics.variants.change import CHANGED, GAINED, LOST, Change, SiteChange
from sparling_genomics.variants.haplotypes import Told

PLACE_COLUMNS = (
    "name",
    "chrom",
    "pos",
    "reference",
    "alternative",
    "haplotype",
    "window",
    "skipped",
)
BOUND_COLUMNS = (
    "reference_probability",
    "alternative_probability",
    "reference_logit",
    "alternative_logit",
    "logit_change",
)
"""Of a run of bound and unbound sequences."""
LABEL_COLUMNS = ("reference", "alternative", "change")
"""Of each of several labels or values, behind its name: A.reference. The change is of the logit, or of the value."""
DIFFERENCE_COLUMNS = (
    "gained",
    "lost",
    "changed",
    "motif",
    "reference_score",
    "alternative_score",
    "score_change",
)
SITE_COLUMNS = (
    "haplotype",
    "motif_id",
    "change",
    "chrom",
    "start",
    "end",
    "strand",
    "reference_score",
    "alternative_score",
    "score_change",
    "reference_letters",
    "alternative_letters",
)
_SITE = "motif:strand:start-end:score of the reference:score of the alternative, 0-based; & between sites"
_BOUND_FIELDS = (
    Field("SPL_REF_P", "A", "Float", "Predicted probability of being bound with the reference allele"),
    Field("SPL_ALT_P", "A", "Float", "Predicted probability of being bound with the alternative allele"),
    Field("SPL_CHANGE", "A", "Float", "Change of the predicted logit, alternative less reference"),
)
_SITE_FIELDS = (
    Field("SPL_GAINED", "A", "String", f"Sites gained: {_SITE}"),
    Field("SPL_LOST", "A", "String", f"Sites lost: {_SITE}"),
    Field("SPL_CHANGED", "A", "String", f"Sites of both alleles that are stronger or weaker: {_SITE}"),
    Field("SPL_MOTIF", "A", "String", "Motif whose best place over the variant comes nearest to a site"),
    Field("SPL_SCORE_CHANGE", "A", "Float", "Change of its score there"),
    Field("SPL_HAPLOTYPE", "A", "String", "Variants that were looked at together; & between them"),
    Field("SPL_SKIPPED", "A", "String", "Why an allele was not looked at"),
)


@dataclass(frozen=True, eq=False)
class Row:
    """A line of variants.tsv: a variant and one of its alternative alleles; ``alleles`` None where it is skipped.

    ``pos`` counts from 1, on the chromosome or, without one, in the sequence. ``called``: names by which it is asked
    for; ``detail`` of why it is skipped; ``line`` in the file.
    """

    name: str
    called: tuple[str, ...]
    chrom: str
    pos: int | None
    reference: str
    alternative: str
    alleles: Alleles | None
    skipped: str = ""
    detail: str = ""
    line: int | None = None

    @classmethod
    def of_told(cls, told: Told) -> "Row":
        """Of an allele of a VCF."""
        v = told.variant
        return cls(
            told.name,
            (told.name, v.name, f"{v.chrom}:{v.start + 1}"),
            v.chrom,
            v.start + 1,
            v.reference,
            told.alternative,
            told.alleles,
            told.skipped,
            told.detail,
            v.line,
        )

    @classmethod
    def of_pair(cls, alleles: Alleles) -> "Row":
        """Of two sequences."""
        if not alleles.blocks:
            return cls(alleles.name, (alleles.name,), "", None, "", "", None, "as the reference")
        first, last = alleles.blocks[0], alleles.blocks[-1]
        reference = decode(alleles.reference[first.start : last.end])
        alternative = decode(alleles.alternative[first.start_there : last.end_there])
        return cls(alleles.name, (alleles.name,), "", first.start + 1, reference, alternative, alleles)


class Place(NamedTuple):
    """Where a site lies: on the genome where that is known, else in the reference sequence."""

    chrom: str
    start: int
    end: int
    strand: str


def place_of(change: Change, site: SiteChange) -> Place:
    """Where a site lies."""
    window = change.alleles.interval
    if window is None:
        return Place("", site.start, site.end, site.strand)
    there = window.project(site.start, max(site.start, site.end), site.strand)
    return Place(there.chrom, there.start, there.end, there.strand)


def variant_columns(columns: Sequence[Column], motifs: Sequence[str]) -> list[str]:
    """Columns of variants.tsv for a run of these labels and values, none for bound and unbound, and these motifs.

    The last are a motif each, its part in the change of the logit; of several labels or values those of each one.

    >>> of_two = variant_columns([Column("A", "label", 0.5, 1.0), Column("B", "label", 0.5, 1.0)], ["M1"])
    >>> of_two[8:14], of_two[-2:]
    (['A.reference', 'A.alternative', 'A.change', 'B.reference', 'B.alternative', 'B.change'], ['A.M1', 'B.M1'])
    """
    predicted = [f"{column.name}.{what}" for column in columns for what in LABEL_COLUMNS] or [*BOUND_COLUMNS]
    parts = [f"{column.name}.{motif}" for column in columns for motif in motifs] if columns else [*motifs]
    return [*PLACE_COLUMNS, *predicted, *DIFFERENCE_COLUMNS, *parts]


def info_fields(columns: Sequence[Column]) -> tuple[Field, ...]:
    """Fields in INFO for a run of these labels and values, none for bound and unbound.

    Names of labels are spelled with what VCF has room for, and a number behind one that is taken.

    >>> [field.name for field in info_fields([Column("K562 +", "label", 0.5, 1.0)])][:3]
    ['SPL_REF_K562__', 'SPL_ALT_K562__', 'SPL_CHANGE_K562__']
    """
    if not columns:
        return (*_BOUND_FIELDS, *_SITE_FIELDS)
    fields: list[Field] = []
    taken: set[str] = set()
    for number, column in enumerate(columns, start=1):
        name = re.sub(r"[^0-9A-Za-z_.]", "_", column.name)
        name = f"{name}_{number}" if name in taken else name
        taken.add(name)
        what, moved = ("value", "value") if column.kind == "value" else ("probability", "logit")
        said = printable(column.name).replace("\\", "_").replace('"', "'")
        fields += [
            Field(f"SPL_REF_{name}", "A", "Float", f"Predicted {what} of {said} with the reference allele"),
            Field(f"SPL_ALT_{name}", "A", "Float", f"Predicted {what} of {said} with the alternative allele"),
            Field(f"SPL_CHANGE_{name}", "A", "Float", f"Change of the predicted {moved} of {said}"),
        ]
    return (*fields, *_SITE_FIELDS)


def header(columns: Sequence[str]) -> str:
    """The line of column names."""
    return table_row(columns)


def variant_line(row: Row, change: Change | None, columns: Sequence[str]) -> str:
    """A line of variants.tsv with these `variant_columns`."""
    alleles = row.alleles
    cells: list[str | int | float | None] = [row.name, row.chrom, row.pos, row.reference, row.alternative]
    cells += ["" if alleles is None else alleles.name, _interval(alleles), row.skipped]
    if change is None:
        cells += [None] * (len(columns) - len(cells))
    else:
        kinds = [",".join(dict.fromkeys(s.motif for s in _of(change, kind))) for kind in (GAINED, LOST, CHANGED)]
        best = (None, None) if change.best is None else change.best
        of_bound = BOUND_COLUMNS[0] in columns
        for each in change.said:
            cells += [*each.predictions, *(each.outputs if of_bound else ()), each.change]
        cells += [*kinds, change.nearest, *best, change.score_change]
        cells += [part for each in change.said for part in each.motifs.tolist()]
    return table_row(cells)


def _interval(alleles: Alleles | None) -> str | None:
    return None if alleles is None or alleles.interval is None else str(alleles.interval)


def site_lines(change: Change) -> list[str]:
    """Lines of sites.tsv, one a site that differs."""
    lines = []
    for site in change.sites:
        scores = (site.reference_score, site.alternative_score)
        rise = None if None in scores else (scores[1] or 0.0) - (scores[0] or 0.0)
        cells = (change.alleles.name, site.motif, site.kind, *place_of(change, site), *scores, rise)
        lines.append(table_row((*cells, site.reference_letters, site.alternative_letters)))
    return lines


def info(rows: Sequence[tuple[Row, Change | None]], fields: Sequence[Field]) -> dict[str, str]:
    """The `info_fields` of a record, from its alternative alleles in order; those that say nothing are left out."""
    columns: dict[str, list[str]] = {field.name: [] for field in fields}
    for row, change in rows:
        values: dict[str, str | float | None] = {"SPL_SKIPPED": info_word(row.skipped) or None}
        if change is not None:
            predicted = [number for each in change.said for number in (*each.predictions, each.change)]
            values |= dict(zip(columns, predicted, strict=False))  # the first fields are of these
            for name, kind in (("SPL_GAINED", GAINED), ("SPL_LOST", LOST), ("SPL_CHANGED", CHANGED)):
                values[name] = "&".join(_site(change, site) for site in _of(change, kind)) or None
            values["SPL_MOTIF"], values["SPL_SCORE_CHANGE"] = change.nearest, change.score_change
            if change.alleles.name != row.name:
                values["SPL_HAPLOTYPE"] = info_word(change.alleles.name.replace("+", "&"))
        for name, column in columns.items():
            column.append(_value(values.get(name)) or ".")
    return {name: ",".join(column) for name, column in columns.items() if set(column) != {"."}}


def _of(change: Change, kind: str) -> list[SiteChange]:
    return [site for site in change.sites if site.kind == kind]


def _site(change: Change, site: SiteChange) -> str:
    place = place_of(change, site)
    scores = ":".join(
        "." if score is None else f"{score:.3g}" for score in (site.reference_score, site.alternative_score)
    )
    return f"{site.motif}:{place.strand}:{place.start}-{place.end}:{scores}"


def _value(value: str | float | None) -> str:
    """A value of a field in INFO."""
    return f"{value:.6g}" if isinstance(value, float) else value or ""
