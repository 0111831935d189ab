"""What a download becomes: its content without gzip, or the files of a zip archive."""

import gzip
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from sparling_recipes.errors import DataError
from sparling_recipes.recipe import Recipe

_CHUNK = 1 << 22


def unpack(recipe: Recipe, download: Path, result: Path) -> None:
    """Make ``result`` of ``download`` as the recipe says, in one step, and remove ``download``.

    Raises ``DataError`` where the download is no whole archive or has no such member.
    """
    with _beside(result) as temporary:
        try:
            if recipe.step == "gunzip":
                with gzip.open(download) as source, temporary.open("wb") as copy:
                    shutil.copyfileobj(source, copy, _CHUNK)
            elif recipe.step == "unzip":
                _unzip(recipe.member, download, temporary)
            else:
                os.replace(download, temporary)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            download.unlink(missing_ok=True)
            raise DataError(f"a cut off or broken archive ({error}); nothing is kept: {recipe.download}") from error
        if result.is_dir():
            shutil.rmtree(result)
        os.replace(temporary, result)
    download.unlink(missing_ok=True)


def _unzip(member: str, download: Path, target: Path) -> None:
    with zipfile.ZipFile(download) as archive:
        if not member:
            target.mkdir()
            archive.extractall(target)
            return
        found = [name for name in archive.namelist() if fnmatch(name, member)]
        if len(found) != 1:
            raise zipfile.BadZipFile(f"{len(found)} members like {member}, expected one")
        with archive.open(found[0]) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, _CHUNK)


@contextmanager
def _beside(result: Path) -> Iterator[Path]:
    """A path in a new folder beside ``result``, which is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=result.parent, prefix=".unpack-") as folder:
        yield Path(folder) / result.name
