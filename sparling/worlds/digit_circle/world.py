"""DigitCircle as a world to validate on: spelled sequences of digits, held against the published figures."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from sparling.domains.counter_random import sample_keys
from sparling.domains.digit_circle import DigitCircle
from sparling.domains.digit_edits import DigitLayouts
from sparling.domains.sequence_task import SequenceTask
from sparling.networks.local import ResidualLocal
from sparling.networks.sequence_readout import SequenceReadout
from sparling.validation.evidence import Evidence
from sparling.validation.measure import Perturbed, moved_to_absent
from sparling.validation.result import ValidationResult
from sparling.validation.variants import DEFAULT, VARIANTS
from sparling.validation.world import Figure, Option, World
from sparling.worlds.digit_circle.presets import PRESETS, Network, Preset

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

RADIUS = 5
"""Pixels within which only the strongest of moved activations is kept (SPARLING, perturbation experiment)."""


@dataclass(frozen=True, kw_only=True)
class DigitCircleWorld(World):
    """A preset, and the method or a variant of it."""

    command, title, package = "digit-circle", "DigitCircle", "sparling.worlds.digit_circle"
    noun, samples_are, held_against = "digit", "images", "published"
    options = (Option("preset", PRESETS, "quick"), Option("variant", VARIANTS, DEFAULT))
    slack = 2.0
    """A class is by chance more or less frequent in the samples of a calibration than on average, and their number of
    marks says so only roughly."""
    steps_past = True
    most_sites = 60
    """Sites drawn in one example, the strongest."""

    domain: DigitCircle
    network: Network

    @classmethod
    def of(cls, *chosen: str) -> "DigitCircleWorld":
        """The world of this preset and variant."""
        preset, variant = chosen
        return cls.at(PRESETS[preset], variant)

    @classmethod
    def at(cls, preset: Preset, variant: str = DEFAULT) -> "DigitCircleWorld":
        """The world of a preset that need not be one of `PRESETS`."""
        network = preset.network
        return cls(
            chosen=(preset.name, variant),
            domain=preset.domain,
            schedule=preset.schedule,
            variant=VARIANTS[variant],
            inhibition=network.inhibition,
            cell=network.cell,
            network=network,
        )

    def by_the_method(self) -> "DigitCircleWorld":
        """The same preset."""
        return replace(self, chosen=(self.chosen[0], DEFAULT), variant=VARIANTS[DEFAULT])

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the preset."""
        domain, network, schedule = (asdict(part) for part in (self.domain, self.network, self.schedule))
        return {"name": self.chosen[0], "domain": domain, "network": network, "schedule": schedule}

    @property
    def in_words(self) -> str:
        """Size of the images, and what the variant is."""
        preset, variant = self.chosen
        side, digits = self.domain.side, f"{self.domain.fewest}–{self.domain.most} digits"
        return f"{preset}: {side} × {side} pixels, {digits}; {variant}: {self.variant.what}"

    def task(self, seed: int, device: str) -> SequenceTask:
        """Images in, digits out one after the other."""
        schedule = self.schedule
        return SequenceTask(self.domain, seed, self.cell, schedule.batch_size, schedule.held_out, device)

    def local(self) -> nn.Module:
        """Residual units over cells."""
        n, rank = self.network, len(self.domain.size)
        return ResidualLocal(
            1, self.channels, width=n.width, units=n.units, stem=n.stem, kernel=n.kernel, rank=rank, cell=n.cell
        )

    def readout(self) -> nn.Module:
        """It spells."""
        n, size, said = self.network, self.map_size, (self.domain.tokens, self.domain.length)
        return SequenceReadout(self.channels, size, *said, pool=n.pool, width=n.readout_width, layers=n.readout_layers)

    def layouts(self) -> DigitLayouts:
        """Digits taken out, put in, moved and exchanged."""
        return DigitLayouts(self.domain)

    def perturb(self, seed: int, index: Tensor, y: Tensor, activations: Tensor, channel_of_class: Tensor) -> Perturbed:
        """One digit's activations move to an absent digit's channel."""
        radius = max(1, RADIUS // self.cell)
        keys = sample_keys(seed, index)
        return moved_to_absent(self.domain, radius, keys, y, activations, channel_of_class)

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

    def draw(self, evidence: Evidence) -> Iterator[tuple[str, "Drawing"]]:
        """Images with their sites, and what each channel looks for."""
        from sparling.worlds.digit_circle.pictures import draw_examples, draw_patches

        yield "examples", draw_examples(evidence, self.cell, self.most_sites)
        yield "patches", draw_patches(evidence)
