"""What holds for the page of any run: offline, light, quick, narrow, dark, printed and for everybody."""

import re
from urllib.parse import unquote

import pytest

from tests.browser.made_runs import CASES, HOSTILE

pytestmark = pytest.mark.browser

NAMES = [case.name for case in CASES]
WIDTHS = (1400, 800, 420)
A4_INSIDE = 688
"""Pixels between the margins of a sheet."""


def open_all(page) -> None:
    """Everything that is folded, unfolded."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


@pytest.mark.parametrize("name", NAMES)
def test_opens_in_a_second(opened, name):
    """Processor time of the page's thread; time on the wall would be that of what else the machine does."""
    page = opened(name)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.reload()
    page.wait_for_timeout(300)
    busy = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    assert busy["TaskDuration"] < (3.0 if name == "many" else 1.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_does_not_scroll_sideways(opened, name, width):
    page = opened(name, width)
    for unfolded in (False, True):
        if unfolded:
            open_all(page)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, widest(page)


def test_a_long_consensus_does_not_widen_a_phones_page(opened):
    page = opened("one", 420)
    page.evaluate("""for (const each of document.querySelectorAll('h1, .motifs .name, .card h3'))
        each.append('WTTGTGAKCKGNKTCACATWWTTGTGAKCKGNKTCACATWW')""")
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, widest(page)
    scrolls, inside = page.evaluate("(e => [e.scrollWidth, e.clientWidth])(document.querySelector('.scrolls'))")
    assert scrolls <= inside


def widest(page) -> str:
    """The elements that stick out to the right, the innermost last."""
    return page.evaluate(
        """[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1
        && !e.closest(".scrolls")).map(e => e.tagName + "." + (e.className.baseVal ?? e.className)).join(" ")"""
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name != "many"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_serious_fault(opened, name, dark):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(name, dark=dark)
    open_all(page)
    found = Axe().run(page).response["violations"]
    serious = [
        f"{each['id']}: {each['help']} ({len(each['nodes'])}): {each['nodes'][0]['html'][:160]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("name", NAMES)
def test_is_dark_where_the_reader_wants_it(opened, name):
    def brightness(page) -> float:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(float(each) for each in re.findall(r"[\d.]+", colour)[:3]) / 765

    assert brightness(opened(name)) > 0.9
    assert brightness(opened(name, dark=True)) < 0.2


@pytest.mark.parametrize("name", NAMES)
def test_prints_on_a4(opened, name, tmp_path):
    from pypdf import PdfReader

    page = opened(name, dark=True)
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4", prefer_css_page_size=True)
    assert path.read_bytes().startswith(b"%PDF")
    sheets = PdfReader(path).pages
    text = "".join(sheet.extract_text() for sheet in sheets)
    heading = page.get_by_role("heading", level=1).inner_text()
    assert "".join(heading.split()) in "".join(text.split())
    assert len(sheets) <= 20
    page.set_viewport_size({"width": A4_INSIDE, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_INSIDE, widest(page)
    cut = "e => e.offsetParent && e.scrollWidth > e.clientWidth + 1"
    assert page.evaluate(f"[...document.querySelectorAll('.scrolls')].filter({cut}).map(e => e.ariaLabel)") == []
    colour = page.evaluate("getComputedStyle(document.body).color")
    assert sum(float(each) for each in re.findall(r"[\d.]+", colour)[:3]) < 200  # dark ink, in dark mode too


@pytest.mark.parametrize("name", NAMES)
def test_has_one_heading_and_links_that_lead_somewhere(opened, name):
    page = opened(name)
    assert page.get_by_role("heading", level=1).count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
    links = page.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map(each => each.getAttribute('href'))")
    assert {unquote(link[1:]) for link in links} <= set(ids)
    beside = page.evaluate("[...document.querySelectorAll('a[href]')].map(e => e.getAttribute('href'))")
    assert not [link for link in beside if re.match(r"https?:", link) and "doi.org" not in link and "arxiv" not in link]


def test_five_thousand_sequences_weigh_less_than_a_megabyte(run_of):
    assert (run_of("eight") / "report.html").stat().st_size <= 1_000_000


def test_forty_thousand_sequences_do_not_grow_the_page_without_end(run_of):
    assert (run_of("many") / "report.html").stat().st_size <= 5_000_000


def test_names_are_text_whatever_they_say(opened):
    """No element of the page comes from a name, and each name stands in it letter by letter."""
    page = opened("hostile")
    open_all(page)
    alien = "img, b b, i i, [onerror], main script, [src], bold"
    assert page.locator(alien).count() == 0
    texts = page.evaluate("[...document.querySelectorAll('main b, main i')].map(each => each.textContent)")
    assert "bold" not in texts
    assert '"CT|CF"' not in texts
    assert page.evaluate("document.querySelectorAll('script').length") == 5  # three that run, two of data
    assert '<i>"CT|CF"</i>' in page.locator("main").inner_text()
    search = page.get_by_role("form", name=re.compile("sequences", re.I)).get_by_role("searchbox")
    for name in HOSTILE:
        search.fill(name)
        page.wait_for_timeout(200)
        assert page.locator(".peak-name").first.get_attribute("title") == name
        assert page.locator(".peak-one h3").inner_text() == name
        assert page.locator("#peaks").locator(alien).count() == 0
    saved = page.evaluate("JSON.parse(document.getElementById('peaks-data').textContent).names")
    assert set(HOSTILE) <= set(saved)
