"""Inputs of the benchmark of several labels and values, and the ridge beside it."""

import numpy as np
import tasks

from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.letters.alphabet import decode, reverse_complement


def test_six_mers_are_counted_on_either_strand_alike(tmp_path):
    sequences = ["ACGTACGGTTCA", "TTTTTTTTTTTT"]
    turned = [decode(reverse_complement(record.codes)) for record in _records(tmp_path, sequences)]
    counts = []
    for each in (sequences, turned):
        _records(tmp_path, each)
        (tmp_path / "labels.tsv").write_text("name\tx\ns0\t1.5\ns1\t2\n")
        own, values, test = tasks.six_mers(tmp_path)
        assert values.tolist() == [1.5, 2.0]
        assert test.tolist() == [False, True]
        counts.append(own)
    np.testing.assert_array_equal(*counts)
    assert counts[0].shape == (2, 2080)
    assert counts[0].sum(1).tolist() == [7, 7]
    assert counts[0][1].max() == 7


def _records(folder, sequences):
    path = folder / "sequences.fa"
    path.write_text("".join(f">s{i} split={('train', 'test')[i]}\n{s}\n" for i, s in enumerate(sequences)))
    return read_fasta(path)


def test_a_planted_motif_moves_the_value_by_what_it_adds(tmp_path):
    tasks.planted(tmp_path, 0)
    records = read_fasta(tmp_path / "sequences.fa")
    values = np.loadtxt(tmp_path / "labels.tsv", skiprows=1, usecols=1)
    assert len(records) == len(values) == 3000
    sides = [f"{decode(r.codes)}N{decode(reverse_complement(r.codes))}" for r in records]
    for word, adds in tasks.PLANTED.items():
        has = np.array([word in each for each in sides])
        assert abs(values[has].mean() - values[~has].mean() - adds) < 0.4
