"""Settings so small that a whole validation takes seconds: it learns little, and goes all the way."""

from dataclasses import replace

from sparling_genomics.planted_dna.run import PlantedRun


def tiny_run(grammar: str = "order", seed: int = 1) -> PlantedRun:
    """Six evaluations of 256 sequences each."""
    run = PlantedRun.of(grammar, seed)
    settings = replace(
        run.settings,
        width=16,
        functions=2,
        hidden=16,
        warm_up=100,
        batch_size=32,
        evaluate_every=256,
        settle_evaluations=1,
        held_out=64,
        calibration=128,
        test=64,
        tolerance=1.0,
        patience=1,
        first_marks=5.0,
        factor=0.3,
    )
    return replace(run, settings=settings)
