"""The layer copied, pickled, compiled, exported, printed, and loaded from what a layer in one piece had saved."""

import copy
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from sparling.layer.baselines import TopK, Unsparse
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.sparsity import SpatialSparsity


def in_mid_gathering(inhibition: int = 0) -> SpatialSparsity:
    layer = SpatialSparsity(2, density=0.01, inhibition=inhibition)
    for z in scores(3):
        layer(z)
    assert int(layer.tracker.gathered_count) == 2 * 60
    return layer


def scores(n: int, seed: int = 0) -> list[Tensor]:
    return list(torch.randn(n, 1, 2, 60, generator=torch.Generator().manual_seed(seed)))


@pytest.mark.parametrize("again", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_goes_on_alike(again: Callable[[SpatialSparsity], SpatialSparsity]) -> None:
    layer = in_mid_gathering()
    other = again(layer)
    before = layer.threshold.clone()
    for z in scores(20, seed=1):
        assert torch.equal(other(z), layer(z))
    assert not torch.equal(layer.threshold, before)
    assert torch.equal(other.eval()(z), layer.eval()(z))


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # the compiler's own
@pytest.mark.parametrize("inhibition", [0, 3])
def test_compiled_it_does_the_same_and_is_compiled_once(inhibition: int) -> None:
    """In training between graphs, in evaluation in one; however much was gathered."""
    torch._dynamo.reset()
    layer, plain = (SpatialSparsity(2, density=0.01, inhibition=inhibition) for _ in range(2))
    compiled = torch.compile(layer, backend="eager")
    for number, z in enumerate(scores(20)):
        with torch._dynamo.config.patch(error_on_recompile=number > 1):
            active, expected = (each(z.clone().requires_grad_()) for each in (compiled, plain))
        assert torch.equal(active, expected)
    for name, tensor in plain.state_dict().items():
        assert torch.equal(layer.state_dict()[name], tensor), name
    layer.eval()
    assert torch.equal(torch.compile(layer, backend="eager", fullgraph=True)(z), plain.eval()(z))


def test_exported_it_takes_any_batch_and_length() -> None:
    layer = in_mid_gathering(inhibition=3).eval()
    batch, length = torch.export.Dim("batch", min=2), torch.export.Dim("length", min=8)
    program = torch.export.export(layer, (torch.zeros(4, 2, 50),), dynamic_shapes={"z": {0: batch, 2: length}})
    for shape in ((4, 2, 50), (7, 2, 81)):
        z = torch.randn(shape, generator=torch.Generator().manual_seed(2))
        assert torch.equal(program.module()(z), layer(z))


def test_it_says_what_it_is() -> None:
    said = repr(SpatialSparsity(3, 0.01, mode="shared", momentum=0.5, inhibition=7))
    for each in ("channels=3", "density=0.01", "inhibition=7", "mode='shared'", "momentum=0.5", "min_expected=10"):
        assert each in said
    assert "Normaliser(eps=1e-05" in said
    assert "Normaliser" not in repr(SpatialSparsity(3, normalise=False))
    assert repr(TopK(3)).startswith("TopK(\n  channels=3, density=0.5")


def former(threshold: float, rows: int = 2) -> dict[str, Tensor]:
    """The state dict of a layer in one piece, with two channels."""
    return {
        "threshold": torch.full((rows,), threshold),
        "running_mean": torch.tensor([1.0, 2.0]),
        "running_var": torch.tensor([4.0, 9.0]),
        "density_state": torch.tensor(0.03, dtype=torch.float64),
    }


@pytest.mark.parametrize(
    ("layer", "rows", "expected"),
    [
        (SpatialSparsity(2), 2, [0.5, 0.25]),
        (SpatialSparsity(2, mode="shared"), 1, [0.5, 0.25]),
        (SpatialSparsity(2, normalise=False), 2, [3.0, 4.75]),
        (Unsparse(2), 2, [1.5, 1.25]),
        (TopK(2), 2, [1.5, 0.0]),
    ],
)
def test_the_state_of_a_layer_in_one_piece_is_taken(layer: Bottleneck, rows: int, expected: list[float]) -> None:
    """Also within a model, and it is left as it was."""
    state = {f"sparsity.{name}": tensor for name, tensor in former(threshold=1.0, rows=rows).items()}
    before = set(state)
    nn.ModuleDict({"sparsity": layer}).load_state_dict(state)
    assert set(state) == before
    assert layer.density == 0.03
    active = layer.eval()(torch.tensor([[[4.0], [5.75]]]))
    assert active.flatten().tolist() == pytest.approx(expected, abs=1e-4)


def test_the_state_of_a_layer_in_one_piece_that_had_no_threshold_yet() -> None:
    layer = SpatialSparsity(2)
    layer.load_state_dict(former(threshold=float("nan")))
    assert torch.equal(layer.threshold, SpatialSparsity(2).threshold)
    with pytest.raises(RuntimeError, match="no threshold yet"):
        layer.eval()(scores(1)[0])
    plain = SpatialSparsity(2, density=0.03)
    assert torch.equal(layer.train()(scores(1)[0]), plain(scores(1)[0]))
    assert torch.equal(layer.threshold, plain.threshold)


@pytest.mark.parametrize("name", ["threshold", "running_var", "density_state"])
def test_a_state_that_lacks_something_is_refused(name: str) -> None:
    state = former(threshold=1.0)
    del state[name]
    with pytest.raises(RuntimeError, match=f'Missing key.*{name}"'):
        SpatialSparsity(2).load_state_dict(state)
