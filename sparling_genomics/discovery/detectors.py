"""One network with a channel a motif: each starts as a matrix and learns to find that motif's sites."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import torch

from sparling.networks.model import SparlingModel
from sparling.training.annealing import Constant
from sparling.training.checkpoint import has_state
from sparling.training.schedule import Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Trainer
from sparling_genomics.data.dataset import TRAIN, SequenceDataset
from sparling_genomics.discovery.plan import plan_round
from sparling_genomics.discovery.rounds import Search
from sparling_genomics.discovery.site_task import Open, Padded, SiteTask, joined_sites
from sparling_genomics.motifs.motif import Motif, moved
from sparling_genomics.network.front_ends import ForwardOnly, StrandMax
from sparling_genomics.network.matrix_local import MatrixLocal, middle
from sparling_genomics.network.motif_network import NetworkDescription, build_network

STEADY, SETTLE = 4, 4
"""Evaluations at the full learning rate, and while it falls."""
EPOCHS = 3
"""At least; with one, the AUROC of CTCF's site alone (39,184 peaks) was lower by 0.01 at the same number of sites."""


class Detectors(NamedTuple):
    """A model whose channel k gives the log odds of a site of candidate k; thresholds and readout are not set."""

    model: SparlingModel
    network: NetworkDescription
    seconds_before: float
    """Of training before it was resumed."""


def learn_detectors(
    search: Search, candidates: Sequence[Motif], minutes: float | None = None, resume: bool = False
) -> Detectors:
    """A model whose channel k gives the log odds, in nats, of a site of ``candidates[k]`` at every position.

    Network and settings are those of the first round, but for what has to differ.
    Only sites in the sequences of ``search`` are learned from, not those in shuffled copies behind them; for that many
    ``minutes`` at most.
    """
    config, data, base = search.config, search.data, plan_round(search.config, search.data)
    torch.manual_seed(config.seed)
    widest = max(motif.pwm.width for motif in candidates)
    network = replace(
        base.network,
        channels=len(candidates),
        sparsity_mode="per_channel",
        matrix_width=max(base.network.width, widest + 1 - widest % 2),
    )
    sites = [moved(motif.sites, motif.first + middle(motif.pwm), flip=False) for motif in candidates]
    sites = [part.select(part.sequence < len(data)) for part in sites]
    model = build_network(network)
    prior = [max(len(part), 1) / len(data.codes) for part in sites]
    matrix_local(model).start_from([motif.pwm for motif in candidates], prior)
    task = SiteTask(data, joined_sites(sites), network.channels, network.width // 2, config.seed, config.letter_dropout)
    every = _evaluate_every(data, base.settings)
    rule = Constant(0.5, STEADY * every)
    settings = TrainingSettings(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        evaluate_every=every,
        settle_evaluations=SETTLE,
        warm_up=every // 2,
        max_minutes=minutes,
    )
    folder = search.folder / "rounds" / "all"
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage("One network for all motifs", (0, 0), minutes)
    observer = None if search.watch is None else search.watch(stage, rule, settings)
    detector = SparlingModel(model.local, Open(network.channels), Padded(task.longest))
    session = Session(detector, task, search.fabric)
    trainer = Trainer(session, rule, settings, folder=folder, observer=observer)
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    seconds_before = trainer.progress.seconds
    trainer.fit()
    return Detectors(model.to(search.fabric.device).eval(), network, seconds_before)


def training_samples(data: SequenceDataset, first: TrainingSettings) -> int:
    """Samples that the training takes, where it has the time; ``first`` the settings of the first round."""
    return (STEADY + SETTLE) * _evaluate_every(data, first)


def _evaluate_every(data: SequenceDataset, first: TrainingSettings) -> int:
    epoch = 2 * int((data.labels[data.indices(TRAIN)] == 1).sum())
    return max(first.evaluate_every, EPOCHS * epoch // (STEADY + SETTLE))


def matrix_local(model: SparlingModel) -> MatrixLocal:
    """The local model behind the front end."""
    return cast(MatrixLocal, cast(StrandMax | ForwardOnly, model.local).local)


def with_channels(
    model: SparlingModel, network: NetworkDescription, channels: Sequence[int]
) -> tuple[SparlingModel, NetworkDescription]:
    """A model with these of the channels alone, in this order, and a new readout."""
    network = replace(network, channels=len(channels))
    smaller = build_network(network)
    old, new = matrix_local(model), matrix_local(smaller)
    state = old.state_dict()
    for name in ("matrices.weight", "matrices.bias", "network.head.2.weight"):
        state[name] = state[name][torch.tensor(channels, device=state[name].device)]
    new.load_state_dict(state)
    return smaller.to(old.matrices.weight.device).eval(), network
