"""Files that are written in one step, beside their place and then moved there. A kill leaves the old one or the new."""

import os
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Call ``write`` on a temporary path in the same folder, then put the result at ``path`` in one step.

    An ``OSError``, as of a full disk, says ``path``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    try:
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write a file in one step."""
    write_atomically(Path(path), lambda temporary: temporary.write_bytes(content))
