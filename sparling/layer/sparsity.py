"""The spatial sparsity layer: s(z) = ReLU(BatchNorm(z) − t), a quantile threshold t (spatial top-k) after BatchNorm.

Density is the fraction of activations that are not zero; sparsity is 1 − density. Three parts: the scores are
normalised (`Normaliser`), of those near each other only the strongest may stand if so wished (non-maximum suppression,
`inhibition`), and t follows the data so that a fraction δ passes (`ThresholdTracker`; SPARLING, arXiv 2302.01976).
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.layer.bottleneck import Bottleneck, Scores
from sparling.layer.inhibition import maxima, suppressed, window
from sparling.layer.normaliser import Normaliser
from sparling.layer.streamed.scores import summarised
from sparling.layer.streamed.walks import Mapped
from sparling.layer.tracker import Mode, ThresholdTracker
from sparling.precision import precision_of_result, wide
from sparling.recomputation import Recent, recomputing, uncompiled
from sparling.shapes import check_count, check_mask, check_scores, per_channel


class SpatialSparsity(Bottleneck):
    """Lets through a fraction ``density`` of the scores (B, C, S...), any number of spatial axes.

    ``mode``: "per_channel" gives each channel its own threshold (MT) and so the same density; "shared" gives all one
    threshold (ST), so a common motif may fire more often than a rare one. ``momentum`` and ``min_expected``: how the
    threshold moves (`ThresholdTracker`); ``eps`` is BatchNorm's. Without ``normalise`` the scores are taken as they are
    (a comparison; published as far worse). ``inhibition`` is the widest window of non-maximum suppression, in
    positions, odd, or 0 for none (`sparling.layer.inhibition`), in which scores rival, or with ``by_excess`` what they
    have above their thresholds; without ``rivals`` each channel inhibits itself alone. Raises
    ``ValueError`` for settings or shapes outside these ranges.

    >>> layer = SpatialSparsity(channels=1, density=0.5)
    >>> layer(torch.tensor([[[1.0, 4.0, 2.0, 3.0]] * 1])).count_nonzero().item()
    2
    """

    def __init__(
        self,
        channels: int,
        density: float = 0.5,
        mode: Mode = "per_channel",
        momentum: float = 0.9,
        min_expected: int = 10,
        eps: float = 1e-5,
        normalise: bool = True,
        inhibition: int = 0,
        by_excess: bool = False,
        rivals: bool = True,
    ) -> None:
        super().__init__()
        check_count("inhibition", inhibition, least=0)
        if inhibition and inhibition % 2 == 0:
            raise ValueError(f"inhibition must be 0 or odd; got {inhibition}")
        check_count("channels", channels)
        self.channels, self.inhibition = channels, inhibition
        self.by_excess, self.rivals = by_excess, rivals
        self.normaliser = Normaliser(channels, eps) if normalise else None
        self.tracker = ThresholdTracker(channels, density, mode, momentum, min_expected)
        self._recent = Recent()

    @property
    def density(self) -> float:
        """The target fraction δ of non-zero activations, in (0, 1); setting it drops what had been gathered."""
        return self.tracker.density

    @density.setter
    def density(self, value: float) -> None:
        self.tracker.density = value

    @property
    def shares(self) -> Tensor:
        """Budgets: what the density of each threshold is multiplied by, (C,) or (1,); 1 unless `share_out` says so."""
        return self.tracker.shares

    def share_out(self, shares: Tensor) -> None:
        """Give each threshold a budget of its own, (C,) or (1,), above 0: a rare motif then stays rare."""
        self.tracker.share_out(shares)

    @property
    def mode(self) -> Mode:
        """Whether each channel has a threshold of its own."""
        return self.tracker.mode

    def share(self) -> None:
        """Give all channels one threshold from now on; calibrate afterwards, or nothing passes the next batch.

        Once each channel stands for one motif, a common one may so be marked more often than a rare one.
        """
        self.tracker.share()

    @property
    def threshold(self) -> Tensor:
        """The threshold(s) t, (C,) or (1,), in units of the normalised scores; +∞ before the first batch."""
        return self.tracker.threshold

    def set_threshold(self, threshold: Tensor) -> None:
        """Put the threshold(s), (C,) or (1,), in units of the normalised scores."""
        self.tracker.put(threshold)

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...) → activations ≥ 0, same shape; zero where ``mask`` (B, 1, S...) is False."""
        check_scores(z, self.channels)
        if mask is not None:
            check_mask(mask, z)
        if not self.training and not self.tracker.started:
            raise RuntimeError("the sparsity layer has no threshold yet: train, calibrate or load weights first")
        given = precision_of_result(z)
        with torch.autocast(z.device.type, enabled=False):
            z = wide(z)
            z = _without(z if self.normaliser is None else self.normaliser(z, mask), mask)
            width = self._width(z)
            if self.training:
                threshold, standing = uncompiled(self._observed, z.detach(), mask, width)
            else:
                threshold, standing = self.threshold, self._standing(z.detach(), width, self.threshold)
            active = F.relu(z - per_channel(threshold, z))
            return (active * (standing > float("-inf")) if width else active).to(given)

    @torch.no_grad()
    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Mean, variance and threshold of all ``scores`` of all ranks, so that the realised density is the target.

        They are walked several times: once for the statistics, and one to three times for a threshold, which with
        inhibition takes 4 to 7 rounds. No more than one part is in memory.
        """
        found = summarised(scores, self.channels, self.threshold)
        width = window(self.density, self.channels, found.axes, self.inhibition)
        normalised = self._normalised(scores)
        if width and not self.rivals:
            alone = Mapped(lambda z: maxima(z, width), normalised)
            self.tracker.calibrate(alone, found.positions, 0, slack)
        else:
            self.tracker.calibrate(normalised, found.positions, width, slack, self.by_excess)

    def extra_repr(self) -> str:
        """Settings, for ``print``."""
        return f"channels={self.channels}, density={self.density:g}, inhibition={self.inhibition}"

    def _normalised(self, scores: Iterable[Scores]) -> Iterable[Tensor]:
        """Each of ``scores``, normalised by the statistics of all of them, which are put; −∞ in padding."""
        if self.normaliser is not None:
            self.normaliser.calibrate(scores)
        return Mapped(self._frozen, scores)

    def _frozen(self, scores: Scores) -> Tensor:
        z, mask = scores
        return _without(z if self.normaliser is None else self.normaliser.frozen(z), mask)

    def _observed(self, z: Tensor, mask: Tensor | None, width: int) -> tuple[Tensor, Tensor]:
        """The threshold(s), which follow normalised scores ``z`` without a graph, and those that may pass.

        Where a backward pass computes them once more, both are those of the first time, and nothing follows.
        """
        if recomputing():
            before, after = self._recent.find(z) or (self.threshold, self.threshold)
            return after, self._standing(z, width, before)
        before = self.threshold.clone()
        standing = self._standing(z, width, before)
        self.tracker.observe(standing, mask)
        self._recent.keep(z, before, self.threshold)
        return self.threshold, standing

    def _standing(self, z: Tensor, width: int, threshold: Tensor) -> Tensor:
        """Scores that may pass, −∞ in place of the others, where those above ``threshold`` rival."""
        if width and not self.rivals:
            return maxima(z, width)
        return suppressed(z, threshold, width, self.by_excess)

    def _width(self, z: Tensor) -> int:
        """Width of inhibition at the present density; 0 where there is none."""
        return window(self.density, self.channels, z.ndim - 2, self.inhibition)


def _without(z: Tensor, mask: Tensor | None) -> Tensor:
    """``z`` with −∞ where ``mask`` is False."""
    return z if mask is None else z.masked_fill(~mask, float("-inf"))
