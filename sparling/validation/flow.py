"""The whole of a validation on one screen: world → model → training → what it found, against the truth."""

import platform
import shutil
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from sparling.domains.sequence_task import CALIBRATION
from sparling.errors import Interrupted
from sparling.evaluation.entropy import BITS, map_entropy
from sparling.locks import locked
from sparling.networks.model import SparlingModel
from sparling.networks.receptive_field import receptive_field
from sparling.training.annealing import Constant
from sparling.training.checkpoint import has_state, load_weights, save_model, write_json
from sparling.training.devices import FabricLike
from sparling.training.schedule import Stage
from sparling.training.session import Session
from sparling.training.trainer import Trainer, Watch
from sparling.validation.evidence import ARRAYS, gather
from sparling.validation.measure import (
    density_scan,
    describe_classes,
    errors_on_test,
    owning_channels,
    perturbation,
    silenced,
)
from sparling.validation.references import fit_local, take_local
from sparling.validation.result import RESULT, CausalChecks, MapDensity, OutputErrors, Provenance, ValidationResult
from sparling.validation.run import Run
from sparling.validation.theorem.assumptions import assumptions
from sparling.validation.world import World


def validate(
    run: Run[World], fabric: FabricLike, folder: Path, watch: Watch | None = None, resume: bool = False
) -> ValidationResult:
    """Train, measure on samples that nothing was tuned on, and write it all into ``folder``.

    Raises `Interrupted` on Ctrl-C, with the state saved, and ``InUse`` where another process writes into ``folder``.
    """
    with locked(folder):
        return _validate(run, fabric, folder, watch, resume)


def _validate(run: Run[World], fabric: FabricLike, folder: Path, watch: Watch | None, resume: bool) -> ValidationResult:
    clock = time.monotonic()
    world, schedule, trains = run.world, run.world.schedule, run.world.variant.trains
    task = world.task(run.seed, str(fabric.device))
    begun = world.begin(task, run.seed, fabric, folder, watch)
    session = Session(begun.model, task, fabric)
    observer = watch and watch(begun.stage or Stage(""), begun.rule, begun.settings)
    trainer = Trainer(
        session, begun.rule, begun.settings, folder=folder, revive=world.revive, observer=observer, probe=task.probe()
    )
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    before = trainer.progress.seconds + begun.seconds
    if trains == "readout":
        take_local(begun.model, _finished(run, fabric, folder / "sparse", watch))
    if trains == "local":
        fit_local(trainer, task, world)
    else:
        trainer.fit()
    try:
        if world.variant.calibrated:
            session.calibrate([batch for batch, _ in task.batches(CALIBRATION, schedule.calibration)], world.slack)
        offsets = world.offsets(session, task)
        place = world.placement(session, task, offsets)
        errors = errors_on_test(session, task, schedule.test, place)
        owners = owning_channels(errors.counts, world.several)
        output, causal, judged = OutputErrors(None, None), CausalChecks(None, None), 0
        if trains != "local":
            output, needed = errors.output, silenced(session, task)
            share, judged = perturbation(session, task, world.perturb, owners, world.perturbed or schedule.test)
            causal = CausalChecks(share, needed)
        facts = world.tell(task, begun, judged)
        classes = describe_classes(world.domain.class_names, errors.counts, world.several)
        save_model(folder / "model", begun.model, run.config())
        seen = world.looked_for(session, task), world.heard(session, task)
        gather(session, task, errors.counts, place, *seen, world.examples).save(folder / ARRAYS)
        progress = trainer.progress
        target, reached = world.true_density, progress.annealing.density
        theorem = assumptions(
            task,
            world.layouts(),
            schedule.test,
            receptive_field(begun.model.local, task.inputs(task.batch(CALIBRATION, 0, 1)[0])[0]),
            errors.density / target,
            [each.missed / max(each.motifs, 1) for each in classes],
        )
        past = _one_step_further(trainer, folder, run) if world.steps_past and world.variant.anneals else []
        result = ValidationResult(
            chosen=world.names,
            errors=errors.placed,
            output=output,
            density=MapDensity(errors.density, reached, target, map_entropy(errors.density, world.channels, BITS)),
            causal=causal,
            provenance=Provenance(
                seed=run.seed,
                samples=progress.samples + begun.samples,
                seconds=round(before + time.monotonic() - clock, 1),
                stop_reason=progress.stop_reason,
                device=str(fabric.device),
                threads=torch.get_num_threads(),
                machine=platform.machine(),
                versions={name: version(name) for name in ("sparling-genomics", "torch")},
            ),
            facts=facts,
            as_marked=errors.as_marked,
            offsets=tuple(map(tuple, offsets.tolist())),
            classes=classes,
            scan=density_scan(trainer.log.read() + past),
            theorem=theorem,
            settings=world.settings,
        )
    except (KeyboardInterrupt, Interrupted) as error:
        raise Interrupted(f"stopped after training, before all was measured; saved in {folder}") from error
    write_json(folder / RESULT, result.to_json())
    return result


def _finished(run: Run[World], fabric: FabricLike, folder: Path, watch: Watch | None) -> SparlingModel:
    """The model of a run of the method itself in ``folder``, which is made or gone on with where it is not finished."""
    run = replace(run, world=run.world.by_the_method())
    if not (folder / RESULT).exists():
        resume = has_state(folder / "checkpoint")
        if not resume:
            run.start(folder)
        validate(run, fabric, folder, watch, resume)
    model = run.world.model()
    load_weights(folder / "model", model)
    return model


def _one_step_further(trainer: Trainer, folder: Path, run: Run[World]) -> list[dict[str, Any]]:
    """Train the finished model on, at a density one step below its own; its evaluations."""
    schedule = run.world.schedule
    past = folder / "past"
    shutil.rmtree(past, ignore_errors=True)
    past.mkdir()
    density = trainer.model.sparsity.density * schedule.factor
    rule = Constant(density, samples=schedule.evaluate_every)
    settings = replace(trainer.settings, settle_evaluations=2)
    further = Trainer(
        trainer.session, rule, settings, folder=past, revive=trainer.revive, observer=None, probe=trainer.probe
    )
    further.fit()
    return further.log.read()
