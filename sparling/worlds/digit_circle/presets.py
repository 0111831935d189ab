"""Worlds with known truth at three sizes, and the network and schedule that go with each."""

from sparling.domains.digit_circle import DigitCircle
from sparling.validation.variants import Schedule
from sparling.worlds.images.presets import Network, Preset

SMALL_WORLD = DigitCircle(side=64, fewest=3, most=4, radius=12.0, overlap=False)

PRESETS = {
    preset.name: preset
    for preset in (
        Preset("quick", SMALL_WORLD, Network(), Schedule()),
        Preset(
            "full",
            DigitCircle(),
            Network(),
            Schedule(evaluate_every=10_000, constant_samples=250_000, max_minutes=85.0),
        ),
        Preset(
            "paper",
            DigitCircle(),
            Network(cell=1, stem=1, width=64, units=4, pool=8, inhibition=13),
            Schedule(
                batch_size=128,
                evaluate_every=20_000,
                settle_evaluations=12,
                held_out=2_000,
                calibration=20_000,
                test=10_000,
                constant_samples=500_000,
            ),
        ),
    )
}
