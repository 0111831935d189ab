"""Fails a test that leaves the process changed, and puts it back; starts each test from one random state.

What a fixture may change for a test and put back (threads, precision, working directory, environment) is compared
before the first fixture and after the last one; what nobody has a reason to touch (the global generators of Python and
NumPy) is compared around the body alone. Torch's global generator may be drawn from, for weights are: every fixture and
every test begins with the same seed. Filters of warnings are put back by pytest itself.
"""

import os
import random
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch


class State(NamedTuple):
    """One thing that the whole process shares."""

    get: Callable[[], Any]
    put: Callable[[Any], object]


SET_BY_IMPORTS = {"PYTEST_CURRENT_TEST", "TORCHINDUCTOR_CACHE_DIR", "PYTORCH_NVML_BASED_CUDA_CHECK"}
"""Variables of pytest's own, and what a library sets when it is first imported, in whichever test that is."""


def environment() -> dict[str, str]:
    """All variables that a test could have set."""
    return {name: value for name, value in os.environ.items() if name not in SET_BY_IMPORTS}


def put_environment(before: dict[str, str]) -> None:
    for name in environment().keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def random_state() -> tuple[Any, ...]:
    """NumPy's, as values that can be compared."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return (name, np.asarray(keys).tobytes(), *rest)


def put_random_state(before: tuple[Any, ...]) -> None:
    name, keys, *rest = before
    np.random.set_state((name, np.frombuffer(keys, dtype=np.uint32), *rest))  # noqa: NPY002


AROUND_A_TEST = {
    "torch threads": State(torch.get_num_threads, torch.set_num_threads),
    "torch default dtype": State(torch.get_default_dtype, torch.set_default_dtype),
    "torch default device": State(
        torch.get_default_device, lambda device: torch.set_default_device(None if device.type == "cpu" else device)
    ),
    "torch gradients": State(torch.is_grad_enabled, torch.set_grad_enabled),
    "torch deterministic algorithms": State(
        torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms
    ),
    "torch matmul precision": State(torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    "working directory": State(os.getcwd, os.chdir),
    "environment": State(environment, put_environment),
}
AROUND_A_BODY = {
    "random's generator": State(random.getstate, random.setstate),
    "numpy.random's generator": State(random_state, put_random_state),
}


def told(before: Any, after: Any) -> str:
    """What changed, in words; what is long is not spelled out."""
    if isinstance(before, dict):
        names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        return ", ".join(names)
    return "drawn from or changed" if isinstance(before, tuple) else f"{before} → {after}"


def unchanged(states: Mapping[str, State]) -> Iterator[None]:
    """Between the two halves nothing of ``states`` may change; what did is put back, then the test fails."""
    before = {name: state.get() for name, state in states.items()}
    yield
    changed = []
    for name, state in states.items():
        after = state.get()
        if after != before[name]:
            changed.append(f"{name}: {told(before[name], after)}")
            state.put(before[name])
    if changed:
        pytest.fail(f"left the process changed ({'; '.join(changed)})", pytrace=False)


@pytest.fixture(scope="module", autouse=True)
def module_leaves_the_process_unchanged() -> Iterator[None]:
    """Around the fixtures that a whole module shares."""
    yield from unchanged(AROUND_A_TEST)


@pytest.fixture(autouse=True)
def test_leaves_the_process_unchanged(module_leaves_the_process_unchanged: None) -> Iterator[None]:
    """Around a test and its own fixtures."""
    yield from unchanged(AROUND_A_TEST)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup() -> None:
    """What a shared fixture draws does not depend on the test that asks for it first."""
    torch.manual_seed(0)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pyfunc_call() -> Generator[None, Any, Any]:
    """Around the body of a test, within its fixtures."""
    torch.manual_seed(0)
    guard = unchanged(AROUND_A_BODY)
    next(guard)
    result = yield
    next(guard, None)
    return result
