"""How a set becomes a case: what is held out, what is made, what is written."""

from collections import Counter

import numpy as np
import planted_sets
import pytest
import recovery_sets
from cases import Case, Record, divide, shuffled
from recovery_sets import parse_streme

from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.letters.alphabet import decode, encode

RNG = np.random.default_rng(0)
HERE = recovery_sets.SHARED.exists()
needs_data = pytest.mark.skipif(not HERE, reason="the benchmark's data are not here")


def records(n, label, *, test=False, name="s"):
    return [Record(f"{name}{label}_{i}", RNG.integers(0, 4, 30).astype(np.uint8), label, test) for i in range(n)]


def names(found):
    return {record.name for record in found}


def test_marked_test_sequences_stay_where_they_are_and_the_limit_is_for_training():
    given = records(20, 1) + records(10, 0) + records(4, 1, test=True, name="t") + records(3, 0, test=True, name="t")
    foreground, background, test = divide(given, limit=8, seed=0)
    assert [r.name for r in foreground] == [f"s1_{i}" for i in range(8)]
    assert [r.name for r in background] == [f"s0_{i}" for i in range(8)]
    assert Counter(r.label for r in test) == {1: 4, 0: 3}


def test_without_marks_a_fifth_of_either_label_is_held_out_by_the_seed():
    given = records(50, 1) + records(20, 0)
    foreground, background, test = divide(given, limit=1000, seed=0)
    assert (len(foreground), len(background)) == (40, 16)
    assert Counter(r.label for r in test) == {1: 10, 0: 4}
    assert names(foreground) | names(background) | names(test) == names(given)
    assert names(divide(given, 1000, 0)[2]) == names(test) != names(divide(given, 1000, 1)[2])


def test_where_names_are_places_three_chromosomes_are_held_out():
    chromosomes = ["chr1", "chr10", "chr2", "chr21", "chr8"]
    given = [Record(f"{c}:{i}-{i + 30}", encode("ACGT" * 8), 1, False) for c in chromosomes for i in range(3)]
    foreground, _, test = divide(given, 1000, 0)
    assert {r.name.split(":")[0] for r in test if r.label == 1} == {"chr1", "chr8", "chr21"}
    assert {r.name.split(":")[0] for r in foreground} == {"chr10", "chr2"}


def test_a_test_set_without_unbound_sequences_gets_shuffled_copies():
    _, _, test = divide(records(5, 1) + records(4, 1, test=True, name="t"), 1000, 0)
    assert [r.name for r in test[4:]] == [f"{r.name}_shuffled" for r in test[:4]]
    assert [r.label for r in test] == [1] * 4 + [0] * 4
    for real, copy in zip(test[:4], test[4:], strict=True):
        pairs = [Counter(zip(c.tolist()[:-1], c.tolist()[1:], strict=True)) for c in (real.codes, copy.codes)]
        assert pairs[0] == pairs[1]


def test_shuffled_copies_keep_each_length():
    given = [Record(str(n), RNG.integers(0, 4, n).astype(np.uint8), 1, False) for n in (1, 7, 3)]
    assert [len(r.codes) for r in shuffled(given, np.random.default_rng(0))] == [1, 7, 3]


@pytest.mark.parametrize("given_background", [True, False])
def test_a_written_case_reads_back(tmp_path, given_background):
    sides = [tuple(records(3, 1)), tuple(records(2, 0)), tuple(records(2, 1, test=True, name="t"))]
    case = Case("x", 0, tmp_path / "a", "dna", tmp_path, *sides, given_background, ())
    case.write()
    for name, expected in zip(("foreground", "background", "test"), sides, strict=True):
        found = read_fasta(case.path(name))
        assert [(r.name, decode(r.codes)) for r in found] == [(r.name, decode(r.codes)) for r in expected]
    words = [(r.attributes["label"], r.attributes["split"]) for r in read_fasta(case.path("input"))]
    unbound = [("0", "train")] * 2 if given_background else []
    assert words == [("1", "train")] * 3 + unbound + [("1", "test")] * 2


def test_streme_entries_may_have_colons_and_may_be_none():
    assert parse_streme("VTGASTCAB>FOSB::JUNB:1e-07") == [("VTGASTCAB", 1e-07)]
    assert parse_streme("") == []


@needs_data
def test_a_planted_set_follows_from_its_seed(tmp_path):
    two = planted_sets.PlantedSet("x", 2, 50)
    first, again, other = (two.case(seed, tmp_path) for seed in (0, 0, 1))
    assert [k.name for k in first.known] == [k.name for k in again.known] != [k.name for k in other.known]
    assert [r.codes.tolist() for r in first.foreground] == [r.codes.tolist() for r in again.foreground]
    assert first.sites is not None
    assert {site.motif for site in first.sites} == {k.name for k in first.known}
    assert {site.sequence for site in first.sites} <= names(first.foreground)
    assert not names(first.foreground) & names(first.test)
    assert not first.given_background


@needs_data
def test_a_null_set_has_nothing_to_find(tmp_path):
    null = next(s for s in recovery_sets.SETS if s.name == "null_CTCF_top500")
    case = null.case(0, tmp_path)
    assert (case.known, case.secondary, case.sites) == ((), (), None)
    assert {r.label for r in case.foreground} == {1}
    assert {r.label for r in case.test} == {0, 1}
    assert all(record.name.endswith("_shuffled") for record in case.foreground)


@needs_data
def test_names_of_sets_are_unique_and_their_files_are_there():
    sets = [*planted_sets.SETS, *recovery_sets.SETS]
    assert len({s.name for s in sets}) == len(sets)
    assert all((recovery_sets.SHARED / "data" / s.path).exists() for s in recovery_sets.SETS)
