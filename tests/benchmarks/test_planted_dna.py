"""A row from a finished run of planted DNA, and means over seeds."""

import json

from planted_dna import COLUMNS, row_of, rows, summary

FOUND = {
    "grammar": "order",
    "seed": 3,
    "e2ee": 0.01,
    "exact_match": 0.99,
    "majority": 0.5,
    "perturbation_consistency": None,
    "fpe": 0.01,
    "fne": 0.02,
    "ce": 0.0,
    "as_marked": {"fpe": 0.25, "fne": 0.26, "ce": 0.0},
    "known_matrices": {"fpe": 0.005, "fne": 0.015, "ce": 0.0},
    "starts": [{"density": 0.1, "score": 0.99}, {"density": 0.04, "score": 0.97}, {"density": 0.1, "score": 0.8}],
    "target_density": 0.01,
    "delta_star": 0.01,
    "samples": 1000,
    "seconds": 12.5,
}


def finished(folder, **changes):
    folder.mkdir()
    (folder / "validation.json").write_text(json.dumps(FOUND | changes))
    return folder


def test_a_finished_run_fills_every_column(tmp_path):
    row = row_of(finished(tmp_path / "order_3"))
    assert row.keys() == set(COLUMNS)
    assert (row["fne"], row["fne_as_marked"], row["fne_known_matrices"]) == (0.02, 0.26, 0.015)
    assert row["lucky_starts"] == 2


def test_runs_that_are_there_are_not_run_again(tmp_path):
    for seed in (0, 1):
        finished(tmp_path / f"order_{seed}", seed=seed)
    assert [row["seed"] for row in rows(["order"], 2, tmp_path, 1.0)] == [0, 1]


def test_the_summary_has_mean_and_range_of_those_that_ended():
    table = [{column: str(value) for column, value in row_like(e2ee).items()} for e2ee in (0.01, 0.03)]
    failed = dict.fromkeys(COLUMNS, "") | {"grammar": "count", "status": "took too long"}
    text = summary([*table, failed])
    assert "| order | 2 | 98.00 (97.00–99.00) | 99.00 (99.00–99.00) |" in text
    assert "| – | 0.50, 1.50, 0.00 | 1,000 | 12 |" in text
    assert "count" not in text


def row_like(e2ee):
    known = {f"{name}_known_matrices": FOUND["known_matrices"][name] for name in ("fpe", "fne", "ce")}
    return dict.fromkeys(COLUMNS, "") | FOUND | known | {"status": "ok", "e2ee": e2ee, "perturbation_consistency": ""}
