"""A domain as the trainer wants it: what goes in, what counts as right, and the errors seen on the way."""

import pytest
import torch
import torch.nn.functional as F

from sparling.domains import sequence_task
from sparling.domains.base import PAD
from sparling.domains.digit_circle import DigitCircle
from sparling.domains.digit_sequence import END
from sparling.domains.sequence_task import TEST, TRAIN, VALIDATION, ErrorProbe, SequenceTask, matches, spelled
from sparling.networks.model import ForwardOutput
from sparling.training.task import Batch

WORLD = DigitCircle(side=44, fewest=1, most=2, radius=5.0, overlap=False)


def task(**changed: int) -> SequenceTask:
    return SequenceTask(WORLD, seed=3, **{"cell": 2, "batch_size": 16, "held_out": 40, **changed})


def test_a_training_sample_does_not_depend_on_the_batch_size() -> None:
    by_size = []
    for size in (4, 16):
        stream = task(batch_size=size).training_batches(0)
        batches = [next(stream) for _ in range(64 // size)]
        by_size.append([torch.cat(tensors) for tensors in zip(*batches, strict=True)])
    for a, b in zip(*by_size, strict=True):
        assert torch.equal(a, b)


def test_epochs_are_one_stream_of_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence_task, "EPOCH", 256)
    this = task(batch_size=32)
    samples = torch.cat([batch.x for epoch in range(2) for batch in this.training_batches(epoch)])
    assert torch.equal(samples, this.batch(TRAIN, 0, 512)[0].x)


def test_sides_and_epochs_share_no_sample() -> None:
    this = task()
    firsts = [this.batch(side, 0, 8)[0].x for side in range(4)]
    firsts += [next(this.training_batches(1)).x[:8], SequenceTask(WORLD, seed=4).batch(TRAIN, 0, 8)[0].x]
    for i, a in enumerate(firsts):
        for b in firsts[i + 1 :]:
            assert not any(torch.equal(x, y) for x in a for y in b)


def test_ink_is_read_as_one() -> None:
    batch, _ = task().batch(TRAIN, 0, 4)
    dark, light = (task(ink=ink).inputs(batch)[0] for ink in (1, 0))
    assert dark.equal(batch.x.float())
    assert light.equal(1 - batch.x.float())


def test_the_local_model_reads_pixels() -> None:
    batch, _ = task().batch(TRAIN, 0, 4)
    x, mask = task().inputs(batch)
    assert mask is None
    assert torch.equal(x, batch.x.float())


@pytest.mark.parametrize("cell", [1, 2, 4, 20])
def test_boxes_hold_the_positions_whose_middle_is_in_them(cell: int) -> None:
    _, fine = task(cell=1).batch(TRAIN, 0, 50)
    _, coarse = task(cell=cell).batch(TRAIN, 0, 50)
    edges = (part.flatten().tolist() for part in (fine.low, fine.high, coarse.low, coarse.high))
    for low, high, first, end in zip(*edges, strict=True):
        inside = [i for i in range(44) if low <= (i + 0.5) * cell < high or i == (low + high - 1) // 2 // cell]
        assert list(range(first, end)) == inside


def test_held_out_batches_are_fixed_and_have_their_own_truth() -> None:
    this = task()
    batches = this.validation_batches()
    assert sum(len(batch.y) for batch in batches) == 40
    assert all(torch.equal(a.x, b.x) for a, b in zip(batches, this.validation_batches(), strict=True))
    assert torch.equal(batches[0].x, this.batch(VALIDATION, 0, len(batches[0].y))[0].x)
    assert sum(len(batch.y) for batch in this.calibration_batches()) == 40


def test_loss_counts_every_token_up_to_the_end_and_no_padding() -> None:
    y = torch.tensor([[1, END, PAD], [4, 2, END]])
    logits = torch.randn(2, 3, 11, generator=torch.Generator().manual_seed(0))
    said = [(0, 0, 1), (0, 1, END), (1, 0, 4), (1, 1, 2), (1, 2, END)]
    expected = -sum(F.log_softmax(logits[i, t], 0)[token].item() for i, t, token in said) / 5
    assert task().loss(logits, Batch(y, y)).item() == pytest.approx(expected)
    assert torch.equal(task().teacher(Batch(y, y)), y)


def test_score_is_one_less_the_edit_distance() -> None:
    y = torch.tensor([[1, END, PAD], [4, 2, END], [0, 3, END], [5, END, PAD]])
    said = torch.tensor([[1, END, 7], [2, 4, END], [0, END, 3], [END, 5, 5]])
    logits = F.one_hot(said, 11).float()
    score = task().score(logits, y)
    distances = torch.tensor([0.0, 1.0, 0.5, 1.0])
    assert score.value == pytest.approx(1 - distances.mean().item())
    assert score.noise == pytest.approx(distances.std().item() / 2)
    assert matches(logits, y).tolist() == [True, False, False, False]
    assert spelled(said, END) == [[1], [2, 4], [0], []]


def test_the_probe_counts_all_batches_and_starts_anew_with_the_first() -> None:
    this = task()
    samples = this.batches(TEST, 40)
    probe = ErrorProbe(samples, WORLD)
    for _ in range(2):
        for index, (batch, motifs) in enumerate(samples):
            active = torch.zeros(len(batch.y), 10, 22, 22)
            centre = (motifs.low + motifs.high) // 2
            active[motifs.sample, motifs.kind, centre[:, 0], centre[:, 1]] = 1.0
            active[0, 3, 0, 0] = 0.5
            output = F.one_hot(batch.y.clamp_min(0), 11).float()
            probe.add(index, ForwardOutput(active, active, output))
        figures = probe.figures()
        digits = sum(len(motifs.kind) for _, motifs in samples)
        assert figures["fpe"] == pytest.approx(len(samples) / (digits + len(samples)))
        assert (figures["fne"], figures["ce"], figures["e2ee"], figures["exact_match"]) == (0.0, 0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="nothing to count"):
        ErrorProbe(samples, WORLD).figures()
