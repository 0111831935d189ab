"""What a world brings to its validation: samples, model parts, a perturbation, a row to be held against, and words.

Everything else is shared: run, flow, measurements, result and report. A world whose channels look for something of
another kind, or that begins in another way, says so here and nowhere else.
"""

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import torch
from torch import Tensor, nn

from sparling.domains.base import Domain
from sparling.domains.sequence_task import TEST, Placement, WorldTask
from sparling.evaluation.identifiability.necessity import Layouts
from sparling.evaluation.placement import placed
from sparling.networks.dropping import DropBlock
from sparling.networks.model import SparlingModel
from sparling.networks.receptive_field import receptive_field
from sparling.training.annealing import AnnealingRule
from sparling.training.devices import FabricLike
from sparling.training.revival.recoding import Recoding
from sparling.training.schedule import Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Reviver, Watch
from sparling.validation.evidence import Evidence
from sparling.validation.measure import Perturbed, channel_offsets, mean_patches
from sparling.validation.result import Facts, ValidationResult
from sparling.validation.run import Chosen
from sparling.validation.variants import DEFAULT, VARIANTS, Schedule, Variant

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


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
    stage: Stage | None = None
    """Of which trainings this one is, where it is not the only one."""
    samples: int = 0
    seconds: float = 0.0
    """Of trainings before it, in parts that were resumed."""
    starts: tuple[Start, ...] = ()
    """Those trainings, where there were any."""


class Figure(NamedTuple):
    """One line of the headline figures, fractions; None where one cannot be told."""

    name: str
    meaning: str
    """Share of what."""
    value: float | None
    reference: float | None = None
    """What the value is held against."""
    spread: tuple[float, float] | None = None
    """Its range over seeds, where one is known."""


@dataclass(frozen=True, kw_only=True)
class World(Chosen):
    """One world with its settings, as a value. Boxes of its motifs may have any number of axes."""

    noun: ClassVar[str]
    """What one of its motifs is called."""
    samples_are: ClassVar[str]
    """What its samples are called, in the plural."""
    held_against: ClassVar[str]
    """What stands beside the figures of a run."""
    facts: ClassVar[type[Facts]] = Facts
    package: ClassVar[str]
    """Whose folder ``templates`` has report.html.j2."""
    several: ClassVar[bool] = False
    """Whether a class may have several channels: one that is assigned to none then stands for its commonest class."""
    examples: ClassVar[int] = 12
    """Test samples that the report shows."""
    perturbed: ClassVar[int | None] = 1_000
    """Test samples whose map is changed; None for all."""
    slack: ClassVar[float] = 0.0
    """Of the last calibration (`sparling.layer.calibration.calibrate`)."""
    rivals: ClassVar[bool] = True
    """Whether channels rival in a window of inhibition; else each inhibits itself alone."""
    steps_past: ClassVar[bool] = False
    """Whether the finished model is at last trained on, one step past its density, for the scan."""

    domain: Domain
    """Samples and their truth."""
    schedule: Schedule
    variant: Variant = VARIANTS[DEFAULT]
    """The method, or the method with one part of it changed."""
    inhibition: int
    """Widest window of inhibition, in positions."""
    cell: int = 1
    """Inputs along each axis that are one position of the map."""

    def within(self, minutes: float | None, samples: int | None = None) -> Self:
        """The same world, with so much time, and so many samples, for its training."""
        return replace(self, schedule=replace(self.schedule, max_minutes=minutes, max_samples=samples))

    def by_the_method(self) -> Self:
        """The same world, with no part of the method changed."""
        return self

    @abstractmethod
    def task(self, seed: int, device: str) -> WorldTask:
        """The samples of this seed as the trainer wants them."""

    @abstractmethod
    def local(self) -> nn.Module:
        """A local model g with random weights."""

    @abstractmethod
    def readout(self) -> nn.Module:
        """A readout h with random weights."""

    @abstractmethod
    def perturb(self, seed: int, index: Tensor, y: Tensor, activations: Tensor, channel_of_class: Tensor) -> Perturbed:
        """Change the maps of the test samples ``index`` (n,) of ``seed``: exchange classes, or move one to another.

        ``y`` (n, T) is the truth, ``channel_of_class`` (K,) −1 where a class has no channel; with `several` (K, n).
        """

    @abstractmethod
    def figures(self, result: ValidationResult) -> list[Figure]:
        """The headline figures, each beside what it is held against."""

    @abstractmethod
    def remarks(self, result: ValidationResult) -> str:
        """What has to be known to read them."""

    @abstractmethod
    def draw(self, evidence: Evidence) -> Iterator[tuple[str, "Drawing"]]:
        """The report's pictures that are of this world alone, by the names its template knows."""

    def layouts(self) -> Layouts[Any] | None:
        """Layouts and what edits of them change, for α-necessity; None where nobody knows."""
        return None

    def told(self, evidence: Evidence) -> dict[str, object]:
        """What else its template wants to know."""
        return {}

    def tell(self, task: WorldTask, begun: Beginning, judged: int) -> Facts:
        """What only this world tells of a run; ``judged`` samples were good for the perturbation."""
        return Facts()

    def begin(self, task: WorldTask, seed: int, fabric: FabricLike, folder: Path, watch: Watch | None) -> Beginning:
        """The model that is trained, and how; a world may train others before, in ``folder``, and take the best.

        ``watch`` is told of each. Torch's seed is set. Raises `Interrupted` on Ctrl-C, with the state saved.
        """
        torch.manual_seed(seed)
        schedule = self.schedule if self.variant.recruits else replace(self.schedule, recodes=False)
        rule = self.variant.rule(schedule, self.true_density)
        return Beginning(self.model(), rule, self.schedule.training(self.variant.calibrated))

    def offsets(self, session: Session, task: WorldTask) -> Tensor:
        """Positions that the middle of what each channel sees lies beyond its marks: (C, R), from inputs alone."""
        return channel_offsets(session, task)

    def placement(self, session: Session, task: WorldTask, offsets: Tensor) -> Placement:
        """Moves marks by ``offsets``."""
        return lambda _, activations: placed(activations, offsets)

    def looked_for(self, session: Session, task: WorldTask) -> Tensor:
        """What each channel looks for, as the report draws it: (C, side...) the mean of the inputs that a site sees."""
        field = receptive_field(session.model.local, task.inputs(task.batch(TEST, 0, 1)[0])[0])
        return mean_patches(session, task, TEST, field // 2).squeeze(1)

    def heard(self, session: Session, task: WorldTask) -> Tensor:
        """The sound at each channel's strongest marks, (C, n, samples) int16; none where samples are no sounds."""
        return torch.zeros((self.channels, 0, 0), dtype=torch.int16)

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
        return self.domain.motifs_per_sample / (self.channels * math.prod(self.map_size))

    @property
    def motif_width(self) -> int:
        """Of a motif on the map, in positions, odd, at least 3."""
        return max(3, self.inhibition)

    @property
    def revive(self) -> Reviver | None:
        """Who gives channels new weights; recruits need to be kept out by those whom they rival."""
        if not self.variant.recruits:
            return None
        if self.schedule.recodes:
            return Recoding(self.motif_width)
        return self.schedule.recruitment(self.true_density) if self.rivals else None

    def model(self) -> SparlingModel:
        """y = h(s(g(x))) with random weights, and the variant's layer for s."""
        layer = self.variant.bottleneck(self.channels, self.inhibition, self.rivals)
        dropping = DropBlock(self.motif_width) if self.schedule.recodes and self.variant.recruits else None
        return SparlingModel(self.local(), layer, self.readout(), dropping=dropping)
