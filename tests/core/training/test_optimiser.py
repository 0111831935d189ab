"""AdamW without the compiler: torch's own is the referee, bit for bit."""

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn

from sparling.training.optimiser import AdamW, UnitRows


def trained(kind: type[torch.optim.Optimizer], break_at: int | None = None, **options: object) -> list[torch.Tensor]:
    """Weights after six steps in two groups; at ``break_at`` the optimizer goes through its state dict."""
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 1))
    groups = [{"params": model[0].parameters(), "lr": 0.05}, {"params": model[2].parameters()}]
    optimizer = kind(groups, lr=0.01, weight_decay=0.1, **options)
    x, y = torch.randn(6, 8, 5), torch.randn(6, 8, 1)
    for step in range(6):
        if step == break_at:
            state = copy.deepcopy(optimizer.state_dict())
            optimizer = kind([{"params": group["params"]} for group in optimizer.param_groups], lr=1.0, **options)
            optimizer.load_state_dict(state)
        optimizer.zero_grad()
        (model(x[step]) - y[step]).square().mean().backward()
        optimizer.step()
    return [weight.detach() for weight in model.parameters()]


@pytest.mark.parametrize("options", [{}, {"foreach": True}, {"fused": True}], ids=str)
@pytest.mark.parametrize("break_at", [None, 3])
def test_weights_are_those_of_torch(options, break_at):
    for ours, referee in zip(trained(AdamW, break_at, **options), trained(torch.optim.AdamW, **options), strict=True):
        assert torch.equal(ours, referee)


def test_unit_rows_are_those_of_adam_on_the_sphere():
    """A step of torch's Adam on the gradient without its part along each row, and then rows of length 1."""
    torch.manual_seed(3)
    rows, free = nn.Parameter(nn.functional.normalize(torch.randn(5, 4), dim=1)), nn.Parameter(torch.randn(3))
    other, also = nn.Parameter(rows.detach().clone()), nn.Parameter(free.detach().clone())
    ours, referee = UnitRows([rows, free], [rows], 0.05), torch.optim.Adam([other, also], lr=0.05)
    for _ in range(4):
        target = torch.randn(5, 4)
        for weights, vector, optimizer in ((rows, free, ours), (other, also, referee)):
            optimizer.zero_grad()
            ((weights - target).square().sum() + vector.square().sum()).backward()
        with torch.no_grad():
            other.grad -= (other * other.grad).sum(1, keepdim=True) * other
        ours.step()
        referee.step()
        with torch.no_grad():
            other /= other.norm(dim=1, keepdim=True)
        assert torch.allclose(rows, other, atol=1e-6)
        assert torch.allclose(free, also, atol=1e-6)
        assert torch.allclose(rows.norm(dim=1), torch.ones(5))


def test_a_step_is_no_part_of_a_graph_and_leaves_gradients_on():
    weight = nn.Parameter(torch.ones(2))
    optimizer = AdamW([weight], lr=0.1)
    losses = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        losses.append(loss.item())
        return loss

    assert optimizer.step(closure).item() == losses[0] == 2
    assert weight.is_leaf
    assert torch.is_grad_enabled()


def test_a_schedule_of_torch_can_turn_it_down():
    weight = nn.Parameter(torch.ones(2))
    optimizer = AdamW([weight], lr=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step)
    weight.sum().backward()
    optimizer.step()
    schedule.step()
    assert optimizer.param_groups[0]["lr"] == 0.05


def test_the_compiler_is_not_loaded():
    program = (
        "import sys, torch\nfrom sparling.training.optimiser import AdamW\nw = torch.nn.Parameter(torch.ones(2))\n"
        "o = AdamW([w], foreach=True)\nw.sum().backward()\ntorch.nn.utils.clip_grad_norm_([w], 1.0)\no.step()\n"
        "o.zero_grad()\no.load_state_dict(o.state_dict())\nassert 'torch._dynamo' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
