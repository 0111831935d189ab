"""Loss, score and batches of several labels or values, against loops, scikit-learn and SciPy."""

import math

import numpy as np
import pytest
import scipy
import torch
from sklearn.metrics import roc_auc_score

from sparling.training.task import Batch
from sparling_genomics.data.dataset import TRAIN
from sparling_genomics.data.targets import Column, Targets
from sparling_genomics.tasks.column_figures import column_figures
from sparling_genomics.tasks.ranking import rank_correlation, rank_correlation_error
from sparling_genomics.tasks.several import SeveralTask, column_losses, mean_score, weighted_loss
from tests.genomics.sequences import load
from tests.genomics.several_run import write_set

LABEL = Column("a", "label", 0.25, 1.0)
VALUE = Column("v", "value", 10.0, 2.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    fasta, table = write_set(tmp_path_factory.mktemp("set"))
    return load(fasta, labels=table)


def test_losses_are_those_of_each_kind_and_0_where_unknown():
    output = torch.tensor([[0.5, 0.1], [-1.0, 3.0], [2.0, 0.0]])
    values = torch.tensor([[1.0, 11.0], [0.0, 10.0], [float("nan"), float("nan")]])
    found = column_losses(output, values, [LABEL, VALUE])
    softplus = [math.log1p(math.exp(-0.5)) * 0.5 / 0.25, math.log1p(math.exp(-1.0)) * 0.5 / 0.75]
    assert found[:2, 0].tolist() == pytest.approx(softplus)
    assert found[:2, 1].tolist() == pytest.approx([0.5 * 0.4**2, 3 - 0.5])
    assert found[2].tolist() == [0, 0]
    assert bool(torch.isfinite(found).all())
    weights = torch.tensor([[2.0], [1.0], [5.0]])
    assert float(weighted_loss(output, values, [LABEL, VALUE], weights)) == pytest.approx(
        float((found * weights).sum()) / 4
    )


def test_what_is_unknown_moves_no_weight():
    output = torch.zeros(3, 1, requires_grad=True)
    values = torch.tensor([[1.0], [float("nan")], [0.0]])
    weighted_loss(output, values, [LABEL], torch.ones(3, 1)).backward()
    assert output.grad[1].item() == 0
    assert bool(torch.isfinite(output.grad).all())
    assert output.grad[0].item() == pytest.approx(-output.grad[2].item() * 3)


def test_the_score_is_the_mean_of_what_is_known():
    rng = np.random.default_rng(0)
    output = rng.normal(size=(80, 2))
    values = np.stack([rng.random(80) < 0.4, output[:, 1] + rng.normal(size=80)], axis=1).astype(np.float32)
    values[::7, 0] = np.nan
    known = ~np.isnan(values[:, 0])
    auroc = roc_auc_score(values[known, 0], output[known, 0])
    rho = scipy.stats.spearmanr(values[:, 1], output[:, 1]).statistic
    score = mean_score(output, values, [LABEL, VALUE])
    assert score.value == pytest.approx((auroc + rho) / 2)
    assert 0 < score.noise < 0.1
    values[:, 0] = np.where(known, 1.0, np.nan)
    assert mean_score(output, values, [LABEL, VALUE]).value == pytest.approx(rho)


def test_rank_correlation_is_spearman_s():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 5, 60), rng.normal(size=60)
    assert rank_correlation(a, b) == pytest.approx(scipy.stats.spearmanr(a, b).statistic)
    assert rank_correlation(np.ones(5), b[:5]) == 0


def test_the_error_of_a_rank_correlation_is_its_spread_over_samples():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 100))
    y = 0.6 * x + 0.8 * rng.normal(size=(400, 100))
    rhos = [rank_correlation(*pair) for pair in zip(x, y, strict=True)]
    assert np.std(rhos) == pytest.approx(rank_correlation_error(float(np.mean(rhos)), 100), rel=0.15)


def test_an_epoch_is_the_whole_training_side_and_batches_carry_values_ends_and_weights(data):
    task = SeveralTask(data, seed=0)
    batches = list(task.training_batches(0))
    n = int((data.split == TRAIN).sum())
    seen = sum(len(batch.x) for batch in batches)
    assert n - task.batch_size < seen <= n
    y = batches[0].y
    assert y.shape[1] == 3 + len(data.targets.contrasts) + 1
    output = torch.zeros(len(y), 3)
    heavier = Batch(batches[0].x, torch.cat([y[:, :-1], 2 * y[:, -1:]], dim=1))
    assert float(task.loss(output, heavier)) == pytest.approx(2 * float(task.loss(output, batches[0])))


def test_each_channel_asks_its_own_contrast(data):
    task = SeveralTask(data, seed=0)
    batch = task.balanced_batches(4000)[0]
    names = [contrast.name for contrast in data.targets.contrasts]
    sides = task.sides(batch, (names.index("B"), names.index("not B"), names.index("low value")))
    assert sides.dtype == torch.int8
    known = (sides[:, 0] >= 0) & (sides[:, 1] >= 0)
    assert known.sum() > 0.7 * len(known)
    assert torch.equal(sides[known, 0], 1 - sides[known, 1])
    assert torch.equal(sides[known, 0].float(), batch.y[known, 1])
    values = batch.y[:, 2]
    assert float(values[sides[:, 2] == 1].max()) < float(values[sides[:, 2] == 0].min())


def test_without_targets_there_is_no_such_task(tmp_path):
    fasta, _ = write_set(tmp_path, n=60)
    with pytest.raises(ValueError, match="no targets"):
        SeveralTask(load(fasta), seed=0)


def test_figures_of_each_column_and_their_intervals():
    rng = np.random.default_rng(3)
    n = 300
    output = rng.normal(size=(n, 2))
    values = np.stack([output[:, 0] + rng.normal(size=n) > 0, 10 + 2 * (output[:, 1] + rng.normal(size=n))], axis=1)
    values = values.astype(np.float32)
    values[:50, 0] = np.nan
    targets = Targets((LABEL, VALUE), (), values, values, np.ones(n, dtype=np.float32), np.zeros_like(values))
    label, value = column_figures(targets, output, np.arange(n), seed=0)
    assert (label.known, value.known) == (250, 300)
    assert label.auroc == pytest.approx(roc_auc_score(values[50:, 0], output[50:, 0]))
    assert label.ones == int(values[50:, 0].sum())
    assert (label.spearman, value.auroc) == (None, None)
    assert value.spearman == pytest.approx(scipy.stats.spearmanr(values[:, 1], output[:, 1]).statistic)
    said = 10 + 2 * output[:, 1]
    assert value.r2 == pytest.approx(1 - ((values[:, 1] - said) ** 2).mean() / values[:, 1].var(), rel=1e-5)
    for figures, middle in ((label, label.auroc), (value, value.spearman)):
        assert figures.low < middle < figures.high
        assert figures.high - figures.low < 0.25
    relatives = column_figures(targets, output, np.arange(n) // 30, seed=0)[1]
    assert relatives.high - relatives.low > 0


def test_figures_are_of_the_values_as_they_were_given():
    rng = np.random.default_rng(0)
    by_letters, rest = rng.normal(size=(2, 300, 1)).astype(np.float32)
    column = Column("v", "value", 10.0, 2.0, (1.0,), 0.5)
    values = 10 + 2 * rest
    targets = Targets((column,), (), values, values, np.ones(300, dtype=np.float32), by_letters)
    (perfect,) = column_figures(targets, rest.astype(np.float64), np.arange(300), 0)
    assert (perfect.spearman, perfect.r2) == (pytest.approx(1), pytest.approx(1))
    (nothing,) = column_figures(targets, np.zeros((300, 1)), np.arange(300), 0)
    given = (values + by_letters)[:, 0]
    alone = rank_correlation(given, by_letters[:, 0].astype(np.float64))
    assert nothing.spearman == nothing.by_letters == perfect.by_letters == pytest.approx(alone)
    assert 0.2 < alone < 0.7
