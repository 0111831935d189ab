"""What an alignment is asked to do: how many latents, how many of them active, and how they are trained."""

import math
from dataclasses import dataclass
from typing import Literal

from sparling.errors import SettingOutOfRange

Choice = Literal["global", "local"]
"""Who chooses the active latents of a sample: all streams together (Global TopK), or each for itself (Local TopK)."""
CHOICES = ("global", "local")
SETTLING = 0.2
"""Share of the epochs over which the learning rate falls to 0."""
EPOCHS, STEPS = 20, 4_000
"""What a training has at least, unless told otherwise."""
MOST_LATENTS = (1 << 31) - 1
"""What the indices of codes can count."""
MOST_HELD_OUT = 10_000
"""Samples, as in SPARC: what is measured does not become more exact, but slower."""
LEAST_BETWEEN, MOST_BETWEEN = 50, 100_000
"""Steps at least, and training samples at most, between two evaluations; else they are an epoch apart."""


@dataclass(frozen=True)
class AlignmentSettings:
    """How streams are aligned; L latents of which k are active in a sample.

    Raises ``SettingOutOfRange`` for a value that a setting cannot have.
    """

    latents: int = 1024
    """L."""
    k: int = 32
    """k, at least 1 and below L."""
    initial_k: int | None = None
    """k at which training begins and from which it is annealed; None: k itself, no annealing."""
    choice: Choice = "global"
    cross: float = 1.0
    """λ, weight of cross-reconstruction beside self-reconstruction; at least 0."""
    auxiliary: float = 1 / 32
    """Weight of the auxiliary loss of dead latents; at least 0."""
    dead_after: int = 10_000
    """A latent that has been active in none of so many samples of a stream is dead there."""
    epochs: int | None = None
    """Passes through the training samples at the final k; None: `EPOCHS`, or more, for `STEPS` steps at least."""
    batch: int = 256
    """Samples a step."""
    learning_rate: float = 1e-3
    held_out: float = 0.1
    """Share of the samples that are not trained on, at most `MOST_HELD_OUT` of them; above 0 and below 1."""
    seed: int = 0
    """Of everything random."""
    max_minutes: float | None = None

    def __post_init__(self) -> None:
        for name in ("latents", "k", "dead_after", "epochs", "batch"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise SettingOutOfRange(name, getattr(self, name), "at least 1")
        if self.latents > MOST_LATENTS:
            raise SettingOutOfRange("latents", self.latents, f"at most {MOST_LATENTS}")
        if self.k >= self.latents:
            raise SettingOutOfRange("k", self.k, f"below the number of latents, {self.latents}")
        if self.initial_k is not None and not self.k <= self.initial_k < self.latents:
            expected = f"at least k, {self.k}, and below the number of latents, {self.latents}"
            raise SettingOutOfRange("initial_k", self.initial_k, expected)
        if self.choice not in CHOICES:
            raise SettingOutOfRange("choice", self.choice, f"one of {', '.join(CHOICES)}")
        for name in ("cross", "auxiliary"):
            if not 0 <= getattr(self, name) < math.inf:
                raise SettingOutOfRange(name, getattr(self, name), "at least 0")
        if not 0 < self.held_out < 1:
            raise SettingOutOfRange("held_out", self.held_out, "above 0 and below 1")
        if not 0 < self.learning_rate < math.inf:
            raise SettingOutOfRange("learning_rate", self.learning_rate, "above 0")
        if not 0 <= self.seed < 1 << 62:
            raise SettingOutOfRange("seed", self.seed, f"a whole number from 0 to {(1 << 62) - 1}")
        if self.max_minutes is not None and not 0 < self.max_minutes < math.inf:
            raise SettingOutOfRange("max_minutes", self.max_minutes, "above 0")

    def passes(self, samples: int) -> int:
        """Epochs of a training on so many samples."""
        return max(EPOCHS, -(-STEPS * self.batch // samples)) if self.epochs is None else self.epochs

    @property
    def density(self) -> float:
        """δ = k / L."""
        return self.k / self.latents
