"""The aligned autoencoder: an encoder and a decoder a stream, one latent space, y = h(s(g(x))).

M streams of widths D_1 … D_M, side by side in x (B, ΣD) · L latents, k of them active · g: stream encoders
W_s x_s + b_s · s: Global or Local TopK (`sparling.alignment.topk`) · h: stream decoders V_t z + c_t, rows of V_t of
length 1. The latents of stream s, decoded by the decoder of stream t, are a reconstruction of t: self where s = t,
cross elsewhere. Source: SPARC (arXiv 2507.06265); the auxiliary loss is that of Gao et al. (arXiv 2406.04093).
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.alignment.sparse import decode, encoded
from sparling.alignment.topk import StreamTopK
from sparling.networks.model import ForwardOutput, SparlingModel
from sparling.recomputation import recomputing


class Latents(NamedTuple):
    """Sparse latents of a batch in every stream; a value of 0 is not active."""

    which: Tensor
    """(M, B, k) int64."""
    value: Tensor
    """(M, B, k) ≥ 0."""


class Encoders(nn.Module):
    """g: x (B, ΣD) → pre-activations (B, L, M)."""

    def __init__(self, widths: Sequence[int], latents: int, generator: torch.Generator) -> None:
        super().__init__()
        self.widths = list(widths)
        drawn = [(torch.rand(latents, width, generator=generator) * 2 - 1) / width**0.5 for width in widths]
        self.weights = nn.ParameterList(drawn)
        self.biases = nn.ParameterList(torch.zeros(latents) for _ in widths)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says; dense, and with dense gradients."""
        parts = zip(torch.split(x, self.widths, dim=1), self.weights, self.biases, strict=True)
        return torch.stack([F.linear(part, weight, bias) for part, weight, bias in parts], dim=2)

    @torch.no_grad()
    def scores(self, parts: Sequence[Tensor]) -> Tensor:
        """The same of M parts (B, D_s), in the order (M, B, L), float32 or more, without a graph."""
        latents = len(self.biases[0])
        kind = torch.promote_types(torch.float32, parts[0].dtype)
        scores = parts[0].new_empty(len(parts), len(parts[0]), latents, dtype=kind)
        for into, part, weight, bias in zip(scores, parts, self.weights, self.biases, strict=True):
            into.copy_(F.linear(part, weight, bias))
        return scores

    def at(self, stream: int, part: Tensor, scores: Tensor, index: Tensor) -> Tensor:
        """ReLU of one stream's ``scores`` (B, L) at ``index`` (B, k), with sparse gradients."""
        return F.relu(encoded(part, self.weights[stream], self.biases[stream], scores, index))


class Decoders(nn.Module):
    """h: activations (B, L, M) → every stream's reconstruction from every stream's latents (B, M, ΣD)."""

    def __init__(self, encoders: Encoders) -> None:
        super().__init__()
        self.weights = nn.ParameterList(F.normalize(weight.detach().clone(), dim=1) for weight in encoders.weights)
        self.biases = nn.ParameterList(torch.zeros(width) for width in encoders.widths)

    def forward(self, activations: Tensor) -> Tensor:
        """As the class says; dense."""
        latents = activations.transpose(1, 2)
        return torch.cat([latents @ weight + bias for weight, bias in zip(self.weights, self.biases, strict=True)], 2)

    def decode(self, target: int, latents: Latents) -> Tensor:
        """The reconstruction of stream ``target`` from latents (S, B, k) of S streams: (S, B, D)."""
        which, value = latents
        flat = decode(which.flatten(0, 1), value.flatten(0, 1), self.weights[target])
        rebuilt: Tensor = flat.view(*which.shape[:2], -1) + self.biases[target]
        return rebuilt


class AlignmentModel(SparlingModel):
    """x (B, ΣD), mask (B, 1, M), False where a sample lacks the stream → normalised squared errors (B, M, M + 1).

    Error [b, s, t] is that of stream t reconstructed from the latents of stream s, a mean over the features of t, which
    are standardised: 1 for a reconstruction that knows nothing. [b, s, M] is the auxiliary error of stream s: how its
    dead latents, those that were active in none of the last ``dead_after`` samples of it, reconstruct what its others
    leave over; 1 where there are none. Errors of absent streams are zero. Unless ``crossed``, cross-reconstructions are
    left out in training, as zeros.

    All sums are sparse: gradients reach active latents, and those of the auxiliary error, alone.
    """

    local: Encoders
    sparsity: StreamTopK
    readout: Decoders
    idle: Tensor
    """(M, L) samples since a latent was last active in a stream."""

    def __init__(
        self,
        widths: Sequence[int],
        sparsity: StreamTopK,
        generator: torch.Generator,
        crossed: bool = True,
        dead_after: int = 10_000,
    ) -> None:
        encoders = Encoders(widths, sparsity.channels, generator)
        super().__init__(encoders, sparsity, Decoders(encoders))
        self.crossed, self.dead_after = crossed, dead_after
        self.register_buffer("idle", torch.zeros(len(widths), sparsity.channels, dtype=torch.int64))

    def encode(self, x: Tensor, present: Tensor) -> Latents:
        """Sparse latents of x (B, ΣD); ``present`` (B, M): what a stream's absence takes from the sums, too."""
        return self._encode(torch.split(x.to(self.local.weights[0].dtype), self.local.widths, dim=1), present.T)[1]

    def forward(self, x: Tensor, mask: Tensor | None = None, teacher: Tensor | None = None) -> ForwardOutput:
        """As the class says. ``teacher`` is not used."""
        parts = torch.split(x.to(self.local.weights[0].dtype), self.local.widths, dim=1)
        present = x.new_ones(len(parts), len(x), dtype=torch.bool) if mask is None else mask[:, 0].T
        scores, latents = self._encode(parts, present)
        output = self._errors(parts, present, scores, latents)
        if self.training and not recomputing():
            self._count(latents, present)
        dense = torch.zeros_like(scores).scatter_(2, latents.which, latents.value.detach())
        return ForwardOutput(scores.permute(1, 2, 0), dense.permute(1, 2, 0), output)

    def _encode(self, parts: Sequence[Tensor], present: Tensor) -> tuple[Tensor, Latents]:
        scores = self.local.scores(parts)
        index = self.sparsity.select(scores, present)
        values = [self.local.at(s, part, scores[s], index[s]) for s, part in enumerate(parts)]
        return scores, Latents(index, torch.stack(values) * present.unsqueeze(2))

    def _errors(self, parts: Sequence[Tensor], present: Tensor, scores: Tensor, latents: Latents) -> Tensor:
        """(B, M, M + 1)."""
        streams = len(parts)
        pairs, dead = [], []
        for t, part in enumerate(parts):
            first, last = (t, t + 1) if self.training and not self.crossed else (0, streams)
            rebuilt = self.readout.decode(t, Latents(latents.which[first:last], latents.value[first:last]))
            squared = (rebuilt - part).square().mean(2)
            known = torch.where(present[first:last] & present[t], squared, 0.0)
            pairs.append(F.pad(known, (0, 0, first, streams - last)))
            left = part - rebuilt[t - first].detach()
            dead.append(torch.where(present[t], self._auxiliary(t, part, scores[t], left), 0.0))
        return torch.stack([*pairs, torch.stack(dead)], dim=1).permute(2, 0, 1)

    def _auxiliary(self, stream: int, part: Tensor, scores: Tensor, left: Tensor) -> Tensor:
        """(B,) error of the k dead latents of the largest scores, in units of the mean of what is ``left`` (B, D)."""
        dead = (self.idle[stream] > self.dead_after).nonzero()[:, 0]
        if not self.training or not len(dead):
            return scores.new_ones(len(part))
        largest = scores[:, dead].topk(min(self.sparsity.k, len(dead)), dim=1, sorted=False).indices
        index = dead[largest]
        value = self.local.at(stream, part, scores, index)
        rebuilt = decode(index, value, self.readout.weights[stream])
        return (rebuilt - left).square().mean(1) / left.square().mean().clamp(min=1e-12)

    @torch.no_grad()
    def _count(self, latents: Latents, present: Tensor) -> None:
        """Samples since each latent was last active in each stream."""
        active = (latents.value > 0).flatten(1)
        times = torch.zeros_like(self.idle).scatter_add_(1, latents.which.flatten(1), active.to(self.idle.dtype))
        self.idle += present.sum(1, keepdim=True)
        self.idle[times > 0] = 0
