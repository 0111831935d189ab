"""FASTA files, plain, gzip or BGZF: names, ``key=value`` words and codes; a fault names its line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sparling.errors import InputError
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import AMBIGUOUS, BYTE_CODES, INVALID, Codes
from sparling_genomics.letters.intervals import Interval, parse_interval, parse_intervals

_ONLY_IN_PROTEIN = frozenset("EFILPQZJO*")
_PLAIN_NUCLEOTIDES = frozenset("ACGTUNX")
_COMMENT = (";", "#")
_BLANKS = b" \t\v\f\x1c\x1d\x1e\x1f"
# of no width, and no blanks to Python: soft hyphen, spaces and joiners of zero width, byte-order mark
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True, eq=False, slots=True)
class FastaRecord:
    """One sequence of a FASTA file.

    Fields: ``name`` the first word of the header, numbered by `read_fasta` where it was used before; ``attributes`` its
    later ``key=value`` words; ``codes`` uint8 (L,), empty where the header has no sequence; ``line`` of the header,
    from 1; ``n_ambiguous`` letters that are not one of A C G T U; ``n_uracil`` letters U; ``header`` without its ">".
    """

    name: str
    attributes: dict[str, str]
    codes: Codes
    line: int
    n_ambiguous: int
    n_uracil: int
    header: str

    @property
    def written_name(self) -> str:
        """The first word of the header, as it stands in the file."""
        return self.header.split(maxsplit=1)[0]

    @property
    def place(self) -> str:
        """Where it may say its place: its name, or the words range= and strand= of the UCSC Table Browser."""
        return _place(self, len(self.codes))


def _place(record: FastaRecord, length: int) -> str:
    name = record.written_name
    if "range" in record.attributes and parse_interval(name, length) is None:
        return f"{record.attributes['range']}({record.attributes.get('strand', '.')})"
    return name


def places(records: Sequence[FastaRecord], lengths: Sequence[int] | None = None) -> tuple[Interval | None, ...]:
    """Where the records of one file lie by what they say, see `parse_intervals`; ``lengths`` where codes are gone."""
    lengths = [len(record.codes) for record in records] if lengths is None else lengths
    return parse_intervals([_place(record, length) for record, length in zip(records, lengths, strict=True)], lengths)


class FreeNames:
    """Names of which none is given twice: a, a_2, a_3; ``renamed`` is how many were numbered.

    ``all_names``, of all records where they are known: a number goes to none that is the name of another.

    >>> names = FreeNames(["a", "a", "a_2"])
    >>> names.free("a"), names.free("a"), names.free("a_2"), names.renamed
    ('a', 'a_3', 'a_2', 1)
    """

    SAID = "with a name that was used before, numbered name_2, name_3, … (kept)"

    def __init__(self, all_names: Iterable[str] = ()) -> None:
        self._taken, self._given = set(all_names), set[str]()
        self._number: dict[str, int] = {}
        self.renamed = 0

    def free(self, name: str) -> str:
        """The next name for a record called ``name``."""
        if name in self._given:
            number = self._number.get(name, 2)
            while (again := f"{name}_{number}") in self._taken or again in self._given:
                number += 1
            self._number[name] = number + 1
            self.renamed += 1
            name = again
        self._given.add(name)
        return name


def read_fasta(path: Path | str) -> list[FastaRecord]:
    """All records of a FASTA file, in order; lower case counts as sequence.

    Blanks and invisible characters of every kind are skipped in sequences, so are blank lines and lines that begin with
    ";" or "#". A name that was used before gets the first free number: a, a_2, a_3.
    Raises ``InputError`` with path and line for: a file that ``numbered_lines`` refuses, an empty file, a first line
    that is no header, a header without a name, and a letter that is no nucleotide.
    """
    records = list(iter_fasta(path))
    names = FreeNames(record.name for record in records)
    for i, record in enumerate(records):
        name = names.free(record.name)
        if name != record.name:
            records[i] = replace(record, name=name)
    return records


def iter_fasta(path: Path | str) -> Iterator[FastaRecord]:
    """The records of ``read_fasta`` one at a time, for files that need not fit into memory, such as a genome.

    Names are as they stand, the same one perhaps twice.
    """
    header: tuple[int, str] | None = None
    codes, n_uracil = bytearray(), 0
    for number, text in numbered_lines(path):
        line = text if text.isascii() else text.translate(_INVISIBLE)
        if line.startswith(">"):
            if header is not None:
                yield _record(*header, codes, n_uracil)
            header, codes, n_uracil = (number, _named(path, number, line)), bytearray(), 0
        elif line.startswith(_COMMENT) or not line.strip():
            continue
        elif header is None:
            raise _header_error(path, number, line)
        else:
            raw = (line if line.isascii() else "".join(line.split())).encode("ascii", errors="replace")
            letters = raw.translate(BYTE_CODES, _BLANKS)
            if INVALID in letters:
                raise _letter_error(path, number, text)
            codes += letters
            n_uracil += raw.count(b"U") + raw.count(b"u")
    if header is None:
        raise input_error("empty file, expected FASTA", path, 1)
    yield _record(*header, codes, n_uracil)


def header_words(header: str) -> dict[str, str]:
    """The ``key=value`` words of a header, behind its first word.

    >>> header_words("peak7 label=1 split=test of=liver")
    {'label': '1', 'split': 'test', 'of': 'liver'}
    """
    pairs = (word.partition("=") for word in header.split()[1:]) if "=" in header else ()
    return {key: value for key, equals, value in pairs if key and equals}


def check_begins(path: Path | str) -> None:
    """Raise ``InputError`` unless the file begins as FASTA does, for what may be too long to be read for that."""
    for number, text in numbered_lines(path):
        line = text.translate(_INVISIBLE)
        if line.startswith(">"):
            _named(path, number, line)
            return
        if line.strip() and not line.startswith(_COMMENT):
            raise _header_error(path, number, line)
    raise input_error("empty file, expected FASTA", path, 1)


def _named(path: Path | str, number: int, line: str) -> str:
    if not line[1:2].strip():
        raise input_error(f"header without a name, got {line[:30]!r}, expected '>name'", path, number)
    return line[1:]


def _record(number: int, header: str, letters: bytearray, n_uracil: int) -> FastaRecord:
    codes = np.frombuffer(letters, dtype=np.uint8)
    return FastaRecord(
        name=header.split(maxsplit=1)[0],
        attributes=header_words(header),
        codes=codes,
        line=number,
        n_ambiguous=int(np.count_nonzero(codes == AMBIGUOUS)),
        n_uracil=n_uracil,
        header=header,
    )


def _header_error(path: Path | str, number: int, line: str) -> InputError:
    hint = " (this looks like FASTQ)" if line.startswith("@") else ""
    return input_error(f"no FASTA header, got {line[:30]!r}{hint}, expected '>name'", path, number)


def _letter_error(path: Path | str, number: int, line: str) -> InputError:
    column = next(i for i, letter in enumerate(line) if not _is_blank(letter) and not _is_nucleotide(letter))
    letter = line[column]
    letters = [x for x in line.upper() if not _is_blank(x)]
    plain = sum(x in _PLAIN_NUCLEOTIDES for x in letters) / len(letters)
    hint = ""
    if letter.upper() in _ONLY_IN_PROTEIN and plain < 0.6:
        hint = " (this looks like protein)"
    elif letter in "-.":
        hint = " (gaps of an alignment must be removed first)"
    return input_error(f"letter {letter!r} in column {column + 1} is no nucleotide{hint}", path, number)


def _is_blank(letter: str) -> bool:
    return letter.isspace() or ord(letter) in _INVISIBLE


def _is_nucleotide(letter: str) -> bool:
    return letter.isascii() and BYTE_CODES[ord(letter)] != INVALID
