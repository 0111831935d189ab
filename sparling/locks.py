"""Locks on folders and files that are being written: one process at a time, and free again however that one ends.

A lock is the system's own (``flock``) on a small file that says who holds it. It ends with the process, killed or not,
so a crash leaves nothing locked. It holds between machines where the file system has such locks, as NFS does; where it
has none, nothing is locked.
"""

import errno
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sparling.errors import InUse, NotAFolder, NotWritable

if sys.platform != "win32":
    import fcntl

LOCK = ".sparling.lock"
"""The file in a folder; it is taken away with the lock."""
_NONE_HERE = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
"""What a file system without locks answers."""
_TRIES, _PAUSE = 4, 0.05
"""Tries and seconds between them: who only looks holds a lock for a moment, too."""
_mine: dict[Path, tuple[int, int]] = {}
"""Folders and files that this process holds: their thread and the descriptor of the lock."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Within, ``folder`` with all in it is this thread's alone. It is made where it is missing, and not left empty.

    A folder inside one that this thread holds already is held with it. Raises ``InUse`` where another process or thread
    holds the folder or one around it, ``NotAFolder`` and ``NotWritable``.
    """
    place = folder.resolve()
    if _is_mine(place):
        yield
        return
    refuse_held(folder)
    made = [each for each in (place, *place.parents) if not each.exists()]
    try:
        with _held(place, place / LOCK, _opened(place, folder)):
            yield
    finally:
        for each in made:
            with suppress(OSError):  # something is in it
                each.rmdir()


@contextmanager
def locked_files(*paths: Path | None) -> Iterator[None]:
    """Within, these files, or folders that are replaced as a whole, are this thread's alone to write.

    The locks lie beside them. Raises ``InUse`` and ``NotWritable``.
    """
    with ExitStack() as stack:
        for path in sorted({path.resolve() for path in paths if path is not None}):
            if not _is_mine(path):
                beside = path.with_name(f".{path.name}{LOCK}")
                try:
                    handle = _acquire(beside, path)
                except OSError as error:
                    raise NotWritable(path.parent, error.strerror) from error
                stack.enter_context(_held(path, beside, handle))
        yield


def refuse_held(folder: Path) -> None:
    """Raise ``InUse`` where another process or thread holds ``folder``, or one around it."""
    place = folder.resolve()
    if _is_mine(place):
        return
    for each in (place, *place.parents):
        try:
            handle = os.open(each / LOCK, os.O_RDWR)
        except OSError:  # no lock, or one of a folder that is not ours to write
            continue
        try:
            if not _taken(handle):
                raise InUse(folder if each == place else each, *_holder(each / LOCK))
        finally:
            os.close(handle)


def _is_mine(place: Path) -> bool:
    thread = threading.get_ident()
    return any(each in _mine and _mine[each][0] == thread for each in (place, *place.parents))


@contextmanager
def _held(place: Path, lock: Path, handle: int) -> Iterator[None]:
    _mine[place] = threading.get_ident(), handle
    try:
        yield
    finally:
        if _mine.pop(place, None) is not None:  # not in a process that was forked meanwhile
            with suppress(OSError):
                lock.unlink()
            os.close(handle)


def _opened(place: Path, folder: Path) -> int:
    try:
        place.mkdir(parents=True, exist_ok=True)
        return _acquire(place / LOCK, folder)
    except (FileExistsError, NotADirectoryError) as error:
        raise NotAFolder(folder) from error
    except OSError as error:
        raise NotWritable(folder, error.strerror) from error


def _acquire(lock: Path, what: Path) -> int:
    """Descriptor of the file, locked, with this process' name in it."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _taken(handle):
                raise InUse(what, *_holder(lock))
            if _is_at(handle, lock):  # else its holder took it away while we waited
                said = {"host": socket.gethostname(), "pid": os.getpid(), "since": _now()}
                os.ftruncate(handle, 0)
                os.pwrite(handle, json.dumps(said).encode() + b"\n", 0)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _taken(handle: int) -> bool:
    """Whether the file is locked by now by us, or cannot be."""
    if sys.platform == "win32":
        return True
    for left in range(_TRIES - 1, -1, -1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE if left else 0)
        except OSError as error:
            if error.errno in _NONE_HERE:
                return True
            raise
        else:
            return True
    return False


def _is_at(handle: int, lock: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), lock.stat())
    except FileNotFoundError:
        return False


def _holder(lock: Path) -> tuple[str, int, str]:
    """Host, process and time that the file tells; of one that tells nothing "", 0 and ""."""
    try:
        said = json.loads(lock.read_text(encoding="utf-8"))
        return str(said["host"]), int(said["pid"]), str(said["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", 0, ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _forget() -> None:
    """In a process that was forked: locks stay those of the first one, and end with it."""
    for _, handle in _mine.values():
        os.close(handle)
    _mine.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
