"""Samples of each world, drawn once a module."""

import pytest
import torch

from sparling.domains.base import Samples
from sparling.domains.digit_circle import DigitCircle, Layout
from tests.core.domains.worlds import NAMES, WORLDS, N


@pytest.fixture(scope="module", params=WORLDS, ids=NAMES)
def world(request: pytest.FixtureRequest) -> DigitCircle:
    assert isinstance(request.param, DigitCircle)
    return request.param


@pytest.fixture(scope="module")
def layout(world: DigitCircle) -> Layout:
    return world.layout(1, torch.arange(N))


@pytest.fixture(scope="module")
def samples(world: DigitCircle) -> Samples:
    return world.samples(1, torch.arange(N))
