"""How a search will go, as far as it follows from configuration and data: network, annealing rules, settings."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sparling.training.annealing import Constant, Relative
from sparling.training.schedule import TrainingSettings
from sparling_genomics.data.dataset import TRAIN, SequenceDataset
from sparling_genomics.discovery.config import MotifConfig, default_width
from sparling_genomics.network.motif_network import NetworkDescription

NOISES = 0.25
"""Standard errors of the AUROC that a density may cost; its evaluations are of the same sequences."""
NOTHING_FACTOR = 64.0
"""Times the density of a site a bound sequence at which channels that start from nothing begin."""


ENOUGH = 10_000
"""Training sequences from which on hidden channels learn more of real values than their noise."""


class Widths(NamedTuple):
    """Field of the network, and window within which its channels compete, bp, odd."""

    field: int
    competition: int


@dataclass(frozen=True)
class Plan:
    """Two trainings: the density falls; then, with the channels that stay, it rests while the learning rate falls."""

    network: NetworkDescription
    anneal: Relative
    settings: TrainingSettings

    @property
    def rest_samples(self) -> int:
        """Training samples of the second training."""
        return (1 + self.settings.settle_evaluations) * self.settings.evaluate_every

    def rest(self, density: float) -> Constant:
        """The rule of the second training, at this density."""
        return Constant(density, self.settings.evaluate_every)


def widths(config: MotifConfig, data: SequenceDataset) -> Widths:
    """As configured, or what lengths and alphabet ask for."""
    field = config.width or default_width(float(np.median(data.lengths)), data.alphabet)
    window = min(config.competition, field // 2 - 1 + (field // 2) % 2)
    return Widths(field, max(window, 0))


def _filters(config: MotifConfig, data: SequenceDataset, *, from_nothing: bool) -> int:
    """Hidden channels beside the matrices; none where there are real values of too few sequences."""
    if from_nothing:
        return config.filters or 32
    values = data.targets is not None and any(column.kind == "value" for column in data.targets.columns)
    return 0 if values and int((data.split == TRAIN).sum()) < ENOUGH else config.filters


def plan(config: MotifConfig, data: SequenceDataset, channels: int, unit: float, *, from_nothing: bool) -> Plan:
    """For a network of so many channels whose budgets begin at ``unit``, their density (a fraction of positions)."""
    field, window = widths(config, data)
    several = data.targets
    network = NetworkDescription(
        alphabet=data.alphabet.name,
        channels=channels,
        width=field,
        matrices=not from_nothing,
        filters=_filters(config, data, from_nothing=from_nothing),
        units=config.units,
        readout=config.readout if several is None else "free",
        unit=unit,
        competition=window,
        outputs=1 if several is None else len(several.columns),
        contrasts=() if several is None else several.spread(channels),
    )
    target = min(config.evidence * unit, 0.25)
    initial = unit * (NOTHING_FACTOR if from_nothing else config.first_factor)
    anneal = Relative(
        target=target,
        initial=max(min(initial, 0.25), target),
        factor=config.factor,
        tolerance=config.tolerance,
        noises=NOISES,
        patience=config.patience,
        look_ahead=0,
    )
    samples = config.bases_an_evaluation / float(data.lengths[data.split == TRAIN].mean())
    settings = TrainingSettings(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        evaluate_every=int(min(max(samples, 2000), 16_000)),
        settle_evaluations=config.settle,
    )
    return Plan(network, anneal, settings)
