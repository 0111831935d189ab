"""What is to be validated: a preset, a variant and a seed, kept in the run's folder so that it can be gone on with."""

import json
import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sparling.errors import InputError, NothingToResume, SettingDiffers, SettingOutOfRange
from sparling.training.checkpoint import read_json, write_json
from sparling.training.folders import make_empty
from sparling.validation.presets import PRESETS, Preset
from sparling.validation.variants import DEFAULT, VARIANTS, Variant

CONFIG = "validation-config.json"
"""The file that tells the folder of a validation from any other."""
SEEDS = 1 << 62
"""Seeds lie below this."""


class Kept(ABC):
    """A run whose configuration is kept in its folder."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """All that decides the result, as it is written."""

    def start(self, folder: Path) -> None:
        """Make ``folder``, empty but for the configuration."""
        make_empty(folder)
        self.write(folder)

    def write(self, folder: Path) -> None:
        """Write the configuration into ``folder``."""
        write_json(folder / CONFIG, self.config())


@dataclass(frozen=True)
class Run(Kept):
    """What is to be run."""

    preset: Preset
    variant: str
    seed: int

    @classmethod
    def of(
        cls, preset: str | None, variant: str | None = None, seed: int | None = None, max_minutes: float | None = None
    ) -> "Run":
        """The run of these options; None is the default: quick, `DEFAULT`, 0, and the time that the preset allows.

        Raises ``SettingOutOfRange`` for an unknown name or a number out of range.
        """
        preset = "quick" if preset is None else preset
        variant = DEFAULT if variant is None else variant
        for name, got, known in (("preset", preset, PRESETS), ("variant", variant, VARIANTS)):
            if got not in known:
                raise SettingOutOfRange(name, got, f"one of {', '.join(known)}")
        seed = check_seed(seed)
        chosen = PRESETS[preset]
        if max_minutes is not None:
            chosen = replace(chosen, schedule=replace(chosen.schedule, max_minutes=check_minutes(max_minutes)))
        return cls(chosen, variant, seed)

    @classmethod
    def resumable(
        cls, folder: Path, preset: str | None, variant: str | None, seed: int | None, max_minutes: float | None
    ) -> "Run":
        """The run to go on with in ``folder``; only its time may change.

        Raises ``InputError`` where there is none, an option that is given (not None) differs, or the preset is not
        what it was when the run was started.
        """
        path, config = folder / CONFIG, read_config(folder)
        check_same(config, preset=preset, variant=variant, seed=seed)
        try:
            before = config["settings"]["schedule"]["max_minutes"]
            run = cls.of(str(config["preset"]), str(config["variant"]), int(config["seed"]), float(before))
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise InputError(f"not the configuration of a run ({error}): {path}") from error
        if run.config()["settings"] != config["settings"]:
            raise InputError(f"the preset {run.preset.name} is not what it was when the run was started: {path}")
        return run if max_minutes is None else cls.of(run.preset.name, run.variant, run.seed, max_minutes)

    def config(self) -> dict[str, Any]:
        """All that decides the result, as it is written."""
        settings = json.loads(json.dumps(asdict(self.preset)))
        return {"preset": self.preset.name, "variant": self.variant, "seed": self.seed, "settings": settings}

    @property
    def name(self) -> str:
        """PRESET_SEED, and the variant where it is another than the method itself."""
        variant = "" if self.variant == DEFAULT else f"_{self.variant}"
        return f"{self.preset.name}_{self.seed}{variant}"

    @property
    def parts(self) -> Variant:
        """What the variant is made of."""
        return VARIANTS[self.variant]


def check_seed(seed: int | None) -> int:
    """The seed, 0 where none is given. Raises ``SettingOutOfRange`` where it is none."""
    if seed is not None and not 0 <= seed < SEEDS:
        raise SettingOutOfRange("seed", seed, f"a whole number from 0 to {SEEDS - 1}")
    return seed or 0


def check_minutes(minutes: float) -> float:
    """The time budget. Raises ``SettingOutOfRange`` where it is no time."""
    if not 0 < minutes < math.inf:
        raise SettingOutOfRange("max_minutes", f"{minutes:g}", "above 0")
    return minutes


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration of the run in ``folder``. Raises ``NothingToResume`` where there is none."""
    if not (folder / CONFIG).is_file():
        raise NothingToResume(folder, CONFIG)
    return read_json(folder / CONFIG)


def check_same(config: dict[str, Any], **options: str | int | None) -> None:
    """Raise ``SettingDiffers`` where an option that is given (not None) differs from the configuration."""
    for name, got in options.items():
        if got is not None and got != config.get(name):
            raise SettingDiffers(name, got, config.get(name))
