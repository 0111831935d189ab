"""Do a site's letters depend on where it lies and what lies beside it? They should not, given the motif.

MOTIF-SUFFICIENCY, the second assumption of the theorem (SPARLING, arXiv 2302.01976), as far as sites can tell: the
letters of a site, given its motif, are independent of the layout. Tested are the columns of the matrix whose letters
vary most, against yes-or-no features of the layout, by the test of `sparling.evaluation.identifiability.dependence`.
Sites that are missed, letters outside the matrix and features that are not looked at are not tested.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.evaluation.identifiability.dependence import sufficiency
from sparling.evaluation.identifiability.layout import Surroundings
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.likeness import MERGE_CORRELATION, similarity
from sparling_genomics.motifs.activations import windows
from sparling_genomics.motifs.motif import Motif

COLUMNS = 3
"""Columns looked at: those with the least information."""
MOST_SITES = 5000
FEWEST = 10
"""Sites on either side of a feature, below which it is not tested."""


class Dependence(NamedTuple):
    """The feature of the layout that a motif's letters depend on most.

    Fields: ``feature`` in words; ``column`` of the matrix, from 1, that varies with it most; ``v`` Cramér's V of the
    two, 0 to 1; ``p`` of so large a dependence on any of the features tested, by permutation; ``sites`` used.
    """

    feature: str
    column: int
    v: float
    p: float
    sites: int


def dependence(
    data: SequenceDataset, motifs: Sequence[Motif], index: int, rng: np.random.Generator
) -> Dependence | None:
    """The strongest dependence between letters and layout of ``motifs[index]``; None where nothing can be tested.

    Only sites in bound sequences; a random choice of `MOST_SITES` where there are more.
    """
    motif = motifs[index]
    rows = np.flatnonzero(data.labels[motif.sites.sequence] == 1)
    if len(rows) > MOST_SITES:
        rows = np.sort(rng.choice(rows, MOST_SITES, replace=False))
    features = {name: mark[rows] for name, mark in layout(data, motifs, index).items()}
    features = {name: mark for name, mark in features.items() if min(mark.sum(), (~mark).sum()) >= FEWEST}
    if not features:
        return None
    columns = np.argsort(motif.pwm.information(), kind="stable")[:COLUMNS]
    width = motif.pwm.width
    letters = windows(data, motif.sites.select(rows), width - 1)[:, width - 1 :][:, columns]
    inputs = (letters[:, :, None] == np.arange(4)).reshape(len(letters), -1).astype(np.float32)
    numbers = {name: mark[:, None].astype(np.float32) for name, mark in features.items()}
    (found,) = sufficiency([Surroundings(inputs, numbers)], rng, MOST_SITES).classes
    if found is None:
        return None
    each = chi_square(letters, features[found.feature][:, None])[:, 0]
    column = int(each.argmax())
    v = float(np.sqrt(each[column] / max(int((letters[:, column] < 4).sum()), 1)))
    return Dependence(found.feature, int(columns[column]) + 1, v, found.p, len(rows))


def layout(data: SequenceDataset, motifs: Sequence[Motif], index: int) -> dict[str, NDArray[np.bool_]]:
    """Features of the layout around each site of ``motifs[index]``: name → (sites,).

    The strand is left out for a motif that reads alike on both: there the letters themselves decide it.
    """
    motif = motifs[index]
    sequence = motif.sites.sequence
    start, end = motif.intervals(data)
    off = np.abs((start + end) / 2 - data.lengths[sequence] / 2)
    features = {"distance from the centre": off > np.median(off) if len(off) else off > 0}
    if data.alphabet.double_stranded and not strand_follows_letters(motif):
        features["strand"] = motif.sites.reverse
    others = np.zeros(len(data), dtype=bool)
    for i, other in enumerate(motifs):
        if i != index:
            others[other.sites.sequence] = True
    features["another motif in the sequence"] = others[sequence]
    features["another site of the motif in the sequence"] = np.bincount(sequence, minlength=len(data))[sequence] > 1
    return features


def strand_follows_letters(motif: Motif) -> bool:
    """Whether the motif is so like its own reverse complement that the letters of a site decide its strand."""
    turned = motif.pwm.reverse_complement()
    return similarity(motif.pwm, turned, reverse_complement=False, whole=True).correlation >= MERGE_CORRELATION


def chi_square(letters: NDArray[np.uint8], marks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Pearson's χ² of codes (n, W) against marks (n, P), each with 3 degrees of freedom: (W, P).

    Letters that are ambiguous or lie beyond the sequence do not count.

    >>> chi_square(np.array([[0], [0], [1], [1]], np.uint8), np.array([[1, 1], [1, 0], [0, 1], [0, 0]], bool))
    array([[4., 0.]])
    """
    result = np.zeros((letters.shape[1], marks.shape[1]))
    for row, column in zip(result, letters.T, strict=True):
        known = column < 4
        one_hot = (column[known, None] == np.arange(4)).astype(np.float32)
        chosen = marks[known].astype(np.float32)
        counts = (one_hot.T @ chosen).astype(np.float64)  # (4, P)
        share, total = chosen.mean(0, dtype=np.float64) if known.any() else np.zeros(len(row)), one_hot.sum(0)[:, None]
        expected, spread = total * share, total * share * (1 - share)
        row += np.where(spread > 0, (counts - expected) ** 2 / np.where(spread > 0, spread, 1), 0).sum(0)
    return result
