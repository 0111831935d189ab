"""What an alignment of runs has found, as a value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.settings import AlignmentSettings
from sparling_genomics.align.concepts import Channel, Found
from sparling_genomics.align.letters import LetterPair
from sparling_genomics.align.places import Places
from sparling_genomics.align.reading import Heard
from sparling_genomics.align.report.page import Shown
from sparling_genomics.align.sample import Sample
from sparling_genomics.compare.read import ComparedRun


@dataclass(frozen=True, eq=False)
class RunAlignment:
    """Runs in one latent space.

    ``without``: motifs without a concept, and why; ``own_places`` (concepts, runs): places of each concept in the
    sequences of each run, -1 where they are of a file; ``errors`` as in `shared.Shared`.
    """

    runs: list[ComparedRun]
    sample: Sample
    places: Places
    heard: list[Heard]
    found: Found
    shown: list[Shown]
    without: list[tuple[Channel, str]]
    pairs: list[LetterPair]
    own_places: NDArray[np.int64]
    errors: NDArray[np.float64]
    settings: AlignmentSettings
    source: str
    headline: str
