"""The trainings of a splicing run: the density falls; then once more, with the channels alone that are needed.

What the first one ends with has channels that mark much and help nothing. They are found on the validation side
(`need`), and the second training has the others only, so that all marks of its map are of words that tell splice sites;
where none can be shown to be needed, all go on. It goes on to fewer marks, if more than asked are left, and then rests
while the learning rate falls.

Of few introns the first training is the only one, and the learning rate falls at its end: with few genes to validate on
a word that helps a little is not told from one that does not help.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from sparling.training.annealing import AnnealingRule
from sparling.training.checkpoint import has_state
from sparling.training.devices import FabricLike
from sparling.training.schedule import Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Trainer, Watch
from sparling_genomics.splicing.network import SpliceNetwork, kept, splice_model
from sparling_genomics.splicing.runs.adjusted import read_matrices, start_from
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.copies import find_words
from sparling_genomics.splicing.runs.need import needs
from sparling_genomics.splicing.runs.reading import Marks, read_marks
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import Transcripts

SECOND = "second"
"""Folder of the second training, in that of the run."""
OUT_OF_TIME = "time budget"
"""Why a training ended that had no more minutes, as the trainer says it."""
FIRST_SHARE = 0.6
"""Of the minutes that both trainings may take, what the first one may; the second has what is left then."""


class Trained(NamedTuple):
    """A session with the network as it was left, and how it came to its end."""

    session: Session
    network: SpliceNetwork
    reason: str
    dropped: int
    """Channels that were not needed after the first training."""
    seconds: float
    """Of both trainings, before they were resumed too."""


def train_network(
    config: SpliceConfig,
    task: SpliceTask,
    sides: tuple[Transcripts, Transcripts],
    core: nn.Module | None,
    fabric: FabricLike,
    path: Path,
    watch: Watch | None,
    resume: bool,
) -> Trained:
    """Both trainings, or the only one, in ``path``; ``sides`` are the transcripts that train and that validate.

    Raises `Interrupted` on Ctrl-C, state saved; with ``resume`` what was begun there goes on.
    """
    pwms = () if config.adjust is None else read_matrices(config.adjust)
    network = config.network(tuple(pwm.name for pwm in pwms))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = splice_model(network, config.first_density, core)
    if pwms:
        start_from(model, pwms, task, config.target(len(pwms)))
    session = Session(model, task, fabric)
    settings = config.settings(sum(len(batch.y) for batch in task.training_batches(0)))
    if not config.care.drop:
        stage = Stage("Fewer marks", (0, 0), config.max_minutes)
        reason, seconds = _train(session, config.rule(network.channels), settings, stage, path, watch, resume)
        return Trained(session, network, reason, 0, seconds)
    minutes = None if config.max_minutes is None else FIRST_SHARE * config.max_minutes
    first = replace(settings, settle_evaluations=config.first_rest(), max_minutes=minutes)
    later = (1 + settings.settle_evaluations) * settings.evaluate_every
    stage = Stage("Fewer marks", (0, later), config.max_minutes)
    reason, before = _train(session, config.rule(network.channels), first, stage, path, watch, resume)

    marks = read_marks(session, task, sides[0])
    channels = needed_channels(session, task, sides, marks, network)
    if not channels:  # too few genes to tell them apart, or nothing to tell: all go on
        channels = range(network.channels)
    model, smaller = kept(session.model, network, channels)
    here = sum(len(marks.of(channel)) for channel in channels) / sides[0].positions
    session = Session(model, task, fabric)
    rule = config.rule(len(channels), here / len(channels))
    left = minutes_left(config.max_minutes, before)
    if left == 0:
        return Trained(session, smaller, OUT_OF_TIME, network.channels - len(channels), before)
    stage = Stage("With the channels that are needed", (0, 0), left)
    last, again = _train(session, rule, replace(settings, max_minutes=left), stage, path / SECOND, watch, resume)
    reason = reason if reason == OUT_OF_TIME else last
    return Trained(session, smaller, reason, network.channels - len(channels), before + again)


def needed_channels(
    session: Session, task: SpliceTask, sides: tuple[Transcripts, Transcripts], marks: Marks, network: SpliceNetwork
) -> Sequence[int]:
    """The channels of words that the validation side needs; ``marks`` are of the training side."""
    train, validation = sides
    words = find_words(train, marks, network)[0]
    found = needs(session, task, validation, [word.channels for word in words])
    return sorted(c for word, need in zip(words, found, strict=True) if need.is_needed for c in word.channels)


def _train(
    session: Session,
    rule: AnnealingRule,
    settings: TrainingSettings,
    stage: Stage,
    folder: Path,
    watch: Watch | None,
    resume: bool,
) -> tuple[str, float]:
    """Train to the end; why it ended, and the seconds that it took."""
    folder.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(session, rule, settings, folder=folder, observer=watch and watch(stage, rule, settings))
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    progress = trainer.fit()
    return progress.stop_reason, progress.seconds


def minutes_left(minutes: float | None, spent: float) -> float | None:
    """Of the ``minutes`` of a run, once a training has ``spent`` seconds, before and after it was resumed.

    >>> minutes_left(5, 60), minutes_left(5, 400), minutes_left(None, 60)
    (4.0, 0.0, None)
    """
    return None if minutes is None else max(minutes - spent / 60, 0.0)
