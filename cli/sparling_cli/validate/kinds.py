"""The worlds that `sparling validate` knows, in the order in which they are listed and all of them run."""

from importlib import import_module
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from sparling.validation.run import Chosen
    from sparling.validation.world import World
    from sparling.worlds.concepts.world import ConceptsWorld

W = TypeVar("W", bound="Chosen")


class Kind(NamedTuple, Generic[W]):
    """A world by its command; its module, whose import takes seconds, is imported when it is run."""

    command: str
    beginning: str
    """Said at once."""
    module: str
    world: str
    """Its class in that module."""

    def load(self) -> type[W]:
        """The world."""
        found: type[W] = getattr(import_module(self.module), self.world)
        return found


DIGIT_CIRCLE: "Kind[World]" = Kind(
    "digit-circle", "Preparing images with digits …", "sparling.worlds.digit_circle.world", "DigitCircleWorld"
)
LATEX_OCR: "Kind[World]" = Kind(
    "latex-ocr", "Preparing images with formulas …", "sparling.worlds.latex_ocr.world", "LatexOcrWorld"
)
AUDIO: "Kind[World]" = Kind(
    "audio", "Preparing spoken digits …", "sparling.worlds.spoken_digits.world", "SpokenDigitsWorld"
)
PLANTED_DNA: "Kind[World]" = Kind(
    "planted-dna",
    "Preparing sequences with motifs …",
    "sparling_genomics.worlds.planted_dna.world",
    "PlantedWorld",
)
KINDS = (DIGIT_CIRCLE, LATEX_OCR, AUDIO, PLANTED_DNA)
"""Worlds with motifs, whose figures are of one kind."""
CONCEPTS: "Kind[ConceptsWorld]" = Kind(
    "concepts", "Preparing streams of concepts …", "sparling.worlds.concepts.world", "ConceptsWorld"
)
