"""Worlds with known truth at three sizes, and the network and schedule that go with each."""

from dataclasses import dataclass

from sparling.domains.digit_circle import DigitCircle
from sparling.training.recruitment import Recruitment
from sparling.training.schedule import TrainingSettings


@dataclass(frozen=True)
class Network:
    """Local model and readout. ``cell``: pixels a side that are one position of the map."""

    cell: int = 2
    stem: int = 5
    kernel: int = 3
    width: int = 48
    units: int = 1
    pool: int = 4
    readout_width: int = 64
    readout_layers: int = 2
    inhibition: int = 7
    """Widest window of inhibition, in positions."""


@dataclass(frozen=True)
class Schedule:
    """Training and annealing. Samples are training samples; ``initial`` is a density."""

    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warm_up: int = 5_000
    clip: float = 1.0
    batch_size: int = 64
    evaluate_every: int = 4_000
    settle_evaluations: int = 8
    held_out: int = 1_000
    calibration: int = 10_000
    """Samples of the last calibration."""
    test: int = 4_000
    initial: float = 0.05
    factor: float = 0.7
    tolerance: float = 0.04
    patience: int = 3
    recruit_below: float = 1.5
    """Density up to which idle channels are recruited, in units of δ*."""
    fall: float = 1e-5
    """d_T of the published rule, in accuracy a sample; 1e-7 was used for runs of 6 million samples."""
    constant_samples: int = 90_000
    """Training samples where the density is constant and no rule says when to stop: with settling, about as many as
    annealing takes (quick, full)."""
    max_minutes: float = 9.5

    def training(self, calibrated: bool = True) -> TrainingSettings:
        """The schedule as the trainer wants it."""
        return TrainingSettings(
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            evaluate_every=self.evaluate_every,
            settle_evaluations=self.settle_evaluations,
            warm_up=self.warm_up,
            clip=self.clip,
            max_minutes=self.max_minutes,
            calibrated=calibrated,
        )

    def recruitment(self, true_density: float) -> Recruitment:
        """When idle channels are recruited, for a world of this δ*."""
        return Recruitment(below=self.recruit_below * true_density)


@dataclass(frozen=True)
class Preset:
    """A world, a network and a schedule, under one name."""

    name: str
    domain: DigitCircle
    network: Network
    schedule: Schedule

    @property
    def map_size(self) -> tuple[int, ...]:
        """S, positions of the activation map along each axis."""
        return tuple(n // self.network.cell for n in self.domain.size)

    @property
    def channels(self) -> int:
        """One a class."""
        return len(self.domain.class_names)

    @property
    def true_density(self) -> float:
        """δ*: motifs over channels × positions."""
        positions = 1
        for n in self.map_size:
            positions *= n
        return self.domain.motifs_per_sample / (self.channels * positions)


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
