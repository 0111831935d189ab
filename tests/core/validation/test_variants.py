"""The published comparisons have the published weights and densities."""

import pytest

from sparling.domains.digit_circle import DigitCircle
from sparling.layer.baselines import PenalisedKL, PenalisedL1
from sparling.training.annealing import Constant, Published
from sparling.validation.variants import VARIANTS, Schedule, Variant, constant_as_published

L1_WEIGHTS = {0.1, 1.0, 2.0, 5.0, 10.0}
KL_WEIGHTS = {0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5}
"""Of the authors' released runs."""


def density_of(variant: Variant, target: float) -> float:
    rule = variant.rule(Schedule(), target)
    assert isinstance(rule, Constant)
    return rule.density


@pytest.mark.parametrize(("kind", "weights"), [(PenalisedL1, L1_WEIGHTS), (PenalisedKL, KL_WEIGHTS)])
def test_each_published_weight_has_a_variant(kind: type, weights: set[float]) -> None:
    layers = [variant.bottleneck(10, 0, True) for name, variant in VARIANTS.items() if name[:2] in ("l1", "kl")]
    found = [layer.weight for layer in layers if isinstance(layer, kind)]
    assert sorted(found) == sorted(weights)


def test_kl_is_towards_the_density_at_which_published_runs_ended() -> None:
    true_density = DigitCircle().motifs_per_sample / (10 * 100 * 100)
    density = density_of(VARIANTS["kl-10"], true_density)
    assert density == pytest.approx(5.0226e-5, rel=1e-4)
    assert density > true_density


@pytest.mark.parametrize("target", [0.3, 0.01, 1.12e-4, 4.49e-5, 0.5 * 0.75**7, 0.5 * 0.75**32])
def test_that_density_is_the_last_of_the_schedule_not_below_the_true_one(target: float) -> None:
    rule = constant_as_published(Schedule(), target)
    assert isinstance(rule, Constant)
    published = Published(target=target)
    densities = [published.initial]
    while densities[-1] * published.factor >= target * (1 - 1e-9):
        densities.append(densities[-1] * published.factor)
    assert rule.density == pytest.approx(densities[-1])


def test_a_constant_density_is_no_annealing() -> None:
    anneals = {name for name, variant in VARIANTS.items() if variant.anneals}
    assert anneals.isdisjoint({"fixed", "dense", "l1", "kl", "kl-1e5", "top-k", "supervised"})
    assert {"sparling", "published", "noise"} <= anneals
