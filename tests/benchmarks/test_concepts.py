"""Rows of validations on concepts, and their table beside what is published."""

from pathlib import Path

from concepts import COLUMNS, read, row_of, summary, write

from sparling.training.devices import OneCpu
from sparling.validation.run import Run
from sparling.worlds.concepts.flow import validate
from sparling.worlds.concepts.world import ConceptsWorld
from tests.core.worlds.tiny_concepts import tiny_preset


def test_rows_are_what_was_found_and_the_table_their_mean(tmp_path: Path) -> None:
    run = Run(ConceptsWorld.at(tiny_preset()), 2)
    run.start(tmp_path / "run")
    result = validate(run, OneCpu(), tmp_path / "run")
    rows = [row_of(result, found) for found in result.found]
    assert all(tuple(row) == COLUMNS for row in rows)
    assert [float(row["r1"]) for row in rows] == [float(f"{found.at_one:.4g}") for found in result.found]
    again = [row | {"seed": "3", "recall": "0"} for row in rows]
    path = tmp_path / "rows.tsv"
    write(path, [*again, *rows])
    kept = read(path)
    assert [row["seed"] for row in kept] == ["2"] * 4 + ["3"] * 4
    table = summary(kept).splitlines()
    assert len(table) == 2 + 4 + 4
    shared = result.found[0].mean_recall
    assert table[2].startswith("| global | 0 | 3 | 2 |")
    assert f"{float(f'{shared:.4g}') / 2:.3f} [0.000–{shared:.3f}]" in table[2]
    assert "| global, published | 1 | 64 | | 0.844 | 0.000 | 0.802 |" in table[6]
