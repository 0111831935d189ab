"""What a run predicts of sequences, and what each of its motifs contributes to it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling.names import table_row
from sparling.networks.readout import contributions
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.targets import Column
from sparling_genomics.files.bed import Region
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.letters.words import pair_shares
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.network.motif_network import readout_of
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.tasks.binary import fitting_batch

BOUND = Column("bound", "label", 0.5, 1.0)
"""What a run without columns predicts."""
PLACE = ("chrom", "start", "end", "strand")
"""Columns that say where a sequence lies on the genome."""


@dataclass(frozen=True, eq=False, repr=False)
class Predictions:
    """What n sequences get of one output, taken apart: ``output`` = ``empty`` + the sum of ``motifs`` over M.

    ``output``: the logit of being bound, or of a label; of a value the value itself, in its own unit, and so are the
    parts. ``empty`` (n,): that of a sequence in which the network marks nothing; of a value with what its pairs of
    letters say (`data.targets.Column.pairs`). ``motifs`` (n, M): what the marks of each motif add to it
    (`sparling.networks.readout.contributions`); where one motif alone has marks, what the output loses without them. A
    run without a motif has no M, and its channels, of which none holds, are all in ``empty``.
    """

    column: Column
    output: NDArray[np.float64]
    empty: NDArray[np.float64]
    motifs: NDArray[np.float64]

    @property
    def probability(self) -> NDArray[np.float64]:
        """Of being bound, or of the label, were sequences with it and without equally many: (n,)."""
        return np.asarray(scipy.special.expit(self.output))

    @property
    def prediction(self) -> NDArray[np.float64]:
        """What a user asks for: the probability of a label, the value itself: (n,)."""
        return self.probability if self.column.kind == "label" else self.output


def predict(run: StoredRun, data: SequenceDataset) -> tuple[Predictions, ...]:
    """What the run says of each sequence of ``data``: one for each of its labels or values; one alone of "bound"."""
    found, _ = run.find(data, 2 * fitting_batch(data.lengths))
    return of_map(run, found, data)


def of_map(run: StoredRun, found: Activations, data: SequenceDataset) -> tuple[Predictions, ...]:
    """What the run says of sequences with these activations, all that its network has there; one an output.

    Of ``data`` pairs of letters alone are looked at.

    The readout works in float64 on them, so that equal maps give equal outputs and small differences are kept.
    """
    features = map_features(found, len(data), run.network.channels)
    empty, parts = (part.cpu().numpy() for part in contributions(readout_of(run.model).layers(), features))
    shares = pair_shares(data.codes, data.offsets, both_strands=data.alphabet.double_stranded)
    return tuple(
        _in_its_unit(column, empty[i] + np.zeros(len(data)), parts[:, i], column.by_letters(shares), bool(run.pwms))
        for i, column in enumerate(run.columns or (BOUND,))
    )


def _in_its_unit(
    column: Column,
    empty: NDArray[np.float64],
    channels: NDArray[np.float64],
    by_letters: NDArray[np.float64],
    has_motifs: bool,
) -> Predictions:
    """Of one output: ``empty`` (n,) and ``channels`` (n, C), in logits or standard deviations."""
    if column.kind == "value":
        empty, channels = empty * column.scale + column.mean + by_letters, channels * column.scale
    whole = channels.sum(1)
    if has_motifs:
        return Predictions(column, empty + whole, empty, channels)
    return Predictions(column, empty + whole, empty + whole, channels[:, :0])


def headings(run: StoredRun) -> list[str]:
    """Names of the numbers of `numbers`, in order.

    Of "bound" probability, logit, empty, and a motif each. Of several labels or values first a column each, what is
    predicted; then for each of them LABEL.logit (not of values), LABEL.empty, and a motif each, LABEL.M1 and so on.
    """
    motifs = [pwm.name for pwm in run.pwms]
    if not run.columns:
        return ["probability", "logit", "empty", *motifs]
    parts = {"label": ["logit", "empty", *motifs], "value": ["empty", *motifs]}
    detailed = [f"{column.name}.{part}" for column in run.columns for part in parts[column.kind]]
    return [*(column.name for column in run.columns), *detailed]


def numbers(said: Sequence[Predictions]) -> NDArray[np.float64]:
    """What is predicted, and its parts: a row a sequence, columns as in `headings`."""
    columns = [each.prediction for each in said]
    for each in said:
        columns += [each.output] * (each.column.kind == "label") + [each.empty, *each.motifs.T]
    return np.column_stack(columns)


def prediction_lines(run: StoredRun, parts: Iterable[SequenceDataset], on_genome: bool = False) -> Iterator[str]:
    """A table of tab-separated lines, its header first: a line a sequence of ``parts``, in their order.

    Columns: sequence; ``on_genome`` chrom, start, end, strand; sites, how many it has of all motifs; then `headings`.
    What each motif adds sums up: logit, or value = empty + M1 + M2 + …. Of an empty sequence the numbers are empty.
    """
    ahead = iter(parts)
    first = next(ahead, None)  # a fault of the file is raised before the first line
    columns = headings(run)
    yield table_row(["sequence", *(PLACE if on_genome else ()), "sites", *columns])
    blank: list[str | int | float] = [""] * (1 + len(columns))
    for part in () if first is None else chain([first], ahead):
        filled = np.flatnonzero(part.lengths > 0)
        cells: list[list[str | int | float]] = [blank] * len(part)
        if len(filled):
            data = part.subset(filled)
            found, _ = run.find(data, 2 * fitting_batch(data.lengths))
            sites = np.zeros(len(data), dtype=np.int64)
            for motif in run.placed(found):
                np.add.at(sites, motif.sites.sequence, 1)
            rows = numbers(of_map(run, found, data))
            for index, count, values in zip(filled.tolist(), sites.tolist(), rows.tolist(), strict=True):
                cells[index] = [count, *values]
        for name, interval, own in zip(part.names, part.intervals, cells, strict=True):
            yield table_row([name, *(_place(interval) if on_genome else []), *own])


def size_for(run: StoredRun, regions: Sequence[Region], asked: int | None = None) -> int | None:
    """bp to read of each of other regions, as the run did of its own; None: the regions as they are.

    What is ``asked``, else the run's own ``size``, else around summits as many as the run's sequences have (median).
    """
    if asked is not None or run.config.size is not None:
        return asked or run.config.size
    return run.typical_length if any(region.summit is not None for region in regions) else None


def _place(interval: Interval | None) -> list[str]:
    if interval is None:
        return [""] * len(PLACE)
    return [interval.chrom, str(interval.start), str(interval.end), interval.strand]
