"""What `import sparling` is: a map, public names, no biology, and a warning where another package is in the way."""

import ast
import importlib.metadata
import importlib.resources
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sparling

FOLDER = Path(sparling.__file__).parent
BIOLOGY = ("sparling_genomics", "sparling_cli", "sparling_recipes", "Bio", "memelite", "pandas", "typer")
HEAVY = ("scipy", "rapidfuzz", "jinja2", "matplotlib", "lightning_fabric", "lightning_utilities", "sklearn")


def python(code: str, *paths: Path) -> str:
    """What ``code`` prints in a fresh interpreter that looks in ``paths`` first; stderr comes with it."""
    paths = (*paths, FOLDER.parent)
    insert = f"import sys; sys.path[:0] = {[str(path) for path in paths]}; "
    return subprocess.run(
        [sys.executable, "-c", insert + code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    ).stdout


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder in which a distribution called sparling 0.3.0 is installed."""
    info = tmp_path / "sparling-0.3.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sparling\nVersion: 0.3.0\n")
    return tmp_path


def test_the_map_names_every_module_once() -> None:
    assert sparling.__doc__ is not None
    mapped = re.findall(r"^    (\w+) {2,}\S", sparling.__doc__, flags=re.MULTILINE)
    modules = [path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__"]
    packages = [path.parent.name for path in FOLDER.glob("*/__init__.py")]
    assert sorted(mapped) == sorted(modules + packages)


def test_every_public_name_is_there_and_ours() -> None:
    assert dir(sparling) == sorted(sparling.__all__)
    for name in sparling.__all__:
        assert getattr(sparling, name).__module__.startswith("sparling."), name


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((FOLDER / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = [alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(seen) == sorted(sparling.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'sparling' has no attribute 'Nothing'"):
        sparling.Nothing  # noqa: B018


def test_importing_costs_nothing_and_brings_no_biology() -> None:
    code = (
        "import sparling; loaded = set(sys.modules); assert 'torch' not in loaded; "
        "[getattr(sparling, name) for name in sparling.__all__]; import sparling.compat; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    assert set(python(code).split()).isdisjoint(BIOLOGY)


def test_the_layer_costs_torch_alone() -> None:
    """Neither what only a training needs nor what only an evaluation or a report does."""
    code = "from sparling import SpatialSparsity, calibrate; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(python(code).split())
    assert "torch" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_trainer_on_one_cpu_costs_neither_lightning_nor_the_compiler() -> None:
    code = "from sparling import Trainer, choose_fabric; choose_fabric('cpu', 'auto'); print(*sys.modules)"
    loaded = set(python(code).split())
    assert loaded.isdisjoint(HEAVY)
    assert "torch._dynamo" not in loaded


def test_rooms_and_modules_are_reachable_from_the_package() -> None:
    code = (
        "import sparling; print(sparling.evaluation.__name__, sparling.errors.__name__, hasattr(sparling, 'letters'))"
    )
    assert python(code) == "sparling.evaluation sparling.errors False\n"


def test_the_version_is_that_of_the_distribution() -> None:
    assert sparling.__version__ == importlib.metadata.version("sparling-genomics")


@pytest.mark.parametrize("package", ["sparling", "sparling_genomics", "sparling_cli", "sparling_recipes"])
def test_type_checkers_are_told_that_there_are_types(package: str) -> None:
    assert (importlib.resources.files(package) / "py.typed").is_file()


def test_another_distribution_of_this_name_is_reported(other: Path) -> None:
    printed = python("import sparling", other)
    assert "UserWarning: sparling 0.3.0 installs a package of the same name over this one: pip uninstall" in printed
    assert "pip install --force-reinstall --no-deps sparling-genomics" in printed


def test_nothing_is_reported_without_one() -> None:
    assert python("import sparling; print(sparling.conflict.conflicting_distribution())") == "None\n"


def test_the_conflict_is_seen_even_where_files_were_replaced(other: Path) -> None:
    shutil.copytree(FOLDER, other / "sparling", ignore=shutil.ignore_patterns("__pycache__"))
    (other / "sparling" / "__init__.py").write_text("")
    (other / "sparling" / "sparsity.py").write_text("class Sparsity: pass\n")
    code = "from sparling.conflict import conflicting_distribution; print(conflicting_distribution())"
    assert python(code, other) == "sparling 0.3.0\n"
