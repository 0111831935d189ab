"""Areas and precisions against scikit-learn, with ties, and their laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from sparling_genomics.tasks.ranking import area_under_roc, average_precision

SAMPLES = st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4)), min_size=1, max_size=60)


@given(SAMPLES)
def test_both_are_those_of_scikit_learn_ties_included(samples):
    labels, scores = map(np.array, zip(*samples, strict=True))
    if 0 < labels.sum() < len(labels):
        assert area_under_roc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    if labels.any():
        assert average_precision(labels, scores) == pytest.approx(average_precision_score(labels, scores), abs=1e-12)


def test_many_scores_of_single_precision():
    rng = np.random.default_rng(3)
    labels = (rng.random(20_000) < 0.3).astype(np.float32)
    scores = rng.normal(labels).astype(np.float32)
    assert area_under_roc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert average_precision(labels, scores) == pytest.approx(average_precision_score(labels, scores), abs=1e-12)


@given(SAMPLES)
def test_turned_scores_turn_the_area(samples):
    labels, scores = map(np.array, zip(*samples, strict=True))
    if 0 < labels.sum() < len(labels):
        assert area_under_roc(labels, scores) + area_under_roc(labels, -scores) == pytest.approx(1)


def test_without_a_label_there_is_no_figure():
    assert math.isnan(area_under_roc([1, 1], [0.1, 0.2]))
    assert math.isnan(area_under_roc([0, 0], [0.1, 0.2]))
    assert math.isnan(average_precision([0, 0], [0.1, 0.2]))
    assert average_precision([1, 1], [0.1, 0.2]) == 1


@pytest.mark.parametrize("figure", [area_under_roc, average_precision])
def test_faults(figure):
    with pytest.raises(ValueError, match=r"both have shape \(n,\); got \(2,\) and \(3,\)"):
        figure([0, 1], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="finite; got 1 of 2 that are not"):
        figure([0, 1], [1.0, np.nan])
