"""Run folders: what may be started or resumed where, and sites on the genome."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from sparling.errors import InputError
from sparling.training.checkpoint import read_json, save_state
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.rows import SITE_COLUMNS
from sparling_genomics.files.tables import write_sites_bed
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.runs.publish import site_table
from sparling_genomics.runs.run_folder import RunFolder, input_files
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations, dataset
from tests.genomics.sequences import load


@pytest.fixture
def config(tmp_path):
    (tmp_path / "peaks.fa").write_text(">a\nACGT\n")
    (tmp_path / "others.fa").write_text(">b\nTTTT\n")
    return MotifConfig.of({"fasta": tmp_path / "peaks.fa", "negatives": tmp_path / "others.fa", "motifs": 3})


@pytest.fixture
def run(tmp_path, config):
    folder = RunFolder(tmp_path / "run")
    folder.start(config)
    return folder


def listing(folder):
    return sorted((str(path), path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*"))


def refused(folder, force, message):
    """The folder is refused in one line that ends in its path, and nothing is touched."""
    before = listing(folder.path.parent)
    with pytest.raises(InputError, match=message) as error:
        folder.check_free(force)
    assert str(error.value).endswith(f": {folder.path}")
    assert "\n" not in str(error.value)
    assert listing(folder.path.parent) == before


# Starting


@pytest.mark.parametrize("force", [False, True])
def test_new_and_empty_folders_are_free_and_untouched(tmp_path, force):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "new", tmp_path / "empty", tmp_path / "two" / "levels"):
        RunFolder(path).check_free(force)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize("force", [False, True])
def test_a_file_is_refused(tmp_path, force):
    (tmp_path / "run").write_text("mine")
    refused(RunFolder(tmp_path / "run"), force, r"^a file, expected a folder")


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_under_a_file_is_refused(tmp_path, force):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(InputError, match=r"^the folder cannot be written"):
        RunFolder(tmp_path / "mine" / "run").check_free(force)


def test_a_run_is_replaced_by_force_alone(run):
    refused(run, False, r"^the folder is in use: resume the run in it, or take another folder")
    run.check_free(force=True)


def test_an_input_inside_is_refused_before_anything_goes(run):
    config = MotifConfig.read(run.config_path)
    database = run.path / "motifs.meme"
    database.write_text("mine")
    before = listing(run.path)
    for path in (database, run.path / ".." / run.path.name / "motifs.meme"):
        with pytest.raises(InputError, match=r"^db lies in the folder of the run, which is emptied before it"):
            run.start(config.model_copy(update={"db": path}))
    assert listing(run.path) == before


def test_an_input_that_cannot_be_read_is_refused_before_anything_is_made(run, tmp_path):
    config = MotifConfig.read(run.config_path).model_copy(update={"db": tmp_path / "absent.meme"})
    before = listing(run.path)
    for folder in (run, RunFolder(tmp_path / "new")):
        with pytest.raises(InputError, match=r"cannot be read .*absent.meme"):
            folder.start(config)
    assert listing(run.path) == before
    assert not (tmp_path / "new").exists()


def test_the_command_that_began_a_run_is_kept(run):
    command, started = run.begin("sparling motifs train --fasta peaks.fa")
    assert datetime.fromisoformat(started).tzinfo is not None
    assert run.begin("sparling motifs train --resume") == (command, started)
    run.start(MotifConfig.read(run.config_path))
    assert run.begin("again")[0] == "again"


@pytest.mark.parametrize("name", ["thesis.tex", "run.json", ".hidden"])
def test_force_never_replaces_a_folder_that_is_no_run(tmp_path, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("years of work")
    refused(RunFolder(tmp_path / "mine"), True, r"^only run folders are replaced, and this has no config.toml")
    refused(RunFolder(tmp_path / "mine"), False, r"^the folder is in use")


@pytest.mark.parametrize("place", ["new", "deep/new", "empty"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, monkeypatch, place):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in (tmp_path, tmp_path / "empty"))
    refused(RunFolder(tmp_path / place), False, r"^the folder cannot be written")


def test_starting_leaves_the_configuration_and_the_inputs_alone(run, config):
    (run.path / "old.txt").write_text("old")
    run.start(config)
    assert sorted(path.name for path in run.path.iterdir()) == ["config.toml", "inputs.json"]
    assert MotifConfig.read(run.config_path) == config
    assert read_json(run.path / "inputs.json") == input_files(config)
    assert set(input_files(config)) == {"fasta", "negatives"}


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, config):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(InputError, match=r"^the folder cannot be written \(Not a directory\)"):
        RunFolder(tmp_path / "mine" / "run").start(config)


# Resuming


def test_a_run_goes_on_with_its_configuration(run, config):
    assert run.resumable_config({}) == config
    assert run.resumable_config({"motifs": 3, "seed": None}) == config


def test_options_that_contradict_a_run_are_refused(run):
    with pytest.raises(InputError, match=r"^motifs 4 differs from the run to resume, which has 3"):
        run.resumable_config({"motifs": 4})


def test_an_input_that_has_moved_is_given_again_and_must_be_the_same(run, config, tmp_path):
    moved = config.fasta.rename(tmp_path / "moved.fa")
    again = run.resumable_config({"fasta": moved})
    assert again == config.model_copy(update={"fasta": moved})
    run.check_inputs(again)
    moved.write_text(">other\nACGT\n")
    with pytest.raises(InputError, match="fasta"):
        run.check_inputs(again)
    with pytest.raises(InputError, match=r"^labels .* differs from the run to resume, which has None"):
        run.resumable_config({"labels": tmp_path / "labels.tsv"})


@pytest.mark.parametrize("exists", [True, False])
def test_there_is_nothing_to_resume_without_a_run(tmp_path, exists):
    if exists:
        (tmp_path / "run").mkdir()
    with pytest.raises(InputError, match=r"^no run to resume, config.toml is missing") as error:
        RunFolder(tmp_path / "run").resumable_config({})
    assert str(error.value).endswith(f": {tmp_path / 'run'}")


def test_inputs_that_are_as_they_were_are_accepted(run, config, tmp_path):
    (tmp_path / "peaks.fa").touch()
    run.check_inputs(config)


@pytest.mark.parametrize(("name", "option"), [("peaks.fa", "fasta"), ("others.fa", "negatives")])
def test_a_changed_input_is_noticed(run, config, tmp_path, name, option):
    with (tmp_path / name).open("a") as handle:
        handle.write("A")
    with pytest.raises(InputError, match=f"^{option} has changed since the run was started") as error:
        run.check_inputs(config)
    assert str(error.value).endswith(f": {tmp_path / name}")


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_damaged_record_of_the_inputs_is_refused(run, config, content):
    path = run.path / "inputs.json"
    save_state(run.path / "checkpoint", {})
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(InputError) as error:
        run.check_inputs(config)
    assert str(path) in str(error.value)


def test_a_run_that_was_killed_before_it_wrote_its_inputs_down_may_go_on(run, config):
    (run.path / "inputs.json").unlink()
    run.check_inputs(config)


@pytest.mark.parametrize("left", [".sparling.lock", ".config.toml.partial"])
def test_what_a_kill_left_of_a_folder_that_was_to_be_made_is_in_nobodys_way(tmp_path, left):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / left).touch()
    RunFolder(tmp_path / "run").check_free(False)


def test_a_folder_that_was_being_emptied_when_it_was_killed_can_be_emptied_again(run, config, monkeypatch):
    for name in ("a.txt", "z.txt"):
        (run.path / name).touch()
    unlink, gone = Path.unlink, []

    def killed(path, *words):
        if len(gone) == 2:
            raise KeyboardInterrupt
        gone.append(path)
        unlink(path, *words)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            run.start(config)
    assert len(gone) == 2
    run.check_free(force=True)
    run.start(config)
    assert sorted(path.name for path in run.path.iterdir()) == ["config.toml", "inputs.json"]


def test_an_input_that_is_gone_is_refused(run, config, tmp_path):
    (tmp_path / "peaks.fa").unlink()
    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\): .*peaks.fa$"):
        run.check_inputs(config)


# Sites


@pytest.fixture
def data():
    return dataset(
        ["ACGT" * 5] * 4,
        labels=[1, 1, 1, 0],
        split=[TRAIN, VALIDATION, TEST, TRAIN],
        names=["chr1:100-120(+)", "chr2:200-220(-)", "peak", "chr1:100-120(+)_shuffled"],
        intervals=[Interval("chr1", 100, 120, "+"), Interval("chr2", 200, 220, "-"), None, None],
    )


def motif(rows, name="M1"):
    """Six columns, the first of them two before the position of a site."""
    return Motif(consensus_motif(name, "GATTAC"), (0,), activations(rows), first=-2)


def test_sites_lie_on_the_genome_where_the_sequences_say(data):
    rows = [(0, 0, 5, False, 2.0), (0, 0, 5, True, 1.5), (1, 0, 5, False, 1.0), (1, 0, 5, True, 0.5)]
    table = site_table(data, [motif([*rows, (2, 0, 5, False, 3.0), (3, 0, 5, False, 4.0)])])
    assert list(table.columns) == list(SITE_COLUMNS)
    assert table["prediction_without"].isna().all()
    assert table.drop(columns=["sequence", "prediction_without"]).values.tolist() == [
        ["M1", 3, 9, "+", 2.0, 1, "train", "chr1", 103, 109, "+", 0],
        ["M1", 2, 8, "-", 1.5, 1, "train", "chr1", 102, 108, "-", 0],
        ["M1", 3, 9, "+", 1.0, 1, "validation", "chr2", 211, 217, "-", 0],
        ["M1", 2, 8, "-", 0.5, 1, "validation", "chr2", 212, 218, "+", 0],
        ["M1", 3, 9, "+", 3.0, 1, "test", None, None, None, None, 0],
        ["M1", 3, 9, "+", 4.0, 0, "train", None, None, None, None, 0],
    ]
    assert table["sequence"].tolist() == [data.names[i] for i in (0, 0, 1, 1, 2, 3)]


def test_sites_are_cut_at_the_ends_and_left_out_beyond_them(data):
    table = site_table(
        data, [motif([(0, 0, 1, False, 1), (0, 0, 17, False, 1), (0, 0, 30, False, 1), (1, 0, 0, False, 1)])]
    )
    assert table[["start", "end"]].values.tolist() == [[0, 5], [15, 20], [0, 4]]
    assert table[["chrom_start", "chrom_end"]].values.tolist() == [[100, 105], [115, 120], [216, 220]]
    assert table["beyond_end"].tolist() == [1, 1, 2]


def test_the_bed_holds_bound_sequences_alone(data, tmp_path):
    table = site_table(data, [motif([(2, 0, 5, False, 3.0), (3, 0, 5, False, 4.0)])])
    write_sites_bed(tmp_path / "sites.bed", table)
    assert (tmp_path / "sites.bed").read_text() == "peak\t3\t9\tM1\t1000\t+\n"


def test_motifs_come_in_their_order_and_without_any_the_table_is_empty(data, tmp_path):
    table = site_table(data, [motif([(2, 0, 5, False, 1.0)]), motif([(0, 0, 5, False, 1.0)], "M2")])
    assert table["motif_id"].tolist() == ["M1", "M2"]
    for motifs in ([], [motif([])]):
        table = site_table(data, motifs)
        assert (list(table.columns), len(table)) == (list(SITE_COLUMNS), 0)
        write_sites_bed(tmp_path / "sites.bed", table)
        assert (tmp_path / "sites.bed").read_text() == ""


CHROMOSOMES = {f"chr{i}" for i in range(1, 7)}


@pytest.mark.parametrize(
    ("name", "negatives", "strands"),
    [
        ("coords_60_peaks", None, {"+"}),
        ("coords_60_peaks", "coords_200_random_negatives", {"+"}),
        ("name_pipe_chrom", None, {"+", "-"}),
        ("macs_peak_underscore", None, {"+"}),
        ("samtools_rc", None, {"+", "-"}),
        ("odd_names", None, {"+"}),
    ],
)
def test_the_first_column_of_the_bed_is_a_chromosome_or_the_name_in_the_fasta(
    shared_inputs, tmp_path, name, negatives, strands
):
    """One site in the first letters of every sequence, bound or not."""
    unbound = negatives and shared_inputs / f"{negatives}.fa"
    data = load(shared_inputs / f"{name}.fa", negatives=unbound)
    table = site_table(data, [motif([(i, 0, 5, False, 1.0) for i in range(len(data))])])
    write_sites_bed(tmp_path / "sites.bed", table)
    cells = [line.split("\t") for line in (tmp_path / "sites.bed").read_text().splitlines()]
    text = (shared_inputs / f"{name}.fa").read_text()
    names = [line[1:].split()[0] for line in text.splitlines() if line.startswith(">")]
    assert len(cells) == len(names)
    assert {cell[0] for cell in cells} == (set(names) if name == "odd_names" else CHROMOSOMES)
    assert {cell[5] for cell in cells} == strands
