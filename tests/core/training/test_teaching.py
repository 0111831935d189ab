"""A local model learns to mark what it is told, and nothing of where it is told nothing."""

from contextlib import nullcontext

import pytest
import torch
from torch import Tensor

from sparling.networks.local import ResidualLocal
from sparling.training.revival.teaching import Precision, teach

LENGTH = 40


def world(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Inputs (n, 1, L) of noise with a rising and a falling edge, and what is wanted: channel 0 and 1 there."""
    generator = torch.Generator().manual_seed(seed)
    x = 0.2 * torch.randn(n, 1, LENGTH, generator=generator)
    wanted = torch.full((n, LENGTH), 2)
    for kind, start in ((0, 4), (1, 24)):
        place = start + torch.randint(12, (n,), generator=generator)
        wanted[torch.arange(n), place] = kind
        x[torch.arange(n), 0, place - 1] = -1.0 if kind == 0 else 1.0
        x[torch.arange(n), 0, place + 1] = 1.0 if kind == 0 else -1.0
    return x, wanted


def local() -> ResidualLocal:
    torch.manual_seed(0)
    return ResidualLocal(1, 2, width=8, units=1)


def taught(
    wanted: list[Tensor], inputs: list[tuple[Tensor, Tensor | None]], precision: Precision = nullcontext
) -> ResidualLocal:
    model = local()
    torch.manual_seed(1)
    teach(model, inputs, wanted, 1e-2, precision)
    return model


@pytest.mark.parametrize("precision", [nullcontext, lambda: torch.autocast("cpu", torch.bfloat16)], ids=["32", "bf16"])
def test_it_marks_new_samples_as_it_was_taught(precision: Precision) -> None:
    x, wanted = world(640, seed=0)
    before = local()
    model = taught(list(wanted.split(32)), [(part, None) for part in x.split(32)], precision)
    sizes = [m.weight.detach().flatten(1).norm(dim=1).median() for m in (model, before)]
    torch.testing.assert_close(sizes[0], sizes[1])
    assert model.training
    new, true = world(100, seed=1)
    with torch.no_grad():
        best = model.eval()(new).argmax(2)
    right = torch.stack([(true == kind).long().argmax(1) for kind in (0, 1)], dim=1)
    assert (best == right).float().mean() > 0.95


def test_where_nothing_is_asked_and_in_padding_nothing_is_learned() -> None:
    x, wanted = world(64, seed=0)
    unasked = wanted.clone()
    unasked[:, 20:] = -1
    other = unasked.clone()
    parts = [(part, None) for part in x.split(32)]
    same = taught(list(unasked.split(32)), parts).state_dict()
    garbage = torch.cat([x, torch.full((64, 1, 8), 9.0)], 2)
    mask = torch.ones(64, 1, LENGTH + 8, dtype=torch.bool)
    mask[..., LENGTH:] = False
    longer = torch.cat([other, torch.full((64, 8), -1)], 1)
    padded = taught(list(longer.split(32)), list(zip(garbage.split(32), mask.split(32), strict=True))).state_dict()
    for name, tensor in same.items():
        torch.testing.assert_close(padded[name], tensor, atol=2e-3, rtol=1e-2, msg=name)
