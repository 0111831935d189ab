"""Where an insertion or deletion may be placed in a repeat, and an alternative allele along the reference.

One more T in TTTT can be written at any of five places, and the letters are the same; a site beside it has then moved,
or not, by the place alone. So all places are looked at, and the one is taken at which least changes. For the same
reason inserted letters count for the base before them, or else behind them: what is put in front of an exon moves no
acceptor.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes
from sparling_genomics.variants.alleles import Edit

FURTHEST = 1000
"""nt that a variant is moved along a repeat, at most."""


class Placing(NamedTuple):
    """A variant as far to the left as it can be placed, and by how many nt it can be moved to the right from there."""

    edit: Edit
    room: int

    @property
    def removed(self) -> int:
        """nt of the reference that it replaces."""
        return self.edit.end - self.edit.start

    @property
    def inserted(self) -> int:
        """nt that stand in their place."""
        return len(self.edit.letters)

    @property
    def anchor(self) -> int:
        """The first base that changes, or the one before it of an insertion or deletion, as VCF places them."""
        return self.edit.start - (not self.removed or not self.inserted)


def placed(edit: Edit, genome: Genome, chrom: str) -> Placing:
    """The places of an edit without letters that both alleles share; substitutions have one.

    Source: Tan et al. 2015, Bioinformatics 31:2202 (left alignment).
    """
    if edit.end > edit.start and len(edit.letters):
        return Placing(edit, 0)
    first, last = max(edit.start - FURTHEST, 0), min(edit.end + FURTHEST, genome.lengths[chrom])
    around = genome.codes(chrom, first, last)
    before, behind = around[: edit.start - first], around[edit.end - first :]
    own = edit.letters if len(edit.letters) else around[edit.start - first : edit.end - first]
    left, right = _repeats(before[::-1], own[::-1]), _repeats(behind, own)
    letters = np.roll(edit.letters, left).astype(np.uint8) if len(edit.letters) else edit.letters
    return Placing(Edit(edit.start - left, edit.end - left, letters), left + right)


def _repeats(beside: Codes, unit: Codes) -> int:
    """Letters of ``beside`` that go on with ``unit``, again and again."""
    repeated = np.resize(unit, len(beside))
    agree = (beside == repeated) & (beside < AMBIGUOUS)
    return len(agree) if agree.all() else int(agree.argmin())


class Along(NamedTuple):
    """Probabilities of the alternative allele along the reference: ``said`` (2, n), and those beside it, ``more``.

    ``more``: where several bases of the alternative count for one of the reference, the second largest; 0 elsewhere.
    """

    said: NDArray[np.float32]
    more: NDArray[np.float32]

    def gains(self, reference: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is gained over the reference's probabilities (2, n); of several bases that count for one, one is old."""
        gained: NDArray[np.float32] = np.maximum(self.said - reference, self.more)
        return gained


def along_reference(said: NDArray[np.float32], at: int, removed: int, inserted: int, behind: bool = False) -> Along:
    """Probabilities of the alternative allele (2, m) along the reference, n = m - inserted + removed.

    At ``at``, ``removed`` letters became ``inserted`` ones. As many as both have stand one for one; what is removed has
    probability 0; what is inserted beyond that counts for the base before it, where the largest is taken, as SpliceAI
    does; or for the base ``behind`` it.

    >>> p = np.array([[0, 0.25, 1, 0.5]], dtype=np.float32)
    >>> [along_reference(p, 2, 0, 1, behind).said.tolist() for behind in (False, True)]
    [[[0.0, 1.0, 0.5]], [[0.0, 0.25, 1.0]]]
    """
    both = at + min(removed, inserted)
    gone = np.zeros((len(said), max(removed - inserted, 0)), dtype=said.dtype)
    extra = max(inserted - removed, 0)
    along = np.concatenate([said[:, :both], gone, said[:, both + extra :]], axis=1)
    more = np.zeros_like(along)
    if extra and along.shape[1]:
        base = min(max(both - (not behind), 0), along.shape[1] - 1)
        together = np.sort(np.concatenate([along[:, [base]], said[:, both : both + extra]], axis=1), axis=1)
        along[:, base], more[:, base] = together[:, -1], together[:, -2]
    return Along(along, more)
