"""Spatially sparse networks, y = h(s(g(x))): the layer, its annealing and the training loop, for any PyTorch model.

The modules, in the order of the data flow:

    conflict          another distribution that installs a package of this name
    errors            the one family of errors
    shapes            legend of axis letters; checks of shapes and fractions
    local             g: residual local models in 1-D and 2-D, and their receptive field
    thresholds        pure functions: the value that a given fraction of scores exceeds
    inhibition        of marks within one window only the strongest stands
    ranks             what the layer needs of the other processes of a distributed run
    sparsity          s: the spatial sparsity layer
    baselines         layers to compare s with: no sparsity, L1, KL, top-k
    readout           h: from the sparse map to one output a sample or a position
    sequence_readout  h: from the sparse map to a sequence of tokens, one after the other
    relation_readout  h: from the sparse map to answers that depend on counts, places and distances
    model             y = h(s(g(x)))
    calibration       exact thresholds of s on given data
    recruitment       an idle channel becomes a lookout for what the others leave unmarked
    annealing         when to tighten the density: pure rules, and their simulation
    records           what was measured at each evaluation, one JSON object a line
    checkpoint        files that survive a kill, and whose loading executes no code
    folders           when a run may be started in a folder
    devices           which device and precision a run uses
    task              what the trainer needs to know of a domain
    schedule          what a training is asked to do, and where it stands
    training          the one training loop
    evaluation        errors of a map and of outputs whose truth is known; does h use the map
    domains           worlds whose true motifs are known
    validation        does a model find the truth of such a world: presets, variants, measurements, a report
    pages             reports as one offline HTML page
    compat            the layers of the PyPI distribution ``sparling`` 0.3.0, on top of these

Public names are loaded when first used, so that importing the package alone costs nothing.
"""

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from sparling.conflict import REMEDY, conflicting_distribution

if TYPE_CHECKING:
    from sparling.annealing import AnnealingRule, AnnealingState, Evaluation, Published, Relative, simulate
    from sparling.calibration import Calibration, calibrate
    from sparling.checkpoint import load_weights, save_model
    from sparling.errors import InputError, Interrupted, SparlingError
    from sparling.local import ResidualLocal, receptive_field
    from sparling.model import ForwardOutput, SparlingModel
    from sparling.readout import MonotoneReadout, PooledReadout, PositionReadout
    from sparling.schedule import TrainingSettings
    from sparling.sparsity import SpatialSparsity
    from sparling.task import Batch, Observer, Probe, Score, Task
    from sparling.training import Trainer

__all__ = [
    "AnnealingRule",
    "AnnealingState",
    "Batch",
    "Calibration",
    "Evaluation",
    "ForwardOutput",
    "InputError",
    "Interrupted",
    "MonotoneReadout",
    "Observer",
    "PooledReadout",
    "PositionReadout",
    "Probe",
    "Published",
    "Relative",
    "ResidualLocal",
    "Score",
    "SparlingError",
    "SparlingModel",
    "SpatialSparsity",
    "Task",
    "Trainer",
    "TrainingSettings",
    "calibrate",
    "load_weights",
    "receptive_field",
    "save_model",
    "simulate",
]

_MODULES = (
    "annealing",
    "errors",
    "local",
    "readout",
    "sparsity",
    "calibration",
    "model",
    "checkpoint",
    "task",
    "schedule",
    "training",
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in _MODULES:
            found = getattr(importlib.import_module(f"sparling.{module}"), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module 'sparling' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


if _conflict := conflicting_distribution():
    warnings.warn(f"{_conflict} installs a package of the same name over this one: {REMEDY}", stacklevel=2)
