"""One latent space of several runs, trained several times: few latents, of few channels, on few places.

L is the number of motifs of all runs, so that each may have a latent of its own. k is 2: most places have one concept,
some have another's site beside it, and with k = 1 a latent that says "nothing here" would take the place of what is
there. What a training parts or joins depends on where it starts, so there are `ALIGNMENTS` of them, and `concepts`
takes what they agree on.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.align import align
from sparling.alignment.codes import Codes
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Stream

ALIGNMENTS = 5
ACTIVE = 2
"""k."""
STEPS = 1500
"""Of each training, about."""
BATCH, BATCHES = 256, 16
"""Places a step at most, and steps an epoch at least where there are fewer."""
LEARNING_RATE = 1e-2
LEAST_SITES = 10
"""Places with a site of a motif below which it is not aligned: there is too little to tell."""


class Latents(NamedTuple):
    """What several alignments of the same streams say."""

    codes: list[list[Codes]]
    """Of each alignment the codes of each stream."""
    errors: list[NDArray[np.float64]]
    """Of each alignment the error (M, M) of each stream (column) reconstructed from each (row), at held-out places."""
    settings: AlignmentSettings


def settings_of(places: int, motifs: int, seed: int) -> AlignmentSettings:
    """How streams of so many motifs in all are aligned at so many places."""
    batch = min(BATCH, -(-places // BATCHES))
    return AlignmentSettings(
        latents=max(motifs, ACTIVE + 1),
        k=ACTIVE,
        batch=batch,
        epochs=max(1, round(STEPS * batch / places)),
        learning_rate=LEARNING_RATE,
        seed=seed,
    )


def align_several(
    streams: Sequence[Stream],
    places: int,
    seed: int,
    folder: Path,
    device: str,
    progress: Callable[[int, int], None],
) -> Latents:
    """`ALIGNMENTS` of the same streams; ``folder`` receives one a folder, ``progress`` is told how many are done."""
    motifs = sum(int(stream.rows.shape[1]) for stream in streams)
    codes, errors = [], []
    for number in range(ALIGNMENTS):
        progress(number, ALIGNMENTS)
        settings = settings_of(places, motifs, seed + number)
        made = align(streams, settings, folder=folder / str(number), device=device, observer=None)
        codes.append([made.codes(stream.name) for stream in streams])
        errors.append(made.errors(made.held_out))
    progress(ALIGNMENTS, ALIGNMENTS)
    return Latents(codes, errors, settings_of(places, motifs, seed))
