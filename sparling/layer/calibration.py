"""Exact batch statistics and thresholds on given data, instead of running estimates.

For the statistics this is precise BatchNorm (Wu and Johnson, arXiv 2105.07576); the same for thresholds is ours. The
scores are never held or sorted whole (`layer.streamed`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sparling.errors import ScoresNotFinite
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.ranks import summed
from sparling.layer.streamed.batchnorm import average_statistics
from sparling.layer.streamed.scores import ScoreStream
from sparling.layer.streamed.walks import Pairs

KEEP = 1 << 30
"""Bytes of scores that are kept for further walks."""


class Calibration(NamedTuple):
    """What `calibrate` found on its data."""

    density: float
    """Realised fraction of non-zero activations."""
    target: float
    """The density that was asked for."""
    positions: int
    """Number of scores (all channels) that were looked at."""


@torch.no_grad()
def calibrate(
    local: nn.Module,
    sparsity: Bottleneck,
    batches: Iterable[tuple[Tensor, Tensor | None]],
    slack: float = 0.0,
    keep: int = KEEP,
) -> Calibration:
    """Re-estimate every BatchNorm of ``local`` and the threshold of ``sparsity`` exactly on ``batches``.

    Each of ``batches`` is (x, mask) with ``local(x)``, or ``local(x, mask)`` where it is `PaddingAware`, the scores
    (B, C, S...); they are walked several times, in any order. First the statistics inside ``local`` are averaged over
    the batches, each weighing by its real positions; then, with them fixed, mean, variance and threshold of the
    sparsity layer are those of all real scores together, so the realised density is the target up to 1/n. Modes of all
    modules are left as they were.

    Scores are kept while all take at most ``keep`` bytes, so that ``local`` runs twice; else they are computed anew for
    each walk, four to six of them and with inhibition a dozen, and memory does not grow with the samples. Within
    torch.distributed each rank gives its own batches, of any number; all get what one would get of all of them.

    Raises ``ValueError`` for batches that are no pairs or can be walked but once, and for fewer than two positions;
    ``ScoresNotFinite``, which is one, for scores that are NaN or infinite; only those in padding may be.

    How many motifs some samples have is itself left to chance, so a map that is exact may miss the target on them. With
    ``slack`` the number of activations above a threshold may differ by so many of its standard errors, the square root
    of the number (Poisson), and the threshold lies in the widest gap between scores in that range.
    """
    pairs = Pairs(batches)
    with evaluating(local):
        average_statistics(local, pairs)
        scores = ScoreStream(local, pairs, sparsity.channels, sparsity.threshold, keep)
        n, wrong = scores.summary.positions, scores.summary.wrong
        total = n * sparsity.channels
        if n < 2:
            raise ValueError(f"calibration needs at least two positions; got {n}")
        if bool(wrong.any()):
            raise ScoresNotFinite(wrong.nonzero()[:, 0].tolist(), int(wrong.sum()), total)
        sparsity.calibrate(scores, slack)
        with evaluating(sparsity):
            active = torch.zeros((), dtype=torch.int64, device=sparsity.threshold.device)
            for z, mask in scores:
                active += sparsity(z, mask).count_nonzero()
    return Calibration(int(summed(active)) / total, sparsity.density, total)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """``module`` in evaluation mode; afterwards each of its parts has the mode it had."""
    modes = [(m, m.training) for m in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for m, training in modes:
            m.training = training
