"""A run of several labels and a value, from the table to the page, and back from the folder."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pysam
import pytest

import sparling_genomics as sg
from sparling.errors import InputError, Interrupted
from sparling_genomics.audit.running import audit_run
from sparling_genomics.data.given import given_sequences
from sparling_genomics.data.targets import Column
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.files.genome import open_genome
from sparling_genomics.files.tables import read_effects_tsv, read_motifs_tsv, write_effects_tsv
from sparling_genomics.files.vcf import open_variants
from sparling_genomics.letters.alphabet import ALPHABETS, decode
from sparling_genomics.motifs.effects import silenced
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.pages.report import write_report
from sparling_genomics.runs.companions import train_other_seeds
from sparling_genomics.runs.finished import load_finished, load_stored
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import open_run, prepare, train_motifs
from sparling_genomics.scan.predictions import predict
from sparling_genomics.variants.flow import from_vcf, write_variants
from sparling_genomics.variants.tables import info_fields
from tests.genomics.hand_made import Impatient
from tests.genomics.several_run import HAS, SMALL, WORDS, train_several, write_set


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return train_several(tmp_path_factory.mktemp("several"))


@pytest.fixture(scope="module")
def info(folder):
    return json.loads((folder / "run.json").read_text())


@pytest.fixture(scope="module")
def motif_of(folder):
    """Id of the motif of each planted word."""
    found = {row.motif_id: row.consensus for row in read_motifs_tsv(folder / "motifs.tsv")}
    turned = str.maketrans("ACGT", "TGCA")
    cores = {name: word[1:-1] for name, word in WORDS.items()}
    return {
        name: next(key for key, word in found.items() if core in word or core.translate(turned)[::-1] in word)
        for name, core in cores.items()
    }


def test_each_motif_is_found_once_under_its_label(folder, motif_of):
    rows = {row.motif_id: row for row in read_motifs_tsv(folder / "motifs.tsv")}
    assert len(rows) == len(WORDS) == len(set(motif_of.values()))
    assert rows[motif_of["B"]].label == "B"
    assert rows[motif_of["A"]].label in ("A", "high value")
    assert rows[motif_of["low"]].label == "low value"
    assert all(row.e_value < 0.05 for row in rows.values())
    assert all(row.auroc > 0.7 and row.bound_fraction > 0.7 for row in rows.values())


def test_effects_have_the_signs_that_were_planted(folder, motif_of):
    effects = {(each.motif_id, each.label): each for each in read_effects_tsv(folder / "effects.tsv")}
    assert len(effects) == 9
    assert effects[motif_of["A"], "A"].effect > 0.2
    assert effects[motif_of["B"], "B"].effect > 0.3
    assert effects[motif_of["A"], "value"].effect > 1
    assert effects[motif_of["low"], "value"].effect < -1
    assert effects[motif_of["low"], "A"].effect < 0
    assert abs(effects[motif_of["B"], "value"].effect) < 0.6 * effects[motif_of["A"], "value"].effect
    for each in effects.values():
        assert each.e_value == pytest.approx(9 * each.p_value, rel=1e-4)


def test_what_stands_beside_an_effect_is_of_the_data_alone(folder, motif_of):
    """Means with a site and without, from the table of sites and the table of labels."""
    run = load_finished(folder)
    sites = pd.read_csv(folder / "sites.tsv.gz", sep="\t")
    values = pd.read_csv(run.config.labels, sep="\t").set_index("name")
    test = {run.data.names[i] for i in run.data.indices(2)}
    for each in read_effects_tsv(folder / "effects.tsv"):
        known = {name for name in test if not np.isnan(values.loc[name, each.label])}
        with_site = set(sites.loc[sites["motif_id"] == each.motif_id, "sequence"]) & known
        assert each.sequences == len(with_site)
        assert each.with_site == pytest.approx(values.loc[sorted(with_site), each.label].mean(), rel=1e-4)
        assert each.without_site == pytest.approx(values.loc[sorted(known - with_site), each.label].mean(), rel=1e-4)


def test_run_json_says_how_well_each_column_is_told(info):
    figures = {each["name"]: each for each in info["metrics"]["columns"]}
    assert list(figures) == ["A", "B", "value"]
    for name in ("A", "B"):
        assert figures[name]["auroc"] > 0.8
        assert figures[name]["low"] <= figures[name]["auroc"] <= figures[name]["high"]
        assert figures[name]["spearman"] is None
    assert figures["value"]["spearman"] > 0.4
    assert figures["value"]["r2"] > 0.1
    assert info["metrics"]["auroc"] is None
    assert info["data"]["shuffled_copies"] == 0
    assert [column["kind"] for column in info["data"]["columns"]] == ["label", "label", "value"]
    assert any("A, B as labels, 0 or 1; value as real values" in each for each in info["data"]["noticed"])
    assert re.search(r"on the test side A AUROC \d\.\d+, B AUROC \d\.\d+, value Spearman \d\.\d+\.$", info["message"])
    assert {seed["label"] for seed in info["metrics"]["seeds"]} <= {"A", "B", "not A", "high value", "low value"}


def test_sites_are_labelled_by_the_contrast_of_their_motif(folder, motif_of):
    sites = pd.read_csv(folder / "sites.tsv.gz", sep="\t")
    own = sites[sites["motif_id"] == motif_of["B"]]
    number = own["sequence"].str[1:].astype(int)
    truth = number.map(lambda i: int("B" in HAS[i % len(HAS)]))
    told = own["label"].notna()
    assert (own["label"][told] == truth[told]).all()
    bed = pd.read_csv(folder / "sites.bed", sep="\t", header=None)
    assert len(bed) == int((sites["label"] == 1).sum())


def test_predictions_are_a_column_a_label(folder):
    run = sg.load(folder)
    assert "for 3 labels or values" in repr(run)
    records = read_fasta(load_finished(folder).config.fasta)
    said = run.predict({record.name: decode(record.codes) for record in records})
    assert list(said.columns) == ["A", "B", "value"]
    assert said[["A", "B"]].to_numpy().min() >= 0
    assert said[["A", "B"]].to_numpy().max() <= 1
    kinds = [HAS[i % len(HAS)] for i in range(len(said))]
    for name in ("A", "B"):
        has = np.array([name in kind for kind in kinds])
        assert said[name][has].mean() > said[name][~has].mean() + 0.3
    values = {kind: said["value"][[each == kind for each in kinds]].mean() for kind in HAS}
    assert values["A",] > values["B",] + 0.7 > values["low",] + 1.4
    assert len(run.effects) == 9
    assert "label" in run.motifs


def test_contributions_sum_to_each_label_and_value(folder):
    run = sg.load(folder)
    letters = [decode(record.codes) for record in read_fasta(load_finished(folder).config.fasta)[:20]]
    motifs = run.motifs["motif_id"].tolist()
    said, table = run.predict(letters), run.contributions(letters)
    parts = {name: [f"{name}.{motif}" for motif in motifs] for name in said}
    heads = {"A": ["A.logit", "A.empty"], "B": ["B.logit", "B.empty"], "value": ["value.empty"]}
    assert list(table.columns) == ["A", "B", "value", *(each for name in said for each in heads[name] + parts[name])]
    pd.testing.assert_frame_equal(table[["A", "B", "value"]], said)
    for name in ("A", "B"):
        assert np.allclose(table[f"{name}.empty"] + table[parts[name]].sum(axis=1), table[f"{name}.logit"])
        assert np.allclose(1 / (1 + np.exp(-table[f"{name}.logit"])), said[name])
    assert np.allclose(table["value.empty"] + table[parts["value"]].sum(axis=1), said["value"])


def test_a_part_is_what_the_output_loses_without_the_motif(folder, motif_of):
    """By the network itself, on a sequence with one motif alone: an output less that of a silenced channel."""
    run = load_stored(folder)
    channel = [pwm.name for pwm in run.pwms].index(motif_of["low"])
    data = given_sequences(["A" * 20 + WORDS["low"] + "C" * 20], run_alphabet(run))
    found, _ = run.find(data, 1)
    features = map_features(found, 1, run.network.channels)
    own = np.flatnonzero(found.channel == channel)
    assert len(own) == len(found.channel) > 0
    before, after = (each[0].double().numpy() for each in silenced(run.model.readout, features, channel))
    said = predict(run, data)
    for i, column in enumerate(run.columns):
        lost = (before[i] - after[i]) * (column.scale if column.kind == "value" else 1.0)
        assert said[i].motifs[0, channel] == pytest.approx(lost, abs=1e-5)
    assert said[2].motifs[0, channel] < -0.5


def run_alphabet(run):
    return ALPHABETS[run.network.alphabet]


def test_a_variant_changes_each_label(folder, motif_of):
    run = sg.load(folder)
    left, right = "ACTT" * 6, "AGTA" * 6
    alleles = {
        "brings B": (left + "CCATCAGTG" + right, left + WORDS["B"] + right),
        "breaks low": (left + WORDS["low"] + right, left + "TGAGTACT" + right),
    }
    said = run.variants(alleles)
    table = said.variants.set_index("name")
    assert "logit_change" not in table
    assert table.loc["brings B", "B.change"] > 1
    assert table.loc["brings B", "B.alternative"] > table.loc["brings B", "B.reference"] + 0.2
    assert table.loc["breaks low", "value.change"] > 0.5
    alternative = run.predict([pair[1] for pair in alleles.values()])
    reference = run.predict([pair[0] for pair in alleles.values()])
    for name in ("A", "B", "value"):
        assert np.allclose(table[f"{name}.reference"], reference[name], rtol=1e-4)
        letters = [run.contributions([pair[i] for pair in alleles.values()])[f"{name}.empty"] for i in range(2)]
        expected = alternative[name] + (letters[0] - letters[1] if name == "value" else 0)  # pairs of the reference
        assert np.allclose(table[f"{name}.alternative"], expected, rtol=1e-4)
        parts = [f"{name}.{motif}" for motif in run.motifs["motif_id"]]
        assert np.allclose(table[parts].sum(axis=1), table[f"{name}.change"], atol=1e-4)
    value = table["value.alternative"] - table["value.reference"]
    assert np.allclose(table["value.change"], value, atol=1e-4)
    assert (said.sites["motif_id"] == motif_of["B"]).any()


def test_variants_of_a_file_have_a_field_a_label(folder, tmp_path):
    left, right = "ACTT" * 10, "AGTA" * 10
    genome, vcf = tmp_path / "genome.fa", tmp_path / "calls.vcf"
    genome.write_text(f">I\n{left}CCGTAAGTG{right}\n")
    vcf.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nI\t44\trs1\tT\tG\t.\t.\t.\n")
    stored = load_stored(folder)
    records = from_vcf(stored, open_variants(vcf), open_genome(genome))
    summary = write_variants(stored, records, tmp_path / "out", pictures=1)
    assert (summary.scored, summary.moved) == (1, 1)
    table = pd.read_csv(tmp_path / "out" / "variants.tsv", sep="\t")
    with pysam.VariantFile(str(tmp_path / "out" / "variants.vcf.gz")) as written:
        record = next(iter(written))
        for name in ("A", "B", "value"):
            assert record.info[f"SPL_CHANGE_{name}"][0] == pytest.approx(table[f"{name}.change"][0], rel=1e-4)
            assert record.info[f"SPL_REF_{name}"][0] == pytest.approx(table[f"{name}.reference"][0], rel=1e-4)
            assert name in written.header.info[f"SPL_ALT_{name}"].description
    assert "SPL_CHANGE" not in record.info
    (drawn,) = (tmp_path / "out" / "pictures").glob("001_*.svg")
    assert drawn.with_suffix(".png").is_file()


def test_labels_that_look_alike_have_fields_of_their_own():
    columns = [Column(name, "label", 0.5, 1.0) for name in ("K562+", "K562-")]
    names = [field.name for field in info_fields(columns)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z_][0-9A-Za-z_.]*", name) for name in names)


def test_a_scan_lists_the_sites_of_the_run(folder):
    run = sg.load(folder)
    own = run.sites.reset_index(drop=True)
    found = run.scan(load_finished(folder).config.fasta)
    exact = ["motif_id", "sequence", "start", "end", "strand"]
    pd.testing.assert_frame_equal(found[exact].astype(str), own[exact].astype(str))
    assert np.allclose(found["score"], own["score"], atol=1e-4)


@pytest.mark.parametrize("training", [1, 2])
def test_stopped_and_resumed_it_ends_with_the_same_bytes(folder, tmp_path, training):
    fasta, table = write_set(tmp_path)
    options = {"fasta": fasta, "labels": table} | SMALL
    place = RunFolder(tmp_path / "run")
    stages = []

    def watch(stage, _rule, _settings):
        stages.append(stage.title)
        return Impatient(1 if len(stages) == training else 10**6, 500)

    with pytest.raises(Interrupted):
        train_motifs(open_run(place, options, force=False, resume=False), place, "test", watch)
    assert len(stages) == training
    assert not (place.path / "run.json").exists()
    train_motifs(open_run(place, {}, force=False, resume=True), place, "test", resume=True)
    for name in ("motifs.meme", "effects.tsv", "sites.tsv.gz", "model/model.safetensors"):
        assert (place.path / name).read_bytes() == (folder / name).read_bytes(), name


def test_other_seeds_of_it_are_compared(folder, tmp_path):
    """The run itself is kept; another seed is trained beside it, and agreement says which motifs come back."""
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    lines = train_other_seeds(run, 2, "test")
    own = [pwm.name for pwm in load_stored(run).pwms]
    assert [line.motif_id for line in lines] == own
    assert all(line.runs == 2 and 0 in line.seeds for line in lines)
    assert sum(line.found == 2 for line in lines) >= 2
    assert [column.name for column in load_stored(run / "seeds" / "1").columns] == ["A", "B", "value"]
    before = {path: path.read_bytes() for path in (run / "seeds" / "1").glob("*.tsv")}
    train_other_seeds(run, 2, "test")
    assert {path: path.read_bytes() for path in (run / "seeds" / "1").glob("*.tsv")} == before


def test_the_map_is_made_again_and_predicts_the_same(folder):
    run = load_finished(folder)
    found, logits = run.find(run.data, 64)
    features = map_features(found, len(run.data), run.network.channels)
    said = run.model.readout.of_pooled(features).detach()[:, 0].numpy()
    np.testing.assert_allclose(said, logits, atol=1e-4)
    assert run.network.outputs == 3
    assert len(run.network.contrasts) == run.network.channels


def test_the_page_shows_effects_with_signs(folder):
    page = write_report(folder).read_text()
    assert "Effect of each motif on each label" in page
    assert page.count('<rect fill-opacity="') == 9
    assert 'class="lowers"' in page
    assert 'class="raises"' in page
    assert "value Spearman 0." in page
    assert "Validation score" in page
    assert "low value" in page


def test_the_same_seed_gives_the_same_motifs(folder, tmp_path):
    again = train_several(tmp_path)
    for name in ("motifs.meme", "effects.tsv", "sites.tsv.gz"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_no_audit_of_such_a_run(folder):
    with pytest.raises(
        InputError, match=r"^the audit is of bound and unbound sequences, and this run is of A, B, value: "
    ):
        audit_run(folder, "", null=False)
    assert not (folder / "audit.json").exists()


def test_sites_a_bound_sequence_cannot_be_asked_for(tmp_path):
    fasta, table = write_set(tmp_path)
    config = MotifConfig.of({"fasta": fasta, "labels": table, "sites_per_seq": 1.5} | SMALL)
    with pytest.raises(InputError, match=r"^--sites-per-seq is for bound sequences, not for several labels$"):
        prepare(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("motif_id\n", "expected the columns motif_id, label, effect, sequences, "),
        (None, "expected a motif, a label and six numbers"),
    ],
)
def test_a_damaged_table_of_effects(folder, tmp_path, text, message):
    path = tmp_path / "effects.tsv"
    write_effects_tsv(path, read_effects_tsv(folder / "effects.tsv"))
    assert path.read_bytes() == (folder / "effects.tsv").read_bytes()
    path.write_text(text or path.read_text().replace("\tvalue\t", "\tvalue\tx", 1))
    with pytest.raises(InputError, match=message):
        read_effects_tsv(path)
