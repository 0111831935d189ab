"""The whole of a validation on one screen: world → model → training → what it found, against the truth."""

import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from sparling.domains.sequence_task import CALIBRATION, SequenceTask
from sparling.errors import Interrupted
from sparling.layer.bottleneck import Bottleneck
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.sequence_readout import SequenceReadout
from sparling.training.annealing import Constant
from sparling.training.checkpoint import has_state, load_weights, save_model, write_json
from sparling.training.records import finite
from sparling.training.schedule import TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Observer
from sparling.training.trainer import Trainer
from sparling.validation.measure import density_scan, describe_classes, gather_evidence, measure, run_facts
from sparling.validation.presets import Preset
from sparling.validation.references import fit_local, take_local
from sparling.validation.run import Run
from sparling.validation.variants import DEFAULT, Variant

RESULT = "validation.json"
SLACK = 2.0
"""Of the last calibration (`layer.calibration.calibrate`): a class is by chance more or less frequent in its samples
than on average, and their number of marks says so only roughly."""


def build_model(preset: Preset, bottleneck: Bottleneck) -> SparlingModel:
    """Local model, the given layer, and a readout for the preset's world."""
    network, domain = preset.network, preset.domain
    local = ResidualLocal(
        1,
        preset.channels,
        width=network.width,
        units=network.units,
        stem=network.stem,
        kernel=network.kernel,
        rank=len(domain.size),
        cell=network.cell,
    )
    readout = SequenceReadout(
        preset.channels,
        preset.map_size,
        domain.tokens,
        domain.length,
        pool=network.pool,
        width=network.readout_width,
        layers=network.readout_layers,
    )
    return SparlingModel(local, bottleneck, readout)


def settings_of(preset: Preset, variant: Variant) -> TrainingSettings:
    """The preset's schedule as the trainer wants it."""
    return preset.schedule.training(variant.calibrated)


def validate(
    run: Run, fabric: Fabric, folder: Path, observer: Observer | None = None, resume: bool = False
) -> dict[str, Any]:
    """Train, measure on samples that nothing was tuned on, and write it all into ``folder``; what validation.json says.

    Raises `Interrupted` on Ctrl-C, with the state saved.
    """
    clock = time.monotonic()
    preset, parts = run.preset, run.parts
    torch.manual_seed(run.seed)
    network, schedule = preset.network, preset.schedule
    task = SequenceTask(
        preset.domain, run.seed, network.cell, schedule.batch_size, schedule.held_out, str(fabric.device)
    )
    model = build_model(preset, parts.bottleneck(preset.channels, network.inhibition))
    rule = parts.rule(schedule, preset.true_density)
    session = Session(model, task, fabric)
    trainer = Trainer(
        session,
        rule,
        settings_of(preset, parts),
        folder=folder,
        revive=schedule.recruitment(preset.true_density) if parts.recruits else None,
        observer=observer,
        probe=task.probe(),
    )
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    before = trainer.progress.seconds
    if parts.trains == "readout":
        take_local(model, _finished(run, fabric, folder / "sparse", observer))
    if parts.trains == "local":
        fit_local(trainer, task, preset)
    else:
        trainer.fit()
    try:
        if parts.calibrated:
            batches = [batch for batch, _ in task.batches(CALIBRATION, schedule.calibration)]
            session.calibrate(batches, SLACK)
        figures, counts = measure(session, task, schedule.test)
        if parts.trains == "local":
            figures |= dict.fromkeys(("e2ee", "exact_match", "perturbation_consistency", "necessity"))
        result = {**figures, **_facts(run, trainer), "classes": describe_classes(preset.domain.class_names, counts)}
        save_model(folder / "model", model, {"preset": asdict(preset), "variant": run.variant})
        gather_evidence(session, task, counts, figures["offsets"], folder)
        result["scan"] = _scan(trainer, folder, run)
        result["seconds"] = round(before + time.monotonic() - clock, 1)
    except (KeyboardInterrupt, Interrupted) as error:
        raise Interrupted(f"stopped after training, before all was measured; saved in {folder}") from error
    result = finite(result)
    write_json(folder / RESULT, result)
    return result


def _finished(run: Run, fabric: Fabric, folder: Path, observer: Observer | None) -> SparlingModel:
    """The model of a run of the method itself in ``folder``, which is made or gone on with where it is not finished."""
    run = replace(run, variant=DEFAULT)
    if not (folder / RESULT).exists():
        resume = has_state(folder / "checkpoint")
        if not resume:
            run.start(folder)
        validate(run, fabric, folder, observer, resume)
    model = build_model(run.preset, run.parts.bottleneck(run.preset.channels, run.preset.network.inhibition))
    load_weights(folder / "model", model)
    return model


def _facts(run: Run, trainer: Trainer) -> dict[str, Any]:
    """What was run, how far it came and on what machine."""
    preset = run.preset
    return {
        **run_facts(trainer),
        "delta_star": preset.true_density,
        "seed": run.seed,
        "preset": preset.name,
        "variant": run.variant,
        "settings": asdict(preset),
    }


def _scan(trainer: Trainer, folder: Path, run: Run) -> list[dict[str, Any]]:
    """Errors on held-out samples at every density passed on the way, then at one step past the last."""
    records = trainer.log.read()
    if run.parts.anneals:
        records += _one_step_further(trainer, folder, run)
    return density_scan(records)


def _one_step_further(trainer: Trainer, folder: Path, run: Run) -> list[dict[str, Any]]:
    """Train the finished model on, at a density one step below its own; its evaluations."""
    schedule, parts = run.preset.schedule, run.parts
    past = folder / "past"
    shutil.rmtree(past, ignore_errors=True)
    past.mkdir()
    density = trainer.model.sparsity.density * schedule.factor
    rule = Constant(density, samples=schedule.evaluate_every)
    settings = replace(settings_of(run.preset, parts), settle_evaluations=2)
    further = Trainer(
        trainer.session, rule, settings, folder=past, revive=trainer.revive, observer=None, probe=trainer.probe
    )
    further.fit()
    return further.log.read()
