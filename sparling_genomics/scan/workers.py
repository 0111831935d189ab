"""Units of work over processes, their results in order."""

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager

import torch

from sparling_genomics.scan.hits import Found, Scanner
from sparling_genomics.scan.text import Unit

WAITING = 2
"""Units for each process that are read ahead."""
_scanner: list[Scanner] = []
"""Of a process that was started for one."""


def found_in(scanner: Scanner, units: Iterable[Unit], jobs: int = 1) -> Iterator[tuple[Unit, Found]]:
    """What the scanner finds in each unit, in order, whatever the number of processes (``jobs``).

    With one job it happens here. No more than a few units are held at a time.
    """
    if jobs == 1:
        for unit in units:
            yield unit, scanner.find(unit)
        return
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (scanner,))
    waiting: deque[tuple[Unit, Future[Found]]] = deque()
    try:
        for unit in units:
            with _deaf_to_ctrl_c():  # which may start a process
                waiting.append((unit, pool.submit(_find, unit)))
            if len(waiting) > WAITING * jobs:
                first, found = waiting.popleft()
                yield first, found.result()
        for first, found in waiting:
            yield first, found.result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes that are started here never hear of Ctrl-C, which is this one's business."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin(scanner: Scanner) -> None:
    """In a process that was started."""
    torch.set_num_threads(1)
    _scanner[:] = [scanner]


def _find(unit: Unit) -> Found:
    return _scanner[0].find(unit)
