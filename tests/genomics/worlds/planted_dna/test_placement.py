"""A channel that marks beside its motif is put on it, on either strand, from the letters around its marks alone."""

import pytest
import torch
from torch import Tensor, nn

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import SparlingModel
from sparling.training.session import Session
from sparling.validation.measure import errors_on_test
from sparling_genomics.network.front_ends import StrandMax, StrandPair
from sparling_genomics.worlds.planted_dna.domain import PlantedDna
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS
from sparling_genomics.worlds.planted_dna.measure import MatrixScanner, known_matrices
from sparling_genomics.worlds.planted_dna.placement import FLANK, channel_offsets, letters_around, placement
from sparling_genomics.worlds.planted_dna.task import AnswerTask

STEPS = (9, -9)
N = 500


class Beside(nn.Module):
    """The planted matrices, which mark so many bp behind the middle of a site, a channel a step of its own."""

    def __init__(self, world: PlantedDna, steps: tuple[int, ...]) -> None:
        super().__init__()
        self.scanner, self.steps = MatrixScanner(world), steps

    def forward(self, x: Tensor) -> Tensor:
        scores = self.scanner(x)
        return torch.stack([scores[:, c].roll(step, 1) for c, step in enumerate(self.steps)], 1)


class Silent(nn.Module):
    """A readout that always answers the same."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(answers, 2))

    def forward(self, activations: Tensor) -> Tensor:
        return self.logits.expand(len(activations), -1, -1)


def session_of(grammar: str, steps: tuple[int, ...]) -> tuple[Session, AnswerTask]:
    world = PlantedDna(GRAMMARS[grammar])
    task = AnswerTask(world, 0)
    local = Beside(world, steps)
    front_end = StrandPair(local) if world.grammar.by_strand else StrandMax(local)
    layer = SpatialSparsity(len(world.class_names), world.true_density)
    model = SparlingModel(front_end, layer, Silent(world.answers))
    session = Session(model, task, "cpu")
    session.calibrate([batch for batch, _ in task.batches(1, 2_000)])
    return session, task


@pytest.mark.parametrize("grammar", ["order", "strand"])
def test_marks_beside_the_motif_are_put_on_it(grammar: str) -> None:
    session, task = session_of(grammar, STEPS)
    offsets = channel_offsets(session, task)
    on_strands = [-step for step in STEPS] * (2 if grammar == "strand" else 1)
    assert all(abs(int(found) - step) <= 1 for found, step in zip(offsets[:, 0], on_strands, strict=True))
    errors = errors_on_test(session, task, N, placement(session, task, offsets))
    known = known_matrices(task.domain, task, [batch for batch, _ in task.batches(1, 2_000)], N)
    assert errors.as_marked.fne > 0.4
    assert errors.placed.fne < known.fne + 0.02
    assert errors.placed.fpe < known.fpe + 0.02


def test_a_mark_in_the_middle_stays() -> None:
    session, task = session_of("order", (0, 0))
    assert channel_offsets(session, task).abs().max() <= 1


def test_letters_around_marks_are_read_on_their_strand() -> None:
    """So the two strands of a site give one matrix: the planted one, at the step beside the mark."""
    session, task = session_of("order", STEPS)
    letters = letters_around(session, task, 1)
    for c, step in enumerate(STEPS):
        planted = torch.from_numpy(task.domain.motifs[c].probabilities()).float()
        width = len(planted)
        first = FLANK - step - (width - 1) // 2
        fits = [
            float((letters[c, i : i + width] / letters[c].sum(1).max() - planted).abs().mean())
            for i in range(len(letters[c]) - width)
        ]
        assert abs(fits.index(min(fits)) - first) <= 1
        assert min(fits) < 0.03
