"""Motifs written in the marks of several channels are found, and what is written."""

import pytest
import torch
from torch import Tensor

from sparling.layer.codes import read_codes

WORDS = torch.tensor([[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1]])
"""Six motifs as pairs of four channels."""
SCALES = torch.tensor([1.0, 5.0, 0.2, 1.0])
"""Channels mark with different strengths."""


def written(size: tuple[int, ...], seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """A map (60, 4, S...) with two motifs a sample, each mark moved by up to one position and of varied strength; where
    they are (120, 1 + R), and which."""
    generator = torch.Generator().manual_seed(seed)
    activations = torch.zeros(60, 4, *size)
    kinds = torch.randint(6, (60, 2), generator=generator)
    places = []
    for sample in range(60):
        for second in (0, 1):
            place = [5 + int(torch.randint(size[0] // 2 - 9, (1,), generator=generator)) + second * size[0] // 2]
            place += [5 + int(torch.randint(n - 10, (1,), generator=generator)) for n in size[1:]]
            places.append([sample, *place])
            for channel in WORDS[kinds[sample, second]].nonzero().flatten().tolist():
                moved = [p + int(torch.randint(3, (1,), generator=generator)) - 1 for p in place]
                strength = 0.8 + 0.4 * float(torch.rand(1, generator=generator))
                activations[(sample, channel, *moved)] = SCALES[channel] * strength
    return activations, torch.tensor(places), kinds.flatten()


@pytest.mark.parametrize("size", [(60,), (40, 20)])
def test_each_motif_is_one_place_and_says_its_word(size: tuple[int, ...]) -> None:
    activations, places, kinds = written(size)
    codes = read_codes([activations[:25], activations[25:]], torch.ones(4, dtype=torch.bool), width=7)
    found = torch.cat(codes.at).nonzero()
    found = found[torch.argsort(found[:, 0] * 1000 + found[:, 1])]
    assert len(found) == 120
    assert (found - places).abs().amax() <= 2
    assert torch.equal(codes.strengths > 0, WORDS[kinds] > 0)


def test_a_channel_that_is_not_heard_says_nothing() -> None:
    activations, _, _ = written((60,))
    noisy = torch.cat([activations, torch.rand(60, 1, 60, generator=torch.Generator().manual_seed(3))], dim=1)
    heard = torch.tensor([True] * 4 + [False])
    codes, clean = read_codes([noisy], heard, width=7), read_codes([activations], heard[:4], width=7)
    assert torch.equal(codes.at[0], clean.at[0])
    assert torch.equal(codes.strengths, torch.cat([clean.strengths, torch.zeros(120, 1)], dim=1))


def test_a_map_without_marks_has_no_places() -> None:
    codes = read_codes([torch.zeros(3, 2, 9)], torch.tensor([True, True]), width=3)
    assert codes.strengths.shape == (0, 2)
    assert not codes.at[0].any()
