"""A task of your own: told only whether an image holds a cross, and a square, a channel each learns to mark them."""

import sys
import tempfile
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

import sparling

SIDE = 16
SHAPES = torch.tensor([[[1, 0, 1], [0, 1, 0], [1, 0, 1]], [[1, 1, 1], [1, 0, 1], [1, 1, 1]]])  # a cross, a square


def images(n: int, seed: int) -> tuple[sparling.Batch, Tensor]:
    """Noisy images with at most one shape of each kind, which kinds they hold, and the middles of the shapes."""
    random = torch.Generator().manual_seed(seed)
    x, y = 0.5 * torch.rand(n, 1, SIDE, SIDE, generator=random), torch.rand(n, 2, generator=random) < 0.5
    middle = torch.randint(1, SIDE - 1, (n, 2, 2), generator=random)
    for i, kind in y.nonzero().tolist():
        row, column = middle[i, kind].tolist()
        x[i, 0, row - 1 : row + 2, column - 1 : column + 2] += SHAPES[kind]
    return sparling.Batch(x, y.float()), middle


class CrossesAndSquares:
    def training_batches(self, epoch: int) -> Iterator[sparling.Batch]:
        return (images(32, seed=100 + 64 * epoch + step)[0] for step in range(64))

    def calibration_batches(self) -> list[sparling.Batch]:
        return [images(1000, seed=0)[0]]

    def validation_batches(self) -> list[sparling.Batch]:
        return [images(500, seed=1)[0]]

    def inputs(self, batch: sparling.Batch) -> tuple[Tensor, None]:
        return batch.x, None

    def loss(self, output: Tensor, batch: sparling.Batch) -> Tensor:
        return F.binary_cross_entropy_with_logits(output, batch.y)

    def score(self, output: Tensor, target: Tensor) -> float:
        return float(((output > 0) == target.bool()).float().mean())


torch.manual_seed(0)
local = sparling.ResidualLocal(in_channels=1, channels=2, width=16, units=1, stem=3, rank=2)
model = sparling.SparlingModel(local, sparling.SpatialSparsity(2), sparling.PooledReadout(2, outputs=2))
session = sparling.Session(model, CrossesAndSquares(), device="cpu")
rule = sparling.Relative(target=0.5 / SIDE**2, factor=0.5, tolerance=0.05)  # down to as many marks as there are shapes
settings = sparling.TrainingSettings(learning_rate=5e-3, evaluate_every=2048, settle_evaluations=3)
sparling.Trainer(session, rule, settings, folder=sys.argv[1] if sys.argv[1:] else tempfile.mkdtemp()).fit()
test, middle = images(1000, seed=2)
sample, channel, *place = model.eval()(test.x).activations.nonzero(as_tuple=True)
away = (middle[sample] - torch.stack(place, 1)[:, None]).abs().amax(2)  # pixels of each mark from each kind of shape
for c in (0, 1):
    there = ((away <= local.receptive_field // 2) & test.y[sample].bool())[channel == c].float().mean(0)
    print(f"channel {c}: {there[0]:.1%} of its marks are at crosses, {there[1]:.1%} at squares")
