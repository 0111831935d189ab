"""A value that follows composition and a motif: pairs of letters are taken off, and all predictions have them."""

import numpy as np
import pandas as pd
import pytest

import sparling_genomics as sg
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from sparling_genomics.tasks.ranking import rank_correlation
from sparling_genomics.worlds.planted import consensus_motif, plant
from tests.genomics.several_run import SMALL, WORDS


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Half of the sequences have a motif that adds 2, of a standard deviation of 2 that G and C make."""
    folder = tmp_path_factory.mktemp("letters")
    rng = np.random.default_rng(0)
    motif = consensus_motif("low", WORDS["low"])
    records, rows = [], ["name\tvalue"]
    for i in range(600):
        codes = plant([motif], 1, 0, 60, rng, sites_per_sequence=(1, 1)).codes[0] if i % 2 else rng.integers(4, size=60)
        value = 30 * np.isin(codes, [1, 2]).mean() + 2 * (i % 2) + rng.normal(scale=0.3)
        records.append(f">s{i}\n{decode(codes.astype(np.uint8))}\n")
        rows.append(f"s{i}\t{value:.3f}")
    (folder / "x.fa").write_text("".join(records))
    (folder / "x.tsv").write_text("\n".join(rows) + "\n")
    config = MotifConfig.of({"fasta": folder / "x.fa", "labels": folder / "x.tsv"} | SMALL)
    place = RunFolder(folder / "run")
    place.start(config)
    train_motifs(prepare(config), place, "test")
    return sg.load(place.path, device="cpu")


def test_the_motif_is_found_and_composition_is_none(run):
    core = WORDS["low"][1:-1]
    (consensus,) = [run.matrix(motif).consensus() for motif in run.motifs["motif_id"]]
    assert core in consensus or core.translate(str.maketrans("ACGT", "TGCA"))[::-1] in consensus
    (effect,) = run.effects["effect"]
    assert 1.5 < effect < 2.5
    assert any("Pairs of letters alone tell" in line for line in run.info["data"]["noticed"])


def test_predictions_have_both_as_the_figures_of_the_run_do(run):
    values = pd.read_csv(run.info["data"]["labels"]["path"], sep="\t").set_index("name")["value"]
    (figures,) = run.info["metrics"]["columns"]
    said = run.predict(run.path.parent / "x.fa")["value"]
    assert figures["r2"] > 0.8
    assert 0.9 > figures["by_letters"] > 0.5
    assert rank_correlation(values[said.index].to_numpy(), said.to_numpy()) > figures["by_letters"] + 0.05
    assert 1 - ((values[said.index] - said) ** 2).mean() / values.var() > 0.8
    parts = run.contributions(run.path.parent / "x.fa")
    np.testing.assert_allclose(parts["value.empty"] + parts["value.M1"], parts["value"], rtol=1e-6)
    assert parts["value.empty"].std() > 1


def test_a_variant_changes_motifs_alone(run):
    word = WORDS["low"]
    pairs = {"broken": ("GGC" * 8 + word + "GGC" * 9, "GGC" * 8 + word[:4] + "G" + word[5:] + "GGC" * 9)}
    pairs["letters alone"] = ("GGC" * 20, "GGC" * 10 + "AAC" + "GGC" * 9)
    table = run.variants(pairs).variants.set_index("name")
    assert table.loc["broken", "value.change"] < -0.5
    assert table.loc["broken", "value.change"] == pytest.approx(table.loc["broken", "value.M1"], rel=1e-4)
    assert table.loc["letters alone", "value.change"] == 0
