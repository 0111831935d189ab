"""Folders that hold one run: when a run may be started there, and making the folder empty for it.

What tells the folder of a run from any other is its *marker*, the file that says how the run was configured.
"""

import os
import shutil
from pathlib import Path

from sparling.errors import FolderInUse, NotAFolder, NotARunFolder, NotWritable


def check_free(path: Path, marker: str, force: bool) -> None:
    """Raise a ``FolderError`` unless a run may be started at ``path``; nothing is touched.

    A new or empty folder is free. With ``force`` so is one that has ``marker``, as a run of the same kind has.
    """
    if path.exists():
        if not path.is_dir():
            raise NotAFolder(path)
        if any(path.iterdir()):
            if not force:
                raise FolderInUse(path)
            if not (path / marker).is_file():
                raise NotARunFolder(path, marker)
    home = path if path.exists() else next(parent for parent in path.absolute().parents if parent.exists())
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        raise NotWritable(path)


def make_empty(path: Path) -> None:
    """Make the folder, or take out what lies in it. Raises ``NotWritable`` where it cannot be written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        for child in path.iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
    except OSError as error:
        raise NotWritable(path, error.strerror) from error
