"""The tests that a motif had to pass in a run, as its own rule has them, and what run.json says of them."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.few import COPIES
from sparling_genomics.discovery.seeds import find_seeds
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.motifs.detectable import FisherTest, smallest_share
from sparling_genomics.runs.could_show import tests_of as sides_of
from tests.genomics.hand_made import dataset


def config(**options):
    return MotifConfig.of({"fasta": "x.fa", "width": 19} | options)


def random_set(n, length=60, seed=0, **given):
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("ACGT"), length)) for _ in range(n)]
    return dataset(words, split=np.repeat([TRAIN, VALIDATION, TEST], [n * 7 // 10, n * 2 // 10, n // 10]), **given)


def test_a_side_counts_as_its_test_does():
    data = with_all_shuffled(random_set(200), seed=0)
    words = (4**8 * (1 + 11) + 4**6 * (1 + 13)) / 2
    tests = sides_of(config(), data, 2, shuffled=True)
    assert tests == {
        "training": FisherTest(140, 140, pytest.approx(0.05 / words)),
        "validation": FisherTest(40, 40, 0.05),
        "test": FisherTest(20, 20, pytest.approx(0.05 / 3)),
    }


def test_relatives_count_once_but_not_where_words_are_counted():
    cluster = np.arange(200) // 2
    tests = sides_of(config(), with_all_shuffled(random_set(200, cluster=cluster), 0), 0, shuffled=True)
    assert [tests[side].bound for side in ("training", "validation", "test")] == [140, 20, 10]


def test_of_one_strand_there_are_twice_as_many_words():
    both = sides_of(config(), with_all_shuffled(random_set(200), 0), 0, shuffled=True)["training"].level
    rna = dataset(["ACGU" * 15] * 200, split=[TRAIN] * 140 + [VALIDATION] * 40 + [TEST] * 20, alphabet=RNA)
    assert sides_of(config(), with_all_shuffled(rna, 0), 0, shuffled=True)["training"].level == pytest.approx(both / 2)


def test_of_few_sequences_the_word_in_all_of_them_decides():
    tests = sides_of(config(), with_all_shuffled(random_set(20), 0), 1, shuffled=True)
    assert list(tests) == ["all"]
    assert tests["all"][:2] == (20, 20 * COPIES)
    unbound = dataset(["ACGTACGT"] * 30, [1] * 20 + [0] * 10, [TRAIN] * 30)
    assert sides_of(config(), unbound, 1, shuffled=False)["all"][:2] == (20, 10)


@pytest.mark.parametrize(("times", "seen"), [(1.25, True), (0.5, False)])
def test_a_word_planted_above_the_share_is_found_by_the_search_of_words_and_one_far_below_is_not(times, seen):
    everything = with_all_shuffled(random_set(260), 0)
    training = everything.subset(everything.indices(TRAIN))
    level = sides_of(config(), everything, 0, shuffled=True)["training"]
    share = smallest_share([level], 0.002)
    rng, codes = np.random.default_rng(1), training.codes.copy()
    for i in rng.permutation(level.bound)[: round(times * share * level.bound)]:
        start = training.offsets[i] + rng.integers(52)
        codes[start : start + 8] = [2, 3, 0, 1, 2, 0, 0, 3]
    found = find_seeds(replace(training, codes=codes), 19, triplets=True)
    assert any(seed.word in ("GTACGAAT", "ATTCGTAC") for seed in found) == seen


def test_a_run_says_it_of_itself(small_run):
    told = json.loads((small_run / "run.json").read_text())["metrics"]["could_show"]
    assert smallest_share([FisherTest(**test) for test in told["tests"].values()]) == told["share"]
    assert 0 < told["share"] < 1
