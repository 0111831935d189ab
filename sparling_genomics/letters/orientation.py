"""The strand on which a motif is written, by a rule of the whole matrix; motifs that read alike on both strands."""

import numpy as np

from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm

PALINDROME = 0.9
"""Likeness of a motif with its reverse complement from which on it is a palindrome."""
_G_OVER_A, _ALONG = 0.7, 0.5
"""By how much a G counts more than an A, and how much it counts where G and C lie; without them half of all words would
be even, and the draw of their sites would decide."""


def faces_forward(pwm: Pwm) -> bool:
    """Whether a matrix is written on the strand it is on; of a matrix and its reverse complement one is, mostly.

    The strand with more purines, G more than A, and with G and C rather in its second half: each letter weighed by its
    probability and its column's bits, so that no weak column can turn a motif. Of a motif that is even in this, a
    palindrome, the one whose counts come later in the order of numbers. A motif of one strand is left as it is.

    >>> eye = np.eye(4)
    >>> gata = Pwm("GATA", eye[[0, 2, 0, 3, 0, 0, 2]] * 50, 50)
    >>> faces_forward(gata), faces_forward(gata.reverse_complement())
    (True, False)
    """
    if not pwm.alphabet.double_stranded:
        return True
    bits = pwm.information()
    a, c, g, t = (bits[:, None] * pwm.probabilities()).T
    along = np.linspace(-1, 1, pwm.width) if pwm.width > 1 else np.zeros(pwm.width)
    score = float((a + g - c - t + _G_OVER_A * (g - c) + _ALONG * along * (c + g - a - t)).sum())
    if abs(score) > 1e-9:
        return score > 0
    return bool(pwm.counts.ravel().tolist() >= pwm.counts[::-1, ::-1].ravel().tolist())


def palindromic(pwm: Pwm) -> bool:
    """Whether a motif of two strands is its own reverse complement, so that the strand of its sites is either one.

    >>> eye = np.eye(4)
    >>> [palindromic(Pwm("M1", eye[codes] * 50, 50)) for codes in ([1, 0, 1, 2, 3, 2], [2, 0, 3, 0, 0, 2])]
    [True, False]
    """
    if not pwm.alphabet.double_stranded or pwm.width == 0:
        return False
    turned = pwm.reverse_complement()
    return similarity(pwm, turned, reverse_complement=False, whole=True).correlation >= PALINDROME
