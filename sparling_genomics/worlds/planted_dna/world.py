"""Planted DNA as a world to validate on: answers by grammar, held against a map made with the planted matrices."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sparling.domains.sequence_task import CALIBRATION, TEST, Placement, WorldTask
from sparling.networks.local import ResidualLocal
from sparling.networks.relation_readout import RelationReadout
from sparling.training.devices import FabricLike
from sparling.training.schedule import Stage
from sparling.training.session import Session
from sparling.training.trainer import Watch
from sparling.validation.evidence import Evidence
from sparling.validation.measure import Perturbed
from sparling.validation.result import Facts, ValidationResult
from sparling.validation.run import Option
from sparling.validation.variants import DEFAULT, VARIANTS, Schedule, relative
from sparling.validation.world import Beginning, Figure, Start, World
from sparling_genomics.network.front_ends import FeaturedStrandMax, StrandPair
from sparling_genomics.worlds.planted_dna.domain import PlantedDna
from sparling_genomics.worlds.planted_dna.edits import PlantedLayouts
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS, Grammar
from sparling_genomics.worlds.planted_dna.measure import MatrixErrors, exchanged, known_matrices, majority
from sparling_genomics.worlds.planted_dna.placement import channel_offsets, letters_around, placement
from sparling_genomics.worlds.planted_dna.starts import Starts, all_starts
from sparling_genomics.worlds.planted_dna.task import AnswerTask

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True)
class Network:
    """Local model and readout."""

    receptive_field: int = 15
    """bp, odd; little more than a motif, so that a mark lies inside its motif."""
    width: int = 64
    """Patterns that the local model knows."""
    functions: int = 8
    hidden: int = 64
    inhibition: int = 13
    """Widest window of inhibition, in bp."""


SCHEDULE = Schedule(
    evaluate_every=8_000, settle_evaluations=3, factor=0.6, tolerance=0.02, patience=2, recruit_below=5.0
)
REST_AT = 0.75
"""At this share of the first density, accuracy must come to rest before it is lowered further."""


@dataclass(frozen=True)
class PlantedFacts(Facts):
    """What only planted DNA tells of a run."""

    grammar: str
    asks: str
    """The question in words."""
    choices: int
    """V, values of an answer."""
    length: int
    """bp of a sequence."""
    noun: str
    samples_are: str
    starts: tuple[Start, ...]
    majority: float
    """Share of sequences right by always giving the commonest answers."""
    known_matrices: MatrixErrors
    perturbed: int
    """Test sequences that were good for the exchange."""


@dataclass(frozen=True, kw_only=True)
class PlantedWorld(World):
    """A grammar, and how its sites are looked for. The schedule is that of the training after the starts."""

    command, title, package = "planted-dna", "planted DNA", "sparling_genomics.worlds.planted_dna"
    noun, samples_are, held_against = "motif", "sequences", "known matrices"
    options = (Option("grammar", GRAMMARS, "order"),)
    facts = PlantedFacts
    examples = 8
    perturbed = None

    domain: PlantedDna
    network: Network
    starts: Starts

    @classmethod
    def of(cls, *chosen: str) -> "PlantedWorld":
        """The world of this grammar."""
        return cls.at(GRAMMARS[chosen[0]], Network(), Starts(), SCHEDULE)

    @classmethod
    def at(cls, grammar: Grammar, network: Network, starts: Starts, schedule: Schedule) -> "PlantedWorld":
        """The same with other settings. Where a factor's two strands are two classes, dead channels are left alone."""
        return cls(
            chosen=(grammar.name,),
            domain=PlantedDna(grammar),
            schedule=schedule,
            variant=replace(VARIANTS[DEFAULT], recruits=not grammar.by_strand),
            inhibition=network.inhibition,
            network=network,
            starts=starts,
        )

    @property
    def grammar(self) -> Grammar:
        """What a sequence says."""
        return self.domain.grammar

    @property
    def settings(self) -> dict[str, Any]:
        """Network, starts and schedule."""
        network, starts, schedule = (asdict(part) for part in (self.network, self.starts, self.schedule))
        del schedule["initial"]  # that of the best start
        return {"network": network, "starts": starts, "schedule": schedule}

    @property
    def in_words(self) -> str:
        """The question, the length of a sequence and the factors."""
        return f"{self.grammar.name}: {self.grammar.asks} {self.grammar.length} bp, {', '.join(self.grammar.classes)}"

    def task(self, seed: int, device: str) -> AnswerTask:
        """Letters in, one row of answers out."""
        return AnswerTask(self.domain, seed, 1, self.schedule.batch_size, self.schedule.held_out, device)

    def local(self) -> nn.Module:
        """Both strands read by the same weights, one channel a class."""
        patterns, classes = self.network.width, len(self.grammar.classes)
        local = ResidualLocal(4, classes, width=patterns, units=0, stem=self.network.receptive_field)
        return StrandPair(local) if self.grammar.by_strand else FeaturedStrandMax(local)

    def readout(self) -> nn.Module:
        """Counts, places and distances between marks."""
        grammar, network = self.grammar, self.network
        said = (grammar.length, grammar.answers, grammar.choices)
        return RelationReadout(self.channels, *said, network.functions, hidden=network.hidden)

    def begin(self, task: WorldTask, seed: int, fabric: FabricLike, folder: Path, watch: Watch | None) -> Beginning:
        """The best of several starts, whose density is the first that may be lowered."""
        settings = self.schedule.training()
        tried = all_starts(self.starts, seed, task, self.model, settings, self.revive, fabric, folder / "starts", watch)
        best = max(tried, key=lambda trained: trained.start.score)
        torch.manual_seed(seed)
        rule = relative(self.schedule, self.true_density)
        rule = replace(rule, initial=best.start.density, ceiling=REST_AT * best.start.density)
        if settings.max_minutes is not None:
            settings = replace(settings, max_minutes=settings.max_minutes * (1 - self.starts.share))
        if settings.max_samples is not None:
            left = settings.max_samples - sum(trained.samples for trained in tried)
            settings = replace(settings, max_samples=max(left, 1))
        return Beginning(
            best.model,
            rule,
            settings,
            Stage("Training of the best start"),
            samples=sum(trained.samples for trained in tried),
            seconds=sum(trained.seconds_before for trained in tried),
            starts=tuple(trained.start for trained in tried),
        )

    def offsets(self, session: Session, task: WorldTask) -> Tensor:
        """From the letters around marks, on their strand."""
        return channel_offsets(session, task)

    def placement(self, session: Session, task: WorldTask, offsets: Tensor) -> Placement:
        """Moves marks on their strand."""
        return placement(session, task, offsets)

    def layouts(self) -> PlantedLayouts:
        """Sites taken out, put in, moved and exchanged."""
        return PlantedLayouts(self.domain)

    def perturb(self, seed: int, index: Tensor, y: Tensor, activations: Tensor, channel_of_class: Tensor) -> Perturbed:
        """Two factors change places; a sequence whose answers stay the same says nothing."""
        return exchanged(self.domain, seed, index, y, activations, channel_of_class)

    def tell(self, task: WorldTask, begun: Beginning, judged: int) -> PlantedFacts:
        """The starts, and what guessing and known matrices reach."""
        calibration = [batch for batch, _ in task.batches(CALIBRATION, self.schedule.calibration)]
        return PlantedFacts(
            grammar=self.grammar.name,
            asks=self.grammar.asks,
            choices=self.grammar.choices,
            length=self.grammar.length,
            noun=self.noun,
            samples_are=self.samples_are,
            starts=begun.starts,
            majority=majority(task, self.schedule.test),
            known_matrices=known_matrices(self.domain, task, calibration, self.schedule.test),
            perturbed=judged,
        )

    def looked_for(self, session: Session, task: WorldTask) -> Tensor:
        """Counts of the letters around a channel's marks, on their strand: (C, bp, 4)."""
        return letters_around(session, task, TEST)

    def figures(self, result: ValidationResult) -> list[Figure]:
        """Each beside that of the planted matrices themselves."""
        errors, output, facts = result.errors, result.output, facts_of(result)
        known = facts.known_matrices
        guessing = "sequences right by always giving the commonest answers"
        exchange = "two motifs exchanged in the map, answered as it then must be"
        return [
            Figure("FPE", "marks that lie on no motif of a class", errors.fpe, known.fpe),
            Figure("FNE", "motifs without a mark", errors.fne, known.fne),
            Figure("CE", "marked motifs taken for another", errors.ce, known.ce),
            Figure("E2EE", "answers that are wrong (edit distance)", output.e2ee),
            Figure("exact match", "sequences with every answer right", output.exact_match),
            Figure("guessing", guessing, facts.majority),
            Figure("exchange", exchange, result.causal.perturbation_consistency),
        ]

    def remarks(self, result: ValidationResult) -> str:
        """How the starts did, and that the best went on."""
        return about_starts(facts_of(result).starts)

    def draw(self, evidence: Evidence) -> Iterator[tuple[str, "Drawing"]]:
        """Sequences with their sites."""
        from sparling_genomics.worlds.planted_dna.pictures import draw_sequences

        yield "examples", draw_sequences(evidence, self.grammar.choices)

    def told(self, evidence: Evidence) -> dict[str, object]:
        """The planted and the found logo of each class."""
        from sparling_genomics.worlds.planted_dna.pictures import channel_logos

        return {"logos": list(channel_logos(evidence))}


def facts_of(result: ValidationResult) -> PlantedFacts:
    """What only planted DNA tells. Raises ``TypeError`` for the result of another world."""
    if not isinstance(result.facts, PlantedFacts):
        raise TypeError(f"result must be of planted DNA; its facts are {type(result.facts).__name__}")
    return result.facts


def about_starts(starts: Sequence[Start]) -> str:
    """How the starts did, and that the best went on.

    >>> about_starts([Start(density=0.1, score=0.8604), Start(density=0.04, score=0.995)])
    'Best of 2 starts: 99.5 % of the answers right (86.0–99.5 %), at a density of 0.04.'
    """
    scores = [start.score for start in starts]
    best = max(starts, key=lambda start: start.score)
    spread = f"{100 * min(scores):.1f}–{100 * max(scores):.1f} %"
    right = f"{100 * best.score:.1f} % of the answers right ({spread})"
    return f"Best of {len(scores)} starts: {right}, at a density of {best.density:g}."
