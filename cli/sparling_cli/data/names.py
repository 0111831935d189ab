"""Names of recipes where a file is taken: ``--db jaspar``, ``--genome hg38``."""

import glob
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sparling.errors import InputError


def complete(incomplete: str) -> list[str]:
    """Names of recipes that begin so, for the Tab key."""
    from sparling_recipes.recipe import names

    return [name for name in names() if name.startswith(incomplete)]


def files_and(kind: str) -> Callable[[str], list[str]]:
    """The same for an option that takes a file or a recipe of this kind: recipes, then files, as shells complete them.

    Where no recipe begins so, it is left to the shell.
    """

    def completer(incomplete: str) -> list[str]:
        from sparling_recipes.recipe import recipe

        found = [name for name in complete(incomplete) if recipe(name).kind == kind]
        here = sorted(Path().glob(f"{glob.escape(incomplete)}*")) if found else []
        return found + [f"{path}/" if path.is_dir() else str(path) for path in here if not path.name.startswith(".")]

    return completer


Name = Annotated[str, typer.Argument(metavar="NAME", help="Of a recipe.", show_default=False, autocompletion=complete)]


def taken(kind: str) -> Callable[[Path | None], Path | None]:
    """The callback of an option that takes a file: a file or, of this kind, the name of a recipe (`resolve`)."""

    def callback(value: Path | None) -> Path | None:
        return None if value is None else resolve(value, kind)

    return callback


def background_taken(value: str | None) -> str | None:
    """The callback of ``--background``: of peaks:FILE_OR_NAME the file."""
    kind, _, given = (value or "").partition(":")
    return f"{kind}:{resolve(Path(given), kind)}" if kind == "peaks" and given else value


def resolve(given: Path, kind: str) -> Path:
    """Where the file of an option lies: a file that exists, else the recipe of this name, as it lies in the cache.

    Anything else is returned as it is, for whoever reads it to refuse. Nothing is downloaded. Raises ``InputError``
    where the recipe is not in the cache, is of another kind, or a name is nearly that of a recipe.
    """
    name = str(given)
    if (given.exists() and not given.is_dir()) or name != given.name or given.suffix:
        return given
    from sparling_recipes.cache import kept
    from sparling_recipes.recipe import meant, names, recipe

    if name not in names():
        near = None if given.exists() else meant(name)
        if near is not None:
            raise InputError(f"no such file, {name}; did you mean the recipe {near!r}?")
        return given
    with worded():
        chosen = recipe(name)
        if chosen.kind != kind:
            raise InputError(
                f"{name!r} is a recipe of kind {chosen.kind}, expected {kind}; `sparling data list` has all"
            )
        path = kept(chosen)
    if path is None:
        raise InputError(f"{name!r} is not here yet; `sparling data get {name}` fetches it")
    return path


@contextmanager
def worded(hint: str = "") -> Iterator[None]:
    """Faults of recipes as the user's, exit code 2; ``hint``: a line more where a server is at fault."""
    from sparling_recipes.errors import DataError, Unreachable

    try:
        yield
    except Unreachable as error:
        raise InputError(f"{error}\n{hint}" if hint else str(error)) from error
    except DataError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}): {error.filename}") from error
