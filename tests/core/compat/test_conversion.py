"""A layer of 0.3.0 goes on as ours."""

from typing import Any

import pytest
import torch
from torch import nn

from sparling.compat import (
    EnforceSparsityPerChannel,
    EnforceSparsityPerChannel1D,
    EnforceSparsityPerChannel2D,
    EnforceSparsityUniversally,
    SparseLayerWithBatchNorm,
    SparsityForL1,
    spatial_sparsity,
)
from sparling.layer.calibration import calibrate

MOTIFS = {
    "type": "EnforceSparsityPerChannelAccumulated",
    "accumulation_stop_strategy": {"type": "StopAtFixedNumberMotifs", "num_motifs": 10},
}
ELEMENTS = MOTIFS | {"accumulation_stop_strategy": {"type": "StopAtFixedNumber", "num_elements": 10}}


def normed(spec: dict[str, Any], affine: bool = False, dimensions: int = 2) -> SparseLayerWithBatchNorm:
    return SparseLayerWithBatchNorm(spec, starting_sparsity=0.9, channels=3, affine=affine, input_dimensions=dimensions)


@pytest.mark.parametrize(
    ("theirs", "shape"),
    [
        (EnforceSparsityPerChannel1D(0.9, 3), (16, 3, 500)),
        (EnforceSparsityPerChannel2D(0.9, 3, momentum=0.5), (16, 3, 20, 25)),
        (EnforceSparsityPerChannel2D(0.99, 3, enforce_sparsity_per_channel_spec=MOTIFS), (2, 3, 20, 10)),
        (EnforceSparsityUniversally(0.9), (16, 1, 500)),
        (normed({"type": "EnforceSparsityPerChannel2D"}), (16, 3, 20, 25)),
        (normed({"type": "EnforceSparsityUniversally"}), (16, 3, 20, 25)),
    ],
)
def test_it_goes_on_as_theirs_does(theirs: Any, shape: tuple[int, ...], rng: torch.Generator) -> None:
    """In evaluation exactly so; in training up to half the gap between two scores."""
    for _ in range(5):
        theirs(torch.randn(shape, generator=rng))
    if hasattr(theirs.underlying_enforcer, "accumulated_batches"):
        while theirs.underlying_enforcer.num_elements:
            theirs(torch.randn(shape, generator=rng))
    ours = spatial_sparsity(theirs)
    z = torch.randn(shape, generator=rng)
    torch.testing.assert_close(ours.eval()(z), theirs.eval()(z))
    ours.train()
    theirs.train()
    for _ in range(20):
        z = torch.randn(shape, generator=rng)
        torch.testing.assert_close(ours(z), theirs(z), atol=0.05, rtol=0)
    assert ours.threshold.tolist() == pytest.approx(theirs.threshold.tolist(), abs=0.05)
    assert ours.threshold.min() > 0.5


def test_scores_have_their_channels_second_then(rng: torch.Generator) -> None:
    theirs = normed({"type": "EnforceSparsityPerChannel1D"}, dimensions=1)
    for _ in range(5):
        theirs(torch.randn(16, 50, 3, generator=rng))
    z = torch.randn(16, 50, 3, generator=rng)
    torch.testing.assert_close(spatial_sparsity(theirs).eval()(z.transpose(1, 2)).transpose(1, 2), theirs.eval()(z))


def test_it_is_a_layer_of_its_own_that_knows_padding(rng: torch.Generator) -> None:
    theirs = EnforceSparsityPerChannel1D(0.9, 3)
    ours = spatial_sparsity(theirs.eval())
    assert not ours.training
    mask = torch.arange(100) < torch.tensor([100, 50, 20, 30]).view(4, 1, 1)
    found = calibrate(nn.Identity(), ours, [(torch.randn(4, 3, 100, generator=rng), mask)])
    assert found.density == pytest.approx(0.1)
    assert theirs.threshold.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (normed({"type": "EnforceSparsityPerChannel2D"}, affine=True), "affine=True has no equivalent"),
        (normed({"type": "SparsityForL1"}), "a layer with thresholds is needed; got SparsityForL1"),
        (SparsityForL1(0.5, 3), "a layer with thresholds is needed; got SparsityForL1"),
        (EnforceSparsityPerChannel(0.5, 3), "needed; got EnforceSparsityPerChannel$"),
        (
            EnforceSparsityPerChannel1D(0.5, 2, enforce_sparsity_per_channel_spec=ELEMENTS),
            "only StopAtFixedNumberMotifs has an equivalent; got StopAtFixedNumberElements",
        ),
        (EnforceSparsityPerChannel1D(0.0, 2), "density must lie strictly between 0 and 1; got 1"),
        (EnforceSparsityPerChannel1D(0.5, 2, momentum=0.0), "momentum must lie in"),
    ],
)
def test_what_has_no_equivalent_is_refused(layer: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spatial_sparsity(layer)
