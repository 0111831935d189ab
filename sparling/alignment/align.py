"""`align`: from streams to an `Alignment`, by the one trainer."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.alignment import CONFIG, Alignment, Started, check_same, make_model, make_task
from sparling.alignment.revival import Revival
from sparling.alignment.settings import LEAST_BETWEEN, MOST_BETWEEN, MOST_HELD_OUT, SETTLING, AlignmentSettings
from sparling.alignment.streams import Standard, Stream, Streams
from sparling.errors import InputError, SettingDiffers, SettingOutOfRange
from sparling.locks import locked
from sparling.training.annealing import AnnealingRule, Constant, Relative
from sparling.training.checkpoint import has_state, refuse_begun
from sparling.training.devices import FabricLike
from sparling.training.folders import make_empty
from sparling.training.lines import Lines
from sparling.training.optimiser import UnitRows
from sparling.training.schedule import Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Observer
from sparling.training.trainer import Trainer, Watch

DEFAULTS, LINES = AlignmentSettings(), Lines()
TOLERANCE = 0.01
"""Share of what is reconstructed that one is ready to give for a tighter k, at each step."""


def align(
    streams: Sequence[Stream],
    settings: AlignmentSettings = DEFAULTS,
    *,
    folder: Path | str,
    held_out: NDArray[np.bool_] | None = None,
    device: FabricLike | str = "auto",
    observer: Observer | Watch | None = LINES,
    resume: bool = False,
    replace: bool = False,
) -> Alignment:
    """Train one latent space for ``streams``; ``folder`` receives all that `Alignment.read` reads.

    ``held_out`` (N,) says which samples are not trained on; None: a share of them at random, by settings and seed.
    With ``replace`` what is in the folder is taken away first, once the streams are known to fit together.
    With ``resume`` an interrupted training in ``folder`` is gone on with, as if it had not been interrupted.
    Raises ``InputError`` for streams that do not fit together, or that are not those of the training to resume,
    ``FolderInUse`` where another training is in ``folder``, ``InUse`` where one runs there, and `Interrupted` on
    Ctrl-C, with the state after the last evaluation in ``folder``.
    """
    with locked(Path(folder)):
        return _align(streams, settings, Path(folder), held_out, device, observer, resume, replace)


def _align(
    streams: Sequence[Stream],
    settings: AlignmentSettings,
    folder: Path,
    held_out: NDArray[np.bool_] | None,
    device: FabricLike | str,
    observer: Observer | Watch | None,
    resume: bool,
    replace: bool,
) -> Alignment:
    checked = Streams(streams)
    held = _held_out(len(checked), settings, held_out)
    training = np.setdiff1d(np.arange(len(checked)), held)
    standard = checked.standard(training)
    started = Started.read(folder) if resume else None
    if started is not None:
        _check_resumed(started, settings, checked, standard, held, folder)
    model = make_model(settings, checked.widths)
    if started is None:
        if replace:
            make_empty(folder, CONFIG)
        refuse_begun(folder, False)
        Started.of(settings, checked, standard, held).write(folder)
    task = make_task(settings, checked, standard, training, held)
    session = Session(model, task, device)
    rule, schedule = schedule_of(settings, len(training))
    watching = observer(Stage("Alignment"), rule, schedule) if callable(observer) else observer
    trainer = Trainer(
        session,
        rule,
        schedule,
        folder=folder,
        optimizer=UnitRows(model.parameters(), list(model.readout.weights), settings.learning_rate),
        revive=Revival(),
        observer=watching,
        probe=task.probe(),
    )
    if resume and has_state(folder / "checkpoint"):  # else it was stopped before the first evaluation
        trainer.resume()
    trainer.fit()
    alignment = Alignment(settings, checked, held, session)
    alignment.save(folder)
    return alignment


def _check_resumed(
    started: Started,
    settings: AlignmentSettings,
    streams: Streams,
    standard: Standard,
    held_out: NDArray[np.int64],
    folder: Path,
) -> None:
    """Raise ``InputError`` where this would be another training; only its time may change."""
    before = asdict(started.settings)
    for name, got in asdict(settings).items():
        if got != before[name] and name != "max_minutes":
            raise SettingDiffers(name, got, before[name])
    check_same(streams, started.names, started.widths)
    if len(streams) != started.samples:
        raise InputError(f"{len(streams):,} samples, but {started.samples:,} in the training to resume: {folder}")
    if not np.array_equal(held_out, started.held_out):
        raise InputError(f"other samples are held out than in the training to resume: {folder}")
    if not all(np.array_equal(a, b) for a, b in zip(standard, started.standard, strict=True)):
        raise InputError(f"the features have changed since the training to resume began: {folder}")


def schedule_of(settings: AlignmentSettings, samples: int) -> tuple[AnnealingRule, TrainingSettings]:
    """When k is tightened, and how ``samples`` training samples are trained on."""
    total = settings.passes(samples) * samples
    every = min(max(samples, LEAST_BETWEEN * settings.batch), MOST_BETWEEN, max(total // 2, 1))
    evaluations = -(-total // every)
    settling = max(round(SETTLING * evaluations), 1)
    rule: AnnealingRule
    level = 0.0
    if settings.initial_k is None or settings.initial_k == settings.k:
        rule = Constant(settings.density, samples=max(evaluations - settling, 1) * every)
    else:
        initial = settings.initial_k / settings.latents
        rule = Relative(settings.density, initial, tolerance=TOLERANCE, patience=2, must_reach=True)
        settling, level = evaluations, 1 - SETTLING
    return rule, TrainingSettings(
        learning_rate=settings.learning_rate,
        weight_decay=0.0,
        evaluate_every=every,
        settle_evaluations=settling,
        level=level,
        max_minutes=settings.max_minutes,
        calibrated=False,
    )


def _held_out(samples: int, settings: AlignmentSettings, given: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Numbers of held-out samples, sorted. Raises ``SettingOutOfRange`` where nothing is left on a side."""
    if given is None:
        count = min(max(round(settings.held_out * samples), 1), samples - 1, MOST_HELD_OUT)
        chosen = np.random.default_rng((settings.seed, 0)).permutation(samples)[:count]
        return np.sort(chosen).astype(np.int64)
    if given.shape != (samples,) or given.dtype != np.bool_:
        expected = f"bool of shape ({samples},)"
        raise SettingOutOfRange("held_out", f"{given.dtype} of shape {given.shape}", expected)
    if given.all() or not given.any():
        raise SettingOutOfRange("held_out", f"{int(given.sum())} of {samples}", "some samples, and not all")
    return np.flatnonzero(given)
