"""Where data lie, and the receipt that says what came from where.

Each recipe has a folder of its own with the file, or the unpacked folder, and ``receipt.json``.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from sparling_recipes.checksums import size_of
from sparling_recipes.errors import DataError
from sparling_recipes.recipe import Recipe

VARIABLE = "SPARLING_DATA"
RECEIPT = "receipt.json"


@dataclass(frozen=True)
class Receipt:
    """What was fetched."""

    origin: str
    """URL or path that it came from."""
    fetched: str
    """When, in UTC."""
    download: str
    """SHA-256 of the download."""
    checked: str
    """What the download was held against, in a sentence."""
    sha256: str
    """Of what is kept, as `checksums.sha256_of` has it."""
    bytes: int
    """Of what is kept."""


def data_folder() -> Path:
    """``$SPARLING_DATA``, by default sparling/data in ``$XDG_CACHE_HOME`` or ~/.cache."""
    given = os.environ.get(VARIABLE, "")
    if given:
        return Path(given).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home else Path.home() / ".cache") / "sparling" / "data"


def folder_of(recipe: Recipe) -> Path:
    """Of one recipe; it may not be there yet."""
    return data_folder() / recipe.name


def kept(recipe: Recipe) -> Path | None:
    """The file or folder in the cache; None where it is not there, or not all of it."""
    path, receipt = folder_of(recipe) / recipe.result, read_receipt(recipe)
    whole = receipt is not None and path.exists() and size_of(path) == receipt.bytes
    return path if whole else None


def read_receipt(recipe: Recipe) -> Receipt | None:
    """What was fetched, also where it has been deleted since. Raises ``DataError`` where it cannot be read."""
    path = folder_of(recipe) / RECEIPT
    try:
        return Receipt(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"the receipt cannot be read ({error}); delete it and fetch anew: {path}") from error


def write_receipt(recipe: Recipe, receipt: Receipt) -> None:
    """In one step."""
    path = folder_of(recipe) / RECEIPT
    temporary = path.with_name(f".{RECEIPT}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(asdict(receipt), indent=1) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
