"""Every setting of every layer, schedule, network and training: what it cannot be is refused where it is given."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from sparling.alignment.revival import Revival
from sparling.alignment.topk import StreamTopK
from sparling.layer.baselines import Noisy, PenalisedKL, PenalisedL1, TopK, Unsparse
from sparling.layer.normaliser import AffineNormaliser, Normaliser
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.tracker import ThresholdTracker
from sparling.networks.local import ResidualLocal
from sparling.networks.readout import MonotoneReadout, PooledReadout, PositionReadout
from sparling.networks.relation_readout import RelationReadout
from sparling.networks.sequence_readout import SequenceReadout
from sparling.training.annealing import Constant, Published, Relative
from sparling.training.revival.recoding import Recoding
from sparling.training.revival.recruitment import Recruitment
from sparling.training.schedule import TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Reviver, Trainer
from tests.core.toy import PatternTask, toy_model

NAN, INFINITE = float("nan"), float("inf")
FRACTION = (0.0, 1.0, -0.1, 1.5, NAN, INFINITE)
"""Bad values of one that lies strictly between 0 and 1."""
COUNT = (0, -1, 2.5, NAN, True)
FROM_NONE = (-1, 2.5, NAN)
POSITIVE = (0.0, -1.0, NAN, INFINITE)
NOT_NEGATIVE = (-1.0, NAN, INFINITE)

Bad = dict[str, tuple[Any, ...]]
LAYER: Bad = {
    "channels": COUNT,
    "density": FRACTION,
    "mode": ("both", None),
    "momentum": (1.0, -0.1, NAN),
    "min_expected": (-1, 4097, 2.5, NAN),
}
SCHEDULE: Bad = {"target": (*FRACTION, 0.6), "initial": (*FRACTION, 0.05), "factor": FRACTION}
NORMALISER: Bad = {"channels": COUNT, "eps": (-1.0, NAN, INFINITE), "momentum": (-0.1, 1.1, NAN)}
PENALISED: Bad = {"channels": COUNT, "weight": NOT_NEGATIVE}
READOUT: Bad = {"channels": COUNT, "outputs": COUNT, "hidden": COUNT}

CASES: list[tuple[Callable[..., Any], dict[str, Any], Bad]] = [
    (SpatialSparsity, {"channels": 2}, {**LAYER, "eps": (-1.0, NAN, INFINITE), "inhibition": (-1, 2, 3.5, NAN)}),
    (ThresholdTracker, {"channels": 2, "density": 0.1}, LAYER),
    (Normaliser, {"channels": 2}, NORMALISER),
    (AffineNormaliser, {"channels": 2}, NORMALISER),
    (Unsparse, {"channels": 2}, {"channels": COUNT}),
    (TopK, {"channels": 2}, {"channels": COUNT}),
    (PenalisedL1, {"channels": 2}, PENALISED),
    (PenalisedKL, {"channels": 2}, PENALISED),
    (Noisy, {"channels": 2, "bits": float}, {"channels": COUNT}),
    (StreamTopK, {"latents": 8, "k": 2}, {"latents": (*COUNT, 1), "k": (*COUNT, 8), "choice": ("all",)}),
    (Published, {"target": 0.1}, {**SCHEDULE, "fall": NOT_NEGATIVE, "initial_bar": (NAN, INFINITE, -INFINITE)}),
    (
        Relative,
        {"target": 0.1},
        {
            **SCHEDULE,
            "tolerance": NOT_NEGATIVE,
            "noises": NOT_NEGATIVE,
            "patience": COUNT,
            "look_ahead": FROM_NONE,
            "rest": FROM_NONE,
            "ceiling": POSITIVE,
            "leap": NOT_NEGATIVE,
        },
    ),
    (Constant, {"density": 0.1, "samples": 10}, {"density": FRACTION, "samples": COUNT}),
    (
        TrainingSettings,
        {},
        {
            "learning_rate": POSITIVE,
            "weight_decay": NOT_NEGATIVE,
            "evaluate_every": (0, -1, 2.5, NAN),
            "settle_evaluations": (0, -1, 2.5, NAN),
            "level": (-0.1, 1.0, NAN),
            "max_minutes": POSITIVE,
            "max_samples": (0, -1, 2.5, NAN),
            "warm_up": FROM_NONE,
            "clip": POSITIVE,
        },
    ),
    (Recruitment, {"below": 0.1}, {"below": POSITIVE, "until": (-0.1, 1.1, NAN)}),
    (Recoding, {"width": 5}, {"width": (*COUNT, 1, 4)}),
    (Revival, {}, {"until": (-0.1, 1.1, NAN)}),
    (
        ResidualLocal,
        {"in_channels": 1, "channels": 2},
        {
            "in_channels": COUNT,
            "channels": COUNT,
            "width": COUNT,
            "units": FROM_NONE,
            "stem": (0, 2, -1),
            "kernel": (0, 2, -1),
            "rank": (0, 3),
            "cell": COUNT,
        },
    ),
    (PooledReadout, {"channels": 2, "outputs": 1}, READOUT),
    (MonotoneReadout, {"channels": 2, "outputs": 1}, READOUT),
    (
        PositionReadout,
        {"channels": 2, "outputs": 1},
        {
            "channels": COUNT,
            "outputs": COUNT,
            "width": COUNT,
            "kernel": (*COUNT, 4),
            "dilations": tuple((1, bad) for bad in COUNT),
        },
    ),
    (
        RelationReadout,
        {"channels": 2, "length": 20, "answers": 2, "choices": 3},
        dict.fromkeys(("channels", "length", "answers", "choices", "functions", "step", "hidden"), COUNT),
    ),
    (
        SequenceReadout,
        {"channels": 2, "shape": (20,), "tokens": 3, "length": 4},
        {
            **dict.fromkeys(("channels", "tokens", "length", "pool", "width", "heads", "frequencies"), COUNT),
            "layers": FROM_NONE,
            "shape": tuple((bad,) for bad in COUNT),
        },
    ),
]


@pytest.mark.parametrize(
    ("make", "good", "name", "value"),
    [(make, good, name, value) for make, good, bad in CASES for name, values in bad.items() for value in values],
)
def test_a_value_out_of_range_is_refused_and_named(
    make: Callable[..., Any], good: dict[str, Any], name: str, value: Any
) -> None:
    make(**good)
    said = "dilation" if name == "dilations" else "target" if name == "initial" and value == 0.05 else name
    with pytest.raises(ValueError, match=re.escape(said) + r"\b.* must .*; got "):
        make(**good | {name: value})


def test_every_setting_is_among_them() -> None:
    """But those that are true or false, and functions."""
    for make, _, bad in CASES:
        settings = {
            name
            for name, parameter in inspect.signature(make).parameters.items()
            if not isinstance(parameter.default, bool) and name != "bits"
        }
        assert settings - {"calibrated"} == set(bad), make


def test_noise_without_bits_is_refused() -> None:
    layer = Noisy(2, bits=lambda density: 0.0)
    with pytest.raises(ValueError, match=r"bits must be a finite number above 0; got 0\.0"):
        layer(torch.randn(1, 2, 9))


@pytest.mark.parametrize("shares", [[0.0, 1.0], [-1.0, 1.0], [NAN, 1.0], [INFINITE, 1.0], [1.0]])
def test_bad_budgets_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares must be 2 numbers above 0"):
        SpatialSparsity(2).share_out(torch.tensor(shares))


@pytest.mark.parametrize(
    ("revive", "message"),
    [
        (Recruitment(0.1), "recruitment needs a local model that shows its features; got Conv1d"),
        (Recoding(5), "recoding needs a local model that shows its features and a readout that mixes; got Conv1d"),
    ],
)
def test_a_trainer_refuses_to_revive_channels_of_a_model_that_cannot_be(
    tmp_path: Path, revive: Reviver, message: str
) -> None:
    """Before anything is trained or written."""
    model = toy_model()
    model.local = nn.Conv1d(1, 2, 3, padding=1)
    with pytest.raises(TypeError, match=message):
        Trainer(Session(model, PatternTask(), "cpu"), Constant(0.1, 10), folder=tmp_path, revive=revive)
    assert not list(tmp_path.iterdir())
