"""What a world brings to its validation: samples, model parts, a perturbation, a row to be held against, and words.

Everything else is shared: run, flow, measurements, result and report. A world whose channels look for something of
another kind, or that begins in another way, says so here and nowhere else.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from sparling.domains.base import Domain
from sparling.domains.sequence_task import Placement, WorldTask
from sparling.evaluation.placement import placed
from sparling.networks.model import SparlingModel
from sparling.training.annealing import AnnealingRule
from sparling.training.schedule import TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Reviver, Watch
from sparling.validation.evidence import Evidence
from sparling.validation.result import Facts, ValidationResult
from sparling.validation.variants import DEFAULT, VARIANTS, Schedule, Variant

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


class Option(NamedTuple):
    """One thing that is chosen by name: a preset, a variant, a rule."""

    name: str
    known: Mapping[str, object]
    """The names that there are."""
    default: str


class Perturbed(NamedTuple):
    """A changed map of n samples, and what follows from the change."""

    activations: Tensor
    """(n, C, S...)."""
    demanded: Tensor
    """(n, T) int64, what must now be read."""
    judged: Tensor
    """(n,) bool: whether reading it says something."""


@dataclass(frozen=True)
class Start:
    """A short training, of several, that the one that is measured may go on from."""

    density: float
    score: float
    """1 − E2EE on validation samples."""


class Beginning(NamedTuple):
    """Where the training that is measured begins, and what was spent before it."""

    model: SparlingModel
    rule: AnnealingRule
    settings: TrainingSettings
    title: str = ""
    """What the training is called, where it is not the only one."""
    samples: int = 0
    seconds: float = 0.0
    """Of trainings before it, in parts that were resumed."""
    starts: tuple[Start, ...] = ()
    """Those trainings, where there were any."""


class Reference(NamedTuple):
    """A figure that one of a run is held against: a fraction, and its range over seeds where one is given."""

    mean: float
    low: float | None = None
    high: float | None = None


class Figure(NamedTuple):
    """One line of the headline figures, fractions; None where one cannot be told."""

    name: str
    meaning: str
    """Share of what."""
    value: float | None
    reference: Reference | None = None


class World(ABC):
    """One world with its settings, as a value. Of its motifs' boxes any number of axes will do."""

    command: ClassVar[str]
    """What the command line calls it."""
    title: ClassVar[str]
    """What a page calls it."""
    noun: ClassVar[str]
    """What one of its motifs is called."""
    samples_are: ClassVar[str]
    """What its samples are called, in the plural."""
    held_against: ClassVar[str]
    """What stands beside the figures of a run."""
    options: ClassVar[tuple[Option, ...]]
    facts: ClassVar[type[Facts]] = Facts
    package: ClassVar[str]
    """Whose folder ``templates`` has report.html.j2."""
    examples: ClassVar[int] = 12
    """Test samples that the report shows."""
    slack: ClassVar[float] = 0.0
    """Of the last calibration (`sparling.layer.calibration.calibrate`)."""
    steps_past: ClassVar[bool] = False
    """Whether the finished model is at last trained on, one step past its density, for the scan."""

    @classmethod
    @abstractmethod
    def of(cls, *chosen: str) -> Self:
        """The world of these names, one for each of `options`, all known."""

    @property
    @abstractmethod
    def chosen(self) -> tuple[str, ...]:
        """The names that `of` takes."""

    @property
    def names(self) -> dict[str, str]:
        """The same by option."""
        return {option.name: name for option, name in zip(self.options, self.chosen, strict=True)}

    def by_the_method(self) -> Self:
        """The same world, with no part of the method changed."""
        return self

    @abstractmethod
    def with_schedule(self, schedule: Schedule) -> Self:
        """The same world under another schedule."""

    @property
    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """All numbers that decide the result, as they are written: by part, then by name."""

    @property
    @abstractmethod
    def in_words(self) -> str:
        """What is about to be run, in one clause or two."""

    @property
    @abstractmethod
    def domain(self) -> Domain:
        """Samples and their truth."""

    @property
    @abstractmethod
    def schedule(self) -> Schedule:
        """Training and annealing."""

    @property
    def variant(self) -> Variant:
        """The method, or the method with one part of it changed."""
        return VARIANTS[DEFAULT]

    @property
    def cell(self) -> int:
        """Inputs along each axis that are one position of the map."""
        return 1

    @property
    @abstractmethod
    def inhibition(self) -> int:
        """Widest window of inhibition, in positions."""

    @property
    def channels(self) -> int:
        """One a class."""
        return len(self.domain.class_names)

    @property
    def map_size(self) -> tuple[int, ...]:
        """S, positions of the map along each axis."""
        return tuple(n // self.cell for n in self.domain.size)

    @property
    def true_density(self) -> float:
        """δ*: motifs over channels × positions."""
        positions = 1
        for n in self.map_size:
            positions *= n
        return self.domain.motifs_per_sample / (self.channels * positions)

    @abstractmethod
    def task(self, seed: int, device: str) -> WorldTask:
        """The samples of this seed as the trainer wants them."""

    @abstractmethod
    def local(self) -> nn.Module:
        """A local model g with random weights."""

    @abstractmethod
    def readout(self) -> nn.Module:
        """A readout h with random weights."""

    def model(self) -> SparlingModel:
        """y = h(s(g(x))), with the variant's layer for s."""
        layer = self.variant.bottleneck(self.channels, self.inhibition)
        return SparlingModel(self.local(), layer, self.readout())

    @property
    def revive(self) -> Reviver | None:
        """Who gives dead channels new weights."""
        return self.schedule.recruitment(self.true_density) if self.variant.recruits else None

    def begin(self, task: WorldTask, seed: int, fabric: Fabric, folder: Path, watch: Watch | None) -> Beginning:
        """The model that is trained, and how; a world may train others before, in ``folder``, and take the best.

        ``watch`` is told of each. Torch's seed is set. Raises `Interrupted` on Ctrl-C, with the state saved.
        """
        torch.manual_seed(seed)
        schedule, variant = self.schedule, self.variant
        rule = variant.rule(schedule, self.true_density)
        return Beginning(self.model(), rule, schedule.training(variant.calibrated))

    @abstractmethod
    def offsets(self, session: Session, task: WorldTask) -> Tensor:
        """Positions that the middle of what each channel sees lies beyond its marks: (C, R), from inputs alone."""

    def placement(self, session: Session, task: WorldTask, offsets: Tensor) -> Placement:
        """Moves marks by ``offsets``."""
        return lambda _, activations: placed(activations, offsets)

    @property
    @abstractmethod
    def perturbed_samples(self) -> int:
        """Test samples whose map is changed."""

    @abstractmethod
    def perturb(self, seed: int, index: Tensor, y: Tensor, activations: Tensor, channel_of_class: Tensor) -> Perturbed:
        """Change the maps of the test samples ``index`` (n,) of ``seed``: exchange classes, or move one to another.

        ``y`` (n, T) is the truth, ``channel_of_class`` (K,) −1 where a class has no channel.
        """

    def tell(self, task: WorldTask, begun: Beginning, judged: int) -> Facts:
        """What only this world tells of a run; ``judged`` samples were good for the perturbation."""
        return Facts()

    @abstractmethod
    def looked_for(self, session: Session, task: WorldTask) -> Tensor:
        """(C, ...) what each channel looks for, as the report draws it."""

    @abstractmethod
    def figures(self, result: ValidationResult) -> list[Figure]:
        """The headline figures, each beside what it is held against."""

    @abstractmethod
    def remarks(self, result: ValidationResult) -> str:
        """What has to be known to read them."""

    @abstractmethod
    def draw(self, evidence: Evidence) -> Iterator[tuple[str, "Drawing"]]:
        """The report's pictures that are of this world alone, by the names its template knows."""

    def told(self, evidence: Evidence) -> dict[str, object]:
        """What else its template wants to know."""
        return {}
