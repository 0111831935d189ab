"""The readout of relations against sums written as loops, and what it must not depend on."""

import pytest
import torch
import torch.nn.functional as F

from sparling.networks.relation_readout import RelationReadout


def readout(**changed: int) -> RelationReadout:
    torch.manual_seed(0)
    return RelationReadout(**{"channels": 2, "length": 12, "answers": 3, "choices": 4, "functions": 2, **changed})


def naive_pair(u: torch.Tensor, distance: torch.Tensor, c: int, d: int) -> float:
    """Σ u_c(p) u_d(q) r(q − p), one term after the other."""
    n = u.shape[1]
    return sum(
        float(u[c, p] * u[d, q] * distance[q - p + n - 1]) for p in range(n) for q in range(n) if u[c, p] and u[d, q]
    )


def test_features_are_the_sums_of_the_definition() -> None:
    h = readout().requires_grad_(False)
    u = torch.rand(1, 2, 12, generator=torch.Generator().manual_seed(1)) * (torch.rand(1, 2, 12) < 0.3)
    place = F.interpolate(h.place, 12, mode="linear", align_corners=True)[0]
    distance = F.interpolate(h.distance, 23, mode="linear", align_corners=True)[0]
    expected = [*u[0].sum(1).tolist(), *u[0].amax(1).tolist(), *(u[0] @ place.T).flatten().tolist()]
    expected += [naive_pair(u[0], distance[k], c, d) for c in range(2) for d in range(2) for k in range(2)]
    wanted = torch.tensor(expected)
    torch.testing.assert_close(h._features(u)[0], wanted.sign() * wanted.abs().log1p(), atol=1e-5, rtol=1e-5)


def test_one_row_of_logits_a_sample_whatever_the_batch() -> None:
    h = readout()
    activations = torch.rand(5, 2, 12)
    logits = h(activations)
    assert logits.shape == (5, 3, 4)
    torch.testing.assert_close(h(activations[2:3]), logits[2:3])


def test_pairs_do_not_depend_on_where_the_two_lie() -> None:
    h = readout()
    u = torch.zeros(2, 2, 12)
    u[0, 0, 1] = u[0, 1, 5] = u[1, 0, 6] = u[1, 1, 10] = 1.0
    features = h._features(u)[:, -8:]
    torch.testing.assert_close(features[0], features[1])


def test_levelled_activations_stay_below_one_and_keep_zero() -> None:
    levelled = readout()._levelled(torch.tensor([[[0.0, 1.0, 100.0], [0.0, 0.0, 5.0]]]))
    assert (levelled == 0).tolist() == [[[True, False, False], [True, True, False]]]
    assert levelled.max() < 1


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must have shape \(B, 2, 12\); got \(1, 2, 11\)"):
        readout()(torch.zeros(1, 2, 11))
