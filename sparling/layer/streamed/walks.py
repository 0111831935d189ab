"""What can be walked several times: `Mapped` makes its items anew each time, `Pairs` are batches that are checked."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from torch import Tensor

Item = TypeVar("Item")
Made = TypeVar("Made")
Pair = tuple[Tensor, Tensor | None]
"""Inputs x (B, I, S...) and their mask (B, 1, S...), or None."""


class Mapped(Generic[Item, Made]):
    """``function`` of each of ``items``, made anew whenever they are walked, so that one is in memory at a time.

    >>> squares = Mapped(lambda n: n * n, [1, 2])
    >>> list(squares), list(squares)
    ([1, 4], [1, 4])
    """

    def __init__(self, function: Callable[[Item], Made], items: Iterable[Item]) -> None:
        self.function, self.items = function, items

    def __iter__(self) -> Iterator[Made]:
        return map(self.function, self.items)


class Pairs:
    """``batches`` (x, mask), which must be pairs, and as many each time they are walked.

    Raises ``ValueError`` for an iterator, which can be walked only once, and while walked for anything but pairs and
    for another number of batches than the first time.
    """

    def __init__(self, batches: Iterable[Pair]) -> None:
        if isinstance(batches, Iterator):
            kind = type(batches).__name__
            raise ValueError(
                f"batches are walked several times: give a list or a DataLoader; got a {kind}, used up by one"
            )
        self.batches = batches
        self._number: int | None = None

    def __iter__(self) -> Iterator[Pair]:
        number = 0
        for batch in self.batches:
            if not _is_pair(batch):
                raise ValueError(f"each of batches must be a pair (x, mask), mask a tensor or None; got {_told(batch)}")
            x, mask = batch
            yield x, mask
            number += 1
        if self._number not in (None, number):
            raise ValueError(f"batches must be the same whenever they are walked; got {self._number}, then {number}")
        self._number = number


def _is_pair(batch: object) -> bool:
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        return False
    return isinstance(batch[0], Tensor) and (batch[1] is None or isinstance(batch[1], Tensor))


def _told(batch: object) -> str:
    if isinstance(batch, Tensor):
        return f"a tensor of shape {tuple(batch.shape)}"
    if isinstance(batch, tuple | list):
        return f"a {type(batch).__name__} of {', '.join(type(part).__name__ for part in batch) or 'nothing'}"
    return f"a {type(batch).__name__}"
