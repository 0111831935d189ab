"""The legend of axis letters, what broadcasts over them, and the shape checks at public boundaries.

B batch · C channel (one channel = one learned motif) · S spatial positions, any number of axes · L sequence length ·
W motif width · A letters of the alphabet · T tasks. All positions are 0-based, all intervals half-open.
"""

import math
import operator

import torch
from torch import Tensor


def check_scores(z: Tensor, channels: int) -> None:
    """Raise ``ValueError`` unless ``z`` has shape (B, C, S...) with C = ``channels``."""
    if z.ndim < 3 or z.shape[1] != channels:
        raise ValueError(f"scores must have shape (B, C={channels}, S...); got {tuple(z.shape)}")


def check_mask(mask: Tensor, z: Tensor) -> None:
    """Raise ``ValueError`` unless ``mask`` is boolean of shape (B, 1, S...) matching ``z`` of shape (B, C, S...)."""
    expected = (z.shape[0], 1, *z.shape[2:])
    if tuple(mask.shape) != expected or mask.dtype != torch.bool:
        raise ValueError(f"mask must be boolean of shape {expected}; got {mask.dtype} {tuple(mask.shape)}")


def per_channel(values: Tensor, z: Tensor) -> Tensor:
    """``values`` (C,), or (1,) for all channels, so that they broadcast over ``z`` (B, C, S...)."""
    return values.view((1, -1) + (1,) * (z.ndim - 2))


def check_fraction(name: str, value: float) -> None:
    """Raise ``ValueError`` unless 0 < ``value`` < 1.

    >>> check_fraction("density", 1.5)
    Traceback (most recent call last):
    ...
    ValueError: density must lie strictly between 0 and 1; got 1.5
    """
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1; got {value}")


def check_number(name: str, value: float, least: float = 0.0, most: float = math.inf) -> None:
    """Raise ``ValueError`` unless ``value`` is a finite number from ``least`` to ``most``.

    >>> check_number("weight", -1.0)
    Traceback (most recent call last):
    ...
    ValueError: weight must be a finite number, at least 0; got -1.0
    """
    if not math.isfinite(value) or not least <= value <= most:
        bounds = "" if least == -math.inf else f", at least {least:g}"
        raise ValueError(f"{name} must be a finite number{bounds}{_at_most(most)}; got {value!r}")


def check_above_zero(name: str, value: float) -> None:
    """Raise ``ValueError`` unless ``value`` is a finite number above 0."""
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be a finite number above 0; got {value!r}")


def check_count(name: str, value: int, least: int = 1, most: float = math.inf) -> None:
    """Raise ``ValueError`` unless ``value`` is a whole number from ``least`` to ``most``.

    >>> check_count("channels", 2.5)
    Traceback (most recent call last):
    ...
    ValueError: channels must be a whole number; got 2.5
    """
    try:
        whole = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number; got {value!r}") from None
    if isinstance(value, bool) or not least <= whole <= most:
        raise ValueError(f"{name} must be at least {least}{_at_most(most)}; got {value}")


def _at_most(most: float) -> str:
    return "" if most == math.inf else f" and at most {most:g}"
