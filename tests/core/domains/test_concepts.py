"""The world of concepts: samples by address, what is drawn how often, and what streams see of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sparling.domains.concepts import ROOT, Concepts, View

WORLD = Concepts(
    classes=2,
    families=2,
    kinds=3,
    fewest=2,
    most=4,
    views=(View("a", 7, 0, 0.0), View("b", 5, 2, 0.5)),
    mixture=3,
    private_share=0.2,
)
N = 4_000


@pytest.fixture(scope="module")
def samples():
    return WORLD.samples(1, torch.arange(N))


def test_a_sample_is_the_same_alone_in_any_order_and_again(samples) -> None:
    some = torch.tensor([17, 3, 1000, 17])
    again = Concepts(**{name: getattr(WORLD, name) for name in WORLD.__dataclass_fields__}).samples(1, some)
    assert torch.equal(again.concepts, samples.concepts[some])
    for one, all_of_them in zip((*again.features, *again.private), (*samples.features, *samples.private), strict=True):
        torch.testing.assert_close(one, all_of_them[some], rtol=1e-5, atol=1e-5)
    other = WORLD.samples(2, some)
    assert not torch.equal(other.concepts, again.concepts)


def test_so_many_concepts_with_strengths_in_range(samples) -> None:
    active = samples.concepts > 0
    counts = torch.bincount(active.sum(1), minlength=5) / N
    assert counts.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 3, 1 / 3], abs=0.03)
    strengths = samples.concepts[active]
    assert WORLD.weakest <= float(strengths.min()) < WORLD.weakest + 0.01
    assert WORLD.strongest - 0.01 < float(strengths.max()) <= WORLD.strongest


def test_the_first_concept_is_drawn_by_zipf(samples) -> None:
    """Where a sample has one concept, each comes as often as its weight says, 1/r over their sum."""
    one = replace(WORLD, fewest=1, most=1).samples(1, torch.arange(N)).concepts > 0
    share = one.double().mean(0).sort(descending=True).values
    expected = 1 / torch.arange(1, 13)
    expected = expected / expected.sum()
    assert share.tolist() == pytest.approx(expected.tolist(), abs=0.025)
    assert WORLD.weights.sort(descending=True).values.tolist() == pytest.approx(expected.tolist())


def test_private_concepts_come_as_often_as_is_said(samples) -> None:
    assert [each.shape[1] for each in samples.private] == [0, 2]
    assert (samples.private[1] > 0).double().mean(0).tolist() == pytest.approx([0.2, 0.2], abs=0.03)


def test_features_are_the_mixture_of_what_is_active_and_noise(samples) -> None:
    """Without noise equal concepts give equal features; each has about variance 1, and noise adds its own."""
    a, b = samples.features
    assert a.shape == (N, 7)
    assert a.std(0).tolist() == pytest.approx([1.0] * 7, abs=0.1)
    assert b.var(0).tolist() == pytest.approx([1.25] * 5, abs=0.15)
    first, bias, second = WORLD._mixtures[0]
    for i in range(3):
        hidden = [max(float(samples.concepts[i] @ first[:, h] + bias[h]), 0.0) for h in range(first.shape[1])]
        mixed = torch.tensor([sum(hidden[h] * float(second[h, d]) for h in range(len(hidden))) for d in range(7)])
        torch.testing.assert_close(a[i].double(), mixed.double() * WORLD._scales[0], rtol=1e-4, atol=1e-4)


def test_mixtures_differ_between_streams_and_worlds() -> None:
    other = replace(WORLD, mixture=4)
    assert not torch.equal(other._mixtures[0][0], WORLD._mixtures[0][0])
    assert not torch.equal(WORLD._mixtures[1][0][:12, :4], WORLD._mixtures[0][0][:12, :4])
    assert not torch.equal(other.weights, WORLD.weights)


def test_noise_is_normal_and_of_each_sample_its_own() -> None:
    quiet = replace(WORLD, views=(WORLD.views[0], View("b", 5, 2, 0.0)))
    index = torch.arange(N)
    noise = (WORLD.samples(1, index).features[1] - quiet.samples(1, index).features[1]) / 0.5
    assert float(noise.mean()) == pytest.approx(0, abs=0.03)
    assert float(noise.std()) == pytest.approx(1, abs=0.03)
    assert float((noise.abs() < 1).double().mean()) == pytest.approx(0.683, abs=0.02)
    assert abs(float(np.corrcoef(noise[:-1, 0], noise[1:, 0])[0, 1])) < 0.05


def test_labels_are_a_tree_of_four_levels() -> None:
    parents = WORLD.parents
    assert len(WORLD.names) == 12
    assert parents["2.1.3"] == "2.1"
    assert parents["2.1"] == "2"
    assert parents["2"] == ROOT
    assert len(parents) == 12 + 4 + 2
