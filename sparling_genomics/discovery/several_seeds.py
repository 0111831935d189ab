"""Seeds where several labels, or values, are asked: in each contrast in turn, on one text with erasing.

As in `seeds`, but a word may be the most surprising one of any contrast (`data.targets`), and what its matrix marks is
turned to N for all of them. So a motif that two labels share is found once, in the contrast that it tells most.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.targets import Targets
from sparling_genomics.discovery.growing import erase, grown, informative, log_odds, scan
from sparling_genomics.discovery.seeds import (
    MOST,
    MOST_GAPPED,
    MOST_SEARCHED,
    SIGNIFICANCE,
    BestWord,
    Seed,
    best_of,
    blank,
    family_counts,
    log_fisher,
    seed_of,
    word_groups,
    words_tried,
)
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.words import Pattern, Text, Words

FEWEST_SEARCHED = 1000
"""Sequences at either end of a column in which words are looked for, at least, if there are so many."""
FEWEST_GROWN = 20
"""Sequences with a word, from which on a narrow end is wide enough to grow a matrix in."""
MOST_OF_ALL = 2 * MOST
"""Seeds of all contrasts together."""


class _Place(NamedTuple):
    """Sequences in which words of some patterns are sought, and what each contrast says of them."""

    text: Text
    data: SequenceDataset
    sides: list[NDArray[np.float32]]
    """For each contrast (n,): 1, 0 or NaN."""


class _Best(NamedTuple):
    word: BestWord
    contrast: int
    place: _Place


def find_seeds_of_several(data: SequenceDataset, width: int, most: int = MOST_OF_ALL) -> list[Seed]:
    """Seeds of every contrast of ``data``, training sequences with `Targets`, in the order in which they were found.

    ``width`` of the matrices, bp, odd. A seed grows in the narrowest end in which its word is significant, and is
    given the widest of that column and direction, in which its channel is to be counted. A seed's ``marks`` are those
    in all of the sequences, scaled to ``data``. Nothing is random. Significant means corrected for all words and all
    contrasts.
    """
    places = [_place(data, number, width) for number in (MOST_SEARCHED, MOST_GAPPED)]
    groups = _plain_together(word_groups(width))
    contrasts, widest = len(places[0].sides), _targets(data).widest
    tried = words_tried(groups, both_strands=places[0].text.both_strands) * contrasts
    background = places[0].text.background()
    found: list[Seed] = []
    for _ in range(2 * most):
        if len(found) == most:
            break
        best = _most_surprising(places, groups, tried)
        if best is None:
            break
        pattern = best.word.words.pattern
        contrast = _narrowest(best, data, tried)
        text = _text_of(places[0], contrast, width)
        near = text if best.place is places[0] else _text_of(best.place, contrast, width)
        words = Words(near, pattern)
        bound, unbound = words.in_sequences(near)
        here = best.word._replace(words=words, bound=bound, unbound=unbound)
        matrix = grown(text, pattern, here.word, family_counts(near, here, width), background)
        for place in places:
            score, reverse = scan(place.text, log_odds(matrix.counts, background))
            if place is places[0] and math.isfinite(matrix.cut):
                marks = int(((score > matrix.cut) & (place.text.codes < AMBIGUOUS)).sum())
                share = float(data.lengths.sum()) / float(place.data.lengths.sum())
                seed = seed_of(text, here, matrix)
                found.append(replace(seed, marks=round(marks * share), contrast=widest(contrast)))
            erase(place.text, score, reverse, min(matrix.cut, matrix.loose), informative(matrix.counts, background))
            blank(place.text, pattern, here.word)
    return found


def _plain_together(groups: list[tuple[Pattern, ...]]) -> list[tuple[Pattern, ...]]:
    """The same patterns, all without a gap in one group: at a narrow end a longer word is easily significant."""
    plain = tuple(pattern for group in groups for pattern in group if not pattern.gap)
    return [plain, *(group for group in groups if group[0].gap)]


def _narrowest(best: _Best, data: SequenceDataset, tried: float) -> int:
    """The narrowest end of the column in which the word is significant, in `FEWEST_GROWN` sequences or more.

    The strongest sequences show a motif in full; the weaker ones are its half sites.
    """
    contrasts, word = _targets(data).contrasts, best.word.word
    own, sequence = best.word.words.once_a_sequence(best.place.text)
    has = np.zeros(len(best.place.text), dtype=bool)
    has[sequence[own == word]] = True
    found = best.contrast
    for number, each in enumerate(contrasts):
        if each[1:3] != contrasts[best.contrast][1:3]:
            continue
        side = best.place.sides[number]
        ends = [side == end for end in (1, 0)]
        k, j = (int((has & end).sum()) for end in ends)
        log_e = log_fisher(k, int(ends[0].sum()), j, int(ends[1].sum())) + math.log(tried)
        if k >= FEWEST_GROWN and log_e < math.log(SIGNIFICANCE):
            found = number  # from the widest to the narrowest
    return found


def _targets(data: SequenceDataset) -> Targets:
    if data.targets is None:
        raise ValueError("the dataset has no targets")
    return data.targets


def _place(data: SequenceDataset, number: int, width: int) -> _Place:
    """Evenly spaced sequences, so many of either end of a column, shared out among all columns."""
    targets = _targets(data)
    most = max(number // len(targets.columns), FEWEST_SEARCHED)
    chosen = np.zeros(len(data), dtype=bool)
    for contrast in range(len(targets.contrasts)):
        sides = targets.in_contrast(contrast)
        for end in (1, 0):
            own = np.flatnonzero(sides == end)
            chosen[own[np.linspace(0, len(own) - 1, min(len(own), most)).astype(int)]] = True
    fewer = data.subset(chosen)
    text = Text(fewer.codes, fewer.offsets, np.zeros(len(fewer), dtype=bool), fewer.alphabet, apart=width)
    return _Place(text, fewer, [targets.in_contrast(each)[chosen] for each in range(len(targets.contrasts))])


def _most_surprising(places: Sequence[_Place], groups: list[tuple[Pattern, ...]], tried: float) -> _Best | None:
    """The most surprising word of the first patterns that have a significant one; None where none is."""
    seen: list[_Best] = []
    for group in groups:
        place = places[-1] if group[0].gap else places[0]
        for pattern in group:
            seen += _best_words(place, pattern, tried)
        best = min(seen, key=lambda each: each.word.log_e)
        if best.word.log_e < math.log(SIGNIFICANCE):
            return best
    return None


def _best_words(place: _Place, pattern: Pattern, tried: float) -> list[_Best]:
    """The most surprising word of a pattern in each contrast."""
    words = Words(place.text, pattern)
    word, sequence = words.once_a_sequence(place.text)
    found = []
    for contrast, side in enumerate(place.sides):
        bound, unbound = (np.bincount(word[side[sequence] == end], minlength=pattern.number) for end in (1, 0))
        n_bound, n_unbound = (int((side == end).sum()) for end in (1, 0))
        found.append(_Best(best_of(words, bound, unbound, n_bound, n_unbound, tried), contrast, place))
    return found


def _text_of(place: _Place, contrast: int, width: int) -> Text:
    """What is left of the sequences of a contrast, as a text of their own."""
    side = place.sides[contrast]
    own = np.repeat(np.arange(len(place.data)), place.data.lengths)
    at = np.arange(len(place.data.codes)) + width * (own + 1)
    counted = ~np.isnan(side)
    left = replace(place.data, codes=place.text.codes[at]).subset(counted)
    return Text(left.codes, left.offsets, side[counted] == 1, left.alphabet, apart=width)
