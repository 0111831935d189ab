"""A training of the motif network: calibrations set budgets, thresholds are exact at the end, rates are as said."""

import copy

import numpy as np
import pytest
import torch

from sparling.training.schedule import Stage
from sparling_genomics.discovery.start import network_of
from sparling_genomics.discovery.training import (
    READOUT_DECAY,
    BudgetedSession,
    _optimizer,
    _session,
    set_thresholds,
    train,
)
from sparling_genomics.network.budgeted import PULL
from sparling_genomics.network.motif_network import sparsity_of
from sparling_genomics.tasks.binary import BinaryTask
from tests.genomics.discovery.searches import COMMON, RARE, search_of, seed_of, training_side, with_words

SEEDS = [seed_of(COMMON, 40), seed_of(RARE, 40)]


@pytest.fixture
def search(tmp_path):
    return lambda **options: search_of(with_words(n=400, n_unbound=400), tmp_path, **options)


def started(search):
    model, planned = network_of(search, training_side(search), SEEDS)
    return model.eval(), planned


def session_of(search, model, by_data=True):
    return BudgetedSession(model, BinaryTask(search.data, 0), search.fabric, by_data)


def marks_in(session, model, batches):
    """Marks of each channel, in bound sequences and in all; and bound sequences."""
    bound, total, n = torch.zeros(2), torch.zeros(2), 0
    for batch in batches:
        marks = (session.forward(batch).activations > 0).sum(2)
        bound += marks[batch.y == 1].sum(0)
        total += marks.sum(0)
        n += int((batch.y == 1).sum())
    return bound, total, n


def test_an_exact_calibration_gives_each_channel_the_marks_that_data_speak_for(search):
    search = search()
    model, _ = started(search)
    session, layer = session_of(search, model), sparsity_of(model)
    batches = session.task.balanced_batches(10**6)
    session.calibrate_exactly(batches)
    bound, total, n = marks_in(session, model, batches)
    assert torch.equal(layer.threshold, layer.cuts)
    letters = sum(batch.x.numel() for batch in batches)
    torch.testing.assert_close(layer.shares * layer.unit * letters, total.double(), rtol=0.1, atol=2)
    assert layer.standing.tolist() == pytest.approx(bound.tolist(), rel=0.1)
    common, rare = (bound / n).tolist()
    assert common > 1.7 * rare  # they began with the same budget
    assert rare > 0.3


def test_every_calibration_goes_half_of_the_way(search):
    search = search()
    model, _ = started(search)
    session, layer = session_of(search, model), sparsity_of(model)
    before = layer.shares.clone()
    session.calibrate_exactly(session.task.calibration_batches())
    exact = layer.shares.clone()
    layer.share_out(before)
    session.calibrate()
    torch.testing.assert_close(layer.shares, before.pow(1 - PULL) * exact.pow(PULL))
    assert not torch.allclose(layer.shares, before, rtol=0.05)


def test_budgets_stay_where_they_are_not_to_follow_the_data(search):
    search = search()
    model, _ = started(search)
    session, layer = session_of(search, model, by_data=False), sparsity_of(model)
    before = layer.shares.clone()
    session.calibrate()
    assert torch.equal(layer.shares, before)
    assert bool(layer.threshold.isfinite().all())


@pytest.mark.parametrize(
    ("budgets", "by_data", "follow"), [("data", True, True), ("data", False, False), ("equal", True, False)]
)
def test_budgets_follow_where_configuration_and_training_say_so(search, budgets, by_data, follow):
    search = search(budgets=budgets)
    session = _session(search, started(search)[0], by_data)
    before = sparsity_of(session.model).shares.clone()
    session.calibrate()
    assert torch.equal(sparsity_of(session.model).shares, before) != follow


def test_thresholds_of_given_sequences_are_of_all_of_them(search):
    search = search()
    model, _ = started(search)
    other = with_words(n=300, n_unbound=300, words=((COMMON, 0.2), (RARE, 0.9)), seed=3)
    set_thresholds(search, model, other)
    session = session_of(search, model)
    bound, _, n = marks_in(session, model, session.task.all_batches(other))
    assert n == 300
    assert sparsity_of(model).standing.tolist() == pytest.approx(bound.tolist(), rel=0.1)
    assert bound[1] > 2 * bound[0]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    search = search_of(with_words(n=400, n_unbound=400), folder)
    model, planned = started(search)
    stage = Stage("Density falls", (0, 0), None)
    made = train(
        search, model, planned.network, planned.anneal, planned.settings, stage, folder, by_data=True, resume=False
    )
    return search, made, planned


def test_a_training_says_what_it_went_through(trained):
    search, made, _ = trained
    assert made.title == "Density falls"
    assert made.evaluations[0].density == pytest.approx(search.config.first_factor)
    assert made.evaluations[-1].density == pytest.approx(search.config.evidence)
    assert [each.phase for each in made.evaluations][-1] == "settle"
    assert all(0.5 < each.score <= 1 for each in made.evaluations)
    assert made.seconds_before == 0
    assert not made.model.training


def test_after_a_training_every_channel_marks_as_often_as_its_budget_says(trained):
    search, made, _ = trained
    layer = sparsity_of(made.model)
    session = session_of(search, made.model)
    batches = session.task.balanced_batches(10**6)
    _, total, _ = marks_in(session, made.model, batches)
    letters = sum(batch.x.numel() for batch in batches)
    expected = layer.shares * layer.unit * search.config.evidence * letters
    torch.testing.assert_close(total.double(), expected, rtol=0.05, atol=2)
    assert bool((layer.cuts > layer.threshold).all())  # weak sites are seen, and are no sites


@pytest.mark.parametrize("wanted", [0.5, 1.0])
def test_sites_that_are_wanted_are_what_bound_sequences_have(trained, search, wanted):
    search = search()
    model = copy.deepcopy(trained[1].model)
    model.sparsity.density = sparsity_of(model).unit
    set_thresholds(search, model, wanted=wanted)
    session = session_of(search, model)
    bound, _, n = marks_in(session, model, session.task.balanced_batches(10**6))
    assert float(bound.sum()) / n == pytest.approx(wanted, rel=0.02)


def test_the_readout_learns_faster_than_the_matrices_and_decays_less(search):
    search = search(learning_rate=0.001, readout_rate=0.03, weight_decay=0.2)
    model, _ = started(search)
    local, readout = _optimizer(search.config, model).param_groups
    assert (local["lr"], local["weight_decay"]) == (0.001, 0.2)
    assert (readout["lr"], readout["weight_decay"]) == (0.03, READOUT_DECAY)
    ids = [{id(p) for p in part.parameters()} for part in (model.local, model.readout)]
    assert [{id(p) for p in group["params"]} for group in (local, readout)] == ids
    assert np.sum([len(group) for group in ids]) == len(list(model.parameters()))
