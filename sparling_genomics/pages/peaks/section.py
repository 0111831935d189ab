"""The section of the report in which bound sequences are looked at one by one: its data, its script, its first rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

from sparling.pages import Script, json_text, sealed_script
from sparling_genomics.data.splits import SPLIT_NAMES
from sparling_genomics.files.rows import MotifRow
from sparling_genomics.letters.intervals import STRANDS
from sparling_genomics.naming.names import called, site_names
from sparling_genomics.pages.peaks.packed import packed, packed_letters
from sparling_genomics.pages.peaks.shown import Said, Shown
from sparling_genomics.pages.tracks import Box, tracks_chart

STEPS = 65_535
"""Numbers between the lowest and the highest prediction on the page."""
WITHOUT_SCRIPT = 12
"""Rows that are drawn in the page itself."""


SCRIPT = ("data", "drawing", "list", "choice")
"""The parts of the script, in the order in which they stand: each uses those before it."""


class PeakSection(NamedTuple):
    """What ``peaks/section.html.j2`` shows."""

    data: Markup
    """JSON, to stand in a script element of another type."""
    script: Script
    picture: Markup
    """A few sequences, for those who run no script."""
    rows: int
    total: int
    """Bound sequences of the run, of which ``rows`` are on the page."""
    called: list[tuple[str, str]]
    """Id of each motif, and what it is called in the form: its family, or its letters."""
    has_places: bool
    """Whether any lies on a genome."""


def peak_section(shown: Shown, motifs: Sequence[MotifRow]) -> PeakSection:
    """The section of these sequences."""
    return PeakSection(
        data=json_text(content(shown, motifs)),
        script=sealed_script("sparling_genomics.pages", *(f"peaks/{name}.js" for name in SCRIPT)),
        picture=_picture(shown),
        rows=len(shown.peaks),
        total=shown.total,
        called=[(row.motif_id, f"{row.motif_id} {called(row)}") for row in motifs],
        has_places=bool((shown.peaks["chrom"] != "").any()),
    )


def content(shown: Shown, motifs: Sequence[MotifRow]) -> dict[str, object]:
    """What the script reads; columns as `packed`.

    ``names`` are empty where they are the place. ``bed``: column 4 of sites.bed. ``count`` is the number of sites of
    each sequence, the columns ``site_…`` are those of all of them in turn: ``site_share`` in thousandths of its motif's
    ``highest`` score, ``site_without`` the prediction without it on the scale of its motif's ``column``. ``chrom`` is 0
    where a sequence has no place, else one more than its name's place in ``chroms``; ``strand`` 0 +, 1 -, 2 none.
    """
    peaks, sites = shown.peaks, shown.sites
    chroms = [name for name in peaks["chrom"].drop_duplicates() if name]
    placed = {name: i + 1 for i, name in enumerate(chroms)}
    own = np.array([shown.column[motif] for motif in sites["motif"]], dtype=np.int64)
    without = sites["prediction_without"].to_numpy(dtype=np.float64)
    scaled = np.zeros(len(sites), dtype=np.int64)
    for i, each in enumerate(shown.predicted):
        scaled[own == i] = steps(without[own == i], each)
    columns: dict[str, ArrayLike] = {
        "length": peaks["length"],
        "split": peaks["split"].map({name: i for i, name in enumerate(SPLIT_NAMES)}),
        "count": np.bincount(sites["row"], minlength=len(peaks)),
        "site_motif": sites["motif"],
        "site_start": sites["start"],
        "site_length": sites["end"] - sites["start"],
        "site_strand": (sites["strand"] == "-").astype(int),
        "site_share": sites["share"],
        "site_without": scaled,
    }
    if chroms:
        columns["chrom"] = peaks["chrom"].map(placed).fillna(0)
        columns["start"] = peaks["start"].fillna(0)
        columns["strand"] = peaks["strand"].map({name: i for i, name in enumerate(STRANDS)}).fillna(2)
    names = site_names(motifs)
    return {
        "motifs": [
            {
                "id": row.motif_id,
                "name": called(row),
                "bed": names[row.motif_id],
                "highest": round(highest, 4),
                "column": column,
            }
            for row, highest, column in zip(motifs, shown.highest, shown.column, strict=True)
        ],
        "predicted": [
            each._asdict() | {"values": packed(steps(shown.predictions(i), each))}
            for i, each in enumerate(shown.predicted)
        ],
        "splits": list(SPLIT_NAMES),
        "names": _names(peaks),
        "chroms": chroms,
        "alphabet": shown.letters,
        "letters": packed_letters(shown.codes),
        "columns": {name: packed(column) for name, column in columns.items()},
    }


def _names(peaks: pd.DataFrame) -> list[str]:
    """Names, empty where they are their own place, as chr1:100-200 or chr1:100-200(+): the page makes these."""
    place = peaks["chrom"] + ":" + peaks["start"].astype(str) + "-" + peaks["end"].astype(str)
    place += ("(" + peaks["strand"] + ")").where(peaks["strand"] != ".", "")
    return peaks["sequence"].where(peaks["sequence"] != place, "").tolist()


def steps(values: NDArray[np.float64], said: Said) -> NDArray[np.int64]:
    """Numbers from 0 to `STEPS` for values between the lowest and the highest.

    >>> steps(np.array([0.0, 0.5, 1.0]), Said("", "label", 0.0, 1.0)).tolist()
    [0, 32768, 65535]
    """
    span = said.high - said.low
    shares = (np.nan_to_num(values, nan=said.low) - said.low) / (span or 1.0)
    return np.asarray(np.rint(shares.clip(0, 1) * STEPS), dtype=np.int64)


def _picture(shown: Shown) -> Markup:
    """Sequences from the highest prediction to the lowest, in even steps."""
    order = np.argsort(-shown.predictions(0), kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(WITHOUT_SCRIPT, len(order))).round().astype(int)]
    rows = []
    for row in chosen.tolist():
        own = shown.sites[shown.sites["row"] == row]
        places = zip(own["start"], own["end"], own["strand"], own["motif"], strict=True)
        boxes = [Box(int(start), int(end), strand, motif) for start, end, strand, motif in places]
        rows.append((str(shown.peaks["sequence"][row]), boxes, int(shown.peaks["length"][row])))
    return tracks_chart(rows, "nt" if "U" in shown.letters else "bp")
