"""One latent space of several runs, trained several times: few latents, of few channels, on few places.

L is the number of motifs of all runs, so that each may have a latent of its own. k is 2: most places have one concept,
some have another's site beside it; with k = 1 rare motifs were left without a latent. What a training parts or joins
depends on where it starts, so there are `ALIGNMENTS` of them, and `concepts` takes what they agree on.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.align import align
from sparling.alignment.alignment import Alignment
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Stream

ALIGNMENTS = 5
ACTIVE = 2
"""k."""
STEPS = 1200
"""Of each training, about."""
BATCH, BATCHES = 256, 16
"""Places a step at most, and steps an epoch at least where there are fewer."""
LEARNING_RATE = 1e-2
LEAST_SITES = 10
"""Places with a site of a motif below which it is not aligned: there is too little to tell."""
CHUNK = 50_000
"""Places that are decoded at once."""


class Shared(NamedTuple):
    """What several alignments of the same streams say."""

    told: NDArray[np.float64]
    """(alignments, n, n), n the features of all streams in order: the correlation over all places of feature i (row)
    and of feature j (column) decoded from the latents of the stream of i: chosen by all streams, values its own."""
    errors: NDArray[np.float64]
    """(alignments, M, M) error of each stream (column) reconstructed from each (row), at held-out places."""
    settings: AlignmentSettings


def settings_of(places: int, features: int, seed: int) -> AlignmentSettings:
    """How streams of so many features in all are aligned at so many places."""
    batch = min(BATCH, -(-places // BATCHES))
    return AlignmentSettings(
        latents=max(features, ACTIVE + 1),
        k=ACTIVE,
        batch=batch,
        epochs=max(1, round(STEPS * batch / places)),
        learning_rate=LEARNING_RATE,
        seed=seed,
    )


def align_several(
    streams: Sequence[Stream], seed: int, folder: Path, device: str, progress: Callable[[int, int], None]
) -> Shared:
    """`ALIGNMENTS` of the same streams; ``folder`` receives one a folder, ``progress`` is told how many are done."""
    places = int(streams[0].rows.shape[0])
    features = sum(int(stream.rows.shape[1]) for stream in streams)
    told, errors = [], []
    for number in range(ALIGNMENTS):
        progress(number, ALIGNMENTS)
        settings = settings_of(places, features, seed + number)
        made = align(streams, settings, folder=folder / str(number), device=device, observer=None)
        told.append(told_by(made))
        errors.append(made.errors(made.held_out))
    return Shared(np.array(told), np.array(errors), settings_of(places, features, seed))


def told_by(made: Alignment) -> NDArray[np.float64]:
    """`Shared.told` of one alignment: Pearson's correlation, 0 of what is the same everywhere."""
    widths = made.streams.widths
    ends = np.cumsum(widths)
    parts = [slice(end - width, end) for end, width in zip(ends, widths, strict=True)]
    n, total = len(made.streams), int(ends[-1])
    own_sum, own_square = np.zeros(total), np.zeros(total)
    sums, squares, products = (np.zeros((len(widths) if i < 2 else total, total)) for i in range(3))
    for first in range(0, n, CHUNK):
        samples = np.arange(first, min(first + CHUNK, n))
        x = made.streams.read(samples).astype(np.float64)
        own_sum += x.sum(0)
        own_square += (x**2).sum(0)
        for s, source in enumerate(made.names):
            rebuilt = [made.reconstruct(source, target, samples) for target in made.names]
            decoded = np.concatenate(rebuilt, axis=1).astype(np.float64)
            sums[s] += decoded.sum(0)
            squares[s] += (decoded**2).sum(0)
            products[parts[s]] += x[:, parts[s]].T @ decoded
    of = np.repeat(np.arange(len(widths)), widths)
    covariance = products - np.outer(own_sum, np.ones(total)) * sums[of] / n
    own = np.maximum(own_square - own_sum**2 / n, 0)
    other = np.maximum(squares - sums**2 / n, 0)[of]
    scale = np.sqrt(own[:, None] * other)
    correlation = np.zeros_like(covariance)
    np.divide(covariance, scale, out=correlation, where=scale > 1e-9 * n)
    return correlation
