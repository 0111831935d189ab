"""How many latents each label takes up, and a cap: common concepts may take several, and leave none to the rare.

A latent stands for the label that it goes with best: of all labels, the one with the largest φ between "the latent is
active" and "the sample has the label", over samples of all streams,

    φ = (N n₁₁ − n₁ₗ n₁ᶜ) / √(n₁ₗ (N − n₁ₗ) n₁ᶜ (N − n₁ᶜ))

which, other than the most frequent label of its samples, does not favour the common ones. That common concepts take up
most latents is an open question of SPARC (arXiv 2507.06265).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.codes import Codes
from sparling.alignment.measures.active import active_in
from sparling.alignment.measures.labels import Labels

NONE = -1
"""The label of a latent that is dead, or goes with no label more often than chance has it."""


class Occupancy(NamedTuple):
    """Which label each latent stands for."""

    label: NDArray[np.int64]
    """(L,) −1 where it stands for none."""
    phi: NDArray[np.float64]
    """(L,) φ with it, 0 where it stands for none."""
    latents: NDArray[np.int64]
    """(C,) how many latents each label takes up."""

    def within(self, cap: int) -> NDArray[np.bool_]:
        """(L,) the latents of each label that are left where it may have ``cap``: those of the largest φ.

        A mean over these is not one of common concepts. Raises ``ValueError`` for a cap below 1.
        """
        if cap < 1:
            raise ValueError(f"a label must be left one latent at least; got a cap of {cap}")
        kept = np.zeros(len(self.label), dtype=np.bool_)
        order = np.argsort(-self.phi, kind="stable")
        for label in np.unique(self.label[self.label != NONE]):
            kept[order[self.label[order] == label][:cap]] = True
        return kept

    def over(self, cap: int) -> int:
        """How many latents are beyond ``cap`` of their label: what a cap would set free."""
        return int(np.maximum(self.latents - cap, 0).sum())


def occupancy(streams: Sequence[Codes], labels: Labels, present: NDArray[np.bool_] | None = None) -> Occupancy:
    """Which label each latent stands for, over the samples of all streams; ``present`` (M, N) where some are missing.

    Two of three latents go with label a, none with b:

    >>> from sparling.alignment.measures.labels import LabelTree
    >>> labels = Labels.of(LabelTree(("a", "b"), (-1, -1)), np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=bool))
    >>> value = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]], dtype=np.float32)
    >>> found = occupancy([Codes(np.tile(np.arange(3), (4, 1)), value, size=3)], labels)
    >>> found.label.tolist(), found.phi.round(2).tolist(), found.latents.tolist(), found.within(1).tolist()
    ([0, 0, -1], [0.58, 1.0, 0.0], [2, 0], [False, True, False])
    """
    size, kinds = streams[0].size, len(labels.tree.names)
    both, active, has, samples = np.zeros((size, kinds)), np.zeros(size), np.zeros(kinds), 0
    for stream, codes in enumerate(streams):
        there = np.ones(len(codes.index), dtype=np.bool_) if present is None else present[stream]
        matrix, known = active_in(codes)[there], labels.given[there]
        both += (matrix.T @ known).toarray()
        active += np.asarray(matrix.sum(axis=0)).ravel()
        has += np.asarray(known.sum(axis=0)).ravel()
        samples += int(there.sum())
    spread = np.sqrt(np.outer(active * (samples - active), has * (samples - has)))
    phi = (samples * both - np.outer(active, has)) / np.where(spread > 0, spread, np.inf)
    best = phi.argmax(axis=1)
    strength = phi[np.arange(size), best]
    label = np.where(strength > 0, best, NONE)
    return Occupancy(label, np.maximum(strength, 0.0), np.bincount(label[label != NONE], minlength=kinds))
