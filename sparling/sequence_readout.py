"""A readout that spells: from the sparse map to a sequence of tokens, one after the other.

Max-pooling to a coarse grid, the place of each cell given in Fourier features of its coordinates (learned positions
need far more samples to find out which cell lies next to which), a transformer encoder over the cells, and an
autoregressive transformer decoder.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def fourier_features(shape: tuple[int, ...], frequencies: int) -> Tensor:
    """Coordinates in [-1, 1] of every cell of a grid, with sines and cosines of 1, 2, 4, … half turns of them.

    ``shape`` (S) → (cells, rank · (1 + 2 · ``frequencies``)).

    >>> fourier_features((2,), frequencies=1)
    tensor([[-0.5000, -1.0000,  0.0000],
            [ 0.5000,  1.0000,  0.0000]])
    """
    axes = [(2 * torch.arange(n) + 1) / n - 1 for n in shape]
    place = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).flatten(0, -2)
    turns = place[..., None] * math.pi * 2.0 ** torch.arange(frequencies)
    features = torch.cat([place, turns.sin().flatten(1), turns.cos().flatten(1)], dim=1)
    return features.round(decimals=6) + 0.0


class SequenceReadout(nn.Module):
    """Activations (B, C, S...) → logits (B, T, V), V ``tokens`` of which the last one ends a sequence.

    On a CPU it computes in float32 also under autocast: attention over few short tokens is slower in bf16 there.
    With a target the token before each is given (teacher forcing); without one every token is the most likely after
    those before it. ``shape`` is S; a cell of the coarse grid is ``pool`` positions wide; T is ``length``.
    """

    def __init__(
        self,
        channels: int,
        shape: tuple[int, ...],
        tokens: int,
        length: int,
        pool: int = 4,
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        frequencies: int = 4,
    ) -> None:
        super().__init__()
        self.pool, self.length, self.tokens = pool, length, tokens
        cells = tuple(math.ceil(n / pool) for n in shape)
        self.register_buffer("place", fourier_features(cells, frequencies), persistent=False)
        self.embed = nn.Linear(channels, width)
        self.embed_place = nn.Linear(self.place.shape[1], width)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(width, heads, 2 * width, 0.0, batch_first=True, norm_first=True),
            layers,
            enable_nested_tensor=False,
        )
        self.decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(width, heads, 2 * width, 0.0, batch_first=True, norm_first=True), layers
        )
        self.norm = nn.LayerNorm(width)
        self.embed_token = nn.Embedding(tokens + 1, width)
        self.embed_turn = nn.Parameter(0.02 * torch.randn(length, width))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, tokens))

    place: Tensor

    def forward(self, activations: Tensor, target: Tensor | None = None) -> Tensor:
        """``activations`` (B, C, S...), ``target`` (B, T) of tokens, any value below 0 where there is none."""
        with torch.autocast(activations.device.type, enabled=activations.is_cuda):
            return self._spell(self._encode(activations.float()), target)

    def _spell(self, memory: Tensor, target: Tensor | None) -> Tensor:
        if target is not None:
            return self._decode(memory, target[:, :-1])
        said = memory.new_zeros((len(memory), 0), dtype=torch.int64)
        for _ in range(self.length - 1):
            said = torch.cat([said, self._decode(memory, said)[:, -1:].argmax(2)], dim=1)
        return self._decode(memory, said)

    def _encode(self, activations: Tensor) -> Tensor:
        pooling = F.max_pool2d if activations.ndim == 4 else F.max_pool1d
        cells = pooling(activations, self.pool, ceil_mode=True).flatten(2).transpose(1, 2)
        memory: Tensor = self.norm(self.encoder(self.embed(cells) + self.embed_place(self.place)))
        return memory

    def _decode(self, memory: Tensor, said: Tensor) -> Tensor:
        """Logits (B, t + 1, V) after each of no, one, … all of the ``said`` (B, t)."""
        before = F.pad(said.clamp_min(0), (1, 0), value=self.tokens)
        x = self.embed_token(before) + self.embed_turn[: before.shape[1]]
        ahead = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        logits: Tensor = self.head(self.decoder(x, memory, tgt_mask=ahead))
        return logits
