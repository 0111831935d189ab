"""What a trained model makes of samples, and of maps, as at evaluations."""

from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.networks.model import ForwardOutput
from sparling.training.task import Batch
from sparling.training.trainer import Trainer


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
