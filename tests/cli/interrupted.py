"""``python interrupted.py N WORD…``: the command ``sparling WORD…`` with Ctrl-C at its Nth evaluation (0: at none).

A child process, for a signal is for a whole process; its trainings are short, so that nobody needs a time limit.
"""

import signal
import sys
from typing import Any

from sparling_cli.main import main

from sparling_genomics.discovery import detectors
from sparling_genomics.discovery.config import MotifConfig
from tests.cli.conftest import SMALL

at, sys.argv = int(sys.argv[1]), ["sparling", *sys.argv[2:]]
evaluations = 0


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Each evaluation appends a line to metrics.jsonl."""
    global evaluations
    if event == "open" and str(arguments[0]).endswith("metrics.jsonl") and arguments[1] == "a":
        evaluations += 1
        if evaluations == at:
            signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    for name, value in SMALL.items():
        MotifConfig.model_fields[name].default = value
    MotifConfig.model_rebuild(force=True)
    detectors.STEADY, detectors.SETTLE = 2, 1
    sys.addaudithook(watch)
    main()
