"""Spatially sparse networks, y = h(s(g(x))): the layer, its annealing and the training loop, for any PyTorch model.

Rooms and modules from the lowest to the highest; each imports only from those that stand before it:

    conflict    another distribution that installs a package of this name
    errors      the one family of errors
    shapes      legend of axis letters; checks of shapes and fractions
    layer       s: thresholds, the spatial sparsity layer, its calibration, layers to compare it with
    networks    g and h: local models, readouts, and y = h(s(g(x)))
    training    annealing rules, tasks, the one loop, checkpoints
    evaluation  errors of a map and of outputs whose truth is known; does h use the map
    domains     worlds whose true motifs are known
    pages       reports as one offline HTML page
    validation  does a model find the truth of such a world: one flow, one result, one report for all
    worlds      worlds to validate on: DigitCircle
    compat      the layers of the PyPI distribution ``sparling`` 0.3.0, on top of these

Public names are loaded when first used, so that importing the package alone costs nothing.
"""

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from sparling.conflict import REMEDY, conflicting_distribution

if TYPE_CHECKING:
    from sparling.errors import InputError, Interrupted, SparlingError
    from sparling.layer.calibration import Calibration, calibrate
    from sparling.layer.sparsity import SpatialSparsity
    from sparling.networks.local import ResidualLocal, receptive_field
    from sparling.networks.model import ForwardOutput, SparlingModel
    from sparling.networks.readout import MonotoneReadout, PooledReadout, PositionReadout
    from sparling.training.annealing import AnnealingRule, AnnealingState, Evaluation, Published, Relative, simulate
    from sparling.training.checkpoint import load_weights, save_model
    from sparling.training.schedule import TrainingSettings
    from sparling.training.task import Batch, Observer, Probe, Score, Task
    from sparling.training.trainer import Trainer

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
    "errors",
    "layer.sparsity",
    "layer.calibration",
    "networks.local",
    "networks.readout",
    "networks.model",
    "training.annealing",
    "training.checkpoint",
    "training.task",
    "training.schedule",
    "training.trainer",
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
