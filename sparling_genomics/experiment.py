"""The whole flow on one screen: data → model → training → held-out metrics → sites → motifs → run folder."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import torch
from lightning_fabric import Fabric
from sklearn.metrics import average_precision_score, roc_auc_score

from sparling.annealing import Relative
from sparling.devices import choose_fabric
from sparling.task import Observer
from sparling.training import Progress, Trainer, TrainingSettings
from sparling_genomics.config import MotifConfig, default_width
from sparling_genomics.dataset import TEST, TRAIN, VALIDATION, SequenceDataset, concatenate, load_dataset, with_shuffled
from sparling_genomics.motif_files import read_meme
from sparling_genomics.motifs import Dropped, Motif, build_motifs
from sparling_genomics.network import NetworkDescription, build_network, save_network
from sparling_genomics.pwm import Pwm
from sparling_genomics.run_folder import RunFolder, write_results
from sparling_genomics.sites import find_activations
from sparling_genomics.tasks import BinaryTask, auroc_standard_error

SHORTEST = 8
LONGEST = 20_000


@dataclass(frozen=True)
class Outcome:
    """What a run found, before anything of it is written."""

    motifs: list[Motif]
    dropped: list[Dropped]
    data: SequenceDataset
    """All sequences that were looked at, shuffled copies included."""
    given: frozenset[str]
    """Names of the sequences that are no shuffled copies."""
    logits: np.ndarray
    auroc: float
    auprc: float
    auroc_error: float
    density: float
    target_density: float
    sites_per_sequence: float
    progress: Progress
    network: NetworkDescription
    device: str
    precision: str
    seconds: float


@dataclass(frozen=True)
class Prepared:
    """Inputs that have been read and checked; nothing has been written yet."""

    config: MotifConfig
    data: SequenceDataset
    database: list[Pwm]
    fabric: Fabric
    precision: str


def prepare(config: MotifConfig) -> Prepared:
    """Read and check everything a run needs. Raises ``InputError`` for any fault, before a file is made."""
    fabric, precision = choose_fabric(config.device, config.precision)
    database = [] if config.db is None else read_meme(config.db)
    data = load_dataset(
        config.fasta,
        negatives=config.negatives,
        labels=config.labels,
        alphabet=config.alphabet,
        min_length=config.width or SHORTEST,
        max_length=LONGEST,
        seed=config.seed,
    )
    return Prepared(config, data, database, fabric, precision)


class Plan(NamedTuple):
    """How a run will go, as far as it follows from configuration and data alone."""

    network: NetworkDescription
    rule: Relative
    settings: TrainingSettings


def plan(prepared: Prepared) -> Plan:
    """Network, annealing rule and training settings for these data."""
    config, data = prepared.config, prepared.data
    network = _describe(config, data)
    return Plan(network, _rule(config, data, network), _settings(config, data))


def train_motifs(
    prepared: Prepared, folder: RunFolder, command: str, observer: Observer | None = None, resume: bool = False
) -> Outcome:
    """Train on ``prepared`` and leave a finished run in ``folder``. Raises `Interrupted` on Ctrl-C, state saved."""
    config, data = prepared.config, prepared.data
    started, clock = datetime.now(UTC), time.monotonic()
    torch.manual_seed(config.seed)
    task = BinaryTask(data, config.seed, config.letter_dropout)
    network, rule, settings = plan(prepared)
    trainer = Trainer(build_network(network), task, rule, settings, prepared.fabric, folder.path, observer)
    if resume:
        trainer.resume()
    before = trainer.progress.seconds
    progress = trainer.fit()
    everything = concatenate([with_shuffled(data, side, config.seed) for side in (TRAIN, VALIDATION, TEST)])
    model = trainer.model.eval()
    activations, logits = find_activations(
        model, task, everything, 2 * task.batch_size, prepared.fabric.device, trainer.autocast()
    )
    motifs, dropped = build_motifs(everything, activations, network.width, network.channels)
    network = replace(network, density=progress.annealing.density)
    test = everything.split == TEST
    labels, n_bound = everything.labels[test], int(everything.labels[test].sum())
    auroc = float(roc_auc_score(labels, logits[test]))
    in_test = int(test[activations.sequence].sum())
    outcome = Outcome(
        motifs=motifs,
        dropped=dropped,
        data=everything,
        given=frozenset(data.names),
        logits=logits,
        auroc=auroc,
        auprc=float(average_precision_score(labels, logits[test])),
        auroc_error=auroc_standard_error(auroc, n_bound, len(labels) - n_bound),
        density=in_test / (network.channels * int(everything.lengths[test].sum())),
        target_density=network.density,
        sites_per_sequence=in_test / len(labels),
        progress=progress,
        network=network,
        device=str(prepared.fabric.device),
        precision=prepared.precision,
        seconds=before + time.monotonic() - clock,
    )
    save_network(folder.path / "model", model, network)
    write_results(folder, config, outcome, command, started, prepared.database)
    return outcome


def _describe(config: MotifConfig, data: SequenceDataset) -> NetworkDescription:
    width = config.width or default_width(float(np.median(data.lengths)), config.alphabet)
    return NetworkDescription(
        alphabet=config.alphabet,
        channels=config.motifs,
        width=width + 1 - width % 2,
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


def _settings(config: MotifConfig, data: SequenceDataset) -> TrainingSettings:
    samples = config.bases_an_evaluation / float(data.lengths[data.split == TRAIN].mean())
    return TrainingSettings(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        evaluate_every=int(min(max(samples, 2000), 20_000)),
        max_minutes=config.max_minutes,
    )
