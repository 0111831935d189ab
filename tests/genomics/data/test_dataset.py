from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.copies import with_all_shuffled, with_shuffled
from sparling_genomics.data.dataset import SequenceDataset, concatenate
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, PAD, RNA, decode, encode, reverse_complement
from sparling_genomics.letters.intervals import Interval
from tests.genomics.hand_made import dataset
from tests.genomics.sequences import fasta, load, random_sequences


def letters(dataset, indices=None):
    return [decode(dataset.sequence(i)) for i in (range(len(dataset)) if indices is None else indices)]


@pytest.fixture
def small():
    """Three sequences of 2, 0 and 3 letters."""
    return SequenceDataset(
        names=("a", "b", "c"),
        codes=encode("ACGGN"),
        offsets=np.array([0, 2, 2, 5]),
        labels=np.array([1, 0, 1], dtype=np.float32),
        split=np.array([TRAIN, TRAIN, TEST], dtype=np.uint8),
        intervals=(None, None, None),
        cluster=np.array([4, 4, 2]),
        alphabet=DNA,
        skipped={},
    )


# The value


def test_sequences_lengths_and_padding_by_eye(small):
    assert len(small) == 3
    assert small.lengths.tolist() == [2, 0, 3]
    assert [small.sequence(i).tolist() for i in range(3)] == [[0, 1], [], [2, 2, 4]]
    assert small.padded([2, 0, 1]).tolist() == [[2, 2, 4], [0, 1, PAD], [PAD, PAD, PAD]]
    assert small.padded([1]).shape == (1, 0)
    assert small.padded([]).shape == (0, 0)


def test_subset_by_indices_and_by_mask(small):
    subset = small.subset([2, 0])
    assert subset.names == ("c", "a")
    assert letters(subset) == ["GGN", "AC"]
    assert subset.labels.tolist() == [1, 1]
    assert subset.split.tolist() == [TEST, TRAIN]
    assert letters(small.subset(small.labels == 0)) == [""]
    assert len(small.subset([])) == 0


def test_subset_and_padding_of_many_agree_with_a_loop(tmp_path):
    rng = np.random.default_rng(1)
    sequences = [decode(rng.integers(0, 5, n).astype(np.uint8)) for n in rng.integers(10, 60, 100)]
    dataset = load(fasta(tmp_path / "x.fa", sequences))
    chosen = rng.integers(0, 100, 40)
    assert letters(dataset.subset(chosen)) == [sequences[i] for i in chosen]
    widest = max(len(sequences[i]) for i in chosen)
    for row, i in zip(dataset.padded(chosen).tolist(), chosen, strict=True):
        assert row == encode(sequences[i]).tolist() + [PAD] * (widest - len(sequences[i]))


def test_has_negatives_looks_at_one_side_only(small):
    assert small.has_negatives(TRAIN)
    assert not small.has_negatives(TEST)


def test_fields_that_do_not_belong_together_are_refused(small):
    fields = {name: getattr(small, name) for name in SequenceDataset.__dataclass_fields__}
    with pytest.raises(ValueError, match="labels must have 3 entries, as names has; got 1"):
        SequenceDataset(**(fields | {"labels": np.ones(1, dtype=np.float32)}))
    with pytest.raises(ValueError, match=r"offsets must have shape \(4,\) and run from 0 to 5"):
        SequenceDataset(**(fields | {"offsets": np.array([0, 2, 2, 4])}))


# What is left out


def test_what_is_left_out_or_noticed_is_counted(tmp_path):
    odd = ["", "", "ACGTACGTA", "N" * 30, "ACGTNNNNACGT", "acgtacgtac"]
    dataset = load(fasta(tmp_path / "x.fa", random_sequences(50) + odd))
    assert dataset.skipped == {
        "empty": 2,
        "shorter than 10": 1,
        "only ambiguous letters": 1,
        "with ambiguous letters (kept)": 1,
    }
    assert letters(dataset)[50:] == ["ACGTNNNNACGT", "ACGTACGTAC"]


def test_names_that_were_used_before_are_counted(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(50), header="peak summit={i}")
    dataset = load(path)
    reason = (
        "with a name that was used before: the first word of a header is the name, though the whole headers differ; "
        "numbered name_2, name_3, … (kept)"
    )
    assert dataset.skipped == {reason: 49}
    assert dataset.names[:3] == ("peak", "peak_2", "peak_3")
    path = fasta(tmp_path / "x.fa", random_sequences(50), header="chr1:{i}00-{i}30")
    path.write_text(path.read_text() * 2)
    same = load(path)
    assert same.skipped == {"with a name that was used before, numbered name_2, name_3, … (kept)": 50}
    assert same.names[50] == "chr1:000-030_2"
    assert same.intervals[:50] == same.intervals[50:]
    np.testing.assert_array_equal(same.split[:50], same.split[50:])


def test_letters_u_make_rna_unless_dna_was_asked_for(tmp_path):
    path = fasta(tmp_path / "x.fa", [word.replace("T", "U") for word in random_sequences(50)])
    assert load(path).alphabet == load(path, alphabet="rna").alphabet == load(path, norc=True).alphabet == RNA
    why = "sequence 's0' has letters U, expected DNA; --alphabet rna reads it as RNA"
    with pytest.raises(InputError, match=rf"{why}, {path}:1$"):
        load(path, alphabet="dna")


def test_t_and_u_in_one_input_are_refused_unless_they_are_to_be_read_as_rna(tmp_path):
    words = [word.replace("T", "U") for word in random_sequences(50)]
    bound, unbound = tmp_path / "x.fa", tmp_path / "n.fa"
    fasta(bound, [*words, "ACGTACGTACGT"])
    why = "has letters {}, and T and U stand in one input, expected one of them; --alphabet rna reads both as U"
    with pytest.raises(InputError, match=rf"^sequence 's50' {why.format('T')}, {bound}:101$"):
        load(bound)
    assert load(bound, alphabet="rna").alphabet == RNA
    fasta(bound, ["ACGTACGTACGU", *words])
    with pytest.raises(InputError, match=rf"^sequence 's0' {why.format('U')}, {bound}:1$"):
        load(bound)
    fasta(bound, random_sequences(60, seed=3))
    fasta(unbound, ["AAAACCCCGGGG", *words], header="u{i}")
    with pytest.raises(InputError, match=rf"^sequence 'u1' {why.format('U')}, {unbound}:3$"):
        load(bound, negatives=unbound)


def test_stranded_dna_has_one_strand_and_its_reverse_complement_is_another_sequence(tmp_path):
    word = "ACCGGATTAACCGTAC"
    other = decode(reverse_complement(encode(word)))
    path = fasta(tmp_path / "x.fa", [word, other, *random_sequences(60)])
    data = load(path, norc=True)
    assert data.alphabet == DNA_FORWARD
    splits = [load(path, seed=seed, norc=norc).split[:2] for norc in (False, True) for seed in range(20)]
    assert all(a == b for a, b in splits[:20])
    assert any(a != b for a, b in splits[20:])


@pytest.mark.parametrize(
    ("alphabet", "expected"), [(DNA, (6, 8, 8, 6)), (DNA_FORWARD, (5, 5, 3, 1)), (RNA, (5, 5, 3, 1))]
)
def test_the_background_is_that_of_the_letters_of_the_strands_that_are_read(alphabet, expected):
    data = dataset(["AACC", "NGACGACN"], alphabet=alphabet)  # A 4, C 4, G 2, T 0, and one of each
    assert data.background == pytest.approx(tuple(n / sum(expected) for n in expected))
    assert data.background[::-1] == data.background or not alphabet.double_stranded


# Faults


def test_copies_of_a_few_sequences_cannot_be_divided(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(3) * 100)
    message = (
        r"^no bound sequence is left for the \w+ set: the 300 bound ones are copies or overlapping pieces of 3 "
        rf"different ones, expected 10 or more, {path}$"
    )
    with pytest.raises(InputError, match=message):
        load(path)
    assert len(load(fasta(tmp_path / "x.fa", random_sequences(10) * 30))) == 300


def test_three_sequences_a_hundred_times_each(shared_inputs):
    with pytest.raises(InputError, match=r"pieces of 3 different ones, expected 10 or more, .*identical_3x100\.fa$"):
        load(shared_inputs / "identical_3x100.fa")


def test_overlapping_windows_of_one_stretch_cannot_be_divided(tmp_path):
    path = tmp_path / "x.fa"
    words = random_sequences(100)
    path.write_text("".join(f">chr1:{10 * i}-{10 * i + 30}\n{word}\n" for i, word in enumerate(words)))
    with pytest.raises(InputError, match="the 100 bound ones are copies or overlapping pieces of 1 different one,"):
        load(path)


def test_all_labelled_unbound(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(20), header="s{i} label=0")
    with pytest.raises(InputError, match=rf"^every sequence is labelled 0 \(unbound\), .*, {path}$"):
        load(path)


def test_too_few_bound_sequences(tmp_path):
    path = fasta(tmp_path / "x.fa", ["", *random_sequences(5)])
    with pytest.raises(
        InputError, match=rf"^5 usable bound sequences \(left out: 1 empty\), expected at least 6, {path}$"
    ):
        load(path)


def test_all_sequences_too_short_names_the_option(peaks):
    message = rf"^all sequences are too short \(left out: 200 shorter than 31\); a smaller --width .*, {peaks}$"
    with pytest.raises(InputError, match=message):
        load(peaks, min_length=31)


def test_negatives_of_which_none_is_usable(peaks, tmp_path):
    path = fasta(tmp_path / "n.fa", ["ACGT", "AC"], header="u{i}")
    with pytest.raises(InputError, match=rf"^no usable negative sequence \(left out: 2 shorter than 10\).*, {path}$"):
        load(peaks, negatives=path)


def test_a_handful_of_negatives_is_refused(peaks, tmp_path):
    path = fasta(tmp_path / "n.fa", random_sequences(3, 40), header="u{i}")
    with pytest.raises(InputError, match=rf"^[123] unbound sequences to train on, expected 6 or none .*, {path}$"):
        load(peaks, negatives=path)


def test_names_that_shuffled_copies_would_get(tmp_path):
    words = random_sequences(60, 40)
    path = tmp_path / "x.fa"
    path.write_text("".join(f">s{i // 2}{'_shuffled' * (i % 2)}\n{word}\n" for i, word in enumerate(words)))
    with pytest.raises(
        InputError, match=rf"^sequence 's\d+_shuffled' has the name of the shuffled copy of 's\d+'.*, {path}$"
    ):
        load(path)
    labelled = [f">s{i // 2}{('', '_shuffled')[i % 2]} label={1 - i % 2}\n{word}\n" for i, word in enumerate(words)]
    path.write_text("".join(labelled))
    assert len(load(path)) == 60  # unbound ones are given, so there are no copies


def test_an_unknown_alphabet(peaks):
    with pytest.raises(InputError, match="alphabet must be one of dna, rna, got 'protein'"):
        load(peaks, alphabet="protein")


def test_a_side_without_bound_sequences(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(30), header="s{i} split=test")
    with pytest.raises(InputError, match=rf"^no bound sequence is left for the train set, {path}$"):
        load(path)


# Shuffled copies


def test_with_shuffled_adds_one_copy_of_each(peaks):
    dataset = load(peaks)
    both = with_shuffled(dataset, TRAIN, seed=0)
    n = len(dataset.indices(TRAIN))
    assert len(both) == 2 * n
    assert letters(both, range(n)) == letters(dataset, dataset.indices(TRAIN))
    assert both.labels.tolist() == [1] * n + [0] * n
    assert (both.split == TRAIN).all()
    assert both.names[n] == f"{both.names[0]}_shuffled"
    for original, copy in zip(letters(both, range(n)), letters(both, range(n, 2 * n)), strict=True):
        assert Counter(pairwise(original)) == Counter(pairwise(copy))
        assert original != copy


def test_shuffled_copies_depend_on_seed_and_side_only(peaks):
    dataset = load(peaks)
    first, again, other = (letters(with_shuffled(dataset, TEST, seed)) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_with_shuffled_leaves_a_side_with_negatives_alone(small):
    assert with_shuffled(small, TRAIN, seed=0).names == ("a", "b")
    assert with_shuffled(small, TEST, seed=0).names == ("c", "c_shuffled")


def test_with_all_shuffled_puts_the_copies_of_each_side_behind_all_sequences(peaks):
    dataset = load(peaks)
    everything = with_all_shuffled(dataset, seed=3)
    assert everything.names[:200] == dataset.names
    np.testing.assert_array_equal(everything.codes[: len(dataset.codes)], dataset.codes)
    expected = []
    for side in (TRAIN, VALIDATION, TEST):
        both = with_shuffled(dataset, side, seed=3)
        expected += letters(both, range(len(both) // 2, len(both)))
        assert (everything.split == side).sum() == len(both)
    assert letters(everything, range(200, 400)) == expected
    assert everything.labels.tolist() == dataset.labels.tolist() + [0] * 200
    for name, word in zip(everything.names[200:], letters(everything, range(200, 400)), strict=True):
        original = letters(dataset, [dataset.names.index(name.removesuffix("_shuffled"))])[0]
        assert Counter(pairwise(original)) == Counter(pairwise(word))


def test_with_all_shuffled_copies_only_sides_without_negatives(small):
    assert with_all_shuffled(small, seed=0).names == ("a", "b", "c", "c_shuffled")


def test_concatenate_undoes_the_cut_into_parts(peaks):
    dataset = load(peaks)
    joined = concatenate([dataset.subset(range(70)), dataset.subset([]), dataset.subset(range(70, 200))])
    np.testing.assert_array_equal(joined.codes, dataset.codes)
    np.testing.assert_array_equal(joined.offsets, dataset.offsets)
    np.testing.assert_array_equal(joined.split, dataset.split)
    assert joined.names == dataset.names


# Coordinates


def test_a_few_names_that_look_like_coordinates_are_not_believed(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(100), header="donor_{i}_50")  # donor_20_50 is 30 letters long
    assert load(path).intervals == (None,) * 100


def test_coordinates_of_most_names_are_kept(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(100), header="chr1:{i}00-{i}30")
    with path.open("a") as file:
        file.write(">spike\nACGTACGTACGT\n")
    intervals = load(path).intervals
    assert intervals[7] == Interval("chr1", 700, 730)
    assert intervals[100] is None


def test_unbound_sequences_without_coordinates_cost_the_bound_ones_nothing(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(60), header="chr1:{i}00-{i}30")
    unbound = fasta(tmp_path / "n.fa", random_sequences(200, seed=1), header="random_{i}")
    intervals = load(path, negatives=unbound).intervals
    assert intervals == [*load(path).intervals, *[None] * 200]
    words = [(1, f"chr1:{i}00-{i}30", word) for i, word in enumerate(random_sequences(60))]
    words += [(0, f"random_{i}", word) for i, word in enumerate(random_sequences(200, seed=1))]
    (tmp_path / "both.fa").write_text("".join(f">{name} label={label}\n{word}\n" for label, name, word in words))
    assert load(tmp_path / "both.fa").intervals == intervals


# Real sets


def test_a_set_whose_test_part_is_given(shared_data):
    dataset = load(shared_data / "tf_chip" / "SRF_H1_encode_101bp.fa.gz", min_length=21)
    assert dataset.skipped == {"overlapping, or like, one that split= puts on another side (kept)": 201}
    assert [len(dataset.indices(side)) for side in (TRAIN, VALIDATION, TEST)] == [4145, 460, 1000]
    assert [dataset.has_negatives(side) for side in (TRAIN, VALIDATION, TEST)] == [False, False, True]


def test_a_set_with_coordinates_is_divided_by_chromosome(shared_data):
    dataset = load(shared_data / "tf_chip" / "CTCF_top500_200bp.fa.gz", min_length=21)
    first = {cluster: i for i, cluster in reversed(list(enumerate(dataset.cluster.tolist())))}
    assert len(first) == 497  # three pairs share a third of their words
    alone = [first[cluster] == i for i, cluster in enumerate(dataset.cluster.tolist())]
    sides = [
        {dataset.intervals[i].chrom for i in dataset.indices(side) if alone[i]} for side in (TRAIN, VALIDATION, TEST)
    ]
    assert all(a.isdisjoint(b) for a, b in combinations(sides, 2))
    assert [len(dataset.indices(side)) for side in (VALIDATION, TEST)] == pytest.approx([90, 50], rel=0.1)


def test_sequences_that_are_masked_are_counted(shared_data):
    dataset = load(shared_data / "meme_examples" / "Klf1.fa.gz", min_length=21)
    assert dataset.skipped == {"only ambiguous letters": 3, "with ambiguous letters (kept)": 659}
    assert len(dataset) == 901


def test_seven_promoters_are_enough(shared_data):
    assert len(load(shared_data / "meme_examples" / "INO_up800.fa.gz")) == 7
