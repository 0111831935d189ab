"""The prediction without one site: as a naive reading of a dense map has it, one site at a time."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.motifs.activations import strongest_apart
from sparling_genomics.motifs.motif import own_distance
from sparling_genomics.peaks.silenced import marks_left
from sparling_genomics.peaks.table import read_peaks_tsv
from sparling_genomics.runs.finished import FinishedRun, load_finished, sparse_map
from sparling_genomics.scan.predictions import predict
from tests.genomics.hand_made import activations


@pytest.fixture(scope="module")
def finished(small_run: Path) -> FinishedRun:
    return load_finished(small_run)


def naive(run: FinishedRun) -> dict[tuple[str, int], tuple[float, float]]:
    """By sequence and mark: the prediction, and that without the site, of maps that are filled and emptied by hand."""
    whole, found = sparse_map(run), {}
    for channel, pwm in enumerate(run.pwms):
        above = whole.activations.select(
            (whole.activations.channel == channel) & (whole.activations.score > run.listed_from[channel])
        )
        for row, position in zip(
            *(getattr(strongest_apart(above, own_distance(pwm.width)), name) for name in ("sequence", "position")),
            strict=True,
        ):
            length = int(run.data.lengths[row])
            dense = torch.zeros(1, len(run.pwms), length)
            own = whole.activations.sequence == row
            for c, p, score in zip(
                whole.activations.channel[own],
                whole.activations.position[own],
                whole.activations.score[own],
                strict=True,
            ):
                dense[0, c, p] = score
            silent = dense.clone()
            for p in range(length):
                if abs(p - position) < own_distance(pwm.width):
                    silent[0, channel, p] = 0.0
            with torch.no_grad():
                before, after = (torch.sigmoid(run.model.readout(each)[0, 0]).item() for each in (dense, silent))
            found[run.data.names[row], int(position)] = (before, after)
    return found


def test_each_site_is_silenced_as_if_by_hand(finished: FinishedRun) -> None:
    sites = read_sites_tsv(finished.path / "sites.tsv.gz")
    peaks = read_peaks_tsv(finished.path / "peaks.tsv").set_index("sequence")["prediction"]
    by_hand = naive(finished)
    assert len(by_hand) == len(sites) > 100
    whole, without = (sorted(values) for values in zip(*by_hand.values(), strict=True))
    assert sites["prediction_without"].sort_values().to_numpy() == pytest.approx(without, abs=2e-5)
    assert sites["sequence"].map(peaks).sort_values().to_numpy() == pytest.approx(whole, abs=2e-5)
    of_sequence: dict[str, list[float]] = {}
    for (name, _), (_, after) in by_hand.items():
        of_sequence.setdefault(name, []).append(after)
    for name, own in sites.groupby("sequence"):
        assert sorted(own["prediction_without"]) == pytest.approx(sorted(of_sequence[name]), abs=2e-5)


def test_a_monotone_readout_never_predicts_more_without_a_site(finished: FinishedRun) -> None:
    sites = read_sites_tsv(finished.path / "sites.tsv.gz")
    peaks = read_peaks_tsv(finished.path / "peaks.tsv").set_index("sequence")["prediction"]
    lost = sites["sequence"].map(peaks) - sites["prediction_without"]
    assert lost.min() >= -1e-6
    assert lost.max() > 0.3


def test_predictions_are_those_of_predict(finished: FinishedRun) -> None:
    (said,) = predict(finished, finished.data)
    peaks = read_peaks_tsv(finished.path / "peaks.tsv")
    assert peaks["sequence"].tolist() == list(finished.data.names)
    assert peaks["prediction"].to_numpy() == pytest.approx(said.prediction, abs=2e-5)


def test_marks_left_against_a_loop() -> None:
    rng = np.random.default_rng(3)
    marks = activations(
        [(int(s), 0, int(p), False, float(rng.gamma(2))) for s in range(40) for p in rng.permutation(60)[: s % 9]]
    )
    marks = marks.select(rng.permutation(len(marks)))
    sites = strongest_apart(marks, 12)
    left = marks_left(marks, sites, 12)
    for i in range(len(sites)):
        scores = [
            marks.score[k]
            for k in range(len(marks))
            if marks.sequence[k] == sites.sequence[i] and abs(marks.position[k] - sites.position[i]) >= 12
        ]
        assert left[i] == pytest.approx([max(scores, default=0.0), np.log1p(sum(scores))])


def test_of_no_sites_nothing_is_left() -> None:
    marks = activations([(0, 0, 5, False, 1.0)])
    none = marks.select(np.zeros(0, dtype=np.int64))
    assert marks_left(marks, none, 5).shape == (0, 2)
    assert marks_left(none, marks, 5).tolist() == [[0.0, 0.0]]
