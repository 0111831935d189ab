"""What is measured of how a prediction relies on its motifs, as values."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Reliance(NamedTuple):
    """What hangs on each of C channels; nan where there is no sequence with a site.

    Fields, as in `effects.Silencing`: ``sequences`` (C,), bound test sequences with a site and predicted bound;
    ``alpha`` (C,), the share of them that is not without the channel; ``change`` (C,), the mean change of the logit of
    bound test sequences with a site. ``swapped`` (C, C), of validation and test sequences with a site of i or j the
    share whose class stays when the two channels are exchanged.
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
