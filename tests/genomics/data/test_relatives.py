"""Relatives in a dataset: on which side they lie, and what is said of those that lie on several."""

from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.data.dataset import TEST, TRAIN
from sparling_genomics.letters.alphabet import encode
from tests.genomics.hand_made import dataset
from tests.genomics.sequences import fasta, load, random_sequences


def test_a_cluster_is_on_one_side_also_where_one_record_has_no_place(tmp_path):
    """Pairs of peaks that overlap by 150 of 200 bp on six chromosomes, and one spike-in without coordinates."""
    genome = random_sequences(220, 250)
    path = tmp_path / "x.fa"
    pairs = [
        f">chr{i % 6}:{1000 * i + at}-{1000 * i + at + 200}\n{word[at : at + 200]}\n"
        for i, word in enumerate(genome)
        for at in (0, 50)
    ]
    path.write_text("".join([*pairs, f">spike_in\n{random_sequences(1, 200, seed=9)[0]}\n"]))
    data = load(path)
    assert data.intervals[-1] is None
    assert (data.split[:440:2] == data.split[1:440:2]).all()
    assert (data.cluster[:440:2] == data.cluster[1:440:2]).all()
    assert len(set(data.cluster.tolist())) == 221
    assert data.skipped == {}
    # without any coordinates the 135 words that two of a pair share say the same
    path.write_text("".join(f">s{i}\n{line.split()[1]}\n" for i, line in enumerate(pairs)))
    without = load(path)
    assert (without.cluster == data.cluster[:440]).all()
    assert (without.split[::2] == without.split[1::2]).all()


def test_words_put_relatives_on_two_sides_and_that_is_said(tmp_path):
    genome = random_sequences(100, 120)
    path = tmp_path / "x.fa"
    side = ["train"] * 70 + ["validation"] * 15 + ["test"] * 15
    rows = [f">s{i} split={side[i]}\n{word}\n" for i, word in enumerate(genome)]
    path.write_text("".join([*rows, f">kin split=test\n{genome[0][30:]}\n", f">copy split=train\n{genome[99]}\n"]))
    data = load(path)
    assert data.split[[0, 100]].tolist() == [TRAIN, TEST]
    assert data.split[[99, 101]].tolist() == [TEST, TEST]  # a training sequence that is a test sequence, too
    assert data.skipped == {"overlapping, or like, one that split= puts on another side (kept)": 2}


def test_a_family_that_is_most_of_the_records_is_not_kept_together(tmp_path):
    element = random_sequences(1, 60, seed=5)[0]
    words = [word[:20] + element + word[20:] for word in random_sequences(80, 40)] + random_sequences(70, 100, seed=2)
    data = load(fasta(tmp_path / "x.fa", words))
    assert data.skipped == {"in one family of repeats: alike ones may lie on several sides (kept)": 80}
    assert len(set(data.cluster.tolist())) == 150


def test_copies_are_relatives_where_their_originals_are():
    small = dataset(["AC", "", "GGN"], labels=[1, 0, 1], split=[TRAIN, TRAIN, TEST], cluster=[4, 4, 2])
    both = small.joined(encode("CAGGN"), label=0)
    assert both.cluster.tolist() == [4, 4, 2, -5, -5, -3]
    assert both.subset([5, 0]).cluster.tolist() == [-3, 4]
    assert with_all_shuffled(small, seed=0).cluster.tolist() == [4, 4, 2, -3]
