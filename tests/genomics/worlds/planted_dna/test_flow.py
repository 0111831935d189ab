"""A whole validation of planted DNA in seconds: what it leaves, and that a killed one ends the same."""

import json
from pathlib import Path

import pytest

from sparling.errors import InputError, Interrupted
from sparling.training.devices import choose_fabric
from sparling.training.schedule import Stage
from sparling.training.trainer import Watch
from sparling.validation.evidence import METRICS
from sparling.validation.flow import validate
from sparling.validation.report import write_report
from sparling.validation.result import RESULT, ValidationResult
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS
from sparling_genomics.worlds.planted_dna.world import facts_of
from tests.core.validation.killer import Killer, figures_of
from tests.genomics.worlds.planted_dna.tiny import tiny_run, tiny_world
from tests.page import Page

FRACTIONS = ("fpe", "fne", "ce", "ce_many", "e2ee", "exact_match", "density", "perturbation_consistency", "majority")
PROMISED = {*FRACTIONS, "delta_star", "seconds", "samples", "seed", "grammar", "known_matrices", "classes", "scan"}


def validated(
    folder: Path, grammar: str = "order", resume: bool = False, watch: Watch | None = None
) -> ValidationResult:
    folder.mkdir(exist_ok=True)
    return validate(tiny_run(grammar), choose_fabric("cpu", "float32")[0], folder, watch, resume)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of finished runs, by grammar."""
    place = tmp_path_factory.mktemp("planted")
    for grammar in GRAMMARS:
        validated(place / grammar, grammar)
    return {grammar: place / grammar for grammar in GRAMMARS}


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_every_grammar_goes_all_the_way_to_a_report(grammar: str, finished: dict[str, Path]) -> None:
    folder = finished[grammar]
    result = json.loads((folder / RESULT).read_text())
    assert result.keys() >= PROMISED
    assert all(result[name] is None or 0 <= result[name] <= 1 for name in FRACTIONS)
    guessed = result["stop_reason"] == "no better than a constant output"
    assert guessed or result["target_density"] == result["delta_star"]
    assert result["known_matrices"]["fne"] < 0.2
    assert result["known_matrices"]["ce"] < 0.02
    page = Page(write_report(folder, tiny_world(grammar)).read_text(encoding="utf-8"))
    assert sum(tag == "img" for tag, _, _ in page.attributes) >= 5 + len(result["classes"])
    assert GRAMMARS[grammar].asks in page.text
    assert not any(value.startswith("http") for _, name, value in page.attributes if name in ("src", "href"))


def test_a_run_killed_again_and_again_ends_the_same(finished: dict[str, Path], tmp_path: Path) -> None:
    """In the first evaluation of the first start, in the second of the second, in the training after them."""
    for samples, number, resume in ((100, 0, False), (300, 1, True), (3 * 256, 2, True)):
        titles: list[str] = []

        def watch(stage: Stage, *_: object, samples: int = samples, number: int = number) -> Killer:
            titles.append(stage.title)  # noqa: B023
            return Killer(samples if number == len(titles) - 1 else 10**9)  # noqa: B023

        with pytest.raises(Interrupted, match="saved in"):
            validated(tmp_path / "run", watch=watch, resume=resume)
        assert len(titles) == number + 1
        assert not (tmp_path / "run" / RESULT).exists()
    validated(tmp_path / "run", resume=True)
    assert figures_of(tmp_path / "run") == figures_of(finished["order"])


def test_the_start_that_answers_best_goes_on(finished: dict[str, Path]) -> None:
    result = json.loads((finished["order"] / RESULT).read_text())
    best = max(result["starts"], key=lambda start: start["score"])
    with (finished["order"] / METRICS).open() as lines:
        first, *others = [json.loads(line) for line in lines]
    assert [start["density"] for start in result["starts"]] == [0.05, 0.04]
    assert first["target_density"] == best["density"]
    assert result["samples"] == 256 * (2 * 2 + 1 + len(others))


def test_figures_stand_beside_those_of_known_matrices(finished: dict[str, Path]) -> None:
    world = tiny_world()
    result = ValidationResult.from_json(json.loads((finished["order"] / RESULT).read_text()), ("grammar",), world.facts)
    rows = {row.name: row for row in world.figures(result)}
    known = facts_of(result).known_matrices
    assert rows["FNE"].value == result.errors.fne
    assert [rows[name].reference for name in ("FPE", "FNE", "CE")] == [known.fpe, known.fne, known.ce]
    assert rows["guessing"].value == facts_of(result).majority
    assert rows["guessing"].reference is None
    assert world.remarks(result).startswith("Best of 2 starts: ")


def test_a_report_needs_the_whole_run(tmp_path: Path) -> None:
    (tmp_path / RESULT).write_text("{}")
    with pytest.raises(InputError, match=r"lacks .*fpe, fne.*known_matrices"):
        write_report(tmp_path, tiny_world())
