"""Where a command speaks: results on stdout, what is being done on stderr; and what it says when it is stopped."""

import codecs
import io
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, JustifyMethod, OverflowMethod
from rich.style import Style
from rich.table import Table
from rich.text import Text

from sparling.errors import InputError, Interrupted
from sparling.names import printable

PLAIN = {"±": "+-", "…": "...", "–": "-", "−": "-", "×": "x", "→": "->", "α": "alpha", "δ": "delta", "━": "-", "╸": "-"}
"""What stands for a character that a terminal's encoding does not have; "?" for any other."""
ANY_WIDTH = 10_000
"""Columns where there is no terminal: nothing is cut or wrapped."""


def speak_plainly() -> None:
    """Where stdout or stderr cannot encode a character, `PLAIN` or a question mark is written instead of failing."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


class Screen:
    """stdout for results, stderr for all else; ``quiet`` leaves stderr to errors, ``verbose`` shows more of it."""

    def __init__(self, quiet: bool = False, verbose: bool = False) -> None:
        if quiet and verbose:
            raise InputError("--quiet and --verbose exclude each other")
        self.quiet, self.verbose = quiet, verbose
        self.out, self.err = _console(stderr=False), _console(stderr=True)

    @property
    def live(self) -> bool:
        """Whether stderr can show something that moves."""
        return self.err.is_terminal and not self.err.is_dumb_terminal

    def say(self, text: str) -> None:
        """A remark on what is being done, on stderr. A terminal that is too narrow breaks it between words."""
        if not self.quiet:
            self.err.print(text)

    def tell(self, text: str) -> None:
        """A sentence of the result, on stdout."""
        self.out.print(text)

    def line(self, text: str) -> None:
        """A line of the result with a path in it, which stays whole for copying."""
        self.out.print(text, soft_wrap=True)

    def show(self, table: Table) -> None:
        """A table of the result. On a narrow terminal its cells take several lines; nothing is cut."""
        for column in table.columns:
            column.overflow = "fold"
        self.out.print(table)

    def next_steps(self, *steps: tuple[Sequence[object], str]) -> None:
        """Commands that one may want to type next, and what each is for; on stderr."""
        if self.quiet or not steps:
            return
        commands = [shlex.join(map(str, command)) for command, _ in steps]
        width = max(map(len, commands))
        self.err.print("Next:")
        for command, (_, purpose) in zip(commands, steps, strict=True):
            self.err.print(f"  {command:<{width}}   {purpose}", soft_wrap=True)


class _TextConsole(Console):
    """A console to which all strings, in sentences and in cells of tables, are text: `printable`, without markup."""

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,
        markup: bool | None = None,
        highlight: bool | None = None,
        highlighter: Callable[[str | Text], Text] | None = None,
    ) -> Text:
        """What rich makes of a string wherever it meets one."""
        return super().render_str(
            printable(text), style=style, justify=justify, overflow=overflow, emoji=False, markup=False, highlight=False
        )


def _console(*, stderr: bool) -> Console:
    console = _TextConsole(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = ANY_WIDTH
    return console


@contextmanager
def resumable(*command: object) -> Iterator[None]:
    """Where the block is stopped, by Ctrl-C or from outside, the error ends with the command that goes on with it."""
    try:
        yield
    except (Interrupted, KeyboardInterrupt) as error:
        words = str(error) or "interrupted"
        raise Interrupted(f"{words}\nGo on with: {shlex.join(map(str, command))}") from error


def span(seconds: float) -> str:
    """A time in words.

    >>> span(8.4), span(110), span(7300)
    ('8 s', '1 min 50 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def time_left(least: float, most: float) -> str:
    """How long something takes yet, in minutes, from seconds at least and at most.

    >>> time_left(20, 40), time_left(100, 100), time_left(70, 290), time_left(10, 290), time_left(9000, 20000)
    ('less than 1 min', 'about 2 min', '1 to 5 min', 'up to 5 min', '2 to 6 h')
    """
    if most < 60:
        return "less than 1 min"
    unit, name = (60, "min") if most < 7200 else (3600, "h")
    low, high = int(least // unit), -int(-most // unit)
    if high - low <= 1 and low:
        return f"about {max(round(0.5 * (least + most) / unit), 1)} {name}"
    return f"{low} to {high} {name}" if low else f"up to {high} {name}"
