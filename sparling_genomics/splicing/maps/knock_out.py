"""In-silico knock-out: by how much a site's log-odds change when one occurrence of a motif near it is silenced.

Each occurrence is taken away alone and the site is read anew, exactly: what a network gains or loses by it there.
Source: knock-outs of motif sites as in the splicing models of Gupta et al. (SAM, 2024, Genome Biology 25:23).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.followed import Changed, Followed
from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.metrics import log_odds
from sparling_genomics.splicing.runs.words import SpliceMotif, near

ROWS = 512
"""Knock-outs read at once."""


class KnockedOut(NamedTuple):
    """Of sites (s,), and of motif occurrences in their reach (n,): which site, which motif, where its first letter lies
    from the site's base (nt), and the change of the site's log-odds without it; below 0 it speaks for the site."""

    log_odds: NDArray[np.float32]
    sites: Ints
    motifs: Ints
    distances: Ints
    changes: NDArray[np.float32]


class Owners(NamedTuple):
    """Of each channel its motif by number, -1 for none, and nt from its mark to the motif's first letter: (channels,)
    both."""

    motifs: Ints
    shifts: Ints


def owners(motifs: Sequence[SpliceMotif], channels: int) -> Owners:
    """Which motif each channel of a map marks."""
    found = Owners(np.full(channels, -1, dtype=np.int64), np.zeros(channels, dtype=np.int64))
    for number, motif in enumerate(motifs):
        for channel, shift in zip(motif.channels, motif.shifts, strict=True):
            found.motifs[channel], found.shifts[channel] = number, shift
    return found


def _odds(logits: Tensor, kinds: Tensor) -> NDArray[np.float32]:
    """Log-odds of the class ``kinds`` (n,) of logits (n, classes): (n,)."""
    odds: NDArray[np.float32] = log_odds(logits).gather(1, kinds[:, None] - 1)[:, 0].cpu().numpy()
    return odds


def knock_out(
    followed: Followed, activations: Tensor, samples: Ints, places: Ints, kinds: Ints, of: Owners
) -> KnockedOut:
    """Silence each occurrence of a motif within the readout's reach of each site.

    The sites lie at ``places`` (s,) of the maps ``samples`` (s,) in ``activations`` (B, C, L), whose layers are
    ``followed``; ``kinds`` (s,) are their classes. Channels of no motif stay as they are. Marks of several channels
    that mean one occurrence are silenced together.
    """
    device, reach = activations.device, followed.readout.reach
    whole = _odds(followed.outputs()[samples, :, places], torch.from_numpy(kinds).to(device))
    marks = _marks_near(activations, samples, places, reach, of)
    keys = np.stack(
        [marks.sites, of.motifs[marks.channels], marks.at - places[marks.sites] + of.shifts[marks.channels]]
    )
    occurrences, which = np.unique(keys, axis=1, return_inverse=True)
    which = which.reshape(-1)
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(occurrences.shape[1] + 1))
    changes = np.zeros(occurrences.shape[1], dtype=np.float32)
    for low in range(0, len(changes), ROWS):
        high = min(low + ROWS, len(changes))
        own, taken = occurrences[0, low:high], order[bounds[low] : bounds[high]]
        columns = (which[taken] - low, marks.channels[taken], marks.at[taken])
        rows, channels, at = (torch.from_numpy(column).to(device) for column in columns)
        by = -activations[torch.from_numpy(samples[marks.sites[taken]]).to(device), channels, at]
        sample, place, kind = (torch.from_numpy(column[own]).to(device) for column in (samples, places, kinds))
        logits = followed.after(sample, place, Changed(rows, channels, at, by))
        changes[low:high] = _odds(logits, kind) - whole[own]
    return KnockedOut(whole, occurrences[0], occurrences[1], occurrences[2], changes)


class _Marks(NamedTuple):
    """Marks near sites: of which site, of which channel, at which place of its map; (k,) each."""

    sites: Ints
    channels: Ints
    at: Ints


def _marks_near(activations: Tensor, samples: Ints, places: Ints, reach: int, of: Owners) -> _Marks:
    """Marks of motifs' channels at most ``reach`` from each site, in its map."""
    sample, channel, at = (each.cpu().numpy() for each in torch.nonzero(activations, as_tuple=True))
    used = of.motifs[channel] >= 0
    sample, channel, at = sample[used], channel[used], at[used]
    length = activations.shape[2]
    order = np.argsort(sample * length + at, kind="stable")
    along = (sample * length + at)[order]
    low, high = np.maximum(places - reach, 0), np.minimum(places + reach, length - 1)
    sites, which = near(along, samples * length + low, samples * length + high)
    found = order[which]
    return _Marks(sites, channel[found], at[found])
