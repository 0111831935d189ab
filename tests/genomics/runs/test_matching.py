"""Names of motifs from a database: what is refused, and what is written."""

import shutil

import pytest

from sparling.errors import InputError
from sparling.training.checkpoint import read_json
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.runs.matching import match_motifs
from sparling_genomics.runs.run_folder import file_record
from sparling_genomics.worlds.planted import demo_motifs
from tests.genomics.fake_run import write_fake_run


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "db.meme"
    write_meme(path, demo_motifs())
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_run(tmp_path_factory.mktemp("fake") / "run", matched=False)


def test_matches_of_a_run_go_into_its_table_and_report(run, database):
    found, n_targets, notice = match_motifs(run, database)
    assert (n_targets, notice) == (4, "")
    assert [(name, match.target) for name, _, match in found] == [("M1", "CTCF"), ("M2", "GATA1")]
    rows = read_motifs_tsv(run / "motifs.tsv")
    assert [row.best_match for row in rows] == ["CTCF", "GATA1"]
    assert [row.consensus for row in rows] == [consensus for _, consensus, _ in found]
    assert read_json(run / "run.json")["data"]["db"] == file_record(database)
    report = (run / "report.html").read_text()
    assert "CTCF" in report
    assert database.name in report
    before = (run / "motifs.tsv").read_bytes()
    assert match_motifs(run, database) == (found, 4, "")
    assert (run / "motifs.tsv").read_bytes() == before


def test_motifs_of_a_file_are_named_and_nothing_is_written(database, tmp_path):
    before = sorted(tmp_path.iterdir())
    found, _, _ = match_motifs(database, database)
    assert [(name, match.target) for name, _, match in found] == [(m.name, m.name) for m in demo_motifs()]
    assert sorted(tmp_path.iterdir()) == before


def test_a_run_without_motifs_has_no_matches(database, tmp_path):
    run = write_fake_run(tmp_path / "run", motifs=False)
    assert match_motifs(run, database) == ([], 4, "")


def test_a_source_that_is_not_there_is_refused(database, tmp_path):
    with pytest.raises(InputError, match=r"^no such run folder or motif file: .*/nowhere$"):
        match_motifs(tmp_path / "nowhere", database)


def test_a_run_that_is_not_finished_is_refused(database, tmp_path):
    with pytest.raises(InputError, match=r"^not a finished run, motifs.meme is missing: "):
        match_motifs(tmp_path, database)


@pytest.mark.parametrize("content", [None, b"", b">peak\nACGT\n", b"\x1f\x8b\x08broken", b"MEME version 4\n"])
def test_a_wrong_database_is_refused_and_the_run_stays_as_it_was(run, tmp_path, content):
    path = tmp_path / "wrong.meme"
    if content is not None:
        path.write_bytes(content)
    before = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    with pytest.raises(InputError, match=str(path)):
        match_motifs(run, path)
    assert {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("content", [b"", b">peak\nACGT\n"])
def test_a_wrong_motif_file_is_refused(database, tmp_path, content):
    path = tmp_path / "wrong.meme"
    path.write_bytes(content)
    with pytest.raises(InputError, match=str(path)):
        match_motifs(path, database)


@pytest.mark.parametrize(
    ("name", "content"), [("motifs.tsv", None), ("run.json", None), ("run.json", "{"), ("motifs.tsv", "motif_id\n")]
)
def test_a_damaged_run_is_refused_and_stays_as_it_was(run, database, tmp_path, name, content):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (copy / name).unlink() if content is None else (copy / name).write_text(content)
    before = {file.name: file.read_bytes() for file in copy.iterdir() if file.is_file()}
    with pytest.raises(InputError, match=str(copy / name)):
        match_motifs(copy, database)
    assert {file.name: file.read_bytes() for file in copy.iterdir() if file.is_file()} == before
