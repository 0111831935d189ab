"""A whole validation of planted DNA in seconds: what it leaves, and that a killed one ends the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from sparling_genomics.worlds.planted_dna.flow import validate
from sparling_genomics.worlds.planted_dna.report import write_report

from sparling.errors import InputError, Interrupted
from sparling.training.devices import choose_fabric
from sparling.training.trainer import Watch
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS
from tests.core.validation.killer import Killer, figures_of
from tests.genomics.worlds.planted_dna.tiny import tiny_run
from tests.page import Page

FRACTIONS = ("fpe", "fne", "ce", "ce_many", "e2ee", "exact_match", "density", "perturbation_consistency", "majority")
PROMISED = {*FRACTIONS, "delta_star", "seconds", "samples", "seed", "grammar", "known_matrices", "classes", "scan"}


def validated(folder: Path, grammar: str = "order", resume: bool = False, watch: Watch | None = None) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    return validate(tiny_run(grammar), choose_fabric("cpu", "float32")[0], folder, watch, resume)


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_every_grammar_goes_all_the_way_to_a_report(grammar: str, tmp_path: Path) -> None:
    result = validated(tmp_path / "run", grammar)
    assert result.keys() >= PROMISED
    assert all(result[name] is None or 0 <= result[name] <= 1 for name in FRACTIONS)
    assert result["target_density"] == result["delta_star"]
    assert result["known_matrices"]["fne"] < 0.2
    assert result["known_matrices"]["ce"] < 0.02
    page = Page(write_report(tmp_path / "run").read_text(encoding="utf-8"))
    assert sum(tag == "img" for tag, _, _ in page.attributes) >= 5 + len(result["classes"])
    assert GRAMMARS[grammar].asks in page.text
    assert not any(value.startswith("http") for _, name, value in page.attributes if name in ("src", "href"))


@pytest.mark.parametrize(("samples", "number"), [(100, 0), (300, 1), (3 * 256, None)])
def test_a_killed_run_that_is_resumed_ends_the_same(samples: int, number: int | None, tmp_path: Path) -> None:
    """Killed in the first evaluation of the first start, in the second of the second, in the training after them."""
    validated(tmp_path / "whole")
    titles: list[str] = []

    def watch(title: str, *_: object) -> Killer:
        titles.append(title)
        return Killer(samples if number is None or number == len(titles) - 1 else 10**9)

    with pytest.raises(Interrupted, match="saved in"):
        validated(tmp_path / "run", watch=watch)
    assert len(titles) == (3 if number is None else number + 1)
    assert not (tmp_path / "run" / "validation.json").exists()
    validated(tmp_path / "run", resume=True)
    assert figures_of(tmp_path / "run") == figures_of(tmp_path / "whole")


def test_the_start_that_answers_best_goes_on(tmp_path: Path) -> None:
    result = validated(tmp_path / "run")
    best = max(result["starts"], key=lambda start: start["score"])
    with (tmp_path / "run" / "metrics.jsonl").open() as lines:
        first, *others = [json.loads(line) for line in lines]
    assert [start["density"] for start in result["starts"]] == [0.05, 0.04]
    assert first["target_density"] == best["density"]
    assert result["samples"] == 256 * (2 * 2 + 1 + len(others))


def test_a_report_needs_the_whole_run(tmp_path: Path) -> None:
    (tmp_path / "validation.json").write_text("{}")
    with pytest.raises(InputError, match="lacks fpe, fne"):
        write_report(tmp_path)
