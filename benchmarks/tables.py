"""Tab-separated tables of results, and the options that all commands that write one share.

Rows are written one by one, so that a long run can be followed and stopped.
"""

import argparse
import csv
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn


def refuse(message: str) -> NoReturn:
    """End the command with one line on stderr and code 2."""
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(2)


def check_names(what: str, asked: Iterable[str], known: Iterable[str]) -> None:
    """End the command where a name that was ``asked`` for is none of ``known``; ``what`` says of what."""
    names = list(known)
    for name in asked:
        if name not in names:
            refuse(f"no {what} {name!r}; there are {', '.join(names)}")


def check_folder(path: Path, what: str) -> None:
    """End the command where a folder is missing; ``what`` it should hold."""
    if not path.is_dir():
        refuse(f"no folder {path}: {what} are read from there")


def command_line(text: str | None, out: str) -> argparse.ArgumentParser:
    """Options of a benchmark that runs tools: where table and results go, and how long a tool may run."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit-s", type=float, default=3600, help="seconds for one command of a tool")
    parser.add_argument("--out", type=Path, default=Path(out))
    parser.add_argument("--keep", type=Path, help="keep the tools' results here, and score those that lie here already")
    parser.add_argument("--summary", type=Path, help="print the table of an earlier result and end")
    return parser


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write each row as soon as it is made, and report it on stderr; columns that a row lacks stay empty.

    Raises ``ValueError`` for a row with another column.
    """
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, columns, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            cells = {key: cell(value) for key, value in row.items()}
            writer.writerow(cells)
            handle.flush()
            print(" ".join(f"{key}={text}" for key, text in cells.items() if text), file=sys.stderr, flush=True)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table, as text."""
    with path.open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def mean(rows: Sequence[Mapping[str, str]], key: str, digits: int = 2) -> str:
    """Mean of a column over the rows that have a number there; nothing where none has.

    >>> mean([{"x": "1"}, {"x": ""}, {"x": "2"}], "x", 1), mean([{"x": ""}], "x")
    ('1.5', '')
    """
    values = [float(row[key]) for row in rows if row.get(key)]
    return f"{sum(values) / len(values):.{digits}f}" if values else ""


def cell(value: object) -> str:
    """One cell: numbers to four digits, nothing for nan, no tab.

    >>> cell(0.123456), cell(float("nan")), cell(3), cell("x")
    ('0.1235', '', '3', 'x')
    """
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}"
    return " ".join(str(value).split("\t"))
