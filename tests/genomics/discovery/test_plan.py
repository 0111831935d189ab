"""How a search will go: widths, densities, evaluations, and the network that follow from configuration and data."""

from pathlib import Path

import pytest

from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.plan import NOTHING_FACTOR, plan, widths
from sparling_genomics.letters.alphabet import RNA
from tests.genomics.discovery.searches import search_of, with_words
from tests.genomics.hand_made import dataset
from tests.genomics.sequences import random_sequences


@pytest.fixture
def search(tmp_path):
    return lambda data=None, **options: search_of(with_words() if data is None else data, tmp_path, **options)


def planned(search, *, unit=0.001, from_nothing=False, channels=3):
    return plan(search.config, search.data, channels, unit, from_nothing=from_nothing)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"width": 15}, (15, 7)),
        ({"width": 21}, (21, 9)),
        ({"width": 21, "competition": 5}, (21, 5)),
        ({"width": 51}, (51, 11)),
        ({"width": 21, "competition": 0}, (21, 0)),
        ({"width": 3}, (3, 1)),
        ({"width": 5}, (5, 1)),
    ],
)
def test_channels_compete_in_less_than_a_field(search, options, expected):
    field, window = widths(search(**options).config, with_words())
    assert window % 2 == 1 or window == 0
    assert (field, window) == expected
    assert window < field / 2


def test_without_a_width_it_is_that_of_the_lengths():
    config = MotifConfig(fasta=Path("none.fa"))
    assert widths(config, dataset(random_sequences(20, 200))).field == 21
    assert widths(config, dataset(random_sequences(20, 200), alphabet=RNA)).field == 15
    assert widths(config, dataset(random_sequences(20, 20))).field == 9


def test_density_falls_from_a_multiple_of_the_budgets_to_where_the_readout_still_sees_weak_sites(search):
    made = planned(search(first_factor=6.0, evidence=1.5, factor=0.25, tolerance=0.01, patience=3), unit=0.002)
    rule = made.anneal
    assert (rule.target, rule.initial) == (pytest.approx(0.003), pytest.approx(0.012))
    assert (rule.factor, rule.tolerance, rule.patience, rule.look_ahead) == (0.25, 0.01, 3, 0)
    assert made.network.unit == 0.002


@pytest.mark.parametrize(
    ("first_factor", "unit", "expected"), [(1.0, 0.001, 0.002), (8.0, 0.001, 0.008), (8.0, 0.1, 0.25)]
)
def test_it_begins_no_lower_than_it_ends_and_below_every_fourth_letter(search, first_factor, unit, expected):
    assert planned(search(first_factor=first_factor), unit=unit).anneal.initial == pytest.approx(expected)


def test_from_nothing_it_begins_denser_and_with_a_network_instead_of_matrices(search):
    made = planned(search(filters=0), unit=0.0005, from_nothing=True)
    assert made.anneal.initial == pytest.approx(0.0005 * NOTHING_FACTOR)
    assert (made.network.matrices, made.network.filters) == (False, 32)
    assert planned(search(filters=6), from_nothing=True).network.filters == 6


def test_the_network_is_the_configured_one(search):
    network = planned(search(filters=6, units=1, readout="free", width=15, competition=5), channels=4).network
    assert (network.alphabet, network.channels, network.width, network.competition) == ("dna", 4, 15, 5)
    assert (network.matrices, network.filters, network.units, network.readout) == (True, 6, 1, "free")
    assert planned(search(with_words(alphabet=RNA))).network.alphabet == "rna"


@pytest.mark.parametrize(("bases", "expected"), [(1000, 2000), (200_000, 5000), (10**9, 16_000)])
def test_evaluations_are_so_many_letters_apart_within_bounds(search, bases, expected):
    made = planned(search(bases_an_evaluation=bases, learning_rate=0.01, weight_decay=0.2))
    settings = made.settings
    assert settings.evaluate_every == expected
    assert (settings.learning_rate, settings.weight_decay, settings.settle_evaluations) == (0.01, 0.2, 1)


def test_the_second_training_rests_at_one_density_while_the_rate_falls(search):
    made = planned(search(settle=3, bases_an_evaluation=200_000))
    assert made.rest_samples == 4 * 5000
    rule = made.rest(0.01)
    assert rule.start().density == 0.01
