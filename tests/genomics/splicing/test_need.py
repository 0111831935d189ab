"""Which motifs are needed: what they add to the two letters at an intron's ends, held against a count by hand."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from sparling.training.session import Session
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED
from sparling_genomics.splicing.network import SpliceNetwork, splice_model
from sparling_genomics.splicing.runs.need import LEVEL, Scores, choices, holm, need_of, needs
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import Transcripts, tiles

GENES, LENGTH, CONTEXT, SITES = 15, 2000, 10, 4


@pytest.fixture(scope="module")
def genes() -> Transcripts:
    """Random letters; four of the GT of each gene are donors, four of its AG acceptors, drawn at random."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, GENES * LENGTH).astype(np.uint8)
    labels = np.full(len(codes), MASKED, dtype=np.int8)
    for gene in range(GENES):
        inside = np.arange(gene * LENGTH + CONTEXT, (gene + 1) * LENGTH - CONTEXT)
        labels[inside] = 0
        for kind, offset, pair in ((DONOR, 1, "GT"), (ACCEPTOR, -2, "AG")):
            there = inside[
                (codes[inside + offset] == encode(pair)[0]) & (codes[inside + offset + 1] == encode(pair)[1])
            ]
            labels[rng.choice(there[labels[there] == 0], SITES, replace=False)] = kind
    return Transcripts((None,) * GENES, codes, labels, np.arange(GENES + 1) * LENGTH, CONTEXT)


@pytest.fixture(scope="module")
def kinds(genes):
    places = np.flatnonzero(genes.labels != MASKED)
    return choices(genes, genes.labels[places], places)


def alike(data, place, kind):
    """What a site is held against, by hand: places in its gene with the same two letters."""
    one, two = (1, 2) if kind == DONOR else (-2, -1)
    gene = np.searchsorted(data.offsets, place, side="right") - 1
    span = range(data.offsets[gene], data.offsets[gene + 1])
    same = lambda at: (data.codes[at + one], data.codes[at + two])  # noqa: E731
    return [at for at in span if data.labels[at] == 0 and same(at) == same(place)]


def by_hand(data, whole, without):
    """Loss a site, and z, site by site."""
    loss, gained, variance, number = 0.0, 0.0, 0.0, 0
    for kind in (DONOR, ACCEPTOR):
        sets = [(site, alike(data, site, kind)) for site in np.flatnonzero(data.labels == kind)]

        def lost(scale, odds, sets=sets):
            return sum(np.log(np.exp(scale * (odds[[site, *them]] - odds[site])).sum()) for site, them in sets)

        fits = [minimize_scalar(lost, bounds=(0, 4), method="bounded", args=(odds[kind],)) for odds in (whole, without)]
        loss += fits[1].fun - fits[0].fun
        raised = whole[kind] - without[kind]
        own = np.zeros(len(data.codes))  # what each position adds to the sum
        drawn = 0.0  # variance of the sum, each site drawn anew
        for site, them in sets:
            weight = np.exp(fits[1].x * without[kind][[site, *them]])
            expected = np.average(raised[[site, *them]], weights=weight)
            drawn += np.average((raised[[site, *them]] - expected) ** 2, weights=weight)
            of_decoys = weight[1:] / weight[1:].sum()
            mean = (of_decoys * raised[them]).sum()
            gained += raised[site] - (weight * raised[[site, *them]]).sum() / weight.sum()
            own[site] = (1 - weight[0] / weight.sum()) * (raised[site] - mean)
            own[them] -= (1 - weight[0] / weight.sum()) * of_decoys * (raised[them] - mean)
        variance += max((own**2).sum(), drawn)
        number += len(sets)
    return loss / number, gained / np.sqrt(variance)


def test_need_is_what_each_site_loses_among_what_looks_like_it(genes):
    torch.manual_seed(0)
    task = SpliceTask(genes, genes, 0, core=100)
    session = Session(splice_model(SpliceNetwork(channels=4), 0.05), task, "cpu")
    session.calibrate()
    found = needs(session, task, genes, [(0,), (1, 2)])
    odds = []
    for silenced in ((), (0,), (1, 2)):
        own = np.zeros((3, len(genes.codes)))
        starts = iter(tiles(genes, task.core))
        for batch in task.batches(genes):
            activations = session.forward(batch).activations
            activations[:, list(silenced)] = 0
            p = session.read(activations, batch).double().softmax(1).numpy()
            for window in p:
                start = next(starts)
                for at in range(CONTEXT, CONTEXT + task.core):
                    if 0 <= start + at < len(genes.codes):
                        own[:, start + at] = np.log(window[:, at]) - np.log1p(-window[:, at])
        odds.append(own)
    expected = [by_hand(genes, odds[0], each) for each in odds[1:]]
    p = holm([float(norm.sf(z)) for _, z in expected])
    for need, (loss, z), corrected in zip(found, expected, p, strict=True):
        assert need.loss == pytest.approx(loss, abs=1e-3)
        assert need.z == pytest.approx(z, abs=0.05)
        assert need.p == pytest.approx(corrected, abs=0.02)


def scores(kinds, odds):
    return [Scores(odds[own.decoys], odds[own.sites]) for own in kinds]


def letters_at(genes):
    """Log-odds of what knows GT and AG alone, at counted positions; and these positions."""
    places = np.flatnonzero(genes.labels != MASKED)
    is_gt = (genes.codes[places + 1] == 2) & (genes.codes[places + 2] == 3)
    is_ag = (genes.codes[places - 2] == 0) & (genes.codes[places - 1] == 2)
    return np.where(is_gt | is_ag, -2.0, -12.0), places


def test_pieces_of_the_two_letters_are_not_needed_where_nothing_else_says_where_sites_are(genes, kinds):
    """GT before A and before C are two words; without one, half of the sites are told no longer at all."""
    odds, places = letters_at(genes)
    before_a = genes.codes[places + 3] == 0
    without = np.where(before_a, -12.0, odds)
    need = need_of(kinds, scores(kinds, odds), scores(kinds, without))
    assert abs(need.z) < 2
    assert not need.is_needed
    donors = np.concatenate([kinds[0].sites, kinds[0].decoys])
    lost = np.log1p(np.exp(-without[kinds[0].sites])).sum() - np.log1p(np.exp(-odds[kinds[0].sites])).sum()
    assert lost > 0.1 * len(kinds[0].sites) * before_a[donors].mean()  # though the cross-entropy rises


def test_what_tells_sites_among_equal_letters_is_needed(genes, kinds):
    odds, places = letters_at(genes)
    rng = np.random.default_rng(1)
    is_site = genes.labels[places] > 0
    marked = np.where(is_site, rng.random(len(places)) < 0.5, rng.random(len(places)) < 0.1)
    need = need_of(kinds, scores(kinds, odds + 2 * marked), scores(kinds, odds))
    assert need.is_needed
    assert need.loss > 0.1
    against = need_of(kinds, scores(kinds, odds), scores(kinds, odds + 2 * marked))
    assert against.loss == pytest.approx(-need.loss)
    assert not against.is_needed


def test_a_mark_that_says_nothing_is_called_needed_as_often_as_chance_has_it(genes, kinds):
    """Without it, the network tells sites well; what it adds lies anywhere."""
    rng = np.random.default_rng(2)
    odds, places = letters_at(genes)
    told = odds + 3 * (genes.labels[places] > 0) + rng.normal(size=len(places))
    z = [
        need_of(kinds, scores(kinds, told + rng.exponential(size=len(places))), scores(kinds, told)).z
        for _ in range(300)
    ]
    assert abs(np.mean(z)) < 0.2
    assert np.std(z) < 1.25
    assert np.mean(np.array(z) > norm.isf(0.01)) < 0.03


def test_a_rare_mark_that_lowers_what_it_lies_at_is_not_needed_because_it_misses_few_sites(genes, kinds):
    """At 1 % of all positions, sites or not: by chance it lies at none of 120 sites in every third draw."""
    rng = np.random.default_rng(4)
    odds, places = letters_at(genes)
    found = [
        need_of(kinds, scores(kinds, odds - 3 * (rng.random(len(places)) < 0.01)), scores(kinds, odds))
        for _ in range(300)
    ]
    z = np.array([need.z for need in found])
    assert np.mean([need.is_needed for need in found]) <= 0.005
    assert np.std(z) < 1.25
    assert z.max() < 3


def test_few_sites_prove_nothing(genes):
    places = np.flatnonzero(genes.labels[: 2 * LENGTH] != MASKED)
    few = choices(genes, genes.labels[places], places)
    is_site = (genes.labels[places] > 0).astype(float)
    assert sum(len(own.sites) for own in few) == 4 * SITES
    perfect = need_of(few[:1], scores(few[:1], 5 * is_site), scores(few[:1], 0 * is_site))
    assert perfect.p > LEVEL
    none = np.zeros(0, dtype=np.int64)
    nothing = [few[0]._replace(sites=none, group=none)]
    assert need_of(nothing, scores(nothing, is_site), scores(nothing, is_site)) == (0.0, 0.0, 1.0)
    assert need_of(few, scores(few, is_site), scores(few, is_site)) == (0.0, 0.0, 0.5)


def test_sites_are_held_against_their_own_letters_in_their_own_gene(genes, kinds):
    places = np.flatnonzero(genes.labels != MASKED)
    for own in kinds:
        bounds = [*own.first, len(own.decoys)]
        assert len(own.sites) == GENES * SITES
        for site, group in zip(own.sites[::7], own.group[::7], strict=True):
            them = own.decoys[bounds[group] : bounds[group + 1]]
            assert places[them].tolist() == alike(genes, places[site], own.kind)


def test_a_site_without_a_decoy_is_left_out():
    codes = encode("CCCCCAGTCCCCGTCCAGTCC")
    labels = np.zeros(len(codes), dtype=np.int8)
    labels[[5, 11]] = DONOR  # before GT: another one is none; before nothing but Cs
    labels[[0, 1, 2, -1, -2, -3]] = MASKED
    data = Transcripts((None,), codes, labels, np.array([0, len(codes)]), 3)
    places = np.flatnonzero(labels != MASKED)
    donors, acceptors = choices(data, labels[places], places)
    assert places[donors.sites].tolist() == [5, 11]
    assert places[donors.decoys].tolist() == [16]
    assert not len(acceptors.sites)
    labels[16] = DONOR
    assert not len(choices(data, labels[places], places)[0].sites)


def test_corrected_p_are_those_of_holm():
    rng = np.random.default_rng(3)
    p = rng.random(9) ** 3
    corrected, order = holm(p), np.argsort(p)
    for rank, i in enumerate(order):
        assert corrected[i] == pytest.approx(min(1, max(p[order[j]] * (9 - j) for j in range(rank + 1))))
    assert holm([]) == []
