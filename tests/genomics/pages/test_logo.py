"""Logos: what is drawn is checked on the figure and on the files' bytes and sizes."""

import re
import struct
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.logo import COLOURS, draw_logo, logo_on

SVG = "{http://www.w3.org/2000/svg}"


def motif(width: int = 6, **fields) -> Pwm:
    counts = np.random.default_rng(4).dirichlet(np.full(4, 0.4), size=width) * 100
    return Pwm("M1", counts, n_sites=100, **fields)


def fills(path) -> set[str]:
    return set(re.findall(r"fill: (#[0-9a-f]{6})", path.read_text()))


def test_both_formats_at_once(tmp_path):
    draw_logo(motif(), tmp_path / "M1.svg", tmp_path / "M1.png")
    root = ET.parse(tmp_path / "M1.svg").getroot()
    assert root.tag == f"{SVG}svg"
    header = (tmp_path / "M1.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", header[16:24])
    assert width > height > 200


def test_letters_have_the_colours_of_the_field(tmp_path):
    for letter, colour in zip("ACGT", (COLOURS[x] for x in "ACGT"), strict=True):
        draw_logo(Pwm("M1", 20 * np.eye(4)[["ACGT".index(letter)]], 20), tmp_path / "one.svg")
        assert fills(tmp_path / "one.svg") & set(COLOURS.values()) == {colour}
    draw_logo(Pwm("M1", 20 * np.eye(4)[[3]], 20, RNA), tmp_path / "u.svg")
    assert COLOURS["U"] == COLOURS["T"]
    assert COLOURS["U"] in fills(tmp_path / "u.svg")


def test_a_letter_is_as_high_as_its_share_of_the_bits(tmp_path):
    """(1/2, 1/2) carries 1 bit, so each letter is half a bit high: a quarter of one that is certain."""

    def height(counts) -> float:
        draw_logo(Pwm("M1", 1000 * np.array(counts), 2000), tmp_path / "h.svg")
        outline = re.search(
            rf'd="([^"]+)"[^>]*fill: {COLOURS["A"]}', (tmp_path / "h.svg").read_text().replace("\n", " ")
        )
        y = np.array(re.findall(r"[ML] \S+ (\S+)", outline[1]), dtype=float)
        return float(y.max() - y.min())

    assert height([[1, 1, 0, 0]]) == pytest.approx(height([[2, 0, 0, 0]]) / 4, rel=0.05)


def test_same_motif_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        draw_logo(motif(), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_nothing_is_left_in_pyplot_and_settings_stay(tmp_path):
    import matplotlib.pyplot as plt

    before, figures = dict(matplotlib.rcParams), plt.get_fignums()
    draw_logo(motif(), tmp_path / "a.svg")
    assert plt.get_fignums() == figures
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("width", [1, 33])
def test_narrow_and_wide(tmp_path, width):
    draw_logo(motif(width), tmp_path / "a.svg")
    size = float(ET.parse(tmp_path / "a.svg").getroot().get("width").removesuffix("pt"))
    assert size == pytest.approx(72 * (0.65 + 0.28 * width), rel=0.01)


def test_an_unequal_background_can_carry_more_than_two_bits(tmp_path):
    figure = Figure()
    logo_on(axes := figure.add_subplot(), Pwm("M1", 99 * np.eye(4)[[1, 1]], 99, background=(0.4, 0.1, 0.1, 0.4)))
    assert axes.get_ylim()[1] == pytest.approx(np.log2(10) - 3 / (2 * np.log(2) * 99))


def test_letters_that_a_few_sites_have_by_chance_are_not_drawn(tmp_path):
    draw_logo(Pwm("M1", np.eye(4)[[0, 1, 2]], 1), tmp_path / "a.svg")
    assert not fills(tmp_path / "a.svg") & set(COLOURS.values())


def test_faults(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg or \.png; got .*logo\.pdf"):
        draw_logo(motif(), tmp_path / "a.svg", tmp_path / "logo.pdf")
    assert not (tmp_path / "a.svg").exists()
    with pytest.raises(ValueError, match="motif M1 has no column to draw"):
        draw_logo(motif(0), tmp_path / "a.svg")
