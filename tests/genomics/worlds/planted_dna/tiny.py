"""Settings so small that a whole validation takes seconds: it learns little, and goes all the way."""

from dataclasses import replace

from sparling_genomics.worlds.planted_dna.run import Network, PlantedRun, Starts
from tests.core.validation.tiny import tiny_preset

NETWORK = Network(width=16, functions=2, hidden=16)
STARTS = Starts(densities=(0.05, 0.04), samples=256)


def tiny_run(grammar: str = "order", seed: int = 1) -> PlantedRun:
    """Two starts of two evaluations of 256 sequences, then six evaluations."""
    return replace(PlantedRun.of(grammar, seed), network=NETWORK, starts=STARTS, schedule=tiny_preset().schedule)
