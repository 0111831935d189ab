"""Settings so small that a whole validation takes seconds: it learns little, and goes all the way."""

from dataclasses import replace

from sparling_genomics.planted_dna.run import Network, PlantedRun
from tests.core.validation.tiny import tiny_preset

NETWORK = Network(width=16, functions=2, hidden=16)


def tiny_run(grammar: str = "order", seed: int = 1) -> PlantedRun:
    """Six evaluations of 256 sequences each."""
    return replace(
        PlantedRun.of(grammar, seed), network=NETWORK, schedule=replace(tiny_preset().schedule, initial=0.05)
    )
