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
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes
from sparling_genomics.letters.words import Pattern, Text, Words, expected_by_triplets, reverse_complements

SIGNIFICANCE = 0.05
PLAIN = (Pattern(8), Pattern(6))
GAPPED = tuple(tuple(Pattern(letters, gap) for gap in range(1, 21)) for letters in (8, 6))
MOST = 24
"""Seeds, at most."""
MOST_SEARCHED, MOST_GAPPED = 10_000, 4_000
"""Sequences of either label in which words are looked for, and gapped ones."""
REFINEMENTS = 4
CHANCE = 2.0
"""A weaker site would as likely be chance as not where bound sequences have this many times as many as unbound ones."""
INFORMATIVE = 0.25
"""Bits from which on a column is erased with its site."""
MIXED, DEPENDENT = 0.2, 1.0
"""Share of a column's second letter from which on it is asked whether two motifs are mixed, and bits that the column
then tells of all others, from which on they are."""
PSEUDOCOUNT = 2.0
TYPICAL, ERASED = 1.25, 2.5
"""Standard deviations below the mean score of a matrix' own words from which on a place is no site of it, and from
which on it is left for others: sites of a like motif are commoner among bound sequences, too."""

Counts = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Seed:
    """A word and the matrix that it grew to.

    ``word`` with N in a gap; ``log10_e`` of its number of sequences, corrected for all words; ``with_word`` bound and
    unbound training sequences that have it; ``counts`` (W, 4) letters around the matrix' sites, one a bound sequence;
    ``bound`` and ``unbound`` training sequences with a site; ``marks`` sites in bound sequences, several in one too.
    """

    word: str
    log10_e: float
    with_word: tuple[int, int]
    counts: Counts = field(repr=False)
    bound: int
    unbound: int
    marks: int


class _Word(NamedTuple):
    """The most surprising word of a pattern, and what is known of all of them."""

    log_e: float
    word: int
    words: Words
    bound: NDArray[np.int64]
    unbound: NDArray[np.int64]


class _Matrix(NamedTuple):
    """A matrix along a text: counts (W, 4); its scores and strands (N,); cut of sites, and of what is erased."""

    counts: Counts
    score: NDArray[np.float32]
    reverse: NDArray[np.bool_]
    cut: float
    loose: float


def find_seeds(data: SequenceDataset, width: int, *, triplets: bool, most: int = MOST, least: int = 0) -> list[Seed]:
    """Seeds in the order in which they were found; ``data`` holds bound and unbound training sequences, nothing else.

    ``width`` of the matrices, bp, odd. Of more than `MOST_SEARCHED` sequences of a label, so many are looked at, evenly
    spaced. ``triplets``: whether a word must also be commoner than triplets let expect, as where the unbound sequences
    are dinucleotide shuffles. At least ``least`` are given: the best there are, if none is significant. Nothing is
    random.
    """
    text = _text(data.subset(_evenly(data, MOST_SEARCHED)), width)
    fewer = _text(data.subset(_evenly(data, MOST_GAPPED)), width)
    searched = (text,) if len(fewer) == len(text) else (text, fewer)
    groups = [*((text, triplets, (pattern,)) for pattern in PLAIN), *((searched[-1], False, each) for each in GAPPED)]
    tried = _tried(text)
    found: list[Seed] = []
    background = text.background()
    for _ in range(2 * most):
        if len(found) == most:
            break
        seen: list[tuple[_Word, Text]] = []
        for place, against_triplets, group in groups:
            seen += [(_best_word(place, pattern, against_triplets, tried), place) for pattern in group]
            best, place = min(seen, key=_surprise)
            if best.log_e < math.log(SIGNIFICANCE):
                break
        else:
            if len(found) >= least:
                break
        matrix = _grown(text, best, _family_counts(place, best, width), background)
        if math.isfinite(matrix.cut):
            found.append(_seed(text, best, matrix))
        for each in searched:
            odds = log_odds(matrix.counts, background)
            score, reverse = (matrix.score, matrix.reverse) if each is text else _scan(each, odds)
            _erase(each, score, reverse, min(matrix.cut, matrix.loose), _informative(matrix.counts, background))
            _blank(each, best.words.pattern, best.word)
    return found


def _surprise(seen: tuple[_Word, Text]) -> float:
    return seen[0].log_e


def least_e(data: SequenceDataset, width: int) -> float:
    """log E of the most surprising word of any pattern."""
    text = _text(data, width)
    patterns = [*PLAIN, *(pattern for group in GAPPED for pattern in group)]
    return min(_best_word(text, pattern, False, _tried(text)).log_e for pattern in patterns)


def _tried(text: Text) -> float:
    """Words that there are, of all patterns."""
    patterns = [*PLAIN, *(pattern for group in GAPPED for pattern in group)]
    return sum(pattern.number for pattern in patterns) / (2 if text.both_strands else 1)


def _text(data: SequenceDataset, width: int) -> Text:
    return Text(data.codes, data.offsets, data.labels == 1, data.alphabet, apart=width)


def _evenly(data: SequenceDataset, most: int) -> NDArray[np.intp]:
    """Evenly spaced, ``most`` sequences of either label, all where there are no more."""
    chosen = [np.flatnonzero(data.labels == label) for label in (1, 0)]
    return np.concatenate([each[np.linspace(0, len(each) - 1, min(len(each), most)).astype(int)] for each in chosen])


def _best_word(text: Text, pattern: Pattern, triplets: bool, tried: float) -> _Word:
    words = Words(text, pattern)
    bound, unbound = words.in_sequences(text)
    n_bound = int(text.bound.sum())
    by_chance = unbound * text.odds
    gain = (bound - by_chance) / np.sqrt(bound + by_chance * text.odds + 2.0)
    share = np.zeros(pattern.number)
    if triplets:
        share = expected_by_triplets(text, pattern.letters)
        gain = np.minimum(gain, (bound - share * n_bound) / np.sqrt(share * n_bound + 2.0))
    best = (0.0, 0)
    for word in np.argsort(-gain, kind="stable")[:3].tolist():
        k = int(bound[word])
        log_p = float(scipy.stats.hypergeom.logsf(k - 1, len(text), n_bound, k + int(unbound[word])))
        if triplets:
            log_p = max(log_p, float(scipy.stats.binom.logsf(k - 1, n_bound, share[word])))
        best = min(best, (log_p, word))
    return _Word(best[0] + math.log(tried), best[1], words, bound, unbound)


def _family_counts(text: Text, best: _Word, width: int) -> Counts:
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
    return _letter_counts(_of_one_motif(_words_around(text, places, reverse, width)))


def _differences(words: NDArray[np.int32], word: int, letters: int) -> NDArray[np.int64]:
    other = words ^ word
    return np.asarray(sum(((other >> 2 * j) & 3 != 0).astype(np.int64) for j in range(letters)))


def _words_around(text: Text, places: NDArray[np.int64], reverse: NDArray[np.bool_], width: int) -> Codes:
    """Letters around each place, read on its strand: codes (n, W)."""
    columns = np.arange(width) - width // 2
    letters = text.codes[places[:, None] + np.where(reverse, -1, 1)[:, None] * columns]
    turned: Codes = np.where(reverse[:, None] & (letters < AMBIGUOUS), 3 - letters, letters).astype(np.uint8)
    return turned


def _letter_counts(words: Codes) -> Counts:
    return np.stack([(words == letter).sum(0) for letter in range(4)], axis=1).astype(np.float64)


def _grown(text: Text, word: _Word, counts: Counts, background: NDArray[np.float64]) -> _Matrix:
    """The matrix, moved by its own sites: the best of each bound sequence above the cut are counted anew.

    Not on to where its word would no longer be its likeliest one: there another motif begins.
    """
    width, known = len(counts), text.codes < AMBIGUOUS
    edges = np.flatnonzero(np.diff(text.owner, prepend=-1))
    before: NDArray[np.int64] | None = None
    for number in range(REFINEMENTS):
        odds = log_odds(counts, background)
        score, reverse = _scan(text, odds)
        best = np.maximum.reduceat(np.where(known, score, -np.inf), edges)
        mean, deviation = _of_own_words(odds, background)
        cut = max(_cut(text, best, CHANCE), mean - TYPICAL * deviation)
        loose = max(_cut(text, best, 1.0), mean - ERASED * deviation)
        if math.isinf(cut) or number == REFINEMENTS - 1:
            break
        chosen = text.bound & (best > cut)
        sites = np.flatnonzero((score > cut) & known)
        sites = sites[chosen[text.owner[sites]] & (score[sites] == best[text.owner[sites]])]
        moved = _letter_counts(_of_one_motif(_words_around(text, sites, reverse[sites], width)))
        if not _is_likeliest(word, moved) or (before is not None and np.array_equal(sites, before)):
            break
        before, counts = sites, moved
    return _Matrix(counts, np.where(known, score, -np.inf).astype(np.float32), reverse, cut, loose)


def _of_one_motif(words: Codes) -> Codes:
    """The words themselves, or those with the commonest letter where another one goes with other letters around it.

    Letters of one motif are nearly independent; where a column tells more than `DEPENDENT` bits of all the others, two
    motifs share the words.
    """
    counts = _letter_counts(words)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    first, second = np.argsort(-shares, axis=1, kind="stable")[:, :2].T
    for column in np.flatnonzero(np.take_along_axis(shares, second[:, None], 1)[:, 0] >= MIXED):
        groups = [words[words[:, column] == letter] for letter in (first[column], second[column])]
        one, other = map(_letter_counts, groups)
        if _told(one, other, int(column)) > DEPENDENT:
            return _of_one_motif(groups[0])
    return words


def _told(one: Counts, other: Counts, column: int) -> float:
    """Bits that ``column`` tells of the other columns, its two letters having these counts (W, 4) around them each."""
    both = one + other
    total = both.sum(1)
    entropies = [_entropy(each) * each.sum(1) for each in (one, other)]
    bits = _entropy(both) - sum(entropies) / np.maximum(total, 1)
    bits -= 3 / (2 * math.log(2) * np.maximum(total, 1))
    return float(np.delete(bits, column).clip(min=0).sum())


def _entropy(counts: Counts) -> NDArray[np.float64]:
    """Of the letters of each column, bits."""
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    return np.asarray(scipy.special.entr(share).sum(1) / math.log(2))


def _is_likeliest(word: _Word, counts: Counts) -> bool:
    """Whether the letters of the word are the commonest where it lies in the matrix."""
    pattern = word.words.pattern
    first = len(counts) // 2 - (pattern.span - 1) // 2
    half = pattern.letters // 2
    columns = [first + j + (pattern.gap if j >= half else 0) for j in range(pattern.letters)]
    letters = [(word.word >> 2 * (pattern.letters - 1 - j)) & 3 for j in range(pattern.letters)]
    return bool((counts[columns].argmax(1) == letters).all())


def _of_own_words(odds: Counts, background: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of a matrix' scores on words that are drawn from it."""
    chance = np.exp(odds) * background
    mean = (chance * odds).sum(1)
    return float(mean.sum()), math.sqrt(float(((chance * odds**2).sum(1) - mean**2).sum()))


def _cut(text: Text, best: NDArray[np.float32], chance: float) -> float:
    """The score above which Σ (bound − ``chance`` × unbound sequences, as if as many) is largest; ∞ where never > 0."""
    order = np.argsort(-best, kind="stable")
    gain = np.cumsum(np.where(text.bound[order], 1.0, -chance * text.odds))
    last = int(gain.argmax())
    if gain[last] <= 0:
        return math.inf
    below = best[order[last + 1]] if last + 1 < len(order) else best[order[last]] - 1.0
    return float((best[order[last]] + below) / 2) if np.isfinite(below) else float(best[order[last]] - 1.0)


def _scan(text: Text, odds: Counts) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Score of the better strand with the matrix' middle column on each letter, and whether it is the reverse: (N,)."""
    letters = torch.from_numpy(text.codes)
    x = torch.stack([letters == letter for letter in range(4)]).float()[None, :, None]
    forward = torch.from_numpy(odds.T.copy()).float()
    filters = torch.stack([forward, forward.flip(0, 1)]) if text.both_strands else forward[None]
    scores = F.conv2d(
        x.contiguous(memory_format=torch.channels_last),
        filters[:, :, None].contiguous(memory_format=torch.channels_last),
        padding=(0, len(odds) // 2),
    )[0, :, 0].numpy()
    if not text.both_strands:
        return scores[0], np.zeros(len(text.codes), dtype=bool)
    return np.maximum(scores[0], scores[1]), scores[1] > scores[0]


def log_odds(counts: Counts, background: NDArray[np.float64]) -> Counts:
    """Of counts (W, 4), in nats."""
    total = counts.sum(1, keepdims=True)
    return np.asarray(np.log((counts + PSEUDOCOUNT * background) / (total + PSEUDOCOUNT) / background))


def _informative(counts: Counts, background: NDArray[np.float64]) -> tuple[int, int]:
    """First and last column, from the middle, that says something."""
    odds = log_odds(counts, background)
    bits = (np.exp(odds) * background * odds).sum(1) / math.log(2)
    columns = np.flatnonzero(bits > INFORMATIVE)
    middle = len(counts) // 2
    return (int(columns[0]) - middle, int(columns[-1]) - middle) if len(columns) else (0, 0)


def _erase(
    text: Text, score: NDArray[np.float32], reverse: NDArray[np.bool_], cut: float, span: tuple[int, int]
) -> None:
    """Turn to N the columns ``span`` of every place that scores above ``cut``."""
    places = np.flatnonzero((score > cut) & (text.codes < AMBIGUOUS))
    turned = reverse[places]
    first, last = (np.where(turned, -end, start) for start, end in (span, span[::-1]))
    covered = np.zeros(len(text.codes) + 1, dtype=np.int32)
    np.add.at(covered, places + first, 1)
    np.add.at(covered, places + last + 1, -1)
    text.codes[np.cumsum(covered)[:-1] > 0] = AMBIGUOUS


def _blank(text: Text, pattern: Pattern, word: int) -> None:
    """Turn to N what is left of the word itself, so that it is not found again."""
    places = Words(text, pattern).places([word])
    text.codes[(places[:, None] + np.arange(pattern.span)).ravel()] = AMBIGUOUS


def _seed(text: Text, best: _Word, matrix: _Matrix) -> Seed:
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
