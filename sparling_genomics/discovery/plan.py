"""How a round will go, as far as it follows from configuration and data alone: network, annealing rule, settings."""

from dataclasses import dataclass, replace

import numpy as np

from sparling.training.annealing import Relative
from sparling.training.schedule import TrainingSettings
from sparling_genomics.data.dataset import TRAIN, SequenceDataset
from sparling_genomics.discovery.config import MotifConfig, default_width
from sparling_genomics.network.motif_network import NetworkDescription

LATER_DENSITY, LATER_SETTLE = 0.06, 3
"""First density and settling evaluations from the second round on. Accuracy there is low and says little, so density
is halved at every evaluation, whatever comes of it."""


@dataclass(frozen=True)
class Plan:
    """How a round will go, as far as it follows from configuration and data alone."""

    network: NetworkDescription
    rule: Relative
    settings: TrainingSettings


def plan_round(config: MotifConfig, data: SequenceDataset, number: int = 1, minutes: float | None = None) -> Plan:
    """Network, annealing rule and training settings for round ``number`` on these data, in ``minutes`` at most."""
    network = _describe(config, data)
    rule = _rule(config, data, network)
    settings = _settings(config, data, minutes)
    if number > 1:
        initial = max(rule.target, min(rule.initial, LATER_DENSITY))
        rule = replace(rule, initial=initial, ceiling=1.0, tolerance=1.0, factor=0.5, must_reach=True)
        settings = replace(settings, settle_evaluations=LATER_SETTLE)
    return Plan(network, rule, settings)


def _describe(config: MotifConfig, data: SequenceDataset) -> NetworkDescription:
    return NetworkDescription(
        alphabet=data.alphabet.name,
        channels=config.channels,
        width=config.width or default_width(float(np.median(data.lengths)), data.alphabet),
        filters=config.filters,
        units=config.units,
        readout=config.readout,
        sparsity_mode=config.sparsity_mode,
        density=config.initial_density,
    )


def _rule(config: MotifConfig, data: SequenceDataset, network: NetworkDescription) -> Relative:
    """From a map in which anything may fire to a few sites a bound sequence; half of the training data are bound."""
    one_site = 0.5 / (network.channels * float(data.lengths[data.split == TRAIN].mean()))
    wanted = config.sites_per_seq
    target = min(one_site * (config.fewest_sites if wanted is None else wanted), 0.5)
    return Relative(
        target=target,
        initial=max(config.initial_density, target),
        factor=config.factor,
        tolerance=config.tolerance,
        noises=0.5,
        patience=config.patience,
        look_ahead=config.look_ahead,
        ceiling=max(one_site * config.most_sites, target),
        must_reach=wanted is not None,
    )


def _settings(config: MotifConfig, data: SequenceDataset, minutes: float | None) -> TrainingSettings:
    samples = config.bases_an_evaluation / float(data.lengths[data.split == TRAIN].mean())
    return TrainingSettings(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        evaluate_every=int(min(max(samples, 2000), 20_000)),
        max_minutes=minutes,
    )
