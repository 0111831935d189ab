"""Lines of a user's text file, plain or gzip, with their numbers; what is wrong with the file says where."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sparling.errors import InputError, ReadOnlyOnce

if TYPE_CHECKING:
    from typing_extensions import Buffer

_GZIP = b"\x1f\x8b"
_NOT_READ = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_FLEETING = ("/dev/stdin", "/dev/fd/", "/proc/")
_NO_PLACE = ("/dev/std", "/dev/fd/", "/proc/")
_SHOWN = 60
_LONGEST = 500
"""Letters of a message."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LONGEST_LINE = 10**9
"""Letters of a line: more than any chromosome that is written in one."""
MOST_PACKED, UNCHECKED = 200, 10**8
"""Times that gzip data may grow, looked at from so many bytes on: letters grow fourfold, N alone a thousandfold."""
_PIECE = 1 << 17
INDICES = (".fai", ".gzi", ".tbi", ".csi")
"""What is added to a file's name for its index."""


def input_error(message: str, path: Path | str, line: int | None = None) -> InputError:
    """The error to raise for a fault of a file: the message, then ``path:line`` with the line counted from 1.

    Of a message that holds a cell of thousands of letters the beginning is told.

    >>> input_error("label must be 0 or 1, got 'yes'", "peaks.tsv", 7)
    InputError("label must be 0 or 1, got 'yes', peaks.tsv:7")
    """
    said = message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"
    return InputError(f"{said}, {path}" if line is None else f"{said}, {path}:{line}")


def shown(text: str) -> str:
    """What stands in a file, for the error that refuses it: in quotation marks, and the beginning of what is long.

    >>> shown("yes"), shown("A" * 1000)[-5:]
    ("'yes'", "AAA…'")
    """
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def whole_number(text: str) -> int | None:
    """The whole number that the text is, in the digits 0 to 9 with a sign or none; None for anything else.

    None, too, for a number that 64 bits do not hold.

    >>> whole_number("12"), whole_number("-3"), whole_number("1_0"), whole_number("²"), whole_number("1" * 5000)
    (12, -3, None, None, None)
    """
    return int(text) if _WHOLE.fullmatch(text) else None


def numbered_lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """Each line of a text file without its line end, with its number from 1.

    Gzip, and so BGZF, is known by its first bytes, whatever the file is called; pipes can be read. Line ends may be
    those of Unix, Windows or old Macs, and no other character ends a line. UTF-8, and UTF-16 with its byte-order mark,
    which is dropped; bytes that are neither become U+FFFD.
    Raises ``InputError`` with path and line: missing or unreadable file, directory, binary file, other compression,
    gzip data that are cut off or broken or grow beyond `MOST_PACKED`, and a line beyond `LONGEST_LINE`.
    """
    number = 0
    try:
        with Path(path).open("rb") as file, _text(path, file) as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE + 1), ""), start=1):
                if len(line) > LONGEST_LINE and line[-1] != "\n":
                    raise input_error(f"a line of more than {LONGEST_LINE:,} letters", path, number)
                if "\0" in line:
                    raise input_error("binary data, expected text", path, number)
                yield number, line.removesuffix("\n")
    except EOFError as error:
        raise input_error("the gzip data are cut off; is the file complete?", path, number + 1) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise input_error(f"the gzip data are broken ({error})", path, number + 1) from error
    except FileNotFoundError as error:
        raise input_error("no such file", path) from error
    except IsADirectoryError as error:
        raise input_error("a directory, expected a file", path) from error
    except OSError as error:
        raise input_error(f"cannot be read ({error.strerror})", path) from error


def _text(path: Path | str, file: io.BufferedReader) -> io.TextIOWrapper:
    start = file.peek(6)[:6]
    for magic, kind in _NOT_READ.items():
        if start.startswith(magic):
            raise input_error(f"compressed with {kind}, expected plain text or gzip", path)
    data = io.BufferedReader(_Unpacked(path, file), _PIECE) if start.startswith(_GZIP) else file
    encoding = "utf-16" if data.peek(2)[:2] in _UTF_16 else "utf-8-sig"
    return io.TextIOWrapper(data, encoding, errors="replace")


class _Counted(io.RawIOBase):
    """A file that says how many bytes were read of it, as pipes cannot."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file, self.count = file, 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(size)
        self.count += len(piece)
        return piece


class _Unpacked(io.RawIOBase):
    """Unpacked gzip data; what no sequence or table is packed to (`MOST_PACKED`) is refused before it fills memory."""

    def __init__(self, path: Path | str, file: io.BufferedReader) -> None:
        self._path, self._packed, self._size = path, _Counted(file), 0
        self._data = gzip.GzipFile(fileobj=self._packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer", /) -> int:
        piece = self._data.read1(len(memoryview(buffer)))
        memoryview(buffer)[: len(piece)] = piece
        self._size += len(piece)
        if self._size > max(UNCHECKED, MOST_PACKED * self._packed.count):
            said = f"gzip data that become more than {MOST_PACKED} times as large, which no sequences or tables do"
            raise input_error(said, self._path)
        return len(piece)


def check_lasting(path: Path, setting: str) -> None:
    """Raise ``ReadOnlyOnce`` where the file of ``setting`` cannot be read a second time: a pipe, a device.

    A run reads its files again: for their checksums, to be resumed, to be audited.
    """
    fleeting = path.exists() and not path.is_file() and not path.is_dir()
    if fleeting or str(path.absolute()).startswith(_FLEETING):
        raise ReadOnlyOnce(setting, path)


def with_indices(path: Path) -> list[Path]:
    """A file and the indices that lie, or may lie, beside it: of a genome, or of a file in blocks."""
    whole = path.resolve()
    return [whole, *(whole.with_name(whole.name + suffix) for suffix in INDICES)]


def check_replaceable(path: Path) -> None:
    """Raise ``InputError`` where a file at ``path`` would take the place of a device, a pipe or an open file.

    Results are written beside their place and moved there: /dev/null and /dev/stdout would be files from then on.
    """
    special = path.exists() and not path.is_file() and not path.is_dir()
    if special or str(path.absolute()).startswith(_NO_PLACE):
        raise input_error("a device or a pipe, expected the name of a file to write", path)
