"""Figures of probabilities that are all held at once."""

import numpy as np

from sparling_genomics.splicing.metrics import Ranking, SpliceFigures


def splice_figures(probabilities: np.ndarray, labels: np.ndarray) -> SpliceFigures:
    """Figures of ``probabilities`` (3, n) of none, donor and acceptor at positions with ``labels`` (n,)."""
    ranking = Ranking(called=0.5)
    ranking.add(probabilities[1:], labels)
    return ranking.figures()
