"""How often the motifs' consensus words occur: as many marks as a map needs that is to have all of them.

With fewer, accuracy must fall, for the network cannot tell a word that matters from the same word elsewhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.windows import Transcripts

MEANT = {"U": "T", "M": "AC", "R": "AG", "W": "AT", "S": "CG", "Y": "CT", "K": "GT", "N": "ACGT"}
"""Letters that a letter of a consensus stands for, where these are not itself."""


LEAST_BITS = 0.5
"""Of a column whose letter is part of a word; any letter fits into others."""


class WordFrequency(NamedTuple):
    """Of each word, and of all together: occurrences per 100 nt of transcripts, a place that begins two words twice."""

    words: dict[str, float]
    total: float


def word_frequency(data: Transcripts, pwms: Sequence[Pwm]) -> WordFrequency:
    """Of the motifs' words, each once, on the transcripts' strand."""
    letters = max(data.positions, 1)
    found = {word: 100 * occurrences(data, word) / letters for word in {word_of(pwm) for pwm in pwms} if word}
    ordered = dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
    return WordFrequency(ordered, sum(ordered.values()))


def word_of(pwm: Pwm) -> str:
    """The consensus of a motif's informative columns (`LEAST_BITS`), N between them.

    >>> word_of(Pwm("M1", [[2, 2, 2, 2], [0, 90, 0, 0], [25, 25, 25, 25], [0, 0, 0, 90]], 90))
    'CNT'
    """
    informative = pwm.corrected_information() >= LEAST_BITS
    return "".join(a if b else "N" for a, b in zip(pwm.consensus(), informative, strict=True)).strip("N")


def occurrences(data: Transcripts, word: str) -> int:
    """Places of transcripts at which an IUPAC word begins."""
    allowed = np.zeros((len(word), AMBIGUOUS + 2), dtype=np.bool_)
    for own, letter in zip(allowed, word, strict=True):
        own[["ACGT".index(each) for each in MEANT.get(letter, letter)]] = True
    found = 0
    for number in range(len(data.lengths)):
        part = data.part(number)
        there = np.ones(part.stop - part.start, dtype=np.bool_)
        for step, own in enumerate(allowed):
            seen = data.codes[part.start + step : part.stop + step]
            there[: len(seen)] &= own[seen]
            there[len(seen) :] = False
        found += int(there.sum())
    return found
