"""What each motif does: to the prediction, on the test side, and where it lies in its sequences.

Effect and necessity silence one channel of the map and ask the readout again (SPARLING, arXiv 2302.01976, causal
checks), on bound sequences of the test side; the enrichment is that of the same side. Centrality, which needs numbers,
is that of bound sequences of all sides: nothing was fitted to where a motif lies in its sequence.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.files.rows import Effect
from sparling_genomics.motifs.evidence import evidence
from sparling_genomics.motifs.motif import Motif

CLASS_CUT = 0.0
"""Logit of the predicted class: the readout is fitted with bound and unbound weighing alike, so there they balance."""


class Silencing(NamedTuple):
    """What goes with one channel, in bound test sequences with a site of it; None where there is none."""

    effect: float | None
    """Mean rise of the predicted probability of being bound by the channel."""
    logit_change: float | None
    """Mean change of the logit without it."""
    necessity: float | None
    """Of those predicted bound (logit above `CLASS_CUT`) the share that is not any more without it."""
    predicted: int
    """Those predicted bound."""


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
    for channel, motif in enumerate(motifs):
        silent = silencing(data, readout, features, channel, float(listed_from[channel]))
        p = evidence(data, motif.sites, TEST).p
        place, central_p = centrality(data, motif)
        found.append(Effect(silent.effect, silent.necessity, p, p * tested, place, central_p))
    return found


def silencing(
    data: SequenceDataset,
    readout: MonotoneReadout | PooledReadout,
    features: Tensor,
    channel: int,
    listed_from: float,
) -> Silencing:
    """What the readout says of the bound test sequences of ``data`` with and without one channel of ``features``.

    ``features`` (n, 2C) of all sequences; those whose strongest activation is above ``listed_from`` have a site.
    """
    asked = torch.from_numpy((data.split == TEST) & (data.labels == 1)).to(features.device)
    with_site = features[asked & (features[:, channel] > listed_from)]
    if not len(with_site):
        return Silencing(None, None, None, 0)
    before, after = (logits[:, 0] for logits in silenced(readout, with_site, channel))
    positive = before > CLASS_CUT
    lost = float((after[positive] <= CLASS_CUT).double().mean()) if positive.any() else None
    rise = float((before.sigmoid() - after.sigmoid()).mean())
    return Silencing(rise, float((after - before).mean()), lost, int(positive.sum()))


@torch.no_grad()
def silenced(readout: MonotoneReadout | PooledReadout, features: Tensor, channel: int) -> tuple[Tensor, Tensor]:
    """Outputs for maps with these features (n, 2C), and for the same maps with one channel silenced: (n, T) each."""
    x = features.to(next(readout.parameters()).device)
    silent = x.clone()
    silent[:, [channel, channel + x.shape[1] // 2]] = 0.0
    return readout.of_pooled(x), readout.of_pooled(silent)


@torch.no_grad()
def outputs(readout: MonotoneReadout | PooledReadout, features: Tensor) -> NDArray[np.float64]:
    """What the readout says of maps with these features (n, 2C): (n, T)."""
    said = readout.of_pooled(features.to(next(readout.parameters()).device))
    return np.asarray(said.double().cpu().numpy())


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
