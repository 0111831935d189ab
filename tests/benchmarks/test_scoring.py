"""The scorer against cases that can be checked by eye, and against naive versions of what it computes."""

from itertools import permutations

import numpy as np
import pytest
from cases import Known, Record
from scanning import find_sites
from scoring import (
    best_motif,
    ceiling,
    discovery,
    is_found,
    one_to_one,
    separation,
    separation_of,
    site_accuracy,
)

from sparling_genomics.files.rows import Match
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.worlds.planted import PlantedSite, SiteAccuracy, consensus_motif, plant

GATA, EBOX, TEAD = (consensus_motif(n, c) for n, c in (("G", "AGATAAGR"), ("E", "GTCACGTGAC"), ("T", "RCATTCCW")))
KNOWN = [Known("G", GATA, frozenset({"MA1", "MA2"})), Known("E", EBOX, frozenset({"MA3"}))]


def match(target, p=1e-9, q=1e-6):
    return Match("query", target, target, p, p * 100, q, 0, "+")


def found(motifs, matches, known=KNOWN, secondary=()):
    return discovery(motifs, matches, known, secondary, both_strands=True)


# Discovery


def test_every_known_motif_found_once():
    result = found([GATA, EBOX], [[match("MA2")], [match("MA3")]])
    assert result == (2, 2, 0, 0, 1.0, 1.0, 1.0, 1.0)


def test_the_same_motif_twice_is_one_found_and_half_as_precise():
    result = found([GATA, GATA], [[match("MA1")], [match("MA2")]])
    assert (result.found, result.recall, result.precision, result.redundancy) == (1, 0.5, 0.5, 2.0)


def test_nothing_exported_has_no_precision_and_no_redundancy():
    result = found([], [])
    assert (result.found, result.recall, result.likeness) == (0, 0.0, 0.0)
    assert np.isnan([result.precision, result.redundancy]).all()


def test_where_nothing_is_known_every_motif_is_false():
    result = found([GATA], [[match("MA1")]], known=[])
    assert (result.found, result.n_known, result.precision) == (0, 0, 0.0)
    assert np.isnan([result.recall, result.likeness, result.redundancy]).all()


def test_a_match_above_the_q_value_does_not_count():
    assert found([GATA], [[match("MA1", q=0.05)]]).found == 0
    assert found([GATA], [[match("MA1", q=0.0499)]]).found == 1


def test_a_later_match_counts_for_recall_but_not_for_the_first_motif():
    matches = [match("MA9", p=1e-12), match("MA1")]
    assert found([GATA], [matches]).found == 1
    assert not is_found(GATA, matches, KNOWN, both_strands=True)
    assert is_found(GATA, matches[1:], KNOWN, both_strands=True)


def test_a_motif_that_could_be_either_makes_room_for_one_that_could_not():
    either = [match("MA1", p=1e-12), match("MA3")]
    result = found([GATA, GATA], [either, [match("MA1")]])
    assert result.found == 2


def test_secondary_motifs_are_judged_by_likeness_among_those_left():
    tead = Known("T", TEAD)
    result = found([GATA, TEAD.reverse_complement()], [[match("MA1")], []], secondary=[tead])
    assert (result.found, result.secondary, result.n_secondary, result.precision) == (1, 1, 1, 1.0)
    taken = found([GATA], [[match("MA1")]], secondary=[Known("G2", GATA)])
    assert (taken.found, taken.secondary) == (1, 0)


def test_rna_is_not_turned_round():
    tead = Known("T", TEAD)
    turned = [TEAD.reverse_complement()]
    assert discovery(turned, [[]], [tead], both_strands=True).found == 1
    assert discovery(turned, [[]], [tead], both_strands=False).found == 0


def test_matches_must_belong_to_the_motifs():
    with pytest.raises(ValueError, match="one list for each of 2 motifs; got 1"):
        found([GATA, EBOX], [[]])


def test_one_to_one_finds_as_many_pairs_as_trying_all_does():
    rng = np.random.default_rng(0)
    for _ in range(100):
        rows, columns = rng.integers(1, 5, size=2)
        p = np.where(rng.random((rows, columns)) < 0.4, rng.random((rows, columns)), np.inf)
        small, large = (p, columns) if rows <= columns else (p.T, rows)
        most = max(
            sum(np.isfinite(small[i, j]) for i, j in enumerate(order))
            for order in permutations(range(large), len(small))
        )
        pairs = one_to_one(p)
        assert len(pairs) == most
        assert all(np.isfinite(p[pair]) for pair in pairs)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == most


def test_one_to_one_prefers_small_values():
    assert one_to_one(np.array([[0.5, 0.1], [0.1, 0.5]])) == [(0, 1), (1, 0)]
    assert one_to_one(np.zeros((0, 3))) == []


# Separation


def naive_auroc(labels, scores):
    """Share of pairs of a bound and an unbound sequence in the right order; ties count half."""
    pairs = [
        (a, b)
        for a, la in zip(scores, labels, strict=True)
        if la
        for b, lb in zip(scores, labels, strict=True)
        if not lb
    ]
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)


def naive_auprc(labels, scores):
    """Precision at each threshold, weighted by the recall it adds."""
    total, before = 0.0, 0
    for threshold in sorted(set(scores), reverse=True):
        chosen = [label for label, score in zip(labels, scores, strict=True) if score >= threshold]
        total += (sum(chosen) - before) / sum(labels) * sum(chosen) / len(chosen)
        before = sum(chosen)
    return total


def test_areas_agree_with_naive_ones():
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels = np.r_[0, 1, rng.integers(2, size=10)]
        scores = rng.integers(5, size=12).astype(float)
        result = separation(labels, scores)
        assert result.auroc == pytest.approx(naive_auroc(labels.tolist(), scores.tolist()))
        assert result.auprc == pytest.approx(naive_auprc(labels.tolist(), scores.tolist()))


def test_a_sequence_without_a_score_ranks_last():
    assert separation([1, 0, 0], [0.5, -np.inf, -np.inf]).auroc == 1.0
    assert separation([1, 0], [-np.inf, 0.5]).auroc == 0.0


def test_one_class_alone_cannot_be_told_apart():
    assert np.isnan(separation([1, 1], [0.1, 0.2])).all()


@pytest.mark.parametrize(
    ("labels", "scores", "message"), [([1, 0], [0.5], "same length"), ([1, 0], [0.5, np.nan], "got nan")]
)
def test_scores_that_make_no_sense_are_refused(labels, scores, message):
    with pytest.raises(ValueError, match=message):
        separation(labels, scores)


# The best motif


def records(label, *sequences):
    return [Record(f"{label}_{i}", encode(s), label, False) for i, s in enumerate(sequences)]


def test_the_best_motif_is_chosen_in_training_and_measured_in_the_test_set():
    gata, ebox = "CCCAGATAAGACCC", "CCCGTCACGTGACC"
    training = {"foreground": records(1, gata, gata), "background": records(0, ebox, "CCCCCCCCCCCCCC")}
    test = [*records(1, ebox), *records(0, gata)]  # where the other one would be right
    best = best_motif([EBOX, GATA], **training, test=test, both_strands=True)
    assert best is not None
    assert best.index == 1
    assert best.held_out.auroc == 0.0
    assert separation_of(EBOX, test, both_strands=True).auroc == 1.0


def test_without_motifs_there_is_no_best_one():
    assert best_motif([], [], [], [], both_strands=True) is None


# Sites


def test_only_sites_in_the_foreground_count():
    foreground = records(1, "A" * 50)
    true = [PlantedSite("1_0", 10, 20, "+", "G")]
    predicted = [PlantedSite("1_0", 12, 22, "-", "M1"), PlantedSite("1_0_shuffled", 10, 20, "+", "M1")]
    assert site_accuracy(predicted, true, foreground) == SiteAccuracy(1.0, 1.0)
    assert site_accuracy([], true, foreground) == SiteAccuracy(0.0, 0.0)


def test_no_scan_of_the_true_matrices_at_one_p_value_is_better_than_the_ceiling():
    truth = plant([GATA, EBOX], 150, 0, 60, np.random.default_rng(0))
    foreground = [Record(n, c, 1, False) for n, c in zip(truth.names, truth.codes, strict=True)]
    best = ceiling(KNOWN, truth.sites, foreground, both_strands=True)

    def f1(accuracy):
        return 2 * accuracy.precision * accuracy.recall / (accuracy.precision + accuracy.recall)

    assert f1(best) > 0.7
    for p in (1e-3, 1e-4, 1e-5):
        sites = [s for k in KNOWN for s in find_sites(k.pwm, truth.names, truth.codes, both_strands=True, p=p)]
        assert f1(site_accuracy(sites, truth.sites, foreground)) <= f1(best) + 0.02
