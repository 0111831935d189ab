import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sparling.networks.readout import (
    MonotoneReadout,
    PooledReadout,
    PositionReadout,
    TwoLayers,
    contributions,
    pooled,
)


def test_pooled_is_the_maximum_and_the_log_of_the_sum(rng: torch.Generator) -> None:
    activations = torch.rand(3, 2, 4, 5, generator=rng)
    found = pooled(activations)
    for sample in range(3):
        for channel in range(2):
            values = activations[sample, channel].flatten().tolist()
            assert found[sample, channel].item() == pytest.approx(max(values))
            assert found[sample, 2 + channel].item() == pytest.approx(math.log(1 + sum(values)), rel=1e-5)


@pytest.mark.parametrize("kind", [PooledReadout, MonotoneReadout])
def test_a_pooled_readout_is_what_it_makes_of_pooled_activations(kind: type[nn.Module], rng: torch.Generator) -> None:
    torch.manual_seed(0)
    readout, activations = kind(3, 2), 3 * torch.rand(5, 3, 20, generator=rng)
    assert torch.equal(readout(activations), readout.of_pooled(pooled(activations)))
    assert readout(activations).std(0).min() > 1e-4


@pytest.mark.parametrize("kind", [PooledReadout, MonotoneReadout])
@pytest.mark.parametrize("spatial", [(7,), (4, 5), (2, 3, 4)])
def test_pooled_readouts_give_one_row_a_sample(kind: type[nn.Module], spatial: tuple[int, ...]) -> None:
    assert kind(3, 2)(torch.zeros(5, 3, *spatial)).shape == (5, 2)


@pytest.mark.parametrize("kind", [PooledReadout, MonotoneReadout])
def test_pooled_readouts_do_not_see_where(kind: type[nn.Module], rng: torch.Generator) -> None:
    readout, activations = kind(3, 2), torch.rand(5, 3, 20, generator=rng)
    order = torch.randperm(20, generator=rng)
    torch.testing.assert_close(readout(activations[:, :, order]), readout(activations))


@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.01, 30.0),
    channel=st.integers(0, 2),
    position=st.integers(0, 9),
    raised=st.floats(0.0, 50.0),
)
def test_no_activation_can_lower_a_monotone_output(
    seed: int, scale: float, channel: int, position: int, raised: float
) -> None:
    torch.manual_seed(seed)
    readout = MonotoneReadout(3, 2, hidden=8).double()
    with torch.no_grad():
        for parameter in readout.parameters():
            parameter.copy_(scale * torch.randn_like(parameter))
    activations = torch.rand(4, 3, 10, dtype=torch.float64) * (torch.rand(4, 3, 10) < 0.3)
    more = activations.clone()
    more[:, channel, position] += raised
    with torch.no_grad():
        before, after = readout(activations), readout(more)
    assert bool((after >= before - 1e-9 * before.abs()).all())


def test_a_monotone_output_rises_with_some_activation() -> None:
    torch.manual_seed(0)
    readout, silent = MonotoneReadout(3, 1), torch.zeros(1, 3, 10)
    loud = silent.clone()
    loud[0, 1, 4] = 5.0
    with torch.no_grad():
        assert float(readout(loud)) > float(readout(silent)) + 0.01


@pytest.mark.parametrize("length", [1, 30])
def test_one_output_a_position(length: int) -> None:
    assert PositionReadout(3, 2, width=4)(torch.zeros(5, 3, length)).shape == (5, 2, length)


def test_a_position_readout_sees_its_reach_to_either_side(rng: torch.Generator) -> None:
    torch.manual_seed(0)
    readout = PositionReadout(2, 1, width=8, kernel=3, dilations=(1, 2)).double().eval()
    assert readout.reach == 3
    x = torch.rand(64, 2, 20, dtype=torch.float64, generator=rng)
    changed = x.clone()
    changed[:, :, 9] += 1.0
    with torch.no_grad():
        reached = (readout(x) != readout(changed)).flatten(0, 1).any(0)
    assert reached.tolist() == [abs(i - 9) <= 3 for i in range(20)]


@pytest.mark.parametrize("kind", [PooledReadout, MonotoneReadout])
def test_contributions_sum_to_the_logits(kind: type[PooledReadout] | type[MonotoneReadout]) -> None:
    torch.manual_seed(1)
    readout = kind(4, 2)
    features = pooled(3 * torch.rand(6, 4, 20) * (torch.rand(6, 4, 20) < 0.1))
    parts = contributions(readout.layers(), features)
    assert parts.channels.shape == (6, 2, 4)
    torch.testing.assert_close((parts.empty + parts.channels.sum(2)).float(), readout.of_pooled(features))
    torch.testing.assert_close(parts.empty.float(), readout.of_pooled(torch.zeros(1, 8))[0])


@pytest.mark.parametrize("kind", [PooledReadout, MonotoneReadout])
def test_contributions_are_integrated_gradients(kind: type[PooledReadout] | type[MonotoneReadout]) -> None:
    """A sum over many steps along the straight way from the empty map."""
    torch.manual_seed(2)
    readout = kind(3, 1).double()
    x = pooled(3 * torch.rand(2, 3, 9, dtype=torch.float64))
    steps, total = 4000, torch.zeros_like(x)
    for step in range(steps):
        at = (x * (step + 0.5) / steps).requires_grad_()
        (slope,) = torch.autograd.grad(readout.of_pooled(at).sum(), at)
        total += slope * x / steps
    summed = total[:, :3] + total[:, 3:]
    torch.testing.assert_close(contributions(readout.layers(), x).channels[:, 0], summed, rtol=2e-3, atol=2e-4)


def test_a_channel_alone_contributes_what_is_lost_without_it() -> None:
    torch.manual_seed(3)
    readout = PooledReadout(3, 1)
    features = torch.zeros(1, 6)
    features[0, [1, 4]] = torch.tensor([1.5, 2.0])
    parts = contributions(readout.layers(), features).channels[0, 0]
    lost = readout.of_pooled(features) - readout.of_pooled(torch.zeros(1, 6))
    assert parts[[0, 2]].tolist() == [0.0, 0.0]
    assert parts[1].item() == pytest.approx(lost.item(), rel=1e-5)


def test_parts_that_cancel_in_a_unit_are_not_lost() -> None:
    unit = TwoLayers(torch.tensor([[1.0, -1.0, 0.0, 0.0]]), torch.tensor([0.5]), torch.ones(1, 1), torch.zeros(1))
    assert contributions(unit, torch.tensor([[2.0, 2.0, 0.0, 0.0]])).channels.tolist() == [[[2.0, -2.0]]]
