"""Global and Local TopK against loops."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sparling.alignment.settings import Choice
from sparling.alignment.topk import StreamTopK

K, LATENTS = 3, 10


def by_loops(z: NDArray[np.float32], present: NDArray[np.bool_], choice: Choice) -> NDArray[np.float32]:
    """The definition: ReLU of the k largest of a sample, over the sum of its streams or in each."""
    result = np.zeros_like(z)
    for b in range(len(z)):
        there = [m for m in range(z.shape[2]) if present[b, m]]
        for m in there:
            ranked = sum(z[b, :, s] for s in there) if choice == "global" else z[b, :, m]
            for latent in np.argsort(-np.asarray(ranked))[:K]:
                result[b, latent, m] = max(z[b, latent, m], 0.0)
    return result


@pytest.mark.parametrize("choice", ["global", "local"])
def test_what_is_active_is_what_loops_say(choice: Choice) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(40, LATENTS, 3)).astype(np.float32)
    present = rng.random((40, 3)) < 0.7
    layer = StreamTopK(LATENTS, K, choice)
    found = layer(torch.from_numpy(z), torch.from_numpy(present).unsqueeze(1)).numpy()
    assert np.array_equal(found, by_loops(z, present, choice))
    everything = np.ones_like(present)
    assert np.array_equal(layer(torch.from_numpy(z)).numpy(), by_loops(z, everything, choice))


def test_an_absent_stream_has_no_say() -> None:
    z = torch.randn(20, LATENTS, 2, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([True, False]).expand(20, 1, 2)
    layer = StreamTopK(LATENTS, K)
    alone = StreamTopK(LATENTS, K)(z[:, :, :1])
    for loud in (z, torch.cat([z[:, :, :1], 1e6 * z[:, :, 1:]], dim=2)):
        found = layer(loud, mask)
        assert torch.equal(found[:, :, :1], alone)
        assert not found[:, :, 1].any()


def test_streams_may_change_places() -> None:
    z = torch.randn(20, LATENTS, 3, generator=torch.Generator().manual_seed(1))
    order = [2, 0, 1]
    for choice in ("global", "local"):
        layer = StreamTopK(LATENTS, K, choice)
        assert torch.equal(layer(z)[:, :, order], layer(z[:, :, order]))


def test_k_follows_the_density() -> None:
    layer = StreamTopK(1000, 64)
    assert layer.k == 64
    layer.density = 0.5
    assert layer.k == 500
    layer.density = 1e-9
    assert layer.k == 1
    assert layer.threshold.tolist() == [0.0]
