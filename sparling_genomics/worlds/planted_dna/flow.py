"""The whole of a planted-DNA validation on one screen: world → model → training → what it found, against the truth."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn

from sparling.domains.sequence_task import CALIBRATION
from sparling.errors import Interrupted
from sparling.evaluation.motif_errors import motif_errors
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.relation_readout import RelationReadout
from sparling.training.checkpoint import has_state, save_model, write_json
from sparling.training.records import finite
from sparling.training.schedule import Stage
from sparling.training.session import Session
from sparling.training.trainer import Trainer, Watch
from sparling.validation.flow import RESULT
from sparling.validation.measure import density_scan, describe_classes, errors_on_test, run_facts
from sparling.validation.variants import relative
from sparling_genomics.network.front_ends import FeaturedStrandMax, StrandPair
from sparling_genomics.worlds.planted_dna.measure import exchange_consistency, gather_evidence, known_matrices, majority
from sparling_genomics.worlds.planted_dna.placement import channel_offsets, placement
from sparling_genomics.worlds.planted_dna.run import REST_AT, Network, PlantedRun
from sparling_genomics.worlds.planted_dna.starts import all_starts
from sparling_genomics.worlds.planted_dna.task import AnswerTask
from sparling_genomics.worlds.planted_dna.world import PlantedDna


def build_model(world: PlantedDna, network: Network) -> SparlingModel:
    """Both strands read by the same weights, one channel a class, and a readout of relations."""
    local = ResidualLocal(4, len(world.grammar.classes), width=network.width, units=0, stem=network.receptive_field)
    front_end: nn.Module = StrandPair(local) if world.grammar.by_strand else FeaturedStrandMax(local)
    channels = len(world.class_names)
    readout = RelationReadout(
        channels, world.length, world.answers, world.tokens - 1, network.functions, hidden=network.hidden
    )
    return SparlingModel(front_end, SpatialSparsity(channels, inhibition=network.inhibition), readout)


def validate(
    run: PlantedRun, fabric: Fabric, folder: Path, watch: Watch | None = None, resume: bool = False
) -> dict[str, Any]:
    """Train, measure on samples that nothing was tuned on, and write it all into ``folder``; what validation.json says.

    Raises `Interrupted` on Ctrl-C, with the state saved.
    """
    clock = time.monotonic()
    world, schedule = run.world, run.schedule
    task = AnswerTask(world, run.seed, 1, schedule.batch_size, schedule.held_out, str(fabric.device))
    training = schedule.training()
    revive = None if world.grammar.by_strand else schedule.recruitment(world.true_density)
    starts = all_starts(
        run, task, lambda: build_model(world, run.network), training, revive, fabric, folder / "starts", watch
    )
    best = max(starts, key=lambda start: start.score)
    model = best.model
    torch.manual_seed(run.seed)
    rule = replace(relative(schedule, world.true_density), initial=best.density, ceiling=REST_AT * best.density)
    if training.max_minutes is not None:
        training = replace(training, max_minutes=training.max_minutes * (1 - run.starts.share))
    observer = watch and watch(Stage("Training of the best start"), rule, training)
    session = Session(model, task, fabric)
    trainer = Trainer(session, rule, training, folder=folder, revive=revive, observer=observer, probe=task.probe())
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    before = trainer.progress.seconds + sum(start.seconds_before for start in starts)
    trainer.fit()
    try:
        calibration = [batch for batch, _ in task.batches(CALIBRATION, schedule.calibration)]
        session.calibrate(calibration)
        offsets = channel_offsets(session, task)
        place = placement(session, task, offsets)
        figures, counts = errors_on_test(session, task, schedule.test, place)
        channel_of_class = motif_errors(counts).channel_of_class
        result = {
            **figures,
            "offsets": offsets.tolist(),
            **exchange_consistency(session, task, channel_of_class, schedule.test),
            **run_facts(trainer),
            "samples": trainer.progress.samples + sum(start.samples for start in starts),
            "starts": [{"density": start.density, "score": start.score} for start in starts],
            "majority": majority(task, schedule.test),
            "known_matrices": known_matrices(task, calibration, schedule.test),
            "delta_star": world.true_density,
            "seed": run.seed,
            "grammar": run.grammar,
            "asks": world.grammar.asks,
            "choices": world.grammar.choices,
            "length": world.length,
            "settings": run.settings,
            "noun": "motif",
            "samples_are": "sequences",
            "classes": describe_classes(world.class_names, counts),
            "scan": density_scan(trainer.log.read()),
        }
        save_model(folder / "model", model, run.config())
        gather_evidence(session, task, counts, place, folder)
    except KeyboardInterrupt as error:
        raise Interrupted(f"stopped after training, before all was measured; saved in {folder}") from error
    result["seconds"] = round(before + time.monotonic() - clock, 1)
    result = finite(result)
    write_json(folder / RESULT, result)
    return result
