"""Is the test side's P uniform where there is nothing? Every channel of both trainings on shuffled sequences.

    python benchmarks/null_p.py --runs 20 --out null_p.tsv        # also draws null_p.png
    python benchmarks/null_p.py --summary null_p.tsv              # the same picture and words, of an earlier table

A run is one of `motif_recovery.py --sets null_CTCF_top500`: 500 shuffled peaks in which there is nothing to find, all
defaults. Its channels are taken as `discovery.choice` is given them, before it chooses any, and P is the one that a run
reports: `motifs.evidence` of the test side. It is discrete, so that even a valid P is not uniform. The randomised P, a
uniform share of the P of the table that was seen (share drawn once, seed 0), is, whatever the margins; the mid-P takes
half of it. Channels of one run share their test sequences, and those of the second training began as those of the
first: `independent` takes one channel a run, by lot.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import recovery_sets
import scipy
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tables import read_rows, write_rows

from sparling_genomics.data.dataset import TEST
from sparling_genomics.discovery import search
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.motifs.evidence import evidence
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs

SET = "null_CTCF_top500"
TRAININGS, LOTS = 2, 200
COLUMNS = (
    "run",
    "training",
    "channel",
    "consensus",
    "n_sites",  # in training and validation sides, from which the matrix was counted
    "validation_p",
    "test_p",
    "bound_with",  # test clusters with a site, bound
    "bound",
    "unbound_with",
    "unbound",
    "reported",  # motifs that the whole run reports
)


class Uniformity(NamedTuple):
    """Randomised and mid-P of tables, and what says whether they are uniform."""

    randomised: NDArray[np.float64]
    middle: NDArray[np.float64]


def run_rows(seed: int, name: str, folder: Path) -> list[dict[str, object]]:
    """A row a channel of both trainings, of the run with this seed."""
    chosen = next(each for each in recovery_sets.SETS if each.name == name)
    case = chosen.case(seed, folder / "case")
    case.write()
    config = MotifConfig.of({"fasta": case.path("input"), "seed": seed, "alphabet": case.alphabet})
    run = RunFolder(folder / "run")
    run.start(config)
    seen: list[tuple[Any, ...]] = []

    def judged(model: Any, network: Any, data: Any, made: Any) -> Any:
        found = candidates(model, network, data, made)
        seen.append((found, data))
        return found

    candidates = search.candidates
    with patch.object(search, "candidates", judged):  # as they are before any of them is chosen
        outcome = train_motifs(prepare(config), run, "null_p")
    return [
        {
            "run": seed,
            "training": number,
            "channel": each.channel,
            "consensus": each.motif.pwm.consensus(),
            "n_sites": each.motif.pwm.n_sites,
            "validation_p": each.p,
            "test_p": found.p,
            **{key: value for key, value in found._asdict().items() if key != "p"},
            "reported": len(outcome.found.motifs),
        }
        for number, (channels, data) in enumerate(seen[:TRAININGS], start=1)
        for each in channels
        for found in [evidence(data, each.motif.sites, TEST)]
    ]


def smoothed(rows: Sequence[dict[str, str]], rng: np.random.Generator) -> Uniformity:
    """Randomised and mid-P of each row's table; equal margins give equal distributions, whatever was seen before.

    >>> row = {"bound_with": "1", "bound": "2", "unbound_with": "0", "unbound": "2"}
    >>> smoothed([row], np.random.default_rng(0)).middle
    array([0.25])
    """
    with_it, bound, other, unbound = (
        np.array([int(row[key]) for row in rows]) for key in ("bound_with", "bound", "unbound_with", "unbound")
    )
    table = scipy.stats.hypergeom(bound + unbound, bound, with_it + other)
    above, equal = table.sf(with_it), table.pmf(with_it)
    return Uniformity(above + rng.random(len(rows)) * equal, above + equal / 2)


def telling(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Rows whose table has some test clusters with a site and some without: margins alone say so."""
    kept = []
    for row in rows:
        with_it, total = int(row["bound_with"]) + int(row["unbound_with"]), int(row["bound"]) + int(row["unbound"])
        if 0 < with_it < total:
            kept.append(row)
    return kept


def independent(rows: Sequence[dict[str, str]], rng: np.random.Generator) -> list[dict[str, str]]:
    """One row of each run, by lot."""
    runs: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        runs.setdefault(row["run"], []).append(row)
    return [own[int(rng.integers(len(own)))] for own in runs.values()]


def summary(path: Path) -> str:
    """Five lines; draws the picture beside the table, too."""
    everything = read_rows(path)
    rows, rng = telling(everything), np.random.default_rng(0)
    runs, reporting = {row["run"] for row in everything}, {row["run"] for row in everything if row["reported"] != "0"}
    every, exact = smoothed(rows, rng), np.array([float(row["test_p"]) for row in rows])
    drawn = np.array([smoothed(independent(rows, rng), rng).randomised for _ in range(LOTS)])
    alone = [scipy.stats.kstest(each, "uniform").pvalue for each in drawn]
    ks = scipy.stats.kstest(every.randomised, "uniform")
    draw(path.with_suffix(".png"), every, exact)
    lines = [
        f"{len(everything)} channels of {len(runs)} runs, of which {len(reporting)} report a motif; {len(rows)} have a "
        "test table that says something",
        f"P below 0.05: {(exact < 0.05).mean():.3f}, below 0.01: {(exact < 0.01).mean():.3f} (Fisher's, as reported)",
        f"randomised P below 0.05: {(every.randomised < 0.05).mean():.3f}, below 0.01: "
        f"{(every.randomised < 0.01).mean():.3f}; mid-P: {(every.middle < 0.05).mean():.3f}, "
        f"{(every.middle < 0.01).mean():.3f}",
        f"randomised P against uniform, all channels as if independent: D = {ks.statistic:.3f}, P = {ks.pvalue:.2g}",
        f"the same of one channel a run, median of {LOTS} lots: P = {np.median(alone):.2g}",
    ]
    return "\n".join(lines)


def draw(path: Path, every: Uniformity, exact: NDArray[np.float64]) -> None:
    """A QQ plot: sorted P against what uniform ones would be, −log10, with the band of 95 % of uniform samples."""
    n = len(exact)
    expected = (np.arange(1, n + 1) - 0.5) / n
    rank = np.arange(1, n + 1)
    low, high = (scipy.stats.beta.ppf(q, rank, n + 1 - rank) for q in (0.025, 0.975))
    figure = Figure(figsize=(5.2, 5.0), dpi=130, layout="constrained")
    axes = figure.subplots()
    x = -np.log10(expected)
    axes.fill_between(x, -np.log10(high), -np.log10(low), color="#dddddd", linewidth=0, label="95 % of uniform samples")
    axes.plot([0, x[0]], [0, x[0]], color="#888888", linewidth=1)
    for values, colour, name in (
        (exact, "#b3261e", "Fisher, as reported"),
        (every.middle, "#c27c1a", "mid-P"),
        (every.randomised, "#2a6aa8", "randomised P"),
    ):
        axes.plot(x, -np.log10(np.sort(values)), ".", markersize=4, color=colour, label=name)
    axes.set_xlabel("expected −log10 P")
    axes.set_ylabel("observed −log10 P")
    axes.set_title(f"{n} channels on shuffled sequences, test side", fontsize=11)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(path)


def rows(seeds: range, name: str, folder: Path) -> Iterator[dict[str, object]]:
    """Of all runs, each as soon as it is known."""
    for seed in seeds:
        yield from run_rows(seed, name, folder / str(seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--set", default=SET, choices=[each.name for each in recovery_sets.SETS if each.null])
    parser.add_argument("--out", type=Path, default=Path("null_p.tsv"))
    parser.add_argument("--summary", type=Path, help="of an earlier table")
    options = parser.parse_args()
    if not options.summary:
        seeds = range(options.first_seed, options.first_seed + options.runs)
        with tempfile.TemporaryDirectory() as folder:
            write_rows(options.out, COLUMNS, rows(seeds, options.set, Path(folder)))
    print(summary(options.summary or options.out))


if __name__ == "__main__":
    main()
