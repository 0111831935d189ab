"""Streams of random numbers: each purpose draws from a generator of its own, which follows from the seed alone.

So what one part of a run draws does not depend on how much another has drawn.
"""

from enum import Enum

import numpy as np


class Purpose(Enum):
    """What random numbers are drawn for, and the numbers that stand for it behind the seed.

    ``SPLIT`` sides of the sequences; ``COPIES`` shuffled copies, by side; ``NEGATIVES`` unbound sequences, by epoch;
    ``ORDER`` of the sequences, by epoch; ``CALIBRATION`` its sample; ``HIDDEN`` letters hidden in training, by epoch;
    ``HOLES`` who gets N where another lost its sites; ``SITES`` held-out sequences of the last training; ``NULL`` bound
    sequences of the null run; ``AUDIT`` all choices of an audit; ``TRIPLETS`` triplet shuffles.
    """

    SPLIT = ()
    COPIES = ("by side",)
    NEGATIVES = (0,)
    ORDER = (1,)
    CALIBRATION = (2,)
    HIDDEN = (3,)
    HOLES = (4,)
    SITES = (5,)
    NULL = (7,)
    AUDIT = (8,)
    TRIPLETS = (14,)


def generator(seed: int, purpose: Purpose, *index: int) -> np.random.Generator:
    """The generator of ``purpose``; ``index`` counts within it (side, epoch).

    ``COPIES`` are told from the other purposes by no number of their own, so side 0 draws what epoch 0 does.

    >>> first = generator(3, Purpose.ORDER, 0).random()
    >>> generator(3, Purpose.ORDER, 0).random() == first, generator(3, Purpose.ORDER, 1).random() == first
    (True, False)
    """
    own = [number for number in purpose.value if isinstance(number, int)]
    return np.random.default_rng([seed, *own, *index])
