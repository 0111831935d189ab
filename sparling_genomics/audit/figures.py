"""What is measured of how a prediction relies on its motifs, as values."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Reliance(NamedTuple):
    """What hangs on each of C channels, on held-out sequences; nan where there is none with a site.

    Fields: ``sequences`` (C,), held-out ones with a site; ``alpha`` (C,), the share of them whose predicted class
    changes when the channel is silenced; ``change`` (C,), the mean change of their logit; ``swapped`` (C, C), of those
    with a site of i or j the share whose class stays when the two channels are exchanged.
    """

    sequences: NDArray[np.int64]
    alpha: NDArray[np.float64]
    change: NDArray[np.float64]
    swapped: NDArray[np.float64]


class Transplant(NamedTuple):
    """Sites carried to another place of their sequence. ``sequences`` tried, ``found`` share found again at the new
    place, ``kept`` share whose predicted class stayed; nan without any.
    """

    sequences: int
    found: float
    kept: float
