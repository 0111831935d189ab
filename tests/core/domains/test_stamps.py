"""The ten digits: shapes, margins, and the font they come from."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from sparling.domains.stamps import STAMPS


def test_twelve_rows_and_a_margin_of_one_pixel() -> None:
    assert len(STAMPS) == 10
    for stamp in STAMPS:
        assert stamp.dtype == torch.uint8
        assert stamp.shape[0] == 12
        assert 7 <= stamp.shape[1] <= 9
        assert stamp[[0, -1]].sum() == stamp[:, [0, -1]].sum() == 0
        inner = stamp[1:-1, 1:-1]
        assert min(inner[0].sum(), inner[-1].sum(), inner[:, 0].sum(), inner[:, -1].sum()) > 0


def test_any_two_differ_in_a_tenth_of_their_pixels() -> None:
    wide = [torch.nn.functional.pad(stamp, (0, 9 - stamp.shape[1])) for stamp in STAMPS]
    for i in range(10):
        for j in range(i):
            assert (wide[i] != wide[j]).float().mean() >= 0.1


@pytest.mark.parametrize("digit", range(10))
def test_they_are_digits_of_the_font(digit: int) -> None:
    """Versions of the renderer may differ in a pixel or two; the text is what counts."""
    font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 14)
    image = Image.new("1", (24, 24))
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.text((6, 3), str(digit), font=font, fill=1)
    drawn, stamp = np.asarray(image), STAMPS[digit].numpy().astype(bool)
    height, width = stamp.shape
    differing = [
        int((drawn[top : top + height, left : left + width] != stamp).sum())
        for top in range(24 - height)
        for left in range(24 - width)
    ]
    assert min(differing) <= 4
