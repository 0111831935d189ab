"""Discovery in rounds: train, take the sites of what was found out of the sequences, and train again on what is left.

A sparse map spends its sites on the motifs that tell most about the sequences, and a rare motif never pays for its own.
Once the others are gone it is what is left to be learned (measured in docs/decisions). The number of motifs need not
be known: the rounds end when two in a row find nothing new that holds on held-out sequences. One alone may be bad
luck: its training starts from other weights than the next one's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from sparling.networks.model import SparlingModel
from sparling.training.annealing import tightenings
from sparling.training.checkpoint import has_state
from sparling.training.devices import FabricLike
from sparling.training.schedule import Progress, Stage
from sparling.training.session import Session
from sparling.training.trainer import Trainer, Watch
from sparling_genomics.data.dataset import TEST, SequenceDataset, with_all_shuffled
from sparling_genomics.data.hiding import hide
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.plan import plan_round
from sparling_genomics.letters.likeness import alike
from sparling_genomics.motifs.activations import Activations, find_activations
from sparling_genomics.motifs.merging import build_motifs
from sparling_genomics.motifs.motif import Dropped, Motif
from sparling_genomics.network.motif_network import NetworkDescription, build_network
from sparling_genomics.tasks.binary import BinaryTask
from sparling_genomics.tasks.ranking import area_under_roc

MARGIN = 4
"""Letters taken out beside a site, bp: a motif's weak edges would otherwise be found as a motif of their own."""
IN_VAIN = 2
"""Rounds in a row without a new motif after which there are no more."""
SHARE = 0.5
"""Of the time that is left, what a round may take."""


@dataclass(frozen=True)
class Round:
    """What one round found in what the rounds before it had left."""

    motifs: list[Motif]
    """New ones."""
    known: list[Motif]
    """Found again, at places that earlier rounds had missed."""
    dropped: list[Dropped]
    progress: Progress
    network: NetworkDescription
    model: SparlingModel = field(repr=False)
    activations: Activations
    logits: np.ndarray = field(repr=False)
    auroc: float
    """On the test side of what was left."""
    tested: int
    """Motifs that were looked at, one a channel at least."""
    seconds_before: float
    """Of training before the run was resumed."""


@dataclass(frozen=True)
class Search:
    """What all rounds share."""

    config: MotifConfig
    data: SequenceDataset
    fabric: FabricLike
    precision: str
    folder: Path
    """Of checkpoints and metrics."""
    watch: Watch | None
    last: int = 0
    """Training samples of the training that follows the rounds."""


def discover(search: Search, resume: bool) -> list[Round]:
    """Rounds until `IN_VAIN` find nothing new, at most ``config.rounds``. Raises `Interrupted` on Ctrl-C, state saved.

    Sites of the motifs index `with_all_shuffled` (data, seed).
    """
    rounds: list[Round] = []
    limit, spent = search.config.max_minutes, 0.0
    for number in range(1, search.config.rounds + 1):
        minutes = None
        if limit is not None:
            minutes = SHARE * (limit - spent / 60)
            if number > 1 and minutes < 0.1 * limit:
                break
        taken = [motif for past in rounds for motif in (*past.motifs, *past.known)]
        before = [motif for past in rounds for motif in past.motifs]
        rounds.append(_round(search, number, minutes, _without(search, taken), before, resume))
        spent += rounds[-1].progress.seconds
        if len(rounds) >= IN_VAIN and not any(past.motifs for past in rounds[-IN_VAIN:]):
            break
    return rounds


def _round(
    search: Search,
    number: int,
    minutes: float | None,
    left: SequenceDataset,
    before: Sequence[Motif],
    resume: bool,
) -> Round:
    config = search.config
    torch.manual_seed(config.seed + number - 1)
    plan = plan_round(config, search.data, number, minutes)
    folder = search.folder if number == 1 else search.folder / "rounds" / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    task = BinaryTask(left, config.seed + number - 1, config.letter_dropout)
    model = build_network(plan.network)
    whole = None if minutes is None else minutes / SHARE
    stage = Stage(f"Round {number} of at most {config.rounds}", _later(search, number), whole)
    observer = None if search.watch is None else search.watch(stage, plan.rule, plan.settings)
    session = Session(model, task, search.fabric)
    trainer = Trainer(session, plan.rule, plan.settings, folder=folder, observer=observer)
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    seconds_before = trainer.progress.seconds
    progress = trainer.fit()
    everything = with_all_shuffled(left, config.seed)
    activations, logits = find_activations(
        model.eval(), everything, 2 * task.batch_size, search.fabric.device, session.autocast()
    )
    motifs, dropped = build_motifs(everything, activations, plan.network.width, plan.network.channels)
    known = [motif for motif in motifs if any(alike(motif.pwm, other.pwm) for other in before)]
    test = everything.split == TEST
    return Round(
        motifs=[motif for motif in motifs if motif not in known],
        known=known,
        dropped=dropped,
        progress=progress,
        network=plan.network,
        model=model,
        activations=activations,
        logits=logits,
        auroc=area_under_roc(everything.labels[test], logits[test]),
        tested=max(plan.network.channels, len(motifs) + len(dropped)),
        seconds_before=seconds_before,
    )


def _later(search: Search, number: int) -> tuple[int, int]:
    """Training samples of all that follows round ``number``, at least and at most."""
    most = search.config.rounds - number
    least = min(max(IN_VAIN - number, 0), most)
    if not most:
        return search.last, search.last
    plan = plan_round(search.config, search.data, number + 1)
    rule, settings = plan.rule, plan.settings
    evaluations = tightenings(rule.initial, rule.target, rule.factor) + 1 + settings.settle_evaluations
    each = evaluations * settings.evaluate_every
    return least * each + search.last, most * each + search.last


def _without(search: Search, motifs: Sequence[Motif]) -> SequenceDataset:
    """The data with N at all sites of ``motifs`` that lie in given sequences."""
    data = search.data
    if not motifs:
        return data
    sequences, starts, ends = [], [], []
    for motif in motifs:
        own = replace(motif, sites=motif.sites.select(motif.sites.sequence < len(data)))
        sequence = own.sites.sequence
        first, last = own.intervals(data)
        sequences.append(sequence)
        starts.append((first - MARGIN).clip(min=0))
        ends.append(np.minimum(last + MARGIN, data.lengths[sequence]))
    return hide(data, np.concatenate(sequences), np.concatenate(starts), np.concatenate(ends), search.config.seed)
