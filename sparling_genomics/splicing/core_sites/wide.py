"""LSSI of acceptors that sees more of the intron than a table of words can hold: the network itself, along sequences.

A table of N + 2 letters has 4^(N + 2) entries: 65,536 of 8, but 1.8e13 of the 22 that SAM reads.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor, nn

from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.splicing.core_sites.tracks import FLOOR, KmerTracks, as_tracks
from sparling_genomics.splicing.genes import ACCEPTOR, MASKED
from sparling_genomics.splicing.windows import Transcripts

EXON = 2
"""Letters of the exon that an acceptor's word ends with."""
MOST_WORDS = 50_000
"""Words without a site that are trained on; where there are more, a random part stands for all."""
HIDDEN = 64
"""Width of the network."""
LAYERS = 3
AT_ONCE = 1_000_000
"""Places that are looked at together; each takes about a hundred bytes."""


class Words(NamedTuple):
    """Words of one length by number, int64 (n,), each once; at how many positions each lies, and how many are sites."""

    numbers: NDArray[np.int64]
    positions: NDArray[np.float64]
    sites: NDArray[np.int64]


def acceptor_words(data: Transcripts, before: int, ends: NDArray[np.bool_] | None = None) -> Words:
    """Words of ``before`` letters of the intron and 2 of the exon at labelled positions of ``data``.

    Only those whose two letters of the intron's end are among ``ends`` (16,), by default those of acceptors of
    ``data``. Words with an N do not count.
    """
    length, sites = before + EXON, np.flatnonzero(data.labels == ACCEPTOR)
    if ends is None:
        ends = end_pairs(data, sites)
    windows, numbers, is_site = sliding_window_view(data.codes, length), [], []
    for at in range(0, len(data.labels), AT_ONCE):
        places = at + np.flatnonzero(data.labels[at : at + AT_ONCE] != MASKED)
        places = places[(places >= before) & (places - before < len(windows))]
        seen = windows[places - before]
        pairs = 4 * seen[:, before - 2].astype(np.int64) + seen[:, before - 1]
        known = (seen < AMBIGUOUS).all(1)
        kept = known & ends[np.where(known, pairs, 0)]
        numbers.append(seen[kept].astype(np.int64) @ (4 ** np.arange(length - 1, -1, -1)))
        is_site.append(data.labels[places[kept]] == ACCEPTOR)
    found, which = np.unique(np.concatenate(numbers), return_inverse=True)
    own = np.bincount(which, np.concatenate(is_site), minlength=len(found)).astype(np.int64)
    return Words(found, np.bincount(which, minlength=len(found)).astype(np.float64), own)


def end_pairs(data: Transcripts, sites: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs of letters, AG as a rule, come before these acceptors: (16,)."""
    seen = data.codes[sites[:, None] + np.array([-2, -1])].astype(np.int64)
    known = seen[(seen < AMBIGUOUS).all(1)]
    found: NDArray[np.bool_] = np.bincount(4 * known[:, 0] + known[:, 1], minlength=16) > 0
    return found


def fewer(words: Words, rng: np.random.Generator, most: int = MOST_WORDS) -> Words:
    """All words with a site, and ``most`` of the others, each of which counts for as many as it stands for."""
    others = np.flatnonzero(words.sites == 0)
    if len(others) <= most:
        return words
    taken = np.sort(rng.choice(others, most, replace=False))
    factor = words.positions[others].sum() / words.positions[taken].sum()
    kept = np.sort(np.concatenate([np.flatnonzero(words.sites), taken]))
    positions = np.where(words.sites == 0, factor, 1.0) * words.positions
    return Words(words.numbers[kept], positions[kept], words.sites[kept])


class WideTracks(nn.Module):
    """Tracks of donors from a table of 8-mers, and of acceptors from a network: (B, 4, L) one-hot → (B, 2, L).

    The network sees ``before`` letters of the intron and two of the exon. A site with a letter that is unknown or
    beyond the end, or whose intron ends on letters that no site of the training side has, is none.
    """

    ends: Tensor

    def __init__(
        self,
        before: int,
        donors: KmerTracks | None = None,
        layers: Sequence[tuple[Tensor, Tensor]] = (),
        ends: NDArray[np.bool_] | None = None,
    ) -> None:
        """``layers``: weights (out, in) and biases of a network on one-hot letters, letter by letter; without them, and
        without ``donors`` and ``ends`` (16,), all is to be loaded."""
        super().__init__()
        self.before, self.donors = before, KmerTracks() if donors is None else donors
        sizes = (4 * (before + EXON), HIDDEN, HIDDEN, 1)
        empty = [(torch.zeros(b, a), torch.zeros(b)) for a, b in pairwise(sizes)]
        for number, (weight, bias) in enumerate(layers or empty):
            self.register_buffer(f"weight_{number}", weight.detach().float().clone())
            self.register_buffer(f"bias_{number}", bias.detach().float().clone())
        self.register_buffer("ends", torch.zeros(16) if ends is None else torch.from_numpy(ends).float())

    def log_p(self, x: Tensor) -> Tensor:
        """One-hot letters (B, 4, L) → log P of an acceptor at each position (B, L)."""
        around, length = F.pad(x.float(), (self.before, EXON - 1)), x.shape[2]
        found = around
        for number in range(LAYERS):
            weight, bias = self.get_buffer(f"weight_{number}"), self.get_buffer(f"bias_{number}")
            kernel = weight.view(len(weight), -1, 4 if number == 0 else found.shape[1]).transpose(1, 2)
            found = F.conv1d(F.relu(found) if number else found, kernel, bias)
        known = around.sum(1)
        whole = F.avg_pool1d(known[:, None], self.before + EXON, 1)[:, 0] > 1 - 0.5 / (self.before + EXON)
        letters = around.argmax(1)
        pairs = 4 * letters[:, self.before - 2 :][:, :length] + letters[:, self.before - 1 :][:, :length]
        return torch.where(whole & (self.ends[pairs] > 0), F.logsigmoid(found[:, 0]), FLOOR)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot letters (B, 4, L) → tracks (B, 2, L)."""
        with torch.autocast(x.device.type, enabled=False):
            return torch.stack([self.donors(x)[:, 0], as_tracks(self.log_p(x))], dim=1)
