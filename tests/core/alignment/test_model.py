"""The sparse model against dense products and loops: errors, gradients, absence, dead latents."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor

from sparling.alignment.model import AlignmentModel
from sparling.alignment.revival import LENGTH, Revival
from sparling.alignment.settings import Choice
from sparling.alignment.task import losses
from sparling.alignment.topk import StreamTopK
from sparling.networks.model import SparlingModel
from sparling.training.schedule import Moment
from sparling.training.session import Session
from sparling.training.task import Batch

WIDTHS, LATENTS, K, SAMPLES = (5, 3, 7), 12, 3, 30


def model(choice: Choice = "global", crossed: bool = True, dead_after: int = 1000) -> AlignmentModel:
    sparsity = StreamTopK(LATENTS, K, choice)
    made = AlignmentModel(WIDTHS, sparsity, torch.Generator().manual_seed(0), crossed, dead_after)
    with torch.no_grad():
        for part in (*made.local.biases, *made.readout.biases):
            part.normal_(0.0, 0.1, generator=torch.Generator().manual_seed(1))
    return made


def samples(absent: float = 0.3, seed: int = 2) -> tuple[Tensor, Tensor]:
    """Features (B, ΣD), zeros where absent, and presence (B, M)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(SAMPLES, sum(WIDTHS), generator=generator)
    present = torch.rand(SAMPLES, len(WIDTHS), generator=generator) >= absent
    return x * present.repeat_interleave(torch.tensor(WIDTHS), dim=1), present


def dense_errors(of: AlignmentModel, x: Tensor, present: Tensor) -> Tensor:
    """Errors (B, M, M) by whole matrices."""
    output = SparlingModel.forward(of, x, present.unsqueeze(1)).output
    apart = (output - x.unsqueeze(1)).square()
    errors = torch.stack([part.mean(2) for part in torch.split(apart, list(WIDTHS), dim=2)], dim=2)
    return errors * (present.unsqueeze(2) & present.unsqueeze(1))


@pytest.mark.parametrize("choice", ["global", "local"])
@pytest.mark.parametrize("absent", [0.0, 0.3])
def test_errors_and_gradients_are_those_of_dense_products(choice: Choice, absent: float) -> None:
    x, present = samples(absent)
    weights = torch.rand(SAMPLES, 3, 3, generator=torch.Generator().manual_seed(3))
    sparse, dense = model(choice), model(choice)
    result = sparse(x, present.unsqueeze(1))
    expected = dense_errors(dense, x, present)
    assert torch.allclose(result.output[:, :, :3], expected, atol=1e-6)
    assert torch.allclose(result.activations, dense.sparsity(dense.local(x), present.unsqueeze(1)), atol=1e-6)
    (result.output[:, :, :3] * weights).sum().backward()
    (expected * weights).sum().backward()
    for (name, one), other in zip(sparse.named_parameters(), dense.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert torch.allclose(one.grad, other.grad, atol=1e-5), name


def test_gradients_reach_active_latents_alone() -> None:
    x, present = samples(0.0)
    of = model("local")
    result = of(x[:1], present[:1].unsqueeze(1))
    result.output[:, :, :3].sum().backward()
    for stream in range(3):
        active = result.activations[0, :, stream] > 0
        gradient = of.local.weights[stream].grad
        assert gradient is not None
        assert torch.equal(gradient.abs().sum(1) > 0, active)
        bias = of.local.biases[stream].grad
        assert bias is not None
        assert torch.equal(bias != 0, active)


def test_losses_are_those_of_loops() -> None:
    x, present = samples()
    of = model()
    output = of(x, present.unsqueeze(1)).output
    found = losses(output.detach(), present)
    activations = of.sparsity(of.local(x), present.unsqueeze(1)).detach().numpy()
    parts = [part.numpy() for part in torch.split(x, list(WIDTHS), dim=1)]
    own, cross = [], []
    for s in range(3):
        for t in range(3):
            weight, bias = of.readout.weights[t].detach().numpy(), of.readout.biases[t].detach().numpy()
            errors = []
            for b in range(SAMPLES):
                if present[b, s] and present[b, t]:
                    rebuilt = sum(activations[b, latent, s] * weight[latent] for latent in range(LATENTS)) + bias
                    errors.append(np.mean((rebuilt - parts[t][b]) ** 2))
            (own if s == t else cross).append(np.mean(errors))
    assert float(found.own) == pytest.approx(np.mean(own), rel=1e-5)
    assert float(found.cross) == pytest.approx(np.mean(cross), rel=1e-5)


def test_what_is_absent_changes_nothing() -> None:
    x, present = samples()
    of = model()
    noisy = x + 100 * torch.randn(x.shape, generator=torch.Generator().manual_seed(4)) * (
        ~present.repeat_interleave(torch.tensor(WIDTHS), dim=1)
    )
    before, after = (of(features, present.unsqueeze(1)) for features in (x, noisy))
    assert torch.equal(before.output, after.output)
    assert torch.equal(before.activations, after.activations)
    gone = ~present
    assert not before.output[gone].any()
    assert not before.output[:, :, :3].transpose(1, 2)[gone].any()


def test_without_cross_nothing_is_computed_of_it_in_training_alone() -> None:
    x, present = samples(0.0)
    both, own = model(), model(crossed=False)
    trained = own(x, present.unsqueeze(1)).output
    expected = both(x, present.unsqueeze(1)).output
    assert torch.equal(trained[:, range(3), range(3)], expected[:, range(3), range(3)])
    assert trained[:, :, :3].count_nonzero() == 3 * SAMPLES
    own.eval()
    assert torch.equal(own(x, present.unsqueeze(1)).output[:, :, :3], expected[:, :, :3])


def test_idle_latents_are_counted_by_samples_that_have_the_stream() -> None:
    x, present = samples()
    of = model("local")
    active = torch.zeros(3, LATENTS, dtype=torch.bool)
    for _ in range(2):
        active |= (of(x, present.unsqueeze(1)).activations > 0).any(0).T
    expected = torch.where(active, 0, 2 * present.sum(0).unsqueeze(1))
    assert torch.equal(of.idle, expected)
    assert 0 < active.sum() < active.numel()
    of.eval()
    of(x, present.unsqueeze(1))
    assert torch.equal(of.idle, expected)


def test_the_auxiliary_error_is_that_of_the_strongest_dead_latents_on_the_residual() -> None:
    x, present = samples(0.0)
    of = model("local", dead_after=10)
    dead = torch.tensor([1, 4, 6, 7, 11])
    of.idle[1, dead] = 11
    output = of(x, present.unsqueeze(1)).output
    part = x[:, 5:8].numpy()
    scores = of.local(x)[:, :, 1].detach().numpy()
    kept = of.sparsity(of.local(x))[:, :, 1].detach().numpy()
    weight, bias = of.readout.weights[1].detach().numpy(), of.readout.biases[1].detach().numpy()
    left = part - kept @ weight - bias
    for b in range(SAMPLES):
        strongest = sorted(dead.tolist(), key=lambda latent: -scores[b, latent])[:K]
        rebuilt = sum(max(scores[b, latent], 0.0) * weight[latent] for latent in strongest)
        expected = np.mean((rebuilt - left[b]) ** 2) / np.mean(left**2)
        assert float(output[b, 1, 3].detach()) == pytest.approx(expected, rel=1e-4)
    assert torch.equal(output[:, [0, 2], 3], torch.ones(SAMPLES, 2))


def test_the_auxiliary_error_moves_dead_latents_alone() -> None:
    x, present = samples(0.0)
    of = model(dead_after=10)
    of.idle[:, 5] = 11
    of(x, present.unsqueeze(1)).output[:, :, 3].sum().backward()
    for weights in (of.local.weights, of.readout.weights):
        for weight in weights:
            assert weight.grad is not None
            assert weight.grad.abs().sum(1).nonzero().flatten().tolist() == [5]


@pytest.mark.parametrize("dead_after", [5, 10**6])
def test_the_auxiliary_loss_brings_a_dead_latent_back(dead_after: int) -> None:
    """Samples are one of three directions. Two latents have one each and are the best for the third, too, which the
    last latent alone could have; it is too weak to be chosen.
    """
    x = torch.eye(3).repeat(4, 2)
    of = AlignmentModel((3, 3), StreamTopK(3, 1, "local"), torch.Generator(), dead_after=dead_after)
    rows = torch.tensor([[1.0, 0.0, 0.3], [0.0, 1.0, 0.3], [0.0, 0.0, 0.05]])
    with torch.no_grad():
        for weight, decoder in zip(of.local.weights, of.readout.weights, strict=True):
            weight.copy_(rows)
            decoder.copy_(torch.eye(3))
    optimizer = torch.optim.SGD(of.parameters(), lr=0.1)
    alive = []
    for _ in range(60):
        result = of(x)
        alive.append(bool((result.activations[:, 2] > 0).all(1).any()))
        optimizer.zero_grad()
        losses(result.output, torch.ones(12, 2, dtype=torch.bool)).dead.backward()
        optimizer.step()
    assert not any(alive[:2])
    assert alive[-1] == (dead_after == 5)


def test_a_latent_out_of_reach_starts_anew() -> None:
    """Its pre-activations are all negative: the auxiliary loss has no gradient for it, revival has."""
    x, present = samples(0.0)
    of = model("local", dead_after=10)
    of.idle[0, 2] = of.idle[2, 3] = 11
    with torch.no_grad():
        of.local.biases[0][2] = -100.0
    task = SimpleNamespace(calibration_batches=lambda: [Batch(x, present)], inputs=lambda batch: (batch.x, None))
    optimizer = torch.optim.Adam(of.parameters())
    of(x, present.unsqueeze(1)).output.sum().backward()
    optimizer.step()
    session = cast(Session, SimpleNamespace(model=of, task=task, on_device=lambda batch: batch))
    before = {name: tensor.clone() for name, tensor in of.state_dict().items()}
    assert Revival()(session, optimizer, Moment(0.5, 0.1)) is None
    assert Revival()(session, optimizer, Moment(0.0, 0.1)) == [2]
    changed = {name for name, tensor in of.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {"local.weights.0", "local.biases.0"}
    assert torch.allclose(of.local.weights[0][2], LENGTH * of.readout.weights[0][2])
    assert not optimizer.state[of.local.weights[0]]["exp_avg"][2].any()
    optimizer.zero_grad()
    of(x, present.unsqueeze(1)).output[:, 0, 3].sum().backward()
    gradient = of.local.weights[0].grad
    assert gradient is not None
    assert gradient[2].any()
