import json
from pathlib import Path

import pytest

from sparling.errors import InputError
from sparling.training.records import EvaluationRecord, MetricsLog


def record(step: int, **changes: float) -> EvaluationRecord:
    base = EvaluationRecord(
        step=step,
        samples=100 * step,
        seconds=1.5,
        phase="anneal",
        target_density=0.5,
        density=0.49999999999999994,
        validation_density=0.48,
        loss=0.7,
        score=0.1 + 0.2,
        noise=0.01,
        best=0.9,
        bar=0.89,
        action="hold",
        threshold=0.0,
    )
    return base._replace(**changes)


@pytest.fixture
def log(tmp_path: Path) -> MetricsLog:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    for step in (1, 2, 3):
        log.append(record(step), {"extra": step / 3})
    return log


def test_one_line_a_record_with_all_its_digits(log: MetricsLog) -> None:
    assert log.path.read_bytes().count(b"\n") == 3
    assert log.read() == [record(step)._asdict() | {"extra": step / 3} for step in (1, 2, 3)]


def test_no_log_is_an_empty_log(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    assert log.read() == []
    log.truncate(0)
    assert log.path.read_bytes() == b""


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_json_has_no_infinities(tmp_path: Path, value: float) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.append(record(1, bar=value), {})
    assert json.loads(log.path.read_text(), parse_constant=pytest.fail)["bar"] is None


@pytest.mark.parametrize("step", [0, 1, 2, 3, 9])
def test_truncation_keeps_the_bytes_of_earlier_lines(log: MetricsLog, step: int) -> None:
    before = log.path.read_bytes().splitlines(keepends=True)
    log.truncate(step)
    assert log.path.read_bytes() == b"".join(before[:step])
    assert [path.name for path in log.path.parent.iterdir()] == ["metrics.jsonl"]


def test_a_line_cut_short_is_forgotten(log: MetricsLog) -> None:
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + b'{"step": 4, "samp\xc3')
    log.truncate(9)
    assert log.path.read_bytes() == whole


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{half", r"not JSON, .*metrics\.jsonl:2"),
        ("7", r"expected an evaluation .*metrics\.jsonl:2"),
        ('{"samples": 1}', r"expected an evaluation .*metrics\.jsonl:2"),
    ],
)
def test_a_damaged_line_is_named(log: MetricsLog, line: str, message: str) -> None:
    lines = log.path.read_text().splitlines()
    log.path.write_text("\n".join([lines[0], line, lines[2]]) + "\n")
    with pytest.raises(InputError, match=message):
        log.truncate(3)
