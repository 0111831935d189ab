"""Outputs after changes of a map are those of the changed map read as a whole."""

import pytest
import torch

from sparling.networks.followed import Changed, Followed
from sparling.networks.readout import PositionReadout

LENGTH, CHANNELS = 40, 3


@pytest.fixture(params=[(3, (1, 2, 4)), (5, (1, 1, 4)), (3, (4, 1)), (9, (1, 2))])
def readout(request) -> PositionReadout:
    """With the statistics of a trained one."""
    torch.manual_seed(0)
    made = PositionReadout(CHANNELS, 2, width=6, kernel=request.param[0], dilations=request.param[1])
    for unit in made.units:
        norm = unit[0]
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
        norm.weight.data.normal_(1, 0.3)
        norm.bias.data.normal_()
    return made.eval()


@pytest.mark.parametrize("padded", [False, True])
@torch.no_grad()
def test_changes_are_followed_exactly(readout, padded):
    rng = torch.Generator().manual_seed(1)
    z = torch.rand(2, CHANNELS, LENGTH, generator=rng)
    mask = None
    if padded:
        mask = torch.ones(2, 1, LENGTH, dtype=torch.bool)
        mask[0, :, :7], mask[1, :, 30:] = False, False
    followed = Followed(readout, z, mask)
    assert torch.allclose(followed.outputs(), readout(z, mask), atol=1e-5)
    samples, targets, rows, channels, positions, by, expected = [], [], [], [], [], [], []
    for sample in (0, 1):
        for target in range(LENGTH):
            if mask is not None and not mask[sample, 0, target]:
                continue
            changed = z.clone()
            for _ in range(int(torch.randint(1, 4, (1,), generator=rng))):
                channel, at = (int(torch.randint(0, top, (1,), generator=rng)) for top in (CHANNELS, LENGTH))
                more = float(torch.randn(1, generator=rng))
                changed[sample, channel, at] += more
                rows.append(len(samples))
                channels.append(channel)
                positions.append(at)
                by.append(more)
            samples.append(sample)
            targets.append(target)
            expected.append(readout(changed, mask)[sample, :, target])
    marks = Changed(*(torch.tensor(column) for column in (rows, channels, positions, by)))
    found = followed.after(torch.tensor(samples), torch.tensor(targets), marks)
    before = followed.outputs()[samples, :, targets]
    assert torch.allclose(found, torch.stack(expected), atol=1e-4)
    assert not torch.allclose(found, before, atol=1e-2)


@torch.no_grad()
def test_what_lies_beyond_the_reach_changes_nothing(readout):
    z = torch.rand(1, CHANNELS, LENGTH)
    followed = Followed(readout, z)
    target = torch.tensor([5, 5])
    at = torch.tensor([5 + readout.reach, 6 + readout.reach])
    ones = Changed(torch.tensor([0, 1]), torch.tensor([0, 0]), at, torch.tensor([5.0, 5.0]))
    found = followed.after(torch.tensor([0, 0]), target, ones)
    whole = followed.outputs()[0, :, 5]
    assert torch.allclose(found[1], whole, atol=1e-5)
    z[0, 0, 5 + readout.reach] += 5.0
    assert torch.allclose(found[0], readout(z)[0, :, 5], atol=1e-5)
