"""``Genome``: any piece of a genome out of its FASTA file, of any size, without reading the whole.

A plain file is read at its places, a BGZF file (what ``bgzip`` makes) by blocks; both by pyfaidx's index, which
is made once (`genome_index`). Coordinates are 0-based and half-open on the forward strand.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyfaidx import Faidx
from rapidfuzz import process

from sparling.errors import InputError
from sparling.plurals import counted
from sparling_genomics.files.genome_index import Opened, open_indexed
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import BYTE_CODES, INVALID, Codes, reverse_complement
from sparling_genomics.letters.intervals import Interval

_LINE_ENDS = b"\r\n"
_LOWER = 32
"""The bit by which a lower-case letter differs from its upper case."""
_SHOWN = 3
_PIECES, _PIECE = 1024, 1024
"""Stretches that stand for a whole genome in its checksum, and letters of each."""


class Genome:
    """A genome that can be asked for any piece; made by `open_genome`.

    ``path`` as it was given; ``lengths`` bp of each chromosome, in the order of the file; ``noticed`` what was made or
    found on opening, in sentences. May be used after a fork and may be pickled: each process opens the file anew.
    """

    def __init__(self, path: Path, opened: Opened) -> None:
        self.path, self.noticed = path, opened.noticed
        self._files = opened.files
        self.lengths = {chrom: int(record.rlen) for chrom, record in opened.faidx.index.items()}
        self._opened: tuple[int, Faidx] | None = None
        opened.faidx.file.close()

    def __repr__(self) -> str:
        return (
            f"Genome({str(self.path)!r}: {counted(len(self.lengths), 'sequence')}, {sum(self.lengths.values()):,} bp)"
        )

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_opened": None}

    def codes(self, chrom: str, start: int, end: int) -> Codes:
        """Codes of [start, end) on the forward strand, uint8 (end - start,); upper and lower case are the same.

        Raises ``InputError`` for a chromosome that is not there, an interval beyond its end, and a letter that is no
        nucleotide.
        """
        raw = self._letters(chrom, start, end).translate(BYTE_CODES)
        at = raw.find(INVALID)
        if at >= 0:
            letter = self._letters(chrom, start + at, start + at + 1).decode("latin-1")
            raise input_error(f"letter {letter!r} at {chrom}:{start + at + 1:,} is no nucleotide", self.path)
        return np.frombuffer(raw, dtype=np.uint8).copy()

    def soft_masked(self, chrom: str, start: int, end: int) -> NDArray[np.bool_]:
        """Which letters of [start, end) are lower case, as repeats are in a soft-masked genome: (end - start,).

        Raises ``InputError`` as `codes` does for chromosome and interval.
        """
        raw = np.frombuffer(self._letters(chrom, start, end), dtype=np.uint8)
        masked: NDArray[np.bool_] = (raw & _LOWER) > 0
        return masked

    def at(self, interval: Interval) -> Codes:
        """Codes of an interval, read 5' to 3' on its strand: the reverse complement on "-".

        Raises ``InputError`` as `codes` does.
        """
        codes = self.codes(interval.chrom, interval.start, interval.end)
        return reverse_complement(codes) if interval.strand == "-" else codes

    def known(self, chrom: str, path: Path | str, line: int | None = None) -> str:
        """``chrom``, if the genome has it.

        Raises ``InputError`` with ``path`` and ``line`` otherwise, which offers the name that is meant: chr1 for 1 and
        the reverse, MT for chrM, else the nearest ones.
        """
        if chrom in self.lengths:
            return chrom
        raise input_error(f"{self.path.name} has no {chrom!r}{meant(chrom, self.lengths)}", path, line)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of names, lengths and a million letters from all over the genome, in hexadecimal.

        The same for a plain and a compressed file, wherever it lies; different for another assembly or other masking.
        It costs milliseconds for any size; a change of single letters elsewhere it does not see.
        """
        digest = hashlib.sha256()
        for chrom, length in self.lengths.items():
            if length:
                digest.update(f"{chrom}\t{length}\n".encode())
        for letters in self._sample():
            digest.update(letters)
        return digest.hexdigest()

    @cached_property
    def has_soft_masks(self) -> bool:
        """Whether some letters are lower case and others are not, by a million letters from all over the genome."""
        lower, letters = 0, 0
        for piece in self._sample():
            lower += int(np.count_nonzero(np.frombuffer(piece, dtype=np.uint8) & _LOWER))
            letters += len(piece)
        return 0 < lower < letters

    def _sample(self) -> Iterator[bytes]:
        lengths = {chrom: length for chrom, length in self.lengths.items() if length}
        return (self._letters(*piece) for piece in _spread(lengths, _PIECES, _PIECE))

    def _letters(self, chrom: str, start: int, end: int) -> bytes:
        """Letters as they stand in the file."""
        length = self.lengths.get(chrom)
        if length is None:
            self.known(chrom, self.path)
        if length is None or not 0 <= start <= end <= length:
            raise InputError(
                f"{chrom}:{start}-{end} does not lie in {chrom}, which has {length:,} bp in {self.path}"
                if start <= end
                else f"start must be at most the end; got {chrom}:{start}-{end}"
            )
        if start == end:
            return b""
        faidx = self._open()
        if self._files.bgzf:
            return bytes(faidx.from_file(chrom, start + 1, end).encode("latin-1", errors="replace"))
        record = faidx.index[chrom]
        first, last = (record.offset + at // record.lenc * record.lenb + at % record.lenc for at in (start, end - 1))
        return _read_at(faidx.file.fileno(), first, last + 1 - first).translate(None, _LINE_ENDS)

    def _open(self) -> Faidx:
        """The file, opened by this process: one that was opened before a fork would share its position."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), self._files.open())
        return self._opened[1]

    def __del__(self) -> None:
        opened = self.__dict__.get("_opened")
        if opened is not None:
            with suppress(Exception):
                opened[1].file.close()


def open_genome(path: Path | str) -> Genome:
    """The genome in a FASTA file, plain or BGZF; its index is made where it is missing, older than the file or broken.

    The index lies beside the genome, or in the cache where that folder cannot be written. A file of plain gzip, which
    cannot be read piecewise, and one whose lines differ in length are copied once into the cache; ``noticed`` says so.
    Raises ``InputError`` where the file is missing, is no FASTA, has a name twice, is cut off or cannot be read.
    """
    return Genome(Path(path), open_indexed(Path(path)))


def meant(chrom: str, known: Iterable[str]) -> str:
    """What to say behind a chromosome that is not there.

    >>> meant("1", ["chr1", "chr2"]), meant("chrMT", ["I", "MT"]), meant("chr9", ["I", "II"])
    (": did you mean 'chr1'?", ": did you mean 'MT'?", ', but I, II')
    """
    names = list(known)
    same = called_otherwise(chrom, names)
    if same is not None:
        return f": did you mean {same!r}?"
    near = [name for name, _, _ in process.extract(chrom, names, limit=_SHOWN, score_cutoff=75)]
    if near:
        return f": did you mean {' or '.join(map(repr, near))}?"
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f", but {', '.join(names[:_SHOWN])}{more}"


def called_otherwise(chrom: str, known: Iterable[str]) -> str | None:
    """The same chromosome as another source calls it; None where it is not there.

    >>> called_otherwise("1", ["chr1", "chr2"]), called_otherwise("chrM", ["MT"]), called_otherwise("chr3", ["chr1"])
    ('chr1', 'MT', None)
    """
    lower = {name.lower(): name for name in reversed(list(known))}
    bare = chrom.lower().removeprefix("chr")
    same = ["m", "mt", "mito"] if bare in ("m", "mt", "mito") else [bare]
    names = (chrom.lower(), *(each for own in same for each in (own, f"chr{own}")))
    return next((lower[name] for name in names if name in lower), None)


def _read_at(file: int, start: int, number: int) -> bytes:
    """Bytes of an open file, wherever it stands; a system reads at most 2 GB at once."""
    parts = []
    while number > 0 and (part := os.pread(file, number, start)):
        parts.append(part)
        start, number = start + len(part), number - len(part)
    return b"".join(parts)


def _spread(lengths: dict[str, int], pieces: int, piece: int) -> Iterator[tuple[str, int, int]]:
    """``pieces`` stretches of at most ``piece`` bp, evenly spread over all chromosomes as if they were one."""
    ends, names = np.cumsum(list(lengths.values())), list(lengths)
    total = int(ends[-1]) if names else 0
    for start in range(0, total, max(1, -(-total // pieces))):
        i = int(np.searchsorted(ends, start, side="right"))
        within = start - (int(ends[i]) - lengths[names[i]])
        yield names[i], within, min(within + piece, lengths[names[i]])
