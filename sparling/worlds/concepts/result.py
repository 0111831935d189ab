"""What a validation on concepts came to, as values: kept as validation.json, read by report and command line."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sparling.alignment.settings import Choice
from sparling.errors import InputError
from sparling.worlds.concepts.presets import CHOICES


@dataclass(frozen=True)
class Recalled:
    """Retrieval from one stream to another, each encoded alone."""

    query: str
    reference: str
    recall: tuple[float, ...]
    """R@1, R@5, R@10."""


@dataclass(frozen=True)
class Found:
    """What one training found, on test samples; shares are fractions."""

    choice: Choice
    cross: float
    """λ."""
    k: int
    samples: int
    """Training samples."""
    seconds: float
    stop_reason: str
    own_error: float
    """Normalised mean squared error of self-reconstruction, mean over streams."""
    cross_error: float
    """Of cross-reconstruction, mean over ordered pairs."""
    alive: float
    """Latents that are alive in all streams."""
    dead: float
    mixed: float
    dead_in: tuple[float, ...]
    """(M,)."""
    jaccard: tuple[float, ...]
    """(D,) at each depth of the tree, root first; over all latents, as published."""
    jaccard_alive: tuple[float | None, ...]
    """(D,) over latents that are alive in two streams at least."""
    jaccard_strongest: tuple[float, ...]
    """(D,) of the samples that activate a latent most."""
    retrieval: tuple[Recalled, ...]
    probe: tuple[float | None, ...]
    """(M,) log loss of the best latent of each concept, mean over concepts, nats; None where all are too rare."""
    occupied: tuple[int, ...]
    """(C,) latents that each concept takes up."""
    beyond_cap: int
    """Latents that concepts take up beyond the cap."""
    latent: tuple[int, ...]
    """(C,) the latent assigned to each concept."""
    recall: tuple[float, ...]
    """(C,) of its activations, mean over streams."""
    precision: tuple[float, ...]
    """(C,)."""
    recall_alone: float
    """Mean over concepts and streams where each stream is encoded alone."""
    precision_alone: float
    private: float | None
    """F1 of the best latent of each private concept in its stream, mean; None where there are none."""

    @property
    def title(self) -> str:
        """In words."""
        return f"{CHOICES[self.choice]}, λ = {self.cross:g}"

    @property
    def mean_recall(self) -> float:
        """Over concepts."""
        return sum(self.recall) / len(self.recall)

    @property
    def mean_precision(self) -> float:
        """Over concepts."""
        return sum(self.precision) / len(self.precision)

    @property
    def recovered(self) -> float:
        """Share of concepts with a recall and a precision of 0.9 or more."""
        good = [r >= 0.9 and p >= 0.9 for r, p in zip(self.recall, self.precision, strict=True)]
        return sum(good) / len(good)

    @property
    def mean_probe(self) -> float | None:
        """Over streams."""
        told = [loss for loss in self.probe if loss is not None]
        return sum(told) / len(told) if told else None

    @property
    def at_one(self) -> float:
        """R@1, mean over directions."""
        return sum(each.recall[0] for each in self.retrieval) / len(self.retrieval)


@dataclass(frozen=True)
class ConceptsResult:
    """All that validation.json says."""

    preset: str
    seed: int
    streams: tuple[str, ...]
    concepts: tuple[str, ...]
    frequency: tuple[float, ...]
    """(C,) of test samples, those that have each concept."""
    chance: tuple[float, ...]
    """R@1, R@5, R@10 of an order by chance."""
    found: tuple[Found, ...]
    device: str
    threads: int
    machine: str
    versions: dict[str, str]
    settings: dict[str, Any]

    @property
    def seconds(self) -> float:
        """Of all trainings and measurements."""
        return sum(each.seconds for each in self.found)

    def of(self, choice: Choice, cross: float) -> Found | None:
        """The training of the headline's k; None where there is none."""
        k = self.found[0].k
        chosen = (each for each in self.found if (each.choice, each.cross, each.k) == (choice, cross, k))
        return next(chosen, None)

    def to_json(self) -> dict[str, Any]:
        """The content of validation.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ConceptsResult":
        """What `to_json` made. Raises ``InputError`` where something is missing or of another kind."""
        result: ConceptsResult = read_as(cls, content)
        return result


def read_as(kind: Any, content: Mapping[str, Any]) -> Any:
    """``content`` as a value of the dataclass ``kind``. Raises ``InputError`` where it is none."""
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"not the result of a validation on concepts ({place}: {first['msg']})") from error
