"""FASTA files, plain, gzip or BGZF: names, ``key=value`` words and codes; a fault names its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparling.errors import InputError
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import AMBIGUOUS, BYTE_CODES, INVALID, Codes
from sparling_genomics.letters.intervals import Interval, parse_interval

_ONLY_IN_PROTEIN = frozenset("EFILPQZXJO*")
_PLAIN_NUCLEOTIDES = frozenset("ACGTUN")


@dataclass(frozen=True, eq=False, slots=True)
class FastaRecord:
    """One sequence of a FASTA file.

    Fields: ``name`` the first word of the header; ``attributes`` its later ``key=value`` words; ``codes`` uint8 (L,),
    empty where the header has no sequence; ``line`` of the header, from 1; ``n_ambiguous`` letters that are not one of
    A C G T U.
    """

    name: str
    attributes: dict[str, str]
    codes: Codes
    line: int
    n_ambiguous: int

    @property
    def interval(self) -> Interval | None:
        """Where it lies by its name, or by the words range= and strand= that the UCSC Table Browser writes."""
        interval = parse_interval(self.name, len(self.codes))
        if interval is None and "range" in self.attributes:
            strand = self.attributes.get("strand", ".")
            return parse_interval(f"{self.attributes['range']}({strand})", len(self.codes))
        return interval


def read_fasta(path: Path | str) -> list[FastaRecord]:
    """All records of a FASTA file, in order; lower case counts as sequence, blank lines are skipped.

    Raises ``InputError`` with path and line for: a file that ``numbered_lines`` refuses, an empty file, a first line
    that is no header, a header without a name, the same name twice, and a letter that is no IUPAC nucleotide.
    """
    return list(iter_fasta(path))


def iter_fasta(path: Path | str) -> Iterator[FastaRecord]:
    """The records of ``read_fasta`` one at a time, for files that need not fit into memory, such as a genome."""
    lines_of_names: dict[str, int] = {}
    header: tuple[int, str] | None = None
    codes = bytearray()
    for number, line in numbered_lines(path):
        if line.startswith(">"):
            if header is not None:
                yield _record(*header, codes)
            header, codes = (number, line), bytearray()
            name = _name(path, number, line)
            if name in lines_of_names:
                raise input_error(f"name {name!r} is used twice, first in line {lines_of_names[name]}", path, number)
            lines_of_names[name] = number
        elif header is not None:
            letters = line.encode("ascii", errors="replace").translate(BYTE_CODES, b" \t")
            if INVALID in letters:
                raise _letter_error(path, number, line)
            codes += letters
        elif line.strip():
            raise _header_error(path, number, line)
    if header is None:
        raise input_error("empty file, expected FASTA", path, 1)
    yield _record(*header, codes)


def _name(path: Path | str, number: int, line: str) -> str:
    if not line[1:2].strip():
        raise input_error(f"header without a name, got {line[:30]!r}, expected '>name'", path, number)
    return line[1:].split(maxsplit=1)[0]


def _record(number: int, header: str, letters: bytearray) -> FastaRecord:
    words = header[1:].split()
    pairs = (word.partition("=") for word in words[1:])
    codes = np.frombuffer(letters, dtype=np.uint8)
    return FastaRecord(
        name=words[0],
        attributes={key: value for key, equals, value in pairs if key and equals},
        codes=codes,
        line=number,
        n_ambiguous=int(np.count_nonzero(codes == AMBIGUOUS)),
    )


def _header_error(path: Path | str, number: int, line: str) -> InputError:
    hint = " (this looks like FASTQ)" if line.startswith("@") else ""
    return input_error(f"no FASTA header, got {line[:30]!r}{hint}, expected '>name'", path, number)


def _letter_error(path: Path | str, number: int, line: str) -> InputError:
    column = next(i for i, letter in enumerate(line) if not letter.isspace() and not _is_nucleotide(letter))
    letter = line[column]
    letters = [x for x in line.upper() if not x.isspace()]
    plain = sum(x in _PLAIN_NUCLEOTIDES for x in letters) / len(letters)
    hint = ""
    if letter.upper() in _ONLY_IN_PROTEIN and plain < 0.6:
        hint = " (this looks like protein)"
    elif letter in "-.":
        hint = " (gaps of an alignment must be removed first)"
    return input_error(f"letter {letter!r} in column {column + 1} is no nucleotide{hint}", path, number)


def _is_nucleotide(letter: str) -> bool:
    return letter.isascii() and BYTE_CODES[ord(letter)] != INVALID
