"""A seed's matrix along a text: grown from the letters around a word, moved by its own sites, and erased.

It must stay the matrix of one motif, though sites of others are commoner in bound sequences, too. So its sites are
words that are typical of it, its word stays its likeliest one, and where a column goes with other letters around it,
two motifs are mixed and the commoner one is kept.
"""

import math
from typing import NamedTuple

import numpy as np
import scipy
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes
from sparling_genomics.letters.words import Pattern, Text

REFINEMENTS = 4
CHANCE = 2.0
"""A weaker site would as likely be chance as not where bound sequences have this many times as many as unbound ones."""
TYPICAL, ERASED = 1.25, 2.5
"""Standard deviations below the mean score of a matrix' own words from which on a place is no site of it, and from
which on it is left for others: sites of a like motif are commoner among bound sequences, too."""
INFORMATIVE = 0.25
"""Bits from which on a column is erased with its site."""
MIXED, DEPENDENT = 0.2, 1.0
"""Share of a column's second letter from which on it is asked whether two motifs are mixed, and bits that the column
then tells of all others, from which on they are."""
PSEUDOCOUNT = 2.0

Counts = NDArray[np.float64]


class Matrix(NamedTuple):
    """A matrix along a text: counts (W, 4); its scores and strands (N,); cut of sites, and of what is erased."""

    counts: Counts
    score: NDArray[np.float32]
    reverse: NDArray[np.bool_]
    cut: float
    loose: float


def words_around(text: Text, places: NDArray[np.int64], reverse: NDArray[np.bool_], width: int) -> Codes:
    """Letters around each place, read on its strand: codes (n, W)."""
    columns = np.arange(width) - width // 2
    letters = text.codes[places[:, None] + np.where(reverse, -1, 1)[:, None] * columns]
    turned: Codes = np.where(reverse[:, None] & (letters < AMBIGUOUS), 3 - letters, letters).astype(np.uint8)
    return turned


def letter_counts(words: Codes) -> Counts:
    """Of words (n, W), codes: (W, 4)."""
    return np.stack([(words == letter).sum(0) for letter in range(4)], axis=1).astype(np.float64)


def grown(
    text: Text, pattern: Pattern, word: int, counts: Counts, background: NDArray[np.float64], *, few: bool = False
) -> Matrix:
    """The matrix, moved by its own sites: the best of each bound sequence above the cut are counted anew.

    Not on to where its word would no longer be its likeliest one: there another motif begins. Where sequences are
    ``few`` a site need only be typical of the matrix, for what is best told from chance then is by chance, too.
    """
    width, known = len(counts), text.codes < AMBIGUOUS
    edges = np.flatnonzero(np.diff(text.owner, prepend=-1))
    before: NDArray[np.int64] | None = None
    for number in range(REFINEMENTS):
        odds = log_odds(counts, background)
        score, reverse = scan(text, odds)
        best = np.maximum.reduceat(np.where(known, score, -np.inf), edges)
        mean, deviation = of_own_words(odds, background)
        typical = mean - TYPICAL * deviation
        cut = typical if few else max(chance_cut(text, best, CHANCE), typical)
        loose = max(chance_cut(text, best, 1.0), mean - ERASED * deviation)
        if math.isinf(cut) or number == REFINEMENTS - 1:
            break
        chosen = text.bound & (best > cut)
        sites = np.flatnonzero((score > cut) & known)
        sites = sites[chosen[text.owner[sites]] & (score[sites] == best[text.owner[sites]])]
        moved = letter_counts(of_one_motif(words_around(text, sites, reverse[sites], width)))
        if not _is_likeliest(pattern, word, moved) or (before is not None and np.array_equal(sites, before)):
            break
        before, counts = sites, moved
    return Matrix(counts, np.where(known, score, -np.inf).astype(np.float32), reverse, cut, loose)


def of_one_motif(words: Codes) -> Codes:
    """The words themselves, or those with the commonest letter where another one goes with other letters around it.

    Letters of one motif are nearly independent; where a column tells more than `DEPENDENT` bits of all the others, two
    motifs share the words.
    """
    counts = letter_counts(words)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    first, second = np.argsort(-shares, axis=1, kind="stable")[:, :2].T
    for column in np.flatnonzero(np.take_along_axis(shares, second[:, None], 1)[:, 0] >= MIXED):
        groups = [words[words[:, column] == letter] for letter in (first[column], second[column])]
        one, other = map(letter_counts, groups)
        if _told(one, other, int(column)) > DEPENDENT:
            return of_one_motif(groups[0])
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


def _is_likeliest(pattern: Pattern, word: int, counts: Counts) -> bool:
    """Whether the letters of the word are the commonest where it lies in the matrix."""
    first = len(counts) // 2 - (pattern.span - 1) // 2
    half = pattern.letters // 2
    columns = [first + j + (pattern.gap if j >= half else 0) for j in range(pattern.letters)]
    letters = [(word >> 2 * (pattern.letters - 1 - j)) & 3 for j in range(pattern.letters)]
    return bool((counts[columns].argmax(1) == letters).all())


def of_own_words(odds: Counts, background: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of a matrix' scores on words that are drawn from it."""
    chance = np.exp(odds) * background
    mean = (chance * odds).sum(1)
    return float(mean.sum()), math.sqrt(float(((chance * odds**2).sum(1) - mean**2).sum()))


def chance_cut(text: Text, best: NDArray[np.float32], chance: float) -> float:
    """The score above which Σ (bound − ``chance`` × unbound sequences, as if as many) is largest; ∞ where never > 0."""
    order = np.argsort(-best, kind="stable")
    gain = np.cumsum(np.where(text.bound[order], 1.0, -chance * text.odds))
    falls = np.append(best[order[1:]] < best[order[:-1]], True)  # equal scores stand or fall together
    last = int(np.where(falls, gain, -np.inf).argmax())
    if gain[last] <= 0:
        return math.inf
    below = best[order[last + 1]] if last + 1 < len(order) else best[order[last]] - 1.0
    return float((best[order[last]] + below) / 2) if np.isfinite(below) else float(best[order[last]] - 1.0)


def scan(text: Text, odds: Counts) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
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


def informative(counts: Counts, background: NDArray[np.float64]) -> tuple[int, int]:
    """First and last column, from the middle, that says something."""
    odds = log_odds(counts, background)
    bits = (np.exp(odds) * background * odds).sum(1) / math.log(2)
    columns = np.flatnonzero(bits > INFORMATIVE)
    middle = len(counts) // 2
    return (int(columns[0]) - middle, int(columns[-1]) - middle) if len(columns) else (0, 0)


def erase(
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
