"""Three DigitCircles: as published, small without overlap, and with up to ten digits."""

import torch
from torch import Tensor

from sparling.domains.digit_circle import DigitCircle, Layout
from sparling.domains.stamps import STAMPS

N = 3000
"""Samples looked at."""
WORLDS = [
    DigitCircle(),
    DigitCircle(side=64, radius=10.0, overlap=False),
    DigitCircle(side=51, fewest=1, most=10, radius=8.5),
]
NAMES = ["published", "apart", "crowded"]
SIZES = torch.tensor([stamp.shape for stamp in STAMPS])


def used(world: DigitCircle, layout: Layout) -> Tensor:
    """Which slots (N, k) hold a digit."""
    return torch.arange(world.most) < layout.number[:, None]
