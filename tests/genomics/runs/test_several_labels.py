"""A run of several labels and a value, from the table to the page, and back from the folder."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import sparling_genomics as sg
from sparling.errors import InputError
from sparling_genomics.audit.audit import audit_run
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.files.tables import read_effects_tsv, read_motifs_tsv, write_effects_tsv
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.pages.report import write_report
from sparling_genomics.runs.finished import load_finished
from sparling_genomics.runs.train import prepare
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
    assert "test Spearman" in page
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
