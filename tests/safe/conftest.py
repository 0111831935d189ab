from pathlib import Path

import pytest

from tests.cli.conftest import sparling
from tests.genomics.small_run import train_small

__all__ = ["sparling"]


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run on ``../peaks.fa``, not to be changed."""
    return train_small(tmp_path_factory.mktemp("small"))
