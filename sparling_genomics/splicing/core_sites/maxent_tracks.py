"""Maximum entropy scores as tracks: the user's own tables, calibrated to probabilities on the training side."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.splicing.core_sites.calibrated import MOST, logistic
from sparling_genomics.splicing.core_sites.maxent import TABLES, MaxEntTables
from sparling_genomics.splicing.core_sites.tracks import as_tracks
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.windows import Transcripts


class MaxEntTracks(nn.Module):
    """(B, 4, L) one-hot → tracks (B, 2, L): log P = log σ(slope · bits + intercept), of donors and of acceptors.

    The tables go with the model, as ``table_NAME``; they are the user's.
    """

    slope: Tensor
    intercept: Tensor

    def __init__(self, tables: MaxEntTables | None = None, curves: tuple[tuple[float, float], ...] = ((1, 0), (1, 0))):
        """``curves``: slope and intercept of donors and of acceptors; without ``tables`` all is to be loaded."""
        super().__init__()
        for name, letters in TABLES.items():
            bits = (
                torch.zeros(4**letters, dtype=torch.float64) if tables is None else torch.from_numpy(tables.bits[name])
            )
            self.register_buffer(f"table_{name}", bits)
        self.register_buffer("slope", torch.tensor([slope for slope, _ in curves], dtype=torch.float32))
        self.register_buffer("intercept", torch.tensor([intercept for _, intercept in curves], dtype=torch.float32))

    def tables(self) -> MaxEntTables:
        """The tables."""
        return MaxEntTables({name: self.get_buffer(f"table_{name}").cpu().numpy() for name in TABLES})

    def forward(self, x: Tensor) -> Tensor:
        """One-hot letters (B, 4, L) → tracks (B, 2, L)."""
        codes = torch.where(x.sum(1) > 0, x.argmax(1), AMBIGUOUS).to(torch.uint8).cpu().numpy()
        bits = torch.from_numpy(np.stack(self.tables().scores(codes), axis=1)).to(x.device)
        return as_tracks(F.logsigmoid(self.slope[:, None] * bits + self.intercept[:, None]))


def fit_maxent(tables: MaxEntTables, train: Transcripts) -> MaxEntTracks:
    """Tracks of the tables, with the curves of ``train``."""
    sample = train.at_most(MOST)
    scores = tables.scores(np.minimum(sample.codes, AMBIGUOUS))
    curves = tuple(logistic(own, sample.labels, kind) for own, kind in zip(scores, (DONOR, ACCEPTOR), strict=True))
    return MaxEntTracks(tables, curves)
