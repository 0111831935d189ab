"""Matrices along sequences: the score of every word, in padded batches."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparling_genomics.letters.alphabet import PAD, Codes
from sparling_genomics.letters.one_hot import one_hot


@torch.no_grad()
def word_scores(padded: Codes, matrices: NDArray[np.float64], dtype: torch.dtype = torch.float64) -> Tensor:
    """Score of each word of sequences (n, L) under each of ``matrices`` (K, W, 4): (n, K, L - W + 1).

    A letter other than A C G T adds 0; a word that reaches into the padding scores -∞. (n, K, 0) where L < W.

    >>> padded = np.array([[0, 1, 2], [0, 1, PAD]], dtype=np.uint8)
    >>> word_scores(padded, np.array([[[1.0, 0, 0, 0], [0, 2.0, 0, 0]]])).tolist()
    [[[3.0, 0.0]], [[3.0, -inf]]]
    """
    n, length = padded.shape
    width = matrices.shape[1]
    if length < width:
        return torch.empty(n, len(matrices), 0, dtype=dtype)
    kernels = torch.from_numpy(matrices.transpose(0, 2, 1).copy()).to(dtype)
    scores = F.conv1d(one_hot(torch.from_numpy(padded)).to(dtype), kernels)
    lengths = torch.from_numpy((padded != PAD).sum(1))
    beyond = torch.arange(length - width + 1) > (lengths - width)[:, None]
    return scores.masked_fill_(beyond[:, None], -torch.inf)
