"""What each motif is, by its letters and the place where its marks peak: donor, acceptor, branch point."""

from typing import NamedTuple

import numpy as np

from sparling_genomics.splicing.maps.surroundings import Surroundings
from sparling_genomics.splicing.runs.words import SpliceMotif

BRANCH = (60, 5)
"""nt before an acceptor's base between which the branch point's A is sought. Source: 6-18 in fission yeast (Mertins &
Gallwitz 1987, EMBO J 6:1757), 18-44 in humans (Mercer et al. 2015, Genome Res 25:290)."""
LETTERS = ((1, "T", 0.5), (3, "A", 0.6))
"""Of the word YTNAY: column, letter and its least share; the A is the branch point."""
ENRICHED = 3.0
"""Times that true sites must have a mark at the peak as often as decoys; at least `LEAST` of them."""
LEAST = 0.03
_WIDTH = 5


class Role(NamedTuple):
    """``name`` in words, empty where the place says nothing; ``offset`` of a branch point's A from acceptors."""

    name: str
    offset: int | None = None


def role(motif: SpliceMotif, around: Surroundings) -> Role:
    """Of one motif, by these rules: it lies over the GT of donors, or the AG of acceptors, most often; or it has YTNAY,
    with the A 5 to 60 nt before acceptors, three times as often as before decoys."""
    at_donor = motif.donor.share >= LEAST and motif.donor.offset <= 1 and motif.donor.offset + motif.pwm.width >= 3
    at_acceptor = (
        motif.acceptor.share >= LEAST and motif.acceptor.offset <= -2 and motif.acceptor.offset + motif.pwm.width >= 0
    )
    if at_donor and (motif.donor.share >= motif.acceptor.share or not at_acceptor):
        return Role("donor")
    if at_acceptor:
        return Role("acceptor")
    column = branch_column(motif)
    if column is not None:
        offset = motif.acceptor.offset + column
        share = motif.acceptor.share
        if -BRANCH[0] <= offset <= -BRANCH[1] and share >= max(LEAST, ENRICHED * around.acceptor_decoy_share):
            return Role("branch point", offset)
    return Role("")


def branch_column(motif: SpliceMotif) -> int | None:
    """Column of the branch point's A, where the motif has the word YTNAY; None where it has not."""
    letters, shares = motif.pwm.alphabet.letters, motif.pwm.probabilities()
    for first in range(-1, motif.pwm.width - _WIDTH + 2):
        columns = [(first + at, letters.index(letter), least) for at, letter, least in LETTERS]
        if all(0 <= at < motif.pwm.width and shares[at, letter] >= least for at, letter, least in columns):
            return int(np.int64(first + LETTERS[1][0]))
    return None
