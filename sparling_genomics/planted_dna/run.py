"""What is to be validated: a grammar and a seed, kept in the run's folder so that it can be gone on with."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sparling.checkpoint import write_json
from sparling.errors import InputError
from sparling.folders import make_empty
from sparling.validation.run import CONFIG, check_minutes, check_same, check_seed, read_config
from sparling_genomics.planted_dna.grammars import GRAMMARS
from sparling_genomics.planted_dna.world import PlantedDna

DEFAULT = "order"


@dataclass(frozen=True)
class Settings:
    """Network, training and annealing, the same for all grammars. Samples are training samples."""

    receptive_field: int = 15
    """bp, odd; little more than a motif, so that a mark lies inside its motif."""
    width: int = 64
    """Patterns that the local model knows."""
    functions: int = 8
    hidden: int = 64
    inhibition: int = 13
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warm_up: int = 5_000
    clip: float = 1.0
    batch_size: int = 64
    evaluate_every: int = 8_000
    settle_evaluations: int = 3
    held_out: int = 1_000
    calibration: int = 10_000
    test: int = 4_000
    first_marks: float = 3.0
    """Marks of a channel on a sequence at the start, which make the first density (`FIRST_MARKS`)."""
    rest_at: float = 0.75
    """At this share of the first density, accuracy must come to rest before it is lowered further."""
    factor: float = 0.6
    tolerance: float = 0.02
    patience: int = 2
    recruit_below: float = 5.0
    """Density up to which idle channels are recruited, in units of δ*."""
    max_minutes: float = 9.5


FIRST_MARKS = {"spacing": 15.0}
"""Where another number than `Settings.first_marks` is the first: an answer that hangs on pairs needs a denser map."""


@dataclass(frozen=True)
class PlantedRun:
    """What is to be run."""

    world: PlantedDna
    seed: int
    settings: Settings

    @classmethod
    def of(cls, grammar: str | None, seed: int | None = None, max_minutes: float | None = None) -> "PlantedRun":
        """The run of these options; None is the default: `DEFAULT`, 0, and the time that the settings allow.

        Raises ``InputError`` for an unknown grammar or a number out of range.
        """
        grammar = DEFAULT if grammar is None else grammar
        if grammar not in GRAMMARS:
            raise InputError(f"--grammar must be one of {', '.join(GRAMMARS)}; got {grammar}")
        settings = Settings(first_marks=FIRST_MARKS.get(grammar, Settings.first_marks))
        if max_minutes is not None:
            settings = replace(settings, max_minutes=check_minutes(max_minutes))
        return cls(PlantedDna(GRAMMARS[grammar]), check_seed(seed), settings)

    @classmethod
    def resumable(cls, folder: Path, grammar: str | None, seed: int | None, max_minutes: float | None) -> "PlantedRun":
        """The run to go on with in ``folder``; only its time may change.

        Raises ``InputError`` where there is none, an option that is given (not None) differs, or the settings are not
        what they were when the run was started.
        """
        config = read_config(folder)
        check_same(config, grammar=grammar, seed=seed)
        try:
            before = float(config["settings"]["max_minutes"])
            run = cls.of(str(config["grammar"]), int(config["seed"]), before)
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise InputError(f"not the configuration of a run ({error}): {folder / CONFIG}") from error
        if run.config() != config:
            raise InputError(f"the settings are not what they were when the run was started: {folder / CONFIG}")
        return run if max_minutes is None else cls.of(run.grammar, run.seed, max_minutes)

    def config(self) -> dict[str, Any]:
        """All that decides the result, as it is written."""
        settings: dict[str, Any] = json.loads(json.dumps(asdict(self.settings)))
        return {"grammar": self.grammar, "seed": self.seed, "settings": settings}

    def start(self, folder: Path) -> None:
        """Make ``folder``, empty but for the configuration."""
        make_empty(folder)
        self.write(folder)

    def write(self, folder: Path) -> None:
        """Write the configuration into ``folder``."""
        write_json(folder / CONFIG, self.config())

    @property
    def grammar(self) -> str:
        """Name of the grammar."""
        return self.world.grammar.name

    @property
    def name(self) -> str:
        """GRAMMAR_SEED."""
        return f"{self.grammar}_{self.seed}"
