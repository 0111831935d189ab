"""What can be validated, told by the names that were chosen: a world, at one of its sizes, in one of its variants."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self


class Option(NamedTuple):
    """One thing that is chosen by name: a preset, a variant, a rule."""

    name: str
    known: Mapping[str, object] | None
    """The names that there are; None where any is taken, and `Chosen.of` says what is wrong with one."""
    default: str


@dataclass(frozen=True, kw_only=True)
class Chosen(ABC):
    """What a `sparling.validation.run.Run` is of."""

    command: ClassVar[str]
    """What the command line calls it."""
    title: ClassVar[str]
    """What a page calls it."""
    options: ClassVar[tuple[Option, ...]]

    chosen: tuple[str, ...]
    """One name for each of `options`."""

    @classmethod
    @abstractmethod
    def of(cls, *chosen: str) -> Self:
        """What has these names, all known."""

    @abstractmethod
    def within(self, minutes: float) -> Self:
        """The same, in so many minutes at most."""

    @property
    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """All numbers that decide the result, as they are written: by part, then by name.

        The minutes that it may take are ``max_minutes`` of the part ``schedule``.
        """

    @property
    @abstractmethod
    def in_words(self) -> str:
        """What is about to be run, in a clause or two."""

    @property
    def names(self) -> dict[str, str]:
        """What was chosen, by option."""
        return {option.name: name for option, name in zip(self.options, self.chosen, strict=True)}
