"""What the readout sees of a sparse map, from its activations alone; which of them are sites."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.model import SparlingModel
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.network.motif_network import readout_of, sparsity_of


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
        """Those of one channel."""
        a = self.activations
        return a.select((a.channel == channel) & (a.score > self.from_score[channel]))


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


@torch.no_grad()
def silenced(model: SparlingModel, features: Tensor, channel: int) -> tuple[Tensor, Tensor]:
    """Logits of maps with these features (n, 2C), and of the same maps with one channel silenced: (n,) each."""
    readout = readout_of(model)
    x = features.to(next(readout.parameters()).device)
    silent = x.clone()
    silent[:, [channel, channel + x.shape[1] // 2]] = 0.0
    return readout.of_pooled(x)[:, 0], readout.of_pooled(silent)[:, 0]
