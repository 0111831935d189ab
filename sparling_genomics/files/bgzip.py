"""Text files written in one step; those whose name ends in .gz in blocks (BGZF) with an index of places (tabix).

BGZF is gzip to every reader, and can be asked for a place by ``tabix``, IGV and the genome browsers.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

import pysam

from sparling_genomics.files.text_files import check_replaceable, input_error

TBI_REACH = 2**29
"""bp that an index of the kind .tbi can address; .csi goes on."""


class TextSink(Protocol):
    """What text can be written to."""

    def write(self, text: str, /) -> object:
        """Append the text."""
        ...


class _Blocks:
    def __init__(self, path: Path) -> None:
        self.file = pysam.BGZFile(str(path), "wb", None)

    def write(self, text: str) -> None:
        self.file.write(text.encode())

    def close(self) -> None:
        self.file.close()


@contextmanager
def text_written(
    path: Path, kind: Literal["bed", "vcf"] | None = None, longest: Callable[[], int] = lambda: 0
) -> Iterator[TextSink]:
    """A file to write to beside ``path``, which it replaces when the block ends well; else nothing is left.

    Where the name ends in .gz it is BGZF, and with a ``kind`` its index lies beside it: NAME.tbi, or NAME.csi where the
    ``longest`` chromosome, asked for when all is written, is beyond the reach of that. Lines must then be sorted: each
    chromosome's together, by start; those that begin with "#" are no records. Raises ``InputError`` where the file
    cannot be written, and for a device.
    """
    check_replaceable(path)
    temporary = path.with_name(f".{path.name}.partial")
    zipped = path.name.endswith((".gz", ".bgz"))
    index: Path | None = None
    verbosity = pysam.set_verbosity(0)  # what is wrong is raised
    try:
        try:
            temporary.touch()  # pysam ends the process where it cannot make a file
            sink = _Blocks(temporary) if zipped else temporary.open("w", encoding="utf-8", newline="\n")
            try:
                yield sink
            finally:
                sink.close()
        except OSError as error:
            raise unwritable(path, error) from error
        if zipped and kind is not None:
            index = index_by_place(temporary, kind, longest())
            os.replace(index, f"{path}{index.suffix}")
        try:
            os.replace(temporary, path)
        except OSError as error:
            raise unwritable(path, error) from error
    finally:
        pysam.set_verbosity(verbosity)
        for rest in (temporary, index):
            if rest is not None:
                rest.unlink(missing_ok=True)


def index_by_place(path: Path, kind: Literal["bed", "vcf"], longest: int) -> Path:
    """Make the index of a BGZF file beside it, as `text_written` says; its path.

    Raises ``OSError`` where the records are not sorted, which leaves none.
    """
    csi = longest > TBI_REACH
    index = Path(f"{path}{'.csi' if csi else '.tbi'}")
    verbosity = pysam.set_verbosity(0)  # what is wrong is raised
    try:
        pysam.tabix_index(str(path), preset=kind, force=True, csi=csi, keep_original=True)
    except OSError:
        index.unlink(missing_ok=True)
        raise
    finally:
        pysam.set_verbosity(verbosity)
    return index


def check_writable(paths: Sequence[Path | None]) -> None:
    """Raise ``InputError`` unless each of these files can be made: its folder is there, and it is no folder itself."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise input_error("a folder, expected the name of a file to write", path)
        check_replaceable(path)
        if not path.parent.is_dir():
            raise input_error("no such folder", path.parent)
        if not os.access(path.parent, os.W_OK):
            raise input_error("the folder cannot be written", path.parent)


def unwritable(path: Path, error: OSError) -> Exception:
    """The error to raise where ``path`` cannot be written."""
    return input_error(f"cannot be written ({error.strerror or 'is the disk full?'})", path)
