"""A recipe: one file or archive of public data, as its provider offers it, and what is done with it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from sparling_recipes.errors import DataError

FOLDER = Path(__file__).parent / "recipes"
"""Of the TOML files."""
Kind = Literal["motifs", "genome", "annotation", "peaks", "sounds"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Step = Literal["", "gunzip", "unzip"]


@dataclass(frozen=True)
class Recipe:
    """Where public data come from, and by what they are known."""

    name: str
    """As typed; the name of the TOML file."""
    title: str
    """What it is, in a line."""
    kind: Kind
    url: str
    licence: str
    citation: str
    """What to cite, with a DOI."""
    home: str
    """Page of the provider."""
    file: str = ""
    """Name in the cache; "": as in the URL, without what the step takes off."""
    bytes: int | None = None
    """Size of the download, where known."""
    checksum: str | None = None
    """Of the download: ``sha256:…`` or ``md5:…``."""
    seen: bool = False
    """The checksum is of a file that was at hand, not only one that was read of."""
    checksums_url: str | None = None
    """Where the provider publishes checksums, for data whose checksum no recipe can know."""
    step: Step = ""
    """What is done with the download."""
    member: str = ""
    """Of an archive, the one file that is taken, as a pattern; "": all."""
    note: str = ""
    """What a user should know, in a sentence."""

    @property
    def download(self) -> str:
        """Name of the download: the last part of the URL."""
        return self.url.rpartition("/")[2]

    @property
    def result(self) -> str:
        """Name of the file or folder that is kept.

        >>> Recipe("r", "", "genome", "http://x.org/hg38.fa.gz", "", "", "", step="gunzip").result
        'hg38.fa'
        """
        if self.file:
            return self.file
        suffix = {"gunzip": ".gz", "unzip": ".zip", "": ""}[self.step]
        return self.download.removesuffix(suffix)

    @property
    def check(self) -> str:
        """How a download is known to be right, in words."""
        if self.checksum is not None:
            how = "of a copy that was read" if self.seen else "as its provider publishes it; not verified here"
            return f"{self.checksum}, {how}"
        if self.checksums_url is not None:
            return f"not verified here; the first download is held against {self.checksums_url}"
        return "not verified here; that of the first download is remembered, and later ones are held against it"


def names() -> list[str]:
    """Of all recipes, sorted; no file is read."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def recipes() -> Iterator[Recipe]:
    """All of them, by kind, then by name."""
    yield from sorted(map(recipe, names()), key=lambda each: (KINDS.index(each.kind), each.name))


def recipe(name: str) -> Recipe:
    """The recipe of this name. Raises ``DataError`` where there is none, with the name that may be meant."""
    path = FOLDER / f"{name}.toml"
    if name not in names():
        near = meant(name)
        offered = f": did you mean {near!r}?" if near else "; `sparling data list` has all"
        raise DataError(f"no recipe {name!r}{offered}")
    return _read(path)


def meant(name: str) -> str | None:
    """The name of a recipe that is nearly this one."""
    near = get_close_matches(name.lower(), names(), n=1, cutoff=0.75)
    return near[0] if near else None


@cache
def _read(path: Path) -> Recipe:
    return Recipe(name=path.stem, **tomllib.loads(path.read_text(encoding="utf-8")))
