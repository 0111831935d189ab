"""What the readout relies on, with a network and a readout whose answers are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sparling.networks.readout import PooledReadout
from sparling_genomics.audit.reliance import free_starts, moved_in_map, reliance, swap_partners, transplant
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.effects import effects
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.runs.finished import sparse_map
from tests.genomics.hand_made import activations, dataset, finished_run, word_model

WORDS = ("GATTACA", "CCGGCGC")
MIDDLE = 3


def linear(weights, bias):
    """A readout whose logit is the sum of weights × the channels' largest activations, plus ``bias``."""
    channels = len(weights)
    readout = PooledReadout(channels, 1, hidden=channels)
    with torch.no_grad():
        for parameter in readout.parameters():
            parameter.zero_()
        readout.net[0].weight[:, :channels] = torch.eye(channels)
        readout.net[2].weight[0] = torch.tensor(weights)
        readout.net[2].bias[0] = bias
    return readout


def finished(sequences, places, weights=(1.0, 0.1), bias=-0.5):
    """A run whose network marks `WORDS`; ``places`` (sequence, channel, start) are its sites."""
    n = len(sequences)
    data = dataset(sequences, labels=[1] * (n - 1) + [0], split=[TEST] * (n - 1) + [TRAIN])
    model = word_model(*WORDS, threshold=6)
    model.readout = linear(weights, bias)
    motifs = []
    for channel in range(2):
        rows = [(sequence, channel, start, False, 1.0) for sequence, own, start in places if own == channel]
        motifs.append(Motif(Pwm(f"M{channel + 1}", np.ones((7, 4)), 1), (channel,), activations(rows), 0))
    return finished_run(Path("run"), data, motifs, model, firsts=[-MIDDLE, -MIDDLE])


def background(n, length=60):
    """Sequences of T and A alone, which have neither word."""
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("AT"), length)) for _ in range(n)]


def put(sequence, word, start):
    return sequence[:start] + word + sequence[start + len(word) :]


@pytest.fixture
def run():
    plain = background(5)
    rows = [put(plain[0], WORDS[0], 5), put(plain[1], WORDS[0], 40), put(plain[2], WORDS[1], 20)]
    both = put(put(plain[3], WORDS[0], 5), WORDS[1], 40)
    return finished([*rows, both, plain[4]], [(0, 0, 5), (1, 0, 40), (2, 1, 20), (3, 0, 5), (3, 1, 40)])


def test_the_map_is_made_again_and_sites_are_placed(run):
    whole = sparse_map(run)
    assert whole.reproduced == [1.0, 1.0]
    for motif, own in zip(whole.motifs, run.motifs, strict=True):
        assert motif.intervals(run.data)[0].tolist() == own.intervals(run.data)[0].tolist()
    assert whole.activations.position.tolist() == [5 + MIDDLE, 40 + MIDDLE, 20 + MIDDLE, 5 + MIDDLE, 40 + MIDDLE]


def test_alpha_counts_predictions_that_change(run):
    # logits: 0.5, 0.5, -0.4, 0.6, -0.5: only the first word takes a sequence across 0
    found = reliance(run, sparse_map(run).features)
    assert found.sequences.tolist() == [3, 1]  # predicted bound: of the two with the second word, the one with both
    assert found.alpha.tolist() == [1.0, 0.0]
    assert found.change == pytest.approx([-1.0, -0.1])
    assert found.swapped[0, 1] == pytest.approx(1 / 4)  # of 0 to 3, only the one with both stays
    assert swap_partners(found.swapped) == [1, 0]


def test_alpha_is_the_necessity_of_the_report(run):
    """One question, one answer: bound test sequences, predicted bound."""
    run = replace(run, data=replace(run.data, split=np.array([TEST, VALIDATION, TEST, TEST, TRAIN], dtype=np.uint8)))
    features = sparse_map(run).features
    for bias in (-0.5, 0.3, -0.95):
        run.model.readout = linear((1.0, 0.1), bias)
        said = effects(run.data, run.motifs, run.model.readout, features, run.listed_from, 1)
        found = reliance(run, features)
        expected = [np.nan if each.necessity is None else each.necessity for each in said]
        np.testing.assert_array_equal(found.alpha, expected)
    assert found.sequences.tolist() == [2, 1]


def test_weak_marks_are_seen_and_are_no_sites():
    one_letter_off = put(put(background(1)[0], WORDS[0], 5), "CATTACA", 30)
    run = finished([one_letter_off, *background(1)], [(0, 0, 5)])
    run.model.sparsity.set_threshold(torch.full_like(run.model.sparsity.threshold, 5.0))
    all_listed = sparse_map(run)
    run.info["metrics"]["listed_from"] = [1.5, 0.0]
    whole = sparse_map(run)
    assert whole.activations.score.tolist() == all_listed.activations.score.tolist() == [2.0, 1.0]
    assert torch.equal(whole.features, all_listed.features)
    assert [len(motif.sites) for motif in all_listed.motifs] == [2, 0]
    assert [len(motif.sites) for motif in whole.motifs] == [1, 0]
    only_weak = map_features(activations([(0, 0, 33, False, 1.0), (1, 0, 8, False, 2.0)]), 2, 2)
    run.model.readout = linear((1.0, 0.1), 0.5)
    run.data.labels[:], run.data.split[:] = 1, TEST
    assert reliance(run, only_weak).sequences.tolist() == [1, 0]


def test_alike_channels_may_be_swapped(run):
    run.model.readout = linear((1.0, 1.0), -0.5)
    assert reliance(run, sparse_map(run).features).swapped[0, 1] == 1


def test_silent_channels_are_unknown(run):
    found = reliance(run, map_features(activations([]), 5, 2))
    assert found.sequences.tolist() == [0, 0]
    assert np.isnan(found.alpha).all()
    assert np.isnan(found.change).all()
    assert swap_partners(found.swapped) == [None, None]


def test_moving_sites_in_the_map_cannot_change_a_pooled_readout(run):
    whole = sparse_map(run)
    assert moved_in_map(run, whole.activations, np.arange(5), np.random.default_rng(0)) == 1


def test_letters_moved_are_found_again_by_a_model_that_reads_them_alone(run):
    found = transplant(run, sparse_map(run), 0, np.arange(5), np.random.default_rng(0))
    assert (found.sequences, found.found, found.kept) == (3, 1.0, 1.0)


def test_sites_that_need_their_neighbours_are_lost(run):
    narrow = Pwm("M1", np.ones((3, 4)), 1)  # a footprint of half the word
    run.motifs[0], run.pwms[0] = Motif(narrow, (0,), run.motifs[0].sites, 0), narrow
    found = transplant(run, sparse_map(run), 0, np.arange(5), np.random.default_rng(0))
    assert (found.sequences, found.found, found.kept) == (3, 0.0, 0.0)


def test_without_room_or_sites_nothing_is_moved():
    run = finished([put("A" * 10, WORDS[0], 1), "T" * 10], [(0, 0, 1)])
    whole = sparse_map(run)
    assert transplant(run, whole, 0, np.arange(2), np.random.default_rng(0)).sequences == 0
    assert transplant(run, whole, 1, np.arange(2), np.random.default_rng(0)).sequences == 0


def test_free_places_keep_their_distance():
    for taken in ([], [0], [5, 9], list(range(20))):
        free = free_starts(20, 4, np.array(taken, dtype=np.int64), reach=3)
        expected = [s for s in range(17) if all(p <= s - 3 or p >= s + 3 + 3 for p in taken)]
        assert free.tolist() == expected
