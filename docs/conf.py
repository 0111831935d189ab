"""How Sphinx builds the documentation: offline, from the pages beside this file and from the docstrings."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType

from sphinx.application import Sphinx

HERE = Path(__file__).parent
GENERATED = HERE / "reference" / "generated"
PACKAGES = ("sparling", "sparling_genomics")

project = "Sparling"
author = "the Sparling authors"
html_show_copyright = False
extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
default_role = "code"  # docstrings write `names` between single backticks

html_theme = "furo"
html_title = "Sparling"
html_static_path = ["_static"]
html_css_files = ["sparling.css"]
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e63", "color-brand-content": "#0b6e63"},
    "dark_css_variables": {"color-brand-primary": "#5cc8ba", "color-brand-content": "#5cc8ba"},
}

nb_execution_mode = "off"  # notebooks are executed by the tests; the pages show what is stored in them
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False

MAP_LINE = re.compile(r"^ *(\w+) {2,}(\S.*)$")
"""A line of the map in a package's docstring: a module, and what it is."""
PARAGRAPH = re.compile(r"^(Raises|Fields:|Parameters:|Returns|Source:)")


def setup(app: Sphinx) -> None:
    """Write the pages of the reference before they are read; lay out docstrings."""
    app.connect("builder-inited", lambda app: write_reference())
    app.connect("autodoc-process-docstring", lay_out)


def lay_out(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """A package's map becomes a list of links, and what is raised a paragraph of its own."""
    laid_out: list[str] = []
    is_package = what == "module" and hasattr(thing, "__path__")
    in_doctest = False
    for line in lines:
        in_doctest = bool(line.strip()) and (in_doctest or line.lstrip().startswith(">>>"))
        if not in_doctest:
            line = line.replace("|", r"\|")  # |x| is a size, and no substitution
        mapped = MAP_LINE.match(line) if is_package else None
        if mapped:
            line = f"- :py:mod:`{mapped[1]} <{name}.{mapped[1]}>` – {mapped[2]}"
        elif PARAGRAPH.match(line) and laid_out and laid_out[-1].strip():
            laid_out.append("")
        laid_out.append(line)
    lines[:] = laid_out


def write_reference() -> None:
    """One page a module, in the order of each package's map, below reference/generated."""
    GENERATED.mkdir(parents=True, exist_ok=True)
    pages = {f"{module.__name__}.rst": page(module) for name in PACKAGES for module in modules(name)}
    for stale in {path.name for path in GENERATED.iterdir()} - pages.keys():
        (GENERATED / stale).unlink()
    for name, text in pages.items():
        path = GENERATED / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def modules(package: str) -> list[ModuleType]:
    """The package and all modules below it."""
    root = importlib.import_module(package)
    below = pkgutil.walk_packages(root.__path__, f"{package}.")
    return [root, *(importlib.import_module(found.name) for found in below if "__main__" not in found.name)]


def page(module: ModuleType) -> str:
    """The page of one module; that of a package has its public names, and its modules below it."""
    name = module.__name__
    lines = [name, "=" * len(name), "", f".. automodule:: {name}"]
    if hasattr(module, "__path__"):
        lines += ["   :no-members:", "", *public_names(module), ".. toctree::", "   :hidden:", ""]
        lines += [f"   {child.rpartition('.')[2]} <{child}>" for child in children(module)]
    return "\n".join(lines) + "\n"


def public_names(module: ModuleType) -> list[str]:
    """A table of ``__all__``: each name, linked to where it is described, and the first line of that."""
    public = {name: getattr(module, name) for name in getattr(module, "__all__", ()) if not name.startswith("_")}
    if not public:
        return []
    lines = ["Public names", "------------", "", ".. list-table::", "   :widths: 30 70", "   :class: names", ""]
    for name, thing in public.items():
        first = (inspect.getdoc(thing) or "").split("\n")[0]
        lines += [f"   * - :py:obj:`{name} <{thing.__module__}.{name}>`", f"     - {first}"]
    return [*lines, ""]


def children(package: ModuleType) -> list[str]:
    """Modules directly below a package, in the order of its map; those that it does not name come last."""
    mapped = [found[1] for line in (package.__doc__ or "").splitlines() if (found := MAP_LINE.match(line))]
    there = {found.name for found in pkgutil.iter_modules(package.__path__) if found.name != "__main__"}
    ordered = [name for name in mapped if name in there]
    return [f"{package.__name__}.{name}" for name in ordered + sorted(there - {*ordered})]
