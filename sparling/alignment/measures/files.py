"""Labels of samples, and their tree, from tab-separated files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sparling.alignment.measures.labels import Labels, LabelTree
from sparling.errors import InputError


def read_labels(path: Path, samples: int, names: Sequence[str] | None = None, hierarchy: Path | None = None) -> Labels:
    """The labels of N samples, from columns ``sample`` and ``label``, a line each; a sample may have several or none.

    A sample goes by its name, or where it has none by its row, from 0. ``hierarchy`` has columns ``label`` and
    ``parent``; without it all labels are at the top. Raises ``InputError`` with path and line for another header, a
    line of other than two fields, a sample or label that there is not, two parents of one label, and for a circle.
    """
    rows = {name: row for row, name in enumerate(map(str, range(samples)) if names is None else names)}
    pairs = []
    for line, sample, label in _pairs(path, "sample", "label"):
        if sample not in rows:
            known = f"rows 0 to {samples - 1}" if names is None else f"{samples:,} samples as {names[0]}"
            raise InputError(f"no sample {sample}, there are {known}, {path}:{line}")
        pairs.append((line, rows[sample], label))
    if not pairs:
        raise InputError(f"no labels, {path}")
    tree = LabelTree.of({}, tuple({label for *_, label in pairs})) if hierarchy is None else read_tree(hierarchy)
    place = {label: number for number, label in enumerate(tree.names)}
    given = np.zeros((samples, len(tree.names)), dtype=np.bool_)
    for line, row, label in pairs:
        if label not in place:
            raise InputError(f"label {label} is not in {hierarchy}, {path}:{line}")
        given[row, place[label]] = True
    return Labels.of(tree, given)


def read_tree(path: Path) -> LabelTree:
    """The tree in columns ``label`` and ``parent``. Raises ``InputError`` as `read_labels`."""
    parents: dict[str, str] = {}
    for line, label, parent in _pairs(path, "label", "parent"):
        if parents.get(label, parent) != parent:
            raise InputError(f"{label} has two parents, {parents[label]} and {parent}, {path}:{line}")
        parents[label] = parent
    try:
        return LabelTree.of(parents)
    except ValueError as error:
        raise InputError(f"{error}, {path}") from error


def _pairs(path: Path, *columns: str) -> Iterator[tuple[int, str, str]]:
    """Line number, from 1, and the two fields of each line under the header ``columns``."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"cannot be read ({why}), {path}") from error
    if not lines or lines[0].split("\t") != list(columns):
        got = repr(lines[0][:60]) if lines else "nothing"
        raise InputError(f"expected the columns {' and '.join(columns)}, tab-separated; got {got}, {path}:1")
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if not line.strip():
            continue
        if len(fields) != len(columns) or not all(fields):
            raise InputError(f"expected two fields, tab-separated; got {line[:60]!r}, {path}:{number}")
        yield number, fields[0], fields[1]
