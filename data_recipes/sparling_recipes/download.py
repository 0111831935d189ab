"""A file from a server, gone on with where it was cut off, or from a folder. Both are downloaders as pooch calls them.

What has come so far lies in a part file beside the target, with a note of what the server said about the whole; a
later download of the same file asks for the rest (RFC 9110, sections 13.1.5 and 14.2: If-Range, Range).
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import requests
import urllib3

from sparling_recipes.errors import DataError, Unreachable

Progress = Callable[[int, int | None], None]
"""Is told bytes so far and bytes in all, where known."""
_CHUNK = 1 << 16
_TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and between two pieces."""
_MOST_ATTEMPTS = 20
_PAUSE = 1.0
"""Seconds before going on."""
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError)


@dataclass(frozen=True)
class Order:
    """What to download, and where its pieces gather."""

    url: str
    part: Path
    bytes: int | None
    """Expected size; None: whatever comes."""
    progress: Progress

    @property
    def note(self) -> Path:
        """Beside the part file: what the server said about the whole."""
        return self.part.with_name(self.part.name + ".note")

    def forget(self) -> None:
        """Remove what has come so far."""
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def from_server(order: Order, target: str) -> None:
    """Download to ``target``, after as many attempts as bring something new, at most twenty.

    Raises ``Unreachable``: no answer, another status than success, cut off for good (what has come is kept then).
    ``DataError``: another size than expected. ``OSError`` where nothing can be written.
    """
    try:
        _gather(order)
        os.replace(order.part, target)
    finally:
        if not order.part.exists() or order.part.stat().st_size == 0:
            order.forget()


def _gather(order: Order) -> None:
    """Make the part file whole."""
    with order.part.open("ab") as file:
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            before = _length(file)
            try:
                _stream(order, file)
                break
            except _BROKEN as error:
                gained = _length(file) > before
                if not gained or attempt == _MOST_ATTEMPTS:
                    raise _unreachable(order, _length(file), error) from error
                time.sleep(_PAUSE)
        if order.bytes is not None and _length(file) != order.bytes:
            have = _length(file)
            file.truncate(0)
            _check_size(order, have, order.url)


def from_folder(order: Order, target: str) -> None:
    """Copy the file at the path ``order.url`` to ``target``.

    ``DataError`` where it cannot be opened or its size is not the expected one.
    """
    size = os.path.getsize(order.url)
    _check_size(order, size, order.url)
    try:
        source = open(order.url, "rb")  # noqa: SIM115
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror}): {order.url}") from error
    with source, open(target, "wb") as copy:
        done = 0
        while chunk := source.read(_CHUNK * 16):
            copy.write(chunk)
            done += len(chunk)
            order.progress(done, size)


def text_at(url: str, most: int = 1 << 24) -> str:
    """The first ``most`` bytes of a text. Raises ``Unreachable``."""
    try:
        with requests.get(url, timeout=_TIMEOUT, stream=True) as response:
            _check_status(response)
            return bytes(response.raw.read(most, decode_content=True)).decode("utf-8", errors="replace")
    except _BROKEN as error:
        raise Unreachable(f"{_reason(error)}: {url}") from error


def _stream(order: Order, file: IO[bytes]) -> None:
    """Append what is missing, or write all anew where the server has another file by now or knows no ranges."""
    have, known = _length(file), _noted(order)
    headers = {"Accept-Encoding": "identity", "User-Agent": "sparling"}
    if have and known:
        headers |= {"Range": f"bytes={have}-", "If-Range": known}
    with requests.get(order.url, headers=headers, timeout=_TIMEOUT, stream=True) as response:
        if have and response.status_code == requests.codes.requested_range_not_satisfiable:
            if not response.headers.get("Content-Range", "").endswith(f"/{have}"):
                file.truncate(0)
                _stream(order, file)
            return
        _check_status(response)
        start = _start(response)
        if start not in (0, have):
            raise Unreachable(f"the server sends bytes from {start:,} on, asked for from {have:,} on: {order.url}")
        file.truncate(start)
        total = _total(response, start)
        if total is not None:
            _check_size(order, total, order.url)
        order.note.write_text(json.dumps({"url": order.url, "validator": _validator(response)}), encoding="utf-8")
        order.progress(start, total)
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            file.write(chunk)
            start += len(chunk)
            order.progress(start, total)
        file.flush()
        if total is not None and start < total:
            raise urllib3.exceptions.IncompleteRead(start, total - start)


def _start(response: requests.Response) -> int:
    """Where the body begins in the file."""
    if response.status_code != requests.codes.partial_content:
        return 0
    span = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(span) if span.isdigit() else 0


def _total(response: requests.Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _validator(response: requests.Response) -> str:
    """By what the server knows this state of the file: a strong ETag, else the time of its last change."""
    tag = str(response.headers.get("ETag", ""))
    return tag if tag and not tag.startswith("W/") else str(response.headers.get("Last-Modified", ""))


def _noted(order: Order) -> str:
    try:
        note = json.loads(order.note.read_text(encoding="utf-8"))
        return str(note["validator"]) if note["url"] == order.url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _length(file: IO[bytes]) -> int:
    file.flush()
    return os.fstat(file.fileno()).st_size


def _check_status(response: requests.Response) -> None:
    if any(before.url.startswith("https:") for before in response.history) and not response.url.startswith("https:"):
        raise Unreachable(f"led from https to http, where anybody on the way may change it: {response.url}")
    if not response.ok:
        raise Unreachable(f"the server answers {response.status_code} ({response.reason}): {response.url}")


def _check_size(order: Order, got: int, where: str) -> None:
    if order.bytes is not None and got != order.bytes:
        raise DataError(f"{got:,} bytes, expected {order.bytes:,}; nothing is kept: {where}")


def _unreachable(order: Order, have: int, error: Exception) -> Unreachable:
    begun = f"{have:,} bytes are here, the same command goes on there; " if have else ""
    return Unreachable(f"{begun}{_reason(error)}: {order.url}")


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return "the connection was closed"
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    if isinstance(error, OSError) and error.strerror:
        return f"no connection, {error.strerror}"
    return f"no connection, {error}" if str(error) else "no connection"


def free_bytes(folder: Path) -> int:
    """Of the file system that ``folder`` lies in, or will lie in."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
