"""Activation checkpointing: the same gradients and the same state as without it, each threshold moved once a step."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from sparling.alignment.model import AlignmentModel
from sparling.alignment.topk import StreamTopK
from sparling.layer.baselines import PenalisedKL, PenalisedL1
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.sparsity import SpatialSparsity
from sparling.recomputation import KEYS, RECENT, Recent

LAYERS: dict[str, Callable[[], Bottleneck]] = {
    "per channel": lambda: SpatialSparsity(3, 0.05, momentum=0.5),
    "shared": lambda: SpatialSparsity(3, 0.05, mode="shared", momentum=0.5),
    "gathering": lambda: SpatialSparsity(3, 0.02, momentum=0.5),
    "inhibited": lambda: SpatialSparsity(3, 0.005, momentum=0.5, inhibition=5, min_expected=0),
    "by excess": lambda: SpatialSparsity(3, 0.005, momentum=0.5, inhibition=5, min_expected=0, by_excess=True),
    "as it is": lambda: SpatialSparsity(3, 0.05, momentum=0.5, normalise=False),
    "L1": lambda: PenalisedL1(3),
}
layers = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
reentrant = pytest.mark.parametrize("reentrant", [False, True], ids=["saved", "reentrant"])


class Net(nn.Module):
    """A convolution and the layer, of which all is computed again, or nothing."""

    def __init__(self, layer: nn.Module, around: Callable[..., Any]) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv, self.layer, self.around = nn.Conv1d(1, 3, 5, padding=2), layer, around

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.around(lambda x: self.layer(self.conv(x)), x)
        return result


def plainly(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return function(x)


def again(reentrant: bool) -> Callable[..., Any]:
    return lambda function, x: checkpoint(function, x, use_reentrant=reentrant)


def inputs(n: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [(1 + number % 3) * torch.randn(4, 1, 60, generator=generator).exp() for number in range(n)]


def trained(net: Net, steps: int, passes: int = 1) -> list[Tensor]:
    """Gradients of all steps, of ``passes`` forward passes each, whose backward pass comes after the last of them."""
    optimizer, gradients = torch.optim.SGD(net.parameters(), lr=0.01), []
    for step in inputs(steps * passes)[::passes]:
        parts = [step.roll(number, -1) * (1 + number) for number in range(passes)]
        loss = torch.stack([net(x.requires_grad_()).square().mean() for x in parts]).sum()
        optimizer.zero_grad()
        loss.backward()
        gradients += [parameter.grad.clone() for parameter in net.parameters() if parameter.grad is not None]
        optimizer.step()
    return gradients


def same_as_plain(net: Net, plain: Net, passes: int = 1, tolerance: float = 0.0) -> None:
    steps = 8
    for one, other in zip(trained(net, steps, passes), trained(plain, steps, passes), strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)
    for name, expected in plain.state_dict().items():
        torch.testing.assert_close(net.state_dict()[name], expected, atol=tolerance, rtol=tolerance)


@layers
@reentrant
@pytest.mark.parametrize("passes", [1, 3])
def test_computed_again_it_has_the_same_gradients_and_state(
    make: Callable[[], Bottleneck], reentrant: bool, passes: int
) -> None:
    same_as_plain(Net(make(), again(reentrant)), Net(make(), plainly), passes)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # the compiler's own
@reentrant
@pytest.mark.parametrize("around", [True, False], ids=["around the whole", "within"])
def test_compiled_it_has_the_same_gradients_and_state(reentrant: bool, around: bool) -> None:
    torch._dynamo.reset()
    make = LAYERS["inhibited"]
    net = Net(make(), again(reentrant))
    if around:
        net.compile(backend="aot_eager")
    else:
        net.layer.compile(backend="aot_eager")
    same_as_plain(net, Net(make(), plainly), tolerance=1e-6)


def test_a_penalty_is_that_of_the_first_pass() -> None:
    gradients = []
    for around in (plainly, again(False)):
        net = Net(PenalisedKL(3), around)
        active = net(inputs(1)[0])
        (active.square().sum() + net.layer.penalty(active)).backward()
        gradients.append(net.conv.weight.grad)
    assert torch.equal(*gradients)


def test_latents_are_counted_once() -> None:
    model = AlignmentModel([4, 6], StreamTopK(8, k=2), torch.Generator().manual_seed(0))
    x = torch.randn(5, 10, generator=torch.Generator().manual_seed(1))
    checkpoint(lambda x: model(x).output, x, use_reentrant=False).sum().backward()
    assert int(model.idle.max()) == 5


def test_a_pass_is_found_by_its_scores() -> None:
    recent = Recent()
    z = torch.randn(RECENT + 3, 2, 5, 7 * KEYS, generator=torch.Generator().manual_seed(0))
    assert recent.find(z[0]) is None
    for number, each in enumerate(z):
        recent.keep(each, torch.tensor(number))
    for number in (3, 9, RECENT + 2):
        assert recent.find(z[number]) == (number,)
        assert recent.find(z[number] + 1e-6 * torch.randn(z[number].shape)) == (number,)
    assert recent.find(z[0]) != (0,)
    assert recent.find(z[3, :1]) is None
    recent.keep(z[5].fill_(float("nan")), torch.tensor(100))
    assert recent.find(z[5]) == (100,)
    recent.keep(z[9], torch.tensor(101))
    assert recent.find(z[9]) == (101,)
    recent.keep(z[9], torch.zeros(2))
    assert torch.equal(recent.find(z[8])[0], torch.zeros(2))  # type: ignore[index]


def test_what_was_used_is_copied() -> None:
    recent, threshold = Recent(), torch.zeros(1)
    recent.keep(torch.ones(3), threshold)
    threshold.fill_(5.0)
    assert recent.find(torch.ones(3)) == (0,)
