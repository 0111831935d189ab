"""Casts, float64 and moves: state is never rounded, results have the precision of the scores."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from sparling.alignment.model import AlignmentModel
from sparling.alignment.topk import StreamTopK
from sparling.layer.baselines import Noisy, PenalisedKL, PenalisedL1, TopK, Unsparse
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.calibration import calibrate
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import SAMPLE_EXPECTED
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import PooledReadout
from sparling.networks.relation_readout import RelationReadout
from sparling.networks.sequence_readout import SequenceReadout

NARROW = (torch.float16, torch.bfloat16)
KINDS = (*NARROW, torch.float64)
LAYERS: dict[str, Callable[[], Bottleneck]] = {
    "per channel": lambda: SpatialSparsity(3, 0.1),
    "shared, gathering": lambda: SpatialSparsity(3, 0.001, mode="shared"),
    "inhibited": lambda: SpatialSparsity(3, 0.01, inhibition=5),
    "as it is": lambda: SpatialSparsity(3, 0.1, normalise=False),
    "dense": lambda: Unsparse(3),
    "L1": lambda: PenalisedL1(3),
    "KL": lambda: PenalisedKL(3),
    "top-k": lambda: TopK(3),
    "noise": lambda: Noisy(3, bits=lambda density: density),
    "streams": lambda: StreamTopK(3, k=1),
}
layers = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())


def scores(n: int, kind: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(7)
    return [torch.randn(4, 3, 50, generator=generator).to(kind) for _ in range(n)]


@layers
@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("training", [True, False])
def test_a_cast_layer_does_what_it_did_in_the_precision_of_its_scores(
    make: Callable[[], Bottleneck], kind: torch.dtype, training: bool
) -> None:
    plain, z = make(), scores(5)
    for each in z[:4]:
        plain(each)
    cast = copy.deepcopy(plain).to(kind)
    for name, buffer in plain.named_buffers():
        after = cast.get_buffer(name)
        assert after.dtype == buffer.dtype, name
        assert torch.equal(after, buffer), name
    given = z[4].to(kind)
    torch.manual_seed(0)
    expected = plain.train(training)(given.float())
    torch.manual_seed(0)
    active = cast.train(training)(given)
    assert active.dtype == kind
    torch.testing.assert_close(active, expected.to(kind), atol=1e-5, rtol=1e-4)
    if training:
        penalty = cast.penalty(active)
        torch.testing.assert_close(penalty.float(), plain.penalty(expected), atol=1e-3, rtol=1e-2)
    for name, buffer in plain.named_buffers():
        torch.testing.assert_close(cast.get_buffer(name), buffer)


def test_the_state_survives_every_way_to_cast_a_model() -> None:
    layer = SpatialSparsity(3, 0.1)
    model = nn.Sequential(nn.Conv1d(1, 3, 5), layer)
    model(torch.randn(4, 1, 50))
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    for again in (
        model.half,
        model.bfloat16,
        model.double,
        model.float,
        model.cpu,
        lambda: model.to("cpu", torch.half),
    ):
        again()
        for name, value in before.items():
            assert torch.equal(layer.state_dict()[name], value), name
    assert layer.density == float(layer.tracker.density_state) == 0.1
    assert model[0].weight.dtype == torch.half


def test_it_moves_between_devices() -> None:
    layer = SpatialSparsity(3, 0.1)
    moved = layer.half().to("meta")
    assert {buffer.device.type for buffer in moved.buffers()} == {"meta"}
    back = moved.to_empty(device="cpu")
    back.load_state_dict(SpatialSparsity(3, 0.2).state_dict())
    assert back.density == 0.2
    z = scores(1)[0]
    assert torch.equal(back(z), SpatialSparsity(3, 0.2)(z))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda: SpatialSparsity(2, 0.4, min_expected=SAMPLE_EXPECTED),  # the threshold of the first batch stays
        lambda: SpatialSparsity(2, 0.2, min_expected=SAMPLE_EXPECTED, inhibition=3),
        lambda: PenalisedL1(2).double(),
        lambda: PenalisedKL(2).double(),
        lambda: TopK(2),
    ],
)
def test_gradients_pass_the_check_in_float64(make: Callable[[], Bottleneck], masked: bool, training: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(2, 2, 6, generator=generator, dtype=torch.float64)
    mask = torch.arange(6).view(1, 1, 6) < torch.tensor([6, 4]).view(2, 1, 1) if masked else None
    layer = make()
    layer(z, mask)
    layer.train(training)
    assert layer(z, mask).dtype == torch.float64
    assert torch.autograd.gradcheck(lambda each: (layer(each, mask), layer.penalty(each)), z.requires_grad_())


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize(
    "readout", [PooledReadout(3, 1), SequenceReadout(3, (30,), tokens=4, length=3), RelationReadout(3, 30, 2, 2)]
)
def test_a_whole_model_trains_and_is_calibrated_after_a_cast(readout: nn.Module, kind: torch.dtype) -> None:
    torch.manual_seed(0)
    layer = SpatialSparsity(3, 0.1)
    model = SparlingModel(ResidualLocal(1, 3, width=8, units=1, stem=3), layer, copy.deepcopy(readout)).to(kind)
    x = torch.randn(8, 1, 30).to(kind)
    result = model(x)
    assert {each.dtype for each in result} == {kind}
    result.output.square().mean().backward()
    for parameter in model.parameters():
        assert parameter.grad is None or (parameter.grad.dtype == kind and parameter.grad.isfinite().all())
    assert calibrate(model.local, layer, [(x, None)]).density == pytest.approx(0.1, abs=0.01)
    assert model.eval()(x).activations.count_nonzero() == pytest.approx(0.1 * 8 * 3 * 30, abs=8)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_alignment_takes_any_precision(kind: torch.dtype) -> None:
    model = AlignmentModel([4, 6], StreamTopK(8, k=2), torch.Generator().manual_seed(0))
    x = torch.randn(5, 10, generator=torch.Generator().manual_seed(1))
    expected = model(x).output
    result = copy.deepcopy(model).to(kind)(x.to(kind))
    torch.testing.assert_close(result.output.float(), expected, atol=1e-4 if kind == torch.float64 else 0.3, rtol=0.0)
    result.output.mean().backward()


def test_within_autocast_activations_are_float32() -> None:
    z = scores(1, torch.bfloat16)[0]
    for make in LAYERS.values():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert make()(z).dtype == torch.float32
            assert make()(z.double()).dtype == torch.float64


def test_whole_numbers_are_taken_as_float32() -> None:
    z = torch.arange(120).view(2, 3, 20)
    assert torch.equal(SpatialSparsity(3, 0.1)(z), SpatialSparsity(3, 0.1)(z.float()))
