"""Settings so small that a whole validation takes seconds: it learns little, and goes all the way."""

from sparling.validation.run import Run
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS
from sparling_genomics.worlds.planted_dna.starts import Starts
from sparling_genomics.worlds.planted_dna.world import Network, PlantedWorld
from tests.core.worlds.tiny import tiny_preset

NETWORK = Network(width=16, functions=2, hidden=16)
STARTS = Starts(densities=(0.05, 0.04), samples=256)


def tiny_world(grammar: str = "order") -> PlantedWorld:
    """Two starts of two evaluations of 256 sequences, then six evaluations."""
    return PlantedWorld.at(GRAMMARS[grammar], NETWORK, STARTS, tiny_preset().schedule)


def tiny_run(grammar: str = "order") -> Run:
    """The tiny world, seed 1."""
    return Run(tiny_world(grammar), 1)
