"""The table of enriched matrices, a line each."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sparling.atomic import write_atomically
from sparling_genomics.files.tables import write_table


class EnrichedRow(NamedTuple):
    """One line of the table of enriched matrices; counts are of the half of the sequences that tests."""

    motif_id: str
    name: str
    """The matrix' second name, as that of a factor, else its first."""
    consensus: str
    p_value: float
    """Of as many bound sequences with a site, or more, by chance (one-sided Fisher exact test); 0 below 1e-308."""
    e_value: float
    """P times the matrices tested."""
    q_value: float
    """Benjamini-Hochberg false discovery rate."""
    log10_p: float
    auroc: float
    """Of the best site in each sequence, of both halves."""
    bound_share: float
    """Share of the bound sequences with a site."""
    unbound_share: float
    bound_with: int
    bound: int
    unbound_with: int
    unbound: int
    cut: float | None
    """Bits from which on a word is a site; None where at no cut bound sequences have more."""
    family: str
    """Id of the better matrix whose sites explain this one's, else its own; empty where E is 0.05 or more."""
    shared: float | None
    """Bound sequences with a site in the same place as that one's, as a share of those with a site beyond the unbound
    share; at most 1."""


def write_enriched_tsv(path: Path | str, rows: Sequence[EnrichedRow]) -> None:
    """Write one line a matrix, columns as `EnrichedRow` has fields; whole or not at all."""
    write_atomically(Path(path), lambda temporary: write_table(temporary, EnrichedRow._fields, rows))
