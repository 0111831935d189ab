"""A validation on concepts: trained, measured, gone on with, and told."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparling.errors import InputError, Interrupted
from sparling.training.devices import OneCpu
from sparling.training.schedule import Progress
from sparling.training.task import Observer
from sparling.validation.run import Run
from sparling.worlds.concepts import words
from sparling.worlds.concepts.flow import read_together, validate
from sparling.worlds.concepts.measure import truth_of
from sparling.worlds.concepts.presets import PRESETS
from sparling.worlds.concepts.published import PUBLISHED
from sparling.worlds.concepts.report import read_result, write_report
from sparling.worlds.concepts.result import ConceptsResult
from sparling.worlds.concepts.world import ConceptsWorld
from tests.core.worlds.tiny_concepts import tiny_preset

RUN = Run(ConceptsWorld.at(tiny_preset()), 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("concepts") / "run"
    RUN.start(place)
    validate(RUN, OneCpu(), place)
    return place


@pytest.fixture(scope="module")
def result(folder: Path) -> ConceptsResult:
    return read_result(folder)


def test_every_training_is_there_and_shares_are_shares(result: ConceptsResult) -> None:
    kinds = [(each.choice, each.cross, each.k) for each in result.found]
    assert kinds == [("global", 0.0, 3), ("global", 1.0, 3), ("local", 0.0, 3), ("local", 1.0, 3)]
    for each in result.found:
        assert each.alive + each.dead + each.mixed == pytest.approx(1)
        assert len(each.jaccard) == 4
        assert all(0 <= share <= 1 for share in (*each.jaccard, *each.recall, *each.precision, each.at_one))
        assert all(a <= (b or 0) + 1e-9 for a, b in zip(each.jaccard, each.jaccard_alive, strict=True))
        assert len(each.retrieval) == 2
        assert each.own_error > 0
    assert result.of("local", 1.0) == result.found[3]
    assert result.of("local", 0.3) is None
    assert sum(result.frequency) == pytest.approx(1.5, abs=0.15)


def test_streams_that_share_latents_find_more_in_common_than_those_that_do_not(result: ConceptsResult) -> None:
    shared, apart = result.of("global", 1.0), result.of("local", 0.0)
    assert shared is not None
    assert apart is not None
    assert shared.jaccard[-1] > apart.jaccard[-1] + 0.2
    assert shared.mean_recall > 0.6
    assert shared.at_one > 3 * result.chance[0]
    assert shared.cross_error < apart.cross_error


def test_what_is_shown_is_what_was_measured(folder: Path, result: ConceptsResult) -> None:
    """A concept's recall is the mean over streams of the share drawn at its latent."""
    for each in result.found:
        share = read_together(folder, each)
        assert share.shape == (2, 6, 12)
        drawn = [share[:, concept, latent].mean() for concept, latent in enumerate(each.latent)]
        assert drawn == pytest.approx(each.recall, abs=1e-6)


def test_test_samples_are_other_than_training_samples() -> None:
    domain = replace(RUN.world.domain, mixture=5)
    truth = truth_of(domain, 5, RUN.world.schedule)
    assert truth.concepts.shape == (400, 6)
    assert (truth.concepts.sum(axis=1) >= 1).all()
    assert set(np.flatnonzero(truth.labels.counts)) == {truth.labels.tree.names.index(name) for name in domain.names}


def test_a_validation_that_was_stopped_ends_as_one_that_was_not(
    folder: Path, result: ConceptsResult, tmp_path: Path
) -> None:
    class Stop(Observer):
        def on_batch(self, progress: Progress) -> None:
            if progress.samples > 3_000:
                raise KeyboardInterrupt

    watching = iter((None, Stop()))
    place = tmp_path / "run"
    RUN.start(place)
    with pytest.raises(Interrupted, match="saved in"):
        validate(RUN, OneCpu(), place, lambda *_: next(watching))
    assert (place / "global_0_3" / "found.json").is_file()
    assert not (place / "validation.json").exists()
    again = validate(RUN, OneCpu(), place)

    def timeless(found: ConceptsResult) -> list:
        return [replace(each, seconds=0.0) for each in found.found]

    assert timeless(again) == timeless(result)
    assert len({each.samples for each in again.found}) == 1


def test_the_report_says_what_was_found(folder: Path, result: ConceptsResult) -> None:
    path = write_report(folder)
    page = path.read_text(encoding="utf-8")
    assert words.verdict(result).split(",")[0].replace(" %", " %") in page
    assert page.count("data:image/svg+xml") == 3
    assert page.count("published</td>") == 4
    assert "sparling validate concepts --preset quick --seed 5" in page
    assert "<script" not in page
    assert write_report(folder).read_text(encoding="utf-8") == page


def test_orders_are_told_as_they_are(result: ConceptsResult) -> None:
    by_paper = [
        replace(each, mixed=known.mixed, alive=known.alive, jaccard=(known.jaccard,), own_error=own, cross_error=cross)
        for key, known in PUBLISHED.items()
        for each in [result.of(*key)]
        for own, cross in [((0.2, 0.3), (0.15, 0.4))[key[1] == 0]]
        if each is not None
    ]
    held = words.orders(replace(result, found=tuple(by_paper)))
    assert [order.holds for order in held[:4]] == [True] * 4
    swapped = [replace(each, mixed=1 - each.mixed, alive=1 - each.alive) for each in by_paper]
    assert [order.holds for order in words.orders(replace(result, found=tuple(swapped)))[:2]] == [False] * 2
    assert words.orders(replace(result, found=result.found[:2])) == []
    assert "was not trained" in words.verdict(replace(result, found=result.found[2:]))


def test_a_damaged_result_is_told(folder: Path, tmp_path: Path) -> None:
    content = json.loads((folder / "validation.json").read_text())
    content["found"][0]["mixed"] = "many"
    (tmp_path / "validation.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"not the result of a validation on concepts \(found.0.mixed"):
        read_result(tmp_path)


def test_presets_have_the_headline_first() -> None:
    for preset in PRESETS.values():
        assert preset.schedule.ks[0] == 6
        assert len(list(preset.schedule.variants)) == preset.schedule.count
        assert 1.0 in preset.schedule.crosses
        assert 0.0 in preset.schedule.crosses
