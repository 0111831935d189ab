"""Random numbers by address: number j of sample i of seed s is the same in any order, batch, worker and device.

A counter is mixed by the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), in wrapping 64-bit integers only,
so every device gives the same bits.
"""

import torch
from torch import Tensor

_GOLDEN = 0x9E3779B97F4A7C15 - (1 << 64)
_FIRST = 0xBF58476D1CE4E5B9 - (1 << 64)
_SECOND = 0x94D049BB133111EB - (1 << 64)


def sample_keys(seed: int, index: Tensor) -> Tensor:
    """One key a sample: ``seed`` any integer, ``index`` (N,) int64 → (N,) int64."""
    start = _mix(torch.tensor([(seed + (1 << 63)) % (1 << 64) - (1 << 63)], device=index.device))
    return _mix(start + index * _GOLDEN)


def words(keys: Tensor, counter: Tensor) -> Tensor:
    """64 random bits for each key and counter, which broadcast against each other: int64."""
    return _mix(keys + (counter + 1) * _GOLDEN)


def uniforms(keys: Tensor, counter: Tensor) -> Tensor:
    """Numbers in [0, 1) with 53 random bits: float64.

    >>> keys = sample_keys(seed=0, index=torch.arange(3))
    >>> u = uniforms(keys[:, None], torch.arange(2))
    >>> u.shape, bool(((u >= 0) & (u < 1)).all())
    (torch.Size([3, 2]), True)
    """
    return _shift(words(keys, counter), 11).double() * 2.0**-53


def _mix(z: Tensor) -> Tensor:
    z = (z ^ _shift(z, 30)).mul_(_FIRST)
    z = (z ^ _shift(z, 27)).mul_(_SECOND)
    return z ^ _shift(z, 31)


def _shift(z: Tensor, bits: int) -> Tensor:
    """Shift right with zeros from the left."""
    return (z >> bits).bitwise_and_((1 << (64 - bits)) - 1)
