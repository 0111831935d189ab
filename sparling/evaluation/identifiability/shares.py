"""A share of so many, with its interval."""

from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True)
class Share:
    """A fraction in [0, 1], its 95 % Wilson interval, and of how many; None where there are none."""

    value: float | None
    low: float | None
    high: float | None
    number: int

    @classmethod
    def of(cls, part: int, whole: int) -> "Share":
        """``part`` of ``whole``, independent of each other.

        Source: Wilson, J. Am. Stat. Assoc. 22, 1927. Raises ``ValueError`` unless 0 ≤ part ≤ whole.

        >>> Share.of(9, 10)
        Share(value=0.9, low=0.5958499732047615, high=0.9821237869049271, number=10)
        >>> Share.of(0, 0)
        Share(value=None, low=None, high=None, number=0)
        """
        if not 0 <= part <= whole:
            raise ValueError(f"a share must be of 0 <= part <= whole; got {part} of {whole}")
        if whole == 0:
            return cls(None, None, None, 0)
        interval = binomtest(part, whole).proportion_ci(0.95, method="wilson")
        return cls(part / whole, float(interval.low), float(interval.high), whole)
