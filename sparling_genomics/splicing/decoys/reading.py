"""Windows around true splice sites and around decoys: a FASTA file, and what its headers or a table say of each.

A decoy has the GT (or AG) of a splice site and is none. All windows of a file have one length, and all of a kind have
their site at one place near the middle, which is found by its two letters.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.plurals import agreeing, counted
from sparling_genomics.data.splits import SPLIT_NAMES, TEST, TRAIN, VALIDATION
from sparling_genomics.files.fasta import FastaRecord, read_fasta
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import Codes, decode, encode
from sparling_genomics.letters.streams import Purpose, generator

KINDS = ("donor", "acceptor")
DONOR, ACCEPTOR = 0, 1
"""Numbers of kinds of windows."""
ENDS = ("GT", "AG")
"""First two letters of an intron, and last two."""
AROUND_MIDDLE = 10
"""Letters to either side of the middle among which a site is sought."""
SHORTEST_REACH = 20
"""Letters to either side of a site that windows must have."""
FEWEST = 50
"""True and decoy windows of a kind, each, on the training side."""
TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
"""Shares of the windows that are drawn for these sides where nothing says which they are."""
_WORDS = ("site", "label", "split")


class Said(NamedTuple):
    """What is said of a window: a kind, 1 for a true site, and a side or None."""

    kind: int
    label: int
    side: int | None


@dataclass(frozen=True, eq=False, repr=False)
class SiteWindows:
    """n windows cut to ``reach`` letters to either side of the place between exon and intron, 5' to 3'.

    ``codes`` uint8 (n, 2 reach); ``kinds`` int8 (n,), 0 donor (exon first), 1 acceptor (intron first); ``labels`` int8
    (n,), 1 of true sites; ``sides`` int8 (n,); ``names`` as in the file.
    """

    codes: Codes
    kinds: NDArray[np.int8]
    labels: NDArray[np.int8]
    sides: NDArray[np.int8]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"SiteWindows({counted(len(self), 'window')}, {2 * self.reach} nt)"

    @property
    def reach(self) -> int:
        """Letters to either side."""
        return int(self.codes.shape[1]) // 2

    def of(self, chosen: NDArray[np.bool_]) -> "SiteWindows":
        """Those windows for which ``chosen`` (n,) is true."""
        names = tuple(np.array(self.names)[chosen].tolist())
        return SiteWindows(self.codes[chosen], self.kinds[chosen], self.labels[chosen], self.sides[chosen], names)

    def count(self, side: int, kind: int, label: int) -> int:
        """Windows of a side, a kind and a label."""
        return int(((self.sides == side) & (self.kinds == kind) & (self.labels == label)).sum())


class Read(NamedTuple):
    """Windows, the same as they are in the file, and what is worth saying of them."""

    windows: SiteWindows
    whole: Codes
    noticed: tuple[str, ...]


def read_windows(fasta: Path, table: Path | None, reach: int, seed: int) -> Read:
    """Windows of a FASTA file, cut to ``reach`` letters to either side of their sites where they have so many.

    Headers say ``site=donor`` or ``site=acceptor``, ``label=1`` (true) or ``label=0`` (decoy), and perhaps
    ``split=train``, ``validation`` or ``test``; a ``table`` says the same in columns name, site, label and split. Where
    no window has a split a fifth is drawn for the test, and where none has split=validation a tenth of the training
    side for that.

    Raises ``InputError``, with path and line, for what is missing or is none of these words, for windows of different
    lengths, for one without GT (AG) where the others have it, and for too few windows.
    """
    records = read_fasta(fasta)
    said = _of_headers(records, fasta) if table is None else _of_table(records, fasta, table)
    for record in records:
        if len(record.codes) != len(records[0].codes):
            message = f"window {record.name!r} has {len(record.codes):,} letters, the first {len(records[0].codes):,}"
            raise input_error(f"{message}; all must have as many", fasta, record.line)
    whole = np.stack([record.codes for record in records])
    kinds = np.array([each.kind for each in said], dtype=np.int8)
    boundaries, noticed = np.zeros(2, dtype=np.int64), []
    for kind in np.unique(kinds).tolist():
        own = np.flatnonzero(kinds == kind)
        boundaries[kind] = _boundary(whole[own], kind, [records[i] for i in own.tolist()], fasta)
    there = boundaries[np.unique(kinds)]
    most = int(min(there.min(), whole.shape[1] - there.max()))
    if most < SHORTEST_REACH:
        raise input_error(
            f"windows have {most} letters to one side of their sites; {SHORTEST_REACH} are the fewest", fasta, 1
        )
    if most < reach:
        noticed.append(f"Windows have {most} letters to one side of their sites: so many are read on both.")
    reach = min(reach, most)
    codes = whole[np.arange(len(whole))[:, None], boundaries[kinds][:, None] + np.arange(-reach, reach)]
    labels = np.array([each.label for each in said], dtype=np.int8)
    sides, drawn = _sides([each.side for each in said], seed)
    windows = SiteWindows(codes, kinds, labels, sides, tuple(record.name for record in records))
    _check_enough(windows, fasta)
    return Read(windows, whole, (*noticed, *drawn))


def _of_headers(records: Sequence[FastaRecord], fasta: Path) -> list[Said]:
    said = [_said(record.attributes, fasta, record.line, record.name) for record in records]
    _check_split([each.side for each in said], [record.line for record in records], fasta)
    return said


def _of_table(records: Sequence[FastaRecord], fasta: Path, table: Path) -> list[Said]:
    known: dict[str, tuple[int, Said]] = {}
    for number, name, words in _rows(table):
        if name in known:
            raise input_error(f"window {name!r} stands twice in the table", table, number)
        known[name] = number, _said(words, table, number, name)
    for record in records:
        if record.name not in known:
            raise input_error(f"window {record.name!r} is not in the table {table}", fasta, record.line)
    unused = known.keys() - {record.name for record in records}
    if unused:
        name = min(unused, key=lambda each: known[each][0])
        raise input_error(f"window {name!r} is not in {fasta}", table, known[name][0])
    rows = [known[record.name] for record in records]
    _check_split([each.side for _, each in rows], [number for number, _ in rows], table)
    return [each for _, each in rows]


def _rows(table: Path) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Lines of a table, under a line of column names: number, name of the window, cells by column."""
    columns: list[str] = []
    for number, line in numbered_lines(table):
        cells = [cell.strip() for cell in line.split("\t")]
        if not columns:
            columns = [cell.lower() for cell in cells]
            missing = [name for name in ("name", *_WORDS[:2]) if name not in columns]
            if missing:
                raise input_error(f"the table lacks the column {missing[0]}; name, site, label, split", table, number)
        elif line.strip():
            if len(cells) != len(columns):
                raise input_error(f"{len(cells)} columns, expected {len(columns)}", table, number)
            row = dict(zip(columns, cells, strict=True))
            yield number, row.pop("name"), {name: cell for name, cell in row.items() if cell}
    if not columns:
        raise input_error("empty file, expected a table of windows", table, 1)


def _said(words: Mapping[str, str], path: Path, line: int, name: str) -> Said:
    expected = {"site": KINDS, "label": ("0", "1"), "split": SPLIT_NAMES}
    for word, values in expected.items():
        found = words.get(word)
        if found is None and word != "split":
            raise input_error(f"window {name!r} has no {word}; expected {word}={' or '.join(values)}", path, line)
        if found is not None and found not in values:
            raise input_error(f"{word} must be {' or '.join(values)}, got {found!r}", path, line)
    side = SPLIT_NAMES.index(words["split"]) if "split" in words else None
    return Said(KINDS.index(words["site"]), int(words["label"]), side)


def _check_split(sides: Sequence[int | None], lines: Sequence[int], path: Path) -> None:
    if any(side is not None for side in sides) and None in sides:
        raise input_error("a window without split, while others have one", path, lines[sides.index(None)])


def _boundary(codes: Codes, kind: int, records: Sequence[FastaRecord], fasta: Path) -> int:
    """Letters before the place between exon and intron: where the most windows have the two letters of this kind."""
    ends = encode(ENDS[kind])
    middle = codes.shape[1] // 2
    firsts = np.arange(max(middle - AROUND_MIDDLE, 0), min(middle + AROUND_MIDDLE, codes.shape[1] - 1))
    have = np.array([((codes[:, i] == ends[0]) & (codes[:, i + 1] == ends[1])).mean() for i in firsts.tolist()])
    if not len(have):
        raise input_error(f"windows of {codes.shape[1]} letters are too short", fasta, records[0].line)
    first = int(firsts[np.lexsort((np.abs(firsts - middle), -have))[0]])
    for own, record in zip(codes[:, first : first + 2], records, strict=True):
        if not (own == ends).all():
            others = f"where {have.max():.0%} of the {KINDS[kind]} windows have {ENDS[kind]}"
            got = f"window {record.name!r} has {decode(own)} at letters {first + 1} and {first + 2}"
            raise input_error(f"{got}, {others}; all must", fasta, record.line)
    return first if kind == DONOR else first + 2


def _sides(given: Sequence[int | None], seed: int) -> tuple[NDArray[np.int8], list[str]]:
    """The side of each window, and what was drawn."""
    rng = generator(seed, Purpose.SPLIT)
    noticed = []
    if None in given:
        sides = np.where(rng.random(len(given)) < TEST_SHARE, TEST, TRAIN).astype(np.int8)
        noticed.append(
            "No window has a split: a fifth is drawn for the test. Windows of one gene may lie on both sides."
        )
    else:
        sides = np.array(given, dtype=np.int8)
    if not (sides == VALIDATION).any():
        sides[(sides == TRAIN) & (rng.random(len(sides)) < VALIDATION_SHARE)] = VALIDATION
        noticed.append("A tenth of the training windows are drawn for validation.")
    return sides, noticed


def _check_enough(windows: SiteWindows, fasta: Path) -> None:
    for kind in np.unique(windows.kinds).tolist():
        for side, fewest in ((TRAIN, FEWEST), (VALIDATION, 1), (TEST, 1)):
            for label, name in enumerate(("decoy", "true")):
                number = windows.count(side, kind, label)
                if number < fewest:
                    windows_there = counted(number, f"{name} {KINDS[kind]} window")
                    which = {TRAIN: "training"}.get(side, SPLIT_NAMES[side])
                    least = f"{fewest} {agreeing(fewest, 'is', 'are')} the fewest"
                    raise InputError(f"{windows_there} on the {which} side of {fasta}, {least}")


def within(windows: SiteWindows, side: int) -> SiteWindows:
    """The windows of one side."""
    return windows.of(windows.sides == side)
