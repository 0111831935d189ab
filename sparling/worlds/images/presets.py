"""A world of images at one size, and the network and schedule that go with it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sparling.domains.base import SpelledDomain
from sparling.validation.variants import Schedule

D = TypeVar("D", bound=SpelledDomain)


@dataclass(frozen=True)
class Network:
    """Local model and readout. ``cell``: pixels a side that are one position of the map."""

    cell: int = 2
    stem: int = 5
    kernel: int = 3
    width: int = 48
    units: int = 1
    pool: int = 4
    readout_width: int = 64
    readout_layers: int = 2
    inhibition: int = 7
    """Widest window of inhibition, in positions."""
    channels: int = 0
    """C; 0 for one a class."""


@dataclass(frozen=True)
class Preset(Generic[D]):
    """A world, a network and a schedule, under one name."""

    name: str
    domain: D
    network: Network
    schedule: Schedule
