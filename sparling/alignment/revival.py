"""Dead latents that the auxiliary loss cannot reach start anew.

A latent whose pre-activations are all negative has no gradient, of the auxiliary loss neither. SPARC draws the encoder
row of a dead latent again, short and at random (arXiv 2507.06265, its released code); here it is laid short along the
latent's own decoder row, so that it says something of what it writes, and nothing is drawn.
"""

from dataclasses import dataclass

import torch

from sparling.alignment.model import AlignmentModel
from sparling.shapes import check_number
from sparling.training.schedule import Moment
from sparling.training.session import Session

LENGTH = 0.05
"""Of a row that starts anew: too short to be chosen by TopK before it has learnt."""


@dataclass(frozen=True)
class Revival:
    """At evaluations of a training; a `sparling.training.trainer.Reviver`."""

    until: float = 0.5
    """Share of settling from which on none is: what is left is too short to learn."""

    def __post_init__(self) -> None:
        check_number("until", self.until, most=1.0)

    @torch.no_grad()
    def __call__(self, session: Session, optimizer: torch.optim.Optimizer, moment: Moment) -> list[int] | None:
        """Latents that were dead in a stream and out of reach, and have new encoder rows there; None for none."""
        model = session.model
        if not isinstance(model, AlignmentModel) or moment.settled >= self.until:
            return None
        batches = [session.on_device(batch) for batch in session.task.calibration_batches()]
        scores = torch.cat([model.local(session.task.inputs(batch)[0]) for batch in batches])
        lost = (model.idle > model.dead_after) & (scores.amax(0).T <= 0)
        for stream, rows in enumerate(lost):
            weight, bias = model.local.weights[stream], model.local.biases[stream]
            weight[rows] = LENGTH * model.readout.weights[stream][rows]
            bias[rows] = 0.0
            for parameter in (weight, bias):
                for kept in optimizer.state[parameter].values():
                    if kept.shape == parameter.shape:
                        kept[rows] = 0.0
        revived: list[int] = lost.any(0).nonzero().flatten().tolist()
        return revived or None
