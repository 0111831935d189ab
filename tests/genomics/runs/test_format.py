"""A folder of each format that is read, and the page that describes the newest."""

import csv
import gzip
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.tables import MOTIF_COLUMNS, SITE_COLUMNS, read_motifs_tsv
from sparling_genomics.pages.report import write_report
from sparling_genomics.runs.finished import load_finished, load_stored, sparse_map
from sparling_genomics.runs.matching import match_motifs
from sparling_genomics.worlds.planted import demo_motifs
from tests.genomics.small_run import EBOX

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "run_folder.md"
FORMATS = sorted((ROOT / "tests" / "data").glob("run_format_*"))


@pytest.fixture(params=FORMATS, ids=lambda folder: folder.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a folder made when its format was new; its FASTA lies in it."""
    folder = tmp_path / "run"
    shutil.copytree(request.param, folder)
    config = folder / "config.toml"
    config.write_text(re.sub(r'"/data/(\w+\.fa)"', rf'"{folder}/\1"', config.read_text()))
    return folder


def test_an_old_run_gives_the_same_motifs_sites_and_map(old: Path) -> None:
    run = load_finished(old)
    (pwm,) = run.pwms
    assert "GTCACGTGAC" in pwm.consensus()
    with gzip.open(old / "sites.tsv.gz", "rt") as handle:
        listed = list(csv.DictReader(handle, delimiter="\t"))
    assert len(run.motifs[0].sites) == len(listed) > 100
    again = sparse_map(run)
    assert again.reproduced == [1.0]
    start, _ = again.motifs[0].intervals(run.data)
    places = [(run.data.names[i], at) for i, at in zip(again.motifs[0].sites.sequence, start.tolist(), strict=True)]
    scores = dict(zip(places, again.motifs[0].sites.score, strict=True))
    found = [scores[line["sequence"], int(line["start"])] for line in listed]
    np.testing.assert_allclose(found, [float(line["score"]) for line in listed], rtol=1e-3, atol=1e-3)


def test_an_old_run_needs_no_sequences_to_be_looked_at(old: Path) -> None:
    (old / "peaks.fa").unlink()
    run = load_stored(old)
    assert len(run.sites) > 100
    assert run.tested == 1


def test_motifs_of_an_old_run_are_named(old: Path, tmp_path: Path) -> None:
    database = tmp_path / "db.meme"
    write_meme(database, [*demo_motifs(), EBOX])
    match_motifs(old, database)
    (row,) = read_motifs_tsv(old / "motifs.tsv")
    assert row.best_match == "USF1"
    assert "USF1" in (old / "report.html").read_text()


def test_an_old_run_is_reported(old: Path) -> None:
    page = write_report(old).read_text()
    assert "GTCACGTGAC" in page
    sites = pd.read_csv(old / "sites.tsv.gz", sep="\t")
    bound = sites.loc[sites["label"] == 1, "sequence"].nunique()
    assert f"{bound:,} of {json.loads((old / 'run.json').read_text())['data']['bound']:,}" in page


def names(text: str) -> set[str]:
    """What stands in backticks, paths without the folder that a number or a star stands for."""
    return set(re.findall(r"`([^`\s]+)`", text))


def test_the_page_names_every_file_and_column_of_a_run(small_run: Path) -> None:
    said = names(PAGE.read_text(encoding="utf-8"))
    files = {str(path.relative_to(small_run)) for path in small_run.rglob("*") if path.is_file()}
    assert files - said == set()
    info = json.loads((small_run / "run.json").read_text())
    line = json.loads((small_run / "metrics.jsonl").read_text().splitlines()[0])
    pairs = (small_run / "pairs.tsv").read_text().splitlines()[0].split("\t")
    assert {*MOTIF_COLUMNS, *SITE_COLUMNS, *pairs, *info, *line} - said == set()
    said |= {name.removeprefix("metrics.") for name in said}
    assert info["metrics"].keys() - said == set()
    assert f"format {info['format']}." in PAGE.read_text(encoding="utf-8")


def test_a_folder_of_the_newest_format_is_kept(small_run: Path) -> None:
    newest = json.loads((small_run / "run.json").read_text())["format"]
    assert f"run_format_{newest}" in [folder.name for folder in FORMATS]
    kept = json.loads((FORMATS[-1] / "run.json").read_text())
    assert kept.keys() == json.loads((small_run / "run.json").read_text()).keys()
