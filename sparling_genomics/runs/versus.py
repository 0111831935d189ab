"""Two sets of sequences, or of regions, against each other: a run in each direction, in one folder."""

from pathlib import Path
from typing import Any, NamedTuple

from sparling.errors import InputError
from sparling_genomics.discovery.config import default_folder

EXCLUDED = ("negatives", "labels", "background", "signal")
"""Options that say what else is unbound, or asked."""


class Directions(NamedTuple):
    """Where both runs lie, and what each is asked, by the name of its folder: FIRST_over_SECOND, and the reverse."""

    folder: Path
    options: dict[str, dict[str, Any]]


def both_directions(options: dict[str, Any], other: Path, out: Path | None) -> Directions:
    """What the set of ``options`` ("fasta", or "bed") has more often than the ``other`` one, and the reverse.

    ``out``: FIRST_versus_SECOND where none is given. Raises ``InputError`` where there is no set, for an option that
    `EXCLUDED` has, and for a folder that is a file.
    """
    source = "fasta" if options.get("fasta") is not None else "bed"
    own = options.get(source)
    if own is None:
        raise InputError("--versus needs --fasta, or --bed with --genome: the set to compare with")
    given = [name for name in EXCLUDED if options.get(name) is not None]
    if given:
        raise InputError(f"--versus and --{given[0]} exclude each other: the other set is the unbound one")
    first, second = _names(own, other)
    folder = Path(f"{first}_versus_{second}") if out is None else out
    if folder.is_file():
        raise InputError(f"--out is a file, expected a folder: {folder}")
    return Directions(
        folder,
        {
            f"{first}_over_{second}": options | _directed(source, own, other),
            f"{second}_over_{first}": options | _directed(source, other, own),
        },
    )


def _directed(source: str, bound: Path, unbound: Path) -> dict[str, Any]:
    if source == "fasta":
        return {"fasta": bound, "negatives": unbound}
    return {"bed": bound, "background": "versus", "peaks": unbound}


def _names(own: Path, other: Path) -> tuple[str, str]:
    """Names of the two sets by their files.

    >>> _names(Path("a/ctcf.bed"), Path("b/yy1.bed.gz")), _names(Path("a/peaks.bed"), Path("b/peaks.bed"))
    (('ctcf', 'yy1'), ('first', 'second'))
    """
    first, second = (default_folder(path).name.removesuffix("_motifs") for path in (own, other))
    return ("first", "second") if first == second else (first, second)
