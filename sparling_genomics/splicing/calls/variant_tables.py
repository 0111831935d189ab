"""Variants as a table: chrom, pos, ref, alt and more columns; the same rows come back with what each does to splice
sites."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.files.vcf import Variant
from sparling_genomics.splicing.calls.variants import (
    Looked,
    SpliceVariants,
    VariantSummary,
    delta_scores,
    marks_word,
    write_looked,
)

NEEDED = ("chrom", "pos", "ref", "alt")
"""Columns that a table must have, in capitals or not; ``id`` is read where there is one, all others are kept."""
ADDED = (
    "allele",
    "symbol",
    *(f"{score}_{site}" for score in ("ds", "dp") for site in ("ag", "al", "dg", "dl")),
    "gained",
    "lost",
    "skipped",
)
"""Columns of the result behind those of the table: SpliceAI's ten fields, marks, and why there is nothing to say."""


@dataclass(frozen=True)
class VariantTable:
    """A table of variants: ``columns`` by name as they stand, on line ``header`` from 1."""

    path: Path
    columns: tuple[str, ...]
    header: int

    def variants(self) -> Iterator[Variant]:
        """The rows in order; ``pos`` from 1, several alternative alleles apart by commas.

        Raises ``InputError`` with path and line for a row of another number of cells, a position that is no whole
        number from 1, and an empty chromosome, reference or alternative.
        """
        names, found = [_plain(name) for name in self.columns], 0
        for number, line in numbered_lines(self.path):
            if number <= self.header or not line.strip():
                continue
            cells = line.split("\t")
            if len(cells) != len(names):
                raise input_error(f"expected {len(names)} cells, got {len(cells)}", self.path, number)
            row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
            if not (row["pos"].isascii() and row["pos"].isdigit() and int(row["pos"])):
                raise input_error(f"pos must be a whole number from 1, got {row['pos']!r}", self.path, number)
            for name in ("chrom", "ref", "alt"):
                if not row[name]:
                    raise input_error(f"column {name} is empty", self.path, number)
            found += 1
            alternatives = () if row["alt"] == "." else tuple(row["alt"].split(","))
            name = "" if row.get("id", ".") == "." else row["id"]
            yield Variant(row["chrom"], int(row["pos"]) - 1, row["ref"], alternatives, name, found, number, None, line)


def open_variant_table(path: Path) -> VariantTable:
    """A tab-separated table, plain or gzip, with a line of column names.

    Raises ``InputError`` where a column of `NEEDED` is missing, one is there twice, or one has a name of `ADDED`.
    """
    for number, line in numbered_lines(path):
        if not line.strip() or line.startswith("##"):
            continue
        columns = tuple(name.strip() for name in line.split("\t"))
        names = [_plain(name) for name in columns]
        missing = [name for name in NEEDED if name not in names]
        if missing:
            got = ", ".join(columns[:6])
            raise input_error(f"the table lacks the columns {', '.join(missing)}; got {got}", path, number)
        wrong = [name for name in names if names.count(name) > 1 or name in ADDED]
        if wrong:
            why = "of an earlier run?" if wrong[0] in ADDED else "twice"
            raise input_error(f"the table has the column {wrong[0]} already: {why}", path, number)
        return VariantTable(path, columns, number)
    raise input_error(f"no line of column names, expected {', '.join(NEEDED)}", path)


def write_variant_table(splice: SpliceVariants, table: VariantTable, out: Path) -> VariantSummary:
    """Write a line an alternative allele and gene that it lies in; an allele in none has one line, which says why.

    Nothing is left where it fails. Raises ``InputError`` as `write_looked` does.
    """
    header = "\t".join((*table.columns, *ADDED)) + "\n"
    return write_looked(splice, table, out, header, _rows)


def _rows(looked: Looked) -> str:
    rows = []
    for told in {each.alternative: each for each in looked.told}.values():
        own = [effect for effect in looked.effects if effect.alternative == told.alternative]
        for effect in own:
            marks = [marks_word(found) for found in (effect.change.gained, effect.change.lost)]
            symbol = " ".join(effect.gene.gene.symbol.split())
            rows.append([told.alternative, symbol, *delta_scores(looked.variant, effect), *marks, "."])
        if not own:
            rows.append([told.alternative, *["."] * (len(ADDED) - 2), told.skipped or "."])
    return "".join("\t".join([looked.variant.text, *row]) + "\n" for row in rows)


def _plain(name: str) -> str:
    """A column's name as it is looked for."""
    return name.lstrip("#").lower()
