"""Running a model without training it: predictions, density, calibration; nothing is left changed."""

import pytest
import torch
from torch import Tensor, nn

from sparling.errors import NoUsableGpu, SettingOutOfRange
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import ForwardOutput, SparlingModel
from sparling.training.devices import choose_fabric
from sparling.training.session import Session
from sparling.training.task import Batch
from tests.core.toy import PatternTask, toy_model


class Negative(nn.Module):
    """x (B, 1, L) → (B, 2, L): as it is, and with its sign turned."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, -x], 1)


class Total(nn.Module):
    """The sum of each sample's activations (B, 1)."""

    def forward(self, activations: Tensor) -> Tensor:
        return activations.flatten(1).sum(1, keepdim=True)


class Masked(PatternTask):
    """Four positions a sample, of which the last two are padding in each."""

    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        mask = torch.zeros_like(batch.x, dtype=torch.bool)
        mask[:, :2] = True
        return batch.x.unsqueeze(1), mask.unsqueeze(1)


def by_hand() -> SparlingModel:
    """Scores above 1 are passed, less 1."""
    layer = SpatialSparsity(2, density=0.1, normalise=False)
    layer.set_threshold(torch.ones(2))
    return SparlingModel(Negative(), layer, Total())


X = torch.tensor([[3.0, 0.0, 9.0, 9.0], [0.0, -2.0, -9.0, 0.0]])
BATCHES = [Batch(X[:1], torch.tensor([1.0])), Batch(X[1:], torch.tensor([0.0]))]


def test_outputs_targets_and_density_of_all_samples_together() -> None:
    predictions = Session(by_hand(), PatternTask(), "cpu").predict(BATCHES)
    assert predictions.outputs.tolist() == [[2.0 + 8.0 + 8.0], [1.0 + 8.0]]
    assert predictions.targets.tolist() == [1.0, 0.0]
    assert predictions.density == 5 / 16


def test_padding_counts_neither_as_active_nor_as_a_place_for_it() -> None:
    predictions = Session(by_hand(), Masked(), "cpu").predict(BATCHES)
    assert predictions.outputs.tolist() == [[2.0], [1.0]]
    assert predictions.density == 2 / 8


def test_a_probe_sees_every_batch_by_its_number() -> None:
    seen: list[tuple[int, list[int]]] = []

    class Looking:
        def add(self, index: int, result: ForwardOutput) -> None:
            seen.append((index, list(result.activations.shape)))

        def figures(self) -> dict[str, float]:
            return {}

    Session(by_hand(), PatternTask(), "cpu").predict(BATCHES, Looking())
    assert seen == [(0, [1, 2, 4]), (1, [1, 2, 4])]


def test_calibration_makes_the_density_exact_and_predicting_changes_nothing() -> None:
    session = Session(toy_model(), PatternTask(), "cpu")
    session.model.sparsity.density = 0.05
    found = session.calibrate()
    assert found.density == pytest.approx(0.05, rel=0.02)
    assert session.predict(session.task.calibration_batches()).density == pytest.approx(found.density)
    session.model.train()
    before = {name: tensor.clone() for name, tensor in session.model.state_dict().items()}
    session.predict(session.task.validation_batches())
    assert session.model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in session.model.state_dict().items())


def test_a_device_is_a_word_or_a_fabric(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    fabric = choose_fabric("cpu", "bf16")[0]
    assert Session(toy_model(), PatternTask(), fabric).fabric is fabric
    with Session(toy_model(), PatternTask()).autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    with pytest.raises(NoUsableGpu):
        Session(toy_model(), PatternTask(), "cuda")
    with pytest.raises(SettingOutOfRange, match="device must be one of auto, cpu, cuda; got gpu"):
        Session(toy_model(), PatternTask(), "gpu")
