"""Position frequency matrices: counts are stored, probabilities, log-odds and bits are views of them.

Axes: W columns of the motif, 4 letters in the order A C G T (U in RNA).
Probability and information are different things: a column (1/2, 1/2, 0, 0) has two letters of probability 1/2
and carries 1 bit against a uniform background, more where these letters are rare, less where they are common.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling_genomics.letters.alphabet import DNA, Alphabet

UNIFORM = (0.25, 0.25, 0.25, 0.25)

# IUPAC letters of one base and of each pair of bases, by the indices of A C G T.
_PAIRS = {(0, 1): "M", (0, 2): "R", (0, 3): "W", (1, 2): "S", (1, 3): "Y", (2, 3): "K"}


@dataclass(frozen=True, eq=False, repr=False)
class Pwm:
    """A motif as counts of letters a column.

    Fields: ``name``; ``counts`` float64 (W, 4), finite and >= 0, kept as a read-only copy; ``n_sites`` sites the
    counts come from; ``alphabet``; ``background`` four positive frequencies that sum to 1; ``alt_name``
    (of databases: the factor's name); ``e_value`` of the motif, >= 0, None where it is not known. W may be 0, what is
    left of a matrix without information after ``trim``.
    Raises ``ValueError`` on anything else.

    >>> motif = Pwm("M1", [[8, 0, 0, 0], [0, 4, 4, 0]], n_sites=8)
    >>> motif.probabilities()
    array([[1. , 0. , 0. , 0. ],
           [0. , 0.5, 0.5, 0. ]])
    >>> motif.information(), motif.consensus()
    (array([2., 1.]), 'AS')
    """

    name: str
    counts: NDArray[np.float64]
    n_sites: int
    alphabet: Alphabet = DNA
    background: tuple[float, ...] = UNIFORM
    alt_name: str = ""
    e_value: float | None = None

    def __post_init__(self) -> None:
        counts = np.array(self.counts, dtype=np.float64)
        if counts.size == 0:
            counts = counts.reshape(0, 4)
        if counts.ndim != 2 or counts.shape[1] != 4:
            raise ValueError(f"counts must have shape (W, 4); got {counts.shape}")
        if not np.isfinite(counts).all() or (counts < 0).any():
            raise ValueError(f"counts of motif {self.name!r} must be finite and not negative")
        if self.n_sites < 0:
            raise ValueError(f"n_sites of motif {self.name!r} must not be negative; got {self.n_sites}")
        if self.e_value is not None and not 0 <= self.e_value < np.inf:
            raise ValueError(f"e_value of motif {self.name!r} must be finite and not negative; got {self.e_value}")
        background = tuple(float(f) for f in self.background)
        if len(background) != 4 or not all(f > 0 for f in background) or abs(sum(background) - 1) > 1e-6:
            raise ValueError(f"background must be four positive frequencies that sum to 1; got {background}")
        counts.setflags(write=False)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "background", background)

    def __repr__(self) -> str:
        return f"Pwm({self.name!r}, {self.consensus() or 'no column'}, {counted(self.n_sites, 'site')})"

    @property
    def width(self) -> int:
        """Number of columns W."""
        return int(self.counts.shape[0])

    def probabilities(self, pseudocount: float = 0.0) -> NDArray[np.float64]:
        """(W, 4), rows sum to 1: ``(counts + pseudocount * background) / (row total + pseudocount)``.

        A column without any count is the background.

        >>> Pwm("M1", [[3, 1, 0, 0]], n_sites=4).probabilities(pseudocount=4)
        array([[0.5  , 0.25 , 0.125, 0.125]])
        """
        if pseudocount < 0:
            raise ValueError(f"pseudocount must not be negative; got {pseudocount}")
        background = np.asarray(self.background)
        total = self.counts.sum(axis=1, keepdims=True) + pseudocount
        weighted = self.counts + pseudocount * background
        return np.where(total > 0, weighted / np.where(total > 0, total, 1.0), background)

    def log_odds(self, pseudocount: float = 1.0) -> NDArray[np.float64]:
        """(W, 4) in bits: ``log2(probability / background)``; -inf where a probability is 0.

        >>> Pwm("M1", [[2, 2, 0, 0]], n_sites=4).log_odds(pseudocount=0)
        array([[  1.,   1., -inf, -inf]])
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log2(self.probabilities(pseudocount)) - np.log2(self.background))

    def information(self, pseudocount: float = 0.0) -> NDArray[np.float64]:
        """(W,) bits a column: Kullback-Leibler divergence of the column from the background.

        >>> Pwm("M1", [[1, 0, 0, 0], [1, 1, 1, 1]], n_sites=4).information()
        array([2., 0.])
        """
        p = self.probabilities(pseudocount)
        terms = p * (np.log2(np.where(p > 0, p, 1.0)) - np.log2(self.background))
        return np.asarray(np.maximum(np.where(p > 0, terms, 0.0).sum(axis=1), 0.0))

    def corrected_information(self) -> NDArray[np.float64]:
        """(W,) bits a column less those that n letters of the background show: 3 / (2 ln 2 n), not below 0.

        n is the column's own total. Wherever bits decide something, or are shown, it is these.
        Source: Schneider et al. 1986 (J Mol Biol 188:415), appendix, the approximation for n letters of 4 kinds; it
        holds against any background, as 2 n ln 2 times the bits of such a column is about χ² of 3 degrees of freedom.

        >>> Pwm("M1", [[20, 0, 0, 0], [5, 5, 5, 5]], n_sites=20).corrected_information().round(2)
        array([1.89, 0.  ])
        """
        total = self.counts.sum(axis=1)
        expected = 3 / (2 * np.log(2) * np.where(total > 0, total, 1.0))
        return np.asarray(np.maximum(self.information() - expected, 0.0))

    def consensus(self) -> str:
        """One IUPAC letter a column.

        One base where its probability is >= 1/2 and at least twice the second's; two bases where their
        probabilities sum to >= 3/4; N otherwise (Cavener 1987, without the letters for three bases).

        >>> Pwm("M1", [[6, 2, 1, 1], [4, 4, 1, 1], [4, 3, 2, 1]], n_sites=10).consensus()
        'AMN'
        """
        return "".join(self._letter(p) for p in self.probabilities())

    def _letter(self, p: NDArray[np.float64]) -> str:
        first, second = np.argsort(-p, kind="stable")[:2].tolist()
        slack = 1e-9  # thirds and halves that floating point leaves just below their value
        if p[first] >= 0.5 - slack and p[first] >= 2 * p[second] - slack:
            return self.alphabet.letters[first]
        if p[first] + p[second] >= 0.75 - slack:
            return _PAIRS[min(first, second), max(first, second)]
        return "N"

    def reverse_complement(self) -> "Pwm":
        """The same motif read on the other strand; applied twice, the motif itself.

        >>> Pwm("M1", [[9, 0, 0, 0], [0, 9, 0, 0]], n_sites=9).reverse_complement().consensus()
        'GT'
        """
        return replace(self, counts=self.counts[::-1, ::-1], background=self.background[::-1])

    def trim(self, min_bits: float = 0.25, pad: int = 0) -> "Pwm":
        """The stretch from the first to the last column with >= ``min_bits`` bits, and ``pad`` columns beside it.

        Columns in between are kept whatever they carry. Width 0 where no column carries that much.

        >>> Pwm("M1", [[1, 1, 1, 1], [4, 0, 0, 0], [1, 1, 1, 1], [0, 4, 0, 0]], n_sites=4).trim().consensus()
        'ANC'
        """
        if pad < 0:
            raise ValueError(f"pad must not be negative; got {pad}")
        start, end = self.informative_span(min_bits)
        if start == end:
            return replace(self, counts=self.counts[:0])
        return replace(self, counts=self.counts[max(0, start - pad) : end + pad])

    def informative_span(self, min_bits: float = 0.25) -> tuple[int, int]:
        """Columns [start, end) from the first to the last with >= ``min_bits`` bits; (0, 0) where there is none."""
        columns = np.flatnonzero(self.information() >= min_bits)
        return (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, 0)
