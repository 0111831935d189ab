"""Tables of a run: motifs.tsv, pairs.tsv, sites.bed and others, written and read back.

The same content gives the same bytes: no times, no file names inside the gzip header, numbers to six digits.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparling.atomic import write_bytes
from sparling.names import cell, printable, table_row, text_of
from sparling_genomics.files.rows import (
    CARRIER_SHARES,
    SITE_COLUMNS,
    Carriers,
    Effect,
    LabelEffect,
    MotifRow,
    Pair,
    Spacing,
)
from sparling_genomics.files.text_files import input_error, numbered_lines

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = ("start", "end", "label", "chrom_start", "chrom_end", "beyond_end")
_REAL = ("score", "prediction_without")
_OPTIONAL = ("bound_fraction", "auroc", "match_q", "match_p", "match_e", "start_likeness", *Effect._fields)

MOTIF_COLUMNS = tuple(field.name for field in fields(MotifRow))
LATER_COLUMNS = (
    *Effect._fields,
    "match_strand",
    "palindromic",
    "started_from",
    "start_likeness",
    "label",
    *Carriers._fields,
    *CARRIER_SHARES,
    "family",
    "family_members",
    "family_size",
    "match_taxon",
)
"""Of motifs.tsv, which tables of earlier versions lack."""
PAIR_COLUMNS = tuple(name for name in Pair._fields if name != "spacings")
LATER_PAIR_COLUMNS = ("factor", "factor_low", "factor_high", "p_both_corrected", "p_spacing_corrected")
"""Of pairs.tsv, which tables of earlier versions lack."""
SPACING_COLUMNS = ("motif_a", "motif_b", *Spacing._fields)


def write_motifs_tsv(path: Path | str, motifs: Sequence[MotifRow]) -> None:
    """Write one line a motif under a line of column names; without motifs, that line alone."""
    write_table(path, MOTIF_COLUMNS, motifs)


def write_pairs_tsv(path: Path | str, pairs: Sequence[Pair]) -> None:
    """Write one line for every two motifs, columns `PAIR_COLUMNS`."""
    write_table(path, PAIR_COLUMNS, pairs)


def write_spacings_tsv(path: Path | str, pairs: Sequence[Pair]) -> None:
    """Write one line for every possible arrangement of two motifs, columns `SPACING_COLUMNS`; gzip-compressed."""
    lines = [table_row(SPACING_COLUMNS)]
    for pair in pairs:
        lines += [table_row((pair.motif_a, pair.motif_b, *spacing)) for spacing in pair.spacings]
    text = "".join(lines)
    write_bytes(path, gzip.compress(text.encode(), mtime=0))


def read_spacings_tsv(path: Path | str) -> dict[tuple[str, str], list[Spacing]]:
    """The arrangements of a spacings.tsv.gz by both motifs' ids.

    Raises ``InputError`` where the file or a column is missing, or a number is none.
    """
    lines = list(numbered_lines(path))
    if not lines or tuple(lines[0][1].split("\t")) != SPACING_COLUMNS:
        raise input_error(f"expected the columns {', '.join(SPACING_COLUMNS)}", path, 1)
    found: dict[tuple[str, str], list[Spacing]] = {}
    for number, line in lines[1:]:
        try:
            a, b, gap, order, observed, expected = map(text_of, line.split("\t"))
            found.setdefault((a, b), []).append(Spacing(int(gap), order, int(observed), float(expected)))
        except ValueError:
            raise input_error("expected two motifs, a gap, an order and two numbers", path, number) from None
    return found


def write_effects_tsv(path: Path | str, effects: Sequence[LabelEffect]) -> None:
    """Write one line for every motif and label, columns as `LabelEffect` has fields."""
    write_table(path, LabelEffect._fields, effects)


def read_effects_tsv(path: Path | str) -> list[LabelEffect]:
    """Rows of an effects.tsv. Raises ``InputError`` where the file or a column is missing, or a number is none."""
    lines = list(numbered_lines(path))
    if not lines or tuple(lines[0][1].split("\t")) != LabelEffect._fields:
        raise input_error(f"expected the columns {', '.join(LabelEffect._fields)}", path, 1)
    rows = []
    for number, line in lines[1:]:
        try:
            motif, label, effect, sequences, *shares, p, e = map(text_of, line.split("\t"))
            with_site, without = (float(cell) if cell else None for cell in shares)
            numbers = (float(effect) if effect else None, int(sequences), with_site, without, float(p), float(e))
            rows.append(LabelEffect(motif, label, *numbers))
        except ValueError:
            raise input_error("expected a motif, a label and six numbers", path, number) from None
    return rows


def write_table(path: Path | str, columns: Sequence[str], rows: Sequence[object]) -> None:
    """Write these attributes of each of ``rows``, a line each, under a line of their names."""
    lines = [table_row(columns), *(table_row(getattr(each, column) for column in columns) for each in rows)]
    write_bytes(path, "".join(lines).encode())


def read_table(path: Path | str, columns: Sequence[str], what: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines of a table as text by name of column, with their numbers; columns beyond those that are needed stay.

    Raises ``InputError`` with path and line where one of ``columns`` is missing or a line has another number of cells.
    """
    head: list[str] | None = None
    for number, line in numbered_lines(path):
        cells = [text_of(each) for each in line.split("\t")]
        if not line:
            continue
        if head is None:
            head = cells
            missing = [column for column in columns if column not in head]
            if missing:
                raise input_error(f"the table of {what} lacks the columns {', '.join(missing)}", path, 1)
        elif len(cells) != len(head):
            raise input_error(f"expected {len(head)} cells; got {len(cells)}", path, number)
        else:
            yield number, dict(zip(head, cells, strict=True))
    if head is None:
        raise input_error(f"the table of {what} lacks the columns {', '.join(columns)}", path, 1)


def read_pairs_tsv(path: Path | str) -> list[dict[str, str]]:
    """Rows of a pairs.tsv as text; columns of `LATER_PAIR_COLUMNS` may be absent.

    Raises ``InputError`` where the file or another column is missing.
    """
    needed = [column for column in PAIR_COLUMNS if column not in LATER_PAIR_COLUMNS]
    return [cells for _, cells in read_table(path, needed, "pairs")]


def read_motifs_tsv(path: Path | str) -> list[MotifRow]:
    """Rows of a motifs.tsv; columns that are not ours are ignored, those of `LATER_COLUMNS` may be absent.

    Raises ``InputError`` with path and line where the file or a column is missing or a number is none.
    """
    needed = [column for column in MOTIF_COLUMNS if column not in LATER_COLUMNS]
    return [_parse_row(cells, path, number) for number, cells in read_table(path, needed, "motifs")]


def write_sites_bed(path: Path | str, sites: "pd.DataFrame", names: Mapping[str, str] | None = None) -> None:
    """Write BED6 of the sites in bound sequences, sorted by name of the chromosome, start and end.

    A site without genomic coordinates is given in those of its sequence. One that is cut off by an end of its sequence
    is shorter than its motif. Column 4 is the motif's name in ``names``, else its id, column 5 the score, in the digits
    of `write_sites_tsv`, as a share of the motif's highest, 0 to 1000. Names stand as they are, but what
    does not print is spelled. ``sites`` must have the columns ``SITE_COLUMNS``.
    """
    import pandas as pd

    _check_columns(sites)
    sites = sites[sites["label"] == 1]
    genomic = sites["chrom"].notna() & (sites["chrom"] != "")
    score = sites["score"].map("{:.6g}".format).astype(float)
    highest = score.groupby(sites["motif_id"]).transform("max")
    share = score / highest.where(highest > 0, 1.0)
    table = pd.DataFrame(
        {
            "chrom": sites["chrom"].where(genomic, sites["sequence"]),
            "start": sites["chrom_start"].where(genomic, sites["start"]).astype("int64"),
            "end": sites["chrom_end"].where(genomic, sites["end"]).astype("int64"),
            "name": sites["motif_id"].map(lambda motif: (names or {}).get(motif, motif)),
            "score": np.rint(share.clip(0.0, 1.0) * 1000).astype("int64"),
            "strand": sites["chrom_strand"].where(genomic, sites["strand"]),
        }
    )
    table = each_text(table.sort_values(["chrom", "start", "end", "name", "strand"], kind="stable"), printable)
    lines = ("\t".join(map(str, each)) + "\n" for each in table.itertuples(index=False, name=None))
    write_bytes(path, "".join(lines).encode())


def write_sites_tsv(path: Path | str, sites: "pd.DataFrame") -> None:
    """Write the table of sites in the order given, gzip-compressed where the path ends in .gz.

    ``sites`` must have the columns ``SITE_COLUMNS``.
    """
    _check_columns(sites)
    table = sites[list(SITE_COLUMNS)].astype(dict.fromkeys(_WHOLE, "Int64"))
    text = table_text(table).encode()
    write_bytes(path, gzip.compress(text, mtime=0) if str(path).endswith(".gz") else text)


def read_sites_tsv(path: Path | str) -> "pd.DataFrame":
    """Table of sites as ``write_sites_tsv`` left it: text columns, whole numbers as Int64, score as float.

    Raises ``InputError`` where it is missing, damaged or lacks columns.
    """
    import pandas as pd

    types = dict.fromkeys(SITE_COLUMNS, "str") | dict.fromkeys(_WHOLE, "Int64") | dict.fromkeys(_REAL, "float64")
    table = table_read(path, types, (*_WHOLE, _REAL[1]), "sites")
    if "beyond_end" not in table.columns:
        table["beyond_end"] = pd.array([pd.NA] * len(table), dtype="Int64")
    if "prediction_without" not in table.columns:
        table["prediction_without"] = np.nan
    missing = [column for column in SITE_COLUMNS if column not in table.columns]
    if missing:
        raise input_error(f"the table of sites lacks the columns {', '.join(missing)}", path, 1)
    return table


def table_text(table: "pd.DataFrame") -> str:
    """Cells between tabs, numbers to six digits; text and names of columns as `sparling.names.cell` has them."""
    written = each_text(table, cell).rename(columns=cell)
    text: str = written.to_csv(
        sep="\t",
        index=False,
        na_rep="",
        float_format="%.6g",
        lineterminator="\n",
        quoting=csv.QUOTE_NONE,
    )
    return text


def table_read(path: Path | str, types: Mapping[str, str], empty: Sequence[str], what: str) -> "pd.DataFrame":
    """What `table_text` wrote, columns of these ``types``; an empty cell of ``empty`` columns is missing.

    Raises ``InputError`` where the file is missing or damaged.
    """
    import pandas as pd  # a fifth of a second, and of no use before a model is trained

    try:
        table = pd.read_csv(
            path,
            sep="\t",
            dtype=dict(types),
            keep_default_na=False,
            na_values={column: [""] for column in empty},
            quoting=csv.QUOTE_NONE,
        )
    except (OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise input_error(f"cannot read the table of {what} ({str(error).splitlines()[0]})", path) from error
    return each_text(table, text_of).rename(columns=text_of)


def each_text(table: "pd.DataFrame", of: Callable[[str], str]) -> "pd.DataFrame":
    """The table with ``of`` each text in its place; each is looked at once, however often it is there."""
    changed = {}
    for column in table.columns:
        if table[column].dtype.kind == "O":
            told = {each: of(each) for each in table[column].unique() if isinstance(each, str)}
            if any(before != after for before, after in told.items()):
                changed[column] = [told.get(each, each) for each in table[column]]
    return table.assign(**changed)


def _check_columns(sites: "pd.DataFrame") -> None:
    missing = [column for column in SITE_COLUMNS if column not in sites.columns]
    if missing:
        raise ValueError(f"sites must have the columns {', '.join(SITE_COLUMNS)}; {', '.join(missing)} missing")


def _parse_row(record: dict[str, str], path: Path | str, line: int) -> MotifRow:
    def number(column: str) -> float:
        try:
            return float(record[column])
        except ValueError:
            raise input_error(f"column {column} must be a number; got {record[column]!r}", path, line) from None

    def whole(column: str) -> int:
        value = number(column)
        if not value.is_integer():
            raise input_error(f"column {column} must be a whole number; got {record[column]!r}", path, line)
        return int(value)

    def optional(column: str) -> float | None:
        return number(column) if record.get(column) else None

    try:
        channels = tuple(int(channel) for channel in record["channels"].split(",") if channel)
    except ValueError:
        got = record["channels"]
        raise input_error(f"column channels must be whole numbers between commas; got {got!r}", path, line) from None
    row = MotifRow(
        motif_id=record["motif_id"],
        consensus=record["consensus"],
        width=whole("width"),
        n_sites=whole("n_sites"),
        bound_fraction=None,
        auroc=None,
        best_match=record["best_match"],
        match_name=record["match_name"],
        information_bits=number("information_bits"),
        channels=channels,
        match_strand=record.get("match_strand", ""),
        palindromic=record.get("palindromic") == "true",
        started_from=record.get("started_from", ""),
        label=record.get("label", ""),
        family=record.get("family", ""),
        family_members=tuple(name for name in (record.get("family_members") or "").split(",") if name),
        family_size=whole("family_size") if record.get("family_size") else None,
        match_taxon=record.get("match_taxon", ""),
    )
    numbers: dict[str, Any] = {name: optional(name) for name in _OPTIONAL}
    row = replace(row, **numbers)
    if not all(record.get(column) for column in Carriers._fields):
        return row
    return row.with_carriers(Carriers(*(whole(column) for column in Carriers._fields)))
