"""The whole search on planted sequences: what is found, that no test label has a say in it, and how it is resumed."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from sparling.errors import Interrupted
from sparling_genomics.data.dataset import TEST, TRAIN
from sparling_genomics.discovery.search import FOLDERS, find
from sparling_genomics.letters.alphabet import RNA, encode, reverse_complement
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.motifs.evidence import evidence
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.discovery.searches import COMMON, RARE, search_of, with_words
from tests.genomics.hand_made import Impatient, dataset

WORDS = (COMMON, RARE)


def found_in(data, folder, watch=None, resume=False, **options):
    return find(search_of(data, folder, watch, **options), time.monotonic(), resume)


def like(motif, word, alphabet=None):
    options = {"alphabet": alphabet} if alphabet else {}
    return similarity(motif.pwm, consensus_motif("word", word, **options)).correlation > 0.9


def weights(outcome):
    return {name: tensor.numpy().tobytes() for name, tensor in outcome.map.model.state_dict().items()}


def listed(outcome):
    """All of the motif list, and what became of what is not in it."""
    motifs = [
        (m.pwm.name, m.pwm.counts.tolist(), m.channels, m.first, m.flipped, m.sites.position.tolist())
        for m in outcome.found.motifs
    ]
    dropped = [(d.channels, d.consensus, d.reason) for d in outcome.found.dropped]
    fates = [(fate.seed.word, fate.seed.log10_e, fate.added, fate.became) for fate in outcome.found.seeds]
    return motifs, dropped, fates, outcome.map.whole.from_score.tolist(), outcome.map.density


@pytest.fixture(scope="module")
def given():
    """With unbound sequences of its own."""
    return with_words(n_unbound=300)


@pytest.fixture(scope="module")
def first(tmp_path_factory, given):
    folder = tmp_path_factory.mktemp("first")
    return folder, found_in(given, folder)


# What is found


def test_motifs_are_those_that_were_planted_the_one_that_explains_most_first(first, given):
    _, outcome = first
    assert [m.pwm.name for m in outcome.found.motifs] == ["M1", "M2"]
    assert [m.channels for m in outcome.found.motifs] == [(0,), (1,)]
    for motif, word, share in zip(outcome.found.motifs, WORDS, (0.9, 0.4), strict=True):
        assert like(motif, word)
        bound = set(motif.sites.sequence[given.labels[motif.sites.sequence] == 1].tolist())
        assert len(bound) == pytest.approx(200 * share, rel=0.25)
    assert outcome.map.network.channels == outcome.map.model.sparsity.channels == 2
    assert outcome.measured.auroc > 0.9


def test_figures_are_of_the_test_side(first, given):
    _, outcome = first
    data = outcome.provenance.data
    assert outcome.provenance.given == frozenset(given.names) == frozenset(data.names)
    test = data.split == TEST
    n_sites = sum(int(test[m.sites.sequence].sum()) for m in outcome.found.motifs)
    assert outcome.measured.sites_per_sequence == pytest.approx(n_sites / test.sum())
    for motif, effect in zip(outcome.found.motifs, outcome.measured.effects, strict=True):
        assert effect.p_value == evidence(data, motif.sites, TEST).p
        assert effect.e_value == pytest.approx(2 * effect.p_value)


def test_what_became_of_the_seeds_adds_up(first):
    _, outcome = first
    fates = outcome.found.seeds
    names = [motif.pwm.name for motif in outcome.found.motifs]
    assert sorted(fate.became for fate in fates if fate.became in names) == sorted(names)
    one, two = outcome.provenance.trainings
    assert one.network.channels == sum(fate.added == 1 for fate in fates)
    new = sum(fate.added == 2 for fate in fates)
    assert new <= two.network.channels <= one.network.channels + new
    reasons = [dropped.reason for dropped in outcome.found.dropped]
    assert sorted(fate.became for fate in fates if fate.became not in names) == sorted(reasons)
    assert len(reasons) + len(names) == len(fates)


def test_a_seed_that_does_not_hold_at_first_may_do_so_later_and_a_false_one_goes(tmp_path):
    """As `test_what_became_of_the_seeds_adds_up`, where some are dropped."""
    rng = np.random.default_rng(0)
    data = with_words(n=200, n_unbound=200)
    codes = [data.sequence(i).copy() for i in range(len(data))]
    for i in np.flatnonzero((data.split == TRAIN) & (data.labels == 1)):
        codes[i][30:38] = encode("TTGCAGGA") if rng.random() < 0.4 else codes[i][30:38]  # in training alone
    outcome = found_in(dataset(codes, data.labels, data.split), tmp_path)
    fates, names = outcome.found.seeds, [motif.pwm.name for motif in outcome.found.motifs]
    false = [fate for fate in fates if fate.seed.word in ("TTGCAGGA", "TCCTGCAA")]
    assert false
    assert all(fate.became not in names for fate in false)
    assert not any(like(motif, "TTGCAGGA") for motif in outcome.found.motifs)
    assert len(fates) == len(names) + len(outcome.found.dropped)
    assert {fate.became for fate in fates} == {*names, *(dropped.reason for dropped in outcome.found.dropped)}


@pytest.mark.parametrize(
    "options", [{"filters": 0}, {"competition": 0}, {"budgets": "equal"}, {"readout": "free"}, {"units": 1, "seed": 3}]
)
def test_other_networks_find_the_common_motif_too(given, tmp_path, options):
    assert any(like(motif, COMMON) for motif in found_in(given, tmp_path, **options).found.motifs)


def test_from_nothing_the_common_motif_is_found(tmp_path):
    outcome = found_in(with_words(words=((COMMON, 0.9),)), tmp_path, start="nothing", channels=3)
    assert outcome.provenance.trainings[0].network.channels == 3
    assert [like(motif, COMMON) for motif in outcome.found.motifs] == [True]
    assert outcome.found.seeds == []


@pytest.mark.parametrize("n_unbound", [0, 200])
@pytest.mark.parametrize("seed", [0, 1])
def test_there_is_no_motif_where_nothing_was_planted(tmp_path, n_unbound, seed):
    data = with_words(n_unbound=n_unbound, words=(), seed=seed)
    outcome = found_in(data, tmp_path)
    assert outcome.found.motifs == []
    assert outcome.measured.effects == []
    assert outcome.measured.sites_per_sequence == 0
    assert abs(outcome.measured.auroc - 0.5) < 0.25


def test_no_more_than_are_asked_for(given, tmp_path):
    outcome = found_in(given, tmp_path, motifs=1)
    assert [like(motif, COMMON) for motif in outcome.found.motifs] == [True]
    assert "1 other explains more" in [dropped.reason for dropped in outcome.found.dropped]


def test_as_many_sites_as_are_asked_for(given, tmp_path):
    outcome = found_in(given, tmp_path, sites_per_seq=1.0, competition=0)
    seen = (given.labels == 1) & (given.split == TRAIN)
    n_sites = sum(int(seen[motif.sites.sequence].sum()) for motif in outcome.found.motifs)
    assert n_sites == pytest.approx(int(seen.sum()), rel=0.03)


def test_rna_is_read_forward(tmp_path):
    outcome = found_in(with_words(words=(("UGUAAAUA", 0.9),), alphabet=RNA), tmp_path)
    assert [like(motif, "UGUAAAUA", RNA) for motif in outcome.found.motifs] == [True]
    assert not outcome.found.motifs[0].sites.reverse.any()


def test_sequences_of_unequal_lengths_and_next_to_no_time(tmp_path):
    whole = with_words(n_unbound=200, length=50, words=((COMMON, 1.0),))
    lengths = np.random.default_rng(0).integers(40, 51, len(whole))
    codes = [whole.sequence(i)[:length] for i, length in enumerate(lengths)]
    outcome = found_in(dataset(codes, whole.labels, whole.split), tmp_path, max_minutes=1e-4)
    assert outcome.provenance.trainings[0].progress.stop_reason == "time budget"
    assert [like(motif, COMMON) for motif in outcome.found.motifs] == [True]


def test_a_budget_of_samples_is_for_all_trainings_together(tmp_path):
    whole = with_words(n_unbound=200, length=50, words=((COMMON, 1.0),))
    budget = 4000
    outcome = found_in(whole, tmp_path, max_samples=budget)
    trainings = [each.progress for each in outcome.provenance.trainings]
    assert trainings[0].samples <= 0.6 * budget + 128
    assert sum(each.samples for each in trainings) <= budget + 128 * len(trainings)
    assert "sample budget" in {each.stop_reason for each in trainings}


# The law: no label of the test side has a say


def relabelled(data, how):
    labels, test = data.labels.copy(), data.split == TEST
    labels[test] = how(labels[test])
    return replace(data, labels=labels)


@pytest.mark.parametrize(
    "how", [lambda labels: 1 - labels, lambda labels: np.random.default_rng(0).permutation(labels)]
)
def test_test_labels_have_no_say_in_what_is_found(first, given, tmp_path, how):
    other = relabelled(given, how)
    assert (other.labels != given.labels).sum() > 20
    outcome = found_in(other, tmp_path)
    assert weights(outcome) == weights(first[1])
    assert listed(outcome) == listed(first[1])
    assert outcome.measured.auroc != first[1].measured.auroc  # they have one in what is measured
    before, after = ([effect.p_value for effect in o.measured.effects] for o in (first[1], outcome))
    assert before != after


def test_without_unbound_sequences_of_ones_own_they_have_none_either(tmp_path):
    data = with_words()
    outcomes = []
    for number, each in enumerate((data, relabelled(data, lambda labels: np.arange(len(labels)) % 2))):
        (tmp_path / str(number)).mkdir()
        outcomes.append(found_in(each, tmp_path / str(number)))
    one, other = outcomes
    assert weights(one) == weights(other)
    motifs, others = ([(m.pwm.name, m.pwm.counts.tolist()) for m in each.found.motifs] for each in outcomes)
    assert motifs == others != []
    assert listed(one)[1:] == listed(other)[1:]


# The same again


def test_a_search_again_is_the_same(first, given, tmp_path):
    outcome = found_in(given, tmp_path)
    assert weights(outcome) == weights(first[1])
    assert listed(outcome) == listed(first[1])


def test_reverse_complements_have_the_same_motifs_at_the_same_places(given, tmp_path):
    options = {"letter_dropout": 0.0, "filters": 0}
    turned = dataset([reverse_complement(given.sequence(i)) for i in range(len(given))], given.labels, given.split)
    outcomes = []
    for name, data in (("as", given), ("turned", turned)):
        (tmp_path / name).mkdir()
        outcomes.append(found_in(data, tmp_path / name, **options))
    one, other = outcomes
    assert len(one.found.motifs) == len(other.found.motifs) == 2
    for a, b in zip(one.found.motifs, other.found.motifs, strict=True):
        assert a.pwm.consensus() == b.pwm.consensus()
        here, there = (set(zip(m.sites.sequence.tolist(), *intervals(m, given), strict=True)) for m in (a, b))
        mirrored = {(i, int(given.lengths[i]) - end, int(given.lengths[i]) - start) for i, start, end in there}
        assert len(here & mirrored) > 0.95 * len(here | mirrored)


def intervals(motif, data):
    return (column.tolist() for column in motif.intervals(data))


def watched(number, impatient):
    """Watches the ``number``-th training alone."""
    stages = []

    def watch(stage, rule, settings):
        stages.append(stage)
        return impatient if len(stages) == number else None

    return watch


def figures(folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


@pytest.mark.parametrize(("number", "step"), [(1, 0), (1, 1), (2, 0), (2, 1)])
def test_a_search_that_was_interrupted_goes_on_to_the_same_end(first, given, tmp_path, number, step):
    with pytest.raises(Interrupted):
        found_in(given, tmp_path, watched(number, Impatient(step, 500)))
    outcome = found_in(given, tmp_path, resume=True)
    assert weights(outcome) == weights(first[1])
    assert listed(outcome) == listed(first[1])
    for part in FOLDERS[:2]:
        assert figures(tmp_path / part) == figures(first[0] / part)
