"""Which channels are motifs: every reason why one is none, their order, and that no test label is looked at."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.discovery.choice import OWN, Candidate, candidates, choose, named
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.motifs.activations import find_activations
from sparling_genomics.motifs.evidence import SIGNIFICANCE, evidence
from sparling_genomics.motifs.map_features import Map, map_features, site_scores
from sparling_genomics.motifs.motif import motif_of, word
from sparling_genomics.network.motif_network import NetworkDescription, build_network, matrices_of, sparsity_of
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.discovery.searches import COMMON, RARE, with_words
from tests.genomics.hand_made import NO_AUTOCAST, activations, dataset
from tests.genomics.planted_activations import FIRST, SECOND, detected, planted

THIRD = consensus_motif("THIRD", "GGTATACC", purity=1)


@pytest.fixture(scope="module")
def world():
    """Sequences with FIRST, SECOND and THIRD, and a motif that is each's."""
    truth, data = planted([FIRST, SECOND, THIRD], n_bound=400, n_unbound=400, length=80)
    motifs = [motif_of(data, activations(detected(truth, n)), 10, (0,)) for n in ("FIRST", "SECOND", "THIRD")]
    return data, motifs


def candidate(channel, motif, *, own=1.0, p=1e-9, cost=0.1):
    return Candidate(channel, replace(motif, channels=(channel,)), own, p, cost)


def chosen(data, *found, proven=None, most=None):
    """Channels that stay, in order, and (channel, reason) of the others."""
    choice = choose(data, found, proven=range(len(found) if proven is None else proven), most=most)
    return [each.channel for each in choice.kept], [(*each.channels, each.reason) for each in choice.dropped]


# Reasons


def test_unlike_motifs_that_hold_stay_the_one_that_explains_most_first(world):
    data, (first, second, third) = world
    found = [candidate(0, first, cost=0.1), candidate(1, second, cost=0.3), candidate(2, third, cost=0.2)]
    assert chosen(data, *found) == ([1, 2, 0], [])
    assert chosen(data, *found[::-1]) == ([1, 2, 0], [])
    equal = [replace(each, cost=0.1) for each in found]
    assert chosen(data, *equal[::-1]) == ([0, 1, 2], [])


def test_few_sites_are_no_motif(world):
    data, (first, second, _) = world
    counted = np.flatnonzero((data.labels[first.sites.sequence] == 1) & (data.split[first.sites.sequence] != TEST))
    for n, stays in ((9, False), (10, True)):
        few = motif_of(data, first.sites.select(counted[:n]), 10, (0,))
        kept, dropped = chosen(data, candidate(0, few), candidate(1, second))
        assert kept == ([0, 1] if stays else [1])
        assert dropped == ([] if stays else [(0, "fewer than 10 sites in bound sequences")])


def test_sites_anywhere_say_nothing(world):
    data, (_, second, _) = world
    rng = np.random.default_rng(0)
    anywhere = activations([(i, 0, int(rng.integers(15, 65)), False, 1.0) for i in range(300)])
    found = candidate(0, motif_of(data, anywhere, 10, (0,)))
    assert chosen(data, found, candidate(1, second)) == ([1], [(0, "less than 4 bits of information")])


def test_a_channel_whose_sites_belong_to_another_goes(world):
    data, (first, second, third) = world
    found = [candidate(0, first, cost=0.3), candidate(1, second, cost=0.2), candidate(2, third, own=0.2)]
    kept, ((channel, reason),) = chosen(data, *found)
    assert (kept, channel) == ([0, 1], 2)
    assert reason.startswith("80% of its sites belong to others, as ")
    assert chosen(data, *found[:2], replace(found[2], own=OWN)) == ([0, 1, 2], [])
    # it is that one to whose matrix its own is most alike
    again = replace(second, pwm=replace(second.pwm, counts=second.pwm.counts + 1))
    _, dropped = chosen(data, *found[:2], candidate(2, again, own=0.1))
    assert dropped == [(2, f"90% of its sites belong to others, as {word(second.pwm)}")]


def test_without_a_better_one_there_is_nobody_to_whom_sites_belong(world):
    data, (first, second, _) = world
    assert chosen(data, candidate(0, first, own=0.1, cost=0.3), candidate(1, second)) == ([0, 1], [])


def test_of_like_motifs_the_one_that_explains_more_stays(world):
    data, (first, second, _) = world
    found = [candidate(0, first, cost=0.1), candidate(1, first.turned(), cost=0.2), candidate(2, second)]
    assert chosen(data, *found) == ([1, 2], [(0, f"like {word(first.pwm)}, which explains more")])


def test_what_does_not_hold_on_the_validation_side_goes(world):
    data, (first, second, _) = world
    found = [candidate(0, first), candidate(1, second, p=0.0512)]
    assert chosen(data, *found) == ([0], [(1, "not enriched in bound validation sequences (P = 0.051)")])
    assert chosen(data, found[0], replace(found[1], p=0.0499)) == ([0, 1], [])
    assert SIGNIFICANCE == 0.05


def test_what_was_not_proven_as_a_word_must_hold_corrected_for_their_number(world):
    data, (first, second, third) = world
    found = [candidate(0, first, p=0.04), candidate(1, second, p=0.02), candidate(2, third, p=0.02)]
    assert chosen(data, *found, proven=3) == ([0, 1, 2], [])
    assert chosen(data, *found, proven=2) == ([0, 1, 2], [])  # one is corrected for one
    assert chosen(data, *found, proven=1) == ([0, 1, 2], [])
    kept, dropped = chosen(data, *found, proven=0)
    assert kept == []
    assert [channel for channel, _ in dropped] == [0, 1, 2]
    assert chosen(data, *(replace(each, p=0.0166) for each in found), proven=0) == ([0, 1, 2], [])
    assert chosen(data, *(replace(each, p=0.026) for each in found), proven=1)[0] == [0]


def test_a_piece_of_an_element_goes():
    rng = np.random.default_rng(0)
    element = rng.integers(0, 4, 120).astype(np.uint8)
    rows = rng.integers(0, 4, (200, 200)).astype(np.uint8)
    sites = []
    for i, row in enumerate(rows):
        middle = int(rng.integers(70, 110))
        row[middle - 60 : middle + 60] = np.where(rng.random(120) < 0.8, element, row[middle - 60 : middle + 60])
        row[middle : middle + 8], row[middle + 24 : middle + 32] = encode("ACCGGATT"), encode("AAGTCGCA")
        sites += [(i, 0, middle + 3, False, 1.0), (i, 1, middle + 27, False, 1.0)]
    data, found = dataset(list(rows)), activations(sites)
    first, second = (motif_of(data, found.select(found.channel == c), 5, (c,)) for c in (0, 1))
    kept, dropped = chosen(data, candidate(0, first, cost=0.2), candidate(1, second))
    assert kept == [0]
    assert dropped[0][1].startswith(f"a piece of one element with {word(first.pwm)}: 100%")


def test_no_more_than_are_asked_for_the_best_ones(world):
    data, motifs = world
    found = [candidate(i, motif, cost=0.1 * i) for i, motif in enumerate(motifs)]
    assert chosen(data, *found, most=2) == ([2, 1], [(0, "2 others explain more")])
    # a channel that would go for a reason of its own takes no place and keeps its reason
    bad = replace(found[2], p=0.5)
    assert chosen(data, *found[:2], bad, most=2) == (
        [1, 0],
        [(2, "not enriched in bound validation sequences (P = 0.5)")],
    )
    assert chosen(data, *found, most=3) == ([2, 1, 0], [])


def test_what_is_dropped_is_said_with_its_word(world):
    data, motifs = world
    (dropped,) = choose(data, [candidate(0, motifs[0], p=1.0)], proven=range(1)).dropped
    assert (dropped.channels, dropped.consensus) == ((0,), "AATCCGGT")


# Names


def test_motifs_are_named_in_order_and_lie_on_the_strand_on_which_they_are_written(world):
    _, (first, second, _) = world
    motifs = named([candidate(5, second), candidate(2, first)])
    assert [(m.pwm.name, m.channels, m.pwm.consensus()) for m in motifs] == [
        ("M1", (0,), "AAGTCGCA"),
        ("M2", (1,), "AATCCGGT"),
    ]
    for i, motif in enumerate(motifs):
        assert set(motif.sites.channel.tolist()) == {i}
    assert [m.flipped for m in motifs] == [False, True]
    np.testing.assert_array_equal(motifs[1].sites.reverse, ~first.sites.reverse)


# What is judged


@pytest.fixture(scope="module")
def judged():
    """A network with a matrix for each of two words, its map of sequences of all sides, and their dataset."""
    data = with_words(n=200, n_unbound=300)
    torch.manual_seed(0)
    network = NetworkDescription("dna", channels=2, width=15, unit=0.01, competition=0)
    model = build_network(network).eval()
    odds = [2.0 * np.eye(4)[encode(each)] - 1.0 for each in (COMMON, RARE)]
    matrices_of(model).start_from([np.pad(each, ((3, 2), (0, 0))) for each in odds])
    layer = sparsity_of(model)
    layer.set_threshold(torch.tensor([3.0, 3.0]))
    layer.cuts.copy_(torch.tensor([4.0, 4.0]))
    layer.alone, layer.standing = torch.tensor([100, 50]), torch.tensor([100, 20])
    return model, network, data


def look(model, data):
    found, logits = find_activations(model, data, 64, torch.device("cpu"), NO_AUTOCAST)
    return Map(found, map_features(found, len(data), 2), logits, site_scores(model))


def test_candidates_are_judged_by_the_validation_side_and_their_own_marks(judged):
    model, network, data = judged
    made = look(model, data)
    found = candidates(model, network, data, made)
    assert [each.channel for each in found] == [0, 1]
    assert [each.own for each in found] == [1.0, 0.4]
    for each in found:
        assert each.p == evidence(data, each.motif.sites, VALIDATION).p < 0.01
        assert len(made.sites(each.channel)) >= len(each.motif.sites) > 20
    assert [each.motif.pwm.consensus() for each in found] == [COMMON, RARE]


def test_the_cost_is_the_loss_on_the_validation_side_with_the_channel_silenced(judged):
    """Against the whole network, with the channel's threshold out of reach; both labels weigh a half."""
    model, network, data = judged
    found = candidates(model, network, data, look(model, data))
    own = data.split == VALIDATION
    labels = torch.from_numpy(data.labels[own])

    def loss(logits):
        each = F.binary_cross_entropy_with_logits(torch.from_numpy(logits[own]).float(), labels, reduction="none")
        return 0.5 * float(each[labels == 1].mean() + each[labels == 0].mean())

    layer = sparsity_of(model)
    thresholds = layer.threshold.clone()
    before = loss(look(model, data).logits)
    try:
        for channel in (0, 1):
            silent = thresholds.clone()
            silent[channel] = 1e6
            layer.set_threshold(silent)
            assert found[channel].cost == pytest.approx(loss(look(model, data).logits) - before, abs=1e-5)
            assert abs(found[channel].cost) > 1e-3
            layer.set_threshold(thresholds)
    finally:
        layer.set_threshold(thresholds)


def test_no_label_of_the_test_side_is_looked_at(judged):
    model, network, data = judged
    made = look(model, data)
    labels = data.labels.copy()
    labels[data.split == TEST] = 1 - labels[data.split == TEST]
    other = replace(data, labels=labels)

    def summary(of):
        found = candidates(model, network, of, made)
        return [(each.p, each.cost, each.own, each.motif.pwm.counts.tolist()) for each in found]

    assert summary(other) == summary(data)
    labels = data.labels.copy()
    labels[data.split == TRAIN] = 1 - labels[data.split == TRAIN]
    assert summary(replace(data, labels=labels)) != summary(data)  # counts are those of bound sequences
