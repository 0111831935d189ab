"""What a finished run says: which channel stands for what, which sites are right, and what faults are told."""

from pathlib import Path

import numpy as np
import pytest

from sparling.errors import InputError
from sparling.validation.evidence import OUTSIDE, RIGHT, WRONG, Arrays, Box, Evidence
from sparling.validation.report import evidence_of
from tests.core.validation.hand_made import ARRAYS, WORLD, result_with, write_hand_made


def read_evidence(folder: Path) -> Evidence:
    return evidence_of(folder, WORLD)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_hand_made(tmp_path / "run")


def test_channels_are_named_and_ordered_by_their_classes(folder: Path) -> None:
    evidence = read_evidence(folder)
    assert evidence.class_of_channel == [1, None, 0, None]
    assert evidence.channel_order == [2, 0, 1, 3]
    assert [evidence.channel_name(channel) for channel in range(4)] == ["1", "c1", "0", "c3"]
    assert [evidence.marks(channel) for channel in range(4)] == [42, 0, 54, 2]


def test_sites_are_judged_by_the_box_they_lie_in(folder: Path) -> None:
    sites = read_evidence(folder).sites(0)
    assert [(site.strength, site.judgement, site.box) for site in sites] == [
        (1.5, RIGHT, 0),
        (0.7, WRONG, 1),
        (0.5, WRONG, 0),
        (0.2, OUTSIDE, None),
    ]
    assert read_evidence(folder).sites(1) == []


def test_a_site_in_two_boxes_belongs_to_the_one_of_its_own_class(tmp_path: Path) -> None:
    boxes = np.array([[0, 1, 0, 0, 10, 10], [0, 0, 0, 0, 10, 10]])
    folder = write_hand_made(tmp_path / "run", {"boxes": boxes, "sites": np.array([[0, 2, 4, 4, 1.0]])})
    (site,) = read_evidence(folder).sites(0)
    assert (site.judgement, site.box) == (RIGHT, 1)


def test_boxes_end_before_their_last_pixel(tmp_path: Path) -> None:
    edges = np.array([[0, 2, row, 5, 1.0] for row in (1, 2, 13, 14)], dtype=float)
    folder = write_hand_made(tmp_path / "run", {"sites": edges})
    judged = {site.place[0]: site.judgement for site in read_evidence(folder).sites(0)}
    assert judged == {1: OUTSIDE, 2: RIGHT, 13: RIGHT, 14: OUTSIDE}


def test_intervals_of_sequences_are_judged_like_boxes_of_images() -> None:
    boxes = np.array([[0, 0, 2, 14], [0, 1, 14, 20], [1, 2, 4, 16]])
    sites = np.array([[0, 2, 13, 1.5], [0, 2, 14, 0.7], [0, 1, 20, 0.2]])
    unseen = ("examples", "truth", "guess", "looked_for", "heard", "missed", "false_positives")
    blank = dict.fromkeys(unseen, np.zeros(0))
    arrays = Arrays(boxes=boxes, sites=sites, confusion=np.zeros((3, 4)), **blank)
    evidence = Evidence(result_with(), [], arrays)
    assert evidence.boxes(0) == [Box(0, (2,), (14,)), Box(1, (14,), (20,))]
    assert [(site.place, site.judgement, site.box) for site in evidence.sites(0)] == [
        ((13,), RIGHT, 0),
        ((14,), WRONG, 1),
        ((20,), OUTSIDE, None),
    ]


def test_sequences_end_at_the_first_token_that_is_no_class(folder: Path) -> None:
    evidence = read_evidence(folder)
    assert [evidence.spelled(row) for row in ARRAYS["truth"]] == [["0", "1"], ["2"]]
    assert [evidence.spelled(row) for row in ARRAYS["guess"]] == [["0", "1"], []]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", None])
def test_damaged_or_missing_evidence_is_told_with_its_path(folder: Path, content: bytes | None) -> None:
    path = folder / "evidence.npz"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read .*evidence\.npz"):
        read_evidence(folder)


def test_missing_arrays_and_figures_are_named(tmp_path: Path) -> None:
    folder = write_hand_made(tmp_path / "run")
    np.savez(folder / "evidence.npz", examples=ARRAYS["examples"])
    with pytest.raises(InputError, match="boxes"):
        read_evidence(folder)
    (folder / "validation.json").write_text('{"fpe": 0.1}')
    with pytest.raises(InputError, match=r"it lacks .*fne, ce, .*validation\.json"):
        read_evidence(folder)
