"""Worlds of images that are to be read as a sequence of tokens: all but their figures and words."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, ClassVar, Self

from numpy.typing import NDArray
from torch import Tensor, nn

from sparling.domains.base import SpelledDomain
from sparling.domains.counter_random import sample_keys
from sparling.domains.sequence_task import SequenceTask
from sparling.networks.local import ResidualLocal
from sparling.networks.sequence_readout import SequenceReadout
from sparling.validation.evidence import Evidence
from sparling.validation.measure import Perturbed, moved_to_absent
from sparling.validation.variants import DEFAULT, VARIANTS
from sparling.validation.world import World
from sparling.worlds.images.presets import Network, Preset

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

RADIUS = 5
"""Pixels within which only the strongest of moved activations is kept (SPARLING, perturbation experiment)."""


@dataclass(frozen=True, kw_only=True)
class ImageWorld(World):
    """A preset, and the method or a variant of it."""

    samples_are, held_against = "images", "published"
    presets: ClassVar[Mapping[str, Preset[Any]]]
    slack = 2.0
    """A class is by chance more or less frequent in the samples of a calibration than on average, and their number of
    marks says so only roughly."""
    steps_past = True
    most_sites: ClassVar[int] = 60
    """Sites drawn in one example, the strongest."""
    named: ClassVar[bool] = True
    """Whether pictures have room for the names of motifs."""
    ink: ClassVar[int] = 1
    """The value of pixels that are dark."""
    exchangeable: ClassVar[int | None] = None
    """The first so many classes may be exchanged in the map; None for all."""

    domain: SpelledDomain
    network: Network

    @classmethod
    def of(cls, *chosen: str) -> Self:
        """The world of this preset and variant."""
        preset, variant = chosen
        return cls.at(cls.presets[preset], variant)

    @classmethod
    def at(cls, preset: Preset[Any], variant: str = DEFAULT) -> Self:
        """The world of a preset that need not be one of `presets`."""
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

    def by_the_method(self) -> Self:
        """The same preset."""
        return replace(self, chosen=(self.chosen[0], DEFAULT), variant=VARIANTS[DEFAULT])

    @property
    def channels(self) -> int:
        """Those of the network."""
        return self.network.channels or len(self.domain.class_names)

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the preset."""
        parts: dict[str, Any] = {"domain": self.domain, "network": self.network, "schedule": self.schedule}
        return {"name": self.chosen[0]} | {name: asdict(part) for name, part in parts.items()}

    @property
    def in_words(self) -> str:
        """Size of the images, what is on them, and what the variant is."""
        preset, variant = self.chosen
        rows, columns = self.domain.size
        return f"{preset}: {rows} × {columns} pixels, {self.shown}; {variant}: {self.variant.what}"

    @property
    @abstractmethod
    def shown(self) -> str:
        """What is on one image, in a few words."""

    def task(self, seed: int, device: str) -> SequenceTask:
        """Images in, tokens out one after the other."""
        schedule = self.schedule
        return SequenceTask(self.domain, seed, self.cell, schedule.batch_size, schedule.held_out, device, self.ink)

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

    def perturb(self, seed: int, index: Tensor, y: Tensor, activations: Tensor, channel_of_class: Tensor) -> Perturbed:
        """One class's activations move to the channel of a class that is absent."""
        radius, keys = max(1, RADIUS // self.cell), sample_keys(seed, index)
        return moved_to_absent(self.domain, radius, keys, y, activations, channel_of_class, self.exchangeable)

    @property
    def token_names(self) -> tuple[str, ...]:
        """Of all tokens but the end; a class's where each token is one."""
        return self.domain.class_names

    def written(self, tokens: NDArray[Any]) -> str:
        """What is read, as a caption has it: the names of the tokens before the first that is none."""
        names = takewhile(lambda token: 0 <= token < len(self.token_names), tokens.tolist())
        return " ".join(self.token_names[token] for token in names)

    def draw(self, evidence: Evidence) -> Iterator[tuple[str, "Drawing"]]:
        """Images with their sites, and what each channel looks for."""
        from sparling.worlds.images.pictures import draw_examples, draw_patches

        if not self.ink:
            arrays = evidence.arrays
            inverted = replace(arrays, examples=1 - arrays.examples, looked_for=1 - arrays.looked_for)
            evidence = replace(evidence, arrays=inverted)
        drawn = self.noun, self.written, self.cell, self.most_sites, self.named
        yield "examples", draw_examples(evidence, *drawn)
        yield "patches", draw_patches(evidence, self.noun)
