"""Where the sites of each motif lie in their sequences, in numbers and as charts."""

import math
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sparling_genomics.files.rows import MotifRow
from sparling_genomics.pages.charts import places_chart, spark_chart
from sparling_genomics.pages.parts.headline import central, words
from sparling_genomics.pages.parts.numbers import equals
from sparling_genomics.pages.run_files import Run

BINS = 31
"""At most, each of whole letters: narrower ones would be empty by turns."""


class Position(NamedTuple):
    """Of one motif: where its sites in bound sequences lie, in words, as a chart and as a small one."""

    text: str
    chart: Markup
    spark: Markup


def positions(run: Run) -> dict[str, Position]:
    """By motif; from the middle where all sequences have one length, else from their start. Empty without sites."""
    if not run.motifs or run.sites.empty:
        return {}
    unit, length = words(run).unit, run.equal_lengths
    middle = ((run.sites["start"] + run.sites["end"]) / 2).to_numpy(dtype=np.float64)
    if length is not None:
        middle = middle - length / 2
        edges, label = bins(length) - bins(length)[-1] / 2, f"{unit} from the centre"
    else:
        edges, label = bins(int(middle.max()) + 1), f"{unit} from the start"
    bound = (run.sites["label"] == 1).fillna(value=False).to_numpy(dtype=bool)
    names = run.sites["motif_id"].to_numpy()
    found = {}
    for row in run.motifs:
        own = names == row.motif_id
        in_bound, in_unbound = (_histogram(middle[own & side], edges) for side in (bound, ~bound))
        text = _text(run, row, middle[own & bound], unit)
        found[row.motif_id] = Position(
            text,
            places_chart(edges.tolist(), in_bound, in_unbound, f"{row.motif_id}, {label}", unit),
            spark_chart(edges.tolist(), in_bound, in_unbound, f"{row.motif_id}: {text}; {label}"),
        )
    return found


def bins(length: int) -> NDArray[np.float64]:
    """Edges of equal bins of whole letters, `BINS` at most, that hold 0 … ``length``.

    >>> bins(4), bins(70)[[1, -1]]
    (array([0., 1., 2., 3., 4.]), array([ 3., 72.]))
    """
    width = math.ceil(length / BINS)
    return np.arange(math.ceil(length / width) + 1, dtype=np.float64) * width


def _text(run: Run, row: MotifRow, middle: NDArray[np.float64], unit: str) -> str:
    if not len(middle):
        return "no site in bound sequences"
    if run.equal_lengths is None:
        return f"median {np.median(middle):.0f} {unit} from the start"
    half = f"half of them within {np.median(np.abs(middle)):.0f} {unit} of the centre"
    if row.central_p is None:
        return half
    return f"{half}; {'central' if central(run, row) else 'not central'}, {equals('P', row.central_p)}"


def _histogram(places: NDArray[np.float64], edges: NDArray[np.float64]) -> list[float]:
    counts: list[float] = np.histogram(places, bins=edges)[0].astype(float).tolist()
    return counts
