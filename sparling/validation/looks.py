"""What a trained model makes of samples, and of maps, as at evaluations."""

from torch import Tensor

from sparling.calibration import evaluating
from sparling.model import ForwardOutput
from sparling.task import Batch
from sparling.training import Trainer


def forward(trainer: Trainer, batch: Batch) -> ForwardOutput:
    """One pass as at evaluations."""
    with evaluating(trainer.model), trainer.autocast():
        result: ForwardOutput = trainer.model(*trainer.task.inputs(batch))
    return result


def read_map(trainer: Trainer, activations: Tensor) -> Tensor:
    """The readout's output for these activations, as at evaluations."""
    with evaluating(trainer.model), trainer.autocast():
        output: Tensor = trainer.model.readout(activations)
    return output
