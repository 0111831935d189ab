"""Chromium, and pages opened in it that may ask for nothing and fail nowhere.

Needs Debian's chromium, Playwright and axe (extra `browser`); without them every test here is skipped, and says why.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.made_runs import CASES, write_case

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
COPIED = (
    "window.copied = []; navigator.clipboard ??= {}; navigator.clipboard.writeText = async text => copied.push(text);"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium for all tests."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install -e '.[browser]'")
    pytest.importorskip("axe_playwright_python", reason="no axe: pip install -e '.[browser]'")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        yield (chromium := playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]))
        chromium.close()


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The run folder of a case by its name, made when it is first asked for; not to be changed."""
    folder, made = tmp_path_factory.mktemp("cases"), {}

    def run(name: str) -> Path:
        if name not in made:
            made[name] = write_case(folder, next(case for case in CASES if case.name == name))
        return made[name]

    return run


@pytest.fixture
def opened(browser: Any, run_of: Callable[[str], Path]) -> Iterator[Callable[..., Any]]:
    """Opens the page of a case; afterwards it must have asked for nothing, thrown nothing and opened no dialog.

    What the page puts on the clipboard is in ``window.copied``.
    """
    contexts, faults = [], []

    def open_page(name: str, width: int = 1400, dark: bool = False) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", accept_downloads=True
        )
        contexts.append(context)
        context.add_init_script(COPIED)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.set_default_navigation_timeout(60_000)  # of a busy machine; how long a page computes is another test
        url = (run_of(name) / "report.html").as_uri()

        def asked(request: Any) -> None:
            if request.url.split("#")[0] != url and not request.url.startswith(("data:", "blob:")):
                faults.append(f"asked for {request.url}")

        def dialog(shown: Any) -> None:
            faults.append(f"dialog {shown.message}")
            shown.dismiss()

        page.on("request", asked)
        page.on("dialog", dialog)
        page.on("pageerror", lambda error: faults.append(f"threw {error}"))
        page.on("console", lambda said: faults.append(f"said {said.text}") if said.type == "error" else None)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
