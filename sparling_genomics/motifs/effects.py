"""What each motif does: to the prediction, on held-out sequences, and where it lies in them.

Effect and necessity silence one channel of the map and ask the readout again (SPARLING, arXiv 2302.01976, causal
checks), on bound sequences of the test side. The enrichment is that of validation and test sides, on which motifs were
also chosen. Centrality, which needs numbers, is that of bound sequences of all sides: nothing was fitted to where a
motif lies in its sequence.
"""

from collections.abc import Sequence

import numpy as np
import scipy
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.files.rows import Effect
from sparling_genomics.motifs.evidence import enrichment
from sparling_genomics.motifs.motif import Motif


def effects(
    data: SequenceDataset,
    motifs: Sequence[Motif],
    readout: MonotoneReadout | PooledReadout,
    features: Tensor,
    listed_from: NDArray[np.float64],
    tested: int,
) -> list[Effect]:
    """What each of ``motifs`` does; motif i is channel i of ``features`` (n, 2C). ``tested`` motifs were looked at.

    Sequences whose strongest activation of a channel is above its ``listed_from`` (C,) have a site.
    """
    found = []
    asked = (data.split == TEST) & (data.labels == 1)
    for channel, motif in enumerate(motifs):
        rise, lost = _rise_and_loss(readout, features[asked], channel, float(listed_from[channel]))
        p = enrichment(data, motif)
        place, central_p = centrality(data, motif)
        found.append(Effect(rise, lost, p, p * tested, place, central_p))
    return found


@torch.no_grad()
def silenced(readout: MonotoneReadout | PooledReadout, features: Tensor, channel: int) -> tuple[Tensor, Tensor]:
    """Logits of maps with these features (n, 2C), and of the same maps with one channel silenced: (n,) each."""
    x = features.to(next(readout.parameters()).device)
    silent = x.clone()
    silent[:, [channel, channel + x.shape[1] // 2]] = 0.0
    return readout.of_pooled(x)[:, 0], readout.of_pooled(silent)[:, 0]


def _rise_and_loss(
    readout: MonotoneReadout | PooledReadout, features: Tensor, channel: int, listed_from: float
) -> tuple[float | None, float | None]:
    """Mean rise of the probability by the channel where it has a site, and positive predictions lost without it."""
    with_site = features[features[:, channel] > listed_from]
    if not len(with_site):
        return None, None
    before, after = silenced(readout, with_site, channel)
    positive = before > 0
    lost = float((after[positive] <= 0).float().mean()) if positive.any() else None
    return float((before.sigmoid() - after.sigmoid()).mean()), lost


def centrality(data: SequenceDataset, motif: Motif) -> tuple[float | None, float | None]:
    """Mean distance from the middle, of a site's possible places 0 to 1, and its one-sided P (normal approximation)."""
    start, end = motif.intervals(data)
    length = data.lengths[motif.sites.sequence]
    free = length - (end - start)
    counted = (data.labels[motif.sites.sequence] == 1) & (free > 0)
    if not counted.any():
        return None, None
    start, free = start[counted], free[counted]
    distance = np.abs(2 * start - free) / free
    mean = np.where(free % 2 == 0, (free + 2) / (2 * (free + 1)), (free + 1) / (2 * free))  # of places 0 … free
    square = (free + 2) / (3 * free)
    variance = float((square - mean**2).sum())
    p = float(scipy.stats.norm.cdf((distance - mean).sum() / np.sqrt(variance))) if variance > 0 else None
    return float(distance.mean()), p
