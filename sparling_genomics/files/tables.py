"""Tables of a run: motifs.tsv, pairs.tsv, sites.bed and others, written and read back.

The same content gives the same bytes: no times, no file names inside the gzip header, numbers to six digits.
"""

import csv
import gzip
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparling.training.checkpoint import write_bytes
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
    lines = ["\t".join(SPACING_COLUMNS)]
    for pair in pairs:
        of = f"{pair.motif_a}\t{pair.motif_b}\t"
        lines += [of + "\t".join(_cell(value) for value in spacing) for spacing in pair.spacings]
    text = "".join(line + "\n" for line in lines)
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
            a, b, gap, order, observed, expected = line.split("\t")
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
            motif, label, effect, sequences, *shares, p, e = line.split("\t")
            with_site, without = (float(cell) if cell else None for cell in shares)
            numbers = (float(effect) if effect else None, int(sequences), with_site, without, float(p), float(e))
            rows.append(LabelEffect(motif, label, *numbers))
        except ValueError:
            raise input_error("expected a motif, a label and six numbers", path, number) from None
    return rows


def write_table(path: Path | str, columns: Sequence[str], rows: Sequence[object]) -> None:
    """Write these attributes of each of ``rows``, a line each, under a line of their names."""
    lines = ["\t".join(columns)]
    lines += ["\t".join(_cell(getattr(row, column)) for column in columns) for row in rows]
    write_bytes(path, "".join(line + "\n" for line in lines).encode())


def read_pairs_tsv(path: Path | str) -> list[dict[str, str]]:
    """Rows of a pairs.tsv as text; columns of `LATER_PAIR_COLUMNS` may be absent.

    Raises ``InputError`` where the file or another column is missing.
    """
    reader = csv.DictReader([line for _, line in numbered_lines(path)], delimiter="\t", quoting=csv.QUOTE_NONE)
    needed = [column for column in PAIR_COLUMNS if column not in LATER_PAIR_COLUMNS]
    missing = [column for column in needed if column not in (reader.fieldnames or ())]
    if missing:
        raise input_error(f"the table of pairs lacks the columns {', '.join(missing)}", path, 1)
    return list(reader)


def read_motifs_tsv(path: Path | str) -> list[MotifRow]:
    """Rows of a motifs.tsv; columns that are not ours are ignored, those of `LATER_COLUMNS` may be absent.

    Raises ``InputError`` with path and line where the file or a column is missing or a number is none.
    """
    lines = [line for _, line in numbered_lines(path)]
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    needed = [column for column in MOTIF_COLUMNS if column not in LATER_COLUMNS]
    missing = [column for column in needed if column not in (reader.fieldnames or ())]
    if missing:
        raise input_error(f"the table of motifs lacks the columns {', '.join(missing)}", path, 1)
    return [_parse_row(record, path, reader.line_num) for record in reader]


def write_sites_bed(path: Path | str, sites: "pd.DataFrame", names: Mapping[str, str] | None = None) -> None:
    """Write BED6 of the sites in bound sequences, sorted by name of the chromosome, start and end.

    A site without genomic coordinates is given in those of its sequence. One that is cut off by an end of its sequence
    is shorter than its motif. Column 4 is the motif's name in ``names``, else its id, column 5 the score, in the digits
    of `write_sites_tsv`, as a share of the motif's highest, 0 to 1000. Names stand as they are, without quotes.
    ``sites`` must have the columns ``SITE_COLUMNS``.
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
    table = table.sort_values(["chrom", "start", "end", "name", "strand"], kind="stable")
    write_bytes(path, _text(table, header=False).encode())


def write_sites_tsv(path: Path | str, sites: "pd.DataFrame") -> None:
    """Write the table of sites in the order given, gzip-compressed where the path ends in .gz.

    ``sites`` must have the columns ``SITE_COLUMNS``.
    """
    _check_columns(sites)
    table = sites[list(SITE_COLUMNS)].astype(dict.fromkeys(_WHOLE, "Int64"))
    text = _text(table, header=True).encode()
    write_bytes(path, gzip.compress(text, mtime=0) if str(path).endswith(".gz") else text)


def read_sites_tsv(path: Path | str) -> "pd.DataFrame":
    """Table of sites as ``write_sites_tsv`` left it: text columns, whole numbers as Int64, score as float.

    Raises ``InputError`` where it is missing, damaged or lacks columns.
    """
    import pandas as pd  # a fifth of a second, and of no use before a model is trained

    path = Path(path)
    types = dict.fromkeys(SITE_COLUMNS, "str") | dict.fromkeys(_WHOLE, "Int64") | dict.fromkeys(_REAL, "float64")
    try:
        table = pd.read_csv(
            path,
            sep="\t",
            dtype=types,
            keep_default_na=False,
            na_values={column: [""] for column in (*_WHOLE, _REAL[1])},
            quoting=csv.QUOTE_NONE,
        )
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise input_error(f"cannot read the table of sites ({str(error).splitlines()[0]})", path) from error
    if "beyond_end" not in table.columns:
        table["beyond_end"] = pd.array([pd.NA] * len(table), dtype="Int64")
    if "prediction_without" not in table.columns:
        table["prediction_without"] = np.nan
    missing = [column for column in SITE_COLUMNS if column not in table.columns]
    if missing:
        raise input_error(f"the table of sites lacks the columns {', '.join(missing)}", path, 1)
    return table


def _text(table: "pd.DataFrame", header: bool) -> str:
    """Cells between tabs as they are: no name holds a tab or a line end."""
    return table.to_csv(
        sep="\t",
        header=header,
        index=False,
        na_rep="",
        float_format="%.6g",
        lineterminator="\n",
        quoting=csv.QUOTE_NONE,
    )


def _check_columns(sites: "pd.DataFrame") -> None:
    missing = [column for column in SITE_COLUMNS if column not in sites.columns]
    if missing:
        raise ValueError(f"sites must have the columns {', '.join(SITE_COLUMNS)}; {', '.join(missing)} missing")


def _cell(value: str | int | float | Iterable[int] | None) -> str:
    """One cell of a table.

    >>> _cell(None), _cell(0.25), _cell(1 / 3), _cell((3, 5)), _cell(float("nan")), _cell(True)
    ('', '0.25', '0.333333', '3,5', '', 'true')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if isinstance(value, (str, int)) else ",".join(map(str, value))


def _parse_row(record: dict[str, str], path: Path | str, line: int) -> MotifRow:
    absent = sum(cell is None for cell in record.values())
    if absent:
        raise input_error(f"expected {len(record)} cells; got {len(record) - absent}", path, line)

    def number(column: str) -> float:
        try:
            return float(record[column])
        except ValueError:
            raise input_error(f"column {column} must be a number; got {record[column]!r}", path, line) from None

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
        width=int(number("width")),
        n_sites=int(number("n_sites")),
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
        family_size=int(number("family_size")) if record.get("family_size") else None,
        match_taxon=record.get("match_taxon", ""),
    )
    numbers: dict[str, Any] = {name: optional(name) for name in _OPTIONAL}
    row = replace(row, **numbers)
    if not all(record.get(column) for column in Carriers._fields):
        return row
    return row.with_carriers(Carriers(*(int(number(column)) for column in Carriers._fields)))
