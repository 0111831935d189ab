"""Tracks of core sites: how likely each position is a donor or an acceptor, by a few letters around it alone.

A track is relu(log P + 10) / 5, in [0, 2]: below P = e^-10 a position is as good as none. Source of the clip and of the
name LSSI (local splice site identifier): the splicing models of Gupta et al. (SAM, 2024, Genome Biology 25:23).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FLOOR, UNIT = -10.0, 5.0
"""log P at and below which a track is 0, and by what it is divided."""
LENGTH = 8
"""Letters of a site: donors 2 of the exon and 6 of the intron, acceptors 6 of the intron and 2 of the exon. So few that
polypyrimidine tract and branch point are left to motifs."""
DONOR_FIRST, ACCEPTOR_FIRST = -1, -6
"""First letter of a site from its base: the last base of an exon for a donor, the first of one for an acceptor."""


def as_tracks(log_p: Tensor) -> Tensor:
    """Natural logarithms of probabilities → tracks of the same shape.

    >>> as_tracks(torch.tensor([0.0, -5.0, -20.0])).tolist()
    [2.0, 1.0, 0.0]
    """
    return F.relu(log_p - FLOOR) / UNIT


class KmerTracks(nn.Module):
    """Tracks looked up in two tables of log P by 8-mer, donors and acceptors: (B, 4, L) one-hot → (B, 2, L).

    A site with a letter that is unknown or beyond the end is none.
    """

    log_p: Tensor

    def __init__(self, log_p: Tensor | None = None) -> None:
        """``log_p`` (2, 4^8), or nothing where it will be loaded."""
        super().__init__()
        self.register_buffer("log_p", torch.full((2, 4**LENGTH), FLOOR) if log_p is None else log_p.float())

    def forward(self, x: Tensor) -> Tensor:
        """One-hot letters (B, 4, L) → tracks (B, 2, L)."""
        letters, known = x.argmax(1), x.sum(1) > 0
        before, behind = -ACCEPTOR_FIRST, LENGTH - 1 + DONOR_FIRST
        letters, known = F.pad(letters, (before, behind)), F.pad(known, (before, behind))
        windows = letters.shape[1] - LENGTH + 1
        kmers = torch.zeros_like(letters[:, :windows])
        whole = torch.ones_like(known[:, :windows])
        for step in range(LENGTH):
            kmers = 4 * kmers + letters[:, step : step + windows]
            whole &= known[:, step : step + windows]
        found = torch.where(whole, as_tracks(self.log_p)[:, kmers], 0.0)
        length = x.shape[2]
        donors = found[0, :, before + DONOR_FIRST :][:, :length]
        return torch.stack([donors, found[1, :, :length]], dim=1)


class MatrixTracks(nn.Module):
    """Tracks of two matrices: log P = log σ(bias + the sum of a weight a letter): (B, 4, L) one-hot → (B, 2, L).

    Column ``first`` + i of a site's base is weighed by column i; letters that are unknown or beyond the end weigh 0.
    """

    donor: Tensor
    acceptor: Tensor
    bias: Tensor

    def __init__(self, donor: Tensor, acceptor: Tensor, bias: Tensor, firsts: tuple[int, ...]) -> None:
        """Weights (columns, 4) each, ``bias`` (2,), and the place of each one's first column from the site's base."""
        super().__init__()
        self.firsts = firsts
        for name, value in (("donor", donor), ("acceptor", acceptor), ("bias", bias)):
            self.register_buffer(name, value.float())

    def logits(self, x: Tensor) -> Tensor:
        """One-hot letters (B, 4, L) → log-odds (B, 2, L) of being a site."""
        found = []
        for weights, first, bias in zip((self.donor, self.acceptor), self.firsts, self.bias, strict=True):
            around = F.pad(x.float(), (-first, len(weights) - 1 + first))
            found.append(F.conv1d(around, weights.T.unsqueeze(0)) + bias)
        return torch.cat(found, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot letters (B, 4, L) → tracks (B, 2, L)."""
        with torch.autocast(x.device.type, enabled=False):
            return as_tracks(F.logsigmoid(self.logits(x)))
