from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.motifs.activations import Activations, strongest_apart
from sparling_genomics.motifs.site_table import site_table
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.scan.hit_files import hit_table
from sparling_genomics.scan.listing import list_hits
from sparling_genomics.scan.model_scan import scan_sequences
from sparling_genomics.scan.network_scan import NetworkScan
from sparling_genomics.scan.text import GivenText, merged, whole
from tests.genomics.scan.made import as_data, made_run, random_letters

KEYS = ["chrom", "start", "end", "motif_id", "strand"]


@pytest.fixture(scope="module")
def run() -> StoredRun:
    return made_run()


def dense(run: StoredRun, data: SequenceDataset) -> pd.DataFrame:
    """Every sequence looked at alone and as a whole, in order of place."""
    parts = []
    for i in range(len(data)):
        found, _ = run.find(data.subset(np.array([i])), 1)
        parts.append(replace(found, sequence=found.sequence + i))
    joined = Activations(*(np.concatenate([getattr(p, f) for p in parts]) for f in Activations.__dataclass_fields__))
    table = site_table(data, run.placed(joined)).drop(columns="chrom").rename(columns={"sequence": "chrom"})
    return table.sort_values(KEYS, ignore_index=True)


def in_windows(run: StoredRun, data: SequenceDataset, path: Path, window: int, **options: object) -> pd.DataFrame:
    scan = NetworkScan(run, (0, 1, 2), tuple(np.zeros(0) for _ in range(3)))
    listing = list_hits(path / "hits", scan, GivenText(data), window=window, **options)  # type: ignore[arg-type]
    return hit_table(listing, DNA).astype({"start": int, "end": int})


def test_fifty_random_pieces_over_edges_are_as_in_the_whole(run: StoredRun, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    sites = 0
    for seed in range(50):
        data = as_data(random_letters(int(rng.integers(1, 900)), seed, unknown=0.01 * (seed % 3)))
        expected = dense(run, data)
        got = in_windows(run, data, tmp_path, window=int(rng.integers(1, 300)))
        pd.testing.assert_frame_equal(got[KEYS].sort_values(KEYS, ignore_index=True), expected[KEYS], check_dtype=False)
        np.testing.assert_allclose(got.sort_values(KEYS)["raw_score"], expected["score"].astype(float), atol=1e-4)
        sites += len(got)
    assert sites > 500


def test_a_halo_that_is_too_small_would_be_seen(
    run: StoredRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = as_data(random_letters(3000, 1))
    expected = dense(run, data)
    monkeypatch.setattr(NetworkScan, "halo", property(lambda scan: 5))
    got = in_windows(run, data, tmp_path, window=60)[KEYS].sort_values(KEYS, ignore_index=True)
    assert got.astype(str).to_csv() != expected[KEYS].astype(str).to_csv()


def test_sequences_that_are_looked_at_together_do_not_change_each_other(run: StoredRun, tmp_path: Path) -> None:
    lengths = [40, 300, 40, 1, 77, 300, 6, 40]
    data = as_data(*(random_letters(length, i) for i, length in enumerate(lengths)))
    expected = dense(run, data)
    assert len(expected) > 20
    for window in (1 << 18, 100):
        pd.testing.assert_frame_equal(in_windows(run, data, tmp_path, window)[KEYS], expected[KEYS], check_dtype=False)


def test_letters_are_those_of_the_strand(run: StoredRun, tmp_path: Path) -> None:
    data = as_data(random_letters(600, 5, unknown=0.02))
    text = "".join("ACGTN"[c] for c in data.codes)
    turned = str.maketrans("ACGTN", "TGCAN")
    hits = in_windows(run, data, tmp_path, 100)
    assert {"+", "-"} == set(hits["strand"])
    for hit in hits.itertuples():
        word = text[hit.start : hit.end]
        assert hit.letters == (word if hit.strand == "+" else word.translate(turned)[::-1])


def test_regions_list_what_a_scan_of_the_whole_has_inside_them(run: StoredRun, tmp_path: Path) -> None:
    data = as_data(random_letters(2000, 6), random_letters(900, 7))
    regions = [("s0", 100, 180), ("s0", 150, 260), ("s0", 262, 300), ("s1", 0, 90), ("s1", 700, 900)]
    stretches = merged([Interval(*region) for region in regions], data.names)
    all_of_them = in_windows(run, data, tmp_path, 1 << 18)
    inside = [
        any(h.chrom == data.names[s.number] and s.start <= h.start and h.end <= s.end for s in stretches)
        for h in all_of_them.itertuples()
    ]
    assert 5 < sum(inside) < len(inside)
    for window in (1 << 18, 70):
        got = in_windows(run, data, tmp_path, window, stretches=stretches)
        pd.testing.assert_frame_equal(got[KEYS], all_of_them[inside].reset_index(drop=True)[KEYS])


def test_the_python_door_takes_sequences_of_any_length(run: StoredRun, monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_data(random_letters(3000, 8), random_letters(50, 9))
    long = scan_sequences(run, data)
    expected = dense(run, data).rename(columns={"chrom": "sequence"})
    order = ["sequence", "start", "motif_id", "strand"]
    pd.testing.assert_frame_equal(
        long.sort_values(order, ignore_index=True)[order], expected.sort_values(order, ignore_index=True)[order]
    )


def test_p_is_the_share_of_shuffled_positions_with_as_good_a_site(run: StoredRun) -> None:
    text = GivenText(as_data(random_letters(5000, 10)))
    scan = NetworkScan(run, (0, 2)).calibrated(text, whole(text), np.random.default_rng(0))
    assert scan.positions == 2_000_000
    for motif in (0, 1):
        p, scores = scan.p_values(motif), scan.shuffled[motif]
        assert len(scores) > 1000
        at = 0.5 * (scores[99] + scores[100])
        level = np.searchsorted(scores, at)
        assert p[level] == (np.count_nonzero(scores >= at) + 1) / (scan.positions + 1)
        assert p[len(scores)] == 1 / (scan.positions + 1)


def test_strongest_apart_is_as_a_loop_over_all_pairs() -> None:
    rng = np.random.default_rng(0)
    n = 400
    found = Activations(
        np.sort(rng.integers(0, 3, n)),
        rng.integers(0, 2, n),
        rng.permutation(1000)[:n],
        rng.random(n) > 0.5,
        rng.random(n),
    )
    rows = sorted(range(n), key=lambda i: (-found.score[i], found.position[i]))
    kept: list[int] = []
    for i in rows:
        near = [
            j
            for j in kept
            if found.sequence[i] == found.sequence[j]
            and found.channel[i] == found.channel[j]
            and abs(found.position[i] - found.position[j]) < 12
        ]
        if not near:
            kept.append(i)
    got = strongest_apart(found, 12)
    assert sorted(zip(got.sequence, got.channel, got.position, strict=True)) == sorted(
        (found.sequence[i], found.channel[i], found.position[i]) for i in kept
    )
