"""Detects the other distribution that installs a package of this name.

Imports nothing of this package, so that it can be asked even where files of the other one have replaced ours.
"""

from importlib.metadata import PackageNotFoundError, version

REMEDY = "pip uninstall sparling; pip install --force-reinstall --no-deps sparling-genomics"


def conflicting_distribution() -> str | None:
    """Name and version of the PyPI distribution ``sparling`` where it is installed, else None."""
    try:
        return f"sparling {version('sparling')}"
    except PackageNotFoundError:
        return None
