"""What a model of planted DNA is worth: are exchanged motifs read as they must be, and what do known matrices reach?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.domains.counter_random import sample_keys, uniforms
from sparling.domains.sequence_task import TEST, WorldTask
from sparling.evaluation.motif_errors import MotifCounts, count_motifs, motif_errors
from sparling.layer.calibration import calibrate, evaluating
from sparling.layer.sparsity import SpatialSparsity
from sparling.training.task import Batch
from sparling.validation.measure import Perturbed
from sparling.validation.result import told
from sparling_genomics.network.front_ends import StrandMax, StrandPair
from sparling_genomics.worlds.planted_dna.domain import NEXT, PlantedDna


@dataclass(frozen=True)
class MatrixErrors:
    """Errors of a map made with the planted matrices, fractions."""

    fpe: float
    fne: float
    ce: float | None


def exchanged(
    world: PlantedDna, seed: int, index: Tensor, y: Tensor, activations: Tensor, channel_of_class: Tensor
) -> Perturbed:
    """Two factors change places in the maps of the test samples ``index`` (n,): what the grammar then demands.

    Which two is drawn for each sample. Those whose answers must change are judged, none where a class has no channel.
    After SPARLING (arXiv 2302.01976), perturbation experiment.
    """
    factors = len(world.grammar.classes)
    if channel_of_class.min() < 0:
        return Perturbed(activations, y, torch.zeros_like(index, dtype=torch.bool))
    a, b = _draw_pair(sample_keys(seed, index), factors)
    demanded = world.grammar.read(world.layout(4 * seed + TEST, index).exchanged(a, b))
    source = exchanged_channels(channel_of_class, a, b, factors)
    return Perturbed(activations.take_along_dim(source[:, :, None], 1), demanded, (demanded != y).any(1))


def exchanged_channels(channel_of_class: Tensor, a: Tensor, b: Tensor, factors: int) -> Tensor:
    """Which channel each channel is to be taken from once factors ``a`` and ``b`` (n,) have changed places: (n, C).

    Class k is a mark of factor k modulo ``factors``, on one strand or the other where there are more classes.

    >>> exchanged_channels(torch.tensor([2, 0, 1]), torch.tensor([0]), torch.tensor([1]), factors=3)
    tensor([[2, 1, 0]])
    """
    classes = len(channel_of_class)
    source = torch.arange(classes, device=a.device).repeat(len(a), 1)
    for strand in range(0, classes, factors):
        first, second = channel_of_class[a + strand, None], channel_of_class[b + strand, None]
        source.scatter_(1, first, second).scatter_(1, second, first)
    return source


def _draw_pair(keys: Tensor, factors: int) -> tuple[Tensor, Tensor]:
    """Two different factors for each key."""
    first, second = uniforms(keys[:, None], torch.arange(factors, device=keys.device)).argsort(1)[:, :2].T
    return first, second


def majority(task: WorldTask, n: int) -> float:
    """Share of the first ``n`` test samples that have the most frequent row of answers: what blind guessing reaches."""
    y = torch.cat([batch.y for batch, _ in task.batches(TEST, n)])
    return int(torch.unique(y, dim=0, return_counts=True)[1].max()) / len(y)


@torch.no_grad()
def known_matrices(world: PlantedDna, task: WorldTask, calibration: Sequence[Batch], n: int) -> MatrixErrors:
    """Errors of a map made with the planted matrices themselves, at the same density: what is left is in the sequences.

    Thresholds are those of ``calibration``.
    """
    local = matrix_scanner(world).to(task.device)
    layer = SpatialSparsity(len(world.class_names), world.true_density).to(task.device)
    calibrate(local, layer, [task.inputs(batch) for batch in calibration])
    total: MotifCounts | None = None
    with evaluating(layer):
        for batch, motifs in task.batches(TEST, n):
            counts = count_motifs(layer(local(task.inputs(batch)[0])), motifs, len(world.class_names))
            total = counts if total is None else total + counts
    if total is None:
        raise ValueError(f"n must be at least 1; got {n}")
    errors = motif_errors(total)
    return MatrixErrors(errors.fpe, errors.fne, told(errors.ce))


class MatrixScanner(nn.Module):
    """A local model whose channels are the likelihoods of a world's motifs over that of its background, in bits.

    One-hot (B, 4, L) → (B, K, L), centred on the site; K the factors of all classes.
    """

    def __init__(self, world: PlantedDna) -> None:
        super().__init__()
        motifs = world.motifs[: len(world.grammar.classes)]
        width = max(motif.width for motif in motifs) | 1
        weight, box = torch.zeros(len(motifs), 4, width), torch.zeros(len(motifs), 1, width)
        for k, motif in enumerate(motifs):
            first = (width - motif.width) // 2
            weight[k, :, first : first + motif.width] = torch.from_numpy(motif.log_odds().T)
            box[k, 0, first : first + motif.width] = 1.0
        self.weight, self.box = nn.Parameter(weight, requires_grad=False), nn.Parameter(box, requires_grad=False)
        self.following = nn.Parameter(torch.tensor(NEXT).mul(4).log2(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """Bits of a site around every position, on the strand that is read."""
        middle = self.weight.shape[2] // 2
        before = torch.einsum("bal,ac->bcl", x[:, :, :-1], self.following)
        background = F.pad((before * x[:, :, 1:]).sum(1, keepdim=True), (1, 0))
        return F.conv1d(x, self.weight, padding=middle) - F.conv1d(background, self.box, padding=middle)


def matrix_scanner(world: PlantedDna) -> StrandMax:
    """Both strands read with the planted matrices."""
    return StrandPair(MatrixScanner(world)) if world.grammar.by_strand else StrandMax(MatrixScanner(world))
