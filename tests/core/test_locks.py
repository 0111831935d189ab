"""Who writes in a folder has it alone; a crash leaves nothing locked; who comes second is told who is there."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sparling import locks
from sparling.errors import InUse, NotAFolder, NotWritable
from sparling.locks import LOCK, locked, locked_files, refuse_held
from sparling.training.folders import check_free, make_empty

HOLDER = """
import sys, time
from pathlib import Path
from sparling.locks import locked, locked_files
with (locked if sys.argv[2] == "folder" else locked_files)(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def held_elsewhere(path: Path, kind: str = "folder") -> Iterator["subprocess.Popen[str]"]:
    """Another process holds the folder, or file, within; it is killed at the end."""
    command = [sys.executable, "-c", HOLDER, str(path), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_second_is_told_who_is_there_and_touches_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with held_elsewhere(folder) as process:
        (folder / "config.toml").write_text("precious")
        before = everything(folder)
        said = rf"in use by process {process.pid} on {socket.gethostname()}, since \S+; wait for its end.*: {folder}$"
        for attempt in (lambda: locked(folder).__enter__(), lambda: check_free(folder, "config.toml", True)):
            with pytest.raises(InUse, match=said):
                attempt()
        assert everything(folder) == before


def test_a_killed_holder_leaves_nothing_locked(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path):
        pass
    assert json.loads((tmp_path / LOCK).read_text())["host"] == socket.gethostname()
    refuse_held(tmp_path)
    check_free(tmp_path, "config.toml", False)
    with locked(tmp_path):
        assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_outlives_its_parent_holds_nothing(tmp_path: Path) -> None:
    """As a worker that was forked may."""
    read, write = os.pipe()
    with locked(tmp_path):
        child = os.fork()
        if not child:
            os.close(write)
            os.read(read, 1)  # until the parent closes its end
            os._exit(0)
        handle = next(iter(locks._mine.values()))[1]
        os.close(os.dup(handle))
    try:
        with locked(tmp_path):
            pass
    finally:
        os.close(write)
        os.close(read)
        os.waitpid(child, 0)


def test_what_lies_in_a_held_folder_is_held(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "run"), pytest.raises(InUse, match=f": {tmp_path / 'run'}$"):
        locked(tmp_path / "run" / "seeds" / "2").__enter__()
    mine = tmp_path / "mine"
    with locked(mine), locked(mine / "second"):
        assert [path.name for path in mine.rglob("*")] == [LOCK]
        with locked(mine), locked_files(mine / "hits.bed"):
            pass
        assert (mine / LOCK).exists()
    assert not mine.exists()


def test_another_thread_is_another_run(tmp_path: Path) -> None:
    raised: list[Exception] = []

    def attempt() -> None:
        try:
            with locked(tmp_path):
                pass
        except InUse as error:
            raised.append(error)

    with locked(tmp_path):
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    assert [str(os.getpid()) in str(error) for error in raised] == [True]


def test_emptying_a_folder_leaves_its_lock(tmp_path: Path) -> None:
    with locked(tmp_path):
        (tmp_path / "old").touch()
        make_empty(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_a_folder_that_stays_empty_is_taken_away_with_those_made_for_it(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyError), locked(tmp_path / "mine" / "a" / "b"):
        raise KeyError
    assert list((tmp_path / "mine").iterdir()) == []
    with locked(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "result").touch()
    assert [path.name for path in (tmp_path / "a").rglob("*")] == ["b", "result"]


def test_files_that_are_written(tmp_path: Path) -> None:
    hits, track = tmp_path / "hits.bed", tmp_path / "track.bw"
    with held_elsewhere(track, "file") as process, pytest.raises(InUse, match=f"process {process.pid} .*: {track}$"):
        locked_files(hits, None, track).__enter__()
    with locked_files(hits, track):
        assert not hits.exists()
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_lock_that_tells_nothing_is_still_one(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path):
        (tmp_path / LOCK).write_text("{")
        with pytest.raises(InUse, match="in use by another process; "):
            refuse_held(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_the_file_system_has_no_locks_nothing_is_locked(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("sparling.locks.fcntl.flock", none_here)
    with locked(tmp_path / "run"):
        assert (tmp_path / "run").is_dir()


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr("sparling.locks.os.open", refused)
        for attempt in (locked(tmp_path / "run"), locked_files(tmp_path / "hits.bed")):
            with pytest.raises(NotWritable, match=rf"cannot be written \({os.strerror(number)}\)"):
                attempt.__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(NotAFolder):
            locked(path).__enter__()
