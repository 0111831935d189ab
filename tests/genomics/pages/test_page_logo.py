"""Logos inside a page: outlines that stand once, the letters of the motif, columns shown, strands, colours."""

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest

from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.glyphs import LETTERS
from sparling_genomics.pages.logo import stacked
from sparling_genomics.pages.page_logo import both_strands, letter_symbols, page_logo, shown_span
from tests.page import Page

EYE = np.eye(4)
USE = re.compile(r'<use href="#letter-(\w)" x="(-?\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/>')


def flanked(word: str = "GATAAC", flank: int = 3, sites: int = 1000) -> Pwm:
    """A word between columns of the background."""
    core = EYE[["ACGT".index(letter) for letter in word]] * sites
    weak = np.full((flank, 4), sites / 4)
    return Pwm("M1", np.vstack([weak, core, weak]), sites)


def spelled(svg: str) -> str:
    """The letters of a logo from left to right, of each column the highest one."""
    columns: dict[int, tuple[int, str]] = {}
    for letter, x, _, _, height in USE.findall(svg):
        columns[int(x)] = max(columns.get(int(x), (0, "")), (int(height), letter))
    return "".join(columns[x][1] for x in sorted(columns))


def test_outlines_stand_once_in_a_page_and_logos_only_refer_to_them():
    symbols, logo = str(letter_symbols()), str(both_strands(flanked()))
    Page(symbols + logo)
    assert all(symbols.count(outline) == 1 and outline not in logo for outline in LETTERS.values())
    referred = set(re.findall(r'href="#([^"]+)"', logo))
    assert referred <= set(re.findall(r'id="([^"]+)"', symbols))
    assert re.findall(r"""(?:href|src|xlink:href)=["'](?!#)""", logo) == []


def test_a_logo_of_both_strands_is_a_few_kilobytes():
    counts = np.random.default_rng(0).dirichlet([0.3] * 4, 21) * 500
    assert len(both_strands(Pwm("M1", counts, 500))) < 9_000


def test_letters_are_as_high_and_lie_as_in_the_file():
    pwm = Pwm("M1", np.random.default_rng(3).dirichlet([0.5] * 4, 9) * 400, 400)
    start, end = shown_span(pwm)
    expected = [each for each in stacked(pwm) if start <= each.column < end and each.height >= 0.02]
    drawn = USE.findall(page_logo(pwm))
    assert [letter for letter, *_ in drawn] == [each.letter for each in expected]
    for (_, x, y, _, height), each in zip(drawn, expected, strict=True):
        assert int(x) == 133 + 100 * (each.column - start)
        assert int(height) == pytest.approx(180 * each.height, abs=1)
        assert int(y) + int(height) == pytest.approx(380 - 180 * each.bottom, abs=1)


def test_flanks_are_not_shown_and_the_title_says_so():
    logo = page_logo(flanked(), "GATA1")
    assert shown_span(flanked()) == (3, 9)
    assert spelled(logo) == "GATAAC"
    assert (
        "<title>Sequence logo of M1, GATA1: GATAAC; columns 4 to 9 of 12, those beside them carry less than 0.3 bits"
        in logo
    )
    assert "columns" not in page_logo(flanked(flank=0))
    assert flanked().width == 12


def test_a_weak_column_inside_stays_and_a_motif_of_weak_ones_is_shown_whole():
    inside = np.vstack([EYE[[0]] * 100, np.full((1, 4), 25.0), EYE[[1]] * 100])
    assert shown_span(Pwm("M1", inside, 100)) == (0, 3)
    assert shown_span(Pwm("M1", np.full((4, 4), 25.0), 100)) == (0, 4)


def test_the_reverse_complement_is_that_of_the_matrix_with_its_columns_numbers():
    pwm = flanked(flank=0)
    wide = Pwm("M1", np.vstack([pwm.counts, np.full((2, 4), 250.0)]), 1000)
    turned = page_logo(wide, turned=True)
    assert spelled(turned) == "GTTATC"
    assert USE.findall(turned) == USE.findall(page_logo(pwm.reverse_complement()))
    assert "GTTATC, the reverse complement; columns 1 to 6 of 8" in turned
    assert re.findall(r'<text x="\d+" y="444">(\d+)', turned) == ["6", "1"]


def test_of_rna_there_is_one_strand_and_a_u():
    rna = Pwm("M1", EYE[[3, 2, 1]] * 90, 90, alphabet=RNA)
    logo = both_strands(rna)
    assert spelled(logo) == "UGC"
    assert "reverse complement" not in logo
    assert both_strands(flanked()).count("<svg") == 2


def test_in_one_frame_two_logos_stand_one_over_the_other():
    whole, part = flanked("GATAAC", 0), flanked("TAAC", 0)
    places = [
        [int(x) for _, x, *_ in USE.findall(page_logo(p, frame=f))] for p, f in ((whole, (0, 6)), (part, (-2, 4)))
    ]
    assert places[0][2:] == places[1]


def test_a_bare_logo_has_the_same_letters_and_nothing_else():
    pwm = flanked()
    bare = page_logo(pwm, bare=True)
    moved = [(letter, int(x) + 130, *rest) for letter, x, *rest in USE.findall(bare)]
    assert moved == [(letter, int(x), *rest) for letter, x, *rest in USE.findall(page_logo(pwm))]
    assert re.findall(r"<(?!use|svg|/svg|title|/title)", bare) == []
    assert bare.split("</title>")[0].split("<title>")[1] == page_logo(pwm).split("</title>")[0].split("<title>")[1]


def test_names_are_escaped_and_a_motif_needs_a_column():
    logo = both_strands(Pwm('<b>"', EYE * 9, 9), '</title><script>alert("&")</script>')
    Page(str(logo))
    assert "<script" not in logo
    assert "<b>" not in logo
    with pytest.raises(ValueError, match="no column to draw"):
        page_logo(Pwm("M1", np.zeros((0, 4)), 0))


# Machado, Oliveira & Fernandes 2009 (IEEE TVCG 15:1291), severity 1, on linear RGB.
SEEN = {
    "all": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)


def linear(colour: str):
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    f = RGB_TO_XYZ @ rgb / (0.95047, 1, 1.08883)
    x, y, z = np.where(f > 0.008856, np.cbrt(f), 7.787 * f + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize(("which", "paper"), [(0, "#ffffff"), (1, "#14181c")], ids=["light", "dark"])
def test_the_four_colours_are_told_apart_by_the_colour_blind_and_stand_out_from_the_page(which, paper):
    style = files("sparling_genomics.pages").joinpath("templates/logos.css").read_text(encoding="utf-8")
    colours = re.findall(r"--letter-\w: (#\w{6})", style)[4 * which :][:4]
    for colour in colours:
        low, high = sorted(float(RGB_TO_XYZ[1] @ linear(each)) for each in (colour, paper))
        assert (high + 0.05) / (low + 0.05) >= 3, colour
    for name, matrix in SEEN.items():
        seen = [lab(np.clip(np.array(matrix) @ linear(colour), 0, 1)) for colour in colours]
        assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 20, name
