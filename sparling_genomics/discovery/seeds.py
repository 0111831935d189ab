"""Seeds: words that bound training sequences have more often, grown to matrices; how many channels, where they start.

The most surprising word is found, of 8 or 6 letters, or of as many with a gap in the middle. The letters around it are
counted, the matrix is moved by its own sites, and all that it marks is turned to N; so on, until no word is
significant. Surprising means by Fisher's exact test, Bonferroni-corrected for every word there is, against the unbound
sequences, and where these are shuffles against what triplets let expect. So a factor gives one seed, and the search
stops by itself. Words with erasing are as old as the field (van Helden 1998, J Mol Biol 281:827); moving the matrix by
its own sites is STREME's refinement (Bailey 2021, Bioinformatics 37:2834).
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.growing import (
    Counts,
    Matrix,
    erase,
    grown,
    informative,
    letter_counts,
    log_odds,
    of_one_motif,
    scan,
    words_around,
)
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.words import Pattern, Text, Words, expected_by_triplets, reverse_complements

SIGNIFICANCE = 0.05
PLAIN = (Pattern(8), Pattern(6))
LONGEST_GAP = 20
MOST = 24
"""Seeds, at most."""
MOST_SEARCHED, MOST_GAPPED = 10_000, 4_000
"""Sequences of either label in which words are looked for, and gapped ones."""


@dataclass(frozen=True, eq=False)
class Seed:
    """A word and the matrix that it grew to.

    ``word`` with N in a gap; ``log10_e`` of its number of sequences, corrected for all words; ``with_word`` bound and
    unbound training sequences that have it; ``counts`` (W, 4) letters around the matrix' sites, one a bound sequence;
    ``bound`` and ``unbound`` training sequences with a site; ``marks`` sites in bound sequences, several in one too;
    ``contrast`` in which it was found (`several_seeds`).
    """

    word: str
    log10_e: float
    with_word: tuple[int, int]
    counts: Counts = field(repr=False)
    bound: int
    unbound: int
    marks: int
    contrast: int = 0


class BestWord(NamedTuple):
    """The most surprising word of a pattern, and what is known of all of them."""

    log_e: float
    word: int
    words: Words
    bound: NDArray[np.int64]
    unbound: NDArray[np.int64]


def find_seeds(data: SequenceDataset, width: int, *, triplets: bool, most: int = MOST, least: int = 0) -> list[Seed]:
    """Seeds in the order in which they were found; ``data`` holds bound and unbound training sequences, nothing else.

    ``width`` of the matrices, bp, odd. Of more than `MOST_SEARCHED` sequences of a label, so many are looked at, evenly
    spaced. ``triplets``: whether a word must also be commoner than triplets let expect, as where the unbound sequences
    are dinucleotide shuffles. At least ``least`` are given: the best there are, if none is significant. Nothing is
    random.
    """
    text = _text(data.subset(evenly(data, MOST_SEARCHED)), width)
    fewer = _text(data.subset(evenly(data, MOST_GAPPED)), width)
    searched = (text,) if len(fewer) == len(text) else (text, fewer)
    groups = word_groups(width)
    tried = words_tried(groups, both_strands=text.both_strands)
    found: list[Seed] = []
    background = text.background()
    for _ in range(2 * most):
        if len(found) == most:
            break
        best, place = _best_word(text, groups[0][0], triplets, tried), text
        for i, group in enumerate(groups):
            looked_at = searched[-1] if group[0].gap else text
            for pattern in group[1:] if i == 0 else group:
                own = _best_word(looked_at, pattern, triplets and not pattern.gap, tried)
                if own.log_e < best.log_e:
                    best, place = own, looked_at
            if best.log_e < math.log(SIGNIFICANCE):
                break
        else:
            if len(found) >= least:
                break
        counts = family_counts(place, best, width)
        matrix = grown(text, best.words.pattern, best.word, counts, background, few=least > 0)
        if math.isfinite(matrix.cut):
            found.append(seed_of(text, best, matrix))
        for each in searched:
            odds = log_odds(matrix.counts, background)
            score, reverse = (matrix.score, matrix.reverse) if each is text else scan(each, odds)
            erase(each, score, reverse, min(matrix.cut, matrix.loose), informative(matrix.counts, background))
            blank(each, best.words.pattern, best.word)
    return found


def least_e(data: SequenceDataset, width: int) -> float:
    """log E of the most surprising word of any pattern."""
    text = _text(data, width)
    groups = word_groups(width)
    tried = words_tried(groups, both_strands=text.both_strands)
    return min(_best_word(text, pattern, False, tried).log_e for group in groups for pattern in group)


def word_groups(width: int) -> list[tuple[Pattern, ...]]:
    """The patterns that fit into a matrix, in the order in which they are asked: whole words, then gapped ones."""
    whole = [pattern for pattern in PLAIN if pattern.span <= width] or [Pattern(width)]
    gaps = range(1, LONGEST_GAP + 1)
    gapped = [tuple(p for p in (Pattern(n, gap) for gap in gaps) if p.span <= width) for n in (8, 6)]
    return [*((pattern,) for pattern in whole), *(group for group in gapped if group)]


def words_tried(groups: list[tuple[Pattern, ...]], *, both_strands: bool) -> float:
    """Words that there are, of all patterns."""
    return sum(pattern.number for group in groups for pattern in group) / (2 if both_strands else 1)


def _text(data: SequenceDataset, width: int) -> Text:
    return Text(data.codes, data.offsets, data.labels == 1, data.alphabet, apart=width)


def evenly(data: SequenceDataset, most: int) -> NDArray[np.intp]:
    """Evenly spaced, ``most`` sequences of either label, all where there are no more."""
    chosen = [np.flatnonzero(data.labels == label) for label in (1, 0)]
    return np.concatenate([each[np.linspace(0, len(each) - 1, min(len(each), most)).astype(int)] for each in chosen])


def _best_word(text: Text, pattern: Pattern, triplets: bool, tried: float) -> BestWord:
    words = Words(text, pattern)
    n_bound = int(text.bound.sum())
    share = expected_by_triplets(text, pattern.letters) if triplets else None
    return best_of(words, *words.in_sequences(text), n_bound, len(text) - n_bound, tried, share)


def best_of(
    words: Words,
    bound: NDArray[np.int64],
    unbound: NDArray[np.int64],
    n_bound: int,
    n_unbound: int,
    tried: float,
    share: NDArray[np.float64] | None = None,
) -> BestWord:
    """The most surprising of all words, of the ``n_bound`` and ``n_unbound`` sequences that have each: (4^letters,).

    ``tried`` words there are; ``share`` of bound sequences that are expected to have each by other means.
    """
    odds = float(n_bound) / max(float(n_unbound), 1.0)
    by_chance = unbound * odds
    gain = (bound - by_chance) / np.sqrt(bound + by_chance * odds + 2.0)
    if share is not None:
        gain = np.minimum(gain, (bound - share * n_bound) / np.sqrt(share * n_bound + 2.0))
    best = (0.0, 0)
    for word in np.argsort(-gain, kind="stable")[:3].tolist():
        k = int(bound[word])
        log_p = log_fisher(k, n_bound, int(unbound[word]), n_unbound)
        if share is not None:
            log_p = max(log_p, _log_binomial(k, n_bound, float(share[word])))
        best = min(best, (log_p, word))
    return BestWord(best[0] + math.log(tried), best[1], words, bound, unbound)


def log_fisher(bound_with: int, bound: int, unbound_with: int, unbound: int) -> float:
    """log P of as many bound sequences with a word, or more, by chance (one-sided Fisher exact test)."""
    with_it = bound_with + unbound_with
    k = np.arange(bound_with, min(bound, with_it) + 1)
    ways = _log_choose(bound, k) + _log_choose(unbound, with_it - k) - _log_choose(bound + unbound, np.array(with_it))
    return float(min(scipy.special.logsumexp(ways), 0.0)) if len(k) else -math.inf


def _log_binomial(least: int, n: int, share: float) -> float:
    """log P of ``least`` of ``n`` or more, each with that chance."""
    k = np.arange(least, n + 1)
    terms = _log_choose(n, k) + scipy.special.xlogy(k, share) + scipy.special.xlog1py(n - k, -share)
    return float(min(scipy.special.logsumexp(terms), 0.0))


def _log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    gammaln = scipy.special.gammaln
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def family_counts(text: Text, best: BestWord, width: int) -> Counts:
    """Letters around the word in bound sequences, and around its neighbours there that are commoner than by chance."""
    pattern, words = best.words.pattern, best.words
    turned = reverse_complements(pattern.letters)
    family = [best.word]
    for near in pattern.neighbours(best.word):
        near = min(near, int(turned[near])) if text.both_strands else near
        if best.bound[near] >= 1.5 * text.odds * best.unbound[near] + 3:
            family.append(near)
    places = words.places(family)
    places = places[text.bound[text.owner[places]]]
    reverse = np.zeros(len(places), dtype=bool)
    if text.both_strands:
        forward = words.forward[places]
        unlike, unlike_turned = (_differences(each, best.word, pattern.letters) for each in (forward, turned[forward]))
        reverse = unlike_turned < unlike
    middle = (pattern.span - 1) // 2
    places = places + np.where(reverse, pattern.span - 1 - middle, middle)
    return letter_counts(of_one_motif(words_around(text, places, reverse, width)))


def _differences(words: NDArray[np.int32], word: int, letters: int) -> NDArray[np.int64]:
    other = words ^ word
    return np.asarray(sum(((other >> 2 * j) & 3 != 0).astype(np.int64) for j in range(letters)))


def blank(text: Text, pattern: Pattern, word: int) -> None:
    """Turn to N what is left of the word itself, so that it is not found again."""
    places = Words(text, pattern).places([word])
    text.codes[(places[:, None] + np.arange(pattern.span)).ravel()] = AMBIGUOUS


def seed_of(text: Text, best: BestWord, matrix: Matrix) -> Seed:
    """What is kept of a word and its matrix along ``text``."""
    edges = np.flatnonzero(np.diff(text.owner, prepend=-1))
    has = np.maximum.reduceat(matrix.score, edges) > matrix.cut
    marks = np.flatnonzero(matrix.score > matrix.cut)
    return Seed(
        word=best.words.pattern.spell(best.word, text.alphabet.letters),
        log10_e=best.log_e / math.log(10),
        with_word=(int(best.bound[best.word]), int(best.unbound[best.word])),
        counts=matrix.counts,
        bound=int((has & text.bound).sum()),
        unbound=int((has & ~text.bound).sum()),
        marks=int(text.bound[text.owner[marks]].sum()),
    )
