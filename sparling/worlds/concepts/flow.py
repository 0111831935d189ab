"""The whole of a validation on concepts on one screen: world → trainings, one after the other → what each found."""

import platform
import shutil
import time
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.alignment.align import align
from sparling.alignment.measures.retrieval import chance
from sparling.alignment.streams import Stream
from sparling.atomic import write_atomically
from sparling.domains.concepts import Concepts
from sparling.errors import Interrupted
from sparling.training.checkpoint import has_state, load_state, read_json, write_json
from sparling.training.devices import FabricLike
from sparling.training.schedule import Stage
from sparling.training.trainer import Watch
from sparling.validation.result import RESULT
from sparling.validation.run import Run
from sparling.worlds.concepts.measure import Spent, Truth, measured, streams_of, together, truth_of
from sparling.worlds.concepts.presets import Schedule, Variant
from sparling.worlds.concepts.result import ConceptsResult, Found, read_as
from sparling.worlds.concepts.world import ConceptsWorld

FOUND, TOGETHER = "found.json", "together.npz"
"""What a training that was measured leaves in its folder."""


def validate(run: Run[ConceptsWorld], fabric: FabricLike, folder: Path, watch: Watch | None = None) -> ConceptsResult:
    """Train every variant, measure each on samples that nothing was tuned on, and write it all into ``folder``.

    What is finished there is not done again, and a training that was begun is gone on with. Raises `Interrupted` on
    Ctrl-C, with the state saved.
    """
    schedule = run.world.schedule
    domain = replace(run.world.domain, mixture=run.seed)
    streams = streams_of(domain, domain.samples(run.seed, torch.arange(schedule.samples)))
    truth = truth_of(domain, run.seed, schedule)
    found = []
    for number, variant in enumerate(schedule.variants):
        place = folder / variant.name
        if not (place / FOUND).is_file():
            stage = _stage(number, variant, schedule)
            _train(place, variant, domain, streams, truth, run, fabric, stage, watch)
        found.append(_read(place))
    result = ConceptsResult(
        preset=run.world.chosen[0],
        seed=run.seed,
        streams=tuple(view.name for view in domain.views),
        concepts=domain.names,
        frequency=tuple(truth.concepts.mean(axis=0).tolist()),
        chance=chance(min(schedule.queries, schedule.test)),
        found=tuple(found),
        device=str(fabric.device),
        threads=torch.get_num_threads(),
        machine=platform.machine(),
        versions={name: version(name) for name in ("sparling-genomics", "torch")},
        settings=run.config()["settings"],
    )
    write_json(folder / RESULT, result.to_json())
    return result


def read_together(folder: Path, found: Found) -> NDArray[np.float32]:
    """(M, C, L) of one training: see `sparling.worlds.concepts.measure.together`."""
    with np.load(folder / Variant(found.choice, found.cross, found.k).name / TOGETHER, allow_pickle=False) as arrays:
        return np.asarray(arrays["share"])


def _train(
    place: Path,
    variant: Variant,
    domain: Concepts,
    streams: list[Stream],
    truth: Truth,
    run: Run[ConceptsWorld],
    fabric: FabricLike,
    stage: Stage,
    watch: Watch | None,
) -> None:
    """Train one variant in ``place``, or go on with it, and leave there what it found."""
    clock, schedule = time.monotonic(), run.world.schedule
    resume = has_state(place / "checkpoint")
    before = load_state(place / "checkpoint")["progress"]["seconds"] if resume else 0.0
    if not resume:
        shutil.rmtree(place, ignore_errors=True)
    alignment = align(
        streams,
        schedule.settings(variant, run.seed),
        folder=place,
        device=fabric,
        observer=None if watch is None else lambda _, rule, settings: watch(stage, rule, settings),
        resume=resume,
    )
    try:
        progress = load_state(place / "checkpoint")["progress"]
        spent = Spent(progress["samples"], before + time.monotonic() - clock, progress["stop_reason"])
        found = measured(alignment, truth, domain, schedule, spent)
        share = together(alignment, truth)
        write_atomically(place / TOGETHER, lambda path: _save(path, share))
        write_json(place / FOUND, asdict(found))
    except KeyboardInterrupt as error:
        raise Interrupted(f"stopped after a training, before it was measured; saved in {place}") from error


def _save(path: Path, share: NDArray[np.float32]) -> None:
    with path.open("wb") as handle:
        np.savez_compressed(handle, share=share)


def _read(place: Path) -> Found:
    found: Found = read_as(Found, read_json(place / FOUND))
    return found


def _stage(number: int, variant: Variant, schedule: Schedule) -> Stage:
    """Which of all trainings one is."""
    later = (schedule.count - number - 1) * schedule.epochs * round(0.9 * schedule.samples)
    return Stage(f"{number + 1} of {schedule.count}: {variant.title}", (later, later))
