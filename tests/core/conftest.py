from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("repeatable")


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors are fastest on one thread, and sums come out the same everywhere."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(20260101)
