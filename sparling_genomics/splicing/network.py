"""The splicing network: a local model of 21 nt on the forward strand, one shared threshold, a readout a position.

Beside the map the readout may see two tracks of a core-site model (`splicing.core_sites`).
"""

from dataclasses import dataclass

from torch import nn

from sparling.layer.baselines import Unsparse
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import PositionReadout
from sparling_genomics.splicing.core_sites.fit import TRACKS, Core, empty_core

CLASSES = 3


@dataclass(frozen=True)
class SpliceNetwork:
    """What a splicing network is made of; ``dense`` lets all through, as a twin to compare with."""

    channels: int = 16
    width: int = 32
    units: int = 3
    stem: int = 9
    kernel: int = 9
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    inhibition: int = 0
    dense: bool = False
    core: Core = "none"

    @property
    def context(self) -> int:
        """Letters to either side of a position that its prediction depends on."""
        return self.half + sum(self.dilations) * (self.kernel // 2)

    @property
    def half(self) -> int:
        """Letters to either side of a position that a channel sees there."""
        return self.stem // 2 + 2 * self.units


def splice_model(network: SpliceNetwork, density: float, core: nn.Module | None = None) -> SparlingModel:
    """The network with random weights, at a first ``density``; ``core`` gives its tracks, empty where none is given."""
    local = ResidualLocal(4, network.channels, network.width, network.units, network.stem)
    layer: Unsparse | SpatialSparsity = Unsparse(network.channels)
    if not network.dense:
        layer = SpatialSparsity(network.channels, density, "shared", inhibition=network.inhibition)
    seen = network.channels + (0 if network.core == "none" else TRACKS)
    readout = PositionReadout(seen, CLASSES, network.width, network.kernel, network.dilations)
    return SparlingModel(local, layer, readout, beside=empty_core(network.core) if core is None else core)
