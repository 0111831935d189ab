"""Core sites: tracks as a loop over positions has them, tables and matrices that know the sites they are fitted on."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.splicing.core_sites import counts, lssi
from sparling_genomics.splicing.core_sites.counts import count_kmers
from sparling_genomics.splicing.core_sites.fit import empty_core, fit_core
from sparling_genomics.splicing.core_sites.lssi import fit_lssi, letters_of
from sparling_genomics.splicing.core_sites.maxent import TABLES, read_maxent
from sparling_genomics.splicing.core_sites.pwm import columns_of, scores_of
from sparling_genomics.splicing.core_sites.tracks import ACCEPTOR_FIRST, DONOR_FIRST, LENGTH, KmerTracks, MatrixTracks
from sparling_genomics.splicing.core_sites.wide import WideTracks, Words, acceptor_words, end_pairs, fewer
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED
from sparling_genomics.splicing.metrics import splice_figures
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.experiment import prepare
from tests.genomics.splicing.made_genome import made_genome


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        genome, annotation = made_genome(folder)
        prepared = prepare(SpliceConfig(genome=genome, annotation=annotation, device="cpu"))
        yield [prepared.side(side) for side in (0, 1, 2)]


def numbers(codes):
    """Number of the 8-mer, or None where a letter is none."""
    return None if max(codes) >= AMBIGUOUS else int("".join(map(str, codes)), 4)


def test_an_8_mer_is_looked_up_where_its_site_is():
    rng = np.random.default_rng(0)
    log_p = torch.from_numpy(rng.uniform(-12, 0, (2, 4**LENGTH)))
    codes = rng.integers(0, 4, 60).astype(np.uint8)
    codes[[20, 41]] = AMBIGUOUS, PAD
    found = KmerTracks(log_p)(one_hot(torch.from_numpy(codes[None])))[0]
    for position in range(60):
        for row, first in enumerate((DONOR_FIRST, ACCEPTOR_FIRST)):
            letters = codes[max(position + first, 0) : position + first + LENGTH].tolist()
            whole = position + first >= 0 and len(letters) == LENGTH and numbers(letters) is not None
            expected = max(float(log_p[row, numbers(letters)]) + 10, 0) / 5 if whole else 0.0
            assert float(found[row, position]) == pytest.approx(expected, abs=1e-6), (row, position)


def test_matrices_are_summed_where_their_site_is():
    rng = np.random.default_rng(1)
    donor, acceptor = torch.from_numpy(rng.normal(size=(10, 4))), torch.from_numpy(rng.normal(size=(23, 4)))
    codes = rng.integers(0, 5, 50).astype(np.uint8)
    tracks = MatrixTracks(donor, acceptor, torch.tensor([-1.0, 0.5]), (-2, -20))
    found = tracks.logits(one_hot(torch.from_numpy(codes[None])))[0]
    for row, (weights, first, bias) in enumerate(((donor, -2, -1.0), (acceptor, -20, 0.5))):
        for position in range(50):
            places = [(i, position + first + i) for i in range(len(weights))]
            inside = [(i, p) for i, p in places if 0 <= p < 50 and codes[p] < AMBIGUOUS]
            expected = bias + sum(float(weights[i, codes[p]]) for i, p in inside)
            assert float(found[row, position]) == pytest.approx(expected, abs=1e-4)
    columns = range(-2, 8)
    own = scores_of_codes(codes, donor.numpy(), columns)
    assert own == pytest.approx((found[0] + 1.0).numpy(), abs=1e-4)


def scores_of_codes(codes, weights, columns):
    class Data:
        pass

    data = Data()
    data.codes = codes
    return scores_of(data, weights, columns)


def test_counted_words_are_those_around_sites(sides):
    train = sides[0]
    for kind, first in ((DONOR, DONOR_FIRST), (ACCEPTOR, ACCEPTOR_FIRST)):
        found = count_kmers(train, kind)
        sites = np.flatnonzero(train.labels == kind)
        expected = [numbers(train.codes[site + first : site + first + LENGTH].tolist()) for site in sites]
        assert found.sites.sum() == len(sites)
        assert set(np.flatnonzero(found.sites)) == set(expected)
        assert found.positions.sum() == (train.labels != MASKED).sum()
        assert (found.sites <= found.positions).all()


def test_words_are_counted_piece_by_piece(sides, monkeypatch):
    whole = count_kmers(sides[0], DONOR)
    monkeypatch.setattr(counts, "AT_ONCE", 997)
    for one, other in zip(whole, count_kmers(sides[0], DONOR), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("core", "acceptor"), [("lssi", None), ("lssi", 3), ("lssi", 12), ("pwm", None), ("pwm", 8)])
def test_a_core_finds_sites_that_have_words_of_their_own(core, acceptor, sides):
    train, validation, test = sides
    model = fit_core(core, train, validation, seed=0, acceptor=acceptor)
    tracks = model(one_hot(torch.from_numpy(test.codes[None])))[0].numpy()
    assert 0 <= tracks.min() <= tracks.max() <= 2
    figures = splice_figures(np.concatenate([np.zeros((1, tracks.shape[1])), tracks]), test.labels)
    assert figures.donor.top_k > 0.9
    assert figures.acceptor.top_k > {3: 0.1, None: 0.5, 8: 0.9, 12: 0.9}[acceptor]  # TTTTTTCAG; CAG alone says little
    again = empty_core(core, acceptor)
    again.load_state_dict(model.state_dict())
    assert np.array_equal(again(one_hot(torch.from_numpy(test.codes[None])))[0].numpy(), tracks)


def test_tracks_are_probabilities_of_sites(sides):
    """Summed over positions, the probabilities give the number of sites, as a logistic curve must."""
    train = sides[0]
    model = fit_core("pwm", train, sides[1], seed=0)
    p = torch.sigmoid(model.logits(one_hot(torch.from_numpy(train.codes[None]))))[0].numpy()
    for row, kind in enumerate(columns_of()):
        counted = train.labels != MASKED
        assert math.isclose(p[row][counted].sum(), (train.labels == kind).sum(), rel_tol=0.02)


def test_maximum_entropy_scores_pass_as_calibrated_tracks(sides, tmp_path):
    train, validation, test = sides
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "tables.npz", **{name: rng.uniform(0.5, 2, 4**letters) for name, letters in TABLES.items()})
    model = fit_core("maxent", train, validation, 0, tmp_path / "tables.npz")
    tracks = model(one_hot(torch.from_numpy(test.codes[None])))[0].numpy()
    scores = read_maxent(tmp_path / "tables.npz").scores(np.minimum(test.codes, AMBIGUOUS))
    for row, own in enumerate(scores):
        logits = float(model.slope[row]) * own + float(model.intercept[row])
        assert tracks[row] == pytest.approx(np.maximum(10 - np.logaddexp(0, -logits), 0) / 5, abs=1e-4)
    again = empty_core("maxent")
    again.load_state_dict(model.state_dict())
    assert np.array_equal(again(one_hot(torch.from_numpy(test.codes[None])))[0].numpy(), tracks)
    with pytest.raises(InputError, match="maxent:FILE"):
        fit_core("maxent", train, validation, 0)


def test_letters_that_a_table_is_not_to_see_change_nothing(sides, monkeypatch):
    monkeypatch.setattr(lssi, "STEPS", 20)
    table = fit_lssi(sides[0], sides[1], 0, acceptor=3).log_p.view(2, *(4,) * LENGTH)
    assert (table[1] == table[1][:1, :1, :1]).all()
    whole = fit_lssi(sides[0], sides[1], 0).log_p.view(2, *(4,) * LENGTH)
    assert not (whole[1] == whole[1][:1, :1, :1]).all()
    assert torch.equal(table[0], whole[0])


def test_the_wide_network_sees_the_letters_before_each_position_and_no_others():
    torch.manual_seed(0)
    before, rng = 11, np.random.default_rng(0)
    sizes = (4 * (before + 2), 64, 64, 1)
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    network = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    ends = rng.random(16) < 0.5
    codes = rng.integers(0, 4, 70).astype(np.uint8)
    codes[[20, 50]] = AMBIGUOUS, PAD
    wide = WideTracks(before, None, [(each.weight, each.bias) for each in layers], ends)
    with torch.no_grad():
        found = wide.log_p(one_hot(torch.from_numpy(codes[None])))[0]
        for position in range(70):
            word = codes[max(position - before, 0) : position + 2]
            expected = -10.0
            if len(word) == before + 2 and word.max() < AMBIGUOUS and ends[4 * word[-4] + word[-3]]:
                number = np.array([int("".join(map(str, word.tolist())), 4)])
                expected = float(torch.nn.functional.logsigmoid(network(letters_of(number, before + 2)))[0, 0])
            assert float(found[position]) == pytest.approx(expected, abs=1e-5), position
        tracks = wide(one_hot(torch.from_numpy(codes[None])))
    assert tracks[0, 1].numpy() == pytest.approx(np.maximum(found.numpy() + 10, 0) / 5, abs=1e-5)


def test_words_of_acceptors_are_those_that_end_like_one(sides):
    train, before = sides[0], 15
    found = acceptor_words(train, before)
    expected: dict[int, list[int]] = {}
    for place in np.flatnonzero(train.labels != MASKED):
        word = train.codes[place - before : place + 2].tolist()
        if len(word) == before + 2 and max(word) < AMBIGUOUS and word[before - 2 : before] == [0, 2]:
            own = expected.setdefault(numbers(word), [0, 0])
            own[0] += 1
            own[1] += int(train.labels[place] == ACCEPTOR)
    assert np.flatnonzero(end_pairs(train, np.flatnonzero(train.labels == ACCEPTOR))).tolist() == [2]
    assert {n: [p, s] for n, p, s in zip(*(each.tolist() for each in found), strict=True)} == expected


def test_a_part_of_the_words_without_a_site_stands_for_all():
    words = Words(np.arange(1000), np.full(1000, 2.0), (np.arange(1000) % 50 == 0).astype(np.int64))
    found = fewer(words, np.random.default_rng(0), most=100)
    assert len(found.numbers) == 120
    assert found.sites.sum() == words.sites.sum()
    assert found.positions.sum() == pytest.approx(words.positions.sum())
    assert (found.positions[found.sites > 0] == 2).all()
    assert fewer(words, np.random.default_rng(0), most=980) is words


def test_no_core_is_no_module():
    assert fit_core("none", None, None, 0) is None
    assert empty_core("none") is None
