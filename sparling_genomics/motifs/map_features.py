"""What the readout sees of a sparse map, from its activations alone; which of them are sites."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.model import SparlingModel
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.network.motif_network import sparsity_of


@dataclass(frozen=True, eq=False)
class Map:
    """The map of a network over n sequences: all its activations, what the readout sees and says of each sequence.

    ``features`` (n, 2C); ``logits`` (n,); ``from_score`` (C,) the score above which an activation of a channel is a
    site: 0, unless the network reads weaker marks as well.
    """

    activations: Activations
    features: Tensor
    logits: NDArray[np.float64]
    from_score: NDArray[np.float64]

    def sites(self, channel: int) -> Activations:
        """Those of one channel; their score is what they have above the cut."""
        own = self.activations.select(self.activations.channel == channel)
        above = own.score - self.from_score[channel]
        return replace(own, score=above).select(above > 0)


def map_features(activations: Activations, sequences: int, channels: int) -> Tensor:
    """What `sparling.networks.readout.pooled` makes of the map with these activations: (sequences, 2C)."""
    largest, total = np.zeros((2, sequences, channels))
    np.maximum.at(largest, (activations.sequence, activations.channel), activations.score)
    np.add.at(total, (activations.sequence, activations.channel), activations.score)
    return torch.from_numpy(np.concatenate([largest, np.log1p(total)], axis=1)).float()


def site_scores(model: SparlingModel) -> NDArray[np.float64]:
    """The score above which an activation of each channel is a site: (C,)."""
    layer = sparsity_of(model)
    return np.asarray((layer.cuts - layer.threshold).clamp_min(0.0).double().cpu().numpy())
