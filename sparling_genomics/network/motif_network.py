"""The motif model, built from its description alone; the description is what lies beside the saved weights."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from torch import nn

from sparling.errors import InputError
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.tracker import Mode
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling.training.checkpoint import load_weights, read_json, save_model
from sparling_genomics.letters.alphabet import ALPHABETS
from sparling_genomics.network.front_ends import ForwardOnly, StrandMax
from sparling_genomics.network.matrix_local import MatrixLocal

Readout = Literal["monotone", "free"]
READOUTS: tuple[str, ...] = get_args(Readout)


@dataclass(frozen=True)
class NetworkDescription:
    """How to build the network. ``width`` is the receptive field in bp, odd, at least 3.

    With ``matrix_width`` above 0 (odd, bp) each channel is a matrix of that width adjusted by the network
    (`matrix_local`), and scores are compared with their thresholds as they are, in nats.
    Raises ``ValueError`` for settings outside these ranges.
    """

    alphabet: str
    channels: int
    width: int
    filters: int = 32
    units: int = 1
    readout: Readout = "monotone"
    sparsity_mode: Mode = "shared"
    density: float = 0.25
    matrix_width: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("alphabet", tuple(ALPHABETS)), ("readout", READOUTS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {getattr(self, name)!r}")
        for name, least in (("channels", 1), ("width", 3), ("filters", 1), ("units", 0), ("matrix_width", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise ValueError(f"{name} must be a whole number, {least} or more; got {value!r}")
        if self.width % 2 == 0 or (self.matrix_width and self.matrix_width % 2 == 0):
            raise ValueError(f"widths must be odd; got {self.width} and {self.matrix_width}")

    @property
    def both_strands(self) -> bool:
        """DNA is read on both strands; RNA, and DNA whose strand is known, on the forward one."""
        return ALPHABETS[self.alphabet].double_stranded


def build_network(description: NetworkDescription) -> SparlingModel:
    """y = h(s(g(x))) with a strand-aware residual g, as `NetworkDescription` says. Weights are random."""
    d = description
    units = min(d.units, (d.width - 3) // 4)
    network = ResidualLocal(4, d.channels, width=d.filters, units=units, stem=d.width - 4 * units)
    local = MatrixLocal(network, d.matrix_width) if d.matrix_width else network
    front_end: nn.Module = StrandMax(local) if d.both_strands else ForwardOnly(local)
    sparsity = SpatialSparsity(d.channels, d.density, d.sparsity_mode, normalise=not d.matrix_width)
    readout: nn.Module = MonotoneReadout(d.channels, 1) if d.readout == "monotone" else PooledReadout(d.channels, 1)
    return SparlingModel(front_end, sparsity, readout)


def save_network(folder: Path, model: SparlingModel, description: NetworkDescription) -> None:
    """Weights and description as ``folder``/model.safetensors and config.json."""
    save_model(folder, model, asdict(description))


def load_network(folder: Path) -> tuple[SparlingModel, NetworkDescription]:
    """The saved network in evaluation mode. Raises ``InputError`` where a file is missing, damaged or does not fit."""
    fields: dict[str, Any] = read_json(folder / "config.json")
    try:
        description = NetworkDescription(**fields)
        model = build_network(description)
    except (TypeError, ValueError) as error:
        raise InputError(f"model description does not fit this version ({error}): {folder / 'config.json'}") from error
    load_weights(folder, model)
    return model.eval(), description
