"""A few dozen sequences: a seed from all of them, proven by shuffles of the whole set or not at all."""

import time

import numpy as np
import pytest

from sparling_genomics.data.dataset import TEST
from sparling_genomics.discovery import few as module
from sparling_genomics.discovery.few import COPIES, FEW, MOST, are_few, p_values, seeds_of_few
from sparling_genomics.discovery.search import find
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.discovery.searches import COMMON, search_of, with_words
from tests.genomics.hand_made import dataset, sides
from tests.genomics.sequences import random_sequences


def few_with(share=1.0, n=24, **options):
    return with_words(n=n, length=40, words=((COMMON, share),), **options)


def test_few_are_up_to_so_many_bound_ones():
    for n in range(FEW, FEW + 20):
        data = few_with(n=n)
        assert are_few(data) == (int(data.labels[data.split != TEST].sum()) <= FEW), n
    assert not are_few(few_with(n=2 * FEW))
    assert are_few(few_with(n=10, n_unbound=500))


def test_words_are_counted_in_many_copies_or_in_the_unbound_sequences_that_are_given(tmp_path):
    together, seeds = seeds_of_few(search_of(few_with(), tmp_path))
    assert (int(together.labels.sum()), len(together)) == (24, 24 * (1 + COPIES))
    assert 1 <= len(seeds) <= MOST
    together, _ = seeds_of_few(search_of(few_with(n_unbound=30), tmp_path))
    assert len(together) == 54


def test_p_is_small_where_a_motif_was_planted_and_not_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SHUFFLES", 19)
    search = search_of(few_with(), tmp_path)
    _, seeds = seeds_of_few(search)
    p = p_values(search, seeds[:1])
    assert p[0] < 1e-6
    chances = []
    for seed in range(6):
        search = search_of(dataset(random_sequences(12, 40, seed)), tmp_path, width=7)
        _, seeds = seeds_of_few(search)
        chances += p_values(search, seeds[:1])
    assert min(chances) > 0.01
    assert 0.15 < np.mean(chances) < 0.85
    assert len(set(chances)) > 2
    assert p_values(search, []) == []


def test_the_planted_motif_is_found_and_proven(tmp_path):
    outcome = find(search_of(few_with(), tmp_path), time.monotonic())
    first = outcome.found.motifs[0]
    assert similarity(first.pwm, consensus_motif("planted", COMMON)).correlation > 0.9
    assert outcome.measured.effects[0].p_value < 1e-6
    assert outcome.provenance.trainings == []
    assert outcome.map.network.channels == outcome.map.model.sparsity.channels == len(outcome.found.motifs)
    assert {fate.became for fate in outcome.found.seeds} >= {motif.pwm.name for motif in outcome.found.motifs}


@pytest.mark.parametrize(("n", "length"), [(6, 10), (8, 30), (20, 12), (30, 60)])
@pytest.mark.parametrize("seed", [0, 1])
def test_where_nothing_is_the_search_ends_all_the_same(tmp_path, n, length, seed):
    outcome = find(
        search_of(dataset(random_sequences(n, length, seed), split=sides(n)), tmp_path, width=5), time.monotonic()
    )
    assert all(effect.p_value > 0.01 for effect in outcome.measured.effects)
    assert len(outcome.measured.effects) == len(outcome.found.motifs)
