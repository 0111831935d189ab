"""Names of motifs from a database: what is refused, and what is written."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from sparling.errors import InputError
from sparling.training.checkpoint import read_json
from sparling_genomics.discovery.outcome import Found, Measured, Outcome, Provenance
from sparling_genomics.files.motif_databases import Annotation, read_motifs
from sparling_genomics.files.motif_files import read_meme, write_meme
from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import moved
from sparling_genomics.motifs.pairs import pairs
from sparling_genomics.naming.library import Library
from sparling_genomics.runs.matching import match_motifs
from sparling_genomics.runs.publish import facing_matches, write_motif_files
from sparling_genomics.runs.run_folder import file_record
from sparling_genomics.worlds.planted import demo_motifs
from tests.genomics.fake_run import write_fake_run
from tests.genomics.hand_made import activations
from tests.genomics.planted_activations import FIRST, SECOND, detected, motifs_of, planted, sites_of


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "db.meme"
    write_meme(path, demo_motifs())
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_run(tmp_path_factory.mktemp("fake") / "run", matched=False)


def test_matches_of_a_run_go_into_its_table_and_report(run, database):
    found, library = match_motifs(run, database)
    assert (len(library.motifs), library.notices) == (4, ())
    assert [(name, naming.best.target) for name, _, naming in found] == [("M1", "CTCF"), ("M2", "GATA1")]
    rows = read_motifs_tsv(run / "motifs.tsv")
    assert [row.best_match for row in rows] == ["CTCF", "GATA1"]
    assert [row.consensus for row in rows] == [consensus for _, consensus, _ in found]
    assert read_json(run / "run.json")["data"]["db"] == file_record(database)
    report = (run / "report.html").read_text()
    assert "CTCF" in report
    assert database.name in report
    before = (run / "motifs.tsv").read_bytes()
    assert match_motifs(run, database)[0] == found
    assert (run / "motifs.tsv").read_bytes() == before


def test_motifs_of_a_file_are_named_and_nothing_is_written(database, tmp_path):
    before = sorted(tmp_path.iterdir())
    found, _ = match_motifs(database, database)
    assert [(name, naming.best.target) for name, _, naming in found] == [(m.name, m.name) for m in demo_motifs()]
    assert sorted(tmp_path.iterdir()) == before


def test_a_run_without_motifs_has_no_matches(database, tmp_path):
    run = write_fake_run(tmp_path / "run", motifs=False)
    found, library = match_motifs(run, database)
    assert (found, len(library.motifs)) == ([], 4)


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


def test_names_go_into_the_files_of_matrices_and_counts_stay(run, database, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    queries = [replace(pwm, alt_name="", e_value=1e-9) for pwm in read_meme(copy / "motifs.meme")]
    counted = replace(queries[0], counts=queries[0].counts * 0.5)  # fewer letters than sites: ends cut some off
    write_motif_files(copy, [counted, *queries[1:]])
    match_motifs(copy, database)
    named = read_meme(copy / "motifs.meme")
    assert [(pwm.alt_name, pwm.e_value) for pwm in named] == [("CTCF", 1e-9), ("GATA1", 1e-9)]
    jaspar = read_motifs(copy / "motifs.jaspar").motifs
    assert [pwm.alt_name for pwm in jaspar] == ["CTCF", "GATA1"]
    np.testing.assert_array_equal(jaspar[0].counts, counted.counts)
    assert "NA  GATA1" in (copy / "motifs.transfac").read_text()


def library_of(pwms):
    return Library(tuple(pwms), tuple(Annotation(pwm.alt_name or pwm.name) for pwm in pwms))


@pytest.fixture(scope="module")
def outcome():
    """Two motifs as a search finds them, each written on the strand that faces the one of the database."""
    truth, data = planted([FIRST, SECOND])
    rows = detected(truth, "FIRST", 0) + detected(truth, "SECOND", 1, place=1)
    motifs = motifs_of(data, rows, 2)
    measured = Measured(0.9, 0.88, 0.92, 0.01, 0.9, 0.01, 1.0, [], pairs(data, motifs))
    provenance = Provenance(data, frozenset(data.names), [], "cpu", "float32", 1.0)
    return activations(rows), Outcome(Found(motifs, [], []), None, measured, provenance)


def test_motifs_face_as_their_matches_do_and_all_that_is_written_with_them(outcome):
    raw, before = outcome
    data = before.provenance.data
    rng = np.random.default_rng(0)
    others = [Pwm(f"X{i}", rng.dirichlet([0.3] * 4, 10) * 100, 100) for i in range(60)]
    known = {motif.pwm.consensus(): motif.pwm.reverse_complement() for motif in before.found.motifs}
    after, names = facing_matches(before, library_of([*others, *known.values()]))
    assert [naming.best.strand for naming in names] == ["+", "+"]
    assert [motif.flipped for motif in after.found.motifs] == [not motif.flipped for motif in before.found.motifs]
    for motif, was in zip(after.found.motifs, before.found.motifs, strict=True):
        assert motif.pwm.consensus() == was.pwm.reverse_complement().consensus()
        assert sites_of(motif, data) == sites_of(was, data)
        # as `StoredRun.motif_at` places marks: on the first column of the matrix, on its strand
        placed = moved(raw.select(raw.channel == motif.channels[0]), motif.first, motif.flipped)
        start, end = motif.intervals(data)
        np.testing.assert_array_equal(placed.position, np.where(motif.sites.reverse, end - 1, start))
        np.testing.assert_array_equal(placed.reverse, motif.sites.reverse)
    assert after.measured.pairs == pairs(data, after.found.motifs)


@pytest.mark.parametrize("n_others", [0, 60])
def test_a_match_that_is_not_credible_turns_nothing_and_gives_no_name(outcome, n_others):
    _, before = outcome
    rng = np.random.default_rng(1)
    others = [Pwm(f"X{i}", rng.dirichlet([5.0] * 4, 8) * 100, 100) for i in range(n_others)]
    after, names = facing_matches(before, library_of(others))
    assert after is before
    assert [naming.family.label for naming in names] == ["", ""]


def test_a_run_says_which_taxon_its_names_are_from(run, database, tmp_path):
    lines = []
    for pwm in read_meme(database):
        for taxon, shift in (("plants", 0), ("fungi", 0.25)):  # fungi have the same with much noise
            rows = (pwm.probabilities() * (1 - shift) + shift / 4) * 400
            cells = [" ".join([f"{i:02d}", *(f"{count:.0f}" for count in row)]) for i, row in enumerate(rows, start=1)]
            head = [f"AC {pwm.name}-{taxon}", "XX", f"ID {pwm.name}-{taxon}", "XX", "P0 A C G T"]
            lines += [*head, *cells, "XX", f"CC tax_group:{taxon}", "XX", "//"]
    mixed = tmp_path / "mixed.transfac"
    mixed.write_text("\n".join(lines) + "\n")
    _, library = match_motifs(run, mixed)
    told = read_json(run / "run.json")["data"]["names_from"]
    assert told == library.names_from
    assert told.startswith("Names are from ")
    assert told.split(";")[0] in (run / "report.html").read_text()
    match_motifs(run, mixed, "fungi")
    assert read_json(run / "run.json")["data"]["names_from"] == ""
    assert "Names are from" not in (run / "report.html").read_text()
