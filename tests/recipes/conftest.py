from collections.abc import Iterator
from pathlib import Path

import pytest
from sparling_recipes import download
from sparling_recipes.recipe import Recipe

from tests.recipes.matrices import BODY, SHA
from tests.recipes.server import Site, serving


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server; proxies of the environment are not asked, and nobody waits before going on."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "_PAUSE", 0.0)
    with serving() as site:
        yield site


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPARLING_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def matrices(site: Site, cache: Path) -> Recipe:
    """A recipe of 300 kB that the server has."""
    site.files["/db.meme"] = BODY
    return Recipe("matrices", "", "motifs", f"{site.url}/db.meme", "", "", "", checksum=SHA, bytes=len(BODY))
