"""What a reader does with the page: sort, turn logos, find sequences, zoom, copy; by mouse and keyboard."""

import math
import re
from itertools import pairwise

import pandas as pd
import pytest

pytestmark = pytest.mark.browser

LIST = re.compile("^(bound sequences|peaks)$", re.IGNORECASE)
"""What the list of the peak browser is called, by what the sequences are."""


def column(table, index: int) -> list[str]:
    """What the rows of a table are sorted by in a column."""
    return table.evaluate(
        "(t, i) => [...t.tBodies[0].rows].map(r => r.cells[i].dataset.value ?? r.cells[i].textContent.trim())", index
    )


def is_sorted(values: list[str], falling: bool) -> bool:
    """Numbers by size, other text by letters, cells that say nothing last."""
    told = [value for value in values if value not in ("", "None", "–")]
    if values[: len(told)] != told:
        return False
    try:
        keys = [float(value) for value in told]
    except ValueError:
        return True  # text: the order of letters is the browser's
    steps = [b - a for a, b in pairwise(keys) if not math.isinf(a)]
    return all(step <= 0 if falling else step >= 0 for step in steps)


@pytest.mark.parametrize("key", [None, "Enter", "Space"])
def test_tables_are_sorted_by_mouse_and_keyboard(opened, key):
    page = opened("eight")
    table = page.locator("table.sortable").first
    heads = table.locator("thead tr").first.locator("th")
    tried = 0
    for index in range(heads.count()):
        head = heads.nth(index)
        button = head.get_by_role("button")
        if button.count() == 0 or not button.is_visible():
            continue
        tried += 1
        before = column(table, index)
        for _ in range(2):
            if key is None:
                button.click()
            else:
                button.focus()
                page.keyboard.press(key)
            order = head.get_attribute("aria-sort")
            assert order in ("ascending", "descending")
            assert is_sorted(column(table, index), order == "descending"), head.inner_text()
            assert sorted(column(table, index)) == sorted(before)
        assert table.locator("th[aria-sort]").count() == 1
    assert tried >= 4


def test_a_head_of_a_table_is_reached_by_tab(opened):
    page = opened("one")
    page.locator("h1").click()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('table.sortable th')"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
    pytest.fail("no head of a sortable table in 60 steps")


@pytest.mark.parametrize("keyboard", [False, True])
def test_a_switch_turns_a_logo(opened, keyboard):
    page = opened("eight")
    turned = page.get_by_role("img", name=re.compile("the reverse complement"))
    assert turned.count() == 0
    switches = page.get_by_role("checkbox", name=re.compile("reverse complement of"))
    assert switches.count() == 8
    switch = switches.nth(1)
    if keyboard:
        switch.focus()
        page.keyboard.press("Space")
    else:
        switch.click()
    assert turned.count() == 1
    assert "M2" in turned.first.locator("title").text_content()
    switch.click()
    assert turned.count() == 0


def test_rna_has_no_other_strand(opened):
    assert opened("rna").get_by_role("checkbox", name=re.compile("reverse complement")).count() == 0


def test_every_copy_button_copies(opened):
    page = opened("eight")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    buttons = page.get_by_role("button", name=re.compile("copy", re.I)).element_handles()  # what they say changes
    texts = {}
    for index, button in enumerate(buttons):
        if button.is_visible():
            before = page.evaluate("copied.length")
            button.click()
            page.wait_for_function("n => copied.length > n", arg=before)
            texts[index] = page.evaluate("copied.at(-1)")
    assert len(texts) >= 2
    assert all(texts.values())
    assert any(text.startswith("MEME version") for text in texts.values())


def test_logos_are_saved_as_files(opened, tmp_path):
    page = opened("one")
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as waited:
            page.get_by_role("button", name=re.compile(kind)).first.click()
        waited.value.save_as(tmp_path / kind)
        content = (tmp_path / kind).read_bytes()
        assert content.startswith(begins)
        assert len(content) > 500


@pytest.mark.parametrize("name", ["eight", "hostile", "rna"])
def test_sites_of_a_motif_are_saved_as_sites_bed_has_them(opened, run_of, tmp_path, name):
    page = opened(name)
    every = (run_of(name) / "sites.bed").read_text(encoding="utf-8").splitlines(keepends=True)
    buttons = page.get_by_role("button", name="sites (BED)", exact=True)
    for index in range(buttons.count()):
        with page.expect_download() as waited:
            buttons.nth(index).click()
        waited.value.save_as(tmp_path / "bed")
        assert waited.value.suggested_filename.startswith(f"M{index + 1}_")
        own = [line for line in every if line.split("\t")[3].split("_")[0] == f"M{index + 1}"]
        assert own
        assert (tmp_path / "bed").read_text(encoding="utf-8").splitlines(keepends=True) == own
    assert buttons.count() == page.locator("article").count()


def test_the_sentence_is_copied_as_plain_text(opened):
    page = opened("one")
    page.get_by_role("button", name="Copy the sentence").click()
    page.wait_for_function("copied.length")
    assert re.search(r"E = \d[\d.]*e-\d+[;,)]", page.evaluate("copied[0]"))
    assert "× 10" in " ".join(page.locator("h1").inner_text().split())


@pytest.fixture
def peaks(opened):
    """Opens a page; gives it, its peak browser's form and its list."""

    def open_peaks(name, **how):
        page = opened(name, **how)
        form = page.get_by_role("form", name=re.compile("sequences", re.I))
        return page, form, page.get_by_role("listbox", name=LIST)

    return open_peaks


def number_shown(page) -> int:
    """How many sequences the list has, those that are not drawn included."""
    rows = options(page)
    return int(rows.first.get_attribute("aria-setsize")) if rows.count() else 0


def options(page):
    """Sequences in the list, those that are drawn."""
    return page.get_by_role("listbox", name=LIST).get_by_role("option")


def test_sequences_are_found_by_name(peaks, run_of):
    page, form, rows = peaks("eight")
    sites = pd.read_csv(run_of("eight") / "sites.tsv.gz", sep="\t")
    wanted = sites[sites["label"] == 1]["sequence"].iloc[700]
    form.get_by_role("searchbox").fill(wanted)
    page.wait_for_timeout(400)
    assert wanted in rows.inner_text()
    names = sites[sites["label"] == 1]["sequence"].unique()
    assert number_shown(page) == sum(wanted in name for name in names)


def test_sequences_are_chosen_by_motif_by_pair_and_by_none(peaks, run_of):
    page, form, _ = peaks("eight")
    sites = pd.read_csv(run_of("eight") / "sites.tsv.gz", sep="\t")
    own = sites[sites["label"] == 1].groupby("motif_id")["sequence"].agg(set)
    first, second = (form.get_by_role("combobox").nth(index) for index in (0, 1))
    first.select_option(index=2)
    page.wait_for_timeout(400)
    assert number_shown(page) == len(own["M1"])
    second.select_option(index=2)
    page.wait_for_timeout(400)
    assert number_shown(page) == len(own["M1"] & own["M2"])
    first.select_option(index=1)
    page.wait_for_timeout(400)
    assert number_shown(page) == 5000 - len(set().union(*own))


def test_the_list_is_walked_by_keys(peaks):
    page, _, rows = peaks("eight")
    rows.focus()
    for key in ("ArrowDown", "ArrowDown", "PageDown", "End", "Home"):
        page.keyboard.press(key)
    chosen = options(page).and_(page.locator("[aria-selected=true]"))
    assert chosen.count() == 1
    assert chosen.get_attribute("aria-posinset") == "1"


def test_letters_are_read_at_zoom(peaks):
    page, form, rows = peaks("twelve")
    assert not re.search("[ACGT]{40}", rows.inner_text())
    form.get_by_label("Zoom").select_option(label="letters")
    page.wait_for_timeout(400)
    letters = "".join(rows.inner_text().split())
    assert re.search("[ACGT]{40}", letters)


def test_what_is_shown_is_copied_as_bed_and_fasta(peaks, run_of):
    page, form, _ = peaks("eight")
    form.get_by_role("searchbox").fill("chr7:")
    page.wait_for_timeout(400)
    form.get_by_role("button", name=re.compile("FASTA")).click()
    fasta = page.evaluate("copied.at(-1)")
    names = re.findall("^>(.*)$", fasta, flags=re.M)
    assert len(names) == number_shown(page)
    assert all("chr7:" in name for name in names)
    given = (run_of("eight").parent / "eight.fa").read_text().split(">")[1:]
    truth = dict(each.rstrip("\n").split("\n") for each in given)
    copied = dict(each.rstrip("\n").split("\n", 1) for each in fasta.split(">")[1:])
    assert {name: text.replace("\n", "") for name, text in copied.items()} == {name: truth[name] for name in names}
    form.get_by_role("button", name=re.compile("sites")).click()
    bed = [line.split("\t") for line in page.evaluate("copied.at(-1)").strip().split("\n")]
    sites = pd.read_csv(run_of("eight") / "sites.tsv.gz", sep="\t")
    own = sites[(sites["label"] == 1) & sites["sequence"].str.contains("chr7:")]
    assert sorted((line[0], int(line[1]), int(line[2]), line[5]) for line in bed) == sorted(
        zip(own["chrom"], own["chrom_start"], own["chrom_end"], own["chrom_strand"], strict=True)
    )


def test_forty_thousand_are_scrolled_with_few_elements(peaks):
    page, _, rows = peaks("many")
    before = page.evaluate("document.querySelectorAll('*').length")
    rows.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(400)
    assert page.evaluate("document.querySelectorAll('*').length") < before + 2000
    assert 0 < options(page).count() < 200
