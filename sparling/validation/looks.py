"""What a trained model makes of samples, and of maps, as at evaluations."""

from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.networks.model import ForwardOutput
from sparling.training.session import Session
from sparling.training.task import Batch


def forward(session: Session, batch: Batch) -> ForwardOutput:
    """One pass as at evaluations."""
    with evaluating(session.model), session.autocast():
        result: ForwardOutput = session.model(*session.task.inputs(batch))
    return result


def read_map(session: Session, activations: Tensor) -> Tensor:
    """The readout's output for these activations, as at evaluations."""
    with evaluating(session.model), session.autocast():
        output: Tensor = session.model.readout(activations)
    return output
