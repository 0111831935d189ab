"""The package's docstring names every module of it."""

import re
from pathlib import Path

import sparling.evaluation


def test_the_map_names_every_module_once() -> None:
    folder = Path(sparling.evaluation.__file__).parent
    assert sparling.evaluation.__doc__ is not None
    mapped = re.findall(r"^    (\w+) {2,}\S", sparling.evaluation.__doc__, flags=re.MULTILINE)
    assert sorted(mapped) == sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
