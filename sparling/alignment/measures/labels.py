"""What is known of samples: labels in a tree, from kinds of kinds down to the finest."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

ROOTLESS = -1
"""The parent of a label that has none."""


@dataclass(frozen=True)
class LabelTree:
    """C labels, each below another or at the top; several may be at the top, and a sample may have any of them.

    >>> tree = LabelTree.of({"cat": "animal", "oak": "plant"})
    >>> tree.names, tree.depth.tolist(), tree.deepest
    (('animal', 'cat', 'oak', 'plant'), [0, 1, 1, 0], 1)
    >>> [tree.names[label] for label in tree.lifted(0)]
    ['animal', 'animal', 'plant', 'plant']
    """

    names: tuple[str, ...]
    parent: tuple[int, ...]
    """(C,) the label above, −1 where there is none."""

    def __post_init__(self) -> None:
        if len(self.names) != len(self.parent) or len(set(self.names)) != len(self.names):
            raise ValueError(f"labels must have one parent and one name each; got {len(self.parent)}, {self.names}")
        if not all(ROOTLESS <= parent < len(self.names) for parent in self.parent):
            raise ValueError(f"parents must be labels or {ROOTLESS}; got {self.parent}")
        for start in range(len(self.names)):
            label, steps = start, 0
            while label != ROOTLESS:
                label, steps = self.parent[label], steps + 1
                if steps > len(self.names):
                    raise ValueError(f"the tree of labels must have no circle; {self.names[start]} is above itself")

    @classmethod
    def of(cls, parents: Mapping[str, str], others: tuple[str, ...] = ()) -> Self:
        """The tree in which each label has this parent; ``others`` are labels that need have none.

        Raises ``ValueError`` for a circle.
        """
        names = tuple(sorted({*parents, *parents.values(), *others}))
        place = {name: i for i, name in enumerate(names)}
        return cls(names, tuple(place[parents[name]] if name in parents else ROOTLESS for name in names))

    @cached_property
    def depth(self) -> NDArray[np.int64]:
        """(C,) labels above each, 0 at the top."""
        depth = np.zeros(len(self.names), dtype=np.int64)
        for i, parent in enumerate(self.parent):
            while parent != ROOTLESS:
                depth[i], parent = depth[i] + 1, self.parent[parent]
        return depth

    @property
    def deepest(self) -> int:
        """The largest depth."""
        return int(self.depth.max(initial=0))

    def lifted(self, depth: int) -> NDArray[np.int64]:
        """(C,) the label at ``depth`` that each lies below; a label that is not so deep stays."""
        lifted = np.arange(len(self.names))
        for label in range(len(lifted)):
            while self.depth[lifted[label]] > depth:
                lifted[label] = self.parent[lifted[label]]
        return lifted


@dataclass(frozen=True)
class Labels:
    """The labels of N samples: which of the C labels of a tree each has."""

    tree: LabelTree
    given: Any
    """(N, C) sparse, 1 where the sample has the label."""

    @classmethod
    def of(cls, tree: LabelTree, given: NDArray[np.bool_]) -> Self:
        """``given`` (N, C) as labels. Raises ``ValueError`` for another number of labels than the tree has."""
        if given.ndim != 2 or given.shape[1] != len(tree.names):
            raise ValueError(f"labels must have shape (N, C={len(tree.names)}); got {given.shape}")
        return cls(tree, csr_array(given.astype(np.int64)))

    @property
    def counts(self) -> NDArray[np.int64]:
        """(C,) how many samples have each label."""
        return np.asarray(self.given.sum(axis=0)).ravel()
