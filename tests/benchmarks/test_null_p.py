"""P of a test where there is nothing: what is drawn from, and that the picture's own P is uniform."""

import numpy as np
import scipy
from fold_p import seeds_of, table
from null_p import COLUMNS, independent, smoothed, summary, telling
from tables import write_rows

from sparling_genomics.letters.alphabet import encode
from tests.genomics.hand_made import dataset


def rows_by_chance(n, bound=36, unbound=36, seed=0):
    """Tables of ``n`` channels, eight a run, whose sites know nothing of the labels."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        with_it = int(rng.integers(0, 12))
        k = int(rng.hypergeometric(bound, unbound, with_it)) if with_it else 0
        p = scipy.stats.hypergeom.sf(k - 1, bound + unbound, bound, with_it)
        numbers = {"bound_with": k, "bound": bound, "unbound_with": with_it - k, "unbound": unbound}
        rows.append(dict.fromkeys(COLUMNS, "") | {"run": i // 8, "test_p": p, "reported": 0} | numbers)
    return [{key: str(value) for key, value in row.items()} for row in rows]


def test_randomised_p_is_uniform_where_fishers_is_not():
    rows = telling(rows_by_chance(4000))
    every = smoothed(rows, np.random.default_rng(1))
    assert scipy.stats.kstest(every.randomised, "uniform").pvalue > 0.01
    assert scipy.stats.kstest([float(row["test_p"]) for row in rows], "uniform").pvalue < 1e-6
    assert all(0 <= middle <= float(row["test_p"]) for middle, row in zip(every.middle, rows, strict=True))


def test_a_table_without_any_site_or_with_sites_everywhere_says_nothing():
    row = {"bound_with": "0", "bound": "5", "unbound_with": "0", "unbound": "4"}
    everywhere = row | {"bound_with": "5", "unbound_with": "4"}
    some = row | {"unbound_with": "1"}
    assert telling([row, everywhere, some]) == [some]


def test_one_channel_a_run():
    rows = rows_by_chance(40)
    chosen = independent(rows, np.random.default_rng(0))
    assert [row["run"] for row in chosen] == list("01234")
    assert all(row in rows for row in chosen)


def test_the_summary_counts_and_draws(tmp_path):
    rows = rows_by_chance(160)
    rows[3]["reported"] = "1"
    write_rows(tmp_path / "null_p.tsv", COLUMNS, rows)
    lines = summary(tmp_path / "null_p.tsv").splitlines()
    assert len(lines) == 5
    assert lines[0].startswith(f"160 channels of 20 runs, of which 1 report a motif; {len(telling(rows))} have a ")
    below = np.mean([float(row["test_p"]) < 0.05 for row in telling(rows)])
    assert lines[1].startswith(f"P below 0.05: {below:.3f}")
    assert (tmp_path / "null_p.png").read_bytes().startswith(b"\x89PNG")


def test_a_seed_is_held_against_sequences_that_it_has_not_seen():
    """By hand: the word lies in every bound training sequence and in 15 of 20 bound held-out ones."""
    rng = np.random.default_rng(0)

    def sequences(n, n_with):
        made = [rng.integers(0, 4, 60, dtype=np.uint8) for _ in range(n)]
        for each in made[:n_with]:
            each[20:42] = encode("TTGCAACCGGATTCAAGTCAGT")
        return made

    labels = np.repeat([1.0, 0.0], 40)
    training = dataset([*sequences(40, 40), *sequences(40, 0)], labels)
    held_out = dataset([*sequences(20, 15), *sequences(20, 0)], np.repeat([1.0, 0.0], 20))
    (seed,) = seeds_of(training, 1)
    assert table(seed, training, held_out).tolist() == [15, 0]
