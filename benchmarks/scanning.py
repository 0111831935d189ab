"""A motif along sequences: the best site of each sequence, all words summed, and all sites above a p-value.

Scores are log-odds in bits against a uniform background with a pseudocount of one site; N and the end of a sequence
are never part of a site's gain: N adds 0, the end no site at all.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparling_genomics.letters.alphabet import PAD, Codes
from sparling_genomics.letters.pwm import UNIFORM, Pwm
from sparling_genomics.letters.scan import word_scores
from sparling_genomics.worlds.planted import PlantedSite

SITE_P = 1e-4
"""p-value of a site on one strand: the default of FIMO (Grant, Bailey & Noble 2011, Bioinformatics 27:1017)."""

_STEP = 0.01  # bits; scores are rounded to it where their distribution is computed


def best_scores(pwm: Pwm, sequences: Sequence[Codes], *, both_strands: bool) -> NDArray[np.float64]:
    """(n,) highest score of ``pwm`` in each sequence, in bits; -inf where the sequence is shorter than the motif.

    >>> motif = Pwm("M", [[1, 0, 0, 0], [0, 1, 0, 0]], n_sites=1)
    >>> sequences = [np.array([0, 1, 2], dtype=np.uint8), np.array([3], dtype=np.uint8)]
    >>> best_scores(motif, sequences, both_strands=True).round(2).tolist()
    [2.64, -inf]
    """
    words = _words(pwm, sequences, both_strands)
    return words.max(axis=1, initial=-np.inf)


def summed_scores(pwm: Pwm, sequences: Sequence[Codes], *, both_strands: bool) -> NDArray[np.float64]:
    """(n,) log2 of the likelihood ratios of all words of each sequence, summed: weak sites add up, too.

    -inf where the sequence is shorter than the motif. Source: the sum occupancy of Orenstein & Shamir 2014
    (Nucleic Acids Res 42:e63).

    >>> motif = Pwm("M", [[3, 0, 0, 0]], n_sites=3)  # A 13/16, every other letter 1/16: ratios 3.25 and 0.25
    >>> (2 ** summed_scores(motif, [np.array([0, 1, 0], dtype=np.uint8)], both_strands=False)).round(6).tolist()
    [6.75]
    """
    words = _words(pwm, sequences, both_strands)
    if not words.shape[1]:
        return np.full(len(words), -np.inf)
    summed: NDArray[np.float64] = np.logaddexp2.reduce(words, axis=1)
    return summed


def find_sites(
    pwm: Pwm, names: Sequence[str], sequences: Sequence[Codes], *, both_strands: bool, p: float = SITE_P
) -> list[PlantedSite]:
    """Sites whose score, by columns rounded to 0.01 bits, has a p-value of ``p`` at most.

    The p-value is a random word's of independent letters, as frequent as in ``sequences``.

    Of sites that overlap, on either strand, the highest stands; equal ones: the first, and "+" before "-".
    """
    padded = _padded(sequences)
    counts = np.bincount(padded.ravel(), minlength=PAD + 1)[:4] + 1.0
    threshold = score_threshold(pwm, counts / counts.sum(), p)
    strands = ("+", "-") if both_strands else ("+",)
    hits = []
    for rank, strand in enumerate(strands):
        log_odds = _rounded(pwm if strand == "+" else pwm.reverse_complement()) * np.float64(_STEP)
        scores = word_scores(padded, log_odds[None])[:, 0].numpy()
        rows, starts = np.nonzero(scores >= threshold)
        hits += [
            (row, -scores[row, start], start, rank) for row, start in zip(rows.tolist(), starts.tolist(), strict=True)
        ]
    sites = []
    taken: dict[int, list[int]] = {}
    for row, _, start, rank in sorted(hits):
        if all(abs(start - other) >= pwm.width for other in taken.setdefault(row, [])):
            taken[row].append(start)
            sites.append(PlantedSite(names[row], start, start + pwm.width, strands[rank], pwm.name))
    return sites


def score_threshold(pwm: Pwm, background: ArrayLike, p: float) -> float:
    """Score that a random word of independent letters reaches with a chance of ``p`` at most; inf where none is.

    Each column's scores are rounded to 0.01 bits, for such scores it is exact (Staden 1989, CABIOS 5:89): the lowest
    one that is rare enough, less half a step.

    >>> motif = Pwm("M", [[100, 0, 0, 0], [0, 100, 0, 0]], n_sites=100)
    >>> word = float(motif.log_odds()[[0, 1], [0, 1]].sum())
    >>> abs(score_threshold(motif, UNIFORM, p=1 / 16) - word) < 0.02
    True
    >>> score_threshold(motif, UNIFORM, p=1 / 17)
    inf
    """
    frequencies = np.asarray(background, dtype=np.float64)
    steps = _rounded(pwm)
    lowest = steps.min(axis=1)
    chance = np.ones(1)
    for column, low in zip(steps, lowest, strict=True):
        longer = np.zeros(len(chance) + int(column.max() - low))
        for letter, frequency in zip(column - low, frequencies, strict=True):
            longer[letter : letter + len(chance)] += frequency * chance
        chance = longer
    tail = chance[::-1].cumsum()[::-1]
    enough = np.flatnonzero((tail <= p * (1 + 1e-9)) & (chance > 0))
    return float((enough[0] + lowest.sum() - 0.5) * _STEP) if enough.size else float("inf")


def _words(pwm: Pwm, sequences: Sequence[Codes], both_strands: bool) -> NDArray[np.float64]:
    """(n, words) score of every word on the strands that are read; -inf where a word reaches beyond the end."""
    strands = (pwm, pwm.reverse_complement()) if both_strands else (pwm,)
    padded = _padded(sequences)
    return np.hstack([word_scores(padded, _log_odds(strand)[None])[:, 0].numpy() for strand in strands])


def _log_odds(pwm: Pwm) -> NDArray[np.float64]:
    return replace(pwm, background=UNIFORM).log_odds(pseudocount=1.0)


def _rounded(pwm: Pwm) -> NDArray[np.int64]:
    return np.rint(_log_odds(pwm) / _STEP).astype(np.int64)


def _padded(sequences: Sequence[Codes]) -> Codes:
    padded = np.full((len(sequences), max((len(s) for s in sequences), default=0)), PAD, dtype=np.uint8)
    for row, codes in zip(padded, sequences, strict=True):
        row[: len(codes)] = codes
    return padded
