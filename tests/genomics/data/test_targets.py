"""Contrasts of labels and values, alike in composition; sides that have both ends; what a dataset makes of them."""

from dataclasses import replace

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, concatenate
from sparling_genomics.data.targets import FEWEST, alike, contrasts_of, ends_of, table_strata
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.letters.words import pair_shares
from tests.genomics.sequences import fasta, load, random_sequences


def loaded(tmp_path, rows, header="name\ta\tb", n=400, **options):
    path = fasta(tmp_path / "x.fa", random_sequences(n, **options))
    table = tmp_path / "labels.tsv"
    table.write_text("\n".join([header, *(f"s{i}\t{rows(i)}" for i in range(n))]) + "\n")
    return load(path, labels=table)


def test_a_value_s_ends_are_27_in_100_of_the_training_side():
    rng = np.random.default_rng(0)
    values = rng.normal(size=1000).astype(np.float32)
    ends = ends_of(values, contrasts_of("x", "value", 0, values.astype(np.float64))[0])
    assert [(ends == end).sum() for end in (1, 0)] == [270, 270]
    assert values[ends == 1].min() > values[np.isnan(ends)].max() > values[ends == 0].max()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_value_that_most_sequences_share(sign):
    values = sign * np.repeat(np.array([0, 1, 2], dtype=np.float32), [80, 15, 5])
    high, low = contrasts_of("x", "value", 0, values.astype(np.float64))
    ends = ends_of(values, high)
    np.testing.assert_array_equal(ends_of(values, low), 1 - ends)
    assert [(ends == end).sum() for end in (1, 0)] == ([20, 80] if sign == 1 else [80, 20])


def test_seeds_are_sought_in_narrower_ends_too_where_these_are_large_enough():
    rng = np.random.default_rng(0)
    values = rng.normal(size=1000)
    found = contrasts_of("x", "value", 0, values)
    assert [each.name for each in found] == ["high x", "low x", "highest 9% of x", "lowest 9% of x"]
    assert [int((ends_of(values, each) == 1).sum()) for each in found] == [270, 270, 90, 90]
    assert [int((ends_of(values, each) == 0).sum()) for each in found] == [270] * 4
    assert len(contrasts_of("x", "value", 0, rng.normal(size=50 * 100))) == 8
    assert len(contrasts_of("x", "value", 0, rng.normal(size=500))) == 2


def test_a_channel_is_counted_in_the_widest_contrast(tmp_path):
    data = loaded(tmp_path, lambda i: f"{i % 2}\t{i}", n=1200)
    names = [each.name for each in data.targets.contrasts]
    assert names == ["a", "not a", "high b", "low b", "highest 9% of b", "lowest 9% of b"]
    assert [names[data.targets.widest(k)] for k in range(6)] == [*names[:4], "high b", "low b"]
    assert data.targets.spread(6) == (0, 1, 2, 3, 0, 1)
    column = data.targets.columns[1]
    own = data.targets.values[data.split == TRAIN, 1]
    assert (column.mean, column.scale) == pytest.approx((own.mean(), own.std()), rel=1e-5)


def test_ends_are_alike_in_composition_and_the_ratio_stays():
    rng = np.random.default_rng(1)
    ends = np.repeat(np.array([1, 0], dtype=np.float32), [400, 1200])
    content = np.concatenate([rng.normal(0.4, 0.1, 400), rng.normal(0.5, 0.1, 1200)])
    left = alike(ends, content)
    ones, zeros = (content[left == end] for end in (1, 0))
    assert abs(np.mean(content[:400]) - np.mean(content[400:])) > 0.08
    assert abs(ones.mean() - zeros.mean()) < 0.01
    np.testing.assert_allclose(np.quantile(ones, [0.1, 0.5, 0.9]), np.quantile(zeros, [0.1, 0.5, 0.9]), atol=0.03)
    assert len(zeros) == pytest.approx(3 * len(ones), rel=0.05)
    assert len(ones) > 200
    assert set(np.flatnonzero(~np.isnan(left))) <= set(np.flatnonzero(~np.isnan(ends)))


def test_nothing_is_left_out_where_composition_is_the_same():
    ends = np.tile(np.array([1, 0], dtype=np.float32), 100)
    np.testing.assert_array_equal(alike(ends, np.repeat([0.3, 0.5], [100, 100])), ends)


def test_a_dataset_is_seen_by_each_contrast(tmp_path):
    data = loaded(tmp_path, lambda i: f"{i % 2}\t{'NA' if i % 5 == 0 else i}")
    assert data.labels.all()
    assert [each.name for each in data.targets.contrasts] == ["a", "not a", "high b", "low b"]
    for column in (0, 1):
        forward, back = (data.seen_by(2 * column + reverse).labels for reverse in (0, 1))
        counted = ~np.isnan(forward) & ~np.isnan(back)
        assert counted.sum() > 0.8 * max((~np.isnan(forward)).sum(), (~np.isnan(back)).sum())
        np.testing.assert_array_equal(forward[counted], 1 - back[counted])
    a, known = data.seen_by(0).labels, ~np.isnan(data.seen_by(0).labels)
    np.testing.assert_array_equal(a[known], (np.arange(400) % 2)[known])
    high = data.seen_by(2).labels
    assert np.isnan(high[::5]).all()
    assert np.nanmin(data.targets.values[high == 1, 1]) > 250
    assert np.nanmax(data.targets.values[high == 0, 1]) < 150


def test_nothing_is_shuffled_and_targets_go_with_their_sequences(tmp_path):
    data = loaded(tmp_path, lambda i: f"{i % 2}\t{i}")
    assert all(data.has_negatives(side) for side in (TRAIN, VALIDATION, TEST))
    everything = with_all_shuffled(data, 0)
    assert everything.names == data.names
    np.testing.assert_array_equal(everything.targets.values, data.targets.values)
    part = concatenate([data.subset([5, 3]), data.subset([8])])
    np.testing.assert_array_equal(part.targets.values[:, 1], [5, 3, 8])
    with pytest.raises(ValueError, match="targets must have 400 entries"):
        replace(data, targets=data.targets.subset(np.arange(3)))


def test_weights_are_1_on_average_in_training(tmp_path):
    data = loaded(tmp_path, lambda i: f"{i % 2}\t{i % 4}", header="name\ta\tweight")
    weights = data.targets.weights
    assert weights[data.split == TRAIN].mean() == pytest.approx(1.0)
    assert weights[3] == pytest.approx(3 * weights[1])
    assert weights[0] == 0


def test_groups_of_like_labels_are_divided_by_themselves(tmp_path):
    data = loaded(tmp_path, lambda i: f"{int(i % 4 == 0)}\t{int(i % 4 == 1)}", n=1200)
    for side in (VALIDATION, TEST):
        share = data.targets.values[data.split == side].mean(0)
        assert share == pytest.approx([0.25, 0.25], abs=0.02)
    rare = np.array([[1, 0]] * 99 + [[0, 1]] * 200 + [[np.nan, 1]] * 100, dtype=np.float32)
    assert table_strata(rare)[[0, 99, 299]].tolist() == [0, 2, 1]
    assert not table_strata(np.array([[0.5]] * 200, dtype=np.float32)).any()


def test_what_each_column_was_taken_for_is_said(tmp_path):
    data = loaded(tmp_path, lambda i: f"{i % 2}\t{'NA' if i == 7 else i}\t{i % 2}", header="name\ta\tb\tc")
    said = data.targets.sentence()
    assert "a, c as labels, 0 or 1; b as real values; 1 of 1,200 are NA." in said


def test_too_few_of_a_label(tmp_path):
    with pytest.raises(InputError, match=rf"^column 'b': \d sequences of the train side have label 1, .* {FEWEST}, "):
        loaded(tmp_path, lambda i: f"{i % 2}\t{int(i < 9)}")
    with pytest.raises(InputError, match=r"^column 'b': \d sequences of the train side have a high value, "):
        loaded(tmp_path, lambda i: f"{i % 2}\t{i if i < 10 else 'NA'}")


def strong(codes):
    return float(np.isin(codes, [1, 2]).mean())


@pytest.fixture
def rich(tmp_path):
    """Values of which half of the variance follows the share of G and C, with NA, beside a label and chance."""
    sequences = random_sequences(2000)
    content = np.array([strong(encode(each)) for each in sequences])
    noise = np.random.default_rng(1).normal(size=2000) * content.std()
    values = ["NA" if i % 7 == 0 else f"{5 + 3 * (content[i] + noise[i]):.6f}" for i in range(2000)]
    lines = [f"s{i}\t{values[i]}\t{int(noise[i] > 0)}\t{noise[i]:.4f}" for i in range(2000)]
    table = tmp_path / "labels.tsv"
    table.write_text("\n".join(["name\tv\tlabel\tchance", *lines]) + "\n")
    return load(fasta(tmp_path / "x.fa", sequences), labels=table)


def test_what_pairs_of_letters_tell_of_a_value_is_taken_off(rich):
    column, label, chance = rich.targets.columns
    assert 0.3 < column.told < 0.6
    assert len(column.pairs) == 10
    assert (label.pairs, label.told, chance.pairs, chance.told) == ((), 0.0, (), 0.0)
    targets = rich.targets
    content = np.array([strong(rich.sequence(i)) for i in range(len(rich))])
    known = np.isfinite(targets.values[:, 0])
    assert not known.all()
    given = targets.values[known, 0] + targets.by_letters[known, 0]
    assert abs(np.corrcoef(given, content[known])[0, 1]) > 0.6
    assert abs(np.corrcoef(targets.values[known, 0], content[known])[0, 1]) < 0.06
    train = known & (rich.split == TRAIN)
    assert targets.by_letters[train, 0].mean() == pytest.approx(0, abs=1e-5)
    assert targets.values[train, 0].mean() == pytest.approx(column.mean, abs=1e-5)
    assert targets.values[train, 0].std() == pytest.approx(column.scale, rel=1e-5)
    assert not targets.by_letters[:, 1:].any()
    shares = pair_shares(rich.codes, rich.offsets, both_strands=True)
    np.testing.assert_allclose(column.by_letters(shares), targets.by_letters[:, 0], atol=1e-5)
    assert f"Pairs of letters alone tell {column.told:.0%} of v (variance)" in targets.sentence()
    few = targets.subset(np.array([3, 1]))
    np.testing.assert_array_equal(few.by_letters, targets.by_letters[[3, 1]])
