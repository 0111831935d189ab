"""Several short trainings from different weights and densities, of which the best goes on.

Whether the random patterns of a network come to a motif is chance: of four motifs one often has none, no gradient leads
an idle channel there, and annealing only takes away. So a few networks are tried for a little while, and their answers
to held-out sequences say which one to go on with; where the motifs are is not asked. The density that is best to begin
with differs among grammars, so they begin at different ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch

from sparling.domains.sequence_task import WorldTask
from sparling.networks.model import SparlingModel
from sparling.training.annealing import Constant
from sparling.training.checkpoint import has_state
from sparling.training.devices import FabricLike
from sparling.training.schedule import Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Reviver, Trainer, Watch
from sparling.validation.world import Start


@dataclass(frozen=True)
class Starts:
    """Short trainings from random weights, each at one density; the best goes on."""

    densities: tuple[float, ...] = (0.1, 0.04) * 6
    samples: int = 8_000
    """Training samples of each, before its learning rate falls."""
    share: float = 0.4
    """Of the time budget, for all of them."""


class Trained(NamedTuple):
    """One start after its training."""

    start: Start
    model: SparlingModel
    samples: int
    seconds_before: float
    """Of training before it was resumed."""


def all_starts(
    starts: Starts,
    seed: int,
    task: WorldTask,
    build: Callable[[], SparlingModel],
    settings: TrainingSettings,
    revive: Reviver | None,
    fabric: FabricLike,
    folder: Path,
    watch: Watch | None = None,
) -> list[Trained]:
    """Train the ``starts``, each in a folder of its own; one that is there is gone on with, or taken as it is.

    ``build`` makes a model whose weights follow from torch's seed; ``settings`` and ``revive`` are those of the
    training afterwards.
    Raises `Interrupted` on Ctrl-C, with the state saved.
    """
    densities, found = starts.densities, []
    minutes = None if settings.max_minutes is None else settings.max_minutes * starts.share / len(densities)
    settings = replace(settings, settle_evaluations=1, max_minutes=minutes, max_samples=None)
    for number, density in enumerate(densities):
        place = folder / str(number)
        place.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(len(densities) * seed + number)
        rule = Constant(density, starts.samples)
        observer = watch and watch(Stage(f"Start {number + 1} of {len(densities)}"), rule, settings)
        session = Session(build(), task, fabric)
        trainer = Trainer(session, rule, settings, folder=place, revive=revive, observer=observer, probe=task.probe())
        trainer.progress.epoch = 1 + number  # sequences that no other training sees
        if has_state(place / "checkpoint"):
            trainer.resume()
        before = trainer.progress.seconds
        samples = trainer.fit().samples
        start = Start(density, float(trainer.log.read()[-1]["score"]))
        found.append(Trained(start, trainer.model, samples, before))
    return found
