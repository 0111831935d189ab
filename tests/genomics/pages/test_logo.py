"""Logos: what is drawn is read back from the outlines of the SVG, the pixels of the PNG, the patches on axes."""

import re
import xml.etree.ElementTree as ET
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.glyphs import BITS, DIGITS, LETTERS, contours
from sparling_genomics.pages.logo import COLOURS, draw_logo, logo_on, stacked

SVG = "{http://www.w3.org/2000/svg}"

M = 10**6
"""Letters of a column, so many that the correction for few is nothing."""


def motif(width: int = 6, **fields) -> Pwm:
    counts = np.random.default_rng(4).dirichlet(np.full(4, 0.4), size=width) * 100
    return Pwm("M1", counts, n_sites=100, **fields)


class Drawn(NamedTuple):
    """A letter as an SVG has it, in points."""

    letter: str
    colour: str
    x: float
    top: float
    width: float
    height: float


def drawn(path) -> list[Drawn]:
    """The letters of an SVG logo in the order of the file."""
    letters = {outline: letter for letter, outline in LETTERS.items()}
    found = []
    for element in ET.parse(path).iter(f"{SVG}path"):
        if element.get("d") in letters:
            numbers = re.fullmatch(r"matrix\((\S+) 0 0 (\S+) (\S+) (\S+)\)", element.get("transform"))
            sx, sy, x, y = map(float, numbers.groups())
            found.append(Drawn(letters[element.get("d")], element.get("fill"), x, y, 1000 * sx, 1000 * sy))
    return found


@given(st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=1, max_size=12))
def test_letters_of_a_column_stack_to_its_information_least_probable_first(counts):
    pwm = Pwm("M1", counts, 50)
    heights = pwm.probabilities() * pwm.corrected_information()[:, None]
    for column, bits in enumerate(pwm.corrected_information()):
        letters = [each for each in stacked(pwm) if each.column == column]
        assert [each.height for each in letters] == sorted(each.height for each in letters)
        assert sum(each.height for each in letters) == pytest.approx(bits, abs=0.004)
        for each in letters:
            below = heights[column][heights[column] < each.height].sum()
            assert each.height in heights[column]
            assert each.bottom >= below - 1e-9
            assert each.bottom + each.height <= bits + 1e-9


def test_heights_in_the_svg_are_information(tmp_path):
    """(1/2, 1/2) carries 1 bit, so each letter is half a bit high: a quarter of one that is certain."""
    draw_logo(Pwm("M1", [[M, 0, 0, 0], [M / 2, M / 2, 0, 0], [1, 1, 1, 1]], M), tmp_path / "a.svg")
    certain, lower, upper = drawn(tmp_path / "a.svg")
    assert (certain.letter, lower.letter, upper.letter) == ("A", "A", "C")
    assert lower.height == upper.height == pytest.approx(certain.height / 4, rel=1e-3)
    floor = certain.top + certain.height
    assert lower.top + lower.height == pytest.approx(floor, abs=0.01)
    assert upper.top + upper.height == pytest.approx(lower.top, abs=0.01)
    assert lower.x - certain.x == pytest.approx(certain.width / 0.95, rel=1e-3)
    pwm = motif(21)
    draw_logo(pwm, tmp_path / "b.svg")
    bits = [2 * letter.height / certain.height for letter in drawn(tmp_path / "b.svg")]
    assert bits == pytest.approx([letter.height for letter in stacked(pwm)], rel=1e-3)


def test_both_formats_at_once_show_the_same(tmp_path):
    draw_logo(motif(), tmp_path / "M1.svg", tmp_path / "M1.PNG")
    image = Image.open(tmp_path / "M1.PNG")
    root = ET.parse(tmp_path / "M1.svg").getroot()
    assert root.tag == f"{SVG}svg"
    size = [float(root.get(side).removesuffix("pt")) * 200 / 72 for side in ("width", "height")]
    assert image.size == pytest.approx(size, abs=1)
    for letter in drawn(tmp_path / "M1.svg"):
        if letter.letter == "T" and letter.height > 2:  # the middle of the bar of a T is its colour
            x, y = (letter.x + letter.width / 2) * 200 / 72, (letter.top + 0.1 * letter.height) * 200 / 72
            assert to_hex(np.array(image.getpixel((round(x), round(y)))) / 255) == letter.colour


def test_what_a_letter_encloses_is_white(tmp_path):
    draw_logo(Pwm("M1", [[M, 0, 0, 0]], M), tmp_path / "a.svg", tmp_path / "a.png")
    (letter,) = drawn(tmp_path / "a.svg")
    image = Image.open(tmp_path / "a.png")
    x, y = letter.x + letter.width / 2, letter.top + 0.5 * letter.height
    assert image.getpixel((round(x * 200 / 72), round(y * 200 / 72))) == (255, 255, 255)


def test_letters_have_the_colours_of_the_field(tmp_path):
    for letter, colour in zip("ACGT", (COLOURS[x] for x in "ACGT"), strict=True):
        draw_logo(Pwm("M1", M * np.eye(4)[["ACGT".index(letter)]], M), tmp_path / "one.svg")
        assert [(each.letter, each.colour) for each in drawn(tmp_path / "one.svg")] == [(letter, colour)]
    draw_logo(Pwm("M1", M * np.eye(4)[[3]], M, RNA), tmp_path / "u.svg")
    assert [(each.letter, each.colour) for each in drawn(tmp_path / "u.svg")] == [("U", COLOURS["T"])]


def test_same_motif_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        draw_logo(motif(), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("width", [1, 33])
def test_every_position_has_its_number(tmp_path, width):
    draw_logo(motif(width), tmp_path / "a.svg")
    outlines = [element.get("d") for element in ET.parse(tmp_path / "a.svg").iter(f"{SVG}path")]
    numbers = "012" + "".join(str(position) for position in range(1, width + 1))
    assert [str(DIGITS.index(d)) for d in outlines if d in DIGITS] == list(numbers)
    assert outlines.count(BITS) == 1


def test_a_name_with_signs_of_xml_is_text(tmp_path):
    draw_logo(Pwm("a<b&c", np.eye(4)[[0, 1]], 1), tmp_path / "a.svg")
    assert ET.parse(tmp_path / "a.svg").findtext(f"{SVG}title") == "a<b&c AC"


def test_an_unequal_background_can_carry_more_than_two_bits(tmp_path):
    draw_logo(Pwm("M1", M * np.eye(4)[[1, 0]], M, background=(0.4, 0.1, 0.1, 0.4)), tmp_path / "a.svg")
    high, low = drawn(tmp_path / "a.svg")
    assert low.height / high.height == pytest.approx(np.log2(1 / 0.4) / np.log2(10), rel=1e-3)
    assert high.top > 0


def test_axes_carry_the_same_letters():
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    logo_on(axes, motif())
    figure.canvas.draw()
    for letter, patch in zip(stacked(motif()), axes.patches, strict=True):
        box = patch.get_path().get_extents()
        assert (box.y0, box.y1) == pytest.approx((letter.bottom, letter.bottom + letter.height), abs=1e-6)
        assert (box.x0 + box.x1) / 2 == pytest.approx(letter.column, abs=1e-6)
        assert to_hex(patch.get_facecolor()) == COLOURS[letter.letter]
    assert axes.get_ylim() == (0, 2)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == list("123456")


@pytest.mark.parametrize(("letter", "holes"), [("A", 1), ("C", 0), ("G", 0), ("T", 0), ("U", 0)])
def test_a_letter_fills_its_box(letter, holes):
    shapes = contours(LETTERS[letter])
    points = np.concatenate([contour.points for contour in shapes])
    assert points.min(axis=0) == pytest.approx([0, 0])
    assert points.max(axis=0) == pytest.approx([1000, 1000])
    assert sum(contour.hole for contour in shapes) == holes


def test_digits_have_the_holes_that_they_have():
    assert [sum(contour.hole for contour in contours(digit)) for digit in DIGITS] == [1, 0, 0, 0, 1, 0, 1, 0, 2, 1]


def test_faults(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg or \.png; got .*logo\.pdf"):
        draw_logo(motif(), tmp_path / "a.svg", tmp_path / "logo.pdf")
    assert not (tmp_path / "a.svg").exists()
    with pytest.raises(ValueError, match="motif M1 has no column to draw"):
        draw_logo(motif(0), tmp_path / "a.svg")
