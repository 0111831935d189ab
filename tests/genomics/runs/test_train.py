"""The whole flow at a small size: determinism, strands, resumption, nothing to find."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from sparling.errors import Interrupted
from sparling_genomics.data.dataset import TRAIN
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.letters.alphabet import RNA, decode, reverse_complement
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.network.motif_network import load_network
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import open_run, prepare, train_motifs
from sparling_genomics.worlds.planted import consensus_motif, markov_sequences, plant
from tests.genomics.hand_made import Impatient
from tests.genomics.sequences import fasta as write_fasta
from tests.genomics.sequences import random_sequences

EBOX = consensus_motif("USF1", "GTCACGTGAC")
SMALL = {
    "bases_an_evaluation": 80_000,
    "patience": 1,
    "settle": 1,
    "filters": 8,
    "units": 0,
    "device": "cpu",
}
"""Options of a training of a few seconds."""


def planted(path, alphabet="dna", mirrored=False):
    motif = EBOX if alphabet == "dna" else consensus_motif("PUM1", "UGUAUAUA", alphabet=RNA)
    truth = plant([motif], 300, 0, 40, np.random.default_rng(0), sites_per_sequence=(1, 1))
    rows = [reverse_complement(codes) if mirrored else codes for codes in truth.codes]
    path.write_text("".join(f">s{i}\n{decode(codes, truth.alphabet)}\n" for i, codes in enumerate(rows)))
    return path


def run(fasta, out, observer=None, resume=False, **options):
    config = MotifConfig.of({"fasta": fasta} | SMALL | options)
    folder = RunFolder(out)
    if not resume:
        folder.start(config)
    watch = None if observer is None else lambda *_: observer
    return train_motifs(prepare(config), folder, "test", watch, resume=resume)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    return folder / "run", run(planted(folder / "peaks.fa"), folder / "run")


def noticed(path, **options):
    return prepare(MotifConfig.of({"fasta": path, "device": "cpu"} | options)).noticed


def test_what_a_user_should_know_is_said_before_training(tmp_path):
    fasta, database = tmp_path / "x.fa", tmp_path / "db"
    sequences = random_sequences(3000, 30)
    write_fasta(fasta, sequences[:18])
    assert noticed(fasta) == (
        "18 bound sequences are too few to train on: words are sought in all of them, their P is that of shuffles of "
        "the whole set, and no figure is of sequences held out.",
    )
    write_fasta(fasta, [word[:8] for word in sequences])
    assert noticed(fasta) == (
        "Sequences of 8 bp get a field of 3 bp: longer motifs come out in pieces; --width sets it.",
    )
    assert noticed(fasta, width=7) == ()
    database.write_text(">a\n>b\nA [ 1 ]\nC [ 0 ]\nG [ 0 ]\nT [ 0 ]\n")
    assert noticed(fasta, width=7, db=database) == ("1 motif of the database is left out: it has no matrix.",)


def test_the_eighteen_sequences_of_crp_are_said_to_be_few(shared_data):
    (said,) = noticed(shared_data / "meme_examples" / "crp0.fa.gz")
    assert said.startswith("18 bound sequences are too few to train on: words are sought in all of them")


def test_one_planted_motif_is_found_alone(first):
    _, outcome = first
    assert [motif.pwm.name for motif in outcome.found.motifs] == ["M1"]
    assert similarity(outcome.found.motifs[0].pwm, EBOX).correlation > 0.95
    assert outcome.measured.auroc > 0.9


def test_sites_per_sequence_are_those_listed(first):
    path, outcome = first
    sites = read_sites_tsv(path / "sites.tsv.gz")
    n_test = int((outcome.provenance.data.split == 2).sum())
    assert outcome.measured.sites_per_sequence == pytest.approx((sites["split"] == "test").sum() / n_test)


def test_run_json_has_the_evaluations_of_both_trainings_and_what_became_of_the_seeds(first):
    metrics = json.loads((first[0] / "run.json").read_text())["metrics"]
    assert [each["title"] for each in metrics["trainings"]] == ["Density falls", "Channels that stay"]
    for training, name in zip(metrics["trainings"], ("metrics.jsonl", "second/metrics.jsonl"), strict=True):
        lines = [json.loads(line) for line in (first[0] / name).read_text().splitlines()]
        assert [each["auroc"] for each in training["evaluations"]] == [line["score"] for line in lines]
        assert training["samples"] == lines[-1]["samples"]
    fell, rested = ([point["density"] for point in each["evaluations"]] for each in metrics["trainings"])
    assert fell == sorted(fell, reverse=True)
    assert set(rested) == {fell[-1]} == {metrics["marks_a_site"]}
    assert metrics["samples"] == sum(each["samples"] for each in metrics["trainings"])
    assert ("CACGTGAC", "M1") in [(seed["word"], seed["became"]) for seed in metrics["seeds"]]


def test_run_json_says_the_budget_of_each_motif(first):
    """By hand: what the layer of the saved network allows, of the letters that a balanced training sample has."""
    path, outcome = first
    metrics = json.loads((path / "run.json").read_text())["metrics"]
    model, network = load_network(path / "model")
    shares = model.sparsity.shares.tolist()
    data = outcome.provenance.data
    letters = sum(len(data.sequence(i)) for i in data.indices(TRAIN) if data.labels[i] == 1)
    assert len(shares) == len(metrics["motifs"])
    for share, motif in zip(shares, metrics["motifs"], strict=True):
        density = share * network.unit
        assert motif["budget"]["density"] == pytest.approx(density)
        assert motif["budget"]["marks"] == round(density * 2 * letters)
        assert motif["budget"]["marks"] == pytest.approx(motif["n_sites"] * 8 / 9, rel=0.2)  # of 9 parts 8 train
    assert [seed["marks"] for seed in metrics["seeds"]] == [fate.seed.marks for fate in outcome.found.seeds]


def test_same_seed_same_bytes(first, tmp_path):
    run(planted(tmp_path / "peaks.fa"), tmp_path / "run")
    for name in ("motifs.meme", "sites.bed", "sites.tsv.gz", "motifs.tsv"):
        assert (tmp_path / "run" / name).read_bytes() == (first[0] / name).read_bytes(), name


def test_two_threads_give_the_same_bytes(first, tmp_path):
    """In a process of its own, for how many threads there are is settled when numpy and torch are imported."""
    code = (
        "import sys; from pathlib import Path; import torch; from tests.genomics.runs.test_train import planted, run; "
        "assert torch.get_num_threads() == 2; folder = Path(sys.argv[1]); "
        "run(planted(folder / 'peaks.fa'), folder / 'run')"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True, timeout=300)
    for name in ("motifs.meme", "sites.bed", "sites.tsv.gz", "motifs.tsv", "model/model.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (first[0] / name).read_bytes(), name


def test_interrupted_and_resumed_ends_like_uninterrupted(first, tmp_path):
    fasta = planted(tmp_path / "peaks.fa")
    with pytest.raises(Interrupted):
        run(fasta, tmp_path / "run", observer=Impatient(1, 500))
    run(fasta, tmp_path / "run", resume=True)
    for name in ("motifs.meme", "sites.bed"):
        assert (tmp_path / "run" / name).read_bytes() == (first[0] / name).read_bytes(), name


def test_mirrored_input_gives_the_same_motif(first, tmp_path):
    mirrored = run(planted(tmp_path / "peaks.fa", mirrored=True), tmp_path / "run")
    assert len(mirrored.found.motifs) == len(first[1].found.motifs)
    like = similarity(mirrored.found.motifs[0].pwm, first[1].found.motifs[0].pwm, reverse_complement=False)
    assert like.correlation > 0.95


def test_rna_is_read_on_the_forward_strand_only(tmp_path):
    outcome = run(planted(tmp_path / "clip.fa", "rna"), tmp_path / "run", alphabet="rna")
    assert len(outcome.found.motifs) == 1
    assert "UGUAUAUA" in outcome.found.motifs[0].pwm.consensus()
    strands = {line.split("\t")[5] for line in (tmp_path / "run" / "sites.bed").read_text().splitlines()}
    assert strands == {"+"}


def test_an_interruption_between_trainings_says_that_it_can_go_on(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sparling_genomics.discovery.search.candidates", interrupted)
        with pytest.raises(Interrupted, match=f"saved in {tmp_path / 'run'}"):
            run(planted(tmp_path / "peaks.fa"), tmp_path / "run")
    assert not (tmp_path / "run" / "run.json").exists()
    outcome = run(tmp_path / "peaks.fa", tmp_path / "run", resume=True)
    assert len(outcome.found.motifs) == 1
    assert outcome.provenance.seconds > outcome.provenance.trainings[0].seconds_before > 0


def test_random_sequences_give_valid_empty_files(tmp_path):
    codes = markov_sequences(300, 60, [0.25] * 4, np.random.default_rng(1))
    (tmp_path / "random.fa").write_text("".join(f">r{i}\n{decode(row)}\n" for i, row in enumerate(codes)))
    outcome = run(tmp_path / "random.fa", tmp_path / "run")
    assert outcome.found.motifs == []
    assert read_meme(tmp_path / "run" / "motifs.meme", allow_empty=True) == []
    assert (tmp_path / "run" / "sites.bed").read_text() == ""
    content = json.loads((tmp_path / "run" / "run.json").read_text())
    assert "No motif" in content["message"]
    assert content["metrics"]["sites_per_sequence"] == 0
    channels = [tuple(each["channels"]) for each in content["metrics"]["dropped"]]
    assert len(channels) == len(set(channels)) > 0
    assert content["metrics"]["seeds"] == []
    assert "No motif" in (tmp_path / "run" / "report.html").read_text()


def test_a_run_that_is_opened_again_knows_where_its_sequences_lie_by_now(tmp_path):
    fasta, folder = planted(tmp_path / "peaks.fa"), RunFolder(tmp_path / "run")
    open_run(folder, {"fasta": fasta, "device": "cpu"}, force=False, resume=False)
    moved = fasta.rename(tmp_path / "moved.fa")
    open_run(folder, {"fasta": moved}, force=False, resume=True)
    assert MotifConfig.read(folder.config_path).fasta == moved


def test_stranded_dna_is_read_on_the_strand_it_is_given_on(tmp_path):
    fasta = planted(tmp_path / "tss.fa", "rna")
    fasta.write_text(fasta.read_text().replace("U", "T"))
    outcome = run(fasta, tmp_path / "run", norc=True)
    assert outcome.map.network.alphabet == "dna_forward"
    assert "TGTATATA" in outcome.found.motifs[0].pwm.consensus()
    assert set(read_sites_tsv(tmp_path / "run" / "sites.tsv.gz")["strand"]) == {"+"}
    lines = (tmp_path / "run" / "motifs.meme").read_text().splitlines()
    assert lines[2:5] == ["ALPHABET= ACGT", "", "strands: +"]
    assert not any(pwm.alphabet.double_stranded for pwm in read_meme(tmp_path / "run" / "motifs.meme"))
