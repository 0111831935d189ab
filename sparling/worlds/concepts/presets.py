"""The world of concepts at two sizes, and the trainings that go with each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sparling.alignment.settings import AlignmentSettings, Choice
from sparling.domains.concepts import Concepts

CHOICES: dict[Choice, str] = {"global": "Global TopK", "local": "Local TopK"}


class Variant(NamedTuple):
    """One training: who chooses active latents, λ, and how many they are."""

    choice: Choice
    cross: float
    k: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.choice}_{self.cross:g}_{self.k}"

    @property
    def title(self) -> str:
        """In words."""
        return f"{CHOICES[self.choice]}, λ = {self.cross:g}, k = {self.k}"


@dataclass(frozen=True)
class Schedule:
    """The trainings of a validation, and what they are measured on."""

    crosses: tuple[float, ...] = (0.0, 0.3, 1.0, 3.0)
    """λ of the trainings."""
    ks: tuple[int, ...] = (6,)
    """k of the trainings; the first is that of the headline."""
    latents: int = 112
    """L."""
    samples: int = 20_000
    """For training, a tenth of them to watch it."""
    test: int = 5_000
    """For measurements; no training sees them."""
    queries: int = 2_000
    """Test samples among which retrieval looks for a partner."""
    strongest: int = 50
    """Test samples of each latent that the second Jaccard looks at."""
    cap: int = 2
    """Latents that a concept may take up before it is said to take up too many."""
    epochs: int = 20
    learning_rate: float = 5e-3
    max_minutes: float = 20.0
    """For all trainings together."""

    @property
    def variants(self) -> Iterator[Variant]:
        """All trainings, in the order in which they are run."""
        return (Variant(choice, cross, k) for k in self.ks for choice in CHOICES for cross in self.crosses)

    @property
    def count(self) -> int:
        """Trainings."""
        return len(self.ks) * len(CHOICES) * len(self.crosses)

    def settings(self, variant: Variant, seed: int) -> AlignmentSettings:
        """How one is trained."""
        return AlignmentSettings(
            latents=self.latents,
            k=variant.k,
            choice=variant.choice,
            cross=variant.cross,
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            seed=seed,
            max_minutes=self.max_minutes / self.count,
        )


class Preset(NamedTuple):
    """A size of the world."""

    name: str
    domain: Concepts
    schedule: Schedule


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("quick", Concepts(), Schedule()),
        Preset("full", Concepts(), Schedule(ks=(6, 4, 10), max_minutes=90.0)),
    )
}
