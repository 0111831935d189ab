"""The entropy of a map, by hand and by counting."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling.evaluation.entropy import binary_entropy, map_entropy


@pytest.mark.parametrize(
    ("density", "channels", "bits", "entropy"),
    [
        (0.0, 10, 16.0, 0.0),
        (1.0, 10, 16.0, 160.0),
        (0.5, 1, 0.0, 1.0),
        (0.25, 4, 2.0, 4 * (2 - 0.75 * math.log2(3) + 0.5)),  # H(1/4) = 2 − 3/4 log₂ 3
    ],
)
def test_entropy_by_hand(density: float, channels: int, bits: float, entropy: float) -> None:
    assert map_entropy(density, channels, bits) == pytest.approx(entropy)


@given(p=st.floats(0.0, 1.0))
def test_binary_entropy_is_symmetric_and_at_most_one_bit(p: float) -> None:
    assert 0.0 <= binary_entropy(p) <= 1.0
    assert binary_entropy(p) == pytest.approx(binary_entropy(1.0 - p), abs=1e-9)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.4])
def test_entropy_counts_the_maps(share: float) -> None:
    # log₂ of the number of ways to place δ n activations on n positions, a position, for large n.
    n = 1_000_000
    k = round(share * n)
    ways = (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)) / math.log(2)
    assert map_entropy(share, 1, 0.0) == pytest.approx(ways / n, rel=1e-3)


@pytest.mark.parametrize(
    ("density", "channels", "bits", "message"),
    [
        (-0.1, 1, 0.0, "density must lie in [0, 1]; got -0.1"),
        (math.nan, 1, 0.0, "density must lie in [0, 1]; got nan"),
        (0.1, 0, 0.0, "channels must be at least 1; got 0"),
        (0.1, 1, -1.0, "bits_per_activation must be finite and at least 0; got -1.0"),
        (0.1, 1, math.inf, "bits_per_activation must be finite and at least 0; got inf"),
    ],
)
def test_bad_arguments_are_refused(density: float, channels: int, bits: float, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        map_entropy(density, channels, bits)
