import gzip
import re

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import decode
from tests.genomics.sequences import fasta, load, random_sequences


def test_without_labels_all_are_bound(peaks):
    dataset = load(peaks)
    assert [decode(dataset.sequence(i)) for i in range(200)] == random_sequences(200)
    assert dataset.labels.dtype == np.float32
    assert dataset.labels.all()
    assert dataset.intervals == (None,) * 200
    assert dataset.skipped == {}
    assert not any(dataset.has_negatives(side) for side in (TRAIN, VALIDATION, TEST))


def test_a_file_of_negatives(peaks, tmp_path):
    unbound = fasta(tmp_path / "n.fa", random_sequences(100, seed=1), header="u{i} label=1")
    dataset = load(peaks, negatives=unbound)
    assert dataset.labels.tolist() == [1] * 200 + [0] * 100
    assert dataset.names[200] == "u0"
    for side in (TRAIN, VALIDATION, TEST):
        share_bound = dataset.labels[dataset.indices(side)].mean()
        assert share_bound == pytest.approx(2 / 3, abs=0.02)


def test_names_used_in_both_files_are_told_apart(peaks, tmp_path):
    dataset = load(peaks, negatives=fasta(tmp_path / "n.fa", random_sequences(100, seed=1)))
    assert dataset.names[200:202] == ("s0_unbound", "s1_unbound")
    assert len(set(dataset.names)) == 300


@pytest.mark.parametrize("compress", [False, True])
def test_a_table_of_labels_in_any_order(peaks, tmp_path, compress):
    rows = [f"s{i}\t{i % 2}\n" for i in reversed(range(200))]
    text = "name\tbound\n\n" + "".join(rows)
    table = tmp_path / "labels.tsv"
    table.write_bytes(gzip.compress(text.encode()) if compress else text.encode())
    assert load(peaks, labels=table).labels.tolist() == [0, 1] * 100


def test_label_words(tmp_path):
    path = tmp_path / "x.fa"
    path.write_text("".join(f">s{i} label={i % 2}\n{s}\n" for i, s in enumerate(random_sequences(60))))
    dataset = load(path)
    assert dataset.labels.tolist() == [0, 1] * 30
    assert dataset.has_negatives(TRAIN)


def test_a_sequence_on_both_sides_of_the_truth_is_counted(peaks, tmp_path):
    unbound = fasta(tmp_path / "n.fa", [*random_sequences(1), *random_sequences(50, seed=1)], header="u{i}")
    assert load(peaks, negatives=unbound).skipped == {"both bound and unbound (kept)": 2}


# Faults


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "empty table, expected a header line and one line a sequence"),
        ("s0\t1\n", 1, r"expected a header line such as 'name<tab>bound', got 's0\\t1'"),
        ("name\tbound\ns0\t1\t0\n", 2, "expected 2 tab-separated cells, as the header line has, got 3"),
        ("name a\n", 1, "expected tab-separated columns, a name and one label or more, got 1"),
        ("name\tbound\ns0\tyes\n", 2, "column 'bound' must be 0, 1, another number or NA, got 'yes'"),
        ("name\tbound\ns0\t1\n\ns0\t0\n", 4, "name 's0' is used twice, first in line 2"),
        ("name\tbound\ns0\t1\nt0\t0\n", 3, "sequence 't0' is not in .*peaks.fa"),
    ],
)
def test_a_fault_of_the_table_is_reported_with_its_line(peaks, tmp_path, content, line, message):
    table = tmp_path / "labels.tsv"
    table.write_text(content)
    with pytest.raises(InputError, match=rf"^{message}, {re.escape(str(table))}:{line}$"):
        load(peaks, labels=table)


def test_a_table_of_labels_needs_names_that_differ(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(20), header="s{i}")
    with path.open("a") as file:
        file.write(">s3 again\nACGTACGTACGT\n")
    table = tmp_path / "labels.tsv"
    table.write_text("name\tbound\n" + "".join(f"s{i}\t1\n" for i in range(20)))
    with pytest.raises(InputError, match=rf"^name 's3' is used twice, first in line 7; a table .* differ, {path}:41$"):
        load(path, labels=table)


def test_sequences_that_the_table_forgets_are_reported_with_their_line(peaks, tmp_path):
    table = tmp_path / "labels.tsv"
    table.write_text("name\tbound\n" + "".join(f"s{i}\t1\n" for i in range(200) if i not in (7, 9)))
    with pytest.raises(InputError, match=rf"^2 sequences have no label in .*, the first is 's7', {peaks}:15$"):
        load(peaks, labels=table)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("x label=2", "label must be 0 or 1, got '2'"),
        ("x", "sequence 'x' has no label=, others have"),
        ("x label=1 split=dev", "split must be train, validation or test, got 'dev'"),
    ],
)
def test_a_fault_of_a_header_word_is_reported_with_its_line(tmp_path, header, message):
    path = fasta(tmp_path / "x.fa", random_sequences(20), header="s{i} label=1")
    with path.open("a") as file:
        file.write(f">{header}\nACGTACGTACGT\n")
    with pytest.raises(InputError, match=rf"^{message}, {path}:41$"):
        load(path)


def test_label_0_in_a_file_whose_negatives_are_elsewhere(peaks, tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(20), header="s{i} label=0")
    with pytest.raises(InputError, match=rf"^sequence 's0' has label=0, but a file of negatives .*, {path}:1$"):
        load(path, negatives=peaks)


def test_a_file_and_a_table_of_labels_at_once(peaks):
    with pytest.raises(InputError, match="either from a file of negatives or from a table, got both"):
        load(peaks, negatives=peaks, labels=peaks)


def test_classes_of_the_same_sequences_are_refused(peaks):
    with pytest.raises(InputError, match=r"every bound sequence is also an unbound one.*peaks.fa"):
        load(peaks, negatives=peaks)
