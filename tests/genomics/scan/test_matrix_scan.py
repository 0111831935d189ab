import pickle
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.log_odds import STEP, LogOdds, log_odds
from sparling_genomics.letters.pwm import UNIFORM, Pwm
from sparling_genomics.scan.hit_files import hit_table
from sparling_genomics.scan.listing import Listing, list_hits
from sparling_genomics.scan.matrix_scan import MatrixScan
from sparling_genomics.scan.text import GivenText, units, whole
from tests.genomics.scan.made import as_data, random_letters

SKEWED = (0.35, 0.15, 0.2, 0.3)


def matrix(width: int, seed: int, background: tuple[float, ...] = UNIFORM) -> LogOdds:
    counts = np.random.default_rng(seed).dirichlet([0.4] * 4, width) * 20
    return log_odds(Pwm(f"W{width}", counts, 20), background)


def naive(data: SequenceDataset, odds: list[LogOdds], p_value: float, both: bool) -> list[tuple[object, ...]]:
    """Every word of every strand, one after the other."""
    hits = []
    for number, name in enumerate(data.names):
        codes = data.codes[data.offsets[number] : data.offsets[number + 1]]
        for start in range(len(codes)):
            for motif in odds:
                word = codes[start : start + motif.width]
                if len(word) < motif.width or (word > 3).any():
                    continue
                for strand, read in (("+", word), ("-", 3 - word[::-1]))[: 2 if both else 1]:
                    steps = sum(int(column[letter]) for column, letter in zip(motif.steps, read, strict=True))
                    p = float(motif.tail.at(np.array([steps]))[0])
                    if p <= p_value:
                        letters = "".join("ACGT"[letter] for letter in read)
                        hits.append((name, start, start + motif.width, motif.name, strand, round(p, 12), letters))
    return sorted(hits)


def found(listing: Listing) -> list[tuple[object, ...]]:
    table = hit_table(listing, DNA)
    columns = ["chrom", "start", "end", "motif_id", "strand", "p_value", "letters"]
    table["p_value"] = table["p_value"].astype(float).round(12)
    return sorted(table[columns].itertuples(index=False, name=None))


def test_p_is_the_share_of_words_with_as_high_a_score() -> None:
    odds = matrix(5, 1, SKEWED)
    words = np.array(list(product(range(4), repeat=5)))
    steps = odds.steps[np.arange(5), words].sum(1)
    weight = np.asarray(SKEWED)[words].prod(1)
    for score in np.quantile(steps, [0, 0.3, 0.7, 0.99, 1], method="nearest"):
        assert odds.tail.at(np.array([score]))[0] == pytest.approx(weight[steps >= score].sum(), rel=1e-9)


def test_scores_are_log_odds() -> None:
    pwm = Pwm("M", [[10, 0, 0, 10], [5, 5, 5, 5]], 20)
    odds = log_odds(pwm, SKEWED, pseudocount=1.0)
    p = (np.array([[10, 0, 0, 10], [5, 5, 5, 5]]) + np.array(SKEWED)) / 21
    np.testing.assert_allclose(odds.steps * STEP, np.log2(p / SKEWED), atol=STEP / 2 + 1e-9)


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("window", [1 << 18, 37, 1])
def test_hits_are_those_of_a_loop_over_all_words(tmp_path: Path, window: int, both: bool) -> None:
    sequences = [random_letters(n, n, 0.01) for n in (400, 90, 3, 8, 1, 250)]
    sequences.append(np.array([0, 4, 4, 1, 2, 3, 0, 4], dtype=np.uint8))
    data = as_data(*sequences)
    odds = [matrix(width, width, SKEWED) for width in (1, 3, 7, 8, 9, 13, 21)]
    kept = [each.within(0.02) for each in odds]
    assert all(len(after.tail.p) < len(each.tail.p) for after, each in zip(kept, odds, strict=True))
    listing = list_hits(tmp_path / "h", MatrixScan(kept, 0.02, both), GivenText(data), window=window)
    expected = naive(data, odds, 0.02, both)
    assert len(expected) > 50
    assert found(listing) == expected
    words = {m.name: sum(len(c) - m.width + 1 for c in sequences if len(c) >= m.width) for m in odds}
    clean = [
        sum((c[i : i + m.width] < 4).all() for c in sequences for i in range(len(c) - m.width + 1)) * (1 + both)
        for m in odds
    ]
    assert listing.tested.tolist() == clean
    assert listing.tested[0] < words["W1"] * 2


def test_q_is_that_of_benjamini_and_hochberg(tmp_path: Path) -> None:
    data = as_data(random_letters(3000, 2))
    odds = [matrix(9, 3), matrix(6, 4)]
    listing = list_hits(tmp_path / "h", MatrixScan(odds, 0.01), GivenText(data))
    table = hit_table(listing, DNA)
    for number, motif in enumerate(odds):
        own = table[table["motif_id"] == motif.name].sort_values("p_value")
        p = own["p_value"].to_numpy()
        as_good = np.array([(p <= each).sum() for each in p])
        share = p * listing.tested[number] / as_good
        expected = [min(1.0, share[i:].min()) for i in range(len(share))]
        np.testing.assert_allclose(own["q_value"], expected)
    assert (table["p_value"] <= 0.01).all()


def test_a_motif_without_a_word_that_is_unlikely_enough_is_named() -> None:
    scan = MatrixScan([matrix(3, 1), matrix(12, 1)], 1e-4)
    assert scan.hopeless == ["W3"]


def test_a_scanner_that_was_sent_to_another_process_finds_the_same() -> None:
    data = as_data(random_letters(500, 3))
    scan = MatrixScan([matrix(7, 1), matrix(12, 2)], 0.01)
    (unit,) = units(GivenText(data), whole(GivenText(data)), scan.halo)
    here, there = (each.find(unit) for each in (scan, pickle.loads(pickle.dumps(scan))))
    assert here.marks.tobytes() == there.marks.tobytes()
    assert len(here.marks) > 5


def test_hits_come_in_order_of_place(tmp_path: Path) -> None:
    data = as_data(random_letters(2000, 2), random_letters(100, 3), random_letters(700, 4))
    odds = [matrix(6, 3), matrix(15, 4)]
    table = hit_table(list_hits(tmp_path / "h", MatrixScan(odds, 0.02), GivenText(data), window=64), DNA)
    keys = list(zip(table["chrom"], table["start"], strict=True))
    assert keys == sorted(keys)
    assert isinstance(table, pd.DataFrame)
    assert len(table) > 50
