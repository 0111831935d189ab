"""What the peak browser shows, read from a run folder: bound sequences with their sites and predictions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sparling_genomics.files.rows import MotifRow
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import Codes, encode
from sparling_genomics.peaks.table import BOUND_FASTA, PEAKS, PREDICTION, read_bound_fasta, read_peaks_tsv

MOST_SEQUENCES, MOST_LETTERS = 50_000, 10_000_000
"""On one page; of more every second, third, … sequence is shown, in order of prediction."""
MOST_COLUMNS = 12
"""Labels or values whose prediction is on the page; the others are in peaks.tsv."""


class Said(NamedTuple):
    """A label or value that is predicted, and the range that its numbers have on the page."""

    name: str
    """Empty for a run of bound and unbound sequences."""
    kind: str
    """ "label" or "value"."""
    low: float
    high: float


@dataclass(frozen=True, eq=False, repr=False)
class Shown:
    """n bound sequences in the order of the input, of ``total``; s sites in order of sequence and start.

    Of ``peaks`` (n rows) the columns of peaks.tsv; of ``sites`` (s rows) those of sites.tsv.gz, and ``row`` and
    ``motif``, both numbers, and ``share`` of the motif's highest score, in thousandths as in sites.bed. ``codes`` the
    letters of all, joined.
    """

    peaks: pd.DataFrame
    sites: pd.DataFrame
    codes: Codes
    predicted: tuple[Said, ...]
    column: list[int]
    """Of each motif, the place among ``predicted``; -1 where it is none of them."""
    highest: list[float]
    """Score of each motif's strongest site in a sequence that is bound in its label, as in sites.bed; 0 without one."""
    letters: str
    total: int

    def predictions(self, number: int) -> NDArray[np.float64]:
        """Of one of ``predicted``: (n,)."""
        name = self.predicted[number].name
        return self.peaks[f"{PREDICTION}.{name}" if name else PREDICTION].to_numpy(dtype=np.float64)


def read_shown(
    folder: Path, motifs: Sequence[MotifRow], sites: pd.DataFrame, columns: Sequence[dict[str, Any]]
) -> Shown | None:
    """What is shown of a run with ``motifs``, ``sites`` and ``columns`` of run.json; None without peaks.tsv.

    Raises ``InputError`` where peaks.tsv or bound.fa.gz is damaged, or they do not name the same sequences.
    """
    if not motifs or not (folder / PEAKS).exists():
        return None
    peaks, letters = read_peaks_tsv(folder / PEAKS), read_bound_fasta(folder / BOUND_FASTA)
    peaks = peaks[peaks["label"] == 1].reset_index(drop=True)
    total = len(peaks)
    strange = set(peaks["sequence"]) ^ letters.keys()
    if strange:
        raise input_error(f"{PEAKS} and {BOUND_FASTA} do not name the same sequences: {min(strange)!r}", folder / PEAKS)
    ids = [motif.motif_id for motif in motifs]
    own = sites[sites["motif_id"].isin(ids) & sites["sequence"].isin(set(letters))]
    own = own.assign(motif=own["motif_id"].map({name: i for i, name in enumerate(ids)}))
    if not total:
        return None
    predicted, column = _predicted(peaks, own, motifs, columns)
    peaks = _some(peaks, f"{PREDICTION}.{predicted[0].name}" if predicted[0].name else PREDICTION)
    bound = own[(own["label"] == 1).fillna(value=False)]
    highest = bound.groupby("motif_id")["score"].max().reindex(ids).fillna(0.0).tolist()
    own = own.assign(row=own["sequence"].map({name: i for i, name in enumerate(peaks["sequence"])}))
    own = own[own["row"].notna()].sort_values(["row", "start", "end", "motif"], kind="stable")
    top = own["motif"].map(dict(enumerate(highest)))
    share = np.rint((own["score"] / top.where(top > 0, 1.0)).clip(0, 1) * 1000)
    return Shown(
        peaks=peaks,
        sites=own.assign(share=share).astype({"row": int, "motif": int, "share": int}),
        codes=encode("".join(letters[name] for name in peaks["sequence"])),
        predicted=predicted,
        column=column,
        highest=highest,
        letters="ACGU" if any("U" in each for each in letters.values()) else "ACGT",
        total=total,
    )


def _is_of(label: str, column: str) -> bool:
    """Whether a motif's label ("CTCF", "not CTCF", "high level", "highest 9% of level") is of this column."""
    return label == column or label.endswith(f" {column}")


def _predicted(
    peaks: pd.DataFrame, sites: pd.DataFrame, motifs: Sequence[MotifRow], columns: Sequence[dict[str, Any]]
) -> tuple[tuple[Said, ...], list[int]]:
    """`Shown.predicted` and `Shown.column`."""
    if PREDICTION in peaks.columns:
        return (Said("", "label", 0.0, 1.0),), [0] * len(motifs)
    columns = columns[:MOST_COLUMNS]
    own = [next((i for i, each in enumerate(columns) if _is_of(motif.label, each["name"])), -1) for motif in motifs]
    found = []
    for i, each in enumerate(columns):
        low, high = 0.0, 1.0
        if each["kind"] == "value":
            without = sites.loc[sites["motif"].map(dict(enumerate(own))) == i, "prediction_without"]
            every = pd.concat([peaks[f"{PREDICTION}.{each['name']}"].astype(float), without])
            low, high = float(every.min()), float(every.max())
        found.append(Said(each["name"], each["kind"], low, high))
    return tuple(found), own


def _some(peaks: pd.DataFrame, by: str) -> pd.DataFrame:
    """All, or as many as a page holds, evenly spaced in order of prediction."""
    step = max(math.ceil(len(peaks) / MOST_SEQUENCES), math.ceil(int(peaks["length"].sum()) / MOST_LETTERS))
    if step <= 1:
        return peaks
    chosen = peaks[by].sort_values(ascending=False, kind="stable").index[::step]
    return peaks.loc[chosen.sort_values()].reset_index(drop=True)
