"""Databases of motifs as others write them: MEME, JASPAR, TRANSFAC or HOMER, told apart by their content."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.plurals import agreeing, counted
from sparling_genomics.files.meme_reader import DEFAULT_SITES
from sparling_genomics.files.motif_files import parse_meme
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.pwm import Pwm

_MEME = re.compile(r"^MEME version \d")
_TRANSFAC = re.compile(r"^(VV|AC|ID|XX|NA|DE|BF|P[0O])(\s|$)")
_COMMENT = re.compile(r"^CC\s+(tax_group|tf_family|tf_class):(.*)$")
_LOOKED_AT = 100
_SAID = 120


class Annotation(NamedTuple):
    """What a database says of a matrix besides its columns; empty where it says nothing."""

    factor: str = ""
    taxon: str = ""
    """The group of species, as "vertebrates"."""
    families: tuple[str, ...] = ()
    """Of each partner where the matrix is that of several."""
    classes: tuple[str, ...] = ()


class MotifDatabase(NamedTuple):
    """What a file of motifs holds."""

    motifs: list[Pwm]
    kind: str
    """MEME, JASPAR, TRANSFAC or HOMER."""
    without_matrix: int
    """Motifs that are named and have no matrix, so that they are left out."""
    annotations: dict[str, Annotation] = {}  # noqa: RUF012 (a default of a tuple's field, which nobody writes to)
    """By name, of the matrices of which the file itself says something: TRANSFAC files as JASPAR writes them."""

    def notice(self) -> str:
        """One sentence on what was left out; empty where nothing was.

        >>> MotifDatabase([], "MEME", 2).notice()
        '2 motifs of the database are left out: they have no matrix.'
        """
        n = self.without_matrix
        if not n:
            return ""
        are = agreeing(n, "is left out: it has", "are left out: they have")
        return f"{counted(n, 'motif')} of the database {are} no matrix."


class _Record(NamedTuple):
    """The lines of one motif, from its header on, and the line of the header."""

    number: int
    lines: list[str]


def read_motifs(path: Path | str) -> MotifDatabase:
    """Motifs of a file in one of the four formats, plain or gzip, in the order of the file.

    Matrices of JASPAR and TRANSFAC are counts, those of HOMER probabilities, taken for those of 20 sites.
    Names are one word, blanks in them become underscores.
    Raises ``InputError`` with path and line: no such file, empty, not text, another format, no motif, one without a
    name, a matrix that cannot be read or holds numbers below 0 or not finite; the faults of `motif_files.read_meme`.
    """
    lines = [line for _, line in numbered_lines(path)]
    number, first = next(((i, line) for i, line in enumerate(lines, start=1) if line.strip()), (1, ""))
    if not first:
        raise input_error("empty file, expected motifs in the MEME, JASPAR, TRANSFAC or HOMER format", path, 1)
    if any(_MEME.match(line) for line in lines[:_LOOKED_AT]):
        motifs, lacking = parse_meme(path, lines)
        return MotifDatabase(motifs, "MEME", len(lacking))
    if first.startswith(">"):
        records = list(_records(lines, lambda line: line.startswith(">")))
        kind = "HOMER" if _is_homer(records) else "JASPAR"
    elif _TRANSFAC.match(first) and any(re.match(r"P[0O]\s", line) for line in lines):
        records = [each for each in _ended(lines, "//") if any(line[:2] in ("AC", "ID", "NA") for line in each.lines)]
        kind = "TRANSFAC"
    else:
        expected = "MEME ('MEME version 4' near the top), JASPAR, TRANSFAC or HOMER"
        raise input_error(f"not a motif file: expected {expected}, got {first.strip()[:40]!r}", path, number)
    found = [_pwm(path, kind, record) for record in records]
    motifs = [pwm for pwm in found if pwm is not None]
    if not motifs:
        raise input_error(f"no motif in this {kind} file has a matrix", path, number)
    annotations = _annotations(records, found) if kind == "TRANSFAC" else {}
    return MotifDatabase(motifs, kind, len(found) - len(motifs), annotations)


def _annotations(records: list[_Record], found: list[Pwm | None]) -> dict[str, Annotation]:
    """What the lines "CC tax_group:", "CC tf_family:" and "CC tf_class:" of a TRANSFAC file say."""
    said: dict[str, Annotation] = {}
    for record, pwm in zip(records, found, strict=True):
        if pwm is None:
            continue
        cells: dict[str, list[str]] = {"tax_group": [], "tf_family": [], "tf_class": []}
        for line in record.lines:
            if match := _COMMENT.match(line):
                cells[match[1]] += [part for each in match[2].split(";") if (part := each.strip())]
        if any(cells.values()):
            taxon = cells["tax_group"][0] if cells["tax_group"] else ""
            factor = pwm.alt_name or pwm.name
            said[pwm.name] = Annotation(factor, taxon, tuple(cells["tf_family"]), tuple(cells["tf_class"]))
    return said


def _records(lines: list[str], begins: Callable[[str], bool]) -> Iterator[_Record]:
    number, record = 0, list[str]()
    for i, line in enumerate(lines, start=1):
        if begins(line):
            if number:
                yield _Record(number, record)
            number, record = i, []
        record.append(line)
    yield _Record(number, record)


def _ended(lines: list[str], end: str) -> Iterator[_Record]:
    number, record = 1, list[str]()
    for i, line in enumerate(lines, start=1):
        record.append(line)
        if line.strip() == end:
            yield _Record(number, record)
            number, record = i + 1, []
    if any(line.strip() for line in record):
        yield _Record(number, [*record, end])


def _is_homer(records: list[_Record]) -> bool:
    """One line a column, so four numbers in each: and not four lines of four, which JASPAR has for a motif so wide."""
    rows = [[line.split() for line in record.lines[1:] if line.strip()] for record in records]
    return (
        any(rows)
        and all(len(row) == 4 and row[0] not in DNA.letters for each in rows for row in each)
        and (
            any(len(each) != 4 for each in rows if each) or all(record.lines[0].count("\t") >= 2 for record in records)
        )
    )


def _pwm(path: Path | str, kind: str, record: _Record) -> Pwm | None:
    """The motif of one record; None where it has no matrix."""
    try:
        if kind == "HOMER":
            name, alt_name, counts = _homer(record)
        else:
            parsed = _biopython(kind, record)
            if parsed is None:
                return None
            name, alt_name, counts = parsed
        if not counts.size:
            return None
        name = "_".join(name.split())
        if not name:
            raise ValueError("it has no name")
        if not np.isfinite(counts).all():
            raise ValueError("expected finite numbers")
        total = counts.sum(axis=1).max()
        if not total > 0:
            raise ValueError("the matrix is empty")
        if total < 2:  # probabilities
            counts, total = counts * DEFAULT_SITES, DEFAULT_SITES
        return Pwm(name, counts, round(float(total)), DNA, alt_name=alt_name)
    except (ValueError, OverflowError) as error:
        said = shorten((str(error) or type(error).__name__).splitlines()[0], _SAID, placeholder=" …")
        raise input_error(f"the motif in this {kind} file cannot be read ({said})", path, record.number) from None


def _biopython(kind: str, record: _Record) -> tuple[str, str, NDArray[np.float64]] | None:
    """Name, second name and counts (W, 4); None where there is no matrix."""
    numbers = [line for line in record.lines[1:] if line.strip()]
    if kind == "JASPAR" and not numbers:
        return None
    text = "".join(line + "\n" for line in record.lines)
    options = {"strict": False} if kind == "TRANSFAC" else {}
    from Bio import motifs as bio  # needed only by a run with a database

    try:
        parsed = list(bio.parse(io.StringIO(text), kind.lower(), **options))  # type: ignore[no-untyped-call]
    except Exception as error:  # Biopython raises Exception itself, and whatever broken lines lead to
        raise ValueError(str(error) or type(error).__name__) from error
    if not parsed and kind == "TRANSFAC":
        return None
    if len(parsed) != 1:
        raise ValueError(f"expected four rows of numbers, A C G T, got {len(numbers)} lines")
    (motif,) = parsed
    counts = np.array([motif.counts[letter] for letter in DNA.letters], dtype=np.float64).T
    if kind == "JASPAR":
        return motif.matrix_id, motif.name if motif.name != motif.matrix_id else "", counts
    names = [str(motif[key]) for key in ("AC", "ID", "NA") if key in motif] or [""]
    return names[0], names[-1] if names[-1] != names[0] else "", counts


def _homer(record: _Record) -> tuple[str, str, NDArray[np.float64]]:
    """Name, the factor before its first bracket, and probabilities (W, 4)."""
    fields = record.lines[0][1:].split("\t")
    name = "_".join((fields[1] if len(fields) > 1 and fields[1].strip() else fields[0]).split())
    rows = [[float(word) for word in line.split()] for line in record.lines[1:] if line.strip()]
    counts = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return name, re.split(r"[(/]", name)[0], counts
