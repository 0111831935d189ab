"""Which motifs the network needs: what the validation side loses without each, gene by gene.

Under one threshold for all, a channel that helped early can go on marking what helps no longer, and takes marks from
the others. What it is worth is told by genes it was not trained on: their loss without it, less their loss with it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.training.session import Session
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.runs.reading import Channels, in_turn
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import Transcripts, cut, tiles

NEEDED = 3.0
"""Standard errors of its loss by which a motif is needed."""
_LEAST = 1e-9


class Need(NamedTuple):
    """Cross-entropy that a gene gains on average without a motif, in nat, and how many of its standard errors."""

    loss: float
    z: float

    @property
    def is_needed(self) -> bool:
        """Whether by more than chance would have it."""
        return self.z >= NEEDED


def needs(session: Session, task: SpliceTask, data: Transcripts, motifs: Sequence[Channels]) -> list[Need]:
    """What ``data``, which was not trained on, loses without each of these motifs."""
    starts = tiles(data, task.core)
    labels = cut(data, starts, task.core)[1].reshape(-1)
    places = (starts[:, None] + data.context + np.arange(task.core)).reshape(-1)
    counted = np.flatnonzero(labels != MASKED)
    genes = np.searchsorted(data.offsets, places[counted], side="right") - 1
    found = in_turn(session, task, data, [(), *motifs])
    whole, *without = (_losses(each, labels, counted, genes, len(data.offsets) - 1) for each in found)
    return [need_of(own - whole) for own in without]


def need_of(gained: NDArray[np.float64]) -> Need:
    """Of what each gene gains in loss (n,); with fewer than two genes, or where all gain alike, z is 0.

    >>> need_of(np.array([1.0, 2.0, 3.0]))
    Need(loss=2.0, z=3.46)
    """
    error = float(gained.std(ddof=1) / np.sqrt(len(gained))) if len(gained) > 1 else 0.0
    mean = float(gained.mean()) if len(gained) else 0.0
    return Need(mean, round(mean / error, 2) if error > 0 else 0.0)


def _losses(
    found: NDArray[np.float32],
    labels: NDArray[np.int8],
    counted: NDArray[np.int64],
    genes: NDArray[np.int64],
    number: int,
) -> NDArray[np.float64]:
    """Cross-entropy of each gene, summed over its positions: (genes,)."""
    lost = -np.log(np.maximum(found[labels[counted], counted], _LEAST))
    losses: NDArray[np.float64] = np.bincount(genes, lost, minlength=number).astype(np.float64)
    return losses
