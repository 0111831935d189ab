"""Folders that hold one run: when a run may be started there, and making the folder empty for it.

What tells the folder of a run from any other is its *marker*, the file that says how the run was configured.
"""

import os
import shutil
from pathlib import Path

from sparling.errors import InputError


def check_free(path: Path, marker: str, force: bool) -> None:
    """Raise ``InputError`` unless a run may be started at ``path``; nothing is touched.

    A new or empty folder is free. With ``force`` so is one that has ``marker``, as a run of the same kind has.
    """
    if path.exists():
        if not path.is_dir():
            raise InputError(f"--out is a file, expected a folder: {path}")
        if any(path.iterdir()):
            if not force:
                raise InputError(f"--out exists already; --force replaces it, --resume goes on with it: {path}")
            if not (path / marker).is_file():
                raise InputError(f"--force replaces only run folders, and this has no {marker}: {path}")
    home = path if path.exists() else next(parent for parent in path.absolute().parents if parent.exists())
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        raise InputError(f"--out cannot be written: {path}")


def make_empty(path: Path) -> None:
    """Make the folder, or take out what lies in it. Raises ``InputError`` where it cannot be written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        for child in path.iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
    except OSError as error:
        raise InputError(f"--out cannot be written ({error.strerror}): {path}") from error
