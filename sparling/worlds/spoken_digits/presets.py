"""Worlds of spoken digits at three sizes, and the network and schedule that go with each."""

from dataclasses import dataclass

from sparling.validation.variants import Schedule


@dataclass(frozen=True)
class Network:
    """Local model, whose receptive field is 33 frames, and readout. ``pool``: positions that are one of the readout."""

    stem: int = 1
    kernel: int = 9
    width: int = 64
    units: int = 2
    pool: int = 8
    readout_width: int = 64
    readout_layers: int = 2
    frequencies: int = 6
    inhibition: int = 25
    """Widest window of inhibition, in frames: a digit and a half (docs/decisions/sound.md)."""


@dataclass(frozen=True)
class Preset:
    """Sound of so many seconds with so many digits, a network and a schedule, under one name."""

    name: str
    seconds: float
    fewest: int
    most: int
    network: Network
    schedule: Schedule


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "quick",
            3.6,
            1,
            3,
            Network(),
            Schedule(
                batch_size=32,
                evaluate_every=5_000,
                settle_evaluations=12,
                held_out=500,
                calibration=2_000,
                test=2_000,
                initial=0.15,
                rest_at=0.75,
                rest=2,
                factor=0.6,
                patience=2,
                recodes=True,
            ),
        ),
        Preset(
            "full",
            15.0,
            5,
            10,
            Network(),
            Schedule(
                batch_size=32,
                evaluate_every=8_000,
                settle_evaluations=12,
                held_out=500,
                calibration=4_000,
                test=4_000,
                initial=0.15,
                rest_at=0.75,
                rest=2,
                factor=0.6,
                recodes=True,
                constant_samples=150_000,
                max_minutes=85.0,
            ),
        ),
        Preset(
            "paper",
            15.0,
            5,
            10,
            Network(kernel=3, units=8),
            Schedule(
                batch_size=128,
                evaluate_every=20_000,
                settle_evaluations=12,
                held_out=2_000,
                calibration=10_000,
                test=10_000,
                rest_at=0.75,
                rest=2,
                recodes=True,
                constant_samples=500_000,
            ),
        ),
    )
}
