"""Spatially sparse networks, y = h(s(g(x))): the layer, its annealing and the training loop, for any PyTorch model.

Rooms and modules from the lowest to the highest; each imports only from those that stand before it:

    conflict    another distribution that installs a package of this name
    errors      the one family of errors
    plurals     numbers of things in sentences
    atomic      files that are written in one step
    locks       folders and files that one process writes at a time
    precision   state keeps its own precision, results have that of what came in
    recomputation  activation checkpointing: passes that are repeated move no state
    shapes      legend of axis letters; checks of shapes and fractions
    names       names out of users' files as text: on a terminal, in a table, in a file's name
    layer       s: thresholds, the spatial sparsity layer, its calibration, layers to compare it with
    networks    g and h: local models, readouts, and y = h(s(g(x)))
    training    annealing rules, tasks, the one loop, checkpoints
    evaluation  errors of a map and of outputs whose truth is known; does h use the map
    alignment   one sparse latent space over several streams of features
    domains     worlds whose true motifs are known
    pages       reports as one offline HTML page
    validation  does a model find the truth of such a world: one flow, one result, one report for all
    worlds      worlds to validate on: DigitCircle, formulas, spoken digits
    compat      all names of the PyPI distribution ``sparling`` 0.3.0, with its numbers

Public names are loaded when first used, so that importing the package alone costs nothing.
"""

import importlib
import importlib.util
import warnings
from typing import TYPE_CHECKING, Any

from sparling.conflict import REMEDY, conflicting_distribution

if TYPE_CHECKING:
    from sparling.alignment.align import align
    from sparling.alignment.alignment import Alignment
    from sparling.alignment.settings import AlignmentSettings
    from sparling.alignment.streams import Stream
    from sparling.domains.base import Domain, Samples, SpelledDomain
    from sparling.domains.digit_circle import DigitCircle
    from sparling.domains.sequence_task import ErrorProbe, SequenceTask, WorldTask
    from sparling.errors import (
        FolderError,
        FolderInUse,
        InputError,
        Interrupted,
        InUse,
        NotAFolder,
        NotARunFolder,
        NothingToResume,
        NotWritable,
        NoUsableGpu,
        SettingDiffers,
        SettingOutOfRange,
        SparlingError,
    )
    from sparling.evaluation.causal import move_channel, necessity
    from sparling.evaluation.entropy import binary_entropy, map_entropy
    from sparling.evaluation.motif_errors import MotifCounts, MotifErrors, Motifs, count_motifs, motif_errors
    from sparling.evaluation.placement import motif_offsets, placed
    from sparling.evaluation.sequences import SequenceErrors, edit_distance, sequence_errors
    from sparling.layer.baselines import Noisy, PenalisedKL, PenalisedL1, TopK, Unsparse
    from sparling.layer.calibration import Calibration, calibrate, evaluating
    from sparling.layer.sparsity import SpatialSparsity
    from sparling.layer.thresholds import quantile_threshold
    from sparling.networks.local import ResidualLocal, ResidualUnit
    from sparling.networks.model import ForwardOutput, SparlingModel
    from sparling.networks.readout import MonotoneReadout, PooledReadout, PositionReadout, pooled
    from sparling.networks.receptive_field import ReceptiveField, receptive_field, receptive_fields
    from sparling.networks.relation_readout import RelationReadout
    from sparling.networks.sequence_readout import SequenceReadout
    from sparling.training.annealing import (
        AnnealingRule,
        AnnealingState,
        Constant,
        Evaluation,
        Published,
        Relative,
        Step,
        simulate,
    )
    from sparling.training.checkpoint import load_weights, save_model
    from sparling.training.devices import choose_fabric
    from sparling.training.lines import Lines
    from sparling.training.records import EvaluationRecord, MetricsLog
    from sparling.training.revival.recruitment import Recruitment
    from sparling.training.schedule import Progress, TrainingSettings
    from sparling.training.session import Predictions, Session
    from sparling.training.task import Batch, Observer, Probe, Score, Task, Teaching
    from sparling.training.trainer import Trainer

__version__ = "0.1.0"

__all__ = [
    "Alignment",
    "AlignmentSettings",
    "AnnealingRule",
    "AnnealingState",
    "Batch",
    "Calibration",
    "Constant",
    "DigitCircle",
    "Domain",
    "ErrorProbe",
    "Evaluation",
    "EvaluationRecord",
    "FolderError",
    "FolderInUse",
    "ForwardOutput",
    "InUse",
    "InputError",
    "Interrupted",
    "Lines",
    "MetricsLog",
    "MonotoneReadout",
    "MotifCounts",
    "MotifErrors",
    "Motifs",
    "NoUsableGpu",
    "Noisy",
    "NotAFolder",
    "NotARunFolder",
    "NotWritable",
    "NothingToResume",
    "Observer",
    "PenalisedKL",
    "PenalisedL1",
    "PooledReadout",
    "PositionReadout",
    "Predictions",
    "Probe",
    "Progress",
    "Published",
    "ReceptiveField",
    "Recruitment",
    "RelationReadout",
    "Relative",
    "ResidualLocal",
    "ResidualUnit",
    "Samples",
    "Score",
    "SequenceErrors",
    "SequenceReadout",
    "SequenceTask",
    "Session",
    "SettingDiffers",
    "SettingOutOfRange",
    "SparlingError",
    "SparlingModel",
    "SpatialSparsity",
    "SpelledDomain",
    "Step",
    "Stream",
    "Task",
    "Teaching",
    "TopK",
    "Trainer",
    "TrainingSettings",
    "Unsparse",
    "WorldTask",
    "align",
    "binary_entropy",
    "calibrate",
    "choose_fabric",
    "count_motifs",
    "edit_distance",
    "evaluating",
    "load_weights",
    "map_entropy",
    "motif_errors",
    "motif_offsets",
    "move_channel",
    "necessity",
    "placed",
    "pooled",
    "quantile_threshold",
    "receptive_field",
    "receptive_fields",
    "save_model",
    "sequence_errors",
    "simulate",
]

_MODULES = (
    "errors",
    "layer.sparsity",
    "layer.calibration",
    "layer.thresholds",
    "layer.baselines",
    "networks.local",
    "networks.receptive_field",
    "networks.readout",
    "networks.model",
    "networks.sequence_readout",
    "networks.relation_readout",
    "training.annealing",
    "training.checkpoint",
    "training.records",
    "training.schedule",
    "training.task",
    "training.lines",
    "training.devices",
    "training.session",
    "training.revival.recruitment",
    "training.trainer",
    "alignment.settings",
    "alignment.streams",
    "alignment.alignment",
    "alignment.align",
    "evaluation.entropy",
    "evaluation.placement",
    "evaluation.causal",
    "evaluation.sequences",
    "evaluation.motif_errors",
    "domains.base",
    "domains.digit_circle",
    "domains.sequence_task",
)
"""Where public names are looked for, what costs least to import first."""


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in _MODULES:
            found = getattr(importlib.import_module(f"sparling.{module}"), name, None)
            if found is not None:
                return found
    if importlib.util.find_spec(f"sparling.{name}") is not None:
        return importlib.import_module(f"sparling.{name}")
    raise AttributeError(f"module 'sparling' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


if _conflict := conflicting_distribution():
    warnings.warn(f"{_conflict} installs a package of the same name over this one: {REMEDY}", stacklevel=2)
