"""Imports go one way, sparling_cli → sparling_genomics → sparling; files stay small; the core knows no biology."""

import ast
import re
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


def test_the_map_in_the_package_docstring_is_that_of_the_folder() -> None:
    folder = PACKAGES["sparling_genomics"]
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    listed = re.findall(r"^- ``(\w+)``: ", text, flags=re.MULTILINE)
    modules = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")]
    assert sorted(listed) == sorted([*modules, *(path.parent.name for path in folder.glob("*/__init__.py"))])
