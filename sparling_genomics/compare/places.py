"""Which folders can be compared, and what each is called beside the others; known before anything is read."""

from collections.abc import Sequence
from pathlib import Path

from sparling.errors import InputError


def check_several(paths: Sequence[Path]) -> None:
    """Raise ``InputError`` for fewer than two folders, and for one that is named twice."""
    if len(paths) < 2:
        seeds = [path / "seeds" for path in paths if (path / "seeds").is_dir()]
        more = f"; runs of its other seeds lie in {seeds[0]}" if seeds else ""
        raise InputError(f"two runs or more are compared, got {len(paths)}{more}")
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise InputError(f"a run is named twice: {path}")
        seen.add(path.resolve())


def short_names(paths: Sequence[Path]) -> list[str]:
    """As many of the last parts of each path as tell them apart.

    >>> short_names([Path("a/ctcf"), Path("a/yy1")]), short_names([Path("day1/run"), Path("day2/run")])
    (['ctcf', 'yy1'], ['day1/run', 'day2/run'])
    """
    parts = [path.resolve().parts for path in paths]
    for n in range(1, max(map(len, parts)) + 1):
        names = ["/".join(each[-n:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]
