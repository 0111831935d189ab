"""An idle channel is found, and given the weights of a lookout for what the others leave unmarked."""

import pytest
import torch
from torch import Tensor, nn

from sparling.layer.calibration import calibrate
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.training.revival.recruitment import discriminant, recruit

SAMPLES, LENGTH = 200, 50
ONE_EACH = [[1.0, 0, 0, 0, 0], [0, 1.0, 0, 0, 0], [0, 0, 1.0, 0, 0]]
SHARED = [[1.0, 0, 0, 0, 0], [0, 1.0, 0.3, 0, 0], [0, 0, 0, 0, 1.0]]
"""Channel 1 responds to two kinds, more to one of them, and channel 2 to noise."""

ONE_EACH_AND_DECOYS = [[1.0, 0, 0, 0, 0.27], [0, 1.0, 0, 0, 0.27], [0, 0, 1.0, 0, 0.27], [1e-3, 0, 0, 0, 0]]
"""Three of one kind each, all of them faintly for the last feature."""


def world() -> tuple[Tensor, Tensor]:
    """Features (B, 5, L): each of three kinds of motifs stands out a little in a feature of its own, all of them
    clearly in the fourth; the last is noise."""
    generator = torch.Generator().manual_seed(0)
    kinds = torch.zeros(SAMPLES, 3, LENGTH, dtype=torch.bool)
    for kind, place in enumerate((10, 25, 40)):
        kinds[:, kind, place] = torch.rand(SAMPLES, generator=generator) < 0.5
    parts = [kinds, 5 * kinds.any(1, keepdim=True), torch.zeros(SAMPLES, 1, LENGTH)]
    return torch.cat(parts, dim=1) + 0.5 * torch.rand(SAMPLES, 5, LENGTH, generator=generator), kinds


def model(weights: list[list[float]], inhibition: int = 5) -> SparlingModel:
    """Channels with these weights on the five features; the convolutions before them pass the features on."""
    local = ResidualLocal(5, len(weights), width=5, units=1)
    nn.init.eye_(local.stem.weight.data[:, :, 0, 0])
    for parameter in local.units.parameters():
        nn.init.zeros_(parameter)
    local.weight.data = torch.tensor(weights)[:, :, None, None]
    made = SparlingModel(local, SpatialSparsity(len(weights), 0.01, inhibition=inhibition), nn.Identity())
    calibrate(local, made.sparsity, [(world()[0], None)])
    return made


class UnmarkedLoss:
    """The share of motifs without a mark: what a readout that needs them all would lose."""

    def __init__(self, kinds: Tensor) -> None:
        self.kinds = kinds

    def __call__(self, activations: Tensor, index: int) -> float:
        marked = (activations > 0).any(1, keepdim=True)
        return float((self.kinds & ~marked).sum() / self.kinds.sum())


def test_an_idle_channel_marks_what_nobody_did() -> None:
    """At a density of one mark a motif, channel 1 leaves the kind that it responds to less."""
    x, kinds = world()
    made = model(SHARED)
    loss = UnmarkedLoss(kinds)
    before = loss(made.eval().sparsity(made.local(x)), 0)
    assert before > 0.25
    assert recruit(made, [(x, None)], loss) == 2
    calibrate(made.local, made.sparsity, [(x, None)])
    assert loss(made.sparsity(made.local(x)), 0) < 0.05


def test_needed_channels_are_left_alone() -> None:
    x, kinds = world()
    made = model(ONE_EACH)
    before = made.local.weight.clone()
    losses = [UnmarkedLoss(kinds[:90]), UnmarkedLoss(kinds[90:])]
    assert (
        recruit(made, [(x[:90], None), (x[90:], None)], lambda activations, index: losses[index](activations, index))
        is None
    )
    assert torch.equal(made.local.weight, before)


def test_where_no_channel_matters_none_is_idle() -> None:
    made = model([[1.0, 0, 0, 0, 0], [0, 0, 0, 0, 1.0]])
    assert recruit(made, [(world()[0], None)], lambda activations, index: 0.7) is None


def test_where_every_channel_marks_but_once_there_is_nothing_to_look_out_for() -> None:
    """One mark of each channel is as strong as usual: none is stronger."""
    x, _ = world()
    made = model(SHARED)
    marks = (made.eval().sparsity(made.local(x)) > 0).sum(2)
    one = int((marks[:, :2] == 1).all(1).nonzero()[0])
    before = made.local.weight.clone()
    loss = lambda activations, _: 1.0 - float((activations[:, :2] > 0).any(2).float().mean())  # noqa: E731
    assert recruit(made, [(x[one : one + 1], None)], loss) is None
    assert torch.equal(made.local.weight, before)


def test_only_one_of_two_idle_channels_is_taken_and_modes_stay() -> None:
    x, kinds = world()
    made = model([*ONE_EACH, [0, 0, 0, 0, 1.0], [0, 0, 0, 0, -1.0]])
    made.train()
    before = made.local.weight.clone()
    taken = recruit(made, [(x, None)], UnmarkedLoss(kinds))
    assert taken in (3, 4)
    changed = (made.local.weight != before).flatten(1).any(1).tolist()
    assert changed == [c == taken for c in range(5)]
    assert made.training
    assert made.sparsity.training


def test_weak_marks_teach_nothing() -> None:
    """Channels that also fire, faintly, at something which is no motif: the lookout looks out for motifs alone."""
    x, kinds = world()
    decoys = (torch.rand(SAMPLES, LENGTH, generator=torch.Generator().manual_seed(1)) < 0.01) & ~kinds.any(1)
    x[:, 4] = 2.0 * decoys
    made = model(ONE_EACH_AND_DECOYS, inhibition=1)
    made.sparsity.density = 0.02
    calibrate(made.local, made.sparsity, [(x, None)])
    active = made.eval().sparsity(made.local(x))[:, :3] > 0
    assert active[kinds].all()
    assert active.any(1)[decoys].all()
    assert recruit(made, [(x, None)], UnmarkedLoss(kinds)) == 3
    scores = made.local(x)[:, 3]
    motif, decoy, nothing = (scores[places].mean() for places in (kinds.any(1), decoys, ~(kinds.any(1) | decoys)))
    assert motif - decoy > 0.2 * (motif - nothing)


def test_padding_teaches_nothing() -> None:
    """Padding that looks like a motif neither counts as background nor as marked."""
    x, kinds = world()
    plain, padded = model(SHARED), model(SHARED)
    garbage = torch.full((SAMPLES, 5, 10), 9.0)
    mask = torch.ones(SAMPLES, 1, LENGTH + 10, dtype=torch.bool)
    mask[..., LENGTH:] = False
    longer = torch.cat([kinds, torch.zeros(SAMPLES, 3, 10, dtype=torch.bool)], dim=2)
    padded.load_state_dict(plain.state_dict())
    assert recruit(plain, [(x, None)], UnmarkedLoss(kinds)) == 2
    assert recruit(padded, [(torch.cat([x, garbage], 2), mask)], UnmarkedLoss(longer)) == 2
    torch.testing.assert_close(padded.local.weight, plain.local.weight, atol=1e-4, rtol=1e-3)


def test_the_discriminant_is_fishers() -> None:
    generator = torch.Generator().manual_seed(0)
    mixing = torch.tensor([[2.0, 0.0], [1.5, 0.2]])
    inside = torch.randn(4000, 2, generator=generator) @ mixing + torch.tensor([0.0, 1.0])
    outside = torch.randn(4000, 2, generator=generator) @ mixing
    direction = discriminant(inside, outside)
    assert float((inside @ direction).mean()) > float((outside @ direction).mean())
    best = torch.linalg.solve(2 * mixing.T @ mixing, torch.tensor([0.0, 1.0]))
    cosine = torch.dot(direction, best) / direction.norm() / best.norm()
    assert float(cosine) > 0.99


def test_another_local_model_is_refused() -> None:
    made = SparlingModel(nn.Conv1d(4, 2, 1), SpatialSparsity(2), nn.Identity())
    with pytest.raises(TypeError, match="recruitment needs a local model that shows its features; got Conv1d"):
        recruit(made, [], lambda activations, index: 0.0)


class TwoViews(nn.Module):
    """Sees all of the input twice."""

    def __init__(self, local: ResidualLocal) -> None:
        super().__init__()
        self.local, self.weight = local, local.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.local(x)

    def features(self, x: Tensor) -> Tensor:
        return torch.cat([self.local.features(x)] * 2)

    def project(self, features: Tensor) -> Tensor:
        return torch.maximum(*self.local.project(features).chunk(2))


def test_a_second_view_of_the_same_changes_nothing() -> None:
    x, kinds = world()
    one, two = model(SHARED), model(SHARED)
    two.load_state_dict(one.state_dict())
    two.local = TwoViews(two.local)
    assert recruit(one, [(x, None)], UnmarkedLoss(kinds)) == recruit(two, [(x, None)], UnmarkedLoss(kinds)) == 2
    # covariances divide by n − 1, which is not halved with n
    torch.testing.assert_close(two.local.weight, one.local.weight, atol=1e-3, rtol=1e-2)
