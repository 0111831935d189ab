"""The network of windows: a local model of 21 nt on the forward strand, one shared threshold, a readout of places."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling_genomics.splicing.decoys.reading import KINDS

BINS = ((24, 1), (30, 3), (96, 8))
"""From a site outwards: so many nt in bins of so many nt; beyond these all as the last."""


@dataclass(frozen=True)
class WindowNetwork:
    """What the network of windows of ``2 reach`` letters is made of."""

    reach: int = 150
    channels: int = 16
    width: int = 32
    units: int = 3
    stem: int = 9
    hidden: int = 64
    inhibition: int = 0

    @property
    def half(self) -> int:
        """Letters to either side of a mark that it depends on."""
        return self.stem // 2 + 2 * self.units


def bin_edges(reach: int) -> list[int]:
    """Where bins of places begin, and where the last ends, in windows of 2 ``reach`` letters.

    >>> bin_edges(26), len(bin_edges(150)) - 1
    ([0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, ...], 92)
    """
    edges = [0]
    for span, size in BINS:
        for _ in range(span // size):
            if edges[-1] < reach:
                edges.append(min(edges[-1] + size, reach))
    while edges[-1] < reach:
        edges.append(min(edges[-1] + BINS[-1][1], reach))
    return [*(reach - edge for edge in reversed(edges)), *(reach + edge for edge in edges[1:])]


class BinnedReadout(nn.Module):
    """An output for each kind of site: activations summed in bins of places, then a linear map and a small network.

    (B, C, L) → (B, 2). Bins (`bin_edges`) are single letters near a site, so that its own letters have their places.
    """

    def __init__(self, network: WindowNetwork) -> None:
        super().__init__()
        edges = torch.tensor(bin_edges(network.reach))
        places = torch.arange(2 * network.reach)
        bins = (places[:, None] >= edges[:-1]) & (places[:, None] < edges[1:])
        self.register_buffer("bins", bins.float(), persistent=False)
        features = network.channels * (len(edges) - 1)
        self.linear = nn.Linear(features, len(KINDS))
        self.net = nn.Sequential(nn.Linear(features, network.hidden), nn.ReLU(), nn.Linear(network.hidden, len(KINDS)))

    def forward(self, activations: Tensor) -> Tensor:
        """Activations (B, C, L) → logits (B, 2) of a true donor and of a true acceptor."""
        features = (activations @ self.get_buffer("bins").to(activations.dtype)).flatten(1)
        logits: Tensor = self.linear(features) + self.net(features)
        return logits


def window_model(network: WindowNetwork, density: float) -> SparlingModel:
    """The network with random weights, at a first ``density``."""
    local = ResidualLocal(4, network.channels, network.width, network.units, network.stem)
    layer = SpatialSparsity(network.channels, density, "shared", inhibition=network.inhibition)
    return SparlingModel(local, layer, BinnedReadout(network))
