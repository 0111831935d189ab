"""From a recipe to a file in the cache: downloaded, held against its checksum, unpacked; and is it still the same.

pooch keeps a download under a temporary name until its checksum is right.
"""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pooch

from sparling_recipes.cache import VARIABLE, Receipt, folder_of, kept, read_receipt, write_receipt
from sparling_recipes.checksums import published, sha256_of, size_of
from sparling_recipes.download import Order, Progress, free_bytes, from_folder, from_server, text_at
from sparling_recipes.errors import DataError
from sparling_recipes.recipe import Recipe
from sparling_recipes.unpack import unpack

_ROOM = {"": 1.0, "gunzip": 5.0, "unzip": 2.5}
"""Space that a recipe takes while it is made, in sizes of its download; gzip makes a genome a third or a quarter."""


@dataclass(frozen=True)
class Origin:
    """Where a download is taken from: a URL or a path, and the list of checksums beside it."""

    place: str
    local: bool
    listing: str | None

    @classmethod
    def of(cls, recipe: Recipe, source: str | None) -> "Origin":
        """The provider, or ``source``: the URL of a mirror, a folder, or the file itself.

        Raises ``DataError`` where a folder has no such file.
        """
        name, listing = recipe.download, recipe.checksums_url
        beside = None if listing is None else listing.rpartition("/")[2]
        if source is None:
            return cls(recipe.url, False, listing)
        if source.startswith(("http://", "https://")):
            base = source.removesuffix(name).rstrip("/")
            return cls(f"{base}/{name}", False, None if beside is None else f"{base}/{beside}")
        path = Path(source)
        file = path / name if path.is_dir() else path
        if not file.is_file():
            where = f"has no {name}" if path.is_dir() else "is neither a folder, a file nor an http address"
            raise DataError(f"--source {where}: {source}")
        return cls(str(file), True, None if beside is None else str(file.parent / beside))


@dataclass(frozen=True)
class Expected:
    """The checksum that a download must have: pooch's ``algorithm:hexadecimal``, and whose word that is."""

    checksum: str | None
    whose: str
    doubt: str = ""
    """Why it is not what the provider publishes, where it might have been."""

    @property
    def sentence(self) -> str:
        """What a download was held against."""
        known = f"its checksum is {self.whose}" if self.checksum else "no checksum was known, this one is remembered"
        return known + self.doubt

    @classmethod
    def of(cls, recipe: Recipe, origin: Origin) -> "Expected":
        """The recipe's checksum, else that which the provider publishes, else that of the first download."""
        if recipe.checksum is not None:
            return cls(recipe.checksum, "the recipe's")
        doubt = ""
        if origin.listing is not None:
            try:
                text = Path(origin.listing).read_text(encoding="utf-8") if origin.local else text_at(origin.listing)
                checksum = published(text, recipe.download)
                if checksum is not None:
                    return cls(checksum, f"what the provider publishes, {origin.listing}")
                doubt = f"; {origin.listing} does not list it"
            except (OSError, DataError) as error:
                doubt = f"; no list of checksums ({error})"
        before = read_receipt(recipe)
        if before is not None:
            return cls(f"sha256:{before.download}", f"that of the first download, {before.fetched[:10]}", doubt)
        return cls(None, "", doubt)


def fetch(recipe: Recipe, source: str | None, progress: Progress) -> Path:
    """Download, check, unpack, and write the receipt; the file or folder that is kept.

    What is there already is replaced once the new one is right. Raises ``DataError``; nothing is left behind then but
    the part of a download that was cut off.
    """
    origin, folder = Origin.of(recipe, source), folder_of(recipe)
    result = folder / recipe.result
    order = Order(origin.place, folder / f".{recipe.download}.part", recipe.bytes, progress)
    download = folder / f".{recipe.download}.whole"
    new = not folder.exists()
    with _explained(order, download, new):
        _check_space(recipe, folder)
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            expected = Expected.of(recipe, origin)
            _retrieve(order, origin, expected, download)
            checksum = sha256_of(download)
            unpack(recipe, download, result)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            receipt = Receipt(origin.place, now, checksum, expected.sentence, sha256_of(result), size_of(result))
            write_receipt(recipe, receipt)
    return result


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time in the folder of a recipe; file systems without locks do without."""
    lock = folder / ".lock"
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"another process is fetching it: {folder}") from error
        except OSError:
            pass
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _retrieve(order: Order, origin: Origin, expected: Expected, download: Path) -> None:
    pooch.get_logger().setLevel("WARNING")
    take = partial(_downloader, order, origin.local)
    download.unlink(missing_ok=True)
    try:
        pooch.retrieve(order.url, expected.checksum, fname=download.name, path=download.parent, downloader=take)
    except ValueError as error:  # pooch's word for a wrong checksum
        raise DataError(
            f"its checksum is not {expected.whose} ({expected.checksum}); nothing is kept: {order.url}"
        ) from error


def _downloader(order: Order, local: bool, url: str, target: str, pup: Any) -> None:
    """As pooch calls it."""
    (from_folder if local else from_server)(order, target)


def _check_space(recipe: Recipe, folder: Path) -> None:
    need = (recipe.bytes or 0) * _ROOM[recipe.step]
    free = free_bytes(folder)
    if need > free:
        raise OSError(errno.ENOSPC, f"needs about {need / 1e9:,.1f} GB, {free / 1e9:,.1f} GB are free")


@contextmanager
def _explained(order: Order, download: Path, new: bool) -> Iterator[None]:
    """Faults in words; what is left is what a later download can go on with."""
    folder = download.parent
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            order.forget()
            download.unlink(missing_ok=True)
        raise DataError(
            f"the data folder cannot be written ({error.strerror or error}); {VARIABLE} names another: {folder}"
        ) from error
    finally:
        if new and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


State = Literal["same", "changed", "missing"]


def verify(recipe: Recipe) -> State:
    """Whether what is kept is still what was fetched, letter by letter."""
    receipt, path = read_receipt(recipe), folder_of(recipe) / recipe.result
    if receipt is None or not path.exists():
        return "missing"
    return "same" if kept(recipe) and sha256_of(path) == receipt.sha256 else "changed"
