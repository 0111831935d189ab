from pathlib import Path

import pytest

from tests.genomics.sequences import fasta, random_sequences
from tests.genomics.small_run import train_small


@pytest.fixture(scope="session")
def shared_inputs(shared_data: Path) -> Path:
    """Folder of inputs that once failed, with their right values in a README; the test is skipped without it."""
    folder = shared_data.parent / "reviews" / "inputs"
    if not folder.is_dir():
        pytest.skip(f"no reviewed inputs in {folder}")
    return folder


@pytest.fixture
def peaks(tmp_path: Path) -> Path:
    """FASTA file of 200 random sequences of 30 letters, s0 to s199, without labels."""
    return fasta(tmp_path / "peaks.fa", random_sequences(200))


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run on ``../peaks.fa``, not to be changed (`small_run.train_small`)."""
    return train_small(tmp_path_factory.mktemp("small"))
