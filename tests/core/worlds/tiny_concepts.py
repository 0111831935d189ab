"""A world of concepts so small that all its trainings take seconds."""

from sparling.domains.concepts import Concepts, View
from sparling.worlds.concepts.presets import Preset, Schedule

VIEWS = (View("one", 12, 1, 0.1), View("two", 16, 1, 0.1))


def tiny_preset() -> Preset:
    """Six concepts in two streams, five trainings of little."""
    domain = Concepts(classes=1, families=2, kinds=3, fewest=1, most=2, zipf=0.5, views=VIEWS)
    schedule = Schedule(
        crosses=(0.0, 1.0),
        latents=12,
        ks=(3,),
        samples=2_000,
        test=400,
        queries=200,
        strongest=20,
        epochs=6,
        learning_rate=1e-2,
    )
    return Preset("quick", domain, schedule)
