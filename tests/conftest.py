"""One thread, the guard, and `--quality`. Variables are set before anything imports torch."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

pytest_plugins = ["tests.guard"]

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quality", action="store_true", help="run the checks of scientific figures too (minutes)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--quality"):
        for item in items:
            if "quality" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="a check of scientific figures: `make quality`"))
