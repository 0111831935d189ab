"""What is to be validated: a world and a seed, kept in the run's folder so that it can be gone on with."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from sparling.errors import InputError, NothingToResume, SettingDiffers, SettingOutOfRange
from sparling.locks import refuse_held
from sparling.training.checkpoint import read_json, write_json
from sparling.training.folders import make_empty

CONFIG = "validation-config.json"
"""The file that tells the folder of a validation from any other."""
SEEDS = 1 << 62
"""Seeds lie below this."""


class Option(NamedTuple):
    """One thing that is chosen by name: a preset, a variant, a rule."""

    name: str
    known: Mapping[str, object] | None
    """The names that there are; None where any is taken, and `Chosen.of` says what is wrong with one."""
    default: str


@dataclass(frozen=True, kw_only=True)
class Chosen(ABC):
    """What can be validated, told by the names that were chosen: a world, at one of its sizes, in a variant."""

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
    def within(self, minutes: float | None, samples: int | None = None) -> Self:
        """The same, in so many minutes and training samples at most."""

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


W = TypeVar("W", bound=Chosen)


@dataclass(frozen=True)
class Run(Generic[W]):
    """What is to be run."""

    world: W
    seed: int

    @classmethod
    def of(
        cls,
        kind: type[W],
        chosen: Mapping[str, str | None],
        seed: int | None = None,
        max_minutes: float | None = None,
        max_samples: int | None = None,
    ) -> "Run[W]":
        """The run of this ``kind`` of world; None, or an option not given, is the default: that of the option, seed 0,
        and the time that the world allows, or as long as ``max_samples`` take.

        Raises ``SettingOutOfRange`` for an unknown name or a number out of range.
        """
        names = []
        for option in kind.options:
            got = chosen.get(option.name)
            names.append(option.default if got is None else got)
            if option.known is not None and names[-1] not in option.known:
                raise SettingOutOfRange(option.name, names[-1], f"one of {', '.join(option.known)}")
        if seed is not None and not 0 <= seed < SEEDS:
            raise SettingOutOfRange("seed", seed, f"a whole number from 0 to {SEEDS - 1}")
        world = kind.of(*names)
        for name, limit in (("max_minutes", max_minutes), ("max_samples", max_samples)):
            if limit is not None and not 0 < limit < math.inf:
                raise SettingOutOfRange(name, f"{limit:g}", "above 0")
        if max_minutes is not None or max_samples is not None:
            world = world.within(max_minutes, max_samples)
        return cls(world, seed or 0)

    @classmethod
    def resumable(
        cls,
        kind: type[W],
        folder: Path,
        chosen: Mapping[str, str | None],
        seed: int | None = None,
        max_minutes: float | None = None,
        max_samples: int | None = None,
    ) -> "Run[W]":
        """The run to go on with in ``folder``; only its budget may change.

        Raises ``NothingToResume`` where there is none, ``SettingDiffers`` where an option that is given (not None)
        does, ``InUse`` where another process writes there, ``InputError`` where the settings are not what they were
        when the run was started.
        """
        refuse_held(folder)
        path = folder / CONFIG
        if not path.is_file():
            raise NothingToResume(folder, CONFIG)
        config = read_json(path)
        given: dict[str, str | int | None] = {**chosen, "seed": seed}
        for name, got in given.items():
            if got is not None and got != config.get(name):
                raise SettingDiffers(name, got, config.get(name))
        try:
            before = {option.name: str(config[option.name]) for option in kind.options}
            schedule = config["settings"]["schedule"]
            minutes, samples = schedule["max_minutes"], schedule.get("max_samples")
            minutes = None if minutes is None else float(minutes)
            run = cls.of(kind, before, int(config["seed"]), minutes, samples)
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise InputError(f"not the configuration of a run ({error}): {path}") from error
        if run.config() != config:
            raise InputError(f"the settings are not what they were when the run was started: {path}")
        if max_minutes is None and max_samples is None:
            return run
        return cls.of(kind, before, run.seed, max_minutes, max_samples)

    def config(self) -> dict[str, Any]:
        """All that decides the result, as it is written."""
        content: dict[str, Any] = json.loads(json.dumps({"seed": self.seed, "settings": self.world.settings}))
        return self.world.names | content

    @property
    def name(self) -> str:
        """What was chosen and the seed: the first option, the seed, then the others where they are not the default."""
        first, *others = zip(self.world.chosen, self.world.options, strict=True)
        changed = (name if option.known else Path(name).stem for name, option in others if name != option.default)
        return "_".join([first[0], str(self.seed), *changed])

    def start(self, folder: Path) -> None:
        """Make ``folder``, empty but for the configuration."""
        make_empty(folder, CONFIG)
        self.write(folder)

    def write(self, folder: Path) -> None:
        """Write the configuration into ``folder``."""
        write_json(folder / CONFIG, self.config())
