"""What the packages raise, as the command line says it: options instead of settings, options as ways out."""

from pathlib import Path

import pytest
from sparling_cli.errors import worded

from sparling import errors
from sparling.errors import SparlingError

RUN = Path("some") / "run"
WRITE_IT = "write it to a file first"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.SettingOutOfRange("max_minutes", "nan", "above 0"), "--max-minutes must be above 0; got nan"),
        (errors.SettingRefused("max_minutes", "must be odd", 2), "--max-minutes: must be odd, got 2"),
        (errors.SettingRefused("freeze", "needs --start-from", True), "--freeze: needs --start-from"),
        (errors.SettingRefused("start_from", "why", RUN), f"--start-from: why, got {RUN}"),
        (errors.ReadOnlyOnce("db", RUN), f"--db is a pipe or a device, which can be read only once; {WRITE_IT}: {RUN}"),
        (errors.FileInFolder("db", RUN), f"--db lies in --out, which is emptied before the run: {RUN}"),
        (errors.FileChanged("fasta", RUN), f"--fasta has changed since the run was started: {RUN}"),
        (
            errors.FileChanged("fasta", RUN, "x.fa"),
            f"--fasta has changed since the run was started, when it was x.fa: {RUN}",
        ),
        (errors.SettingDiffers("seed", 7, 0), "--seed 7 differs from the run to resume, which has 0"),
        (errors.SettingDiffers("context", 7, None), "--context was not given when the run to resume was begun"),
        (
            errors.SettingDiffers("dense_twin", True, False),
            "--dense-twin was not given when the run to resume was begun",
        ),
        (
            errors.NoUsableGpu(),
            "--device cuda: no usable GPU here, expected one; --device auto falls back to the CPU",
        ),
        (
            errors.FolderInUse(RUN),
            f"--out exists already; --force replaces it, --resume goes on with it: {RUN}",
        ),
        (errors.NotAFolder(RUN), f"--out is a file, expected a folder: {RUN}"),
        (
            errors.NotARunFolder(RUN, "config.toml"),
            f"--force replaces only run folders, and this has no config.toml: {RUN}",
        ),
        (errors.NotWritable(RUN), f"--out cannot be written: {RUN}"),
        (errors.NotWritable(RUN, "Read-only file system"), f"--out cannot be written (Read-only file system): {RUN}"),
        (errors.NothingToResume(RUN, "config.toml"), f"no run to resume, config.toml is missing: {RUN}"),
        (errors.InputError("not JSON, a.json:3"), "not JSON, a.json:3"),
    ],
)
def test_errors_name_options(error: SparlingError, words: str) -> None:
    assert worded(error) == words
