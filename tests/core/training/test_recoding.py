"""Before a map becomes sparse at once each code gets a channel, and the readout goes on reading what it read."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from torch import Tensor, nn

from sparling.layer.calibration import calibrate, evaluating
from sparling.layer.codes import Codes, read_codes
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.dropping import DropBlock
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.sequence_readout import SequenceReadout
from sparling.training.revival.effects import Told
from sparling.training.revival.recoding import SILENCED, Mixing, Recoding, _groups, recode
from sparling.training.schedule import Moment, TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Batch
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, toy_model
from tests.core.toy_rules import EVERY, Scripted

SAMPLES, LENGTH, KINDS, WIDTH = 300, 60, 4, 5
SPARSE = 1 / LENGTH
RATE, BATCH = 1e-2, 30
"""One mark a sample and channel: what it takes to mark each kind's one motif."""
TWO_BITS = [[1.0, 1.0, 0, 0, 0], [0, 1.0, 1.0, 0, 0], [0, 0, 1.0, 1.0, 0], [0, 0, 0, 0, 1.0]]
"""Kinds as codes of the first three channels: 0, 01, 12 and 2; the last marks noise alone."""
ONE_EACH = [[1.0 if feature == kind else 0.0 for feature in range(5)] for kind in (2, 0, 3, 1)]


def world() -> tuple[Tensor, Tensor]:
    """Features (B, 5, L): four kinds of motifs, one of each in every sample, stand out in a feature of their own; the
    last is noise. And where they are (B, 4, L)."""
    generator = torch.Generator().manual_seed(0)
    kinds = torch.zeros(SAMPLES, KINDS, LENGTH, dtype=torch.bool)
    slots = torch.rand(SAMPLES, KINDS, generator=generator).argsort(1)
    places = 6 + 14 * slots + torch.randint(6, slots.shape, generator=generator)
    kinds.scatter_(2, places[:, :, None], value=True)
    clear = torch.cat([4.0 * kinds, torch.zeros(SAMPLES, 1, LENGTH)], dim=1)
    return clear + 0.5 * torch.rand(SAMPLES, 5, LENGTH, generator=generator), kinds


class Reader(nn.Module):
    """Says which kind is where: (B, C, L) → logits (B, 4, L)."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.mixing = nn.Parameter(weights)

    def forward(self, activations: Tensor) -> Tensor:
        return self.mixing @ activations


def model(weights: list[list[float]], density: float) -> SparlingModel:
    """Channels with these weights on the five features, read by the best direction of each kind's code."""
    local = ResidualLocal(5, len(weights), width=5, units=1)
    nn.init.eye_(local.stem.weight.data[:, :, 0, 0])
    for parameter in local.units.parameters():
        nn.init.zeros_(parameter)
    local.weight.data = torch.tensor(weights)[:, :, None, None]
    words = torch.tensor(weights)[:, :KINDS].T
    readout = Reader(torch.linalg.pinv(words.T) if words.sum() > KINDS else words.clone())
    made = SparlingModel(local, SpatialSparsity(len(weights), density, inhibition=WIDTH, rivals=False), readout)
    calibrate(local, made.sparsity, [(world()[0], None)])
    return made.eval()


def misread(made: SparlingModel, activations: Tensor) -> float:
    """Share of motifs of which the readout says another kind, or none."""
    logits, (_, kinds) = made.readout(activations), world()
    guess = torch.where(activations.amax(1) > 0, logits.argmax(1), -1)
    sample, kind, place = kinds.nonzero().T
    return float((guess[sample, place] != kind).float().mean())


def told_by(made: SparlingModel, kinds: Tensor) -> Told:
    """Log-likelihood of the true kinds by kind, where they are (kinds, (B, 4, L))."""

    def told(activations: Tensor, index: int, samples: Tensor) -> Tensor:
        where = kinds[BATCH * index : BATCH * (index + 1)][samples]
        said: Tensor = (F.log_softmax(made.readout(activations)[..., :LENGTH], 1) * where).sum(2)
        return said

    return told


def recoded(made: SparlingModel) -> list[int] | None:
    x, kinds = world()
    return recode(made, [(part, None) for part in x.split(BATCH)], told_by(made, kinds), WIDTH, RATE)


def marked(made: SparlingModel) -> Tensor:
    """Share of the motifs of each kind that each channel marks (4, C) when there is one mark a motif."""
    made.sparsity.density = SPARSE
    x, kinds = world()
    calibrate(made.local, made.sparsity, [(x, None)])
    with torch.no_grad(), evaluating(made):
        active = (made.sparsity(made.local(x)) > 0).float()
    return torch.einsum("bkl,bcl->kc", kinds.float(), active) / SAMPLES


def test_kinds_that_shared_channels_get_one_each_and_are_still_read() -> None:
    untouched = marked(model(TWO_BITS, 2 * SPARSE))
    assert (untouched.amax(1) > 0.9).sum() < KINDS
    made = model(TWO_BITS, 2 * SPARSE)
    before = made.local.weight.detach().clone()
    assert recoded(made) == [0, 1, 2, 3]
    sizes = [weight.flatten(1).norm(dim=1).median() for weight in (made.local.weight.detach(), before)]
    assert float(sizes[0]) == pytest.approx(float(sizes[1]))
    share = marked(made)
    owner = share.argmax(1)
    assert sorted(owner.tolist()) == [0, 1, 2, 3]
    assert share.amax(1).min() > 0.95
    with torch.no_grad():
        assert misread(made, made.sparsity(made.local(world()[0]))) < 0.05


def test_a_map_of_one_channel_a_motif_stays_as_it_is() -> None:
    made = model(ONE_EACH, SPARSE)
    before = marked(made)
    assert recoded(made) == [0, 1, 2, 3]
    torch.testing.assert_close(marked(made), before, atol=0.02, rtol=0)
    assert before.argmax(1).tolist() == [1, 3, 0, 2]


def test_an_idle_channel_is_left_over_and_no_longer_read() -> None:
    """Four motifs in six channels, of which the last two mark noise alone."""
    made = model([*TWO_BITS, [0, 0, 0, 0, -1.0], [0, 0, 0, 0, 0.5]], 2 * SPARSE)
    changed = recoded(made)
    assert changed is not None
    assert len(changed) == KINDS
    assert (made.readout.mixing.abs().sum(0) > 0).nonzero()[:, 0].tolist() == changed
    assert sorted(marked(made)[:, changed].argmax(1).tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("marks", ["that nobody needs", "too few"])
def test_where_there_is_nothing_to_read_nothing_is_changed(marks: str) -> None:
    made, (x, kinds) = model(TWO_BITS, 2 * SPARSE), world()
    before = made.local.weight.clone(), made.readout.mixing.clone()
    told = told_by(made, kinds) if marks == "too few" else lambda a, *_: torch.full((len(a), KINDS), -0.5)
    assert recode(made, [(x[:1] if marks == "too few" else x[:BATCH], None)], told, WIDTH, RATE) is None
    assert torch.equal(made.local.weight, before[0])
    assert torch.equal(made.readout.mixing, before[1])


def test_padding_says_nothing() -> None:
    plain, padded = model(TWO_BITS, 2 * SPARSE), model(TWO_BITS, 2 * SPARSE)
    x, kinds = (part[:BATCH] for part in world())
    garbage = torch.full((BATCH, 5, 10), 9.0)
    mask = torch.ones(BATCH, 1, LENGTH + 10, dtype=torch.bool)
    mask[..., LENGTH:] = False
    longer = [(torch.cat([x, garbage], 2), mask)]
    one = recode(plain, [(x, None)], told_by(plain, kinds), WIDTH, RATE)
    assert one
    assert one == recode(padded, longer, told_by(padded, kinds), WIDTH, RATE)
    torch.testing.assert_close(padded.local.weight, plain.local.weight, atol=1e-4, rtol=1e-3)


def test_who_shows_no_features_or_does_not_mix_is_refused() -> None:
    made = SparlingModel(nn.Conv1d(4, 2, 1), SpatialSparsity(2), nn.Identity())
    with pytest.raises(TypeError, match="features and a readout that mixes; got Conv1d and Identity"):
        recode(made, [], lambda *_: torch.zeros(1, 1), WIDTH, RATE)


def test_a_readout_that_spells_mixes_channels_first() -> None:
    readout = SequenceReadout(3, (8,), tokens=4, length=2)
    assert isinstance(readout, Mixing)
    assert readout.mixing.shape == (64, 3)
    activations = torch.rand(2, 3, 8)
    before = readout(activations)
    with torch.no_grad():
        readout.mixing.copy_(readout.mixing[:, [1, 2, 0]])
    torch.testing.assert_close(readout(activations[:, [1, 2, 0]]), before)


class ToldPatterns(PatternTask):
    """Its one answer."""

    def likelihoods(self, output: Tensor, batch: Batch) -> Tensor:
        return -F.binary_cross_entropy_with_logits(output, batch.y.view_as(output), reduction="none").view(-1, 1)


def test_a_task_that_tells_no_answers_apart_is_refused() -> None:
    session = Session(toy_model(), PatternTask(), Fabric(accelerator="cpu", devices=1))
    with pytest.raises(TypeError, match="tells answers apart; got PatternTask"):
        Recoding(WIDTH)(session, torch.optim.SGD(session.model.parameters()), Moment(0.0, 1.0))


def test_only_before_a_leap_and_with_steps_no_larger_than_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The map that is recoded has the density that it was trained at."""
    seen: list[float] = []
    model_ = toy_model()
    model_.sparsity = SpatialSparsity(model_.sparsity.channels, 0.1)
    weight = model_.local.weight
    monkeypatch.setattr(type(model_.readout), "mixing", property(lambda _: weight), raising=False)

    def take(model: SparlingModel, *_: object) -> list[int]:
        seen.append(model.sparsity.density)
        return [0, 1]

    monkeypatch.setattr("sparling.training.revival.recoding.recode", take)
    session = Session(model_, ToldPatterns(), Fabric(accelerator="cpu", devices=1))
    settings = TrainingSettings(learning_rate=1e-2, evaluate_every=EVERY, settle_evaluations=1)
    trainer = Trainer(session, Scripted(("stop",)), settings, folder=tmp_path, observer=None)
    trainer.fit()
    kept = trainer.optimizer.state[weight]
    usual, density = float(kept["exp_avg_sq"].mean()), 0.1
    model_.sparsity.density = density
    assert Recoding(WIDTH)(session, trainer.optimizer, Moment(0.0, 1.9 * density)) is None
    assert kept["exp_avg"].any()
    assert Recoding(WIDTH)(session, trainer.optimizer, Moment(0.0, 2.5 * density)) == [0, 1]
    assert seen == [2.5 * density]
    assert model_.sparsity.density == density
    assert not kept["exp_avg"].any()
    assert float(kept["exp_avg_sq"].min()) >= usual * 0.999
    assert isinstance(model_.sparsity, SpatialSparsity)
    assert model_.sparsity.mode == "shared"


def test_windows_are_silenced_from_recoding_until_late_in_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    made = toy_model()
    made.sparsity, made.dropping = SpatialSparsity(made.sparsity.channels, 0.1), DropBlock(WIDTH)
    weight = made.local.weight
    monkeypatch.setattr(type(made.readout), "mixing", property(lambda _: weight), raising=False)
    session = Session(made, ToldPatterns(), Fabric(accelerator="cpu", devices=1))
    optimizer = torch.optim.SGD(made.parameters())
    revive = Recoding(WIDTH)
    shares = []
    for found, moment in [
        (None, Moment(0.0, 0.5)),
        ([0], Moment(0.0, 0.1)),
        ([0], Moment(0.0, 0.5)),
        ([0], Moment(0.5, 0.1)),
        ([0], Moment(0.8, 0.1)),
    ]:
        monkeypatch.setattr("sparling.training.revival.recoding.recode", lambda *_, found=found: found)
        revive(session, optimizer, moment)
        shares.append(made.dropping.share)
    assert shares == [0.0, 0.0, SILENCED, SILENCED, 0.0]


def placed(marks: list[list[int]]) -> tuple[list[Tensor], Codes]:
    """A map (B, 2, 20) with marks of the first channel at these positions, and its codes."""
    part = torch.zeros(len(marks), 2, 20)
    for sample, positions in enumerate(marks):
        part[sample, 0, positions] = 1.0
    return [part], read_codes([part], torch.tensor([True, False]), 3)


def said_by(part: Tensor, _index: int, samples: Tensor) -> Tensor:
    """Three answers: what is left, in the middle and right; a second mark of a third adds nothing."""
    thirds = torch.stack([piece.flatten(1).sum(1) for piece in part.split([6, 7, 7], dim=2)], dim=1)
    return 2.0 * thirds.clamp_max(1.0) + 0.0 * samples[:, None]


def test_marks_that_do_for_each_other_are_found_when_they_are_put_back() -> None:
    """Of the right each has one mark, of the middle one or two; the third motif has no channel."""
    active, codes = placed([[9, 15]] * 8 + [[8, 11, 18]] * 9 + [[2, 15]] * 6)
    group = _groups(said_by, active, codes, 3)
    where = codes.at[0].nonzero()[:, 1]
    assert group[where >= 13].unique().tolist() == [0]
    assert group[(where >= 6) & (where < 13)].unique().tolist() == [1]
    assert group[where < 6].unique().tolist() == [-1]


def test_a_motif_that_is_never_missed_gets_a_group_of_its_own() -> None:
    active, codes = placed([[8, 11, 18]] * 20)
    group = _groups(said_by, active, codes, 3)
    where = codes.at[0].nonzero()[:, 1]
    assert group[where >= 13].unique().tolist() == [0]
    assert group[where < 13].unique().tolist() == [1]
