"""Budgets that follow from labelled scores, against loops over every possible cut."""

import math

import pytest
import torch
from torch import nn

from sparling.layer.calibration import calibrate
from sparling_genomics.network.budgeted import CHANCE, FEWEST, PULL, BudgetedSparsity

LENGTH = 60
INFINITE = float("inf")


def scores(n=40, channels=3, length=LENGTH, seed=0, sites=(0.9, 0.4, 0.1), n_bound=None):
    """Noise, and in a share of the bound samples (the first half) one high score of each channel, at another place."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(n, channels, length, generator=generator)
    bound = torch.arange(n) < (n // 2 if n_bound is None else n_bound)
    for channel, share in enumerate(sites):
        for i in torch.nonzero(bound & (torch.rand(n, generator=generator) < share)).flatten().tolist():
            place = int(torch.randint(length // channels, (), generator=generator)) + channel * (length // channels)
            z[i, channel, place] += 6.0
    return z, bound


def layer_of(channels=3, unit=0.005, competition=0):
    return BudgetedSparsity(channels, unit, competition)


def budgeted(layer, parts, pull=1.0, wanted=0.0):
    """The layer with budgets by ``parts``: (scores, mask or None, bound)."""
    layer.budget_by([bound[:, None] for *_, bound in parts], pull, wanted)
    return calibrate(nn.Identity(), layer, [(z, mask) for z, mask, _ in parts])


def normalised(layer, z):
    return layer.normaliser.frozen(z)


def around(row, i, width):
    return row[max(0, i - width // 2) : i + width // 2 + 1]


def naive_maxima(z, width):
    """Dicts of place → score, one for each channel of each sample, of what no score of the channel around exceeds."""
    rows = z.tolist()
    return [
        [{i: s for i, s in enumerate(row) if s > -INFINITE and s >= max(around(row, i, width))} for row in sample]
        for sample in rows
    ]


def naive_cut(marks, weight):
    """The cut of scores (score, bound) with the largest Σ (bound − CHANCE × weight × unbound), and marks above it."""
    falling = sorted(marks, reverse=True)
    gains = [0.0]
    for _, bound in falling:
        gains.append(gains[-1] + (1.0 if bound else -CHANCE * weight))
    number = max(range(len(gains)), key=lambda k: (gains[k], -k))
    number = max(number, FEWEST) if max(gains[1:]) > 0 else FEWEST
    return (falling[number - 1][0] + falling[number][0]) / 2, number


def naive_cuts(maxima, bound, weight):
    channels = range(len(maxima[0]))
    pairs = list(zip(maxima, bound, strict=True))
    return [naive_cut([(s, of) for sample, of in pairs for s in sample[c].values()], weight) for c in channels]


def naive_standing(maxima, cuts, width):
    """Maxima that no mark above its cut around them, of any channel, exceeds by more above its own."""
    standing = []
    for sample in maxima:
        left = []
        for c, row in enumerate(sample):
            left.append(
                {
                    i: s
                    for i, s in row.items()
                    if not any(
                        abs(i - j) <= width // 2 and t > cuts[d] and t - cuts[d] > s - cuts[c]
                        for d, other in enumerate(sample)
                        for j, t in other.items()
                    )
                }
            )
        standing.append(left)
    return standing


def marks_above(maxima, bound, cuts):
    return [
        sum(s > cuts[c] for sample, of in zip(maxima, bound, strict=True) if of for s in sample[c].values())
        for c in range(len(cuts))
    ]


# Cuts


@pytest.mark.parametrize("n_bound", [20, 10, 32])
@pytest.mark.parametrize("parts", [1, 3])
def test_cuts_are_where_the_next_mark_would_as_likely_be_chance(n_bound, parts):
    z, bound = scores(n_bound=n_bound)
    layer = layer_of()
    found = budgeted(layer, [(a, None, b) for a, b in zip(z.chunk(parts), bound.chunk(parts), strict=True)])
    maxima = naive_maxima(normalised(layer, z), 1)
    expected = naive_cuts(maxima, bound.tolist(), n_bound / (40 - n_bound))
    cuts = [cut for cut, _ in expected]
    assert layer.cuts.tolist() == pytest.approx(cuts, abs=1e-5)
    assert layer.alone.tolist() == layer.standing.tolist() == marks_above(maxima, bound.tolist(), cuts)
    assert torch.equal(layer.threshold, layer.cuts)  # at unit density marks are sites
    assert (layer.shares * 0.005 * 40 * LENGTH).tolist() == pytest.approx([number for _, number in expected])
    assert found.density == pytest.approx(sum(number for _, number in expected) / (3 * 40 * LENGTH))


def test_equal_scores_stand_or_fall_together():
    """Of eight equal marks five are bound: with all of them the cut gains nothing, though the first five would do."""
    z = torch.zeros(20, 1, 10)
    z[torch.arange(3), 0, 2] = 9.0  # bound alone
    for i in (3, 4, 5, 6, 7, 10, 11, 12):
        z[i, 0, 5] = 5.0
    bound = torch.arange(20) < 10
    layer = layer_of(1)
    budgeted(layer, [(z, None, bound)])
    assert layer.standing.tolist() == [3]
    scores_of = normalised(layer, torch.tensor([[[5.0, 9.0]]])).flatten().tolist()
    assert scores_of[0] < float(layer.cuts) < scores_of[1]


def test_a_common_motif_gets_a_large_budget_and_one_that_finds_nothing_the_least():
    z, bound = scores(200, sites=(0.9, 0.2, 0.0))
    z[bound, 2] -= 1.0
    layer = layer_of()
    budgeted(layer, [(z, None, bound)])
    counts = layer.shares * 0.005 * 200 * LENGTH
    assert counts[0] == pytest.approx(90, abs=10)
    assert counts[1] == pytest.approx(20, abs=8)
    assert float(counts[2]) == pytest.approx(FEWEST)


def test_ownership_is_settled_in_rounds():
    """Channel 1 sees what channel 0 sees, more faintly, and sites of its own besides."""
    z, bound = scores(60, channels=2, sites=(0.8, 0.5))
    z[:, 1] = torch.maximum(z[:, 1], z[:, 0].roll(2, dims=1) - 2.0)
    layer, width = layer_of(2, competition=7), 7
    budgeted(layer, [(z[:25], None, bound[:25]), (z[25:], None, bound[25:])])
    peaks = naive_maxima(normalised(layer, z), width)
    standing, cuts = peaks, []
    for number in range(3):
        if number:
            standing = naive_standing(peaks, cuts, width)
        cuts = [cut for cut, _ in naive_cuts(standing, bound.tolist(), 1.0)]
    assert layer.cuts.tolist() == pytest.approx(cuts, abs=1e-5)
    assert layer.alone.tolist() == marks_above(peaks, bound.tolist(), cuts)
    assert layer.standing.tolist() == marks_above(standing, bound.tolist(), cuts)
    assert layer.standing[1] < 0.6 * layer.alone[1]
    assert layer.standing[0] > 0.9 * layer.alone[0]


def test_padding_is_no_letter_and_no_mark():
    """The same samples, padded to another length with high scores under a mask, give the same."""
    z, bound = scores()
    plain, padded = layer_of(competition=5), layer_of(competition=5)
    budgeted(plain, [(z, None, bound)])
    mask = torch.arange(LENGTH + 13).expand(40, 1, -1) < LENGTH
    wider = torch.cat([z, torch.full((40, 3, 13), 50.0)], dim=2)
    budgeted(padded, [(wider, mask, bound)])
    for name in ("cuts", "threshold", "alone", "standing"):
        torch.testing.assert_close(getattr(padded, name), getattr(plain, name))
    torch.testing.assert_close(padded.shares, plain.shares)


def test_unbound_letters_weigh_as_if_they_were_as_many_as_bound_ones():
    """Unbound samples three times over change no cut."""
    z, bound = scores()
    once, more = layer_of(), layer_of()
    budgeted(once, [(z, None, bound)])
    again, of = torch.cat([z, z[~bound], z[~bound]]), torch.cat([bound, torch.zeros(40, dtype=torch.bool)])
    budgeted(more, [(again, None, of)])
    above = [(normalised(layer, z)[bound] > layer.cuts[:, None]).sum((0, 2)).tolist() for layer in (once, more)]
    assert above[0] == above[1] == once.alone.tolist() == more.alone.tolist()


# Budgets and thresholds


def test_at_a_multiple_of_the_unit_every_channel_marks_as_many_times_more():
    z, bound = scores(200)
    layer = layer_of()
    budgeted(layer, [(z, None, bound)])
    exact = (layer.shares * 0.005 * 200 * LENGTH).tolist()
    layer.density = 3 * 0.005
    cuts = layer.cuts.clone()
    budgeted(layer, [(z, None, bound)])
    assert torch.equal(layer.cuts, cuts)
    marks = layer.eval()(z).transpose(0, 1).flatten(1).count_nonzero(1)
    assert marks.tolist() == [round(3 * each) for each in exact]
    assert bool((layer.threshold < layer.cuts).all())


def test_budgets_are_pulled_towards_what_is_observed():
    z, bound = scores(200)
    exact, layer = layer_of(), layer_of()
    budgeted(exact, [(z, None, bound)])
    layer.share_out(torch.tensor([4.0, 1.0, 0.5]))
    budgeted(layer, [(z, None, bound)], pull=PULL)
    expected = [math.sqrt(before * seen) for before, seen in zip([4.0, 1.0, 0.5], exact.shares.tolist(), strict=True)]
    assert layer.shares.tolist() == pytest.approx(expected)
    assert torch.equal(layer.cuts, exact.cuts)


def test_without_labels_budgets_stay():
    z, bound = scores()
    layer = layer_of()
    layer.share_out(torch.tensor([4.0, 1.0, 0.5]))
    layer.budget_by([bound[:, None]])
    layer.budget_by(None)
    calibrate(nn.Identity(), layer, [(z, None)])
    assert layer.shares.tolist() == [4.0, 1.0, 0.5]
    assert layer.eval()(z).transpose(0, 1).flatten(1).count_nonzero(1).tolist() == [48, 12, 6]
    assert not layer.cuts.isfinite().any()


@pytest.mark.parametrize(("wanted", "competition"), [(0.5, 0), (1.0, 0), (3.0, 0), (0.5, 5), (1.0, 5)])
def test_bound_samples_get_the_sites_that_are_wanted(wanted, competition):
    z, bound = scores(800)
    layer, free = layer_of(competition=competition), layer_of(competition=competition)
    budgeted(layer, [(z[:300], None, bound[:300]), (z[300:], None, bound[300:])], wanted=wanted)
    budgeted(free, [(z, None, bound)])
    sites = (layer.eval()(z[bound]) > 0).sum().item() / int(bound.sum())
    assert sites == pytest.approx(wanted, rel=0.01)
    ratio = (layer.shares / free.shares).tolist()  # all by the same factor
    assert ratio == pytest.approx([sum(ratio) / 3] * 3, rel=0.05)


def test_the_state_dict_keeps_budgets_and_cuts():
    z, bound = scores()
    layer, loaded = layer_of(competition=5), layer_of(competition=5)
    budgeted(layer, [(z, None, bound)])
    loaded.load_state_dict(layer.state_dict())
    assert torch.equal(loaded.cuts, layer.cuts)
    assert torch.equal(loaded.shares, layer.shares)
    assert torch.equal(loaded.eval()(z), layer.eval()(z))


def test_each_channel_is_budgeted_by_its_own_contrast():
    """As if each had a layer of its own, whose sample holds what its contrast counts."""
    z, bound = scores(n=60)
    sides = torch.full((60, 3), -1, dtype=torch.int8)
    sides[:, 0] = bound.to(torch.int8)
    sides[:40, 1] = bound[:40].to(torch.int8)
    sides[20:, 2] = 1 - bound[20:].to(torch.int8)
    layer = layer_of()
    layer.budget_by([sides[:25], sides[25:]], 1.0)
    calibrate(nn.Identity(), layer, [(z[:25], None), (z[25:], None)])
    seen = normalised(layer, z)
    for channel in range(3):
        counted = sides[:, channel] >= 0
        of = sides[counted, channel] == 1
        weight = float(of.sum()) / float((~of).sum())
        maxima = [[sample[channel]] for sample in naive_maxima(seen[counted], 1)]
        [(cut, number)] = naive_cuts(maxima, of.tolist(), weight)
        assert float(layer.cuts[channel]) == pytest.approx(cut, abs=1e-5)
        above = max(int((seen[:, channel] > layer.cuts[channel]).sum()), FEWEST)
        assert above >= number
        assert float(layer.shares[channel] * layer.unit) == pytest.approx(above / (60 * LENGTH), rel=1e-4)
        assert int(layer.standing[channel]) == int((seen[counted][of][:, channel] > layer.cuts[channel]).sum())
