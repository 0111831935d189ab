"""A model in use, for inference and for training alike: its task, device and precision; predictions, calibration."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from sparling.layer.calibration import Calibration, calibrate, evaluating
from sparling.layer.streamed.walks import Mapped
from sparling.networks.model import ForwardOutput, SparlingModel
from sparling.training.devices import FabricLike, choose_fabric
from sparling.training.task import Batch, Probe, Task, Teaching


class Predictions(NamedTuple):
    """What a model made of samples."""

    outputs: Tensor
    """(N, ...) float32 on the CPU, as the readout gives them."""
    targets: Tensor
    """(N, ...) on the CPU."""
    density: float
    """Realised fraction of non-zero activations; padding does not count."""


class Session:
    """Runs ``model`` on batches of ``task``; the model is moved to the device.

    ``device``: "cpu", "cuda", or "auto" (a GPU where there is one), all in float32; or a Fabric, for other precisions
    (`sparling.training.devices.choose_fabric`). Raises ``NoUsableGpu`` for "cuda" without one, and
    ``SettingOutOfRange`` for another word.
    """

    def __init__(self, model: SparlingModel, task: Task, device: FabricLike | str = "auto") -> None:
        self.fabric = choose_fabric(device, "float32")[0] if isinstance(device, str) else device
        self.model, self.task = model.to(self.fabric.device), task

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision that training uses."""
        return self.fabric.autocast()

    def on_device(self, batch: Batch) -> Batch:
        """The same batch where the model is."""
        return Batch(*(self.fabric.to_device(tensor) for tensor in batch))

    def teacher(self, batch: Batch) -> Tensor | None:
        """What the readout may see of the target in training; None where the task says nothing of it."""
        return self.task.teacher(batch) if isinstance(self.task, Teaching) else None

    def calibrate(self, batches: Sequence[Batch] | None = None, slack: float = 0.0) -> Calibration:
        """Re-estimate batch statistics and thresholds, on these or the task's calibration batches (`calibrate`)."""
        if batches is None:
            batches = self.task.calibration_batches()
        inputs = Mapped(lambda batch: self.task.inputs(self.on_device(batch)), batches)
        with self.autocast():
            return calibrate(self.model.local, self.model.sparsity, inputs, slack)

    @torch.no_grad()
    def forward(self, batch: Batch) -> ForwardOutput:
        """What the model makes of a batch as at evaluations; all modes are left as they were."""
        with evaluating(self.model), self.autocast():
            result: ForwardOutput = self.model(*self.task.inputs(self.on_device(batch)))
        return result

    @torch.no_grad()
    def read(self, activations: Tensor, batch: Batch | None = None) -> Tensor:
        """The readout's output for a map (B, C, S...), as at evaluations.

        ``batch`` is what the map is of; it is needed where the readout sees more than the map (`SparlingModel.read`).
        """
        x, mask = (None, None) if batch is None else self.task.inputs(self.on_device(batch))
        with evaluating(self.model), self.autocast():
            output: Tensor = self.model.read(activations, x, mask)
        return output

    @torch.no_grad()
    def predict(self, batches: Sequence[Batch], probe: Probe | None = None) -> Predictions:
        """Outputs and targets of all samples, and the realised density; all modes are left as they were."""
        outputs, targets, active, total = [], [], 0, 0
        with evaluating(self.model), self.autocast():
            for index, batch in enumerate(batches):
                x, mask = self.task.inputs(self.on_device(batch))
                result = self.model(x, mask)
                if probe is not None:
                    probe.add(index, result)
                outputs.append(result.output.float().cpu())
                targets.append(batch.y.cpu())
                active += int(result.activations.count_nonzero())
                valid = result.activations.numel() if mask is None else int(mask.sum()) * result.activations.shape[1]
                total += valid
        return Predictions(torch.cat(outputs), torch.cat(targets), active / total)


@runtime_checkable
class Demanding(Protocol):
    """What asks of a model and its task more than a training does, and says so before it begins."""

    def check(self, session: Session) -> None:
        """Raise ``TypeError`` where they do not serve."""
        ...
