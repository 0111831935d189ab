"""A command in processes that are killed at random moments, and what must be the same in the end."""

import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file

ROOT = Path(__file__).parents[2]
SMALL = "from tests.cli import conftest; conftest.be_small()"
"""The command line with small trainings."""
TINY = """
from sparling.worlds.digit_circle.presets import PRESETS
from tests.core.worlds.tiny import tiny_preset
PRESETS["quick"] = tiny_preset()
from sparling_cli.main import main
main()
"""
"""The command line with a DigitCircle that is trained on in seconds."""
PLAIN = "from sparling_cli.main import main; main()"

TIMES = re.compile(
    rb'"(?:seconds|started|finished|command)": ?(?:"(?:[^"\\]|\\.)*"|[\d.e+-]+)'
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
    rb"|sparling [^<\n]*--out[^<\n]*"
    rb"|\b[\d.]+ (?:s|min|seconds|minutes)\b"
)
"""In text files: when, how long, and the command, which is that of the one that wrote it first."""


@dataclass(frozen=True)
class Command:
    """What is run in a folder of its own: ``begin`` or ``goes_on``, both into ``out`` there; done where ``last`` is."""

    program: str
    begin: tuple[object, ...]
    goes_on: tuple[object, ...]
    marker: str
    last: str
    out: str = "out"

    def words(self, folder: Path) -> list[str]:
        """Of the next process: it begins, or goes on where a run was begun."""
        begun = (folder / self.out / self.marker).is_file()
        return list(map(str, self.goes_on if begun else self.begin))

    def start(self, folder: Path) -> "subprocess.Popen[str]":
        """A process that begins, or goes on."""
        return subprocess.Popen(
            [sys.executable, "-c", self.program, *self.words(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )

    def ended(self, folder: Path) -> float:
        """Let it end; its seconds of processor time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with self.start(folder) as process:
            said, _ = process.communicate()
        assert process.returncode == 0, said
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def killed(self, folder: Path, seconds: float) -> bool:
        """Kill it after so many seconds of processor time; whether that came before its end."""
        with self.start(folder) as process:
            while process.poll() is None and spent(process.pid) < seconds:
                time.sleep(0.002)
            process.kill()
            said, _ = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said
        return process.returncode != 0


def spent(process: int) -> float:
    """Seconds of processor time of a process; infinite once it has ended. As Linux says it."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return float("inf")
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def stage(out: Path, last: str) -> str:
    """How far a run had come when it was killed, by its files."""
    checkpoints = sorted(path.parent.parent.relative_to(out).as_posix() for path in out.rglob("checkpoint/state.pt"))
    if (out / last).is_file():
        return "after the result was written"
    if any(out.rglob("model.safetensors")):
        return "after training, before the result"
    if checkpoints:
        return f"in training {len(checkpoints)}"
    return "before the first checkpoint" if out.is_dir() else "before the folder was made"


def outcome(folder: Path) -> dict[str, Any]:
    """Every file of a folder, but for times (`TIMES`), and with tensors in place of the bytes of archives."""
    return {path.relative_to(folder).as_posix(): _content(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _content(path: Path) -> Any:
    if path.name == "state.pt":
        return _plain(torch.load(path, weights_only=True))
    if path.suffix == ".safetensors":
        return {name: array.tobytes() for name, array in load_file(path).items()}
    if path.suffix == ".npz":
        with np.load(path) as content:
            return {name: content[name].tobytes() for name in content}
    return TIMES.sub(b"", path.read_bytes())


def _plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return str(value.dtype), tuple(value.shape), value.flatten().view(torch.uint8).numpy().tobytes()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key != "seconds"}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def kill_at_random(
    command: Command, folder: Path, whole: dict[str, Any], kills: int, longest: float, seed: int
) -> list[str]:
    """Kill so often, at moments up to ``longest`` seconds of its time, each time going on; a run that came to its
    end before is looked at, and another begun. Where each kill fell."""
    rng, fell, number = random.Random(seed), [], 0
    while len(fell) < kills:
        place = folder / str(number)
        place.mkdir(exist_ok=True)
        killed = command.killed(place, rng.uniform(0, longest))
        if killed:
            fell.append(stage(place / command.out, command.last))
        if (place / command.out / command.last).is_file():  # done, or nearly so
            command.ended(place)
            same(outcome(place / command.out), whole)
            number += 1
    if (folder / str(number)).is_dir():
        command.ended(folder / str(number))
        same(outcome(folder / str(number) / command.out), whole)
    return fell


def same(got: dict[str, Any], whole: dict[str, Any]) -> None:
    """The files of two runs are, and say which one is not where it is so."""
    assert sorted(got) == sorted(whole)
    assert [name for name in whole if got[name] != whole[name]] == []


def told(fell: Sequence[str]) -> str:
    """How many kills fell where, as JSON."""
    return json.dumps({where: fell.count(where) for where in sorted(set(fell))})
