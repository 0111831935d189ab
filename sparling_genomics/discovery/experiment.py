"""The whole flow on one screen: data → rounds of training → one network with a channel a motif → run folder."""

import time
from dataclasses import dataclass, replace

import numpy as np
from lightning_fabric import Fabric
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from sparling.errors import Interrupted
from sparling.networks.model import SparlingModel
from sparling.training.annealing import Relative
from sparling.training.devices import choose_fabric
from sparling.training.schedule import TrainingSettings
from sparling.training.trainer import Watch
from sparling_genomics.data.dataset import TEST, TRAIN, SequenceDataset, load_dataset, with_all_shuffled
from sparling_genomics.discovery.config import MotifConfig, default_width
from sparling_genomics.discovery.detectors import training_samples
from sparling_genomics.discovery.map_readout import Step, readout_of
from sparling_genomics.discovery.refine import Refined, predict, refine
from sparling_genomics.discovery.rounds import Plan, Round, Search, discover
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.effects import Effect, Pair, effects, pairs
from sparling_genomics.motifs.motif import Dropped, Motif
from sparling_genomics.network.motif_network import NetworkDescription, save_network
from sparling_genomics.runs.run_folder import RunFolder, write_results
from sparling_genomics.tasks.binary import auroc_standard_error

SHORTEST = 8
LONGEST = 20_000
LATER_DENSITY, LATER_SETTLE = 0.06, 3
"""First density and settling evaluations from the second round on. Accuracy there is low and says little, so density
is halved at every evaluation, whatever comes of it."""


@dataclass(frozen=True)
class Outcome:
    """What a run found, before anything of it is written."""

    motifs: list[Motif]
    effects: list[Effect]
    pairs: list[Pair]
    dropped: list[Dropped]
    tested: int
    """Motifs that were looked at in all rounds."""
    steps: list[Step]
    """What more and fewer sites would bring."""
    listed_from: NDArray[np.float64]
    """Score from which on an activation of each channel is a site, in nats; weaker ones the readout alone sees."""
    shift: float
    """By which thresholds lie below those of sites, in nats, where they are not at the lowest score looked at."""
    rounds: list[Round]
    data: SequenceDataset
    """All sequences that were looked at, shuffled copies included."""
    given: frozenset[str]
    """Names of the sequences that are no shuffled copies."""
    logits: np.ndarray
    auroc: float
    auprc: float
    auroc_error: float
    density: float
    """Of the map that the readout sees."""
    sites_per_sequence: float
    """Listed ones of all motifs, on the test side, bound or not."""
    model: SparlingModel
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


def train_motifs(
    prepared: Prepared, folder: RunFolder, command: str, watch: Watch | None = None, resume: bool = False
) -> Outcome:
    """Train on ``prepared`` and leave a finished run in ``folder``. Raises `Interrupted` on Ctrl-C, state saved."""
    config = prepared.config
    clock = time.monotonic()
    command, started = folder.begin(command)
    try:
        outcome = _search(prepared, folder, clock, watch, resume)
        save_network(folder.path / "model", outcome.model, outcome.network)
        write_results(folder, config, outcome, command, started, prepared.database)
    except KeyboardInterrupt as error:  # outside the trainings, which save what they did
        raise Interrupted(f"stopped before all was done; saved in {folder.path}") from error
    return outcome


def _search(prepared: Prepared, folder: RunFolder, clock: float, watch: Watch | None, resume: bool) -> Outcome:
    """All trainings, begun at ``clock``, and what came of them."""
    config, data = prepared.config, prepared.data
    search = Search(
        config,
        data,
        prepared.fabric,
        lambda number, minutes: plan(prepared, number, minutes),
        folder.path,
        watch,
        training_samples(data, plan(prepared).settings),
    )
    rounds = discover(search, resume)
    candidates = [motif for each in rounds for motif in each.motifs]
    tested = sum(each.tested for each in rounds)
    refined: Refined | list[Dropped] = []
    if candidates:
        refined = refine(search, candidates, tested, _minutes_left(config, rounds), resume)
    everything = with_all_shuffled(data, config.seed)
    seconds = time.monotonic() - clock + sum(each.seconds_before for each in rounds)
    return _outcome(prepared, everything, rounds, refined, tested, seconds)


def _minutes_left(config: MotifConfig, rounds: list[Round]) -> float | None:
    """What the rounds leave for the last training; a tenth of all where they overran."""
    if config.max_minutes is None:
        return None
    spent = sum(each.progress.seconds for each in rounds) / 60
    return max(config.max_minutes - spent, 0.1 * config.max_minutes)


def _outcome(
    prepared: Prepared,
    data: SequenceDataset,
    rounds: list[Round],
    refined: Refined | list[Dropped],
    tested: int,
    seconds: float,
) -> Outcome:
    """What the refined network says; where no motif held, what the network of the first round says."""
    first = rounds[0]
    motifs: list[Motif] = []
    found: list[Effect] = []
    steps: list[Step] = []
    listed_from, shift = np.zeros(first.network.channels), 0.0
    if isinstance(refined, list):
        dropped = refined or [each for past in rounds for each in past.dropped]
        model, network, logits = first.model, first.network, first.logits
        network, activations = replace(network, density=first.progress.annealing.density), first.activations
    else:
        model, network, activations = refined.model, refined.network, refined.activations
        logits = predict(refined)
        motifs, dropped, steps = refined.motifs, refined.dropped, refined.steps
        listed_from, shift = refined.listed_from, refined.shift
        seconds += refined.seconds_before
        found = effects(data, motifs, readout_of(model), refined.features, listed_from, tested)
    test = data.split == TEST
    labels, n_bound = data.labels[test], int(data.labels[test].sum())
    auroc = float(roc_auc_score(labels, logits[test]))
    in_test = activations.select(test[activations.sequence])
    return Outcome(
        motifs=motifs,
        effects=found,
        pairs=pairs(data, motifs),
        dropped=dropped,
        tested=tested,
        steps=steps,
        shift=shift,
        listed_from=listed_from,
        rounds=rounds,
        data=data,
        given=frozenset(prepared.data.names),
        logits=logits,
        auroc=auroc,
        auprc=float(average_precision_score(labels, logits[test])),
        auroc_error=auroc_standard_error(auroc, n_bound, len(labels) - n_bound),
        density=len(in_test) / (network.channels * int(data.lengths[test].sum())),
        sites_per_sequence=sum(int(test[motif.sites.sequence].sum()) for motif in motifs) / len(labels),
        model=model,
        network=network,
        device=str(prepared.fabric.device),
        precision=prepared.precision,
        seconds=seconds,
    )


def plan(prepared: Prepared, number: int = 1, minutes: float | None = None) -> Plan:
    """Network, annealing rule and training settings for round ``number`` on these data, in ``minutes`` at most."""
    config, data = prepared.config, prepared.data
    network = _describe(config, data)
    rule = _rule(config, data, network)
    settings = _settings(config, data, minutes)
    if number > 1:
        initial = max(rule.target, min(rule.initial, LATER_DENSITY))
        rule = replace(rule, initial=initial, ceiling=1.0, tolerance=1.0, factor=0.5, must_reach=True)
        settings = replace(settings, settle_evaluations=LATER_SETTLE)
    return Plan(network, rule, settings)


def _describe(config: MotifConfig, data: SequenceDataset) -> NetworkDescription:
    width = config.width or default_width(float(np.median(data.lengths)), config.alphabet)
    return NetworkDescription(
        alphabet=config.alphabet,
        channels=config.channels,
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


def _settings(config: MotifConfig, data: SequenceDataset, minutes: float | None) -> TrainingSettings:
    samples = config.bases_an_evaluation / float(data.lengths[data.split == TRAIN].mean())
    return TrainingSettings(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        evaluate_every=int(min(max(samples, 2000), 20_000)),
        max_minutes=minutes,
    )
