"""TopK over streams: which k of L latents are active in a sample, chosen by all streams together or by each alone.

Global TopK: pre-activations are summed over the streams that the sample has, and the k largest sums are active in all
of them. Local TopK: the k largest of each stream. What is active has the value ReLU(pre-activation) of its own stream.
Source: SPARC (arXiv 2507.06265).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.alignment.settings import CHOICES, Choice
from sparling.layer.baselines import Unthresholded
from sparling.precision import precision_of_result, wide
from sparling.shapes import check_count, check_mask, check_scores


class StreamTopK(Unthresholded):
    """A bottleneck over pre-activations (B, L, M), streams as the spatial axis; k = density · L latents pass.

    Raises ``ValueError`` unless k is at least 1 and below L.

    >>> layer = StreamTopK(latents=3, k=1)
    >>> layer(torch.tensor([[[5.0, 0.0], [4.0, 3.0], [0.0, 0.0]]])).tolist()
    [[[0.0, 0.0], [4.0, 3.0], [0.0, 0.0]]]
    >>> StreamTopK(latents=3, k=1, choice="local")(torch.tensor([[[5.0, 0.0], [4.0, 3.0], [0.0, 0.0]]])).tolist()
    [[[5.0, 0.0], [0.0, 3.0], [0.0, 0.0]]]
    """

    def __init__(self, latents: int, k: int, choice: Choice = "global") -> None:
        check_count("latents", latents, least=2)
        check_count("k", k, most=latents - 1)
        if choice not in CHOICES:
            raise ValueError(f"choice must be one of {', '.join(CHOICES)}; got {choice!r}")
        super().__init__(latents, k / latents)
        self.choice = choice

    @property
    def k(self) -> int:
        """How many latents are active in a sample, at least 1."""
        return max(round(self.density * self.channels), 1)

    @property
    def threshold(self) -> Tensor:
        """Zero, for all latents: (1,)."""
        return super().threshold[:1]

    def select(self, scores: Tensor, present: Tensor) -> Tensor:
        """Active latents int64 (M, B, k) of pre-activations (M, B, L) without NaN; ``present`` bool (M, B).

        What is chosen for a stream that the sample does not have means nothing.
        """
        if self.choice == "local":
            return scores.topk(self.k, dim=2, sorted=False).indices
        summed = torch.where(present.unsqueeze(2), scores, 0.0).sum(0)
        return summed.topk(self.k, dim=1, sorted=False).indices.expand(len(scores), -1, -1)

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Pre-activations (B, L, M) → activations ≥ 0, same shape; zero where ``mask`` (B, 1, M) is False."""
        check_scores(z, self.channels)
        scores = wide(z).permute(2, 0, 1)
        present = scores.new_ones(scores.shape[:2], dtype=torch.bool)
        if mask is not None:
            check_mask(mask, z)
            present = mask[:, 0].T
        index = self.select(scores, present)
        active = F.relu(scores.gather(2, index)) * present.unsqueeze(2)
        return torch.zeros_like(scores).scatter(2, index, active).permute(1, 2, 0).to(precision_of_result(z))
