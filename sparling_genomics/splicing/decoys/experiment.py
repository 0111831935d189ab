"""A run on windows on one screen: read, check, train, measure once on the test side, read the motifs, publish."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling.training.checkpoint import has_state, write_json
from sparling.training.devices import FabricLike, choose_fabric
from sparling.training.records import finite
from sparling.training.schedule import Stage
from sparling.training.session import Session
from sparling.training.trainer import Trainer, Watch
from sparling_genomics.data.splits import SPLIT_NAMES, TEST, TRAIN, VALIDATION
from sparling_genomics.runs.opening import opened, stoppable
from sparling_genomics.runs.run_folder import RESULT, RunFolder, input_files
from sparling_genomics.splicing.core_sites.maxent import MaxEntTables, read_maxent
from sparling_genomics.splicing.decoys.config import WindowConfig
from sparling_genomics.splicing.decoys.core import CoreLogit, fit_core_logit, site_scores
from sparling_genomics.splicing.decoys.marks import Outputs, as_transcripts, read_marks, silence
from sparling_genomics.splicing.decoys.network import window_model
from sparling_genomics.splicing.decoys.overlap import LENGTH, overlapping
from sparling_genomics.splicing.decoys.publish import save_window_network, write_motifs
from sparling_genomics.splicing.decoys.reading import KINDS, Read, SiteWindows, read_windows, within
from sparling_genomics.splicing.decoys.task import WindowFigures, WindowTask
from sparling_genomics.splicing.decoys.words import Seen, WindowMotif, measured
from sparling_genomics.splicing.runs.copies import merged
from sparling_genomics.splicing.runs.publish import circumstances
from sparling_genomics.splicing.runs.words import channel_words

FORMAT = 1
"""Of the folder of a run on windows."""
ONLY = Stage("Training", (0, 0))


@dataclass(frozen=True)
class Prepared:
    """Windows and tables, read and checked; nothing has been written yet."""

    config: WindowConfig
    read: Read
    tables: MaxEntTables | None
    fabric: FabricLike
    precision: str

    @property
    def noticed(self) -> tuple[str, ...]:
        """Sentences on what was read."""
        windows = self.read.windows
        parts = [f"{int((windows.sides == side).sum()):,} {name}" for side, name in enumerate(SPLIT_NAMES)]
        return (f"{counted(len(windows), 'window')}: {', '.join(parts)}.", *self.read.noticed)


@dataclass(frozen=True)
class Side:
    """Windows of one side, their maximum entropy scores and the logits that these give, 0 without tables."""

    windows: SiteWindows
    scores: NDArray[np.float32] | None
    core: NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """Test figures of all windows, and of those that share no word of 40 letters with the others, where there are any
    of both labels; the scores of maximum entropy beside them where there are tables."""

    windows: int
    network: WindowFigures
    maxent: WindowFigures | None


@dataclass(frozen=True)
class WindowOutcome:
    """What was learned."""

    everything: Measured
    clean: Measured
    marks_per_100nt: float
    motifs: tuple[WindowMotif, ...]
    left_out: Mapping[str, int]
    seconds: float
    stop_reason: str


def prepare(config: WindowConfig) -> Prepared:
    """Read and check all that a run needs. Raises ``InputError`` for any fault, before a file is made."""
    fabric, precision = choose_fabric(config.device, "auto")
    tables = None if config.core is None else read_maxent(config.core)
    return Prepared(
        config, read_windows(config.fasta, config.labels, config.reach, config.seed), tables, fabric, precision
    )


def open_run(folder: RunFolder, options: Mapping[str, Any], *, force: bool, resume: bool) -> Prepared:
    """The inputs of a run, as `opened` has it."""
    return opened(folder, WindowConfig, prepare, options, force=force, resume=resume)


def train_windows(
    prepared: Prepared, folder: RunFolder, command: str, watch: Watch | None = None, resume: bool = False
) -> WindowOutcome:
    """Train, measure and leave a finished run in ``folder``. Raises `Interrupted` on Ctrl-C, state saved."""
    command, started = folder.begin(command)
    with stoppable(folder.path):
        return _run(prepared, folder.path, command, started, watch, resume)


def _run(
    prepared: Prepared, path: Path, command: str, started: str, watch: Watch | None, resume: bool
) -> WindowOutcome:
    clock, config, read = time.monotonic(), prepared.config, prepared.read
    core, (train, validation, test) = _with_core(prepared)
    network = config.network(read.windows.reach)
    task = WindowTask(
        train.windows, validation.windows, config.seed, (train.core, validation.core), config.letter_dropout
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = window_model(network, config.first_density)
    session = Session(model, task, prepared.fabric)
    rule, settings = config.rule(), config.settings(len(train.windows))
    observer = watch and watch(ONLY, rule, settings)
    trainer = Trainer(session, rule, settings, folder=path, observer=observer)
    if resume and has_state(path / "checkpoint"):
        trainer.resume()
    before = trainer.progress.seconds
    trainer.fit()

    of_train = as_transcripts(train.windows)
    marks = read_marks(session, task.batches(train.windows))
    words, left_out = channel_words(of_train, marks, network.channels, network.half)
    words = merged(words, of_train, marks)
    motifs = [word.channels for word in words]
    tested = read_marks(session, task.batches(test.windows))
    outputs, silenced = silence(session, task.batches(test.windows, test.core), motifs)
    held = silence(session, task.batches(validation.windows, validation.core), motifs)[1]
    of_test = read.windows.sides == TEST
    clean = ~overlapping(read.whole[of_test], read.whole[~of_test])
    outcome = WindowOutcome(
        _measured(outputs, test, np.ones(len(clean), dtype=bool)),
        _measured(outputs, test, clean),
        100 * len(tested.places) / test.windows.codes.size,
        measured(words, Seen(train.windows, marks), Seen(test.windows, tested), silenced, held),
        left_out,
        round(before + time.monotonic() - clock, 1),
        trainer.progress.stop_reason,
    )
    save_window_network(path / "model", model, network, core)
    write_motifs(path, outcome.motifs)
    write_json(path / RESULT, _result(prepared, outcome, core, command, started))
    return outcome


def _with_core(prepared: Prepared) -> tuple[CoreLogit | None, list[Side]]:
    """The sides with the logits of the core, which is fitted on the training side."""
    core, sides = None, []
    for side in (TRAIN, VALIDATION, TEST):
        windows = within(prepared.read.windows, side)
        if prepared.tables is None:
            sides.append(Side(windows, None, np.zeros(len(windows), dtype=np.float32)))
            continue
        scores = site_scores(prepared.tables, windows)
        core = core or fit_core_logit(scores, windows)
        sides.append(Side(windows, scores, core.of(scores, windows.kinds)))
    return core, sides


def _measured(outputs: Outputs, test: Side, chosen: NDArray[np.bool_]) -> Measured:
    alone = None
    if test.scores is not None:
        alone = Outputs(torch.from_numpy(test.scores)[:, None].repeat(1, len(KINDS)), outputs.targets.clone())
        alone.targets[:, 2] = 0
    return Measured(int(chosen.sum()), outputs.of(chosen), None if alone is None else alone.of(chosen))


def _result(
    prepared: Prepared, outcome: WindowOutcome, core: CoreLogit | None, command: str, started: str
) -> dict[str, Any]:
    """The content of run.json."""
    windows, config = prepared.read.windows, prepared.config
    return {
        "format": FORMAT,
        "task": "splice-windows",
        **circumstances(command, started),
        "seed": config.seed,
        "device": str(prepared.fabric.device),
        "precision": prepared.precision,
        "seconds": outcome.seconds,
        "stop_reason": outcome.stop_reason,
        "inputs": input_files(config),
        "sides": {
            name: {
                f"{label} {kind}": windows.count(side, number, is_true)
                for number, kind in enumerate(KINDS)
                for is_true, label in enumerate(("decoy", "true"))
            }
            for side, name in enumerate(SPLIT_NAMES)
        },
        "noticed": list(prepared.noticed),
        "config": config.model_dump(mode="json"),
        "core": None if core is None else core._asdict(),
        "test": {
            "all": _figures_json(outcome.everything),
            f"without_shared_{LENGTH}_mers": _figures_json(outcome.clean),
            "marks_per_100nt": outcome.marks_per_100nt,
        },
        "motifs": [motif.pwm.name for motif in outcome.motifs],
        "channels_left_out": dict(outcome.left_out),
    }


def _figures_json(found: Measured) -> dict[str, Any]:
    maxent = None if found.maxent is None else finite(found.maxent._asdict())
    return {"windows": found.windows, "auroc": finite(found.network._asdict()), "maxent_auroc": maxent}
