"""The motif model, built from its description alone; the description is what lies beside the saved weights."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

import torch
from torch import nn

from sparling.errors import InputError
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling.training.checkpoint import load_weights, read_json, save_model
from sparling_genomics.letters.alphabet import ALPHABETS
from sparling_genomics.network.budgeted import BudgetedSparsity
from sparling_genomics.network.front_ends import ForwardOnly, StrandMax
from sparling_genomics.network.matrix_local import MatrixLocal

Readout = Literal["monotone", "free"]
READOUTS: tuple[str, ...] = get_args(Readout)


@dataclass(frozen=True)
class NetworkDescription:
    """How to build the network. ``width`` is the receptive field in bp, odd, at least 3.

    With ``matrices`` each channel is a matrix of that width (`matrix_local`), and what a `ResidualLocal` of ``filters``
    hidden channels and ``units`` residual units adds, if it has filters; without, it is such a network alone.
    ``unit``: the density at which every channel marks what its budget allows, ``competition``: window in bp within
    which channels compete, odd, or 0. ``outputs`` of the readout, one a label; ``contrasts`` (C,) the number of the
    contrast that each channel's sites are counted in (`data.targets`), empty where there is only one.
    ``gated``: channels may be held to known matrices; ``frozen``: matrices stay as they are.
    Raises ``ValueError`` for settings outside these ranges.
    """

    alphabet: str
    channels: int
    width: int
    matrices: bool = True
    filters: int = 0
    units: int = 0
    readout: Readout = "monotone"
    unit: float = 0.001
    competition: int = 11
    gated: bool = False
    frozen: bool = False
    outputs: int = 1
    contrasts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in (("alphabet", tuple(ALPHABETS)), ("readout", READOUTS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {getattr(self, name)!r}")
        lowest = {
            "channels": 1,
            "outputs": 1,
            "width": 3,
            "filters": 0 if self.matrices else 1,
            "units": 0,
            "competition": 0,
        }
        for name, least in lowest.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise ValueError(f"{name} must be a whole number, {least} or more; got {value!r}")
        if self.width % 2 == 0 or (self.competition and self.competition % 2 == 0):
            raise ValueError(f"widths must be odd; got {self.width} and {self.competition}")
        if self.contrasts and len(self.contrasts) != self.channels:
            raise ValueError(f"contrasts must be one a channel, {self.channels}; got {len(self.contrasts)}")

    def contrast(self, channel: int) -> int:
        """The number of a channel's contrast."""
        return self.contrasts[channel] if self.contrasts else 0

    @property
    def both_strands(self) -> bool:
        """Whether the alphabet is read on both strands."""
        return ALPHABETS[self.alphabet].double_stranded


def build_network(description: NetworkDescription) -> SparlingModel:
    """y = h(s(g(x))) with a strand-aware g, as `NetworkDescription` says. Weights are random."""
    d = description
    units = min(d.units, (d.width - 3) // 4)
    network = None
    if d.filters:
        network = ResidualLocal(4, d.channels, width=d.filters, units=units, stem=d.width - 4 * units)
    local: nn.Module = network or nn.Identity()
    if d.matrices or network is None:
        local = MatrixLocal(d.channels, d.width, network, gated=d.gated, frozen=d.frozen)
    front_end: nn.Module = StrandMax(local) if d.both_strands else ForwardOnly(local)
    sparsity = BudgetedSparsity(d.channels, d.unit, d.competition)
    kind = MonotoneReadout if d.readout == "monotone" else PooledReadout
    readout: nn.Module = kind(d.channels, d.outputs)
    return SparlingModel(front_end, sparsity, readout)


def with_channels(
    model: SparlingModel, description: NetworkDescription, channels: Sequence[int], new: int = 0
) -> tuple[SparlingModel, NetworkDescription]:
    """The same network with these of its channels alone, in this order, and behind them ``new`` random ones.

    Those are of the first contrast, where channels have some.
    """
    contrasts = (*(description.contrasts[c] for c in channels), *[0] * new) if description.contrasts else ()
    smaller = replace(description, channels=len(channels) + new, contrasts=contrasts)
    built = build_network(smaller)
    old, state, chosen, n = model.state_dict(), built.state_dict(), torch.tensor(channels), len(channels)
    for name, tensor in state.items():
        own = old[name].cpu()
        if name in _PAIRED:  # maxima of all channels, then their sums
            for first, begin in ((0, 0), (description.channels, smaller.channels)):
                tensor[:, begin : begin + n] = own[:, first + chosen]
        elif tensor.ndim and (name.startswith("sparsity.") or name.endswith(_BY_CHANNEL)):
            tensor[:n] = own[chosen]
        else:
            tensor.copy_(own)
    built.load_state_dict(state)
    return built.to(next(model.parameters()).device).train(model.training), smaller


_PAIRED = ("readout.inner", "readout.net.0.weight")
"""Weights of the readout that have a column for each `pooled` activation."""
_BY_CHANNEL = ("matrices.weight", "head.2.weight", ".gate", ".floor")
"""Weights of the local model that have a row for each channel, as have all of the sparsity layer's."""


def sparsity_of(model: SparlingModel) -> BudgetedSparsity:
    """The bottleneck, which is of the kind that has budgets."""
    return cast(BudgetedSparsity, model.sparsity)


def readout_of(model: SparlingModel) -> MonotoneReadout | PooledReadout:
    """The readout, which is of a kind that looks at `pooled` activations."""
    return cast(MonotoneReadout | PooledReadout, model.readout)


def matrices_of(model: SparlingModel) -> MatrixLocal | None:
    """The matrices behind the front end; None for a network that has none."""
    local = cast(StrandMax | ForwardOnly, model.local).local
    return local if isinstance(local, MatrixLocal) else None


def save_network(folder: Path, model: SparlingModel, description: NetworkDescription) -> None:
    """Weights and description as ``folder``/model.safetensors and config.json."""
    save_model(folder, model, asdict(description))


def load_network(folder: Path) -> tuple[SparlingModel, NetworkDescription]:
    """The saved network in evaluation mode. Raises ``InputError`` where a file is missing, damaged or does not fit."""
    fields: dict[str, Any] = read_json(folder / "config.json")
    try:
        fields["contrasts"] = tuple(fields.get("contrasts", ()))
        description = NetworkDescription(**fields)
        model = build_network(description)
    except (TypeError, ValueError) as error:
        raise InputError(f"model description does not fit this version ({error}): {folder / 'config.json'}") from error
    load_weights(folder, model)
    return model.eval(), description
