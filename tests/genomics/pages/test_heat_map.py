"""The picture of effects: a cell a motif and label, signs as colours, strength as opacity."""

import re

from sparling_genomics.files.rows import LabelEffect
from sparling_genomics.pages.heat_map import heat_map

EFFECTS = [
    LabelEffect("M1", "CTCF", 0.5, 40, 0.9, 0.1, 1e-9, 4e-9),
    LabelEffect("M1", "level", -1.0, 40, 3.0, 5.0, 0.3, 1.2),
    LabelEffect("M2", "CTCF", None, 0, None, 0.4, 1.0, 4.0),
    LabelEffect("M2", "level", 8.0, 12, 9.0, 4.0, 1e-5, 4e-5),
]
SCALE = {"CTCF": 0.5, "level": 4.0}


def drawn(effects=EFFECTS, consensus=None):
    return str(heat_map(effects, consensus or {"M1": "TGACTCA", "M2": "A" * 30}, SCALE))


def test_signs_are_colours_and_strength_is_opacity():
    cells = re.findall(r'<rect fill-opacity="([\d.]+)" class="(\w+)"', drawn())
    assert cells == [("1.000", "raises"), ("0.250", "lowers"), ("0.000", "raises"), ("1.000", "raises")]


def test_numbers_stand_in_their_cells_with_a_true_minus():
    texts = re.findall(r'<text class="(cell[^"]*)"[^>]*>([^<]*)</text>', drawn())
    assert texts == [
        ("cell strong-cell", "+0.50"),
        ("cell unsure", "−1.00"),
        ("cell unsure", "–"),
        ("cell strong-cell", "+8.00"),
    ]


def test_rows_are_motifs_and_columns_labels_and_long_names_are_cut():
    picture = drawn([*EFFECTS, LabelEffect("M1", "a very long <label>", 0.1, 4, 0.5, 0.5, 1.0, 9.0)][:4])
    assert "M1  TGACTCA" in picture
    assert f"M2  {'A' * 17}…" in picture
    named = [each._replace(label="a very <long> label") if each.label == "level" else each for each in EFFECTS]
    other = str(heat_map(named, {"M1": "T", "M2": "A"}, {"CTCF": 0.5, "a very <long> label": 4.0}))
    assert "a very &lt;lo…" in other
    assert "<long>" not in other


def test_a_cell_says_its_numbers_when_hovered_over():
    assert "<title>M1 on level: 40 test sequences with a site, E = 1.2</title>" in drawn()
