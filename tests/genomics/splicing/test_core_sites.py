"""Core sites: tracks as a loop over positions has them, tables and matrices that know the sites they are fitted on."""

import math

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.splicing.core_sites import counts
from sparling_genomics.splicing.core_sites.counts import count_kmers
from sparling_genomics.splicing.core_sites.fit import empty_core, fit_core
from sparling_genomics.splicing.core_sites.maxent import TABLES, read_maxent
from sparling_genomics.splicing.core_sites.pwm import COLUMNS, scores_of
from sparling_genomics.splicing.core_sites.tracks import ACCEPTOR_FIRST, DONOR_FIRST, LENGTH, KmerTracks, MatrixTracks
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.experiment import prepare
from tests.genomics.splicing.made_genome import made_genome
from tests.genomics.splicing.told import splice_figures


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


@pytest.mark.parametrize("core", ["lssi", "pwm"])
def test_a_core_finds_sites_that_have_words_of_their_own(core, sides):
    train, validation, test = sides
    model = fit_core(core, train, validation, seed=0)
    tracks = model(one_hot(torch.from_numpy(test.codes[None])))[0].numpy()
    assert 0 <= tracks.min() <= tracks.max() <= 2
    figures = splice_figures(np.concatenate([np.zeros((1, tracks.shape[1])), tracks]), test.labels)
    assert figures.donor.top_k > 0.9
    assert figures.acceptor.top_k > (0.9 if core == "pwm" else 0.5)
    again = empty_core(core)
    again.load_state_dict(model.state_dict())
    assert np.array_equal(again(one_hot(torch.from_numpy(test.codes[None])))[0].numpy(), tracks)


def test_tracks_are_probabilities_of_sites(sides):
    """Summed over positions, the probabilities give the number of sites, as a logistic curve must."""
    train = sides[0]
    model = fit_core("pwm", train, sides[1], seed=0)
    p = torch.sigmoid(model.logits(one_hot(torch.from_numpy(train.codes[None]))))[0].numpy()
    for row, kind in enumerate(COLUMNS):
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


def test_no_core_is_no_module():
    assert fit_core("none", None, None, 0) is None
    assert empty_core("none") is None
