"""What is to be validated: a world and a seed, kept in the run's folder so that it can be gone on with."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sparling.errors import InputError, NothingToResume, SettingDiffers, SettingOutOfRange
from sparling.training.checkpoint import read_json, write_json
from sparling.training.folders import make_empty
from sparling.validation.world import World

CONFIG = "validation-config.json"
"""The file that tells the folder of a validation from any other."""
SEEDS = 1 << 62
"""Seeds lie below this."""


@dataclass(frozen=True)
class Run:
    """What is to be run."""

    world: World
    seed: int

    @classmethod
    def of(
        cls,
        kind: type[World],
        chosen: Mapping[str, str | None],
        seed: int | None = None,
        max_minutes: float | None = None,
        max_samples: int | None = None,
    ) -> "Run":
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
            schedule = replace(world.schedule, max_minutes=max_minutes, max_samples=max_samples)
            world = replace(world, schedule=schedule)
        return cls(world, seed or 0)

    @classmethod
    def resumable(
        cls,
        kind: type[World],
        folder: Path,
        chosen: Mapping[str, str | None],
        seed: int | None = None,
        max_minutes: float | None = None,
        max_samples: int | None = None,
    ) -> "Run":
        """The run to go on with in ``folder``; only its budget may change.

        Raises ``NothingToResume`` where there is none, ``SettingDiffers`` where an option that is given (not None)
        does, ``InputError`` where the settings are not what they were when the run was started.
        """
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
            minutes, samples = schedule["max_minutes"], schedule["max_samples"]
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
        make_empty(folder)
        self.write(folder)

    def write(self, folder: Path) -> None:
        """Write the configuration into ``folder``."""
        write_json(folder / CONFIG, self.config())
