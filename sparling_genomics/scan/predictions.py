"""What a run predicts of sequences, and what each of its motifs contributes to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from sparling.networks.readout import contributions
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.motifs.effects import outputs
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.network.motif_network import readout_of
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.tasks.binary import fitting_batch

PLACE = ("chrom", "start", "end", "strand")
"""Columns that say where a sequence lies on the genome."""


@dataclass(frozen=True, eq=False, repr=False)
class Predictions:
    """The logits of n sequences, taken apart: ``logit`` = ``empty`` + the sum of ``motifs`` over M.

    ``empty``: the logit of a sequence in which the network marks nothing. ``motifs`` (n, M): what the marks of each
    motif add to it (`sparling.networks.readout.contributions`); where one motif alone has marks, what the logit loses
    without them. A run without a motif has no M, and its channels, of which none holds, are all in ``empty``, which is
    (n,) for that.
    """

    logit: NDArray[np.float64]
    empty: NDArray[np.float64]
    motifs: NDArray[np.float64]

    @property
    def probability(self) -> NDArray[np.float64]:
        """Of being bound, were bound and unbound sequences equally many: (n,)."""
        return np.asarray(scipy.special.expit(self.logit))


def predict(run: StoredRun, data: SequenceDataset) -> Predictions:
    """What the run says of each sequence of ``data``."""
    found, _ = run.find(data, 2 * fitting_batch(data.lengths))
    return of_map(run, found, len(data))


def predict_columns(run: StoredRun, data: SequenceDataset) -> pd.DataFrame:
    """Of a run of several labels or values: probability of each label, and each value, a column each; a row each.

    Probabilities are those where either label is as common.
    """
    found, _ = run.find(data, 2 * fitting_batch(data.lengths))
    said = outputs(readout_of(run.model), map_features(found, len(data), run.network.channels))
    return pd.DataFrame(
        {
            column.name: scipy.special.expit(own) if column.kind == "label" else own * column.scale + column.mean
            for column, own in zip(run.columns, said.T, strict=True)
        },
        index=pd.Index(data.names, name="sequence"),
    )


def of_map(run: StoredRun, found: Activations, sequences: int) -> Predictions:
    """What the run says of sequences with these activations, all that its network has there.

    The readout works in float64 on them, so that equal maps give equal logits and small differences are kept. Raises
    ``InputError`` for a run of several labels or values (`predict_columns`).
    """
    run.check_bound("this prediction")
    features = map_features(found, sequences, run.network.channels)
    empty, parts = (part.cpu().numpy() for part in contributions(readout_of(run.model).layers(), features))
    motifs = parts[:, 0] if run.pwms else parts[:, 0, :0]
    others = np.zeros(sequences) if run.pwms else parts[:, 0].sum(1)
    return Predictions(empty[0] + parts[:, 0].sum(1), empty[0] + others, motifs)


def prediction_lines(run: StoredRun, parts: Iterable[SequenceDataset], on_genome: bool = False) -> Iterator[str]:
    """A table of tab-separated lines, its header first: a line a sequence of ``parts``, in their order.

    Columns: sequence; ``on_genome`` chrom, start, end, strand; sites, how many it has of all motifs; probability;
    logit; empty; a motif each, what it adds: logit = empty + M1 + M2 + …. Of an empty sequence the numbers are empty.
    """
    run.check_bound("this prediction")
    names = [pwm.name for pwm in run.pwms]
    ahead = iter(parts)
    first = next(ahead, None)  # a fault of the file is raised before the first line
    yield (
        "\t".join(["sequence", *(PLACE if on_genome else ()), "sites", "probability", "logit", "empty", *names]) + "\n"
    )
    blank = [""] * (4 + len(names))
    for part in () if first is None else chain([first], ahead):
        filled = np.flatnonzero(part.lengths > 0)
        cells: list[list[str]] = [blank] * len(part)
        if len(filled):
            data = part.subset(filled)
            found, _ = run.find(data, 2 * fitting_batch(data.lengths))
            sites = np.zeros(len(data), dtype=np.int64)
            for motif in run.placed(found):
                np.add.at(sites, motif.sites.sequence, 1)
            said = of_map(run, found, len(data))
            numbers = np.column_stack([said.probability, said.logit, said.empty, said.motifs])
            for index, count, row in zip(filled.tolist(), sites.tolist(), numbers.tolist(), strict=True):
                cells[index] = [str(count), *(f"{value:.6g}" for value in row)]
        for name, interval, own in zip(part.names, part.intervals, cells, strict=True):
            yield "\t".join([name, *(_place(interval) if on_genome else []), *own]) + "\n"


def _place(interval: Interval | None) -> list[str]:
    if interval is None:
        return [""] * len(PLACE)
    return [interval.chrom, str(interval.start), str(interval.end), interval.strand]
