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
from sparling_genomics.splicing.runs.reading import Channels, silenced_outputs
from sparling_genomics.splicing.task import SpliceTask, as_batch
from sparling_genomics.splicing.windows import Transcripts

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
    losses = np.zeros((len(motifs) + 1, len(data.lengths)))
    for own in task.windows(data):
        counted = own.labels != MASKED
        labels, genes = own.labels[counted], np.searchsorted(data.offsets, own.places[counted], side="right") - 1
        for lost, output in zip(losses, silenced_outputs(session, as_batch(own), [(), *motifs]), strict=True):
            found = task.cores(output).softmax(1).transpose(1, 2).cpu().numpy()[counted]
            np.add.at(lost, genes, -np.log(np.maximum(found[np.arange(len(labels)), labels], _LEAST)))
    return [need_of(own - losses[0]) for own in losses[1:]]


def need_of(gained: NDArray[np.float64]) -> Need:
    """Of what each gene gains in loss (n,); with fewer than two genes, or where all gain alike, z is 0.

    >>> need_of(np.array([1.0, 2.0, 3.0]))
    Need(loss=2.0, z=3.46)
    """
    error = float(gained.std(ddof=1) / np.sqrt(len(gained))) if len(gained) > 1 else 0.0
    mean = float(gained.mean()) if len(gained) else 0.0
    return Need(mean, round(mean / error, 2) if error > 0 else 0.0)
