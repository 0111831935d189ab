"""What each motif is, by its letters and the place where its marks peak: donor, acceptor, branch point."""

from typing import NamedTuple

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.runs.words import SpliceMotif

BRANCH = (60, 5)
"""nt before an acceptor's base between which the branch point's A is sought. Source: 6-18 in fission yeast (Mertins &
Gallwitz 1987, EMBO J 6:1757), 18-44 in humans (Mercer et al. 2015, Genome Res 25:290)."""
LETTERS = ((1, "T", 0.5), (3, "A", 0.6))
"""Of the word YTNAY: column, letter and its least share; the A is the branch point."""
ENRICHED = 3.0
"""Times that true sites must have a mark at the peak as often as decoys; at least `LEAST` of them."""
LEAST = 0.03


class Role(NamedTuple):
    """``name`` in words, empty where the place says nothing; ``offset`` of a branch point's A from acceptors."""

    name: str
    offset: int | None = None


def role(motif: SpliceMotif, decoys: float) -> Role:
    """Of one motif, by these rules: it lies over the GT of donors, or the AG of acceptors, most often; or it has YTNAY,
    with the A 5 to 60 nt before acceptors, three times as often as before decoys, whose share is ``decoys``."""
    at_donor = motif.donor.share >= LEAST and motif.donor.offset <= 1 and motif.donor.offset + motif.pwm.width >= 3
    at_acceptor = (
        motif.acceptor.share >= LEAST and motif.acceptor.offset <= -2 and motif.acceptor.offset + motif.pwm.width >= 0
    )
    if at_donor and (motif.donor.share >= motif.acceptor.share or not at_acceptor):
        return Role("donor")
    if at_acceptor:
        return Role("acceptor")
    column = branch_column(motif.pwm)
    if column is not None:
        offset = motif.acceptor.offset + column
        share = motif.acceptor.share
        if -BRANCH[0] <= offset <= -BRANCH[1] and share >= max(LEAST, ENRICHED * decoys):
            return Role("branch point", offset)
    return Role("")


def branch_column(pwm: Pwm) -> int | None:
    """Column of the branch point's A, where the motif has the word YTNAY; None where it has not."""
    letters, shares = pwm.alphabet.letters, pwm.probabilities()
    for first in range(-1, pwm.width - 3):
        columns = [(first + at, letters.index(letter), least) for at, letter, least in LETTERS]
        if all(shares[at, letter] >= least for at, letter, least in columns):
            return first + LETTERS[1][0]
    return None
