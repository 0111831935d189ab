import numpy as np
import pytest

from sparling_genomics.data.clusters import connected, place_groups
from sparling_genomics.data.dataset import load_dataset
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION, divide, straddling
from sparling_genomics.letters.intervals import Interval


def run(n, *, given=None, labels=None, groups=None, intervals=None, seed=0):
    return divide(
        np.zeros(n, dtype=np.uint8) if given is None else np.array(given, dtype=np.uint8),
        np.ones(n, dtype=np.float32) if labels is None else np.array(labels, dtype=np.float32),
        np.arange(n) if groups is None else np.array(groups),
        connected(
            np.arange(n) if groups is None else np.array(groups),
            place_groups([None] * n if intervals is None else intervals),
        ),
        [None] * n if intervals is None else intervals,
        np.random.default_rng(seed),
    )


def sizes(split):
    return np.bincount(split, minlength=3).tolist()


def windows(counts, step=1000, length=100):
    """``counts`` windows on each chromosome, ``step`` bp apart."""
    return [
        Interval(f"chr{c}", i * step, i * step + length)
        for c, count in enumerate(counts, start=1)
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("n", "expected"), [(500, [360, 90, 50]), (5000, [4050, 450, 500]), (30_000, [26_000, 1000, 3000]), (10, [7, 2, 1])]
)
def test_sizes_by_sequence(n, expected):
    assert sizes(run(n)) == expected


def test_the_seed_decides():
    np.testing.assert_array_equal(run(300, seed=1), run(300, seed=1))
    assert (run(300, seed=1) != run(300, seed=2)).any()


def test_bound_and_unbound_are_divided_alike():
    labels = np.arange(400) % 4 == 0
    split = run(400, labels=labels)
    assert sizes(split[labels]) == [72, 18, 10]
    assert sizes(split[~labels]) == [216, 54, 30]


def test_each_class_is_divided_where_words_name_the_other_alone():
    labels = np.arange(300) < 100
    given = np.where(np.arange(300) < 20, TEST, TRAIN)
    split = run(300, labels=labels, given=given)
    assert sizes(split[labels]) == [64, 16, 20]
    assert sizes(split[~labels]) == [144, 36, 20]
    np.testing.assert_array_equal(split[labels] == TEST, given[labels] == TEST)


def test_chromosomes_that_one_class_lacks_are_no_division():
    """Bound on eight chromosomes, unbound on two: whole ones would leave a side without unbound sequences."""
    chromosomes = [f"chr{1 + i % 8}" for i in range(600)] + [f"chr{1 + i % 2}" for i in range(600)]
    labels = np.arange(1200) < 600
    located = [Interval(chrom, 1000 * i, 1000 * i + 100) for i, chrom in enumerate(chromosomes)]
    split = run(1200, labels=labels, intervals=located)
    for side in (TRAIN, VALIDATION, TEST):
        assert (split[labels] == side).any()
        assert (split[~labels] == side).any()


def test_words_are_obeyed_and_only_the_missing_side_is_made():
    given = np.array([TEST] * 30 + [TRAIN] * 270)
    split = run(300, given=given)
    assert (split[:30] == TEST).all()
    assert sizes(split) == [216, 54, 30]

    given = np.array([VALIDATION] * 30 + [TRAIN] * 270)
    split = run(300, given=given)
    assert (split[:30] == VALIDATION).all()
    assert sizes(split) == [243, 30, 27]

    given = np.array([VALIDATION] * 30 + [TEST] * 30 + [TRAIN] * 240)
    np.testing.assert_array_equal(run(300, given=given), given)


@pytest.mark.parametrize("word", ["validation", "val", "valid"])
def test_words_for_validation(tmp_path, word):
    letters = np.array(list("ACGT"))[np.random.default_rng(0).integers(0, 4, (40, 30))]
    path = tmp_path / "x.fa"
    path.write_text(
        "".join(f">s{i}{f' split={word}' if i < 15 else ''}\n{''.join(row)}\n" for i, row in enumerate(letters))
    )
    split = load_dataset(path, min_length=10, seed=0).split
    assert (split[:15] == VALIDATION).all()
    assert sizes(split) == [23, 15, 2]


@pytest.mark.parametrize("seed", range(5))
def test_members_of_a_group_share_a_side(seed):
    groups = np.random.default_rng(seed).integers(0, 120, 300)
    split = run(300, groups=groups, seed=seed)
    assert all(len(set(split[groups == group])) == 1 for group in set(groups))
    assert sizes(split)[1:] == pytest.approx([54, 30], abs=8)


def test_a_training_sequence_that_is_also_in_the_given_test_set_goes_there():
    assert run(4, given=[TRAIN, TEST, TRAIN, VALIDATION], groups=[0, 0, 1, 2]).tolist() == [
        TEST,
        TEST,
        TRAIN,
        VALIDATION,
    ]


@pytest.mark.parametrize("seed", range(3))
def test_whole_chromosomes_with_fractions_as_near_as_possible(seed):
    intervals = windows([80, 75, 70, 60, 55, 50, 45, 40, 40, 35, 30, 25, 20, 15, 10])
    split = run(len(intervals), intervals=intervals, seed=seed)
    chromosomes = np.array([interval.chrom for interval in intervals])
    assert all(len(set(split[chromosomes == c])) == 1 for c in set(chromosomes))
    assert sizes(split) == [470, 115, 65]  # of 650 in steps of 5; 117 and 65 are aimed at


def test_bound_and_unbound_get_near_fractions_of_chromosomes():
    rng = np.random.default_rng(0)
    intervals = windows([100] * 20)
    labels = rng.random(2000) < np.repeat(np.linspace(0.1, 0.9, 20), 100)
    split = run(2000, intervals=intervals, labels=labels)
    for side, fraction in ((TEST, 0.1), (VALIDATION, 0.09)):
        for label in (True, False):
            assert (split[labels == label] == side).mean() == pytest.approx(fraction, abs=0.04)


def test_identical_sequences_on_two_chromosomes_share_a_side():
    intervals = windows([20] * 10)
    groups = np.arange(200)
    groups[20:40] = groups[:20]
    split = run(200, intervals=intervals, groups=groups)
    np.testing.assert_array_equal(split[:20], split[20:40])


def test_four_chromosomes_are_too_few():
    intervals = windows([100] * 4)
    split = run(400, intervals=intervals)
    assert sizes(split) == [288, 72, 40]
    assert len({interval.chrom for interval, side in zip(intervals, split, strict=True) if side == TEST}) > 1


def test_a_genome_that_is_nearly_one_chromosome_is_divided_by_sequence():
    split = run(1004, intervals=windows([1000, 1, 1, 1, 1]))
    assert sizes(split) == pytest.approx([723, 181, 100], abs=2)


def test_overlapping_windows_share_a_side_where_sequences_are_divided():
    chains = [Interval("chr1", 1000 * i + 60 * k, 1000 * i + 60 * k + 100) for i in range(100) for k in range(5)]
    split = run(500, intervals=chains).reshape(100, 5)
    assert (split == split[:, :1]).all()
    assert sizes(split[:, 0]) == [72, 18, 10]


def test_names_without_coordinates_cost_the_others_nothing():
    located = windows([100] * 10)
    intervals = [*located, *[None] * 500]
    labels = np.repeat([1, 0], [1000, 500])
    split = run(1500, intervals=intervals, labels=labels)
    chromosomes = np.array([interval.chrom for interval in located])
    assert all(len(set(split[:1000][chromosomes == c])) == 1 for c in set(chromosomes))
    assert sizes(split[:1000])[2] == 100
    assert sizes(split[1000:])[2] == 50


def test_ten_groups_give_one_to_each_side_however_large():
    groups = np.repeat(np.arange(10), 200)  # 1,800 are left for training, of which 180 would validate
    split = run(2000, groups=groups)
    assert all(len(set(split[groups == group])) == 1 for group in range(10))
    assert sizes(split) == [1600, 200, 200]


def test_a_cluster_on_two_chromosomes_goes_where_its_first_member_does():
    intervals = windows([20] * 10)
    groups = np.arange(200)
    groups[100:104] = groups[10:14]  # relatives on chr6 and chr1
    for seed in range(10):
        split = divide(
            np.zeros(200, dtype=np.uint8), np.ones(200, dtype=np.float32), np.arange(200), groups, intervals,
            np.random.default_rng(seed),
        )  # fmt: skip
        np.testing.assert_array_equal(split[100:104], split[10:14])
        alone = np.delete(np.arange(200), np.arange(100, 104))
        chromosomes = np.array([interval.chrom for interval in intervals])[alone]
        assert all(len(set(split[alone][chromosomes == c])) == 1 for c in set(chromosomes))
        assert straddling(split, groups) == 0


def test_a_family_is_no_likelier_to_be_tested_than_others():
    """Twenty families, each on ten chromosomes: a tenth of their members is tested, as of all."""
    intervals = windows([60] * 10)
    groups = np.arange(600)
    groups[::3] = np.arange(200) % 20 + 600
    tested = [run(600, groups=groups, intervals=intervals, seed=seed)[::3] == TEST for seed in range(20)]
    assert 0.05 < np.mean(tested) < 0.2


@pytest.mark.parametrize("seed", range(3))
def test_straddling_counts_members_of_clusters_on_several_sides(seed):
    rng = np.random.default_rng(seed)
    split, groups = rng.integers(0, 3, 60).astype(np.uint8), rng.integers(0, 40, 60)
    assert straddling(split, groups) == sum(len(set(split[groups == group])) > 1 for group in groups)
