from pathlib import Path

import pytest

from tests.genomics.align.hand_made import train_both


@pytest.fixture(scope="session")
def both_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run on ``../both.fa``, of E-box and GATA, not to be changed."""
    return train_both(tmp_path_factory.mktemp("both"))
