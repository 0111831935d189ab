"""Both tests of MOTIF-SUFFICIENCY: what they are made of, what they must see, and what they must not."""

import numpy as np
import pytest
import torch
from torch import Tensor

from sparling.evaluation.identifiability.background import invariance
from sparling.evaluation.identifiability.dependence import orthonormal, sufficiency
from sparling.evaluation.identifiability.layout import Surroundings, surroundings
from sparling.evaluation.motif_errors import Motifs
from tests.core.evaluation.identifiability.test_footprints import motifs


def test_inputs_and_layout_of_motifs_by_hand() -> None:
    x = torch.arange(2 * 10).view(2, 1, 10)
    drawn = motifs((0, 0, [1], [3]), (0, 1, [6], [8]), (0, 1, [7], [9]), (1, 0, [4], [8]), (1, 0, [9], [11]))
    first, second = surroundings(x, drawn, classes=2)
    # of class 1 both overlap; of class 0 one sticks out, and the larger box is cut to the smaller, in its middle
    assert second.inputs.shape[0] == 0
    assert first.inputs.tolist() == [[1, 2], [15, 16]]
    layout = first.layout
    assert layout["its place"][:, 0].tolist() == pytest.approx([-0.3, 0.1])
    assert layout["the number of motifs"].tolist() == [[2], [1]]
    assert layout["which other motifs there are"].tolist() == [[0, 2], [1, 0]]
    assert layout["the motif next to it"].tolist() == [[0, 1, 5], [1, 0, 4]]


def test_columns_are_orthonormal_and_constant_ones_are_left_out() -> None:
    values = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
    values[:, 1] = 3
    columns = orthonormal(values)
    assert columns.shape == (60, 4)
    assert columns.T @ columns == pytest.approx(np.eye(4), abs=1e-5)
    assert columns.sum(0) == pytest.approx(np.zeros(4), abs=1e-4)
    assert orthonormal(np.full((60, 2), 0.1, dtype=np.float32)).shape == (60, 0)
    assert orthonormal(np.zeros((60, 0), dtype=np.float32)).shape == (60, 0)


def made(seed: int, strength: float, classes: int = 3, n: int = 80) -> list[Surroundings]:
    """Inputs of which one follows the second of two features, in class 0 alone."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(classes):
        inputs, first, second = (rng.standard_normal((n, many)).astype(np.float32) for many in (12, 3, 1))
        inputs[:, 4] += strength * (k == 0) * second[:, 0]
        found.append(Surroundings(inputs, {"first": first, "second": second}))
    return found


def test_a_dependence_is_found_in_its_class_and_by_its_name() -> None:
    found = sufficiency(made(0, strength=2.0), np.random.default_rng(0))
    assert found.p == 1 / 500
    one, *others = found.classes
    assert one is not None
    assert (one.feature, one.motifs, one.p) == ("second", 80, 1 / 500)
    # four fifths of one of twelve inputs, and as many of what they have in common as that one stands out
    assert 0.8 / 12 - 0.02 < one.explained < 0.5
    assert all(other is not None and other.p > 0.05 for other in others)


def test_p_is_uniform_where_nothing_depends() -> None:
    p = np.array([sufficiency(made(seed, strength=0.0), np.random.default_rng(seed)).p for seed in range(60)])
    assert (p < 0.05).mean() <= 0.1
    assert 0.35 < p.mean() < 0.65


def test_what_shows_in_no_mean_shows_in_how_far_inputs_lie_from_it() -> None:
    rng = np.random.default_rng(0)
    feature = rng.integers(0, 2, (200, 1)).astype(np.float32)
    inputs = (rng.standard_normal((200, 20)) * (1 + 0.3 * feature)).astype(np.float32)
    assert sufficiency([Surroundings(inputs, {"kind": feature})], rng).p == 1 / 500


def test_classes_that_cannot_be_tested_are_none() -> None:
    few, constant = made(0, 0.0, classes=1, n=19)[0], made(0, 0.0, classes=1)[0]
    constant = constant._replace(inputs=np.ones_like(constant.inputs))
    assert sufficiency([few, constant], np.random.default_rng(0)).classes == (None, None)
    assert sufficiency([few], np.random.default_rng(0)).p is None


NOWHERE = Motifs(*(torch.zeros(shape, dtype=torch.int64) for shape in ((0,), (0,), (0, 2), (0, 2))))


def noise(seed: int, n: int = 300, channels: int = 1) -> Tensor:
    return (torch.rand(n, channels, 24, 24, generator=torch.Generator().manual_seed(seed)) < 0.3).float()


def p_of(x: Tensor, drawn: Motifs = NOWHERE) -> float:
    found = invariance(x, drawn, np.random.default_rng(0))
    assert found is not None
    return found.p


def test_noise_is_the_same_everywhere() -> None:
    p = np.array([p_of(noise(seed)) for seed in range(40)])
    assert (p < 0.05).mean() <= 0.125
    assert 0.3 < p.mean() < 0.7


def test_a_gradient_and_a_texture_are_seen() -> None:
    x = noise(0)
    darker = x * (torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) > 0.1 * torch.arange(24) / 24)
    assert p_of(darker) < 1e-4
    smeared = x.clone()
    smeared[..., :12] = torch.where(torch.rand_like(x[..., :12]) < 0.2, x[..., :12].roll(1, 2), x[..., :12])
    assert p_of(smeared) < 1e-4
    largest = invariance(darker, NOWHERE, np.random.default_rng(0))
    assert largest is not None
    # the first third loses 1/60 of its 0.3, the last 5/60, all 3/60: a sixtieth of 2 × 0.3, in standard deviations
    assert largest.largest == pytest.approx(0.01 / (0.285 * 0.715) ** 0.5, abs=0.012)


def test_motifs_are_no_background() -> None:
    x = noise(0)
    x[:, :, 2:8, 2:8] = 1
    drawn = motifs(*((i, 0, [2, 2], [8, 8]) for i in range(len(x))))
    assert p_of(x) < 1e-4
    assert p_of(x, drawn) > 0.01


def test_one_axis_and_many_channels() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400, 10, 64, generator=generator)
    flat = Motifs(*(torch.zeros(shape, dtype=torch.int64) for shape in ((0,), (0,), (0, 1), (0, 1))))
    assert p_of(x, flat) > 0.01
    x[..., 32:] += 0.1
    assert p_of(x, flat) < 1e-4


def test_too_few_samples_say_nothing() -> None:
    assert invariance(noise(0, n=30), NOWHERE, np.random.default_rng(0)) is None
    assert invariance(torch.zeros(300, 1, 24, 24), NOWHERE, np.random.default_rng(0)) is None
