"""What is to be validated: a grammar and a seed, kept in the run's folder so that it can be gone on with."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sparling.errors import InputError, SettingOutOfRange
from sparling.validation.presets import Schedule
from sparling.validation.run import CONFIG, Kept, check_minutes, check_same, check_seed, read_config
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS
from sparling_genomics.worlds.planted_dna.world import PlantedDna

DEFAULT = "order"


@dataclass(frozen=True)
class Network:
    """Local model and readout."""

    receptive_field: int = 15
    """bp, odd; little more than a motif, so that a mark lies inside its motif."""
    width: int = 64
    """Patterns that the local model knows."""
    functions: int = 8
    hidden: int = 64
    inhibition: int = 13
    """Widest window of inhibition, in bp."""


@dataclass(frozen=True)
class Starts:
    """Short trainings from random weights, each at one density; the best goes on (`starts.all_starts`)."""

    densities: tuple[float, ...] = (0.1, 0.04) * 6
    samples: int = 8_000
    """Training samples of each, before its learning rate falls."""
    share: float = 0.4
    """Of the time budget, for all of them."""


SCHEDULE = Schedule(
    evaluate_every=8_000, settle_evaluations=3, factor=0.6, tolerance=0.02, patience=2, recruit_below=5.0
)
REST_AT = 0.75
"""At this share of the first density, accuracy must come to rest before it is lowered further."""


@dataclass(frozen=True)
class PlantedRun(Kept):
    """What is to be run."""

    world: PlantedDna
    seed: int
    network: Network
    starts: Starts
    schedule: Schedule

    @classmethod
    def of(cls, grammar: str | None, seed: int | None = None, max_minutes: float | None = None) -> "PlantedRun":
        """The run of these options; None is the default: `DEFAULT`, 0, and the time that the settings allow.

        Raises ``InputError`` for an unknown grammar or a number out of range.
        """
        grammar = DEFAULT if grammar is None else grammar
        if grammar not in GRAMMARS:
            raise SettingOutOfRange("grammar", grammar, f"one of {', '.join(GRAMMARS)}")
        schedule = SCHEDULE
        if max_minutes is not None:
            schedule = replace(schedule, max_minutes=check_minutes(max_minutes))
        return cls(PlantedDna(GRAMMARS[grammar]), check_seed(seed), Network(), Starts(), schedule)

    @classmethod
    def resumable(cls, folder: Path, grammar: str | None, seed: int | None, max_minutes: float | None) -> "PlantedRun":
        """The run to go on with in ``folder``; only its time may change.

        Raises ``InputError`` where there is none, an option that is given (not None) differs, or the settings are not
        what they were when the run was started.
        """
        config = read_config(folder)
        check_same(config, grammar=grammar, seed=seed)
        try:
            before = float(config["settings"]["schedule"]["max_minutes"])
            run = cls.of(str(config["grammar"]), int(config["seed"]), before)
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise InputError(f"not the configuration of a run ({error}): {folder / CONFIG}") from error
        if run.config() != config:
            raise InputError(f"the settings are not what they were when the run was started: {folder / CONFIG}")
        return run if max_minutes is None else cls.of(run.grammar, run.seed, max_minutes)

    def config(self) -> dict[str, Any]:
        """All that decides the result, as it is written."""
        return {"grammar": self.grammar, "seed": self.seed, "settings": self.settings}

    @property
    def settings(self) -> dict[str, Any]:
        """Network, starts and schedule as they are written."""
        starts = asdict(self.starts) | {"densities": list(self.starts.densities)}
        schedule = asdict(self.schedule)
        del schedule["initial"]  # that of the best start
        return {"network": asdict(self.network), "starts": starts, "schedule": schedule}

    @property
    def grammar(self) -> str:
        """Name of the grammar."""
        return self.world.grammar.name

    @property
    def name(self) -> str:
        """GRAMMAR_SEED."""
        return f"{self.grammar}_{self.seed}"
