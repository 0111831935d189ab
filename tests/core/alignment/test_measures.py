"""Measures of latents against loops that say what they mean, and against their laws."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sparling.alignment.codes import Codes
from sparling.alignment.measures.activity import activity, samples_active
from sparling.alignment.measures.agreement import agreement, label_counts
from sparling.alignment.measures.labels import Labels, LabelTree
from sparling.alignment.measures.occupancy import occupancy
from sparling.alignment.measures.probe import NOTHING, fit_logistic, probe_losses
from sparling.alignment.measures.recovery import recovery
from sparling.alignment.measures.retrieval import RANKS, chance, recall, retrieval
from tests.core.alignment.made_codes import TREE, some_absent, some_codes, some_labels

THREE = [some_codes(seed, silent=0.6, samples=15) for seed in range(3)]


def test_a_latent_is_alive_where_any_sample_activates_it() -> None:
    alive = np.array([[(codes.dense()[:, latent] > 0).any() for latent in range(12)] for codes in THREE])
    found = activity(THREE)
    assert found.alive == pytest.approx(sum(alive[:, latent].all() for latent in range(12)) / 12)
    assert found.dead == pytest.approx(sum(not alive[:, latent].any() for latent in range(12)) / 12)
    assert found.mixed == pytest.approx(1 - found.alive - found.dead)
    assert found.dead_in == pytest.approx([1 - row.mean() for row in alive])
    assert samples_active(THREE).tolist() == [(codes.dense() > 0).sum(axis=0).tolist() for codes in THREE]


def naive_agreement(streams: list[Codes], labels: Labels, depth: int, present: np.ndarray, top: int | None) -> list:
    """J of each latent: multisets as lists of names, one sample after the other."""
    tree, given = labels.tree, labels.given.toarray()

    def lifted(label: int) -> int:
        above = [label]
        while tree.parent[above[-1]] >= 0:
            above.append(tree.parent[above[-1]])
        return above[::-1][min(depth, len(above) - 1)]

    def collected(codes: Codes, latent: int, samples: list[int]) -> list[int] | None:
        active = [i for i in samples if codes.dense()[i, latent] > 0]
        if not active:
            return None
        chosen = sorted(active, key=lambda i: (-codes.dense()[i, latent], i))[:top]
        return [lifted(label) for i in chosen for label in range(len(tree.names)) if given[i, label]]

    found = []
    for latent in range(streams[0].size):
        scores = []
        for a, b in itertools.combinations(range(len(streams)), 2):
            samples = [i for i in range(len(given)) if present[a, i] and present[b, i]]
            bags = [collected(streams[stream], latent, samples) for stream in (a, b)]
            if bags[0] is not None and bags[1] is not None:
                names = {*bags[0], *bags[1]}
                least = sum(min(bags[0].count(name), bags[1].count(name)) for name in names)
                most = sum(max(bags[0].count(name), bags[1].count(name)) for name in names)
                scores.append(least / most if most else 0.0)
        found.append(sum(scores) / len(scores) if scores else None)
    return found


@pytest.mark.parametrize("top", [None, 2])
@pytest.mark.parametrize("missing", [False, True])
def test_agreement_is_that_of_multisets_of_labels(top: int | None, missing: bool) -> None:
    labels = some_labels(5, samples=15)
    present = some_absent(6, 3, 15) if missing else np.ones((3, 15), dtype=bool)
    found = agreement(THREE, labels, present if missing else None, top)
    assert found.jaccard.shape == (3, 12)
    for depth in range(3):
        expected = naive_agreement(THREE, labels, depth, present, top)
        assert found.compared.tolist() == [score is not None for score in expected]
        assert found.jaccard[depth] == pytest.approx([score or 0.0 for score in expected])
        told = [score for score in expected if score is not None]
        assert found.over_all[depth] == pytest.approx(sum(told) / 12)
        assert found.over_compared[depth] == pytest.approx(sum(told) / len(told))


def test_agreement_rises_towards_the_top_of_the_tree_where_only_kin_differ() -> None:
    """Cats in one stream, dogs in the other: nothing in common but that they are mammals."""
    given = np.zeros((4, len(TREE.names)), dtype=bool)
    given[:2, TREE.names.index("cat")] = given[2:, TREE.names.index("dog")] = True
    value = np.array([[1], [1], [0], [0]], dtype=np.float32)
    index = np.zeros((4, 1), dtype=np.int32)
    found = agreement([Codes(index, value, 1), Codes(index, 1 - value, 1)], Labels.of(TREE, given))
    assert found.over_all == (1.0, 1.0, 0.0)
    assert agreement([Codes(index, value, 1)] * 3, Labels.of(TREE, given)).over_all == (1.0, 1.0, 1.0)
    dead = Codes(index, 0 * value, 1)
    nothing = agreement([dead, dead], Labels.of(TREE, given))
    assert nothing.over_all == (0.0, 0.0, 0.0)
    assert nothing.over_compared == (None, None, None)


def test_counts_of_the_strongest_are_of_the_strongest() -> None:
    codes, labels = some_codes(1), some_labels(2)
    everything = label_counts(codes, labels)
    assert (everything == (codes.dense() > 0).astype(int).T @ labels.given.toarray()).all()
    assert (label_counts(codes, labels, top=40) == everything).all()
    assert (label_counts(codes, labels, top=1).sum(axis=1) <= everything.sum(axis=1)).all()


def naive_recall(query: Codes, reference: Codes, kind: np.ndarray) -> list[float]:
    """The share of right answers among the first r, over many random orders of equals."""
    rng = np.random.default_rng(0)
    a, b = (codes.dense().astype(np.float64) for codes in (query, reference))
    found = np.zeros(3)
    rounds = 400
    for i in range(len(a)):
        norms = np.linalg.norm(a[i]) * np.linalg.norm(b, axis=1)
        alike = np.round(np.divide(b @ a[i], norms, out=np.zeros(len(b)), where=norms > 0), 10)
        for _ in range(rounds):
            order = np.lexsort((rng.random(len(b)), -alike))
            found += [(kind[order[:rank]] == kind[i]).any() for rank in RANKS]
    return (found / len(a) / rounds).tolist()


@pytest.mark.parametrize("kinds", [None, 5])
def test_recall_is_the_share_of_partners_found_whatever_the_order_of_equals(kinds: int | None) -> None:
    a, b = some_codes(3), some_codes(4)
    kind = None if kinds is None else np.arange(40) % kinds
    expected = naive_recall(a, b, np.arange(40) if kind is None else kind)
    assert recall(a, b, kind) == pytest.approx(expected, abs=0.02)


def test_recall_of_itself_is_perfect_and_of_nothing_by_chance() -> None:
    codes = some_codes(7, samples=600, size=60, active=6, silent=0.0)
    assert recall(codes, codes)[0] > 0.99
    nothing = replace(codes, value=np.zeros_like(codes.value))
    kind = np.arange(600) % 6
    assert recall(codes, nothing) == pytest.approx(chance(600))
    assert recall(nothing, codes, kind) == pytest.approx(chance(600, kind))
    assert chance(600)[0] == pytest.approx(1 / 600)
    assert chance(600, kind)[0] == pytest.approx(1 / 6)
    assert chance(600, kind)[1] == pytest.approx(1 - math.comb(500, 5) / math.comb(600, 5))


def test_retrieval_goes_every_way_among_samples_that_both_have() -> None:
    present = some_absent(8, 3, 15)
    found = retrieval(THREE, present)
    assert [(each.query, each.reference) for each in found] == list(itertools.permutations(range(3), 2))
    for each in found:
        both = present[each.query] & present[each.reference]
        a, b = (Codes(c.index[both], c.value[both], c.size) for c in (THREE[each.query], THREE[each.reference]))
        assert each.recall == recall(a, b)
        assert each.chance == pytest.approx(chance(int(both.sum())))


def test_probes_are_logistic_regressions() -> None:
    rng = np.random.default_rng(0)
    x = rng.exponential(size=(200, 4)) * [1.0, 0.1, 30.0, 0.0]
    y = rng.random(200) < 1 / (1 + np.exp(1 - x[:, 0]))
    x[:, 1] = y
    weight, bias = fit_logistic(x, y)
    for j in range(4):
        referee = LogisticRegression(tol=1e-10, max_iter=10_000).fit(x[:, [j]], y)
        assert weight[j] == pytest.approx(referee.coef_[0, 0], abs=1e-3)
        assert bias[j] == pytest.approx(referee.intercept_[0], abs=1e-3)


def test_a_latent_that_is_a_label_tells_it_and_noise_tells_nothing() -> None:
    rng = np.random.default_rng(1)
    given = rng.random((2000, 3)) < [0.3, 0.3, 0.01]
    value = np.stack([given[:, 0] * rng.uniform(0.5, 1.5, 2000), rng.random(2000) < 0.5], axis=1)
    codes = Codes(np.tile(np.arange(2, dtype=np.int32), (2000, 1)), value.astype(np.float32), 2)
    tree = LabelTree(("a", "b", "rare"), (-1, -1, -1))
    losses = probe_losses(codes, Labels.of(tree, given), np.random.default_rng(2))
    assert losses[0] < 0.02
    assert losses[1] == pytest.approx(NOTHING, abs=0.02)
    assert np.isnan(losses[2])
    again = probe_losses(codes, Labels.of(tree, given), np.random.default_rng(2))
    assert np.array_equal(losses, again, equal_nan=True)
    with pytest.raises(ValueError, match="10 samples at least"):
        probe_losses(codes, Labels.of(tree, given), np.random.default_rng(2), least=5)


def test_a_latent_stands_for_the_label_that_it_goes_with_best() -> None:
    labels, present = some_labels(9, samples=15), some_absent(10, 3, 15)
    found = occupancy(THREE, labels, present)
    given = labels.given.toarray()
    for latent in range(12):
        x = np.concatenate([codes.dense()[there, latent] > 0 for codes, there in zip(THREE, present, strict=True)])
        phis = []
        for label in range(len(TREE.names)):
            y = np.concatenate([given[there, label] for there in present])
            phis.append(np.corrcoef(x, y)[0, 1] if x.std() > 0 and y.std() > 0 else 0.0)
        if max(phis) > 0:
            assert found.label[latent] == int(np.argmax(phis))
            assert found.phi[latent] == pytest.approx(max(phis))
        else:
            assert found.label[latent] == -1
    assert found.latents.sum() == (found.label >= 0).sum()


def naive_f1(latent: int, concept: int, concepts: np.ndarray, present: np.ndarray) -> float:
    hits = marks = had = 0
    for codes, there in zip(THREE, present, strict=True):
        active = codes.dense()[there, latent] > 0
        hits += int((active & concepts[there, concept]).sum())
        marks, had = marks + int(active.sum()), had + int(concepts[there, concept].sum())
    return 2 * hits / max(marks + had, 1)


def test_concepts_get_the_latents_of_the_best_of_all_assignments() -> None:
    concepts, present = np.random.default_rng(12).random((15, 3)) < 0.4, some_absent(13, 3, 15)
    found = recovery(THREE, concepts, present)
    score = [[naive_f1(latent, concept, concepts, present) for latent in range(12)] for concept in range(3)]
    best = max(sum(score[c][latent] for c, latent in enumerate(each)) for each in itertools.permutations(range(12), 3))
    assert sum(score[c][latent] for c, latent in enumerate(found.latent)) == pytest.approx(best)
    for s, (codes, there) in enumerate(zip(THREE, present, strict=True)):
        for concept, latent in enumerate(found.latent):
            active, has = codes.dense()[there, latent] > 0, concepts[there, concept]
            assert found.recall[s, concept] == pytest.approx((active & has).sum() / has.sum())
            assert found.precision[s, concept] == pytest.approx((active & has).sum() / max(active.sum(), 1))


def test_a_concept_has_its_own_latent_where_it_is_told_in_every_stream() -> None:
    index, value = np.zeros((4, 1), dtype=np.int32), np.array([[1], [1], [0], [0]], dtype=np.float32)
    told, other = Codes(index, value, 1), Codes(index, 1 - value, 1)
    concepts = value.astype(bool)
    assert recovery([told, told], concepts).own(0.9).tolist() == [True]
    assert recovery([told, other], concepts).own(0.9).tolist() == [False]
    more = recovery([told], np.concatenate([concepts, concepts], axis=1))
    assert sorted(more.latent.tolist()) == [-1, 0]
    assert sorted(more.recall[0].tolist()) == [0.0, 1.0]


def test_a_cap_keeps_the_best_latents_of_each_label() -> None:
    found = occupancy(THREE, some_labels(9, samples=15))
    for cap in (1, 2):
        kept = found.within(cap)
        for label in range(len(TREE.names)):
            mine = np.flatnonzero(found.label == label)
            best = sorted(mine, key=lambda latent: (-found.phi[latent], latent))[:cap]
            assert set(np.flatnonzero(kept & (found.label == label))) == set(best)
        assert found.over(cap) == (found.label >= 0).sum() - kept.sum()
    assert not found.within(99)[found.label < 0].any()
    with pytest.raises(ValueError, match="one latent at least"):
        found.within(0)


def test_a_tree_of_labels_is_a_tree() -> None:
    assert TREE.depth.tolist() == [{"animal": 0, "car": 0, "mammal": 1, "bird": 1}.get(name, 2) for name in TREE.names]
    with pytest.raises(ValueError, match="no circle"):
        LabelTree.of({"a": "b", "b": "a"})
    with pytest.raises(ValueError, match="parents must be labels"):
        LabelTree(("a",), (1,))
    with pytest.raises(ValueError, match="one name each"):
        LabelTree(("a", "a"), (-1, -1))
    with pytest.raises(ValueError, match="shape"):
        Labels.of(TREE, np.ones((3, 2), dtype=bool))
