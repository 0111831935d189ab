"""Sequences of any number: columns are the lists that they stand for, letters on disk are the same letters."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.dataset import load_dataset
from sparling_genomics.files.fasta import FastaRecord, read_fasta
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.stored import letters as stored_letters
from sparling_genomics.stored.letters import Letters, gathered, stored
from sparling_genomics.stored.names import Names, have_repeats
from sparling_genomics.stored.places import Places
from sparling_genomics.stored.records import Records
from tests.genomics.sequences import fasta, random_sequences


def fields(record: FastaRecord) -> tuple[object, ...]:
    numbers = record.line, record.n_ambiguous, record.n_uracil
    return record.name, record.attributes, record.codes.tolist(), *numbers, record.header, record.place


@pytest.fixture(params=[2**26, 0], ids=["held", "on disk"])
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(stored_letters, "HELD", request.param)
    monkeypatch.setattr(stored_letters, "BLOCK", 100)
    return int(request.param)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("seed", range(3))
def test_letters_are_those_that_were_appended(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sequences = [rng.integers(0, 5, rng.integers(0, 90)).astype(np.uint8) for _ in range(40)]
    letters = Letters()
    for each in sequences:
        letters.add(each)
    codes, offsets = letters.finished()
    np.testing.assert_array_equal(codes, np.concatenate(sequences))
    np.testing.assert_array_equal(offsets, np.cumsum([0, *map(len, sequences)]))
    chosen = rng.integers(0, 40, 60)
    for made in (gathered(codes, offsets, chosen), stored(codes, offsets, chosen)):
        np.testing.assert_array_equal(made[0], np.concatenate([sequences[i] for i in chosen]))
        np.testing.assert_array_equal(made[1], np.cumsum([0, *(len(sequences[i]) for i in chosen)]))


def test_no_letters_at_all() -> None:
    codes, offsets = Letters().finished()
    assert len(codes) == 0
    assert offsets.tolist() == [0]
    assert [each.tolist() for each in gathered(codes, offsets, np.zeros(0, dtype=np.intp))] == [[], [0]]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_folder_of_temporary_files_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_letters, "HELD", 10)
    letters = Letters()
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
        with pytest.raises(InputError, match=r"do not fit into the folder of temporary files \(No space left"):
            letters.add(np.zeros(20, dtype=np.uint8))


def test_nothing_is_left_in_the_folder_of_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_letters, "HELD", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    letters = Letters()
    letters.add(np.zeros(20, dtype=np.uint8))
    assert os.listdir(tmp_path) == []
    assert letters.finished()[0].tolist() == [0] * 20


def test_names_are_a_list() -> None:
    plain = ["a", "", "µ_2", "a b", "\udce9", "last"]
    names = Names(plain)
    assert list(names) == plain
    assert [names[i] for i in range(-6, 6)] == plain + plain
    assert names == plain == list(names)
    assert names[1:4] == tuple(plain[1:4])
    assert names == Names(plain)
    assert names != Names(plain[1:])
    assert names != plain[1:]
    assert "a b" in names
    assert repr(Names("abcd")) == "Names('a', 'b', 'c', …)"
    for wrong in (6, -7):
        with pytest.raises(IndexError, match="of 6"):
            names[wrong]
    assert have_repeats([*plain, "a"])
    assert not have_repeats(plain)


def test_places_are_a_list() -> None:
    plain = [Interval("chr2", 5, 9, "-"), None, Interval("b", 0, 10**12), Interval("chr2", 1, 1, "+")]
    places = Places(plain)
    assert list(places) == plain
    assert [places[i] for i in range(-4, 4)] == plain + plain
    assert places[1:3] == tuple(plain[1:3])
    assert places.located.tolist() == [True, False, True, True]
    assert places == plain
    assert places != plain[:2]
    assert repr(places) == "Places(3 of 4 sequences on 2 chromosomes)"
    assert list(Places([])) == []


@pytest.mark.usefixtures("held")
def test_records_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.fa"
    path.write_text(
        ">a label=1 split=test\nACGTNN\nAC\n>a second one\nUUU\n>b\n\n>c range=chr1:11-14 strand=-\nACGU\n>a_2\nT\n"
    )
    records, plain = Records.read(path), read_fasta(path)
    assert list(map(fields, records)) == list(map(fields, plain))
    assert records.names == [record.name for record in plain] == ["a", "a_3", "b", "c", "a_2"]
    assert fields(records[-2]) == fields(plain[-2])
    assert records.renamed == 1
    assert records.thymine.tolist() == [1, 3, 0, 1, 1]
    assert records.words("label") == ["1", None, None, None, None]
    both = records.then(records.called("vwxyz"))
    assert [record.codes.tolist() for record in both] == 2 * [record.codes.tolist() for record in plain]
    assert both.names == [*records.names, *"vwxyz"]
    assert both[6].header == "a second one"


@pytest.mark.parametrize("placed", [True, False])
def test_a_dataset_on_disk_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, placed: bool) -> None:
    path = fasta(tmp_path / "x.fa", random_sequences(80), header="chr{i}:100-130" if placed else "s{i}")
    negatives = fasta(tmp_path / "n.fa", [*random_sequences(70, seed=1), "ACGT"], header="s{i}")

    def load() -> list[object]:
        data = load_dataset(path, negatives=negatives, min_length=8, seed=1)
        arrays = data.codes, data.offsets, data.labels, data.split, data.cluster
        return [[each.tolist() for each in arrays], list(data.names), list(data.intervals), data.skipped]

    expected = load()
    monkeypatch.setattr(stored_letters, "HELD", 0)
    assert load() == expected


LOAD = """
import sys
from sparling_genomics.data.dataset import load_dataset
data = load_dataset(sys.argv[1], min_length=8, seed=0)
print(len(data), next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_memory_grows_by_little_more_than_the_letters(tmp_path: Path) -> None:
    """Of 60,000 sequences of 200 bp against 15,000: 9 MB of letters more, and what a list of records would take."""
    rng = np.random.default_rng(0)
    path, peaks = tmp_path / "x.fa", []
    for number in (15_000, 60_000):
        rows = np.frombuffer(b"ACGT", dtype=np.uint8)[rng.integers(0, 4, (number, 200))]
        path.write_bytes(b"".join(b">s%d\n%s\n" % (i, row.tobytes()) for i, row in enumerate(rows)))
        said = subprocess.run([sys.executable, "-c", LOAD, str(path)], check=True, capture_output=True, text=True)
        n, peak = map(int, said.stdout.split())
        assert n == number
        peaks.append(peak / 1024)
    words, letters = 8 * 45_000 * 185 / 2**20, 45_000 * 200 / 2**20
    assert peaks[1] - peaks[0] < 1.3 * words + 2 * letters + 20
