"""DigitCircle as a world to validate on: spelled sequences of digits, held against the published figures."""

from dataclasses import dataclass

from sparling.domains.digit_circle import DigitCircle
from sparling.domains.digit_edits import DigitLayouts
from sparling.validation.result import ValidationResult
from sparling.validation.run import Option
from sparling.validation.variants import DEFAULT, VARIANTS
from sparling.validation.world import Figure
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.images.world import ImageWorld


@dataclass(frozen=True, kw_only=True)
class DigitCircleWorld(ImageWorld):
    """A preset, and the method or a variant of it."""

    command, title, package, noun = "digit-circle", "DigitCircle", "sparling.worlds.digit_circle", "digit"
    options = (Option("preset", PRESETS, "quick"), Option("variant", VARIANTS, DEFAULT))
    presets = PRESETS

    domain: DigitCircle

    @property
    def shown(self) -> str:
        """How many digits."""
        return f"{self.domain.fewest}–{self.domain.most} digits"

    def layouts(self) -> DigitLayouts:
        """Digits taken out, put in, moved and exchanged."""
        return DigitLayouts(self.domain)

    def figures(self, result: ValidationResult) -> list[Figure]:
        """Each beside the published one, and its range over 9 seeds.

        Source: SPARLING (arXiv 2302.01976), DigitCircle, one threshold a channel, at the final density.
        """
        errors, output, checks = result.errors, result.output, result.causal
        swapped = "digit swapped in the map, read as it then must be"
        return [
            Figure("FPE", "marks that lie on no digit", errors.fpe, 0.0148, (0.0007, 0.0423)),
            Figure("FNE", "digits without a mark", errors.fne, 0.0042, (0.0025, 0.0067)),
            Figure("CE", "marked digits taken for another", errors.ce, 0.0116, (0.0003, 0.0339)),
            Figure("E2EE", "edit distance of the sequence read", output.e2ee, 0.0074, (0.0047, 0.0115)),
            Figure("exact match", "sequences read without a fault", output.exact_match),
            Figure("perturbation", swapped, checks.perturbation_consistency, 0.993),
        ]

    def remarks(self, result: ValidationResult) -> str:
        """What the published row is, and how the world of this run differs from it."""
        published = "The published row is for images of 100 × 100 pixels with 3–6 digits and 6 million training samples"
        side, fewest, most = self.domain.side, self.domain.fewest, self.domain.most
        if (side, fewest, most) == (100, 3, 6):
            return f"{published}; this run is in the same world."
        return f"{published}; {self.chosen[0]} is a smaller world, {side} × {side} pixels with {fewest}–{most} digits."
