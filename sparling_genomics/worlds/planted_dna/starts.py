"""Several short trainings from different weights and densities, of which the best goes on.

Whether the random patterns of a network come to a motif is chance: of four motifs one often has none, no gradient leads
an idle channel there, and annealing only takes away. So a few networks are tried for a little while, and their answers
to held-out sequences say which one to go on with; where the motifs are is not asked. The density that is best to begin
with differs among grammars, so they begin at different ones.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from lightning_fabric import Fabric

from sparling.networks.model import SparlingModel
from sparling.training.annealing import Constant
from sparling.training.checkpoint import has_state
from sparling.training.schedule import Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Reviver, Trainer, Watch
from sparling_genomics.worlds.planted_dna.run import PlantedRun
from sparling_genomics.worlds.planted_dna.task import AnswerTask


class Start(NamedTuple):
    """One start after its training."""

    model: SparlingModel
    density: float
    score: float
    """1 − E2EE on validation sequences."""
    samples: int
    seconds_before: float
    """Of training before it was resumed."""


def all_starts(
    run: PlantedRun,
    task: AnswerTask,
    build: Callable[[], SparlingModel],
    settings: TrainingSettings,
    revive: Reviver | None,
    fabric: Fabric,
    folder: Path,
    watch: Watch | None = None,
) -> list[Start]:
    """Train the starts of ``run``, each in a folder of its own; one that is there is gone on with, or taken as it is.

    ``build`` makes a model whose weights follow from torch's seed; ``settings`` and ``revive`` are those of the
    training afterwards.
    Raises `Interrupted` on Ctrl-C, with the state saved.
    """
    densities, found = run.starts.densities, []
    minutes = None if settings.max_minutes is None else settings.max_minutes * run.starts.share / len(densities)
    settings = replace(settings, settle_evaluations=1, max_minutes=minutes)
    for number, density in enumerate(densities):
        place = folder / str(number)
        place.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(len(densities) * run.seed + number)
        rule = Constant(density, run.starts.samples)
        observer = watch and watch(Stage(f"Start {number + 1} of {len(densities)}"), rule, settings)
        session = Session(build(), task, fabric)
        trainer = Trainer(session, rule, settings, folder=place, revive=revive, observer=observer, probe=task.probe())
        trainer.progress.epoch = 1 + number  # sequences that no other training sees
        if has_state(place / "checkpoint"):
            trainer.resume()
        before = trainer.progress.seconds
        samples = trainer.fit().samples
        found.append(Start(trainer.model, density, float(trainer.log.read()[-1]["score"]), samples, before))
    return found
