"""What a search found, before anything of it is written, in four parts: found, map, measured, provenance."""

from dataclasses import dataclass
from typing import NamedTuple

from sparling.networks.model import SparlingModel
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.known import KnownStart
from sparling_genomics.discovery.seeds import Seed
from sparling_genomics.discovery.training import Trained
from sparling_genomics.files.rows import Effect, LabelEffect, Pair
from sparling_genomics.motifs.map_features import Map
from sparling_genomics.motifs.motif import Dropped, Motif
from sparling_genomics.network.motif_network import NetworkDescription
from sparling_genomics.tasks.column_figures import ColumnFigures


class SeedFate(NamedTuple):
    """A seed, or a known matrix, and what became of it."""

    seed: Seed | KnownStart
    added: int
    """1: before the density fell; 2: sought in what was left then."""
    became: str
    """Id of its motif, or why there is none."""


class Found(NamedTuple):
    """Motifs, and what was left out."""

    motifs: list[Motif]
    dropped: list[Dropped]
    seeds: list[SeedFate]
    """Known matrices before seeds."""


class Made(NamedTuple):
    """The network that makes the map."""

    model: SparlingModel
    network: NetworkDescription
    whole: Map
    """Of all sequences that were looked at. Marks weaker than its ``from_score`` the readout alone sees."""
    density: float
    """Times its sites that each channel marks."""


class Measured(NamedTuple):
    """Figures of the test side, and what each motif does."""

    auroc: float
    """Against several shuffles of the test side, or its own unbound sequences."""
    auroc_low: float
    auroc_high: float
    """Bounds of its 95 % interval, by bootstrap over clusters; nan where one label has one cluster."""
    auroc_error: float
    auprc: float
    density: float
    """Of the map that the readout sees."""
    sites_per_sequence: float
    """Listed ones of all motifs, bound or not."""
    effects: list[Effect]
    pairs: list[Pair]
    columns: tuple[ColumnFigures, ...] = ()
    """How well each of several labels or values is predicted; the figures above that are of one label are NaN then."""
    label_effects: tuple[LabelEffect, ...] = ()
    """What each motif does to each of them."""


class Provenance(NamedTuple):
    """What all of it comes from."""

    data: SequenceDataset
    """All sequences that were looked at, shuffled copies included."""
    given: frozenset[str]
    """Names of the sequences that are no shuffled copies."""
    trainings: list[Trained]
    device: str
    precision: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """All that a search found."""

    found: Found
    map: Made
    measured: Measured
    provenance: Provenance
