"""Folders that hold one run: when a run may be started there, and making the folder empty for it.

What tells the folder of a run from any other is its *marker*, the file that says how the run was configured.
"""

import os
import shutil
from pathlib import Path

from sparling.errors import FolderInUse, NotAFolder, NotARunFolder, NotWritable
from sparling.locks import LOCK, refuse_held


def check_free(path: Path, marker: str, force: bool) -> None:
    """Raise a ``FolderError`` unless a run may be started at ``path``; nothing is touched.

    A new or empty folder is free. With ``force`` so is one that has ``marker``, as a run of the same kind has; none is
    that another process holds.
    """
    refuse_held(path)
    if path.exists():
        if not path.is_dir():
            raise NotAFolder(path)
        if not all(_left_by_a_kill(child) for child in path.iterdir()):
            if not force:
                raise FolderInUse(path)
            if not (path / marker).is_file():
                raise NotARunFolder(path, marker)
    home = path if path.exists() else next(parent for parent in path.absolute().parents if parent.exists())
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        raise NotWritable(path)


def make_empty(path: Path, marker: str | None = None) -> None:
    """Make the folder, or take out what lies in it but its lock; ``marker`` last, so that it can be done once more.

    Raises ``NotWritable`` where it cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        for child in sorted(path.iterdir(), key=lambda child: child.name == marker):
            if child.name == LOCK:
                continue
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
    except OSError as error:
        raise NotWritable(path, error.strerror) from error


def _left_by_a_kill(path: Path) -> bool:
    """Whether a file is nobody's: a lock, or a part of what was then to be moved to its place."""
    return path.name == LOCK or (path.name.startswith(".") and path.name.endswith(".partial"))
