"""LaTeX-OCR at three sizes, and the network and schedule that go with each."""

from sparling.domains.latex_ocr.domain import LatexOcr
from sparling.validation.variants import Schedule
from sparling.worlds.images.presets import Network, Preset

CHANNELS = 32
"""As published: signs that are more frequent than others share the channels that are left over."""
MATCHED = 21
"""Of formulas of 1 to 6 tokens: as often as one of so many channels marks, a sign occurs; a bracket twice as often."""

PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "quick",
            LatexOcr(rows=64, columns=88, longest=6),
            Network(cell=4, stem=5, inhibition=3, pool=2, channels=MATCHED),
            Schedule(
                tolerance=0.02,
                patience=4,
                rest_at=0.75,
                rest=6,
                recodes=True,
                settle_evaluations=30,
                level=0.5,
                max_minutes=19.0,
            ),
        ),
        Preset(
            "full",
            LatexOcr(),
            Network(cell=4, stem=7, inhibition=3, pool=2, channels=CHANNELS),
            Schedule(
                tolerance=0.02,
                evaluate_every=10_000,
                rest_at=0.75,
                rest=6,
                recodes=True,
                settle_evaluations=30,
                level=0.5,
                constant_samples=250_000,
                max_minutes=240.0,
            ),
        ),
        Preset(
            "paper",
            LatexOcr(),
            Network(cell=1, stem=1, width=64, units=16, pool=8, inhibition=9, channels=CHANNELS),
            Schedule(
                batch_size=64,
                tolerance=0.02,
                evaluate_every=20_000,
                rest_at=0.75,
                rest=6,
                recodes=True,
                settle_evaluations=12,
                held_out=1_000,
                calibration=5_000,
                test=5_000,
                constant_samples=500_000,
            ),
        ),
    )
}
