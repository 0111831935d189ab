"""Maximum entropy scores are those of the published program, at the exon base, whatever is around them."""

import itertools
from math import log2

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.files.fasta import iter_fasta
from sparling_genomics.letters.alphabet import PAD, encode
from sparling_genomics.splicing.core_sites.maxent import LOWEST, read_maxent
from sparling_genomics.tasks.ranking import area_under_roc

BACKGROUND = dict(zip("ACGT", (0.27, 0.23, 0.23, 0.27), strict=True))
DONOR_TWO = ({"G": 0.9896, "A": 0.004, "C": 0.0032, "T": 0.0032}, {"T": 0.9884, "A": 0.0034, "C": 0.0039, "G": 0.0042})
ACCEPTOR_TWO = (
    {"A": 0.9903, "C": 0.0032, "G": 0.0034, "T": 0.003},
    {"G": 0.9905, "A": 0.0027, "C": 0.0037, "T": 0.003},
)


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "splicing" / "maxent_tables.npz"


@pytest.fixture(scope="module")
def tables(path):
    return read_maxent(path)


def number(word: str) -> int:
    return int("".join(str("ACGT".index(letter)) for letter in word), 4)


def naive(raw, kind: str, word: str) -> float:
    """One word's score, letter by letter as the README of the tables has it."""
    place, two = (3, DONOR_TWO) if kind == "donor" else (18, ACCEPTOR_TWO)
    ends, rest = word[place : place + 2], word[:place] + word[place + 2 :]
    score = 1.0
    for letter, known in zip(ends, two, strict=True):
        score *= known[letter] / BACKGROUND[letter]
    if kind == "donor":
        return log2(score * raw["me2x5"][number(rest)])
    for name, first, last in (("acc1", 1, 7), ("acc2", 8, 14), ("acc3", 15, 21), ("acc4", 5, 11), ("acc5", 12, 18)):
        score *= raw[name][number(rest[first - 1 : last])]
    for name, first, last in (("acc6", 5, 7), ("acc7", 8, 11), ("acc8", 12, 14), ("acc9", 15, 18)):
        score /= raw[name][number(rest[first - 1 : last])]
    return log2(score)


@pytest.mark.parametrize(("word", "score"), [("cagGTAAGT", 10.86), ("gagGTAAGT", 11.08), ("taaATAAGT", -0.12)])
def test_donors_have_the_published_scores(tables, word, score):
    scores = tables.scores(encode(word))
    assert scores.donor[2] == pytest.approx(score, abs=0.005)
    assert (np.delete(scores.donor, 2) == LOWEST).all()
    assert (scores.acceptor == LOWEST).all()


@pytest.mark.parametrize(
    ("word", "score"),
    [("ttccaaacgaacttttgtAGgga", 2.89), ("tgtctttttctgtgtggcAGtgg", 8.19), ("ttctctcttcagacttatAGcaa", -0.08)],
)
def test_acceptors_have_the_published_scores(tables, word, score):
    scores = tables.scores(encode(word))
    assert scores.acceptor[20] == pytest.approx(score, abs=0.005)
    assert (np.delete(scores.acceptor, 20) == LOWEST).all()


def test_every_position_has_the_score_of_its_word_alone(path, tables):
    raw = np.load(path)
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), 200))
    letters = letters[:90] + "N" + letters[91:150] + "GTAAGTNNTTTTTTTTTTCAGG"
    donor, acceptor = tables.scores(encode(letters))
    for i in range(len(letters)):
        for kind, found, before, after in (("donor", donor, 2, 6), ("acceptor", acceptor, 20, 2)):
            word = letters[max(i - before, 0) : i + after + 1]
            whole = i >= before and len(word) == before + after + 1 and "N" not in word
            assert found[i] == pytest.approx(max(naive(raw, kind, word), LOWEST) if whole else LOWEST, abs=1e-4)


def test_rows_are_scored_as_if_alone_and_padding_is_no_letter(tables):
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 4, (3, 60)).astype(np.uint8)
    together = tables.scores(rows)
    for row, donor, acceptor in zip(rows, *together, strict=True):
        alone = tables.scores(row)
        assert (alone.donor == donor).all()
        assert (alone.acceptor == acceptor).all()
    padded = np.concatenate([rows[0], np.full(40, PAD, dtype=np.uint8)])
    again = tables.scores(padded)
    assert (again.donor[:60] == together.donor[0]).all()
    assert (again.acceptor[60:] == LOWEST).all()
    assert [len(each) for each in tables.scores(np.zeros(0, dtype=np.uint8))] == [0, 0]


def test_no_word_is_without_a_finite_score(tables):
    words = np.array(list(itertools.product(range(4), repeat=9)), dtype=np.uint8)[::7]
    scores = tables.scores(words).donor[:, 2]
    assert np.isfinite(scores).all()
    assert scores.min() > LOWEST


def test_human_sites_are_told_from_decoys(shared_data, tables):
    file = shared_data / "splicing" / "human_splice_windows_602nt.fa.gz"
    records = [each for each in iter_fasta(file) if each.attributes["split"] == "test"]
    for kind, base, expected in (("donor", 299, 0.9734), ("acceptor", 302, 0.9556)):
        own = [each for each in records if each.attributes["site"] == kind]
        scores = getattr(tables.scores(np.stack([each.codes[250:350] for each in own])), kind)[:, base - 250]
        auroc = area_under_roc([int(each.attributes["label"]) for each in own], scores)
        assert auroc == pytest.approx(expected, abs=5e-5)


def test_faults_of_the_tables_are_said(tmp_path, path):
    raw = dict(np.load(path))
    cases = {
        "no table acc9": {name: table for name, table in raw.items() if name != "acc9"},
        "table acc6 must be 64 decimal numbers; got float64 of shape (63,)": raw | {"acc6": raw["acc6"][:63]},
        "table acc6 must be 64 decimal numbers; got int64 of shape (64,)": raw | {"acc6": np.ones(64, dtype=int)},
        "table acc6 has numbers that are not above 0": raw | {"acc6": raw["acc6"] - raw["acc6"].min()},
        "expected tables of maximum entropy scores (.npz)": raw | {"acc6": np.array([{}] * 64)},
    }
    file = tmp_path / "tables.npz"
    for message, tables in cases.items():
        np.savez(file, **tables)
        with pytest.raises(InputError) as error:
            read_maxent(file)
        assert str(error.value).startswith(message)
        assert str(error.value).endswith(str(file))
    for content in (b"", b"no tables", b"PK\x03\x04cut off"):
        file.write_bytes(content)
        with pytest.raises(InputError, match=r"expected tables of maximum entropy scores \(.npz\)"):
            read_maxent(file)
    np.save(tmp_path / "one.npy", raw["acc6"])
    with pytest.raises(InputError, match="expected tables"):
        read_maxent(tmp_path / "one.npy")
    with pytest.raises(InputError, match="no such file"):
        read_maxent(tmp_path / "absent.npz")
    with pytest.raises(InputError, match="cannot be read"):
        read_maxent(tmp_path)
