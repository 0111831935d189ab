"""Scores of matrices against a loop over letters on both strands; how far a score looks; what is refused."""

import numpy as np
import pytest
import torch

from sparling.networks.local import ResidualLocal
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.network.front_ends import StrandMax
from sparling_genomics.network.matrix_local import RANDOM, SHUT, MatrixLocal

WIDTH = 9


def random_odds(n, width=WIDTH, seed=0):
    return list(np.random.default_rng(seed).normal(size=(n, width, 4)))


def matrices(odds, units=None, channels=None):
    """A model that starts from these; with ``units`` it has a network besides."""
    torch.manual_seed(0)
    n, width = channels or len(odds), len(odds[0])
    network = None if units is None else ResidualLocal(4, n, width=8, units=units, stem=5)
    local = MatrixLocal(n, width, network)
    local.start_from(odds)
    return local


def shaken(local):
    """The same with a residual part that says something, in evaluation mode."""
    torch.nn.init.normal_(local.network.weight)
    for module in local.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.bias)
    return local.eval()


def by_letters(codes, odds, position, strand):
    """Log odds of a site whose middle column lies on ``position``, letter by letter; N and what lies beyond says 0."""
    score = 0.0
    for column in range(len(odds)):
        away = column - len(odds) // 2
        place = position + away if strand == "+" else position - away
        if 0 <= place < len(codes) and codes[place] < 4:
            score += odds[column, codes[place] if strand == "+" else 3 - codes[place]]
    return score


def letters(n=3, length=25):
    return one_hot(torch.from_numpy(np.random.default_rng(0).integers(0, 4, (n, length)).astype(np.uint8)))


@pytest.mark.parametrize("width", [1, 3, 9])
@torch.no_grad()
def test_scores_are_those_of_a_loop_over_letters_on_both_strands(width):
    codes = np.random.default_rng(1).choice(5, 30, p=[0.24] * 4 + [0.04]).astype(np.uint8)
    odds = random_odds(4, width)
    front_end = StrandMax(matrices(odds)).eval()
    both = front_end.both(one_hot(torch.from_numpy(codes[None])))[:, 0].double().numpy()
    for channel, matrix in enumerate(odds):
        for row, strand in zip(both, "+-", strict=True):
            expected = [by_letters(codes, matrix, i, strand) for i in range(len(codes))]
            np.testing.assert_allclose(row[channel], expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_the_best_score_lies_on_the_middle_letter():
    x = one_hot(torch.from_numpy(encode("TTTTTTTT" + "GATTACA" + "TTTTTTTT"))[None])
    assert int(matrices([np.eye(4)[encode("GATTACA")]]).eval()(x).argmax()) == 8 + 3


@pytest.mark.parametrize(("width", "units"), [(9, None), (1, None), (9, 0), (3, 0), (9, 1), (7, 2), (1, 1)])
@torch.no_grad()
def test_a_score_looks_as_far_as_its_matrix_or_its_network_whichever_is_wider(width, units):
    local = matrices(random_odds(2, width), units)
    local = (local if units is None else shaken(local)).double().eval()
    x = torch.randn(1, 4, 41, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    reach = max(width, 0 if units is None else 5 + 4 * units) // 2
    seen = set()
    for place in range(41):
        changed = x.clone()
        changed[0, :, place] += 1.0
        if (local(changed) - local(x))[0, :, 20].abs().max() > 1e-9:
            seen.add(place)
    assert seen == set(range(20 - reach, 21 + reach))


@torch.no_grad()
def test_the_network_adds_nothing_at_the_start_and_its_scores_later():
    x, odds = letters(), random_odds(2)
    local, alone = matrices(odds, units=0).eval(), matrices(odds).eval()
    assert torch.equal(local(x), alone(x))
    shaken(local)
    torch.testing.assert_close(local(x), alone(x) + local.network(x))
    assert local.network(x).abs().max() > 0.1


def test_both_parts_learn():
    local = matrices(random_odds(1), units=0)
    local(torch.randn(2, 4, 25)).square().sum().backward()
    for weight in (local.matrices.weight, local.network.weight):
        assert weight.grad.abs().max() > 0


@torch.no_grad()
def test_evaluation_is_not_rounded_under_autocast():
    x, local = letters(), matrices(random_odds(2))
    with torch.autocast("cpu", torch.bfloat16):
        assert local.train()(x).dtype == torch.bfloat16
        rounded = local.eval()(x)
    assert rounded.dtype == torch.float32
    assert torch.equal(rounded, local(x))


@torch.no_grad()
def test_matrices_go_into_channels_from_the_first_on_and_leave_the_others():
    local = MatrixLocal(4, WIDTH)
    before = local.matrices.weight.clone()
    odds = random_odds(2)
    local.start_from(odds, first=1)
    weight = local.matrices.weight
    assert torch.equal(weight[[0, 3]], before[[0, 3]])
    for channel, matrix in zip((1, 2), odds, strict=True):
        np.testing.assert_allclose(weight[channel, :, 0].numpy(), matrix.T, rtol=1e-6)


def test_channels_that_start_as_no_matrix_say_little():
    torch.manual_seed(0)
    weight = MatrixLocal(200, 21).matrices.weight.detach()
    assert float(weight.std()) == pytest.approx(RANDOM, rel=0.05)


@pytest.mark.parametrize("width", [-1, 0, 2, 10])
def test_even_widths_are_refused(width):
    with pytest.raises(ValueError, match=f"width must be odd and positive; got {width}"):
        MatrixLocal(2, width)


@pytest.mark.parametrize("width", [7, 11])
def test_matrices_of_another_width_are_refused(width):
    with pytest.raises(ValueError, match=rf"must have shape \(9, 4\); got \({width}, 4\)"):
        MatrixLocal(2, WIDTH).start_from(random_odds(1, width))


def held(floor, units=None):
    """A gated model of two channels, the first held to its matrix from ``floor`` on, and its known scores."""
    odds = random_odds(2)
    torch.manual_seed(0)
    network = None if units is None else ResidualLocal(4, 2, width=8, units=units, stem=5)
    local = MatrixLocal(2, WIDTH, network, gated=True)
    local.start_from(odds)
    local.admit([floor])
    return local.eval(), matrices(odds).eval()


@torch.no_grad()
def test_a_held_channel_scores_only_where_its_first_matrix_does():
    x = letters()
    local, known = held(1.0)
    before = known(x)
    open_ = before[:, 0] >= 1.0
    assert 0 < open_.float().mean() < 0.5
    torch.testing.assert_close(local(x)[:, 0][open_], before[:, 0][open_])
    assert local(x)[:, 0][~open_].max() <= -SHUT
    assert torch.equal(local(x)[:, 1], before[:, 1])
    local.matrices.weight.mul_(-3.0)  # learned to be something else: it still fires nowhere else
    assert torch.equal(local(x)[:, 0] > -SHUT, open_)


def test_a_held_matrix_learns_and_what_holds_it_does_not():
    local, _ = held(0.0, units=0)
    local.train()(letters()).square().sum().backward()
    assert local.matrices.weight.grad.abs().max() > 0
    assert [name for name, _ in local.named_buffers() if "gate" in name or "floor" in name] == ["gate", "floor"]


def test_frozen_matrices_have_no_gradient():
    local = MatrixLocal(2, WIDTH, frozen=True)
    assert not local(letters()).requires_grad
