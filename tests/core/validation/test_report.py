"""The report: every figure and picture is there, nothing is loaded, and holes in the evidence are no obstacle."""

import base64
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sparling.validation.curves import _apart
from sparling.validation.report import write_pictures, write_report
from tests.core.validation.hand_made import ARRAYS, CLASSES, SCAN, WORLD, evaluations, write_hand_made
from tests.page import Page

PNG = b"\x89PNG\r\n\x1a\n"


def page_of(folder: Path) -> Page:
    return Page(write_report(folder, WORLD).read_text(encoding="utf-8"))


def pictures(page: Page) -> list[str]:
    sources = [value for tag, name, value in page.attributes if (tag, name) == ("img", "src")]
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    return [base64.b64decode(source.partition(",")[2]).decode() for source in sources]


def test_says_what_was_found(tmp_path: Path) -> None:
    text = page_of(write_hand_made(tmp_path / "run")).text
    for expected in (
        "preset quick · variant shared · seed 3",
        "2 of 3 digit classes have a channel of their own, not 2; 5 % of digits were missed",
        "FPE marks that lie on no digit 2.00 1.48 (0.07–4.23)",
        "E2EE edit distance of the sequence read 1.23 0.74 (0.47–1.15)",
        "perturbation digit swapped in the map, read as it then must be 50.00 99.30",
        "quick is a smaller world, 40 × 40 pixels with 1–2 digits",
        "Density δ of the map 1.02% 1.02 × δ*",
        "Time 1 min 2 s on cpu, 2 threads",
        "target density reached at δ*",
        "--preset quick --seed 3 --variant shared",
        "torch 2.9.1",
        "network: cell 2",
        "schedule: max minutes 9.5",
    ):
        assert expected in text, expected


def test_shows_seven_pictures_and_loads_nothing(tmp_path: Path) -> None:
    page = page_of(write_hand_made(tmp_path / "run"))
    assert len(pictures(page)) == 7
    tags = {tag for tag, _, _ in page.attributes}
    assert not tags & {"script", "link", "iframe", "object", "embed"}
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "srcset"):
            assert value.startswith("data:"), (tag, name)
    for drawing in pictures(page):
        addresses = {part.split('"')[0] for part in drawing.split('xlink:href="')[1:]}
        assert all(address.startswith(("#", "data:image/png")) for address in addresses)


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_report(write_hand_made(tmp_path / name), WORLD).read_bytes() for name in ("one", "two"))
    assert first == second


NOTHING = {
    "sites": np.zeros((0, 5)),
    "boxes": np.zeros((0, 6), dtype=np.int64),
    "confusion": np.zeros((3, 4), dtype=np.int64),
    "missed": np.array([50, 40, 10]),
    "false_positives": np.zeros(4, dtype=np.int64),
    "looked_for": np.full((4, 5, 5), np.nan, dtype=np.float32),
}
ONE_PIXEL = {"looked_for": np.zeros((4, 1, 1), dtype=np.float32)}
CROWDED = {
    "sites": np.stack([np.array([0, i % 4, i % 24, i // 24, 1.0]) for i in range(576)]),
}


@pytest.mark.parametrize(
    ("arrays", "fields"),
    [
        (CROWDED, {"density": 1.0, "scan": SCAN[1:2]}),
        (ONE_PIXEL, {"scan": [SCAN[0] | {"density": 0.0}], "perturbation_consistency": None, "ce": None}),
        (NOTHING, {"ce": None, "density": 0.0, "necessity": [None] * 4, "scan": []}),
        ({}, dict.fromkeys(("e2ee", "exact_match", "perturbation_consistency", "necessity")) | {"scan": []}),
    ],
)
def test_holes_in_the_evidence_are_no_obstacle(tmp_path: Path, arrays: dict[str, Any], fields: dict[str, Any]) -> None:
    page = page_of(write_hand_made(tmp_path / "run", arrays, **fields))
    without = [name for name in ("scan", "necessity") if not fields.get(name, True)]
    assert len(pictures(page)) == 7 - len(without) - ("scan" in without)
    assert "None" not in page.text
    assert "nan" not in page.text.split()


def test_a_run_that_was_never_evaluated_has_no_course_of_training(tmp_path: Path) -> None:
    folder = write_hand_made(tmp_path / "run")
    (folder / "metrics.jsonl").write_text("")
    page = page_of(folder)
    assert len(pictures(page)) == 6
    assert "The course of training" not in page.text


def test_pictures_are_written_for_others(tmp_path: Path) -> None:
    paths = write_pictures(write_hand_made(tmp_path / "run"), WORLD, tmp_path / "docs" / "images")
    assert [path.name for path in paths] == [
        f"digit_circle_{name}.png"
        for name in ("examples", "patches", "confusion", "scan", "bound", "training", "necessity")
    ]
    assert all(path.read_bytes().startswith(PNG) for path in paths)


def test_labels_are_kept_apart_and_in_order() -> None:
    places = _apart([0.0, 0.0, 0.1, 5.0, 5.05], 0.5)
    assert places == sorted(places)
    assert all(after - before > 0.499 for before, after in pairwise(places))
    assert math.isclose(sum(places), 10.15)


def test_channels_may_be_fewer_than_classes(tmp_path: Path) -> None:
    fewer = {
        "confusion": ARRAYS["confusion"][:, :2],
        "looked_for": ARRAYS["looked_for"][:2],
        "false_positives": ARRAYS["false_positives"][:2],
        "sites": ARRAYS["sites"][ARRAYS["sites"][:, 1] < 2],
    }
    classes = [item | {"channel": channel} for item, channel in zip(CLASSES, (0, None, 1), strict=True)]
    folder = write_hand_made(tmp_path / "run", fewer, necessity=[0.1, None], classes=classes)
    lines = [json.dumps(line | {"thresholds": line["thresholds"][:2]}) + "\n" for line in evaluations()]
    (folder / "metrics.jsonl").write_text("".join(lines))
    assert len(pictures(page_of(folder))) == 7
