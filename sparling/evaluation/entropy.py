"""The information a sparse map can carry, in bits a position.

A map of C channels and density δ, whose non-zero activations each hold η bits, carries at most C (H(δ) + η δ) bits a
position, H the binary entropy: where the activations are, and what they say (SPARLING, arXiv 2302.01976).
"""

import math

BITS = 16
"""η, bits that one activation is worth, where nothing else is said."""


def map_entropy(density: float, channels: int, bits_per_activation: float) -> float:
    """C (H(δ) + η δ) for δ = ``density`` in [0, 1], C = ``channels`` and η = ``bits_per_activation``.

    Raises ``ValueError`` for arguments outside their ranges: at least one channel, finite bits of at least 0.

    >>> map_entropy(density=0.5, channels=10, bits_per_activation=16)
    90.0
    """
    if not 0.0 <= density <= 1.0:
        raise ValueError(f"density must lie in [0, 1]; got {density}")
    if channels < 1:
        raise ValueError(f"channels must be at least 1; got {channels}")
    if not 0.0 <= bits_per_activation < math.inf:
        raise ValueError(f"bits_per_activation must be finite and at least 0; got {bits_per_activation}")
    return channels * (binary_entropy(density) + bits_per_activation * density)


def binary_entropy(p: float) -> float:
    """H(p) = −p log₂ p − (1 − p) log₂ (1 − p) in bits, 0 at p = 0 and p = 1.

    >>> binary_entropy(0.5), binary_entropy(0.0), binary_entropy(1.0)
    (1.0, 0.0, 0.0)
    """
    return 0.0 if p in (0.0, 1.0) else -p * math.log2(p) - (1.0 - p) * math.log2(1.0 - p)
