"""Channels that start as known matrices: trimmed to the field, budgets from the data, held, and what they become."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.known import ADMITTED, known_starts, most_informative, trimmed
from sparling_genomics.discovery.search import find
from sparling_genomics.discovery.start import network_of, with_more
from sparling_genomics.discovery.training import Trained
from sparling_genomics.letters.likeness import alike
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.motif_network import load_network, matrices_of, save_network, sparsity_of, with_channels
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.discovery.searches import COMMON, RARE, search_of, seed_of, training_side, with_words

FIELD = 15
KNOWN = [consensus_motif("common", COMMON), consensus_motif("rare", RARE), consensus_motif("absent", "CTAGCTCGAA")]


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    return search_of(with_words(), tmp_path_factory.mktemp("known"))


@pytest.fixture(scope="module")
def training(search):
    return training_side(search)


@pytest.fixture(scope="module")
def starts(training):
    return known_starts(training, KNOWN, FIELD)


def test_marks_are_about_the_sites_there_are(training, starts):
    bound = int(training.labels.sum())
    common, rare, absent = (start.marks for start in starts)
    assert 0.7 * bound < common < 1.1 * bound
    assert 0.25 * bound < rare < 0.6 * bound
    assert absent < 0.1 * bound


def test_a_narrow_matrix_lies_in_the_middle_of_the_field(starts):
    counts = starts[0].counts
    assert counts.shape == (FIELD, 4)
    assert np.flatnonzero(counts.sum(1)).tolist() == list(range(2, 12))
    assert starts[0].used.consensus() == COMMON


def test_a_wide_matrix_is_trimmed_to_its_most_informative_part_and_that_is_said(training):
    flanked = Pwm("wide", np.vstack([np.ones((9, 4)), KNOWN[0].counts, np.ones((9, 4))]), 20)
    first, width = most_informative(flanked, FIELD)
    assert width == FIELD
    assert first <= 9 <= first + width - 10
    (start,) = known_starts(training, [flanked], FIELD)
    assert start.used.trim().consensus() == COMMON
    assert "1 matrix is wider than the field of 15 bp" in trimmed([flanked, KNOWN[0]], FIELD)
    assert trimmed(KNOWN, FIELD) == ""


def test_channels_are_held_to_their_matrices_and_seeds_that_are_added_are_not(search, training, starts):
    model, planned = network_of(search, training, starts)
    local = matrices_of(model)
    assert planned.network.gated
    assert torch.equal(local.gate, local.matrices.weight)
    assert local.floor.tolist() == pytest.approx([start.floor for start in starts])
    x = one_hot(torch.from_numpy(training.padded(np.arange(100))))
    with torch.no_grad():
        opened = (model.eval().local(x) > -10).float().mean((0, 2))
    assert (opened < 2 * ADMITTED).all()
    assert (opened > 0.2 * ADMITTED).all()
    first = Trained("", model, planned.network, None, [], 0.0)
    more, network = with_more(search, first, [0, 2], training, [seed_of(RARE, 25)])
    assert network.channels == 3
    held = matrices_of(more)
    assert held.floor.tolist() == [*local.floor[[0, 2]].tolist(), float("-inf")]
    assert torch.equal(held.gate[:2], local.gate[[0, 2]])


def test_words_that_known_matrices_leave_have_channels_before_the_density_falls(search, tmp_path):
    outcome = find(replace(search, folder=tmp_path, known=(KNOWN[0], KNOWN[2])), time.monotonic())
    alone, falls, *_ = outcome.provenance.trainings
    common, absent, *words = outcome.found.seeds
    assert [alone.title, falls.title] == ["Known matrices alone", "Density falls"]
    assert (alone.network.channels, falls.network.channels) == (2, 2 + sum(fate.added == 1 for fate in words))
    motifs = {motif.pwm.name: motif.pwm for motif in outcome.found.motifs}
    assert alike(motifs[common.became], KNOWN[0])
    assert absent.became not in motifs
    (rare,) = [fate for fate in words if fate.became in motifs]
    assert rare.added == 1
    assert alike(motifs[rare.became], KNOWN[1])


def test_held_networks_are_saved_and_lose_channels_whole(search, training, starts, tmp_path):
    model, planned = network_of(search, training, starts)
    sparsity_of(model).set_threshold(torch.zeros(3))
    save_network(tmp_path, model, planned.network)
    again, network = load_network(tmp_path)
    smaller, _ = with_channels(again, network, [2, 1])
    x = one_hot(torch.from_numpy(training.padded(np.arange(10))))
    with torch.no_grad():
        assert torch.equal(again.local(x), model.eval().local(x))
        torch.testing.assert_close(smaller.local(x), again.local(x)[:, [2, 1]])


def test_frozen_matrices_are_alone_and_stay(search, training, starts):
    model, planned = network_of(search, training, starts, alone=True)
    assert (planned.network.gated, planned.network.frozen, planned.network.filters) == (False, True, 0)
    assert not any(parameter.requires_grad for parameter in model.local.parameters())
    smaller, _ = with_channels(model, planned.network, [1])
    assert not any(parameter.requires_grad for parameter in smaller.local.parameters())


def test_contradictions_are_refused(tmp_path):
    options = {"fasta": tmp_path / "x.fa", "start_from": tmp_path / "x.meme"}
    with pytest.raises(InputError, match="start_from: channels start as known matrices, or from nothing"):
        MotifConfig.of(options | {"start": "nothing"})
    with pytest.raises(InputError, match="freeze: needs --start-from"):
        MotifConfig.of({"fasta": tmp_path / "x.fa", "freeze": True})
    assert MotifConfig.of(options | {"freeze": True}).freeze
