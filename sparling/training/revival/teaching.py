"""A local model learns to mark what the whole model was found to say: one channel a motif, at places that are known.

While the map is dense a motif is written in several channels at several places, and no weighted sum of the features at
one of them tells it from others; the local model has to change as a whole.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.layer.padding import masked
from sparling.training.optimiser import AdamW
from sparling.training.revival.channels import Featured, Inputs

Precision = Callable[[], AbstractContextManager[Any]]
"""The context in which networks compute. Entered anew at each step: autocast keeps weights as it first saw them."""

EPOCHS = 10
WARM_UP = 0.03
"""Share of the steps over which the learning rate rises."""


def teach(
    local: nn.Module, inputs: Inputs, wanted: Sequence[Tensor], rate: float, precision: Precision = nullcontext
) -> None:
    """Train ``local`` to mark the ``wanted`` channel at each position.

    ``wanted`` (B, S...) is a channel at places, C where nothing is to be marked, and −1 where either may be. Positions
    with and without a mark count for as much. Weights of channels keep their size. Modes are left as they were.
    """
    weight, was = cast(Featured, local).weight, local.training
    size = weight.detach().flatten(1).norm(dim=1).median()
    optimizer = AdamW(local.parameters(), lr=rate, weight_decay=0.01, foreach=True)
    total, step = EPOCHS * len(inputs), 0
    local.train()
    for _ in range(EPOCHS):
        for index in torch.randperm(len(inputs)).tolist():
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, step / (WARM_UP * total)) * (1 - step / total) ** 0.5
            x, mask = inputs[index]
            with precision():
                scores = masked(local, x, mask).float()
            _step(optimizer, scores, wanted[index])
    local.train(was)
    with torch.no_grad():
        weight.mul_(size / weight.flatten(1).norm(dim=1).median())


def _step(optimizer: torch.optim.Optimizer, scores: Tensor, wanted: Tensor) -> None:
    channels = scores.shape[1]
    said = F.cross_entropy(
        torch.cat([scores, torch.zeros_like(scores[:, :1])], 1), wanted.clamp_min(0), reduction="none"
    )
    marks, none = (wanted >= 0) & (wanted < channels), wanted == channels
    loss = (said * marks).sum() / marks.sum().clamp_min(1) + (said * none).sum() / none.sum().clamp_min(1)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
