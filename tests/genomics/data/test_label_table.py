"""Tables of several labels, values and weights: what they say, and every fault with its line."""

import re

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.labels import read_label_table
from sparling_genomics.stored.records import Records
from tests.genomics.sequences import fasta, random_sequences


@pytest.fixture
def read(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(3))

    def read(text):
        table = tmp_path / "labels.tsv"
        table.write_text(text)
        return read_label_table(table, Records.read(path), path)

    return read


def test_labels_values_and_what_is_unknown(read):
    table = read("name\tCTCF\tlevel\ns2\t1\t-3.5\ns0\t0\tNA\ns1\tNA\t1e2\n")
    assert table.names == ("CTCF", "level")
    assert table.kinds == ("label", "value")
    np.testing.assert_array_equal(table.values, np.array([[0, np.nan], [np.nan, 100], [1, -3.5]], dtype=np.float32))
    assert table.weights is None
    assert not table.is_presence


def test_weights_are_no_label(read):
    table = read("name\tWeight\tbound\ns0\t0.5\t1\ns1\t2\t0\ns2\t0\t1\n")
    assert table.names == ("bound",)
    assert table.weights.tolist() == [0.5, 2, 0]
    assert not table.is_presence


@pytest.mark.parametrize(
    ("cells", "presence"),
    [(("1", "0", "1"), True), (("1.0", "0", "1"), True), (("1", "NA", "0"), False), (("1", "0", "0.5"), False)],
)
def test_one_column_of_0_and_1_is_presence(read, cells, presence):
    table = read("name\tbound\n" + "".join(f"s{i}\t{cell}\n" for i, cell in enumerate(cells)))
    assert table.is_presence == presence


def rows(*cells):
    return "".join(f"s{i}\t{cell}\n" for i, cell in enumerate(cells))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "name\ta\tb\n" + rows("1\t0", "1", "0\t0"),
            3,
            "expected 3 tab-separated cells, as the header line has, got 2",
        ),
        ("name\ta\tb\n" + rows("1\t0", "1\t0\t1"), 3, "expected 3 tab-separated cells, as the header line has, got 4"),
        ("name\ta\tb\ta\n", 1, "two columns are called 'a'"),
        ("name\ta\t\n", 1, "column 3 has no name"),
        ("name\tweight\tWEIGHT\n", 1, "two columns are called 'weight'"),
        ("s0\t1\tNA\n", 1, r"expected a header line such as 'name<tab>bound', got 's0\\t1\\tNA'"),
        ("name\ta\tb\n" + rows("1\tx"), 2, "column 'b' must be 0, 1, another number or NA, got 'x'"),
        ("name\ta\tb\n" + rows("1\tinf"), 2, "column 'b' must be 0, 1, another number or NA, got 'inf'"),
        ("name\ta\tb\n" + rows("1\tNA", "0\tNA", "1\tNA"), 1, "column 'b' has no value, all are NA"),
        ("name\ta\tb\n" + rows("1\t2.5", "0\t2.5", "1\tNA"), 1, "column 'b' is 2.5 everywhere: nothing to learn from"),
        ("name\ta\tb\n" + rows("1\t1", "1\t0", "1\t0"), 1, "column 'a' is 1 everywhere: nothing to learn from"),
        ("name\ta\tweight\n" + rows("1\t1", "0\t-2", "1\t1"), 3, "a weight must be 0 or more, got -2"),
        ("name\ta\tweight\n" + rows("1\t1", "0\t1", "1\tNA"), 4, "a weight must be 0 or more, got NA"),
        ("name\tweight\n" + rows("1", "1", "1"), 1, "a weight, and no column of labels or values"),
    ],
)
def test_a_fault_is_reported_with_its_line(read, text, line, message):
    with pytest.raises(InputError, match=rf"^{message}, .*labels.tsv:{line}$"):
        read(text)


def test_weights_that_are_all_0(read):
    with pytest.raises(InputError, match=r"^all weights are 0, .*labels.tsv$"):
        read("name\ta\tweight\n" + rows("1\t0", "0\t0", "1\t0"))


def test_a_slip_in_a_column_of_0_and_1(tmp_path):
    path = fasta(tmp_path / "x.fa", random_sequences(200))
    table = tmp_path / "labels.tsv"
    cells = [i % 2 for i in range(200)]
    cells[41] = 11
    table.write_text("name\tbound\n" + rows(*cells))
    with pytest.raises(InputError, match=rf"^column 'bound' holds 0 and 1, but for 1: 11, {re.escape(str(table))}:43$"):
        read_label_table(table, Records.read(path), path)
