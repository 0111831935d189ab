"""The layout against mathtext itself, every glyph, every pixel: it fails where a new Matplotlib draws otherwise."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from sparling.domains.latex_ocr.glyphs import glyphs
from sparling.domains.latex_ocr.grammar import CLASSES, FRACTION, OVER, formula
from sparling.domains.latex_ocr.layout import Page, lay_out
from sparling.domains.latex_ocr.mathtext import draw, spelled

DEEP = [FRACTION, FRACTION, FRACTION, FRACTION, 1, OVER, 2, 21, OVER, 3, 22, 4, 23, 21, OVER, 5, 21, OVER, 6, 21]
"""Four fractions within each other, a script in the third."""


def formulas(n: int, seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)

    def numbers() -> Iterator[float]:
        while True:
            yield from rng.random(256).tolist()

    stream = numbers()
    return [formula(1 + i % 30, stream) for i in range(n)]


def parts(page: Page) -> list[tuple[str, NDArray[np.bool_]]]:
    """Class and ink of each glyph and bar; ink beyond the page is an error."""
    table, images = glyphs(), []
    for sign in page.glyphs:
        pixels = slice(int(table.first[sign.glyph]), int(table.first[sign.glyph + 1]))
        image = np.zeros((page.height, page.width), bool)
        rows, columns = table.row[pixels].numpy() + sign.row, table.column[pixels].numpy() + sign.column
        assert min(rows.min(), columns.min()) >= 0
        image[rows, columns] = True
        images.append((CLASSES[sign.token], image))
    for bar in page.bars:
        image = np.zeros((page.height, page.width), bool)
        image[bar.row : bar.row + bar.height, bar.column : bar.column + bar.width] = True
        images.append(("frac", image))
    return images


@pytest.mark.parametrize("tokens", [*formulas(210, seed=0), DEEP], ids=lambda tokens: " ".join(map(str, tokens)))
def test_every_pixel_is_mathtexts(tokens: list[int]) -> None:
    drawing = draw(tokens)
    ours = parts(lay_out(tokens))
    assert np.array_equal(np.any([image for _, image in ours], axis=0), drawing.whole), spelled(tokens)
    alone = [*drawing.glyphs, *(("frac", bar) for bar in drawing.bars)]
    assert np.array_equal(np.any([image for _, image in alone], axis=0), drawing.whole)
    for (name, mine), (_, theirs) in zip(ours, alone, strict=True):
        assert np.array_equal(mine, theirs), f"{name} in {spelled(tokens)}"


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(ValueError, match="tokens must be a formula; got token 20 at 1 too many"):
        lay_out([3, OVER])
