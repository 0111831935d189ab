"""What a readout makes of a map, against the dense map, counts and loops."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from sparling.networks.readout import MonotoneReadout, PooledReadout, pooled
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.discovery.map_readout import LOSS, SHIFTS, Step, fit_readout, map_features, tradeoff, weighed
from tests.genomics.hand_made import activations, dataset


def test_features_are_what_pooling_makes_of_the_map():
    rng = np.random.default_rng(0)
    found = [
        (i, c, p, False, float(rng.gamma(2)))
        for i in range(6)
        for c in range(3)
        for p in range(9)
        if rng.random() < 0.2
    ]
    dense = torch.zeros(6, 3, 9)
    for sequence, channel, position, _, score in found:
        dense[sequence, channel, position] = score
    torch.testing.assert_close(map_features(activations(found), 6, 3), pooled(dense))
    assert torch.equal(map_features(activations([]), 2, 3), torch.zeros(2, 6))


@pytest.mark.parametrize("kind", [MonotoneReadout, PooledReadout])
def test_a_fitted_readout_gives_the_odds_of_equally_many_of_both_kinds(kind):
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 0], [1000, 250]).astype(np.float32)
    fires = rng.random(1250) < np.where(labels == 1, 0.8, 0.2)
    features = torch.from_numpy(np.stack([fires, np.log1p(fires)], axis=1)).float()
    torch.manual_seed(0)
    readout = kind(1, 1)
    fit_readout(readout, features, labels)
    with torch.no_grad():
        silent, loud = readout.of_pooled(torch.tensor([[0.0, 0.0], [1.0, np.log(2)]], dtype=torch.float32))[
            :, 0
        ].tolist()
    shares = [fires[labels == label].mean() for label in (1, 0)]
    assert loud == pytest.approx(np.log(shares[0] / shares[1]), abs=0.15)
    assert silent == pytest.approx(np.log((1 - shares[0]) / (1 - shares[1])), abs=0.15)


def test_a_class_that_is_missing_is_no_error():
    torch.manual_seed(0)
    readout = MonotoneReadout(1, 1)
    fit_readout(readout, torch.ones(5, 2), np.ones(5, dtype=np.float32))
    with torch.no_grad():
        assert readout.of_pooled(torch.ones(1, 2)).item() > 0


# What sparsity costs


def marks(seed=0, n=400):
    """Two channels: the first says bound, by a true site in most bound sequences and by weaker ones anywhere."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    data = dataset(["A" * 30] * n, labels, split=[(TRAIN, VALIDATION, TEST, TRAIN)[i // 2 % 4] for i in range(n)])
    rows = [(i, 0, 5, False, rng.normal(4, 1.5)) for i in range(1, n, 2) if rng.random() < 0.9]
    rows += [(i, c, p, False, rng.normal(-2, 1)) for i in range(n) for c in (0, 1) for p in (10, 20)]
    return data, activations(rows)


def test_more_sites_where_thresholds_are_lower_and_the_kept_ones_where_they_stay():
    data, found = marks()
    steps = tradeoff(data, found, [0, 1], [1.0, 1.5], MonotoneReadout(2, 1), -6.0)
    assert [step.shift for step in steps] == list(SHIFTS)
    for step in steps:
        for label, told in ((1, step.bound), (0, step.unbound)):
            counted = sum(
                score > (1.0, 1.5)[channel] + step.shift
                for i, channel, score in zip(found.sequence, found.channel, found.score, strict=True)
                if data.labels[i] == label
            )
            assert told == counted / 200
    kept = next(step for step in steps if step.shift == 0)
    best = np.zeros(len(data))
    np.maximum.at(best, found.sequence, np.where(found.channel == 0, found.score - 1, 0))
    side = data.split == VALIDATION
    assert kept.auroc == pytest.approx(roc_auc_score(data.labels[side], best[side].clip(min=0)), abs=0.03)


def test_channels_that_went_have_no_say_and_the_readout_is_left_as_it_was():
    data, found = marks()
    readout = MonotoneReadout(1, 1)
    before = [parameter.clone() for parameter in readout.parameters()]
    steps = tradeoff(data, found, [1], [-1.0], readout, -6.0)
    assert max(abs(step.auroc - 0.5) for step in steps) < 0.15
    assert all(torch.equal(*pair) for pair in zip(before, readout.parameters(), strict=True))


def test_weak_marks_are_weighed_where_they_say_more_and_only_as_far_as_they_do():
    data, found = marks()
    steps = tradeoff(data, found, [0, 1], [1.0, 1.5], MonotoneReadout(2, 1), -6.0)
    chosen = weighed(steps)
    best = max(step.auroc for step in steps if step.shift <= 0)
    assert chosen in steps
    assert chosen.auroc >= best - LOSS
    assert all(step.auroc < best - LOSS for step in steps if chosen.shift < step.shift <= 0)
    flat = [Step(shift, 1.0, 0.1, 0.9) for shift in SHIFTS]
    assert weighed(flat).shift == 0
    better_above = [Step(1.0, 0.5, 0.0, 0.99), Step(0.0, 1.0, 0.1, 0.9), Step(-1.0, 2.0, 1.0, 0.895)]
    assert weighed(better_above).shift == 0
    rising = [Step(shift, 1.0, 0.1, 0.9 - 0.011 * shift) for shift in SHIFTS]
    assert weighed(rising).shift == min(SHIFTS)


def test_nobody_looks_below_the_lowest_score():
    data, found = marks()
    found = found.select(found.score > -3.0)
    steps = tradeoff(data, found, [0, 1], [1.0, -2.5], MonotoneReadout(2, 1), -3.0)
    by_shift = {step.shift: step for step in steps}
    for shift in (-1.0, -2.0, -3.0):
        first, second = found.score[found.channel == 0], found.channel == 1
        counted = int((first > 1.0 + shift).sum() + second.sum())
        assert by_shift[shift].bound + by_shift[shift].unbound == pytest.approx(counted / 200)
