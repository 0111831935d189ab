"""Names out of users' files, where they are written: text on a terminal, in a table, in a file's name, no more.

A page escapes all that it is given (`sparling.pages`).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST_FILE_NAME = 60
"""Letters of a name that become part of a file's name."""
_LIKE_ESCAPED = re.compile(r"\\(?=x[0-9a-f]{2}|u[0-9a-f]{4}|U(?:000[0-9a-f]{5}|0010[0-9a-f]{4}))")
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(000[0-9a-f]{5}|0010[0-9a-f]{4}))")
_FORMULA = re.compile(r"""'*\s*[=+\-@"＝＋－＠]""")
_ORDINARY = re.compile(r"[+-]|[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|nan)", re.ASCII | re.IGNORECASE)
"""Signs alone, and numbers."""
Cell = str | int | float | Sequence[int] | Sequence[str] | None
"""What a cell of a table may say."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def printable(text: str) -> str:
    r"""Text of which no character steers a terminal: controls, marks of direction and what has no width are spelled.

    Line ends stay.

    >>> print(printable("two lines,\nred: \x1b[31m"))
    two lines,
    red: \x1b[31m
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else _spelled(letter) for letter in text)


def _spelled(letter: str) -> str:
    number = ord(letter)
    return f"\\x{number:02x}" if number < 1 << 8 else f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"


def cell(value: Cell) -> str:
    r"""One cell of a table: numbers to six digits, "" for None and NaN; text that spreadsheets take for text.

    Text that begins as a formula does, with = + - @ or a quotation mark, has an apostrophe before it, unless it is a
    number or a sign alone; what does not print is spelled, so that no cell holds a tab or a line end.
    `text_of` gives the text back.

    >>> cell(None), cell(0.25), cell(1 / 3), cell((3, 5)), cell(float("nan")), cell(True)
    ('', '0.25', '0.333333', '3,5', '', 'true')
    >>> cell("=1+1"), cell("-1.5e3"), cell("-"), cell("'=1"), cell("a\tb"), cell("it's")
    ("'=1+1", '-1.5e3', '-', "''=1", 'a\\x09b', "it's")
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (tuple, list)):
        value = ",".join(map(str, value))
    return _text_cell(value) if isinstance(value, str) else str(value)


def _text_cell(text: str) -> str:
    if "\\" in text:
        text = _LIKE_ESCAPED.sub(r"\\x5c", text)
    if not text.isprintable():
        text = printable(text).replace("\n", "\\x0a")
    return f"'{text}" if _FORMULA.match(text) and not _ORDINARY.fullmatch(text) else text


def text_of(cell: str) -> str:
    r"""The text that `cell` was given.

    >>> text_of("'=1+1"), text_of("''=1"), text_of("-"), text_of("a\\x09b"), text_of("'a'")
    ('=1+1', "'=1", '-', 'a\tb', "'a'")
    """
    if cell.startswith("'") and _FORMULA.match(cell):
        cell = cell[1:]
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16)), cell) if "\\" in cell else cell


def table_row(values: Iterable[Cell]) -> str:
    """A line of a table: cells between tabs, with its line end."""
    return "\t".join(map(cell, values)) + "\n"


def file_name(name: str) -> str:
    r"""A part of a file's name that stays in its folder on every system: letters, digits, "+", "-", "." inside.

    Not unique: whoever names several files has a number before it.

    >>> file_name("rs1:A>G"), file_name("../../etc"), file_name("CON"), file_name("/abs\0"), file_name("")
    ('rs1_A_G', '_.._etc', '_CON', '_abs_', '_')
    """
    plain = unicodedata.normalize("NFC", name)
    kept = "".join(letter if letter.isalnum() or letter in "+-." else "_" for letter in plain)
    kept = kept.lstrip(".-")[:LONGEST_FILE_NAME].rstrip(".")
    return f"_{kept}" if not kept or _RESERVED.fullmatch(kept) else kept
