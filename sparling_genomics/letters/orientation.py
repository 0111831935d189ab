"""The strand on which a motif is written, by a rule of the whole matrix; motifs that read alike on both strands."""

import numpy as np

from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm

PALINDROME = 0.9
"""Likeness of a motif with its reverse complement from which on it is a palindrome."""
_TIE = 0.06
"""Share of a matrix's bits within which a rule does not decide: what the draw of sites may make of it."""


def faces_forward(pwm: Pwm) -> bool:
    """Whether a matrix is written on the strand it is on; of a matrix and its reverse complement one is, mostly.

    The strand with more purines, A and G, each column weighed by its bits, so that no weak column can turn a motif.
    Where they are even, the one with more G than C; then the one with G and C in its second half; then the one
    whose counts come later in the order of numbers. A motif of one strand is left as it is.

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
    for rule in (a + g - c - t, g - c, along * (c + g - a - t)):
        if abs(rule.sum()) > _TIE * bits.sum():
            return bool(rule.sum() > 0)
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
