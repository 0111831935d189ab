"""Concepts as something to validate on: streams that see them, and the trainings that are compared."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from sparling.domains.concepts import Concepts
from sparling.errors import SettingOutOfRange
from sparling.validation.run import Chosen, Option
from sparling.worlds.concepts.presets import PRESETS, Preset, Schedule


@dataclass(frozen=True, kw_only=True)
class ConceptsWorld(Chosen):
    """A preset of the world of concepts."""

    command, title = "concepts", "Concepts"
    options = (Option("preset", PRESETS, "quick"),)

    domain: Concepts
    """Its mixtures are those of the seed of the run."""
    schedule: Schedule

    @classmethod
    def of(cls, *chosen: str) -> Self:
        """The world of this preset."""
        return cls.at(PRESETS[chosen[0]])

    @classmethod
    def at(cls, preset: Preset) -> Self:
        """The world of this preset."""
        return cls(chosen=(preset.name,), domain=preset.domain, schedule=preset.schedule)

    def within(self, minutes: float | None, samples: int | None = None) -> Self:
        """The same, with so much time for all trainings; they are many, and have no common budget of samples."""
        if minutes is None or samples is not None:
            raise SettingOutOfRange("max_samples", samples, "left out here")
        return replace(self, schedule=replace(self.schedule, max_minutes=minutes))

    @property
    def settings(self) -> dict[str, Any]:
        """By part, then by name."""
        world = asdict(self.domain)
        world.pop("mixture")
        return {"world": world, "schedule": asdict(self.schedule)}

    @property
    def in_words(self) -> str:
        """How large the world is, and how much is trained."""
        domain, schedule = self.domain, self.schedule
        return (
            f"Concepts {self.chosen[0]}: {len(domain.names)} concepts in {len(domain.views)} streams, "
            f"{schedule.count} trainings of {schedule.latents} latents"
        )
