"""Worlds that are to be read as a sequence of tokens, whatever their samples are: readout, perturbation, settings."""

from abc import abstractmethod
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Protocol, Self

from torch import Tensor, nn

from sparling.domains.base import SpelledDomain
from sparling.domains.counter_random import sample_keys
from sparling.networks.sequence_readout import SequenceReadout
from sparling.validation.measure import Perturbed, moved_to_absent
from sparling.validation.variants import DEFAULT, VARIANTS
from sparling.validation.world import World

RADIUS = 5
"""Inputs within which only the strongest of moved activations is kept (SPARLING, perturbation experiment)."""


class Network(Protocol):
    """What the dataclass of a network must say of its readout."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def pool(self) -> int:
        """Positions along each axis that are one cell of the readout."""

    @property
    def readout_width(self) -> int:
        """Numbers of a cell and of a token."""

    @property
    def readout_layers(self) -> int:
        """Of the encoder, and of the decoder."""


@dataclass(frozen=True, kw_only=True)
class SpelledWorld(World):
    """A preset, the first of what is chosen, and the method or a variant of it, the second."""

    held_against = "published"
    slack = 2.0
    """A class is by chance more or less frequent in the samples of a calibration than on average, and their number of
    marks says so only roughly."""
    steps_past = True
    exchangeable: ClassVar[int | None] = None
    """The first so many classes may be exchanged in the map; None for all."""

    domain: SpelledDomain
    network: Network

    def by_the_method(self) -> Self:
        """The same of all else that was chosen."""
        preset, _, *others = self.chosen
        return replace(self, chosen=(preset, DEFAULT, *others), variant=VARIANTS[DEFAULT])

    @property
    def variant_in_words(self) -> str:
        """Its name, what it is, and of the method itself how it differs here."""
        name = self.chosen[1]
        here = "each channel inhibits itself alone, " + (
            "and codes get channels in place of recruitment" if self.schedule.recodes else "and none is recruited"
        )
        return f"{name}: {self.variant.what}" + (f"; here {here}" if name == DEFAULT and not self.rivals else "")

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the preset, and of what else the samples are made of."""
        parts = {"network": asdict(self.network), "schedule": asdict(self.schedule)}
        return {"name": self.chosen[0], **self.samples, **parts}

    @property
    @abstractmethod
    def samples(self) -> dict[str, dict[str, Any]]:
        """Settings of what samples are made of, by part."""

    @property
    def frequencies(self) -> int:
        """Of the features that tell the readout where a cell lies."""
        return 4

    def readout(self) -> nn.Module:
        """It spells."""
        n, said = self.network, (self.domain.tokens, self.domain.length)
        return SequenceReadout(
            self.channels,
            self.map_size,
            *said,
            pool=n.pool,
            width=n.readout_width,
            layers=n.readout_layers,
            frequencies=self.frequencies,
        )

    def perturb(self, seed: int, index: Tensor, y: Tensor, activations: Tensor, channel_of_class: Tensor) -> Perturbed:
        """One class's activations move to the channel of a class that is absent."""
        radius, keys = max(1, RADIUS // self.cell), sample_keys(seed, index)
        return moved_to_absent(self.domain, radius, keys, y, activations, channel_of_class, self.exchangeable)
