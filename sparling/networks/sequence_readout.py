"""A readout that spells: from the sparse map to a sequence of tokens, one after the other.

Max-pooling to a coarse grid, the place of each cell given in Fourier features of its coordinates, a transformer encoder
over the cells, and an autoregressive transformer decoder. A cell is attended to in proportion to its strongest
activation, so what the sparsity layer did not let through is not there; activations count in units of the sample's mean
active one, so that falling density does not change the scale, and level off above it. Place is added before every
attention (as by Carion et al. 2020, arXiv 2005.12872), for while the map is dense the network learns what is in a cell
and would drown where it is. All measured in docs/decisions.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.shapes import check_count

CONTENT_GAIN = 3.0
"""Makes what is in a cell weigh about as much as where the cell is, so that neither drowns the other."""


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


class Block(nn.Module):
    """Transformer layer, normalised first: attention to one another, to a ``memory`` if there is one, small network."""

    def __init__(self, width: int, heads: int, has_memory: bool) -> None:
        super().__init__()
        self.attend = _Attention(width, heads)
        self.recall = _Attention(width, heads) if has_memory else None
        self.think = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(
        self,
        x: Tensor,
        bias: Tensor,
        memory: Tensor | None = None,
        memory_bias: Tensor | None = None,
        place: Tensor | None = None,
    ) -> Tensor:
        """``x``, its ``place`` (B, n, width), ``memory`` (B, m, width); biases broadcast to (B, heads, n, n or m)."""
        x = x + self.attend(x, None, bias, place)
        if self.recall is not None:
            x = x + self.recall(x, memory, memory_bias)
        out: Tensor = x + self.think(x)
        return out


class _Attention(nn.Module):
    """Of each ``x`` to all ``others``, or to one another."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, others: Tensor | None, bias: Tensor | None, place: Tensor | None = None) -> Tensor:
        x = self.norm(x) if place is None else self.norm(x) + place
        query = self.query(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
        pairs = self.key_value(x if others is None else others).unflatten(2, (2, self.heads, -1))
        key, value = pairs.permute(2, 0, 3, 1, 4)
        heads = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        out: Tensor = self.out(heads.transpose(1, 2).flatten(2))
        return out


class SequenceReadout(nn.Module):
    """Activations (B, C, S...) → logits (B, T, V), V ``tokens`` of which the last one ends a sequence.

    With a target the token before each is given (teacher forcing); without one every token is the most likely after
    those before it. ``shape`` is S; a cell of the coarse grid is ``pool`` positions wide; T is ``length``. It computes
    in float32 also under autocast: attention over few short tokens is slower in bf16 on a CPU, and on a GPU casts were
    a third of the launches of a training step.
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
        sizes = (("channels", channels), ("tokens", tokens), ("length", length), ("pool", pool), ("width", width))
        for name, value in (*sizes, ("heads", heads), ("frequencies", frequencies), *(("shape", n) for n in shape)):
            check_count(name, value)
        check_count("layers", layers, least=0)
        if width % heads:
            raise ValueError(f"width must be a multiple of heads, {heads}; got {width}")
        self.shape = torch.Size((channels, *shape))
        self.pool, self.length, self.tokens = pool, length, tokens
        cells = tuple(math.ceil(n / pool) for n in shape)
        self.register_buffer("place", fourier_features(cells, frequencies), persistent=False)
        self.embed = nn.Linear(channels, width)
        self.embed_place = nn.Linear(self.place.shape[1], width)
        self.norm_place = nn.LayerNorm(width)
        self.nothing = nn.Parameter(torch.zeros(width))
        self.encoder = nn.ModuleList(Block(width, heads, has_memory=False) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.embed_token = nn.Embedding(tokens + 1, width)
        self.embed_turn = nn.Parameter(0.02 * torch.randn(length, width))
        self.decoder = nn.ModuleList(Block(width, heads, has_memory=True) for _ in range(layers))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, tokens))

    place: Tensor

    @property
    def mixing(self) -> Tensor:
        """(width, C): what each channel adds to what is in a cell."""
        return self.embed.weight

    def forward(self, activations: Tensor, target: Tensor | None = None) -> Tensor:
        """``activations`` (B, C, S...), ``target`` (B, T) of tokens, any value below 0 where there is none."""
        if activations.shape[1:] != self.shape:
            raise ValueError(f"activations must have shape (B, {self.shape}); got {tuple(activations.shape)}")
        with torch.autocast(activations.device.type, enabled=False):
            memory, bias = self._encode(activations.to(self.nothing.dtype))
            if target is not None:
                return self._decode(memory, bias, target[:, :-1])
            said = torch.zeros((len(memory), 0), dtype=torch.int64, device=memory.device)
            for _ in range(self.length - 1):
                said = torch.cat([said, self._decode(memory, bias, said)[:, -1:].argmax(2)], dim=1)
            return self._decode(memory, bias, said)

    def _encode(self, activations: Tensor) -> tuple[Tensor, Tensor]:
        """Memory (B, 1 + n, width), of which the first says "nothing"; and the bias of attention to each.

        The rest are the n strongest cells, as many as any sample of the batch has active.
        """
        pooling = F.max_pool2d if activations.ndim == 4 else F.max_pool1d
        cells = pooling(activations, self.pool, ceil_mode=True).flatten(2).transpose(1, 2)
        active = (cells > 0).sum((1, 2), keepdim=True).clamp_min(1)
        cells = cells / (cells.sum((1, 2), keepdim=True) / active).clamp_min(1e-6)
        strongest = cells.amax(2)
        strongest, kept = strongest.topk(int((strongest > 0).sum(1).max()), dim=1)
        cells = cells.take_along_dim(kept[:, :, None], 1)
        presence = strongest.clamp_min(1e-6).log().masked_fill(strongest <= 0, float("-inf"))
        presence = F.pad(presence, (1, 0))[:, None, None]
        content = CONTENT_GAIN * self.embed(2 * cells / (2 + strongest[:, :, None]))
        place = F.pad(self.norm_place(self.embed_place(self.place[kept])), (0, 0, 1, 0))
        memory = torch.cat([self.nothing.expand(len(cells), 1, -1), content], dim=1) + place
        for block in self.encoder:
            memory = block(memory, presence, place=place)
        return self.norm(memory) + place, presence

    def _decode(self, memory: Tensor, presence: Tensor, said: Tensor) -> Tensor:
        """Logits (B, t + 1, V) after each of no, one, … all of the ``said`` (B, t)."""
        before = F.pad(said.clamp_min(0), (1, 0), value=self.tokens)
        x = self.embed_token(before) + self.embed_turn[: before.shape[1]]
        ahead = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        for block in self.decoder:
            x = block(x, ahead, memory, presence)
        logits: Tensor = self.head(x)
        return logits
