"""What ``sparling motifs scan`` shows: how far it is, and what it found."""

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sparling.plurals import counted
from sparling_cli.screen import Screen, span
from sparling_genomics.scan.request import ScanSummary

EVERY = 30.0
"""Seconds between lines where nothing can move."""
SHOWN = 20


class ScanProgress:
    """A bar with the time left; where stderr is no terminal, a line each half minute."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        columns = (TextColumn("Scanning"), BarColumn(), TextColumn("{task.percentage:.0f}%"), TimeRemainingColumn())
        self.bar = Progress(*columns, console=screen.err, transient=True)
        self.task = self.bar.add_task("scan", total=None, visible=False)
        self.started = self.said = time.monotonic()

    def __enter__(self) -> "ScanProgress":
        if self.screen.live and not self.screen.quiet:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar.live.is_started:
            self.bar.stop()

    def watch(self, done: int, letters: int) -> None:
        """As `sparling_genomics.scan.listing.Watch`."""
        self.bar.update(self.task, completed=done, total=letters, visible=True)
        now = time.monotonic()
        if not self.screen.live and now - self.said > EVERY:
            self.said = now
            left = (now - self.started) * (letters - done) / max(done, 1)
            self.screen.say(f"  {done / 1e6:,.1f} of {letters / 1e6:,.1f} Mb, {span(left)} left")


def print_summary(screen: Screen, summary: ScanSummary, written: Sequence[Path]) -> None:
    """How many hits each motif has, and where they are."""
    for notice in summary.notices:
        screen.say(notice)
    table = Table("motif", "hits", "per Mb", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    million = max(summary.letters, 1) / 1e6
    for name, hits in list(zip(summary.motifs, summary.hits, strict=True))[:SHOWN]:
        table.add_row(name, f"{hits:,}", f"{hits / million:,.1f}")
    screen.show(table)
    if len(summary.motifs) > SHOWN:
        screen.tell(f"and {counted(len(summary.motifs) - SHOWN, 'more motif')}")
    total = sum(summary.hits)
    screen.line(f"{counted(total, 'hit')} in {counted(summary.letters, 'letter')}: {', '.join(map(str, written))}")
