"""From candidates to the map: the final network says what the motifs say, and only motifs that hold are left."""

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from sklearn.metrics import roc_auc_score

from sparling.training.annealing import Relative
from sparling.training.schedule import TrainingSettings
from sparling_genomics.data.dataset import TEST
from sparling_genomics.discovery import detectors
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.plan import Plan
from sparling_genomics.discovery.refine import predict, refine
from sparling_genomics.discovery.rounds import Search
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.motifs.activations import find_activations
from sparling_genomics.motifs.motif import motif_of
from sparling_genomics.network.motif_network import NetworkDescription, load_network, save_network
from tests.genomics.hand_made import NO_AUTOCAST, activations, dataset, rows
from tests.genomics.planted_activations import FIRST, SECOND, detected, planted, sites_of, true_places

BASE = NetworkDescription("dna", channels=5, width=9, filters=8)


@pytest.fixture(scope="module")
def short():
    """3000 samples at the full rate, 1000 while it falls."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("STEADY", 3), ("SETTLE", 1)):
            patch.setattr(detectors, name, value)
        yield


def refined(data, found, folder, **options):
    motifs = [motif_of(data, activations(each), 12, (0,)) for each in found]
    fabric = Fabric(accelerator="cpu", devices=1)
    config = MotifConfig.of({"fasta": folder / "unused.fa"} | options)
    plan = Plan(BASE, Relative(target=0.1), TrainingSettings(evaluate_every=1000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detectors, "plan_round", lambda *_: plan)
        return refine(Search(config, data, fabric, "float32", folder, None), motifs, tested=8)


def ragged(truth, data):
    """The same sequences with letters of their own behind some of them."""
    more = np.random.default_rng(3).integers(0, 4, (len(data), 12)).astype(np.uint8)
    codes = [np.concatenate([data.sequence(i), more[i, : i % 13]]) for i in range(len(data))]
    return dataset(codes, data.labels, data.split, names=data.names)


@pytest.fixture(scope="module")
def two(short, tmp_path_factory):
    """FIRST and SECOND, a second candidate for FIRST, and one that is nowhere more than by chance."""
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=200, length=40)
    data = ragged(truth, data)
    first = detected(truth, "FIRST")
    rng = np.random.default_rng(0)
    chance = [(i, 0, int(rng.integers(5, 35)), False, 1.0) for i in range(0, 500, 5)]
    found = [first, detected(truth, "SECOND"), first[::2], chance]
    return truth, data, refined(data, found, tmp_path_factory.mktemp("two"))


# The network


def test_each_motif_that_holds_is_a_channel_once(two):
    truth, data, result = two
    assert [(each.pwm.name, each.pwm.consensus(), each.channels) for each in result.motifs] == [
        ("M1", "AAGTCGCA", (0,)),
        ("M2", "AATCCGGT", (1,)),
    ]
    assert len(result.dropped) == 2
    for name, motif in zip(("SECOND", "FIRST"), result.motifs, strict=True):
        there, found = set(true_places(truth, name)), set(sites_of(motif, data))
        assert len(there & found) > 0.95 * len(there)
        assert len(there & found) > 0.9 * len(found)
    assert (result.network.channels, result.model.sparsity.channels) == (2, 2)


def test_the_network_says_of_each_sequence_what_the_map_says(two, tmp_path):
    _, data, result = two
    save_network(tmp_path, result.model, result.network)
    model, network = load_network(tmp_path)
    assert network == result.network
    found, logits = find_activations(model, data, 64, torch.device("cpu"), NO_AUTOCAST)
    np.testing.assert_allclose(logits, predict(result), atol=1e-4)
    here, there = (sorted(rows(each)) for each in (found, result.activations))
    assert [row[:4] for row in here] == [row[:4] for row in there]
    np.testing.assert_allclose([row[4] for row in here], [row[4] for row in there], atol=1e-4)
    assert network.density == len(found) / (2 * len(data.codes))


def test_sites_are_activations_and_score_what_is_above_the_threshold(two):
    _, _, result = two
    map_of = {row[:3]: row[4] for row in rows(result.activations)}
    assert min(map_of.values()) > 0
    thresholds = result.model.sparsity.threshold.tolist()
    assert len(set(thresholds)) == 2
    for motif in result.motifs:
        assert len(motif.sites) > 0
        assert min(motif.sites.score) > 0
    scores = sorted(score for (_, channel, _), score in map_of.items() if channel == 0)
    assert max(result.motifs[0].sites.score) == pytest.approx(scores[-1], abs=1e-9)


def test_bound_sequences_are_told_from_unbound_ones(two):
    _, data, result = two
    held_out = data.split == TEST
    assert roc_auc_score(data.labels[held_out], predict(result)[held_out]) > 0.95


def test_marks_below_the_list_are_in_the_map_and_are_no_sites(short, tmp_path, monkeypatch):
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=200, length=40)
    found = [detected(truth, name) for name in ("FIRST", "SECOND")]
    listed = refined(data, found, tmp_path / "listed")
    monkeypatch.setattr(
        "sparling_genomics.discovery.refine.weighed", lambda steps: next(s for s in steps if s.shift == -1)
    )
    result = refined(data, found, tmp_path / "more")
    assert (listed.listed_from.tolist(), result.listed_from.tolist()) == ([0.0, 0.0], [1.0, 1.0])
    assert [sites_of(motif, data) for motif in result.motifs] == [sites_of(motif, data) for motif in listed.motifs]
    for more, fewer in zip(result.motifs, listed.motifs, strict=True):
        np.testing.assert_allclose(more.sites.score, fewer.sites.score)
    above = sorted(row[:4] for row in rows(result.activations) if row[4] > 1.0)
    assert above == sorted(row[:4] for row in rows(listed.activations))
    assert len(result.activations) > len(above)
    torch.testing.assert_close(result.model.sparsity.threshold, listed.model.sparsity.threshold - 1)
    _, logits = find_activations(result.model, data, 64, torch.device("cpu"), NO_AUTOCAST)
    np.testing.assert_allclose(logits, predict(result), atol=1e-4)


def test_as_many_sites_as_asked_for_are_all_that_is_seen(short, tmp_path, monkeypatch):
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=200, length=40)
    monkeypatch.setattr(
        "sparling_genomics.discovery.refine.weighed", lambda steps: next(s for s in steps if s.shift == -1)
    )
    assert refined(data, [detected(truth, "FIRST")], tmp_path, sites_per_seq=0.5).listed_from.tolist() == [0.0]


def test_one_motif_where_one_is_asked_for_and_sites_as_many_as_asked_for(short, tmp_path):
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=200, length=40)
    found = [detected(truth, name) for name in ("FIRST", "SECOND")]
    result = refined(data, found, tmp_path / "one", motifs=1, sites_per_seq=0.9)
    assert ["AAGTCGCA" in each.pwm.consensus() for each in result.motifs] == [True]
    assert result.dropped[0].reason == "1 others have more sites"
    result = refined(data, found, tmp_path / "all", sites_per_seq=0.9)
    bound = (data.split != TEST) & (data.labels == 1)
    n_sites = sum(int(bound[each.sites.sequence].sum()) for each in result.motifs)
    assert n_sites == pytest.approx(0.9 * bound.sum(), rel=0.1)  # equal windows have equal scores
    assert len(set(result.model.sparsity.threshold.tolist())) == 1


def with_favoured_triplets(n, length, rng):
    """Random letters, but GC is followed by C, and CC by G, in nine of ten cases: GCCGCC and no motif."""
    codes = rng.integers(0, 4, (n, length)).astype(np.uint8)
    for i in range(2, length):
        for before, favoured in (((2, 1), 1), ((1, 1), 2), ((1, 2), 1)):
            there = (codes[:, i - 2] == before[0]) & (codes[:, i - 1] == before[1]) & (rng.random(n) < 0.9)
            codes[there, i] = favoured
    return codes


def test_words_of_favoured_triplets_are_composition(short, tmp_path):
    rng = np.random.default_rng(0)
    n, length = 400, 60
    codes = with_favoured_triplets(n, length, rng)
    starts = rng.integers(5, 40, n)
    for row, start in zip(codes, starts.tolist(), strict=True):
        row[start : start + 8] = encode("AATCCGGT")
    data = dataset(list(codes), split=np.array([0, 0, 0, 1, 2] * (n // 5), dtype=np.uint8))
    word = [
        (i, 0, p + 4, False, 1.0)
        for i, row in enumerate(codes)
        for p in range(length - 9)
        if (row[p : p + 9] == encode("GCCGCCGCC")).all()
    ]
    assert len(word) > 100
    motif = [(i, 0, start + 3, False, 1.0) for i, start in enumerate(starts.tolist())]
    result = refined(data, [word, motif], tmp_path)
    assert ["AATCCGGT" in each.pwm.consensus() for each in result.motifs] == [True]
    assert [each.channels for each in result.dropped] == [(0,)]
    assert result.dropped[0].reason.startswith("composition")


def test_nothing_where_no_candidate_holds(short, tmp_path):
    rng = np.random.default_rng(0)
    _, data = planted(n_bound=100, n_unbound=100, length=40)
    data = dataset(rng.integers(0, 4, (200, 40)).astype(np.uint8), data.labels, data.split)
    chance = [(i, 0, int(rng.integers(5, 35)), False, 1.0) for i in range(0, 200, 4)]
    ((channels, reason),) = [(each.channels, each.reason) for each in refined(data, [chance], tmp_path)]
    assert channels == (0,)
    assert reason
