"""Checksums of files and folders, and lists of them as providers publish them."""

import hashlib
import re
from pathlib import Path

_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256"}
_BETWEEN = re.compile(r"[\s;=*()]+")
_DIGEST = re.compile(r"[0-9a-fA-F]+")
_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal; of a folder: of the names and SHA-256 of all files in it."""
    digest = hashlib.sha256()
    if path.is_dir():
        for each in sorted(each for each in path.rglob("*") if each.is_file()):
            digest.update(f"{each.relative_to(path).as_posix()}\t{sha256_of(each)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size


def published(listing: str, file: str) -> str | None:
    """The checksum of ``file`` in a list of them, as ``algorithm:hexadecimal``; None where it is not in the list.

    Reads what md5sum and sha256sum write, paths before the name, BSD's order, and UCSC's files.txt.

    >>> published("9e107d9d372bb6826bd81d3542a419d6  ./hg38.fa.gz", "hg38.fa.gz")
    'md5:9e107d9d372bb6826bd81d3542a419d6'
    """
    for line in listing.splitlines():
        words = _BETWEEN.split(line)
        if any(word.rpartition("/")[2] == file for word in words):
            for word in words:
                if len(word) in _ALGORITHMS and _DIGEST.fullmatch(word):
                    return f"{_ALGORITHMS[len(word)]}:{word.lower()}"
    return None
