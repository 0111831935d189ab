"""What a marked place does to the answers, against a map changed by hand; which places do alike."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.domains.base import PAD
from sparling.domains.digit_circle import DigitCircle
from sparling.domains.sequence_task import SequenceTask
from sparling.training.revival.effects import MOST, alike, effects
from sparling.training.task import Batch, Telling


def tell(activations: Tensor, index: int, samples: Tensor) -> Tensor:
    """Two answers: what is marked left, and what right of the middle; of the second batch twice that. Levels off, so
    that of two marks on one side neither is missed."""
    left, right = activations[..., :6], activations[..., 6:]
    sums = torch.stack([left.flatten(1).sum(1), right.flatten(1).sum(1)], dim=1)
    return (1.0 + index) * sums.clamp_max(1.0) + 0.0 * samples[:, None]


def one_by_one(parts: list[Tensor], at: list[Tensor], width: int, kept: list[Tensor] | None) -> Tensor:
    """`effects` with loops."""
    rows = []
    for index, (part, places) in enumerate(zip(parts, at, strict=True)):
        for sample, place in places.nonzero().tolist():
            near = (torch.arange(part.shape[2]) - place).abs() <= width // 2
            one = part[sample : sample + 1]
            if kept is None:
                rows.append(tell(one, index, torch.tensor([0])) - tell(one * ~near, index, torch.tensor([0])))
                continue
            stands = torch.zeros(part.shape[2], dtype=torch.bool)
            for other in kept[index][sample].nonzero()[:, 0].tolist():
                stands |= (torch.arange(part.shape[2]) - other).abs() <= width // 2
            rows.append(
                tell(one * (stands | near), index, torch.tensor([0])) - tell(one * stands, index, torch.tensor([0]))
            )
    return torch.cat(rows)


@pytest.mark.parametrize("back", [False, True])
def test_effects_are_those_of_a_map_changed_by_hand(back: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparling.training.revival.effects.AT_ONCE", 7)
    generator = torch.Generator().manual_seed(0)
    parts = [F.relu(torch.randn(n, 3, 12, generator=generator) - 1.2) for n in (9, 4)]
    at = [part.amax(1) > 0 for part in parts]
    kept = [places & (torch.rand(places.shape, generator=generator) < 0.4) for places in at] if back else None
    found = effects(tell, parts, at, 3, kept)
    torch.testing.assert_close(found, one_by_one(parts, at, 3, kept))
    assert found.any()


def test_of_two_marks_that_do_for_each_other_neither_is_missed_but_either_helps() -> None:
    part = torch.zeros(1, 1, 12)
    part[0, 0, [1, 4, 9]] = 1.0
    at = [part[:, 0] > 0]
    assert effects(tell, [part], at, 3).tolist() == [[0, 0], [0, 0], [0, 1]]
    kept = [torch.zeros(1, 12, dtype=torch.bool)]
    kept[0][0, 9] = True
    assert effects(tell, [part], at, 3, kept).tolist() == [[1, 0], [1, 0], [0, 0]]


def test_a_map_without_places_has_no_effects() -> None:
    assert effects(tell, [torch.zeros(2, 1, 12)], [torch.zeros(2, 12, dtype=torch.bool)], 3).numel() == 0


def noisy(ways: Tensor, seed: int = 0) -> Tensor:
    """Effects in these directions (n, V), of size 1 to 9, with noise."""
    generator = torch.Generator().manual_seed(seed)
    size = 1 + 8 * torch.rand(len(ways), 1, generator=generator)
    return size * (ways + 0.1 * torch.randn(ways.shape, generator=generator))


@pytest.mark.parametrize("n", [300, 3 * MOST])
def test_groups_are_directions_however_many_and_the_largest_comes_first(n: int) -> None:
    kind = torch.randint(7, (n,), generator=torch.Generator().manual_seed(1)) % 5
    group = alike(noisy(F.one_hot(kind, 8).float()), fewest=5)
    for each in range(5):
        assert group[kind == each].unique().numel() == 1
    assert group.unique().tolist() == [0, 1, 2, 3, 4]
    assert set(group[(kind == 0) | (kind == 1)].tolist()) == {0, 1}


def test_places_that_do_not_matter_and_small_groups_are_of_none() -> None:
    effect = torch.tensor([[3.0, 0, 0]] * 6 + [[0, 3.0, 0]] * 4 + [[0, 0, 0.6]] * 9 + [[-5.0, 0, 0]])
    assert alike(effect, fewest=5).tolist() == [0] * 6 + [-1] * 14
    assert alike(effect, fewest=50).tolist() == [-1] * 20
    assert alike(torch.zeros(0, 3), fewest=5).shape == (0,)


def test_likelihoods_are_the_loss_token_by_token() -> None:
    task = SequenceTask(DigitCircle(), seed=0, held_out=8)
    assert isinstance(task, Telling)
    y = torch.tensor([[3, 3, 1, task.domain.tokens - 1], [0, task.domain.tokens - 1, PAD, PAD]])
    output = torch.randn(2, 4, task.domain.tokens, generator=torch.Generator().manual_seed(0))
    batch = Batch(torch.zeros(2), y)
    said = task.likelihoods(output, batch)
    assert said.shape == (2, task.domain.tokens)
    logs = output.log_softmax(2)
    assert float(said[0, 3]) == pytest.approx(float(logs[0, 0, 3] + logs[0, 1, 3]))
    assert said[1].nonzero()[:, 0].tolist() == [0, task.domain.tokens - 1]
    assert -float(said.sum()) / 6 == pytest.approx(float(task.loss(output, batch)), rel=1e-5)
