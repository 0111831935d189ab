"""What the sparse network is compared with: matrices, LSSI, its dense twin, a net of SpliceAI-400's shape.

Each is made of the same training side as the sparse one, and gives the same `Predictor`, so that one scorer measures
all.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from splice_sets import DATA
from torch import Tensor, nn

from sparling.layer.baselines import Unsparse
from sparling.layer.padding import PaddingAware, RealNorm, chained, real_rows
from sparling.networks.model import SparlingModel
from sparling_genomics.data.splits import TRAIN, VALIDATION
from sparling_genomics.splicing.core_sites.lssi import fit_lssi
from sparling_genomics.splicing.core_sites.maxent import read_maxent
from sparling_genomics.splicing.core_sites.maxent_tracks import fit_maxent
from sparling_genomics.splicing.core_sites.pwm import fit_pwm
from sparling_genomics.splicing.network import CLASSES
from sparling_genomics.splicing.runs.experiment import Prepared
from sparling_genomics.splicing.runs.twin import train_dense, train_twin
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.universes.baselines import tracks_predictor
from sparling_genomics.splicing.universes.measured import Predictor, network_predictor
from sparling_genomics.splicing.windows import Transcripts, read_transcripts


class Baseline(NamedTuple):
    """What predicts, with how much context, and how many numbers were learned."""

    predict: Predictor
    context: int
    parameters: int


def transcripts(prepared: Prepared, side: int, context: int) -> Transcripts:
    """Transcripts of a side with so many letters around them."""
    return read_transcripts(prepared.genes(side), prepared.genome, context)


def pwm(prepared: Prepared, folder: Path) -> Baseline:
    """Matrices of donors (-3..+7) and acceptors (-20..+3)."""
    tracks = fit_pwm(prepared.side(TRAIN))
    parameters = 3 * (tracks.donor.shape[0] + tracks.acceptor.shape[0])
    return Baseline(tracks_predictor(tracks), prepared.config.network().context, parameters)


def lssi(prepared: Prepared, folder: Path) -> Baseline:
    """The local splice site identifier alone: 8 letters of a site."""
    tracks = fit_lssi(prepared.side(TRAIN), prepared.side(VALIDATION), prepared.config.seed)
    return Baseline(tracks_predictor(tracks), prepared.config.network().context, 2 * 6_337)


def maxent(prepared: Prepared, folder: Path) -> Baseline:
    """MaxEntScan with the user's tables, calibrated on the training side."""
    tracks = fit_maxent(read_maxent(DATA / "maxent_tables.npz"), prepared.side(TRAIN))
    return Baseline(tracks_predictor(tracks), prepared.config.network().context, 0)


def dense(prepared: Prepared, folder: Path) -> Baseline:
    """The dense twin: the same network, ReLU(BatchNorm) in place of the layer, no core beside it."""
    config = prepared.config
    task = SpliceTask(
        prepared.side(TRAIN), prepared.side(VALIDATION), config.seed, letter_dropout=config.care.letter_dropout
    )
    session = train_twin(config, task, prepared.fabric, folder, None, resume=False)
    return Baseline(network_predictor(session), config.network().context, count(session.model))


def spliceai_400(prepared: Prepared, folder: Path) -> Baseline:
    """Eight residual units of width 32 and kernel 11, as SpliceAI-400 has them, from layers of ours."""

    def model() -> SparlingModel:
        body = SpliceAi400()
        return SparlingModel(body, Unsparse(body.width), PointwiseReadout(body.width))

    context, config = SpliceAi400.context, prepared.config
    train, validation = (transcripts(prepared, side, context) for side in (TRAIN, VALIDATION))
    task = SpliceTask(train, validation, config.seed, letter_dropout=config.care.letter_dropout)
    session = train_dense(model(), config, task, prepared.fabric, folder, None, resume=False)
    return Baseline(network_predictor(session), context, count(session.model))


class SpliceAi400(nn.Module, PaddingAware):
    """The trunk of SpliceAI-400: (B, 4, L) → (B, 32, L), of which a position sees 200 letters to either side.

    Source: Jaganathan et al. 2019, Cell 176:535, fig. S1: four residual units of dilation 1 and four of 4, two
    convolutions each, with a skip connection after the first convolution and after each four.
    """

    width, kernel, dilations, context = 32, 11, (1, 1, 1, 1, 4, 4, 4, 4), 200

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4, self.width, 1)
        self.units = nn.ModuleList(self._unit(dilation) for dilation in self.dilations)
        self.skips = nn.ModuleList(nn.Conv2d(self.width, self.width, 1) for _ in range(3))
        self.to(memory_format=torch.channels_last)

    def _unit(self, dilation: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for _ in range(2):
            pad = (0, dilation * (self.kernel // 2))
            conv = nn.Conv2d(self.width, self.width, (1, self.kernel), padding=pad, dilation=(1, dilation))
            layers += [RealNorm(self.width), nn.ReLU(), conv]
        return nn.Sequential(*layers)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        rows = real_rows(mask)
        hidden = self.stem(x.unsqueeze(2).contiguous(memory_format=torch.channels_last))
        total = self.skips[0](hidden)
        for number, unit in enumerate(self.units, 1):
            hidden = hidden + chained(unit, hidden, rows)
            if number % 4 == 0:
                total = total + self.skips[number // 4](hidden)
        return total.squeeze(2)


class PointwiseReadout(nn.Module):
    """One output a position, of its activations alone: (B, C, L) → (B, 3, L)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.last = nn.Conv1d(channels, CLASSES, 1)

    def forward(self, activations: Tensor) -> Tensor:
        return self.last(activations)


def count(model: nn.Module) -> int:
    """Parameters of a model."""
    return sum(each.numel() for each in model.parameters())


BASELINES = {"pwm": pwm, "lssi_alone": lssi, "maxent": maxent, "dense": dense, "spliceai_400": spliceai_400}
