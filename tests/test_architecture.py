"""Imports go one way, sparling_cli → sparling_genomics → sparling; files stay small; the core knows no biology."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "sparling": ROOT / "sparling",
    "sparling_genomics": ROOT / "sparling_genomics",
    "sparling_cli": ROOT / "cli" / "sparling_cli",
    "sparling_recipes": ROOT / "data_recipes" / "sparling_recipes",
}
MAY_IMPORT = {
    "sparling": {"sparling"},
    "sparling_genomics": {"sparling", "sparling_genomics"},
    "sparling_cli": set(PACKAGES),
    "sparling_recipes": {"sparling_recipes"},
}
BIOLOGY = r"\b(dna|rna|nucleotides?|fasta|genom\w*|chromosomes?|strands?|reverse.complement\w*|jaspar|meme|bp|peaks?)\b"
LONGEST = 350
ROOMIEST = 12
ROOMS = {
    "sparling": (
        "conflict errors plurals atomic locks precision recomputation shapes names layer networks training evaluation "
        "alignment domains pages validation worlds compat"
    ),
    "sparling_genomics": (
        "letters files naming stored data network tasks motifs peaks known discovery pages compare worlds runs scan "
        "variants audit align splicing run api"
    ),
}
"""From the lowest to the highest: a room imports from itself and from those before it."""
MODULES = [
    pytest.param(package, path, id=f"{package}/{path.relative_to(folder)}")
    for package, folder in PACKAGES.items()
    for path in sorted(folder.rglob("*.py"))
]


def imported(path: Path) -> set[str]:
    """Top-level names of everything that ``path`` imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: relative import"
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize(("package", "path"), MODULES)
def test_imports_go_one_way(package: str, path: Path) -> None:
    assert imported(path) & set(PACKAGES) <= MAY_IMPORT[package]


def module_name(package: str, path: Path) -> str:
    """Dotted, without the name of an ``__init__``."""
    parts = path.relative_to(PACKAGES[package].parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


HOUSE = {module_name(package, path): path for package, folder in PACKAGES.items() for path in folder.rglob("*.py")}


def modules_imported(path: Path) -> set[str]:
    """Modules of the house that ``path`` imports, wherever in the file, under TYPE_CHECKING too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update({f"{node.module}.{alias.name}" for alias in node.names} & HOUSE.keys() or {str(node.module)})
    return found & HOUSE.keys()


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_stands_in_the_order(package: str) -> None:
    folder = PACKAGES[package]
    there = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert there - {"__init__"} == set(ROOMS[package].split())


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_import_only_from_rooms_below(package: str) -> None:
    level = {room: number for number, room in enumerate(ROOMS[package].split())}
    upward = [
        f"{module} imports {other}"
        for module, path in HOUSE.items()
        if module.startswith(f"{package}.")
        for other in modules_imported(path)
        if other.startswith(f"{package}.") and level[other.split(".")[1]] > level[module.split(".")[1]]
    ]
    assert upward == []


def test_no_circle_of_modules() -> None:
    arrows = {module: modules_imported(path) - {module} for module, path in HOUSE.items()}
    try:
        list(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' → '.join(error.args[1])}")


@pytest.mark.parametrize("room", sorted({path.parent for path in HOUSE.values()}), ids=lambda room: room.name)
def test_rooms_stay_small(room: Path) -> None:
    assert len([path for path in room.glob("*.py") if not path.stem.startswith("__")]) <= ROOMIEST


@pytest.mark.parametrize(
    "init", sorted(path for path in HOUSE.values() if path.stem == "__init__"), ids=lambda path: path.parent.name
)
def test_each_room_has_a_map_that_names_its_files(init: Path) -> None:
    text = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
    mapped = re.findall(r"^ *(\w+) {2,}\S", text, flags=re.MULTILINE)
    modules = {path.stem for path in init.parent.glob("*.py")} | {
        p.parent.name for p in init.parent.glob("*/__init__.py")
    }
    assert sorted(mapped) == sorted(name for name in modules if not name.startswith("__"))


@pytest.mark.parametrize(("package", "path"), MODULES)
def test_modules_stay_small(package: str, path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST


@pytest.mark.parametrize("path", sorted(PACKAGES["sparling"].rglob("*.py")), ids=lambda path: path.name)
def test_the_core_knows_no_biology(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("sparling-genomics", "")
    found = re.findall(BIOLOGY, text, flags=re.IGNORECASE)
    assert found == []


def test_every_module_is_in_the_architecture() -> None:
    document = ROOT / "docs" / "architecture.md"
    if not document.exists():
        pytest.skip("docs/architecture.md is not written yet")
    text = document.read_text(encoding="utf-8")
    missing = [
        str(path.relative_to(ROOT))
        for folder in PACKAGES.values()
        for path in sorted(folder.rglob("*.py"))
        if not path.stem.startswith("__") and not re.search(rf"\b{path.stem}(\.py)?\b", text)
    ]
    assert missing == []
