"""What is compared: a schedule, and the method as it is or with one part of it changed."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sparling.evaluation.entropy import BITS, map_entropy
from sparling.layer.baselines import Noisy, PenalisedKL, PenalisedL1, TopK, Unsparse
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.tracker import Mode
from sparling.training.annealing import AnnealingRule, Constant, Published, Relative
from sparling.training.revival.recruitment import Recruitment
from sparling.training.schedule import TrainingSettings


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
    level: float = 0.0
    """Share of settling over which the learning rate stays at its full value."""
    held_out: int = 1_000
    calibration: int = 10_000
    """Samples of the last calibration."""
    test: int = 4_000
    initial: float = 0.05
    factor: float = 0.7
    tolerance: float = 0.04
    patience: int = 3
    rest_at: float = 1.0
    """Share of the first density at which accuracy must come to rest before it is lowered further; 1 for at none."""
    rest: int = 2
    """Evaluations without a gain after which accuracy is taken to be at rest at δ*."""
    recruit_below: float = 1.5
    """Density up to which idle channels are recruited, in units of δ*."""
    recodes: bool = False
    """Whether the map is recoded where accuracy came to rest, and then as sparse as it is to be at once."""
    fall: float = 1e-5
    """d_T of the published rule, in accuracy a sample; 1e-7 was used for runs of 6 million samples."""
    constant_samples: int = 90_000
    """Training samples where the density is constant and no rule says when to stop: with settling, about as many as
    annealing takes (quick, full)."""
    max_minutes: float | None = 9.5
    max_samples: int | None = None

    def training(self, calibrated: bool = True) -> TrainingSettings:
        """The schedule as the trainer wants it."""
        return TrainingSettings(
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            evaluate_every=self.evaluate_every,
            settle_evaluations=self.settle_evaluations,
            level=self.level,
            warm_up=self.warm_up,
            clip=self.clip,
            max_minutes=self.max_minutes,
            max_samples=self.max_samples,
            calibrated=calibrated,
        )

    def recruitment(self, true_density: float) -> Recruitment:
        """When idle channels are recruited, for a world of this δ*."""
        return Recruitment(below=self.recruit_below * true_density)


Layer = Callable[[int, int, bool], Bottleneck]
"""(channels, widest window of inhibition, whether channels rival in it) → the layer."""
Rule = Callable[[Schedule, float], AnnealingRule]
"""(schedule, δ*) → when to tighten."""


def relative(schedule: Schedule, target: float) -> Relative:
    """Tighten as long as accuracy holds, down to δ*."""
    return Relative(
        target=target,
        initial=schedule.initial,
        factor=schedule.factor,
        tolerance=schedule.tolerance,
        patience=schedule.patience,
        ceiling=schedule.rest_at * schedule.initial,
        must_reach=True,
        rest=schedule.rest,
        leap=schedule.rest_at * schedule.initial if schedule.recodes else 0.0,
    )


def published(schedule: Schedule, target: float) -> AnnealingRule:
    """Tighten when accuracy beats a bar that falls with every sample, from 0.5 by × 0.75 down to δ*."""
    return Published(target=target, fall=schedule.fall)


def constant(schedule: Schedule, target: float) -> AnnealingRule:
    """One density from the first sample on."""
    return Constant(density=target, samples=schedule.constant_samples)


def constant_as_published(schedule: Schedule, target: float) -> AnnealingRule:
    """One density from the first sample on: the last one above δ* of the published schedule, 0.5 · 0.75ᵏ."""
    rule = Published(target=target)
    steps = math.floor(math.log(target / rule.initial, rule.factor) + 1e-9)
    return Constant(density=rule.initial * rule.factor**steps, samples=schedule.constant_samples)


def _layer(mode: Mode = "per_channel", normalise: bool = True, inhibited: bool = True) -> Layer:
    """The method's layer."""
    return lambda channels, widest, rivals: SpatialSparsity(
        channels, mode=mode, normalise=normalise, inhibition=widest if inhibited else 0, rivals=rivals
    )


METHOD = _layer()


L1 = {"l1-0.1": 0.1, "l1": 1.0, "l1-2": 2.0, "l1-5": 5.0, "l1-10": 10.0}
"""λ of the comparison with L1 in SPARLING (arXiv 2302.01976), all five."""
KL = {
    "kl-0.01": 0.01,
    "kl-0.1": 0.1,
    "kl": 1.0,
    "kl-10": 10.0,
    "kl-100": 100.0,
    "kl-1e3": 1e3,
    "kl-1e4": 1e4,
    "kl-1e5": 1e5,
}
"""λ of its comparison with KL, all eight."""


def _penalised(layer: Callable[[int, float], Bottleneck], weight: float) -> Layer:
    """``layer`` with λ = ``weight``."""
    return lambda channels, *_: layer(channels, weight)


def _bits(density: float) -> float:
    """That an activation of a map of this density can carry, on average."""
    return map_entropy(density, channels=1, bits_per_activation=BITS)


@dataclass(frozen=True)
class Variant:
    """One row of the comparison."""

    what: str
    bottleneck: Layer = METHOD
    rule: Rule = relative
    calibrated: bool = True
    recruits: bool = True
    """Whether idle channels are given something to do."""
    trains: Literal["all", "local", "readout"] = "all"
    """"local": the local model alone, told every motif; "readout": a new one, on a finished run's local model."""

    @property
    def anneals(self) -> bool:
        """Whether the density changes on the way."""
        return self.rule not in (constant, constant_as_published)


DEFAULT = "sparling"

VARIANTS = {
    DEFAULT: Variant("one threshold a channel, inhibition, relative annealing, calibration, recruitment"),
    "shared": Variant("one threshold for all channels (ST)", _layer("shared")),
    "no-inhibition": Variant(
        "neither inhibition nor, for it needs that, recruitment", _layer(inhibited=False), recruits=False
    ),
    "no-recruitment": Variant("idle channels are left idle", recruits=False),
    "published": Variant(
        "as published: its annealing, running averages, no inhibition, no recruitment",
        _layer(inhibited=False),
        published,
        calibrated=False,
        recruits=False,
    ),
    "published-shared": Variant(
        "the same with one threshold for all channels",
        _layer("shared", inhibited=False),
        published,
        calibrated=False,
        recruits=False,
    ),
    "published-no-batchnorm": Variant(
        "the same without BatchNorm before the threshold",
        _layer(normalise=False, inhibited=False),
        published,
        calibrated=False,
        recruits=False,
    ),
    "published-annealing": Variant("the published annealing rule", rule=published),
    "uncalibrated": Variant("running averages instead of calibration", calibrated=False),
    "published-annealing-uncalibrated": Variant(
        "published annealing, no calibration", rule=published, calibrated=False
    ),
    "no-batchnorm": Variant("no BatchNorm before the threshold", _layer(normalise=False)),
    "no-batchnorm-shared": Variant("no BatchNorm, one threshold", _layer("shared", normalise=False)),
    "fixed": Variant("the final density from the start, no annealing", rule=constant),
    "dense": Variant("no sparsity: ReLU after BatchNorm", lambda c, *_: Unsparse(c), constant, recruits=False),
    **{
        name: Variant(
            f"ReLU and an L1 penalty of {weight:g}", _penalised(PenalisedL1, weight), constant, recruits=False
        )
        for name, weight in L1.items()
    },
    **{
        name: Variant(
            f"sigmoid and a KL penalty of {weight:g} towards the last published density above δ*",
            _penalised(PenalisedKL, weight),
            constant_as_published,
            recruits=False,
        )
        for name, weight in KL.items()
    },
    "retrained-readout": Variant(
        "local model of a finished run frozen, no sparsity, a new readout",
        lambda c, *_: Unsparse(c),
        constant,
        recruits=False,
        trains="readout",
    ),
    "supervised": Variant(
        "the local model told every motif: the ceiling", rule=constant, trains="local", recruits=False
    ),
    "top-k": Variant("the k largest activations of each sample", lambda c, *_: TopK(c), constant, recruits=False),
    "noise": Variant(
        "no sparsity, but noise that leaves as many bits as a sparse map could carry",
        lambda c, *_: Noisy(c, _bits),
        recruits=False,
    ),
}
