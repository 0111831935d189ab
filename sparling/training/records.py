"""One JSON object a line: what was measured at each evaluation, append-only and readable while training runs."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from sparling.atomic import write_atomically
from sparling.errors import InputError
from sparling.training.annealing import Action


class EvaluationRecord(NamedTuple):
    """One line of metrics.jsonl."""

    step: int
    """Number of evaluations so far, from 1."""
    samples: int
    """Training samples seen."""
    seconds: float
    """Wall time in training, over all resumed parts."""
    phase: str
    """"anneal" while δ falls, "settle" while the learning rate falls at the final δ."""
    target_density: float
    """δ at which this evaluation was made."""
    density: float
    """Realised fraction of non-zero activations on the calibration set."""
    validation_density: float
    """The same on the validation set."""
    loss: float
    """Mean training loss since the last evaluation."""
    score: float
    """Validation score that the annealing rule looks at."""
    noise: float
    """Standard error of the score."""
    best: float
    """Best score so far."""
    bar: float
    """Score needed to tighten."""
    action: Action
    """What the rule decided."""
    threshold: float
    """Mean threshold over channels, in standard deviations of the scores."""


class MetricsLog:
    """metrics.jsonl of a run. Extra fields of a line are kept, so that a domain may add its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: EvaluationRecord, extra: dict[str, Any]) -> None:
        """Write one line and let others see it."""
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(finite(record._asdict() | extra)) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """All lines, oldest first, but one that a kill cut short. Raises ``InputError`` where another is damaged."""
        if not self.path.exists():
            return []
        whole = self.path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        return [_parse(line, f"{self.path}:{number}") for number, line in enumerate(whole, 1)]

    def truncate(self, step: int) -> None:
        """Forget every line after evaluation ``step``, as resuming from a checkpoint made there asks."""
        kept = "".join(json.dumps(line) + "\n" for line in self.read() if line["step"] <= step)
        write_atomically(self.path, lambda path: path.write_text(kept, encoding="utf-8"))


def _parse(line: str, where: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise InputError(f"not JSON, {where}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("step"), int):
        raise InputError(f"expected an evaluation with a whole number as its step, {where}")
    return fields


def finite(fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields with None for infinities and nan, which JSON does not have."""
    infinite = (float("inf"), float("-inf"))
    return {key: None if value in infinite or value != value else value for key, value in fields.items()}
