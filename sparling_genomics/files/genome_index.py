"""The index of a genome's FASTA file (.fai, and .gzi for BGZF), made once and in one step; copies where there must be.

An index lies beside the genome, as samtools has it, or in the cache where that folder cannot be written. A name in the
cache follows from path, size and time of the genome, so a changed genome gets another one.
"""

import hashlib
import os
import struct
import tempfile
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pyfaidx import Faidx, FastaIndexingError

from sparling.errors import InputError
from sparling_genomics.files.fasta import check_begins
from sparling_genomics.files.text_files import input_error, numbered_lines

_GZIP, _EXTRA, _BGZF = b"\x1f\x8b", 4, b"BC"
_GZIP_NAMES = (".gz", ".bgz")
_LINE = 80
_HEADER = 1 << 16
"""Bytes of a header that are looked at."""


@dataclass(frozen=True)
class Files:
    """The FASTA file to read from, and where its index lies."""

    fasta: Path
    index: Path
    blocks: Path
    """Index of the blocks of a BGZF file."""
    bgzf: bool

    def open(self) -> Faidx:
        """Raises what pyfaidx raises for an index that is missing or broken."""
        return Faidx(str(self.fasta), indexname=str(self.index), gzi_indexname=str(self.blocks), rebuild=False)


@dataclass(frozen=True)
class Opened:
    """A genome with a whole index, and what was made for it, in sentences."""

    files: Files
    faidx: Faidx
    noticed: tuple[str, ...]


def cache_folder() -> Path:
    """Where files are kept that can be made anew: ``XDG_CACHE_HOME``/sparling, by default ~/.cache/sparling."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home else Path.home() / ".cache") / "sparling"


def open_indexed(path: Path) -> Opened:
    """The genome with its index, which is made where there is none, or none that fits. ``InputError`` for any fault."""
    check_begins(path)
    if not path.is_file():
        raise input_error("a pipe or a device, expected a file", path)
    bgzf, named = _is_bgzf(path), path.name.lower().endswith(_GZIP_NAMES)
    if bgzf != _is_gzip(path) or bgzf != named:
        why = "ordinary gzip cannot be read piecewise" if _is_gzip(path) and not bgzf else "its name misleads"
        return _copied(path, why)
    if not bgzf and _of_old_macs(path):
        return _copied(path, "its line ends are those of old Macs")
    try:
        return _indexed(path, path, bgzf, ())
    except _UnevenLines as error:
        return _copied(path, f"its lines differ in length ({error})")


class _UnevenLines(Exception):
    """The lines of a sequence are not all as long, so no index can say where a letter is."""


def _copied(path: Path, why: str) -> Opened:
    """The copy of a genome in the cache, with lines of one length and not compressed; made where it is not there."""
    copy = _in_cache(path) / f"{_plain_name(path)}.fa"
    noticed = (f"{path.name}: {why}; read from a copy, {copy}.",)
    if not copy.is_file():
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=copy.parent, prefix=".", suffix=".partial", delete=False) as file:
                temporary = Path(file.name)
                try:
                    _rewrite(path, file)
                    file.close()
                    os.replace(temporary, copy)
                finally:
                    temporary.unlink(missing_ok=True)
        except OSError as error:
            bgzip = f"`gunzip -c {path} | bgzip > {_plain_name(path)}.fa.gz`, or another XDG_CACHE_HOME, helps"
            raise input_error(
                f"{why}, and cannot be copied to {copy.parent} ({error.strerror}); {bgzip}", path
            ) from error
        noticed = (f"{path.name}: {why}; copied once to {copy}, {copy.stat().st_size / 1e6:,.1f} MB.",)
    return _indexed(path, copy, False, noticed)


def _plain_name(path: Path) -> str:
    """The name without suffixes of FASTA and compression."""
    name = path.name
    for suffix in (*_GZIP_NAMES, ".fa", ".fasta", ".fna"):
        name = name.removesuffix(suffix)
    return name


def _rewrite(path: Path, file: IO[bytes]) -> None:
    """Write a FASTA file with lines of `_LINE` letters; comments and blanks are left out, case stays."""
    rest = ""
    for _, line in numbered_lines(path):
        if line.startswith(">"):
            file.write((rest + "\n" if rest else "").encode("latin-1", errors="replace"))
            file.write((line + "\n").encode())
            rest = ""
        elif not line.startswith((";", "#")):
            rest += "".join(line.split())
            whole = len(rest) // _LINE * _LINE
            lines = [rest[i : i + _LINE] + "\n" for i in range(0, whole, _LINE)]
            file.write("".join(lines).encode("latin-1", errors="replace"))
            rest = rest[whole:]
    file.write((rest + "\n" if rest else "").encode("latin-1", errors="replace"))


def _indexed(path: Path, fasta: Path, bgzf: bool, noticed: tuple[str, ...]) -> Opened:
    """``fasta`` with its index: the one that is there, else a new one beside it, else one in the cache."""
    beside = _files(fasta, fasta.parent, bgzf)
    cached = _files(fasta, _in_cache(fasta), bgzf)
    for files in (beside, cached):
        faidx = _whole(files)
        if faidx is not None:
            return Opened(files, faidx, noticed)
    refused = ""
    for files in (beside, cached):
        try:
            _make(path, files)
        except OSError as error:
            refused = error.strerror or str(error)
            continue
        faidx = _whole(files)
        if faidx is None:
            raise input_error("its index cannot be read back; was the file changed meanwhile?", path)
        return Opened(files, faidx, noticed)
    why = f"its index can be written neither beside it nor to {cached.index.parent} ({refused})"
    raise input_error(f"{why}; XDG_CACHE_HOME names another cache", path)


def _files(fasta: Path, folder: Path, bgzf: bool) -> Files:
    return Files(fasta, folder / f"{fasta.name}.fai", folder / f"{fasta.name}.gzi", bgzf)


def _whole(files: Files) -> Faidx | None:
    """The genome by an index that is there, no older than it, and leads to its records; None otherwise."""
    try:
        time = files.fasta.stat().st_mtime_ns
        indices = (files.index, files.blocks) if files.bgzf else (files.index,)
        if any(each.stat().st_mtime_ns < time for each in indices):
            return None
        faidx = files.open()
    except Exception:  # whatever the content of a broken index makes pyfaidx raise
        return None
    names = list(faidx.index)
    if names and _leads_to_it(faidx, names[0], files) and _leads_to_it(faidx, names[-1], files, last=True):
        return faidx
    faidx.file.close()
    return None


def _leads_to_it(faidx: Faidx, name: str, files: Files, last: bool = False) -> bool:
    """Whether the record of this name begins behind its header, and ends before another one or, the last, the file."""
    record = faidx.index[name]
    if files.bgzf:
        ends = ((1, min(record.rlen, _LINE)), (max(record.rlen - _LINE, 0) + 1, record.rlen))
        try:
            return all(_are_letters(faidx.from_file(name, start, end), end - start + 1) for start, end in ends)
        except Exception:  # as in `_whole`
            return False
    with files.fasta.open("rb") as file:
        before = min(record.offset, _HEADER)
        file.seek(record.offset - before)
        header = file.read(before).removesuffix(b"\n").rpartition(b"\n")[2]
        end = record.bend - (record.lenb - record.lenc)  # as even lines would have it
        file.seek(end)
        behind = file.read(_LINE).lstrip()
        reached = end <= file.seek(0, os.SEEK_END)
    begins = header.startswith(b">") and header[1:].split()[:1] == [name.encode()]
    return begins and reached and (not behind if last else behind[:1] in (b"", b">"))


def _are_letters(text: str, number: int) -> bool:
    return len(text) == number and ">" not in text


def _make(path: Path, files: Files) -> None:
    """Make the index under other names, and put it in its place. Raises ``OSError`` where nothing can be written."""
    files.index.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=files.index.parent, prefix=".index") as folder:
        made = _files(files.fasta, Path(folder), files.bgzf)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                faidx = Faidx(str(made.fasta), indexname=str(made.index), gzi_indexname=str(made.blocks))
            try:
                _check_even(faidx, made)
            finally:
                faidx.file.close()
        except FastaIndexingError as error:
            if "consistent" in str(error):
                raise _UnevenLines(str(error).rpartition("found in ")[2].rstrip(".")) from error
            raise input_error(f"no FASTA ({error})", path) from error
        except struct.error as error:  # a block of BGZF without its end
            raise input_error("the BGZF data are cut off; is the file complete?", path) from error
        except (EOFError, zlib.error, ValueError) as error:
            if "Duplicate key" in str(error):
                raise input_error(f"two sequences are called {str(error).split(chr(34))[1]!r}", path) from error
            raise input_error(f"cannot be read ({error}); is the file complete?", path) from error
        except OSError as error:
            if "EOF marker" in str(error):
                raise input_error("the BGZF data are cut off; is the file complete?", path) from error
            raise
        now = files.fasta.stat().st_mtime_ns
        for each in (made.index, made.blocks):
            if each.is_file():
                os.utime(each, ns=(now, max(now, each.stat().st_mtime_ns)))
        if files.bgzf:
            os.replace(made.blocks, files.blocks)
        os.replace(made.index, files.index)


def _check_even(faidx: Faidx, files: Files) -> None:
    """Raise `_UnevenLines` for a record whose last line is longer than the others, which pyfaidx lets pass."""
    names = list(faidx.index)
    for name in names:
        if faidx.index[name].rlen and not _leads_to_it(faidx, name, files, last=name == names[-1]):
            raise _UnevenLines(name)


def _of_old_macs(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_HEADER)
    return b"\r" in head and b"\n" not in head


def _in_cache(path: Path) -> Path:
    """Folder of this state of a genome in the cache."""
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}): {path}") from error
    key = f"{path.resolve()}\t{state.st_size}\t{state.st_mtime_ns}"
    return cache_folder() / "genomes" / hashlib.sha256(key.encode()).hexdigest()[:16]


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _is_bgzf(path: Path) -> bool:
    """Whether the first block has the extra field "BC" of BGZF (SAM specification, section 4.1)."""
    with path.open("rb") as file:
        head = file.read(14)
    return head[:2] == _GZIP and len(head) == 14 and bool(head[3] & _EXTRA) and head[12:14] == _BGZF
