"""A readout h of sparse one-dimensional maps: how many marks, where they lie, and how they lie to each other.

With u (C, L) the activations of a sample brought below 1, it computes for each channel c and each pair (c, d)

    Σ_p u_c(p)      Σ_p u_c(p) v_k(p)      Σ_{p,q} u_c(p) u_d(q) r_k(q − p)

with learned functions v_k of place and r_k of distance, piecewise linear, and lets a small network answer from these.
Counts, order and spacing are linear in them. It is attention without a softmax whose weights depend on relative
position alone (Shaw et al. 2018, arXiv 1803.02155, keep content in the weights); this form is ours.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.shapes import check_count


class RelationReadout(nn.Module):
    """Activations (B, C, L) → logits (B, T, V): ``answers`` T of ``choices`` V each.

    ``length`` is L, ``functions`` the number of v_k and of r_k, which bend every ``step`` positions.
    """

    def __init__(
        self,
        channels: int,
        length: int,
        answers: int,
        choices: int,
        functions: int = 8,
        step: int = 5,
        hidden: int = 64,
    ) -> None:
        super().__init__()
        sizes = (("channels", channels), ("length", length), ("answers", answers), ("choices", choices))
        for name, value in (*sizes, ("functions", functions), ("step", step), ("hidden", hidden)):
            check_count(name, value)
        self.channels, self.length, self.answers, self.choices = channels, length, answers, choices
        self.place = nn.Parameter(torch.randn(1, functions, max(length // step, 2)))
        self.distance = nn.Parameter(torch.randn(1, functions, max(2 * length // step, 2)))
        self.level = nn.Parameter(torch.full((channels,), 2.0))
        features = channels * (2 + functions) + channels**2 * functions
        self.net = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, answers * choices),
        )

    def forward(self, activations: Tensor) -> Tensor:
        """Activations (B, C, L) ≥ 0 → logits (B, T, V)."""
        if activations.shape[1:] != (self.channels, self.length):
            expected = f"(B, {self.channels}, {self.length})"
            raise ValueError(f"activations must have shape {expected}; got {tuple(activations.shape)}")
        with torch.autocast(activations.device.type, enabled=False):
            logits: Tensor = self.net(self._features(self._levelled(activations.to(self.place.dtype))))
        return logits.view(-1, self.answers, self.choices)

    def _levelled(self, activations: Tensor) -> Tensor:
        """a / (a + m), m > 0 learned for each channel: 0 stays 0, and of strong activations strength counts little."""
        return activations / (activations + F.softplus(self.level)[:, None])

    def _features(self, u: Tensor) -> Tensor:
        """All sums of u (B, C, L), their logarithms with sign: (B, features)."""
        n = self.length
        place = F.interpolate(self.place, n, mode="linear", align_corners=True)[0]
        distance = F.interpolate(self.distance, 2 * n - 1, mode="linear", align_corners=True)[0]
        lags = torch.arange(n, device=u.device)
        table = distance[:, lags[:, None] - lags + n - 1]
        reached = u.flatten(0, 1) @ table.permute(1, 0, 2).flatten(1)
        pairs = torch.einsum("bcp,bdkp->bcdk", u, reached.view(len(u), self.channels, -1, n))
        parts = (u.sum(2), u.amax(2), (u @ place.T).flatten(1), pairs.flatten(1))
        features = torch.cat(parts, dim=1)
        return features.sign() * features.abs().log1p()
