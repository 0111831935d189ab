"""Exchanged channels by hand, and known matrices that find nearly every site."""

import torch

from sparling.layer.calibration import evaluating
from sparling_genomics.worlds.planted_dna.domain import PlantedDna
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS
from sparling_genomics.worlds.planted_dna.measure import exchanged_channels, known_matrices, majority, matrix_scanner
from sparling_genomics.worlds.planted_dna.task import AnswerTask


def test_each_strand_of_two_factors_changes_places() -> None:
    """Classes A+ B+ A− B− have the channels 3, 1, 0, 2."""
    source = exchanged_channels(torch.tensor([3, 1, 0, 2]), torch.tensor([0, 1]), torch.tensor([1, 0]), factors=2)
    assert source.tolist() == [[2, 3, 0, 1]] * 2


def test_exchanging_different_pairs_leaves_the_others() -> None:
    source = exchanged_channels(torch.arange(4), torch.tensor([0, 3]), torch.tensor([2, 1]), factors=4)
    assert source.tolist() == [[2, 1, 0, 3], [0, 3, 2, 1]]


def test_matrices_score_highest_at_the_middle_of_a_site() -> None:
    world = PlantedDna(GRAMMARS["order"])
    task = AnswerTask(world, 0)
    batch, motifs = task.batch(3, 0, 300)
    scanner = matrix_scanner(world)
    with torch.no_grad(), evaluating(scanner):
        best = scanner(task.inputs(batch)[0]).argmax(2)[motifs.sample, motifs.kind]
    inside = (best >= motifs.low[:, 0]) & (best < motifs.high[:, 0])
    assert inside.double().mean() > 0.97


def test_known_matrices_at_the_true_density_leave_few_errors() -> None:
    task = AnswerTask(PlantedDna(GRAMMARS["strand"]), 0)
    calibration = [batch for batch, _ in task.batches(1, 1000)]
    errors = known_matrices(task.domain, task, calibration, 500)
    assert errors.fne < 0.05
    assert errors.fpe < 0.05
    assert errors.ce is not None
    assert errors.ce < 0.01


def test_blind_guessing_is_right_as_often_as_the_commonest_answer() -> None:
    assert 0.5 <= majority(AnswerTask(PlantedDna(GRAMMARS["order"]), 0), 400) < 0.6
