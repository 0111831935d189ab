"""Worlds of images that are to be read as a sequence of tokens: all but their figures and words."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, ClassVar, Self

from numpy.typing import NDArray
from torch import nn

from sparling.domains.sequence_task import SequenceTask
from sparling.networks.local import ResidualLocal
from sparling.validation.evidence import Evidence
from sparling.validation.variants import DEFAULT, VARIANTS
from sparling.worlds.images.presets import Network, Preset
from sparling.worlds.spelled import SpelledWorld

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True, kw_only=True)
class ImageWorld(SpelledWorld):
    """A preset, and the method or a variant of it."""

    samples_are = "images"
    presets: ClassVar[Mapping[str, Preset[Any]]]
    most_sites: ClassVar[int] = 60
    """Sites drawn in one example, the strongest."""
    named: ClassVar[bool] = True
    """Whether pictures have room for the names of motifs."""
    ink: ClassVar[int] = 1
    """The value of pixels that are dark."""

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

    @property
    def channels(self) -> int:
        """Those of the network."""
        return self.network.channels or len(self.domain.class_names)

    @property
    def samples(self) -> dict[str, dict[str, Any]]:
        """The domain."""
        domain: Any = self.domain
        return {"domain": asdict(domain)}

    @property
    def in_words(self) -> str:
        """Size of the images, what is on them, and what the variant is."""
        rows, columns = self.domain.size
        return f"{self.chosen[0]}: {rows} × {columns} pixels, {self.shown}; {self.variant_in_words}"

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
