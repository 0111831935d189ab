"""Files that are written line by line, plain or gzip, and are there when they are whole."""

import gzip
from collections.abc import Iterable
from pathlib import Path

from sparling.errors import InputError
from sparling.training.checkpoint import write_atomically


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write ``lines``, which end in line ends, gzip-compressed where the path ends in .gz; how many there were.

    They are written beside ``path``, which takes their place when the last one is written; where anything fails,
    nothing is left. The same lines give the same bytes. Raises ``InputError`` where the folder cannot be written.
    """
    count = 0

    def write(temporary: Path) -> None:
        nonlocal count
        with temporary.open("wb") as file:
            packed = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if path.suffix == ".gz" else None
            for line in lines:
                (packed or file).write(line.encode())
                count += 1
            if packed is not None:
                packed.close()

    try:
        write_atomically(path, write)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror}): {path}") from error
    return count
