"""Is a P over five folds valid, where the folds' seeds are matched to the motif that the whole set gave?

    python benchmarks/fold_p.py --sets 200 --out fold_p.tsv

Each set is 500 shuffled CTCF peaks (200 bp, both strands) and a shuffled copy of each, so there is nothing to find. Its
seed is the most surprising word of the whole set, grown to a matrix (`discovery.seeds`). Five times the seeds of four
fifths are sought, and one of them is held against the last fifth: a site in bound and unbound sequences there, above
the score that as many bound training sequences reach as the seed says. The five tables are summed, P is Fisher's,
one-sided. Four ways to choose the seed of a fold:

    own         its most surprising one, whatever the whole set gave: valid, but of no one motif
    matched_5   of its five most surprising ones that most like the whole set's
    matched_20  of twenty
    whole       the whole set's seed itself, which has seen the fifth

Matrices are 11 bp wide, not 21, so that few gapped words are sought and a set takes seconds.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import recovery_sets
import scipy
from numpy.typing import NDArray
from tables import read_rows, write_rows

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.growing import log_odds, scan
from sparling_genomics.discovery.seeds import Seed, find_seeds
from sparling_genomics.letters.alphabet import AMBIGUOUS, DNA
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.words import Text

FOLDS, WIDTH = 5, 11
LISTS = {"own": 1, "matched_5": 5, "matched_20": 20}
WAYS = (*LISTS, "whole")
COLUMNS = ("set", "word", "log10_e", "likeness", *WAYS)


def null_set(rng: np.random.Generator) -> SequenceDataset:
    """Shuffled peaks, bound, and behind them a shuffled copy of each."""
    peaks = next(each for each in recovery_sets.SETS if each.name == "CTCF_top500").records()
    offsets = np.concatenate([[0], np.cumsum([len(each.codes) for each in peaks])]).astype(np.int64)
    n = len(peaks)
    bound = SequenceDataset(
        names=tuple(each.name for each in peaks),
        codes=shuffle_joined(np.concatenate([each.codes for each in peaks]), offsets, rng),
        offsets=offsets,
        labels=np.ones(n, dtype=np.float32),
        split=np.zeros(n, dtype=np.uint8),
        intervals=(None,) * n,
        cluster=np.arange(n),
        alphabet=DNA,
        skipped={},
    )
    return bound.joined(shuffle_joined(bound.codes, offsets, rng), label=0)


def seeds_of(data: SequenceDataset, most: int) -> list[Seed]:
    """The most surprising, significant or not."""
    return find_seeds(data, WIDTH, triplets=True, most=most, least=most)


def best_scores(data: SequenceDataset, seed: Seed, background: NDArray[np.float64]) -> NDArray[np.float32]:
    """Of the seed's matrix in each sequence: (n,)."""
    text = Text(data.codes, data.offsets, data.labels == 1, data.alphabet, apart=WIDTH)
    score = np.where(text.codes < AMBIGUOUS, scan(text, log_odds(seed.counts, background))[0], -np.inf)
    return np.asarray(np.maximum.reduceat(score, np.flatnonzero(np.diff(text.owner, prepend=-1))), dtype=np.float32)


def table(seed: Seed, training: SequenceDataset, held_out: SequenceDataset) -> NDArray[np.int64]:
    """Held-out sequences with a site, bound and unbound: (2,)."""
    background = np.array(training.background)
    known = np.sort(best_scores(training, seed, background)[training.labels == 1])[::-1]
    cut = known[min(max(seed.bound, 1), len(known)) - 1]
    has = best_scores(held_out, seed, background) >= cut
    return np.array([int((has & (held_out.labels == label)).sum()) for label in (1, 0)])


def likeness(one: Seed, other: Seed) -> float:
    """Correlation of two seeds' matrices."""
    return similarity(Pwm("one", one.counts, one.bound), Pwm("other", other.counts, other.bound)).correlation


def rows(first: int, number: int) -> Iterator[dict[str, object]]:
    """One a set: the whole set's word and its E, how like it those matched of twenty are on average, P in each way."""
    for name in range(first, first + number):
        rng = np.random.default_rng([name, 14])
        data = null_set(rng)
        half = len(data) // 2
        fold = np.tile(rng.permutation(half) % FOLDS, 2)
        whole = seeds_of(data, 1)[0]
        tables = dict.fromkeys(WAYS, np.zeros(2, dtype=np.int64))
        near = []
        for each in range(FOLDS):
            training, held_out = data.subset(fold != each), data.subset(fold == each)
            found = seeds_of(training, max(LISTS.values()))
            like = [likeness(whole, seed) for seed in found]
            near.append(max(like))
            chosen = {way: found[int(np.argmax(like[:most]))] for way, most in LISTS.items()} | {"whole": whole}
            for way, seed in chosen.items():
                tables[way] = tables[way] + table(seed, training, held_out)
        p = {
            way: float(scipy.stats.hypergeom.sf(bound - 1, 2 * half, half, bound + unbound))
            for way, (bound, unbound) in tables.items()
        }
        yield {"set": name, "word": whole.word, "log10_e": whole.log10_e, "likeness": float(np.mean(near))} | p


def summary(path: Path) -> str:
    """Share of P below 0.05 in each way, with the exact 95 % interval, and below 0.2 and 0.5."""
    made = read_rows(path)
    lines = []
    for way in WAYS:
        p = np.array([float(row[way]) for row in made])
        below = scipy.stats.binomtest(int((p < 0.05).sum()), len(p))
        low, high = below.proportion_ci()
        lines.append(f"{way}: P < 0.05 in {below.statistic:.3f} of {len(p)} sets ({low:.3f}–{high:.3f}), ")
        lines[-1] += f"< 0.2 in {(p < 0.2).mean():.3f}, < 0.5 in {(p < 0.5).mean():.3f}"
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("fold_p.tsv"))
    parser.add_argument("--summary", type=Path, help="of an earlier table")
    options = parser.parse_args()
    if not options.summary:
        write_rows(options.out, COLUMNS, rows(options.first, options.sets))
    print(summary(options.summary or options.out))


if __name__ == "__main__":
    main()
