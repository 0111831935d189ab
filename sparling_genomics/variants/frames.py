"""What variants change, as tables of pandas."""

import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import Codes, encode
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.variants.alleles import compared
from sparling_genomics.variants.flow import Groups, scored
from sparling_genomics.variants.tables import SITE_COLUMNS, Row, header, site_lines, variant_columns, variant_line


class VariantTables(NamedTuple):
    """The tables that `sparling motifs variants` writes."""

    variants: pd.DataFrame
    """A row a variant and alternative allele, columns as `variant_columns` has them."""
    sites: pd.DataFrame
    """A row a site that is gained, lost or changed, columns `SITE_COLUMNS`."""


def variant_tables(run: StoredRun, groups: Groups) -> VariantTables:
    """What the run says of all variants of ``groups``, in order."""
    columns = variant_columns(run.columns, [pwm.name for pwm in run.pwms])
    lines, sites = [header(columns)], [header(SITE_COLUMNS)]
    told = set()
    for _, rows in scored(run, groups):
        for row, change in rows:
            lines.append(variant_line(row, change, columns))
            if change is not None and change not in told:
                told.add(change)
                sites += site_lines(change)
    return VariantTables(_frame(lines, columns), _frame(sites, SITE_COLUMNS))


def _frame(lines: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    text = dict.fromkeys(
        {"name", "chrom", "reference", "alternative", "haplotype", "gained", "lost", "changed", "motif"} & set(columns),
        "str",
    )
    return pd.read_csv(io.StringIO("".join(lines)), sep="\t", dtype=text)


def groups_of_pairs(pairs: Iterable[tuple[str, str, str]]) -> Groups:
    """Pairs of (name, reference, alternative) in letters. Raises ``InputError`` for what is no sequence."""
    for name, reference, alternative in pairs:
        codes = [_codes(name, letters) for letters in (reference, alternative)]
        yield None, [Row.of_pair(compared(name, *codes))]


def _codes(name: str, letters: str) -> Codes:
    try:
        codes = encode(letters)
    except ValueError as error:
        raise InputError(f"alleles {name!r}: {error}") from error
    if not len(codes):
        raise InputError(f"alleles {name!r}: a sequence is empty")
    return codes
