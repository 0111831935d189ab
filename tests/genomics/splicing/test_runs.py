"""Splicing runs: a map read without a fault, motifs at their place, and the same bytes after an interruption."""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from sparling.errors import InputError, Interrupted
from sparling.training.checkpoint import load_state
from sparling.training.schedule import Progress
from sparling.training.session import Session
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.naming.names import best_matches
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.splicing.core_sites.tracks import KmerTracks
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED
from sparling_genomics.splicing.maps.surroundings import Surroundings
from sparling_genomics.splicing.network import SpliceNetwork, kept, splice_model
from sparling_genomics.splicing.runs import experiment, need, reading, training, twin
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.experiment import Prepared, open_run, prepare, train_splicing
from sparling_genomics.splicing.runs.need import Need
from sparling_genomics.splicing.runs.publish import COLUMNS, load_splice_network, write_motifs
from sparling_genomics.splicing.runs.reading import (
    Marks,
    Silenced,
    read_marks,
    readable,
    silence,
)
from sparling_genomics.splicing.runs.words import (
    REACH,
    channel_words,
    distances_from,
    letters_around,
    matched,
    measured,
    peak,
    share_at,
)
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.universes.measured import among_genes, network_predictor
from sparling_genomics.splicing.windows import Transcripts
from tests.genomics.splicing.made_genome import made_genome
from tests.genomics.splicing.sides import motif
from tests.genomics.splicing.stopped import Stopped
from tests.genomics.splicing.told import splice_figures

MAPS = (
    "motifs.tsv",
    "sites.bed",
    "splice_sites.bed",
    "effects.tsv.gz",
    "rna_map.tsv",
    "rna_map.svg",
    "rna_map.png",
)
"""Beside report.html, which has the time in it."""
WORDS = {"donor": "GUAAGU", "branch": "UACUAAC", "tract": "UUUUUCAG", "turned": "CUUAC", "other": "GGCCGG"}


def meme_of_rna(words: dict[str, str]) -> str:
    """A database of RNA, a motif a word."""
    text = "MEME version 4\n\nALPHABET= ACGU\n\n"
    for name, word in words.items():
        rows = "".join(" ".join("0.97" if each == letter else "0.01" for each in "ACGU") + "\n" for letter in word)
        text += (
            f"MOTIF RNCMPT_{name} {name}\nletter-probability matrix: alength= 4 w= {len(word)} nsites= 100\n{rows}\n"
        )
    return text


KNOWN = meme_of_rna(WORDS)
SMALL = {"channels": 4, "settle": 1, "settle_first": 1, "epochs_an_evaluation": 3, "marks_per_100nt": 10.0}
SMALL |= {"warm_up": 10, "core": "none", "device": "cpu", "learning_rate": 0.01, "first_density": 0.1, "drop": True}


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        genome, annotation = made_genome(folder, genes=140)  # enough that some validate
        (folder / "known.meme").write_text(KNOWN)
        yield SMALL | {"genome": genome, "annotation": annotation, "db": folder / "known.meme"}


@pytest.fixture(scope="module")
def prepared(options) -> Prepared:
    return prepare(SpliceConfig.of(options))


@pytest.fixture(scope="module")
def test_side(prepared) -> Transcripts:
    return prepared.side(2)


def trained(options, path: Path, resume: bool = False, watch=None):
    folder = RunFolder(path)
    ready = open_run(folder, {} if resume else options, force=False, resume=resume)
    return train_splicing(ready, folder, "sparling splice train", watch or (lambda *_: None), resume)


@pytest.fixture(scope="module")
def run(options, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run"
    trained(options, path)
    return path


@pytest.fixture
def untrained(test_side):
    torch.manual_seed(0)
    network = SpliceNetwork(channels=4)
    task = SpliceTask(test_side, test_side, 0)
    session = Session(splice_model(network, 0.05), task, "cpu")
    session.calibrate()
    return session, task


def test_inside_is_all_but_the_context(test_side):
    inside = test_side.inside(np.arange(-5, len(test_side.codes) + 5))[5:-5]
    assert inside.sum() == test_side.positions == (test_side.labels != MASKED).sum()
    for first, end in zip(test_side.offsets[:-1], test_side.offsets[1:], strict=True):
        own = inside[first:end]
        assert own[test_side.context : -test_side.context].all()
        assert not own[: test_side.context].any()
        assert not own[-test_side.context :].any()


def test_marks_are_those_of_each_transcript_read_alone(untrained, test_side):
    session, task = untrained
    marks = read_marks(session, task, test_side)
    found = set(zip(marks.channels.tolist(), marks.places.tolist(), strict=True))
    assert len(found) == len(marks.places) > 0
    expected = set()
    for first, end in zip(test_side.offsets[:-1], test_side.offsets[1:], strict=True):
        codes = torch.from_numpy(test_side.codes[first:end])[None]
        batch = task.training_batches(0).__next__()._replace(x=codes)
        own = session.forward(batch).activations[0, :, test_side.context : -test_side.context]
        expected |= {(int(c), int(first + test_side.context + i)) for c, i in torch.nonzero(own)}
    assert found == expected


def test_silencing_a_channel_changes_what_is_read(untrained, test_side):
    session, task = untrained
    whole = silence(session, task, test_side, []).whole
    found = silence(session, task, test_side, [(0,), (1, 2), (3,)])
    assert found.whole.told == whole.told
    assert found.whole.donor.auprc == whole.donor.auprc
    assert any(each.donor.auprc != whole.donor.auprc for each in found.without.values())


def test_of_a_map_that_is_dense_whole_genes_are_read(untrained, test_side, monkeypatch):
    session, task = untrained
    assert readable(session, test_side) is test_side
    monkeypatch.setattr(reading, "MOST_MARKS", 0.05 * 4 * test_side.positions / 3)
    found = readable(session, test_side)
    assert 1 <= len(found) <= len(test_side) // 3 + 1
    numbers = [test_side.genes.index(gene) for gene in found.genes]
    assert numbers == sorted(set(numbers))
    for own, number in enumerate(numbers):
        one, other = slice(*found.offsets[own : own + 2]), slice(*test_side.offsets[number : number + 2])
        assert (found.codes[one] == test_side.codes[other]).all()
        assert (found.labels[one] == test_side.labels[other]).all()
    assert len(read_marks(session, task, found).places) < len(read_marks(session, task, test_side).places)


@pytest.mark.parametrize("core", ["none", "lssi"])
def test_a_network_of_kept_channels_reads_as_the_whole_with_the_others_silenced(core, test_side):
    torch.manual_seed(1)
    network = SpliceNetwork(channels=4, core=core)
    task = SpliceTask(test_side, test_side, 0)
    session = Session(splice_model(network, 0.05), task, "cpu")
    session.calibrate()
    found, smaller = kept(session.model, network, [1, 3])
    assert smaller == replace(network, channels=2)
    batch = task.validation_batches()[0]
    whole, few = session.forward(batch), Session(found, task, "cpu").forward(batch)
    assert torch.allclose(few.activations, whole.activations[:, [1, 3]], atol=1e-5)
    silenced = whole.activations.clone()
    silenced[:, [0, 2]] = 0
    assert torch.allclose(few.output, session.read(silenced, batch), atol=1e-5)


def test_genes_left_out_leave_the_figures(untrained, test_side):
    session, task = untrained
    left, whole = (silence(session, task, test_side, [], left_out).whole for left_out in ([0], []))
    assert left.donor.sites == whole.donor.sites - len(test_side.genes[0].donors)
    assert left.positions == whole.positions - int((test_side.labels[test_side.part(0)] != MASKED).sum())


def test_letters_around_are_counted(test_side):
    places = np.flatnonzero(test_side.labels == DONOR)
    counts = letters_around(test_side, places, 2, 2)
    assert counts.shape == (5, 4)
    assert counts[3:].tolist() == [[0, 0, len(places), 0], [0, 0, 0, len(places)]]  # GT behind the last exon base


def test_place_is_the_commonest_distance():
    rng = np.random.default_rng(0)
    sites = np.arange(1000, 9000, 400)
    firsts = np.concatenate([sites[:15] - 13, rng.choice(500, 20)])
    firsts = np.unique(firsts)
    assert (peak(firsts, sites), share_at(-13, firsts, sites)) == (-13, 0.75)
    assert share_at(-13, firsts, sites[:0]) == 0
    found = distances_from(sites, firsts)
    assert found.tolist() == [int(np.isin(sites + offset, firsts).sum()) for offset in range(-REACH, REACH + 1)]


def test_where_a_motif_lies_is_not_chosen_by_the_test_side(prepared, test_side):
    train = prepared.side(0)
    channels, shift = np.zeros(1, dtype=np.int64), {0: 3, 1: 4}
    sides = [np.flatnonzero(side.labels == DONOR) + shift[number] for number, side in enumerate((train, test_side))]
    marks, tested = (Marks(np.repeat(channels, len(places)), places) for places in sides)
    silenced = Silenced(
        nothing := splice_figures(np.zeros((3, 2), np.float32), np.array([1, 2], np.int8)), {(0,): nothing}
    )
    words, _ = channel_words(train, marks, 1, 10)
    (motif,) = measured([(words[0], Need(2.0, 5.0, 1e-6))], train, marks, test_side, tested, silenced)
    assert motif.donor == (1, 0.0)


def test_a_channel_that_marks_donors_becomes_their_motif(prepared, test_side):
    train = prepared.side(0)
    sides = []
    for side in (train, test_side):
        donors, acceptors = (np.flatnonzero(side.labels == kind) for kind in (DONOR, ACCEPTOR))
        anywhere = np.flatnonzero(side.inside(np.arange(len(side.codes))))
        marks = [donors + 3, acceptors[:5], anywhere]
        channels = np.repeat([0, 1, 2], [len(each) for each in marks])
        sides.append(Marks(channels, np.concatenate(marks)))
    nothing = splice_figures(np.zeros((3, len(test_side.labels)), dtype=np.float32), test_side.labels)
    perfect = np.stack([test_side.labels == kind for kind in (0, DONOR, ACCEPTOR)]).astype(np.float32)
    silenced = Silenced(splice_figures(perfect, test_side.labels), {(0,): nothing})
    words, left_out = channel_words(train, sides[0], 4, 10)
    (motif,) = measured([(words[0], Need(2.0, 5.0, 1e-6))], train, sides[0], test_side, sides[1], silenced)
    assert motif.need == (2.0, 5.0, 1e-6)
    assert (motif.pwm.name, motif.pwm.consensus()) == ("M1", "GTAAGT")
    assert (motif.donor.offset, motif.donor.share) == (1, 1.0)
    assert (motif.donor_change, motif.acceptor_change) == (-1.0, -1.0)
    assert motif.bits > 10
    assert left_out == {"without marks": 1, "with fewer than 20 marks": 1, "below 2 bits": 1}


def test_a_run_folder_is_whole(run):
    result = json.loads((run / "run.json").read_text())
    assert result["task"] == "splicing"
    assert result["test"]["universe"] == "genes with introns"
    assert result["test"]["related_genes"] == 0
    assert result["channels"] == SMALL["channels"]
    assert result["test"]["all"] == result["test"]["without_related"]
    assert result["sides"]["train"]["introns"] >= 50
    assert all((run / name).stat().st_size for name in (*MAPS, "report.html"))
    assert not list(run.glob(".*"))
    rows = (run / "motifs.tsv").read_text().splitlines()
    assert tuple(rows[0].split("\t")) == COLUMNS
    motifs = read_meme(run / "motifs.meme", allow_empty=True)
    assert [row.split("\t")[0] for row in rows[1:]] == [motif.name for motif in motifs] == result["motifs"]
    assert {path.stem for path in (run / "logos").iterdir()} == set(result["motifs"])
    assert len(result["motifs"]) >= 1
    channels = [row.split("\t")[COLUMNS.index("channels")].split(",") for row in rows[1:]]
    assert sum(map(len, channels)) + sum(result["channels_left_out"].values()) == SMALL["channels"]
    assert all(float(row.split("\t")[COLUMNS.index("need_p")]) <= need.LEVEL for row in rows[1:])
    cells = [dict(zip(COLUMNS, row.split("\t"), strict=True)) for row in rows[1:]]
    assert all(cell["best_match"] == f"RNCMPT_{cell['match_name']}" for cell in cells)
    assert all(0 <= float(cell["match_p"]) <= float(cell["match_q"]) <= 1 for cell in cells)
    assert "Best database match: <b>" in (run / "report.html").read_text()
    assert result["inputs"]["db"]["path"].endswith("known.meme")


def test_motifs_are_matched_as_they_stand_and_with_u_for_t(tmp_path):
    """GUAAGU against its reverse complement ACUUAC, which a database of DNA would match on the other strand."""
    path = tmp_path / "db.meme"
    path.write_text(meme_of_rna({f"x{i}": word for i, word in enumerate(("ACUUAC", "GUAAGU", "CCCCCC", "AUAUAU"))}))
    database = read_motifs(path).motifs
    one, known = motif("M1", "GTAAGT"), replace(motif("M2", "GTAAGT").pwm, alt_name="SRSF1")
    found = matched([one, replace(one, pwm=known)], database)
    assert [each.match.target_name for each in found] == ["x1", "x1"]
    (turned,) = matched([one], [database[0], *database[2:]])
    assert turned.match.strand == "+"
    assert turned.match.p > 0.05
    assert best_matches([one.pwm], [database[0], *database[2:]])[0].strand == "-"  # what is not done here
    nowhere = Surroundings(0.0, 0.0, 0.0, 0.0, "", None)
    write_motifs(tmp_path, found, [nowhere, nowhere])
    assert [each.alt_name for each in read_meme(tmp_path / "motifs.meme")] == ["x1", "SRSF1"]
    rows = [line.split("\t") for line in (tmp_path / "motifs.tsv").read_text().splitlines()]
    assert [row[-5:-3] for row in rows[1:]] == [["RNCMPT_x1", "x1"]] * 2
    write_motifs(tmp_path, matched([one], []), [nowhere])
    assert (tmp_path / "motifs.tsv").read_text().splitlines()[1].split("\t")[-5:] == [""] * 5


def test_a_run_has_figures_in_three_universes(run):
    result = json.loads((run / "run.json").read_text())
    first, second, third = result["universes"]
    assert first["universe"] == "genes_with_introns"
    headline = result["test"]["without_related"]
    assert all(first[name] == headline[name] for name in ("top_k", "donor", "acceptor", "positions"))
    assert first["positions"] == second["positions"] < third["positions"]  # all genes of this genome have introns
    assert first["donor"]["sites"] == third["donor"]["sites"]
    assert {"errors", "introns"} <= first.keys()


def test_of_a_large_annotation_some_genes_validate_and_it_is_said(options, prepared, monkeypatch):
    whole = prepared.side(1)
    monkeypatch.setattr(experiment, "MOST_VALIDATION", whole.positions - 1)
    monkeypatch.setattr(experiment, "MOST_READ", 10_000)
    few = prepare(prepared.config)
    held = few.side(1)
    assert 0 < len(held) < len(whole)
    assert {each.gene.name for each in held.genes} < {each.gene.name for each in few.genes(1)}
    validated, read = few.noticed[-1], few.noticed[-2]
    assert validated.startswith(f"{len(held)} of {len(whole)} validation genes validate, evenly spread")
    assert "training genes give the words, evenly spread: 0.01 million positions." in read
    assert len(prepared.noticed) == len(few.noticed) - 2


def test_a_run_may_learn_from_between_the_genes(options, run, tmp_path):
    mask = tmp_path / "mask.bed"
    mask.write_text("chr1\t0\t5000\n")
    given = options | {"background": "genome", "mask": mask, "max_minutes": 0.02, "dense_twin": True}
    outcome = trained(given, tmp_path / "run")
    assert list(outcome.baselines) == ["PWM alone", "LSSI alone", "dense twin"]
    assert (tmp_path / "run" / "twin" / "metrics.jsonl").is_file()
    assert "the dense twin, the same network" not in (tmp_path / "run" / "report.html").read_text()
    assert outcome.universes[0].donor.sites > 0
    config = SpliceConfig.read(tmp_path / "run" / "config.toml")
    assert (config.background, config.mask) == ("genome", mask)
    ready = prepare(SpliceConfig.of(given))
    tasks = [SpliceTask(data, data, 0) for data in (ready.side(0), ready.side(0, with_background=True))]
    genes, both = (sum(len(batch.y) for batch in task.training_batches(0)) for task in tasks)
    assert both > 1.5 * genes


def test_the_saved_model_predicts_as_the_run_measured(run, prepared, test_side):
    model, network = load_splice_network(run / "model")
    task = SpliceTask(test_side, test_side, 0)
    found = among_genes(network_predictor(Session(model, task, prepared.fabric)), test_side, (), 0)
    assert replace(network, channels=4) == SpliceNetwork(channels=4, inhibition=7)
    assert found.top_k == json.loads((run / "run.json").read_text())["test"]["all"]["top_k"]


def test_a_damaged_description_is_said(run, tmp_path):
    shutil.copytree(run / "model", tmp_path / "model")
    (tmp_path / "model" / "config.json").write_text('{"channels": 4}')
    with pytest.raises(InputError, match="does not fit this version"):
        load_splice_network(tmp_path / "model")


def test_where_no_channel_can_be_shown_to_be_needed_all_go_on(options, tmp_path, monkeypatch):
    monkeypatch.setattr(need, "LEVEL", 0.0)
    path = tmp_path / "run"
    outcome = trained(options | {"epochs_an_evaluation": 1}, path)
    assert outcome.words.motifs == ()
    assert (path / "second" / "metrics.jsonl").read_text().count("\n") >= 2
    assert load_splice_network(path / "model")[1].channels == SMALL["channels"]


class Clocked:
    """Stands in for `training.Trainer`: each training takes all of its minutes, or ``most`` of them."""

    def __init__(self, most: float) -> None:
        self.most, self.asked, self.real = most, [], training.Trainer

    def __call__(self, session, rule, settings, *, folder, observer):
        trainer, minutes = self.real(session, rule, settings, folder=folder, observer=observer), settings.max_minutes
        self.asked.append(minutes)
        trainer.fit = lambda: Progress(rule.start(), seconds=60 * min(minutes, self.most), stop_reason="time budget")
        trainer.model.sparsity.density = 0.05
        session.calibrate()
        return trainer


@pytest.mark.parametrize(
    ("most", "asked"), [(99, [6, 4]), (1, [6, 9])], ids=["the first takes its share", "the first is soon done"]
)
def test_the_second_training_has_what_the_first_one_left(options, prepared, tmp_path, monkeypatch, most, asked):
    clocked = Clocked(most)
    monkeypatch.setattr(training, "Trainer", clocked)
    found = network_of(options, prepared, tmp_path)
    assert clocked.asked == pytest.approx(asked)
    assert found.seconds <= 600
    assert found.reason == "time budget"


def test_where_nothing_is_left_there_is_no_second_training(options, prepared, tmp_path, monkeypatch):
    """One round may take longer than all the minutes of a run: its network is taken as it is."""
    clocked = Clocked(99)
    monkeypatch.setattr(training, "Trainer", clocked)
    monkeypatch.setattr(training, "FIRST_SHARE", 1.5)
    found = network_of(options, prepared, tmp_path)
    assert clocked.asked == [15]
    assert (found.reason, found.seconds) == ("time budget", 900)
    assert not (tmp_path / "second").exists()
    assert found.session.model.sparsity.channels == found.network.channels


def network_of(options, prepared, path, minutes=10, watch=None, resume=False):
    """Both trainings of a run of so many minutes."""
    config = SpliceConfig.of(options | {"max_minutes": minutes})
    sides = (prepared.side(0), prepared.side(1))
    task = SpliceTask(*sides, 0)
    return training.train_network(config, task, sides, None, prepared.fabric, path, watch, resume)


def test_a_run_that_was_stopped_goes_on_within_its_minutes(options, prepared, tmp_path, monkeypatch):
    """The seconds of a training are in its checkpoint, so the second one has the same minutes when it is resumed."""
    asked, real, small = [], training.Trainer, options | {"epochs_an_evaluation": 1}

    def stopped(stage, *_):
        watcher = Stopped()
        watcher.evaluations = 2 if "needed" in stage.title else -99
        return watcher

    def watched(session, rule, settings, **rest):
        asked.append(settings.max_minutes)
        return real(session, rule, settings, **rest)

    monkeypatch.setattr(training, "Trainer", watched)
    with pytest.raises(Interrupted):
        network_of(small, prepared, tmp_path, 50, stopped)
    found = network_of(small, prepared, tmp_path, 50, lambda *_: None, resume=True)
    assert len(asked) == 4
    assert asked[:2] == asked[2:]
    first = load_state(tmp_path / "checkpoint")["progress"]["seconds"]
    assert asked[1] == pytest.approx(50 - first / 60)
    assert found.seconds > first


def test_an_interrupted_run_ends_like_one_that_was_not(options, run, tmp_path):
    path = tmp_path / "again"
    with pytest.raises(Interrupted, match="stopped after 2 evaluations"):
        trained(options, path, watch=lambda *_: Stopped())
    assert not (path / "run.json").exists()
    trained(options, path, resume=True)
    for name in ("model/model.safetensors", "motifs.meme", *MAPS):
        assert (path / name).read_bytes() == (run / name).read_bytes(), name


def test_a_dense_twin_that_was_stopped_ends_like_one_that_was_not(options, prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(twin, "EPOCHS", 1)
    config = SpliceConfig.of(options | {"epochs_an_evaluation": 1})
    task = SpliceTask(prepared.side(0), prepared.side(1), 0)
    train = partial(twin.train_twin, config, task, prepared.fabric)
    whole = train(tmp_path / "a", None, False)
    with pytest.raises(Interrupted):
        train(tmp_path / "b", lambda *_: Stopped(1), False)
    again = train(tmp_path / "b", None, True)
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], tensor), name


def test_what_a_run_is_compared_with_sees_as_many_letters_whatever_its_core_sees(options, tmp_path, monkeypatch):
    class Reached(Exception):
        pass

    def reached(train, validation, seed, tables, fitted):
        seen.append(fitted)
        raise Reached

    seen, core = [], KmerTracks()
    monkeypatch.setattr(experiment, "fit_core", lambda *_: core)
    monkeypatch.setattr(experiment, "site_baselines", reached)
    for letters in (None, 2):
        with pytest.raises(Reached):
            trained(options | {"core": "lssi", "core_acceptor": letters}, tmp_path / f"run_{letters}")
    assert seen == [core, None]


def test_a_run_that_was_killed_while_it_wrote_writes_all_when_resumed(options, run, tmp_path):
    path = tmp_path / "killed"
    shutil.copytree(run, path)
    for name in ("run.json", "report.html", "sites.bed", "rna_map.tsv", "rna_map.svg"):
        (path / name).unlink()
    trained(options, path, resume=True)
    for name in MAPS:
        assert (path / name).read_bytes() == (run / name).read_bytes(), name
    assert (path / "report.html").is_file()
    assert (path / "run.json").is_file()


def test_resume_refuses_other_options_and_files(options, run, tmp_path):
    with pytest.raises(InputError, match="channels"):
        open_run(RunFolder(run), {"channels": 5}, force=False, resume=True)
    other = tmp_path / "other.gff3"
    other.write_text(options["annotation"].read_text() + "# more\n")
    with pytest.raises(InputError, match="annotation"):
        open_run(RunFolder(run), {"annotation": other}, force=False, resume=True)


def test_too_few_introns_are_said_before_a_folder_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome, annotation = made_genome(tmp_path, genes=20)
    few = SMALL | {"genome": genome, "annotation": annotation}
    with pytest.raises(InputError, match=r"^\d+ introns on the training side, 50 are the fewest"):
        open_run(RunFolder(tmp_path / "run"), few, force=False, resume=False)
    assert not (tmp_path / "run").exists()


def test_a_folder_of_another_command_is_not_gone_on_with(tmp_path):
    (tmp_path / "config.toml").write_text('fasta = "peaks.fa"\n')
    with pytest.raises(InputError, match="another command or version, with fasta"):
        open_run(RunFolder(tmp_path), {}, force=False, resume=True)


def test_the_target_is_shared_out_among_channels():
    config = SpliceConfig(genome=Path("g.fa"), annotation=Path("a.gtf"), channels=8, core="none")
    assert config.rule(8).target == pytest.approx(0.006)
    assert config.rule(8).ceiling == config.rule(8).initial == 0.25
    assert not config.rule(8).must_reach


def test_the_second_training_goes_on_from_what_needed_channels_have():
    config = SpliceConfig(genome=Path("g.fa"), annotation=Path("a.gtf"), channels=8)
    assert (config.rule(4, 0.01).initial, config.rule(4, 0.01).target) == (0.01, pytest.approx(0.006))
    assert (config.rule(4, 0.002).initial, config.rule(4, 0.002).target) == (0.002, 0.002)
    asked = config.model_copy(update={"marks_per_100nt": 0.4})
    assert asked.rule(4, 0.002).target == pytest.approx(0.001)
    assert asked.rule(4, 0.002).must_reach
    assert config.settings(3520).evaluate_every == 1760
