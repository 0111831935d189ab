"""Streams of random numbers: each purpose draws from a generator of its own, which follows from the seed alone.

So what one part of a run draws does not depend on how much another has drawn, and no two parts draw the same.
"""

from enum import Enum, unique

import numpy as np


@unique
class Purpose(Enum):
    """What random numbers are drawn for; the number of each stands in no other stream, and is never given anew.

    ``SPLIT`` sides of the sequences; ``COPIES`` shuffled copies, by side and draw; ``NEGATIVES`` unbound sequences, by
    epoch; ``ORDER`` of the sequences, by epoch; ``CALIBRATION`` its sample; ``HIDDEN`` letters hidden in training, by
    epoch; ``NULL`` bound sequences of the null run; ``AUDIT`` all choices of an audit; ``SEEDS`` shuffles beside which
    the words of a few sequences are counted; ``BOOTSTRAP`` resampled clusters; ``BACKGROUND`` windows of a genome as
    unbound sequences, by group of chromosomes; ``HALVES`` on which cuts of known matrices are chosen, and tested;
    ``DECOYS`` beside splice sites, by gene; ``PLACES`` of an alignment: which sequences, and where nothing is marked.
    """

    SPLIT = 1
    COPIES = 2
    NEGATIVES = 3
    ORDER = 4
    CALIBRATION = 5
    HIDDEN = 6
    NULL = 9
    AUDIT = 10
    SEEDS = 12
    BOOTSTRAP = 15
    BACKGROUND = 16
    HALVES = 20
    DECOYS = 30
    PLACES = 40


def generator(seed: int, purpose: Purpose, *index: int) -> np.random.Generator:
    """The generator of ``purpose``; ``index`` counts within it (side, epoch), integers from 0.

    >>> first = generator(3, Purpose.ORDER, 0).random()
    >>> generator(3, Purpose.ORDER, 0).random() == first, generator(3, Purpose.ORDER, 1).random() == first
    (True, False)
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose.value, *index)))
