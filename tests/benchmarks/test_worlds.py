"""Rows of validations: which are still to be run, and what is missed of what is needed."""

from pathlib import Path
from typing import Any

import pytest
from worlds import COLUMNS, KEY, necessary, read, summary, write


def _found(classes: list[tuple[int, int, float]]) -> dict[str, Any]:
    """The parts of a validation.json that tell what was missed: (missed, motifs, α̂) a class."""
    return {
        "classes": [{"missed": missed, "motifs": motifs} for missed, motifs, _ in classes],
        "theorem": {"classes": [{"necessity": {"alpha": {"value": alpha}}} for *_, alpha in classes]},
    }


def test_only_classes_that_are_needed_count() -> None:
    """Two classes at α̂ above 0.3 are missed by 1 and 5 %, one that is not needed always; ranks are exactly opposed."""
    found = necessary(_found([(1, 100, 0.95), (5, 100, 0.4), (100, 100, 0.0)]))
    assert found["fne_needed"] == pytest.approx(0.05)
    assert found["fne_alpha_rho"] == pytest.approx(-1.0)


def test_without_layouts_or_without_a_difference_there_is_nothing_to_tell() -> None:
    unknown = {"classes": [{"missed": 1, "motifs": 2}], "theorem": {"classes": [{"necessity": None}]}}
    assert necessary(unknown) == {"fne_needed": None, "fne_alpha_rho": None}
    assert necessary(_found([(0, 9, 1.0), (1, 9, 1.0)]))["fne_alpha_rho"] is None


def test_rows_are_kept_in_order_and_summed_up_by_kind(tmp_path: Path) -> None:
    def row(held_out: str, seed: int, fpe: float) -> dict[str, str]:
        some = dict.fromkeys(COLUMNS, "0.01") | {"preset": "quick", "variant": "sparling", "clips": "c/clips.npz"}
        return some | {"held_out": held_out, "seed": str(seed), "fpe": str(fpe), "fne_needed": ""}

    path = tmp_path / "rows.tsv"
    write(path, [row("theo", 0, 0.5), row("jackson", 1, 0.03), row("jackson", 0, 0.01)])
    kept = read(path)
    assert [tuple(each[name] for name in KEY[3:]) for each in kept] == [
        ("jackson", "0"),
        ("jackson", "1"),
        ("theo", "0"),
    ]
    jackson, theo = summary(kept).splitlines()[2:]
    assert jackson.startswith("| quick | sparling clips jackson | 2 | 2.00 [1.00–3.00] | 1.00 [1.00–1.00] | – |")
    assert theo.startswith("| quick | sparling clips theo | 1 | 50.00 [50.00–50.00] |")
