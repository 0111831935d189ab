import pytest
import torch

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import PooledReadout, PositionReadout


def test_output_is_the_readout_of_the_sparsity_of_the_local_model(rng: torch.Generator) -> None:
    torch.manual_seed(0)
    local, sparsity, readout = ResidualLocal(1, 2, width=4, units=1), SpatialSparsity(2, 0.1), PooledReadout(2, 3)
    model = SparlingModel(local, sparsity, readout)
    x = torch.randn(4, 1, 25, generator=rng)
    model(x)
    model.eval()
    scores, activations, output = model(x)
    assert torch.equal(scores, local(x))
    assert torch.equal(activations, sparsity(scores))
    assert torch.equal(output, readout(activations))


def test_tracks_beside_the_layer_are_seen_but_are_no_activations(rng: torch.Generator) -> None:
    torch.manual_seed(0)
    beside = torch.nn.Conv1d(1, 3, 1)
    local, sparsity = ResidualLocal(1, 2, width=4, units=1), SpatialSparsity(2, 0.1)
    model = SparlingModel(local, sparsity, PositionReadout(5, 3, width=4, kernel=3, dilations=(1,)), beside)
    readout = model.readout
    x = torch.randn(4, 1, 25, generator=rng)
    model(x)
    model.eval()
    _, activations, output = model(x)
    assert activations.shape == (4, 2, 25)
    assert torch.equal(output, readout(torch.cat([activations, beside(x)], dim=1)))
    assert torch.equal(output, model.read(activations, x))
    with pytest.raises(ValueError, match="must be told x"):
        model.read(activations)


def test_masked_positions_do_not_reach_the_readout(rng: torch.Generator) -> None:
    torch.manual_seed(0)
    model = SparlingModel(ResidualLocal(1, 2, width=4, units=1), SpatialSparsity(2, 0.3), PooledReadout(2, 3))
    x = torch.randn(4, 1, 25, generator=rng)
    mask = torch.arange(25).view(1, 1, 25).expand(4, 1, 25) < 15
    assert model(x, mask).activations[:, :, 15:].count_nonzero() == 0
    assert model(x, mask).activations[:, :, :15].count_nonzero() > 0


def test_gradients_reach_the_local_model_through_the_activations_alone(rng: torch.Generator) -> None:
    torch.manual_seed(0)
    local = ResidualLocal(1, 2, width=4, units=1)
    model = SparlingModel(local, SpatialSparsity(2, 0.1), PooledReadout(2, 1))
    model(torch.randn(4, 1, 25, generator=rng)).output.sum().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in model.parameters())
    assert any(bool((p.grad != 0).any()) for p in local.parameters() if p.grad is not None)
