"""What a world with known motifs offers: samples to train on and, for evaluation only, where each motif truly is."""

from typing import NamedTuple, Protocol

from torch import Tensor

from sparling.evaluation.motif_errors import Motifs


class Samples(NamedTuple):
    """Some samples of a domain, with their truth."""

    x: Tensor
    """(B, I, S...): uint8 with I = 1 where it is an image or letters, else float16."""
    y: Tensor
    """(B, T) int64: tokens; a sequence of tokens is followed by its end, then `PAD`."""
    motifs: Motifs
    """Class and box of every motif, in positions of ``x``."""


PAD = -1
"""Fills the target after its end; never predicted."""


class Domain(Protocol):
    """A world with known motifs whose samples have an address: sample i of seed s is always the same."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name a motif class."""
        ...

    @property
    def tokens(self) -> int:
        """Size of the vocabulary with its end token, which is the last."""
        ...

    @property
    def size(self) -> tuple[int, ...]:
        """S, positions of ``x`` along each axis."""
        ...

    @property
    def motifs_per_sample(self) -> float:
        """Expected number of motifs; times samples over positions and channels this is δ*."""
        ...

    def samples(self, seed: int, index: Tensor) -> Samples:
        """The samples of these addresses, (B,) int64, on the device of ``index``."""
        ...


class SpelledDomain(Domain, Protocol):
    """A domain whose output is a sequence of tokens, from which alone follows what a changed motif demands."""

    @property
    def length(self) -> int:
        """T, the longest target with its end token."""
        ...

    def demanded(self, y: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """What the output must be once each motif of class ``source`` (B,) is of class ``target`` (B,)."""
        ...
