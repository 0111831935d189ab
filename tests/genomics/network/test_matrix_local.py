"""Scores of matrices against a loop over letters on both strands; how far a score looks; what is refused."""

import numpy as np
import pytest
import torch

from sparling.networks.local import ResidualLocal
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.front_ends import StrandMax
from sparling_genomics.network.matrix_local import MatrixLocal, middle

WIDTHS = (1, 4, 6, 7, 8, 9)


def random_pwm(width, seed=0, background=(0.25,) * 4):
    counts = np.random.default_rng([seed, width]).integers(0, 30, (width, 4))
    return Pwm(f"W{width}", counts, 30, background=background)


def matrices(pwms, width=9, prior=None, units=0):
    torch.manual_seed(0)
    local = MatrixLocal(ResidualLocal(4, len(pwms), width=8, units=units, stem=5), width)
    local.start_from(pwms, [0.01] * len(pwms) if prior is None else prior)
    return local


def shaken(local):
    """The same with a residual part that says something, in evaluation mode."""
    torch.nn.init.normal_(local.network.weight)
    for module in local.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.bias)
    return local.eval()


def by_letters(codes, pwm, prior, position, strand):
    """Log odds in nats of a site whose middle column lies on ``position``, letter by letter."""
    score = np.log(prior)
    odds = np.log(pwm.probabilities(1.0)) - np.log(pwm.background)
    for column in range(pwm.width):
        away = column - (pwm.width - 1) // 2
        place = position + away if strand == "+" else position - away
        if 0 <= place < len(codes) and codes[place] < 4:
            score += odds[column, codes[place] if strand == "+" else 3 - codes[place]]
    return score


@pytest.mark.parametrize("background", [(0.25,) * 4, (0.3, 0.2, 0.1, 0.4)])
@torch.no_grad()
def test_scores_are_those_of_a_loop_over_letters_on_both_strands(background):
    codes = np.random.default_rng(1).choice(5, 30, p=[0.24] * 4 + [0.04]).astype(np.uint8)
    pwms = [random_pwm(width, background=background) for width in WIDTHS]
    prior = np.linspace(0.001, 0.5, len(pwms)).tolist()
    front_end = StrandMax(matrices(pwms, prior=prior)).eval()
    both = front_end.both(one_hot(torch.from_numpy(codes[None])))[:, 0].double().numpy()
    for channel, pwm in enumerate(pwms):
        for row, strand in zip(both, "+-", strict=True):
            expected = [by_letters(codes, pwm, prior[channel], i, strand) for i in range(len(codes))]
            np.testing.assert_allclose(row[channel], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("word", "column"), [("A", 0), ("AC", 0), ("ACG", 1), ("ACGT", 1), ("GATTACA", 3)])
@torch.no_grad()
def test_the_best_score_lies_on_the_middle_letter(word, column):
    pwm = Pwm("word", 50 * np.eye(4)[encode(word)], 50)
    assert middle(pwm) == column
    x = one_hot(torch.from_numpy(encode("TTTTTTTT" + word + "TTTTTTTT"))[None])
    assert int(matrices([pwm]).eval()(x).argmax()) == 8 + column


@pytest.mark.parametrize(("width", "units"), [(9, 0), (3, 0), (9, 1), (7, 2), (1, 1)])
@torch.no_grad()
def test_a_score_looks_as_far_as_its_matrix_or_its_network_whichever_is_wider(width, units):
    local = shaken(matrices([random_pwm(min(width, 7)), random_pwm(1)], width, units=units)).double()
    torch.nn.init.normal_(local.matrices.weight)
    x = torch.randn(1, 4, 41, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    reach = max(width, 5 + 4 * units) // 2
    seen = set()
    for place in range(41):
        changed = x.clone()
        changed[0, :, place] += 1.0
        if (local(changed) - local(x))[0, :, 20].abs().max() > 1e-9:
            seen.add(place)
    assert seen == set(range(20 - reach, 21 + reach))


@torch.no_grad()
def test_the_network_adds_nothing_at_the_start_and_its_scores_later():
    x = one_hot(torch.from_numpy(np.random.default_rng(0).integers(0, 4, (3, 25)).astype(np.uint8)))
    local = matrices([random_pwm(7), random_pwm(6)]).eval()
    assert torch.equal(local(x), local.matrices(x))
    shaken(local)
    torch.testing.assert_close(local(x), local.matrices(x) + local.network(x))
    assert local.network(x).abs().max() > 0.1


def test_both_parts_learn():
    local = matrices([random_pwm(7)])
    local(torch.randn(2, 4, 25)).square().sum().backward()
    for weight in (local.matrices.weight, local.matrices.bias, local.network.weight):
        assert weight.grad.abs().max() > 0


@torch.no_grad()
def test_evaluation_is_not_rounded_under_autocast():
    x = one_hot(torch.from_numpy(np.random.default_rng(0).integers(0, 4, (3, 25)).astype(np.uint8)))
    local = matrices([random_pwm(7)])
    with torch.autocast("cpu", torch.bfloat16):
        assert local.train()(x).dtype == torch.bfloat16
        rounded = local.eval()(x)
    assert rounded.dtype == torch.float32
    assert torch.equal(rounded, local(x))


@torch.no_grad()
def test_starting_again_forgets_what_was_there():
    first, again = matrices([random_pwm(9, seed=1)]), matrices([random_pwm(4)])
    first.start_from([random_pwm(4)], [0.01])
    assert torch.equal(first.matrices.weight, again.matrices.weight)
    assert torch.equal(first.matrices.bias, again.matrices.bias)


@pytest.mark.parametrize("width", [-1, 0, 2, 10])
def test_even_widths_are_refused(width):
    with pytest.raises(ValueError, match=f"width must be odd and positive; got {width}"):
        MatrixLocal(ResidualLocal(4, 2, width=8, units=0, stem=5), width)


@pytest.mark.parametrize("width", [10, 11])
def test_wider_matrices_are_refused(width):
    with pytest.raises(ValueError, match=f"at most 9 columns; W{width} has {width}"):
        matrices([random_pwm(9), random_pwm(width)])
