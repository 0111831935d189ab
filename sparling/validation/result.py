"""What a validation found, as values: made by the flow, kept as validation.json, read by report and command line."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from sparling.errors import InputError
from sparling.evaluation.motif_errors import MotifCounts, motif_errors
from sparling.validation.theorem.assumptions import Theorem

RESULT = "validation.json"
"""The file that a finished validation leaves in its folder."""


@dataclass(frozen=True)
class MapErrors:
    """Errors of a map against the true motifs, fractions (`sparling.evaluation.motif_errors`)."""

    fpe: float
    fne: float
    ce: float | None
    """None where nothing was predicted."""
    ce_many: float | None

    @classmethod
    def of(cls, counts: MotifCounts) -> "MapErrors":
        """The errors behind these counts."""
        errors = motif_errors(counts)
        return cls(errors.fpe, errors.fne, told(errors.ce), told(errors.ce_many))


@dataclass(frozen=True)
class OutputErrors:
    """Errors of what is read, fractions; None where there is no readout to speak of."""

    e2ee: float | None
    """Edit distance to the true output, over the length of the longer."""
    exact_match: float | None
    """Share of samples read without a fault."""


@dataclass(frozen=True)
class MapDensity:
    """How sparse the map is. Densities are fractions of positions over all channels."""

    density: float
    """Realised on test samples."""
    target_density: float
    """That training ended at."""
    delta_star: float
    """δ*: one mark a motif."""
    entropy_bits: float
    """What such a map can carry, in bits a position."""


@dataclass(frozen=True)
class CausalChecks:
    """Whether the output follows from the map; None where no sample could be judged."""

    perturbation_consistency: float | None
    """Share of samples that are read as the world demands once their map was changed."""
    necessity: tuple[float | None, ...] | None
    """(C,) share of samples that are read otherwise once the channel is silenced, of those it is active in."""


@dataclass(frozen=True)
class FoundClass:
    """A class of motifs, and what became of them on test samples."""

    name: str
    channel: int | None
    """The channel assigned to it one-to-one, if any."""
    motifs: int
    missed: int
    confused: int
    """Marked by a channel of another class."""

    @property
    def has_its_own(self) -> bool:
        """Whether most of its motifs were marked by a channel that stands for it."""
        return self.channel is not None and 2 * (self.motifs - self.missed - self.confused) > self.motifs


@dataclass(frozen=True)
class ScanPoint:
    """Errors on held-out samples at one density on the way down; None where one cannot be told."""

    target_density: float
    density: float | None
    samples: int
    """Training samples until then."""
    fpe: float | None
    fne: float | None
    ce: float | None
    ce_many: float | None
    e2ee: float | None
    exact_match: float | None


@dataclass(frozen=True)
class Provenance:
    """What was run, how far it came and on what machine."""

    seed: int
    samples: int
    """Training samples."""
    seconds: float
    """Wall time of training and measurements, over all resumed parts."""
    stop_reason: str | None
    device: str
    threads: int
    machine: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Facts:
    """What only one kind of world tells of a run; a world with such facts has a subclass."""


@dataclass(frozen=True)
class ValidationResult:
    """All that validation.json says."""

    AT_TOP: ClassVar = ("chosen", "errors", "output", "density", "causal", "provenance", "facts")
    """Parts whose own fields stand at the top level of validation.json."""

    chosen: dict[str, str]
    """What was asked for, by option of the world: a preset, a variant …"""
    errors: MapErrors
    """Of the marks, each judged at the middle of what its channel sees."""
    output: OutputErrors
    density: MapDensity
    causal: CausalChecks
    provenance: Provenance
    facts: Facts
    as_marked: MapErrors
    """Of the marks where they are."""
    offsets: tuple[tuple[int, ...], ...]
    """(C, R) positions from each channel's marks to the middle of what it sees."""
    classes: tuple[FoundClass, ...]
    scan: tuple[ScanPoint, ...]
    """The highest density first."""
    theorem: Theorem
    """What the Motif Identifiability Theorem assumes, measured."""
    settings: dict[str, Any]
    """All numbers that the result follows from, as they are written."""

    def to_json(self) -> dict[str, Any]:
        """The content of validation.json."""
        content = asdict(self)
        top = {name: value for part in self.AT_TOP for name, value in content.pop(part).items()}
        return top | content

    @classmethod
    def from_json(
        cls, content: Mapping[str, Any], options: tuple[str, ...], facts: type[Facts] = Facts
    ) -> "ValidationResult":
        """What `to_json` made, of a world with these options and facts.

        Raises ``InputError`` where something is missing or of another kind.
        """
        kinds: dict[str, Any] = {part.name: part.type for part in fields(cls)} | {"facts": facts}
        names = {top: [part.name for part in fields(kinds[top])] for top in cls.AT_TOP if top != "chosen"}
        names["chosen"] = list(options)
        others = [name for name in kinds if name not in names]
        missing = [name for name in sum(names.values(), others) if name not in content]
        if missing:
            raise InputError(f"not the result of a validation, it lacks {', '.join(missing)}")
        parts: dict[str, Any] = {top: {name: content[name] for name in inner} for top, inner in names.items()}
        try:
            parts["facts"] = TypeAdapter(facts).validate_python(parts["facts"])
            return TypeAdapter(cls).validate_python(parts | {name: content[name] for name in others})
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise InputError(f"not the result of a validation ({place}: {first['msg']})") from error


def told(value: float) -> float | None:
    """``value``, None where it is not a number."""
    return None if value != value else value
