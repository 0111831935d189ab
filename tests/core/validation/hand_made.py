"""The folder of a validation as a run leaves it, made up: three classes, four channels, two examples."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from sparling.domains.digit_circle import DigitCircle
from sparling.validation.result import ValidationResult
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.digit_circle.world import DigitCircleWorld
from sparling.worlds.images.presets import Network, Preset

SIDE = 40
CLASSES = [
    {"name": "0", "channel": 2, "motifs": 50, "missed": 1, "confused": 0},
    {"name": "1", "channel": 0, "motifs": 40, "missed": 0, "confused": 2},
    {"name": "2", "channel": None, "motifs": 10, "missed": 4, "confused": 6},
]
SCAN: list[dict[str, Any]] = [
    {"target_density": density, "density": density, "samples": samples, "e2ee": e2ee, "exact_match": 1 - e2ee}
    | {"fpe": fpe, "fne": fne, "ce": ce, "ce_many": ce}
    for density, samples, e2ee, fpe, fne, ce in (
        (0.1, 100, 0.9, 0.9, 0.0, 0.7),
        (0.01, 300, 0.4, 0.2, 0.1, None),
        (0.003, 50, 0.7, 0.0, 0.6, 0.0),
    )
]
WORLD = DigitCircleWorld.at(
    Preset("quick", DigitCircle(side=SIDE, fewest=1, most=2, radius=4.0), Network(), PRESETS["quick"].schedule),
    "shared",
)


def _share(value: float) -> dict[str, Any]:
    return {"value": value, "low": value / 2, "high": (1 + value) / 2, "number": 100}


THEOREM: dict[str, Any] = {
    "classes": [
        {
            "name": item["name"],
            "overlapping": _share(0.02),
            "in_sight": _share(0.3),
            "dependence": None
            if item["name"] == "2"
            else {"motifs": 90, "feature": "its place", "explained": 0.003} | {"p": 0.35},
            "necessity": {"alpha": _share(0.9), "by_edit": {"removed": _share(0.4), "added": _share(0.0)}},
        }
        for item in CLASSES
    ],
    "verdicts": [{"guaranteed": item["name"] != "2", "says": f"{item['name']}: as told."} for item in CLASSES],
    "background": {"samples": 64, "largest": 0.012, "p": 0.42},
    "alpha": 0.9,
    "k": 12.5,
    "alpha_fne": -0.5,
}
RESULT: dict[str, Any] = {
    "fpe": 0.02,
    "fne": 0.05,
    "ce": 0.08,
    "ce_many": 0.08,
    "e2ee": 0.0123,
    "exact_match": 0.9,
    "as_marked": {"fpe": 0.031, "fne": 0.06, "ce": 0.08, "ce_many": 0.08},
    "offsets": [[0, 1], [0, 0], [-2, 0], [0, 0]],
    "density": 0.0102,
    "entropy_bits": 0.3,
    "perturbation_consistency": 0.5,
    "necessity": [0.9, None, 0.4, 0.0],
    "delta_star": 0.01,
    "target_density": 0.01,
    "samples": 300,
    "seed": 3,
    "preset": "quick",
    "variant": "shared",
    "stop_reason": "target density reached",
    "device": "cpu",
    "threads": 2,
    "machine": "x86_64",
    "versions": {"torch": "2.9.1"},
    "settings": WORLD.settings,
    "classes": CLASSES,
    "seconds": 61.5,
    "scan": SCAN,
    "theorem": THEOREM,
}
ARRAYS: dict[str, Any] = {
    "examples": np.random.default_rng(0).integers(0, 2, (2, SIDE, SIDE)).astype(np.uint8),
    "boxes": np.array([[0, 0, 2, 2, 14, 10], [0, 1, 2, 12, 14, 20], [1, 2, 4, 4, 16, 12]]),
    "sites": np.array(
        [
            [0, 2, 9, 5, 1.5],  # class 0 by its channel
            [0, 0, 9, 5, 0.5],  # in the same box, by the channel of class 1
            [0, 2, 9, 15, 0.7],  # in the box of class 1, by the channel of class 0
            [0, 1, 21, 21, 0.2],  # outside
        ],
        dtype=float,
    ),
    "truth": np.array([[0, 1, 3], [2, 3, -1]]),
    "guess": np.array([[0, 1, 3], [3, 0, 0]]),
    "looked_for": np.stack([np.full((5, 5), np.nan) if c == 1 else np.eye(5) * c for c in range(4)]).astype(np.float32),
    "heard": np.zeros((4, 0, 0), np.int16),
    "confusion": np.array([[0, 0, 49, 0], [38, 0, 2, 0], [3, 0, 3, 0]]),
    "missed": np.array([1, 0, 4]),
    "false_positives": np.array([1, 0, 0, 2]),
}


def evaluations() -> list[dict[str, Any]]:
    """Three lines of metrics.jsonl, the second with null where nothing could be told."""
    lines = []
    for step, point in enumerate(SCAN, 1):
        line = {"step": step, "phase": "settle" if step == 3 else "anneal", "loss": 2.0 / step, "seconds": step}
        lines.append(point | line | {"samples": 100 * step, "thresholds": [1.0 * step, 2.0, 2.01 * step, 3.0]})
    return lines


def write_hand_made(folder: Path, arrays: dict[str, Any] | None = None, **fields: Any) -> Path:
    """Write the folder, with some fields of validation.json or arrays replaced; its path."""
    folder.mkdir(parents=True)
    (folder / "validation.json").write_text(json.dumps(RESULT | fields))
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in evaluations()))
    np.savez_compressed(folder / "evidence.npz", **(ARRAYS | (arrays or {})))
    return folder


def result_with(**fields: Any) -> ValidationResult:
    """What such a folder says, with some fields of validation.json replaced."""
    return ValidationResult.from_json(RESULT | fields, ("preset", "variant"))
