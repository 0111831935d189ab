"""What is predicted, and what each motif contributes to it."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling_genomics.data.given import fasta_in_parts, given_sequences, regions_in_parts
from sparling_genomics.data.regions import window_of
from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.fasta import FreeNames, read_fasta
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.motifs.effects import silenced
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.network.motif_network import readout_of
from sparling_genomics.scan import predictions
from sparling_genomics.scan.predictions import predict, prediction_lines, size_for
from tests.genomics.variants.made import made_run, other_strand

FLANK = "ACACACACACACACAC"
SEQUENCES = {
    "none": FLANK + FLANK,
    "first": FLANK + "GATTACA" + FLANK,
    "second": FLANK + other_strand("CTTCGTC") + FLANK,
    "both": FLANK + "GATTACA" + FLANK + "CTTCGTC" + FLANK,
    "short": "ACG",
    "hidden": "N" * 30,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "some.fa"
    path.write_text("".join(f">{name}\n{letters}\n" for name, letters in SEQUENCES.items()) + ">empty\n>again\nacgt\n")
    return path


def test_parts_sum_to_the_logit_of_the_network(run) -> None:
    data = given_sequences(SEQUENCES, DNA)
    said = predict(run, data)[0]
    _, logits = run.find(data, 4)
    assert said.output == pytest.approx(logits, abs=1e-5)
    assert said.empty + said.motifs.sum(1) == pytest.approx(said.output)
    by_name = dict(zip(data.names, said.motifs > 0, strict=True))
    assert {name: own.tolist() for name, own in by_name.items()} == {
        "none": [False, False],
        "first": [True, False],
        "second": [False, True],
        "both": [True, True],
        "short": [False, False],
        "hidden": [False, False],
    }


def test_alone_a_motif_contributes_what_is_lost_when_it_is_silenced(run) -> None:
    data = given_sequences({name: SEQUENCES[name] for name in ("first", "second")}, DNA)
    found, _ = run.find(data, 4)
    features = map_features(found, 2, 2)
    for i in range(2):
        before, after = silenced(readout_of(run.model), features[i : i + 1], i)
        assert predict(run, data)[0].motifs[i, i] == pytest.approx(float(before - after), abs=1e-5)


def test_without_motifs_there_is_nothing_to_share_out(tmp_path) -> None:
    run = made_run(tmp_path)
    data = given_sequences(SEQUENCES, DNA)
    nothing = predict(replace(run, rows=[], pwms=[]), data)[0]
    assert nothing.motifs.shape == (len(data), 0)
    assert nothing.empty == pytest.approx(nothing.output)
    assert nothing.output == pytest.approx(predict(run, data)[0].output)


def regions_of(bed, genome, longest, size=None):
    opened = open_genome(genome)
    return regions_in_parts(bed, read_regions(bed, opened), opened, DNA, longest, size)


def table(lines):
    return list(csv.DictReader("".join(lines).splitlines(), delimiter="\t"))


def test_a_table_has_a_line_a_record_in_order(run, fasta) -> None:
    rows = table(prediction_lines(run, fasta_in_parts(fasta, DNA, 100)))
    assert [row["sequence"] for row in rows] == [*SEQUENCES, "empty", "again"]
    assert list(rows[0]) == ["sequence", "sites", "probability", "logit", "empty", "M1", "M2"]
    assert [row["sites"] for row in rows] == ["0", "1", "1", "2", "0", "0", "", "0"]
    assert set(rows[-2].values()) == {"empty", ""}
    said = predict(run, given_sequences(SEQUENCES, DNA))[0]
    for row, logit, motifs in zip(rows, said.output, said.motifs, strict=False):
        assert float(row["logit"]) == pytest.approx(logit, rel=1e-4)
        assert [float(row["M1"]), float(row["M2"])] == pytest.approx(motifs.tolist(), rel=1e-4, abs=1e-6)


def test_in_parts_it_is_the_same_table(run, fasta, monkeypatch) -> None:
    whole = list(prediction_lines(run, fasta_in_parts(fasta, DNA, 100)))
    monkeypatch.setattr("sparling_genomics.data.given.PART", 40)
    parts = list(fasta_in_parts(fasta, DNA, 100))
    assert len(parts) > 3
    assert list(prediction_lines(run, iter(parts))) == whole


def test_no_more_than_a_part_is_held(run, monkeypatch) -> None:
    """The next part is read when the lines of the one before are written."""
    read = []

    def parts():
        for number in range(4):
            read.append(number)
            yield given_sequences([SEQUENCES["first"]], DNA)

    lines = prediction_lines(run, parts())
    assert next(lines).startswith("sequence\t")
    for number in range(4):
        next(lines)
        assert read == list(range(number + 1))


def test_regions_are_read_on_their_strand(run, tmp_path) -> None:
    genome, bed = tmp_path / "genome.fa", tmp_path / "some.bed"
    genome.write_text(f">I\n{SEQUENCES['first']}{SEQUENCES['second']}\n")
    n = len(SEQUENCES["first"])
    bed.write_text(f"I\t0\t{n}\tfirst\t0\t-\nI\t{n}\t{2 * n}\n")
    rows = table(prediction_lines(run, regions_of(bed, genome, 100), on_genome=True))
    assert [(row["sequence"], row["chrom"], row["start"], row["strand"]) for row in rows] == [
        ("first", "I", "0", "-"),
        (f"I:{n}-{2 * n}", "I", str(n), "."),
    ]
    said = predict(run, given_sequences(SEQUENCES, DNA))[0]
    assert [float(row["logit"]) for row in rows] == pytest.approx(said.output[1:3].tolist(), rel=1e-4)


def test_regions_with_summits_are_read_as_in_training(run, tmp_path) -> None:
    """bp around each summit, as many as the run's sequences have; a window at an end is moved inwards."""
    genome, peaks, plain = tmp_path / "genome.fa", tmp_path / "some.narrowPeak", tmp_path / "some.bed"
    genome.write_text(">I\n" + "ACGT" * 100 + "\n")
    peaks.write_text("I\t50\t350\tp1\t0\t.\t5\t-1\t-1\t100\nI\t0\t80\tp2\t0\t.\t5\t-1\t-1\t3\n")
    plain.write_text("I\t50\t350\n")
    opened = open_genome(genome)
    summits, regions = read_regions(peaks, opened), read_regions(plain, opened)
    assert (size_for(run, summits), size_for(run, regions), size_for(run, regions, 20)) == (60, None, 20)
    sized = replace(run, config=run.config.model_copy(update={"size": 30}))
    assert (size_for(sized, summits), size_for(sized, regions)) == (30, 30)
    rows = table(prediction_lines(run, regions_of(peaks, genome, 100, 60), on_genome=True))
    assert [(row["sequence"], row["start"], row["end"]) for row in rows] == [("p1", "120", "180"), ("p2", "0", "60")]
    assert [str(window_of(each, 60, opened)) for each in summits] == ["I:120-180", "I:0-60"]


def test_names_that_are_used_twice_are_numbered(run, tmp_path) -> None:
    path = tmp_path / "twice.fa"
    path.write_text(">a\nACGT\n>b\nACGT\n>a\nACGT\n>a x\nACGT\n")
    names = FreeNames()
    rows = table(prediction_lines(run, fasta_in_parts(path, DNA, 100, names)))
    assert [row["sequence"] for row in rows] == ["a", "b", "a_2", "a_3"] == [each.name for each in read_fasta(path)]
    assert names.renamed == 2


def test_what_is_too_long_is_said_with_its_line(run, tmp_path, fasta) -> None:
    with pytest.raises(InputError, match=rf"'first' has 39 letters, expected at most 32, {fasta}:3"):
        list(prediction_lines(run, fasta_in_parts(fasta, DNA, 32)))
    genome, bed = tmp_path / "genome.fa", tmp_path / "some.bed"
    genome.write_text(">I\n" + "ACGT" * 20 + "\n")
    bed.write_text("I\t0\t50\n")
    with pytest.raises(InputError, match=rf"'I:0-50' has 50 letters, expected at most 32, {bed}:1"):
        list(regions_of(bed, genome, 32))


def test_probabilities_are_those_of_the_logits(run) -> None:
    said = predict(run, given_sequences(SEQUENCES, DNA))[0]
    assert np.allclose(said.probability, torch.from_numpy(said.output).sigmoid().numpy())
    assert predictions.PLACE == ("chrom", "start", "end", "strand")
