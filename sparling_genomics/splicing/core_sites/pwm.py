"""Position weight matrices of splice sites as tracks: log-odds against the transcripts' letters, as probabilities.

Columns as of Yeo and Burge's models (2004, J Comput Biol 11:377), donors one longer: 3 letters of the exon and 7 of the
intron, 20 of the intron and 3 of the exon.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.splicing.core_sites.calibrated import logistic
from sparling_genomics.splicing.core_sites.tracks import MatrixTracks
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.windows import Transcripts

ACCEPTOR_INTRON = 20
"""Letters of the intron before an acceptor, where nobody says otherwise."""


def columns_of(acceptor: int = ACCEPTOR_INTRON) -> dict[int, range]:
    """Places of the columns from a site's base, with so many letters of the intron before an acceptor."""
    return {DONOR: range(-2, 8), ACCEPTOR: range(-acceptor, 3)}


def fit_pwm(train: Transcripts, acceptor: int = ACCEPTOR_INTRON) -> MatrixTracks:
    """Matrices of the sites of ``train``, one of each letter added, and the logistic curve from scores to P.

    ``acceptor`` letters of the intron before an acceptor.
    """
    background = np.bincount(train.codes[train.codes < AMBIGUOUS], minlength=AMBIGUOUS) + 1.0
    weights, biases = [], []
    found = columns_of(acceptor)
    for kind, columns in found.items():
        log_odds = _log_odds(train, kind, columns, background / background.sum())
        slope, intercept = logistic(scores_of(train, log_odds, columns), train.labels, kind)
        weights.append(torch.from_numpy(slope * log_odds))
        biases.append(intercept)
    return MatrixTracks(
        weights[0], weights[1], torch.tensor(biases), tuple(columns.start for columns in found.values())
    )


def scores_of(data: Transcripts, log_odds: NDArray[np.float64], columns: range) -> NDArray[np.float32]:
    """Sum of the columns at every position of ``data.codes``: (n,); what is no letter adds nothing."""
    padded = np.concatenate([log_odds, np.zeros((len(log_odds), 8))], axis=1).astype(np.float32)
    scores = np.zeros(len(data.codes), dtype=np.float32)
    for column, place in zip(padded, columns, strict=True):
        here = slice(max(-place, 0), len(scores) - max(place, 0))
        there = slice(max(place, 0), len(scores) - max(-place, 0))
        scores[here] += column[data.codes[there]]
    return scores


def _log_odds(data: Transcripts, kind: int, columns: range, background: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural log-odds (columns, 4) of the letters around sites."""
    sites = np.flatnonzero(data.labels == kind)
    seen = data.codes[sites[:, None] + np.array(columns)]
    counts = np.stack([(seen == letter).sum(0) + 1.0 for letter in range(AMBIGUOUS)], axis=1)
    odds: NDArray[np.float64] = np.log(counts / counts.sum(1, keepdims=True) / background)
    return odds
