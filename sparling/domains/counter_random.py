"""Random numbers by address: number j of sample i of seed s is the same in any order, batch, worker and device.

Each sample has a SplitMix64 generator of its own (Steele, Lea, Flood, OOPSLA 2014), started at the sample's key;
number j is its output j, computed from j directly. The keys of one seed are outputs of such a generator too. All of it
is wrapping 64-bit integer arithmetic, so every device gives the same bits.
"""

import torch
from torch import Tensor

_STEP = 0x9E3779B97F4A7C15 - (1 << 64)
_FIRST = 0xBF58476D1CE4E5B9 - (1 << 64)
_SECOND = 0x94D049BB133111EB - (1 << 64)


def sample_keys(seed: int, index: Tensor) -> Tensor:
    """One key a sample, int64 on the device of ``index``.

    Parameters: ``seed`` any integer, modulo 2⁶⁴; ``index`` (N,) int64, any value.
    Raises ``ValueError`` for another shape or type of ``index``.
    """
    if index.ndim != 1 or index.dtype != torch.int64:
        raise ValueError(f"index must have shape (N,) and be int64; got {tuple(index.shape)} and {index.dtype}")
    start = torch.tensor([(seed + (1 << 63)) % (1 << 64) - (1 << 63)], device=index.device)
    return _mix(_mix(start) + index * _STEP)


def words(keys: Tensor, counter: Tensor) -> Tensor:
    """64 random bits for each key and counter ≥ 0, which broadcast against each other: int64.

    The first output of SplitMix64 started at 1234567:

    >>> words(torch.tensor([1234567]), torch.tensor([0]))
    tensor([6457827717110365317])
    """
    return _mix(keys + (counter + 1) * _STEP)


def uniforms(keys: Tensor, counter: Tensor) -> Tensor:
    """Numbers in [0, 1), multiples of 2⁻⁵³, one for each key and counter: float64.

    >>> keys = sample_keys(seed=0, index=torch.arange(3))
    >>> u = uniforms(keys[:, None], torch.arange(2))
    >>> u.shape, bool(((u >= 0) & (u < 1)).all())
    (torch.Size([3, 2]), True)
    """
    return words(keys, counter).bitwise_right_shift_(11).bitwise_and_((1 << 53) - 1).double() * 2.0**-53


def _mix(z: Tensor) -> Tensor:
    """The output function of SplitMix64, in place: a fresh buffer for every step would cost more than the step."""
    shifted = torch.empty_like(z)
    _xor_shifted(z, 30, shifted).mul_(_FIRST)
    _xor_shifted(z, 27, shifted).mul_(_SECOND)
    return _xor_shifted(z, 31, shifted)


def _xor_shifted(z: Tensor, bits: int, shifted: Tensor) -> Tensor:
    """z ^= z >> bits with zeros from the left."""
    torch.bitwise_right_shift(z, bits, out=shifted)
    return z.bitwise_xor_(shifted.bitwise_and_((1 << (64 - bits)) - 1))
