"""Motif files: the MEME format in and out, JASPAR and TRANSFAC out; databases of others are in `motif_databases`.

MEME stores probabilities and a number of sites, JASPAR and TRANSFAC store counts. Written files have the same bytes
for the same motifs. JASPAR and TRANSFAC know the letters A C G T only, and are written so for RNA as well.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sparling.errors import InputError
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import DNA, RNA, Alphabet
from sparling_genomics.letters.pwm import UNIFORM, Pwm

# The number of sites that the MEME format stands for where a motif does not state one.
DEFAULT_SITES = 20

# How far a row of probabilities may be from 1: four of them, each rounded to two digits.
_ROW_TOLERANCE = 0.02 + 1e-9

# Decimals of the probabilities written: enough for whole counts of ten million sites.
_DECIMALS = 9

_VERSION = re.compile(r"^MEME version \d")
_ALPHABET = re.compile(r"^ALPHABET(=| )\s*(.*)$")
_MATRIX = re.compile(r"^letter-probability matrix:(.*)$")
_FIELD = re.compile(r"(\w+)=\s*(\S+)")


def read_meme(path: Path | str, *, allow_empty: bool = False) -> list[Pwm]:
    """Motifs of a MEME file, plain or gzip, in the order of the file.

    Minimal and full MEME, STREME and database files are read, DNA and RNA. Counts are probability times number of
    sites, whole numbers where the file's digits allow it; a number of sites that is not above 0 and finite is not
    stated. Rows that are rounded to two digits are scaled to sum to 1. ``allow_empty`` takes a header without motifs,
    which is what a run that found none writes.
    Raises ``InputError`` with path and line: no such file, empty, not text, broken gzip, not a MEME file, another
    alphabet, no motif, a motif without matrix, a row without four probabilities or whose sum is not 1, a matrix cut
    short.
    """
    motifs, without_matrix = parse_meme(path, [line for _, line in numbered_lines(path)], allow_empty=allow_empty)
    if without_matrix:
        name, number = without_matrix[0]
        raise input_error(f"motif {name} has no letter-probability matrix", path, number)
    return motifs


def parse_meme(
    path: Path | str, lines: list[str], *, allow_empty: bool = False
) -> tuple[list[Pwm], list[tuple[str, int]]]:
    """Motifs of the lines of a MEME file, and names and lines of those without matrix; faults as of `read_meme`."""
    if not any(line.strip() for line in lines):
        raise input_error("empty file, expected motifs in the MEME format", path, 1)
    reader = _MemeReader(Path(path), lines)
    return reader.read(allow_empty), reader.without_matrix


def write_meme(path: Path | str, pwms: Sequence[Pwm]) -> None:
    """Write the minimal MEME format; without motifs, a valid header.

    The header has one alphabet and one background, those of the first motif.
    Raises ``ValueError`` where another motif differs in either, has no column, or has a space in its name.
    """
    alphabet = pwms[0].alphabet if pwms else DNA
    background = pwms[0].background if pwms else UNIFORM
    for pwm in pwms:
        _check_writable(pwm)
        if pwm.alphabet != alphabet or pwm.background != background:
            raise ValueError(f"motif {pwm.name} has another alphabet or background than motif {pwms[0].name}")
    frequencies = " ".join(f"{letter} {f:.9g}" for letter, f in zip(alphabet.letters, background, strict=True))
    lines = [
        "MEME version 4",
        "",
        f"ALPHABET= {alphabet.letters}",
        "",
        f"strands: {'+ -' if alphabet == DNA else '+'}",
        "",
        "Background letter frequencies",
        frequencies,
    ]
    for pwm in pwms:
        lines += ["", f"MOTIF {pwm.name} {pwm.alt_name}".rstrip()]
        lines += [f"letter-probability matrix: alength= 4 w= {pwm.width} nsites= {pwm.n_sites} E= 0"]
        lines += [_decimals(row) for row in pwm.probabilities()]
    _write_lines(path, lines)


def write_jaspar(path: Path | str, pwms: Sequence[Pwm]) -> None:
    """Write counts in the JASPAR format, one line a letter; without motifs, an empty file."""
    lines = []
    for pwm in pwms:
        _check_writable(pwm)
        lines += [f">{pwm.name}\t{pwm.alt_name or pwm.name}"]
        cells = [[_count(c) for c in row] for row in pwm.counts.T]
        width = max(len(cell) for row in cells for cell in row)
        for letter, row in zip(DNA.letters, cells, strict=True):
            lines += [f"{letter}  [ {' '.join(cell.rjust(width) for cell in row)} ]"]
    _write_lines(path, lines)


def write_transfac(path: Path | str, pwms: Sequence[Pwm]) -> None:
    """Write counts in the TRANSFAC format, one line a column with its consensus; without motifs, its version only."""
    lines = ["VV  TRANSFAC MATRIX TABLE", "XX", "//"]
    for pwm in pwms:
        _check_writable(pwm)
        lines += [f"AC  {pwm.name}", "XX", f"ID  {pwm.name}", "XX", f"NA  {pwm.alt_name or pwm.name}", "XX"]
        lines += ["P0  " + "  ".join(letter.rjust(6) for letter in DNA.letters)]
        for column, (row, letter) in enumerate(zip(pwm.counts, pwm.consensus(), strict=True), start=1):
            lines += [f"{column:02d}  " + "  ".join(_count(c).rjust(6) for c in row) + f"  {letter}"]
        lines += ["XX", f"BA  {pwm.n_sites} sites", "XX", "//"]
    _write_lines(path, lines)


@dataclass
class _MemeReader:
    """Goes once through the numbered lines of a MEME file."""

    path: Path
    lines: list[str]
    alphabet: Alphabet = DNA
    background: tuple[float, ...] = UNIFORM
    without_matrix: list[tuple[str, int]] = field(default_factory=list)

    def read(self, allow_empty: bool) -> list[Pwm]:
        numbered = iter(enumerate(self.lines, start=1))
        self._find_version(numbered)
        motifs: list[Pwm] = []
        title: tuple[str, str] | None = None
        title_line = 0
        for number, line in numbered:
            if match := _ALPHABET.match(line):
                self.alphabet = self._parse_alphabet(match[2], number)
            elif line.startswith("Background letter frequencies"):
                self.background = self._parse_background(number)
            elif line.startswith("MOTIF"):
                if title is not None:
                    self.without_matrix.append((title[0], title_line))
                title, title_line = self._parse_title(line, number), number
            elif (match := _MATRIX.match(line)) and title is not None:
                motifs.append(self._parse_matrix(title, dict(_FIELD.findall(match[1])), number))
                title = None
        if title is not None:
            self.without_matrix.append((title[0], title_line))
        if not motifs and not allow_empty and self.without_matrix:
            raise self._error("no motif in this MEME file has a letter-probability matrix", self.without_matrix[0][1])
        if not motifs and not allow_empty:
            raise self._error("no motif in this MEME file: expected lines that start with 'MOTIF'", len(self.lines))
        return motifs

    def _error(self, message: str, number: int) -> InputError:
        return input_error(message, self.path, number)

    def _find_version(self, numbered: Iterator[tuple[int, str]]) -> None:
        for number, line in numbered:
            if _VERSION.match(line):
                return
            if line.startswith("MOTIF") or number == 100:
                break
        first = self.lines[0].strip()[:40]
        raise self._error(f"not a MEME motif file: expected 'MEME version 4' near the top, got {first!r}", 1)

    def _parse_alphabet(self, text: str, number: int) -> Alphabet:
        name = text.strip().strip('"').upper()
        for alphabet in (DNA, RNA):
            if name == alphabet.letters or name.split('"')[0].strip() == alphabet.name.upper():
                return alphabet
        raise self._error(f"alphabet must be {DNA.letters} or {RNA.letters}; got {text.strip()}", number)

    def _parse_background(self, number: int) -> tuple[float, ...]:
        """Pairs of letter and frequency on the lines after ``number``, up to an empty one."""
        words: list[str] = []
        for line in self.lines[number:]:
            if not line.strip() or len(words) >= 8:
                break
            words += line.split()
        letters, numbers = "".join(words[0:8:2]).upper(), words[1:8:2]
        try:
            frequencies = np.array([float(f) for f in numbers])
        except ValueError:
            frequencies = np.zeros(0)
        if letters not in (DNA.letters, RNA.letters) or len(frequencies) != 4 or not (frequencies > 0).all():
            raise self._error(
                f"background must be four letters, each with a positive frequency; got {' '.join(words)!r}", number + 1
            )
        if abs(frequencies.sum() - 1) > _ROW_TOLERANCE:
            raise self._error(f"background frequencies must sum to 1; got {frequencies.sum():.4g}", number + 1)
        return tuple((frequencies / frequencies.sum()).tolist())

    def _parse_title(self, line: str, number: int) -> tuple[str, str]:
        words = line.split()[1:]
        if not words:
            raise self._error("motif without a name", number)
        alt = words[1] if len(words) > 1 and "=" not in " ".join(words[1:3]) else ""
        return words[0], alt

    def _parse_matrix(self, title: tuple[str, str], fields: dict[str, str], number: int) -> Pwm:
        name, alt_name = title
        if fields.get("alength", "4") != "4":
            raise self._error(f"motif {name}: alength must be 4; got {fields['alength']}", number)
        try:
            width = int(fields["w"]) if "w" in fields else None
            stated = float(fields.get("nsites", DEFAULT_SITES))
        except ValueError:
            raise self._error(f"motif {name}: w and nsites must be numbers", number) from None
        rows, digits = self._parse_rows(name, width, number)
        n_sites = round(stated) if math.isfinite(stated) and stated >= 0.5 else DEFAULT_SITES
        counts = _whole_counts(rows * n_sites, n_sites, digits)
        return Pwm(name, counts, n_sites, self.alphabet, self.background, alt_name)

    def _parse_rows(self, name: str, width: int | None, number: int) -> tuple[np.ndarray, np.ndarray]:
        """(W, 4) probabilities, rows scaled to sum to 1, from the lines after ``number``, and their (W,) decimals."""
        rows: list[list[float]] = []
        digits: list[int] = []
        while width is None or len(rows) < width:
            line = self.lines[number] if number < len(self.lines) else ""
            number += 1
            words = line.split()
            if not words and width is None and rows:
                break
            try:
                row = [float(word) for word in words]
            except ValueError:
                row = []
            if len(row) != 4:
                got = (
                    f"{len(words)} in {line.strip()!r}" if words else f"the end after {len(rows)} of {width or 1} rows"
                )
                raise self._error(f"motif {name}: expected four probabilities a row; got {got}", number)
            if any(p < 0 or p > 1 + _ROW_TOLERANCE for p in row):
                raise self._error(f"motif {name}: probabilities must lie in 0 to 1; got {line.strip()!r}", number)
            if not abs(sum(row) - 1) <= _ROW_TOLERANCE:
                raise self._error(f"motif {name}: probabilities must sum to 1; got {sum(row):.6g}", number)
            rows.append(row)
            digits.append(max(len(word.partition(".")[2]) for word in words))
        if not rows:
            raise self._error(f"motif {name}: the matrix must have at least one row; got w= 0", number)
        matrix = np.array(rows)
        return matrix / matrix.sum(axis=1, keepdims=True), np.array(digits)


def _whole_counts(counts: np.ndarray, n_sites: int, digits: np.ndarray) -> np.ndarray:
    """Counts, whole again in rows that were whole before their probabilities were rounded to so many ``digits``.

    >>> _whole_counts(np.array([[6.999993, 14.000007, 0.0, 0.0], [10.5, 10.5, 0.0, 0.0]]), 21, np.array([6, 6]))
    array([[ 7. , 14. ,  0. ,  0. ],
           [10.5, 10.5,  0. ,  0. ]])
    """
    whole = np.round(counts)
    near = np.abs(counts - whole).max(axis=1) <= np.minimum(n_sites * 10.0 ** -np.minimum(digits, _DECIMALS), 0.01)
    exact = near & (whole.sum(axis=1) == n_sites)
    return np.where(exact[:, None], whole, counts)


def _decimals(row: np.ndarray) -> str:
    """Four probabilities to nine decimals that sum to 1 exactly, as largest remainders.

    >>> _decimals(np.array([1, 1, 1, 0]) / 3)
    '0.333333334 0.333333333 0.333333333 0.000000000'
    """
    one = 10**_DECIMALS
    units = row * one
    whole = np.floor(units + 1e-6).astype(np.int64)
    whole[np.argsort(whole - units, kind="stable")[: one - int(whole.sum())]] += 1
    return " ".join(f"{unit // one}.{unit % one:0{_DECIMALS}d}" for unit in whole.tolist())


def _count(value: float) -> str:
    """A count as a whole number where it is one.

    >>> _count(12.0), _count(0.5)
    ('12', '0.5')
    """
    return str(int(value)) if value == int(value) else f"{value:.6g}"


def _check_writable(pwm: Pwm) -> None:
    if pwm.width == 0:
        raise ValueError(f"motif {pwm.name} has no column")
    if not pwm.name or any(len(text.split()) > 1 for text in (pwm.name, pwm.alt_name)):
        raise ValueError(f"names of motifs must be one word; got {pwm.name!r}, {pwm.alt_name!r}")


def _write_lines(path: Path | str, lines: list[str]) -> None:
    Path(path).write_bytes("".join(line + "\n" for line in lines).encode())
