"""LaTeX-OCR beside the published figures, and how it is read and drawn."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sparling.domains.latex_ocr.domain import END, LatexOcr
from sparling.domains.latex_ocr.grammar import OPEN, PLUS, SYMBOLS, TOKENS
from sparling.validation.evidence import Evidence
from sparling.validation.summary import in_percent
from sparling.worlds.latex_ocr.presets import PRESETS
from sparling.worlds.latex_ocr.world import LatexOcrWorld
from tests.core.validation.hand_made import ARRAYS, result_with

WORLD = LatexOcrWorld.at(PRESETS["quick"])


def test_each_figure_stands_beside_the_published_one() -> None:
    result = result_with()
    result = replace(result, errors=replace(result.errors, ce_many=0.03))
    rows = {row.name: (in_percent(row.value), in_percent(row.reference)) for row in WORLD.figures(result)}
    assert rows == {
        "FPE": ("2.00", "0.53"),
        "FNE": ("5.00", "14.20"),
        "CE many": ("3.00", "2.50"),
        "CE": ("8.00", "–"),
        "E2EE": ("1.23", "0.98"),
        "exact match": ("90.00", "–"),
        "perturbation": ("50.00", "86.10"),
    }


@pytest.mark.parametrize(
    ("preset", "words"),
    [("full", "in the same world"), ("paper", "in the same world"), ("quick", "64 × 88 pixels with formulas of 1–6")],
)
def test_the_published_world_is_named(preset: str, words: str) -> None:
    assert words in LatexOcrWorld.at(PRESETS[preset]).remarks(result_with())


def test_the_published_presets_are_the_published_world() -> None:
    for name in ("full", "paper"):
        world = LatexOcrWorld.at(PRESETS[name])
        assert world.domain == LatexOcr()
        assert world.channels == 32
    assert LatexOcrWorld.at(PRESETS["paper"]).local().receptive_field == 65
    assert LatexOcrWorld.at(PRESETS["paper"]).true_density == pytest.approx(9.64 / (120 * 360 * 32), rel=0.01)


def test_a_channel_of_quick_marks_as_often_as_a_sign_occurs_and_two_as_often_as_a_bracket() -> None:
    drawn = torch.tensor([token for tokens in WORLD.domain.formulas(1, torch.arange(8_000)) for token in tokens])
    often = torch.bincount(drawn, minlength=len(TOKENS)) / 8_000
    marks = WORLD.domain.motifs_per_sample / WORLD.channels
    signs, plus, bracket = float(often[: len(SYMBOLS)].mean()), float(often[PLUS]), float(often[OPEN])
    assert (signs, plus, bracket / 2) == pytest.approx((marks,) * 3, rel=0.1)
    assert marks > 0.99 * signs


def test_what_is_read_is_written_as_latex() -> None:
    tokens = np.array([19, 1, 20, 17, 10, 22, 2, 23, 18, 21, END, 3, -1])
    assert WORLD.written(tokens) == r"\frac{1}{(x^{2})}"


def test_only_signs_are_exchanged() -> None:
    y = WORLD.domain.samples(0, torch.arange(64)).y
    activations = torch.zeros(64, WORLD.channels, *WORLD.map_size)
    changed = WORLD.perturb(0, torch.arange(64), y, activations, torch.arange(20))
    assert changed.judged.all()
    moved = changed.demanded != y
    assert moved.any(1).all()
    assert (y[moved] < len(SYMBOLS)).all()
    assert (changed.demanded[moved] < len(SYMBOLS)).all()


def test_all_channels_of_an_exchanged_class_move() -> None:
    quick = PRESETS["quick"]
    world = LatexOcrWorld.at(replace(quick, network=replace(quick.network, channels=32)))
    y = world.domain.samples(0, torch.arange(64)).y
    activations = torch.zeros(64, world.channels, *world.map_size)
    activations[:, :20, 3, 3], activations[:, 20:, 9, 9] = 1.0, 2.0
    channels = torch.stack([torch.arange(20), torch.where(torch.arange(20) < 12, 20 + torch.arange(20), -1)], 1)
    changed = world.perturb(0, torch.arange(64), y, activations, channels)
    for sample in range(64):
        (there,) = (changed.demanded[sample] != y[sample]).nonzero(as_tuple=True)
        source, target = int(y[sample, there[0]]), int(changed.demanded[sample, there[0]])
        expected = activations[sample].clone()
        expected[source] = 0
        expected[target, 3, 3] = 1.0
        if source < 12:
            expected[20 + source] = 0
            expected[target, 9, 9] = 2.0
        assert changed.activations[sample].equal(expected)


def test_a_channel_left_over_stands_for_its_commonest_class() -> None:
    confusion = np.array([[0, 9, 49, 0], [38, 2, 2, 0], [3, 0, 3, 0]])
    arrays = {name: np.asarray(value) for name, value in ARRAYS.items()} | {"confusion": confusion}
    evidence = Evidence(result_with(), [], type_arrays(arrays), several=True)
    assert evidence.class_of_channel == [1, 0, 0, None]
    assert evidence.channel_order == [1, 2, 0, 3]


def type_arrays(arrays: dict[str, np.ndarray]):
    from sparling.validation.evidence import Arrays

    return Arrays(**arrays)
