"""Motif files: the MEME format in and out, JASPAR and TRANSFAC out; databases of others are in `motif_databases`.

MEME stores probabilities and a number of sites, JASPAR and TRANSFAC store counts. Written files have the same bytes
for the same motifs. JASPAR and TRANSFAC know the letters A C G T only, and are written so for RNA as well.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sparling.atomic import write_bytes
from sparling.names import printable
from sparling_genomics.files.meme_reader import DECIMALS, MemeReader
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.pwm import UNIFORM, Pwm

# The smallest E-value written: a smaller one could not be told from 0, which says that there is none.
_LEAST_E = 1e-300


def read_meme(path: Path | str, *, allow_empty: bool = False) -> list[Pwm]:
    """Motifs of a MEME file, plain or gzip, in the order of the file.

    Minimal and full MEME, STREME and database files are read, DNA and RNA; "strands: +" says of DNA that it is read on
    one strand. Counts are probability times number of sites, whole numbers where the file's digits allow it; numbers of
    sites, and E-values, that are not above 0 and finite are not stated. Rows that are rounded to two digits are scaled
    to sum to 1. ``allow_empty`` takes a header without motifs, which is what a run that found none writes.
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
    reader = MemeReader(Path(path), lines)
    return reader.read(allow_empty), reader.without_matrix


def write_meme(path: Path | str, pwms: Sequence[Pwm]) -> None:
    """Write the minimal MEME format; without motifs, a valid header.

    The header has one alphabet and one background, those of the first motif. An E-value that is not known is written as
    0, as the format has it, and one below `_LEAST_E` as that.
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
        f"strands: {'+ -' if alphabet.double_stranded else '+'}",
        "",
        "Background letter frequencies",
        frequencies,
    ]
    for pwm in pwms:
        lines += ["", f"MOTIF {pwm.name} {pwm.alt_name}".rstrip()]
        lines += [f"letter-probability matrix: alength= 4 w= {pwm.width} nsites= {pwm.n_sites} E= {_e_value(pwm)}"]
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


def _decimals(row: np.ndarray) -> str:
    """Four probabilities to nine decimals that sum to 1 exactly, as largest remainders.

    >>> _decimals(np.array([1, 1, 1, 0]) / 3)
    '0.333333334 0.333333333 0.333333333 0.000000000'
    """
    one = 10**DECIMALS
    units = row * one
    whole = np.floor(units + 1e-6).astype(np.int64)
    whole[np.argsort(whole - units, kind="stable")[: one - int(whole.sum())]] += 1
    return " ".join(f"{unit // one}.{unit % one:0{DECIMALS}d}" for unit in whole.tolist())


def _e_value(pwm: Pwm) -> str:
    return "0" if pwm.e_value is None else f"{max(pwm.e_value, _LEAST_E):.6g}"


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
    """All three formats: what does not print in a name is spelled."""
    text = "".join("\t".join(map(printable, line.split("\t"))) + "\n" for line in lines)
    write_bytes(path, text.encode())
