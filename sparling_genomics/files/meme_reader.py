"""The reader of the MEME format, minimal or full, line by line; a fault names its line."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sparling.errors import InputError
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA, Alphabet
from sparling_genomics.letters.pwm import UNIFORM, Pwm

# The number of sites that the MEME format stands for where a motif does not state one.
DEFAULT_SITES = 20

# How far a row of probabilities may be from 1: four of them, each rounded to two digits.
_ROW_TOLERANCE = 0.02 + 1e-9

# Decimals of the probabilities written: enough for whole counts of ten million sites.
DECIMALS = 9

_VERSION = re.compile(r"^MEME version \d")
_ALPHABET = re.compile(r"^ALPHABET(=| )\s*(.*)$")
_STRANDS = re.compile(r"^strands:\s*\+\s*$")
_MATRIX = re.compile(r"^letter-probability matrix:(.*)$")
_FIELD = re.compile(r"(\w+)=\s*(\S+)")


@dataclass
class MemeReader:
    """Goes once through the numbered lines of a MEME file."""

    path: Path
    lines: list[str]
    alphabet: Alphabet = DNA
    background: tuple[float, ...] = UNIFORM
    without_matrix: list[tuple[str, int]] = field(default_factory=list)

    def read(self, allow_empty: bool) -> list[Pwm]:
        """The motifs, in order; those without a matrix go to ``without_matrix``. Raises ``InputError``."""
        numbered = iter(enumerate(self.lines, start=1))
        self._find_version(numbered)
        motifs: list[Pwm] = []
        title: tuple[str, str] | None = None
        title_line = 0
        for number, line in numbered:
            if match := _ALPHABET.match(line):
                self.alphabet = self._parse_alphabet(match[2], number)
            elif _STRANDS.match(line) and self.alphabet == DNA:
                self.alphabet = DNA_FORWARD
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
        return Pwm(name, counts, n_sites, self.alphabet, self.background, alt_name, _stated(fields.get("E", "0")))

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
    near = np.abs(counts - whole).max(axis=1) <= np.minimum(n_sites * 10.0 ** -np.minimum(digits, DECIMALS), 0.01)
    exact = near & (whole.sum(axis=1) == n_sites)
    return np.where(exact[:, None], whole, counts)


def _stated(e_value: str) -> float | None:
    try:
        value = float(e_value)
    except ValueError:
        return None
    return value if 0 < value < math.inf else None
