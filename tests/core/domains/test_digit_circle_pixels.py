"""DigitCircle: background, stamps over it, and flips over both."""

import numpy as np
import pytest
import torch
from torch import Tensor

from sparling.domains.base import Samples
from sparling.domains.digit_circle import BACKGROUND, FLIP, DigitCircle, Layout
from sparling.domains.stamps import STAMPS
from tests.core.domains.worlds import WORLDS, N


def clean_image(world: DigitCircle, layout: Layout, sample: int) -> Tensor:
    """The stamps of one sample before any pixel is flipped; -1 on the background."""
    image = torch.full(world.size, -1)
    for slot in range(int(layout.number[sample])):
        stamp = STAMPS[int(layout.digit[sample, slot])]
        top, left = layout.corner[sample, slot].tolist()
        image[top : top + stamp.shape[0], left : left + stamp.shape[1]] = stamp
    return image


def close_to(share: float, found: Tensor) -> bool:
    """Within four standard errors of a share."""
    return abs(float(found.double().mean()) - share) < 4 * (share * (1 - share) / found.numel()) ** 0.5


@pytest.fixture(scope="module")
def clean(world: DigitCircle, layout: Layout) -> Tensor:
    return torch.stack([clean_image(world, layout, sample) for sample in range(1000)])


def test_images_are_zeros_and_ones(world: DigitCircle, samples: Samples) -> None:
    assert samples.x.shape == (N, 1, *world.size)
    assert samples.x.dtype == torch.uint8
    assert samples.x.unique().tolist() == [0, 1]


def test_a_twentieth_of_stamped_pixels_is_flipped(samples: Samples, clean: Tensor) -> None:
    assert FLIP == 0.05
    image = samples.x[: len(clean), 0]
    for value in (0, 1):
        assert close_to(FLIP, image[clean == value] != value)


def test_background_is_on_half_as_often_as_ink(samples: Samples, clean: Tensor) -> None:
    ink = float(np.mean([stamp.float().mean() for stamp in STAMPS]))
    assert pytest.approx(0.5 * ink) == BACKGROUND
    on = BACKGROUND * (1 - FLIP) + (1 - BACKGROUND) * FLIP
    assert close_to(on, samples.x[: len(clean), 0][clean < 0])


def test_flips_and_background_follow_no_neighbour(samples: Samples, clean: Tensor) -> None:
    image = samples.x[: len(clean), 0].double()
    expected = torch.where(clean < 0, BACKGROUND * (1 - FLIP) + (1 - BACKGROUND) * FLIP, FLIP + clean * (1 - 2 * FLIP))
    noise = (image - expected) / (expected * (1 - expected)).sqrt()
    for first, second in (
        (noise[:, 1:], noise[:, :-1]),
        (noise[:, :, 1:], noise[:, :, :-1]),
        (noise[1:], noise[:-1]),
    ):
        assert abs(float((first * second).mean())) * first.numel() ** 0.5 < 4


def test_later_stamps_overwrite_earlier_ones(world: DigitCircle, layout: Layout, samples: Samples) -> None:
    """Where two stamps disagree, the pixel follows the later one."""
    follows = []
    for sample in range(1000):
        clean = clean_image(world, layout, sample)
        for slot in range(int(layout.number[sample])):
            (top, left), stamp = layout.corner[sample, slot].tolist(), STAMPS[int(layout.digit[sample, slot])]
            box = slice(top, top + stamp.shape[0]), slice(left, left + stamp.shape[1])
            overwritten = clean[box] != stamp
            follows.append(samples.x[sample, 0][box][overwritten] == clean[box][overwritten])
    if world.overlap:
        assert close_to(1 - FLIP, torch.cat(follows))
    else:
        assert torch.cat(follows).numel() == 0


@pytest.mark.parametrize("world", [WORLDS[1]], indirect=True, ids=["apart"])
@pytest.mark.parametrize("digit", range(10))
def test_boxes_frame_their_stamps_exactly(samples: Samples, digit: int) -> None:
    """Pixels agree with the stamp as often as they are not flipped, and much less one pixel off."""
    chosen = samples.motifs.kind == digit
    corners = zip(samples.motifs.sample[chosen], samples.motifs.low[chosen], samples.motifs.high[chosen], strict=True)
    boxes = [(samples.x[n, 0], *low.tolist(), *high.tolist()) for n, low, high in corners]
    agreeing = {}
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            seen = torch.stack(
                [x[top + down : bottom + down, left + right : far + right] for x, top, left, bottom, far in boxes]
            )
            agreeing[down, right] = seen == STAMPS[digit]
    centred = agreeing.pop((0, 0))
    assert close_to(1 - FLIP, centred)
    for pixel in centred.flatten(1).T:
        assert abs(float(pixel.double().mean()) - 0.95) < 5 * (FLIP * (1 - FLIP) / len(pixel)) ** 0.5
    assert max(float(found.double().mean()) for found in agreeing.values()) < 0.88
