"""Whatever a file holds, a reader gives a value or one clear error: no other exception, no hang, no lost round trip."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import changed_files
from tests.fuzz.readers import READERS, holds

FOUND = Path(__file__).with_name("found")
"""Inputs that once were faults, one file each, by reader."""
SLOW = 2.0
"""Seconds of CPU that a file of a few lines may take; milliseconds is what it takes."""


@pytest.mark.parametrize("name", READERS)
def test_valid_files_are_read(name, tmp_path):
    for seed in READERS[name].seeds:
        assert holds(READERS[name], seed, tmp_path / "input")


@pytest.mark.parametrize("name", READERS)
def test_a_changed_file_is_read_or_refused(name, tmp_path_factory):
    reader = READERS[name]
    path = tmp_path_factory.mktemp("fuzz") / "input"

    @settings(max_examples=250, suppress_health_check=list(HealthCheck))
    @given(data=changed_files(reader.seeds, reader.words) | st.binary(max_size=60))
    def check(data):
        begun = time.process_time()
        holds(reader, data, path)
        assert time.process_time() - begun < SLOW

    check()


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_once_a_fault_is_none(path, tmp_path):
    holds(READERS[path.parent.name], path.read_bytes(), tmp_path / "input")
