"""The splicing network: a local model of 21 nt on the forward strand, one shared threshold, a readout a position.

Beside the map the readout may see two tracks of a core-site model (`splicing.core_sites`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from sparling.layer.baselines import Unsparse
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.tracker import Mode
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import PositionReadout
from sparling_genomics.network.matrix_local import MatrixLocal
from sparling_genomics.splicing.core_sites.fit import TRACKS, Core, empty_core, reach

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
    core_acceptor: int | None = None
    """Letters of the intron before an acceptor that the core sees; None: its own number."""
    matrices: tuple[str, ...] = ()
    """Names of the known matrices that channels start from, one each, where they do."""

    @property
    def context(self) -> int:
        """Letters to either side of a position that its prediction depends on, but for `rivals` at the ends."""
        return max(self.half, reach(self.core, self.core_acceptor)) + sum(self.dilations) * (self.kernel // 2)

    @property
    def half(self) -> int:
        """Letters to either side of a position that a channel sees there."""
        return self.stem // 2 + 2 * self.units

    @property
    def rivals(self) -> int:
        """nt to either side in which scores decide, under inhibition, whether a mark stands: its rivals, and theirs."""
        return 2 * (self.inhibition // 2)


def dilations_for(context: int, kernel: int) -> tuple[int, ...]:
    """1, 2, 4, … for a readout that sees at least ``context`` positions to either side.

    >>> dilations_for(124, 9), dilations_for(125, 9)
    ((1, 2, 4, 8, 16), (1, 2, 4, 8, 16, 32))
    """
    found = [1]
    while sum(found) * (kernel // 2) < context:
        found.append(2 * found[-1])
    return tuple(found)


def splice_model(network: SpliceNetwork, density: float, core: nn.Module | None = None) -> SparlingModel:
    """The network with random weights, at a first ``density``; ``core`` gives its tracks, empty where none is given."""
    residual = ResidualLocal(4, network.channels, network.width, network.units, network.stem)
    adjusted = bool(network.matrices)
    local = MatrixLocal(network.channels, 2 * network.half + 1, residual, gated=True) if adjusted else residual
    mode: Mode = "per_channel" if adjusted else "shared"
    layer: Unsparse | SpatialSparsity = Unsparse(network.channels)
    if not network.dense:
        layer = SpatialSparsity(network.channels, density, mode, inhibition=network.inhibition)
    seen = network.channels + (0 if network.core == "none" else TRACKS)
    readout = PositionReadout(seen, CLASSES, network.width, network.kernel, network.dilations)
    return SparlingModel(
        local, layer, readout, beside=empty_core(network.core, network.core_acceptor) if core is None else core
    )


def kept(model: SparlingModel, network: SpliceNetwork, channels: Sequence[int]) -> tuple[SparlingModel, SpliceNetwork]:
    """A network with these channels of a trained one alone.

    At the same thresholds each marks what it marked, and also what the strongest mark nearby of a channel that is gone
    had kept from standing (``inhibition``).
    """
    names = tuple(network.matrices[channel] for channel in channels) if network.matrices else ()
    smaller = replace(network, channels=len(channels), matrices=names)
    found = splice_model(smaller, model.sparsity.density)
    index = torch.tensor(channels)
    state = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    for name, own in found.state_dict().items():
        if name == "readout.stem.weight":
            tracks = torch.arange(network.channels, state[name].shape[1])
            state[name] = state[name][:, torch.cat([index, tracks])]
        elif state[name].shape != own.shape:
            state[name] = state[name][index]
    found.load_state_dict(state)
    return found, smaller
