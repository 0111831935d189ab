"""The splicing benchmark: sets converted as they are, nulls without a trace of truth, branch points against loops."""

import gzip
import itertools
import json
import multiprocessing
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import splice_baselines
import splice_sets
import splicing
import torch
from splice_baselines import BASELINES, SpliceAi400
from splice_rows import figures_row, first_matrices, rows_of, with_moved_sites
from splice_sets import SETS, SpliceSet, genes_of_table, joined, write_gff3
from splice_truths import (
    A,
    BranchFigures,
    branch_figures,
    branch_motif,
    branches,
    ctray_recall,
    introns_in,
    moved_sites,
    mutate_branches,
)
from splicing import COLUMNS, ROWS, fits
from tables import read_rows, write_rows

from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.alphabet import decode, reverse_complement
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.annotation import read_annotation
from sparling_genomics.splicing.genes import ACCEPTOR
from sparling_genomics.splicing.runs.adjusted import read_matrices
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.experiment import prepare
from sparling_genomics.splicing.runs.need import Need
from sparling_genomics.splicing.runs.reading import Marks
from sparling_genomics.splicing.runs.words import Place, SpliceMotif
from sparling_genomics.splicing.universes.measured import measure
from tests.genomics.splicing.made_genome import made_genome


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        genome, annotation = made_genome(folder)
        options = {"genome": genome, "annotation": annotation, "device": "cpu", "settle": 1, "core": "none"}
        yield prepare(SpliceConfig.of(options | {"channels": 4, "warm_up": 10}))


def test_genes_of_a_table_end_where_their_stretch_does(tmp_path):
    table = tmp_path / "genes.tsv.gz"
    with gzip.open(table, "wt") as handle:
        handle.write("contig\tgene\tstrand\texon_starts\texon_ends\nc\tg\t-\t-50,-5,40,90\t-40,10,60,120\n")
        handle.write("c\tnone\t+\t200\t300\n")
    (gene,) = genes_of_table(table, {"c": 100})
    assert gene == ("c", "g", "-", [(1, 10), (40, 60), (90, 100)])
    write_gff3(tmp_path / "genes.gff3", [gene])
    (read,) = read_annotation(tmp_path / "genes.gff3").genes
    assert read.transcripts[0].introns() == ((10, 39), (60, 89))
    assert (read.strand, read.biotype) == ("-", "protein_coding")


def test_joined_introns_are_where_their_exons_say():
    rows = [
        {"exon5_last50": "C" * 50, "intron": f"GT{x * 30}AG", "exon3_first50": "G" * 50, "rnaseq_count": n, "gene": g}
        for g, x, n in [("a", "A", "500"), ("a", "A", "900"), ("b", "T", "99"), ("c", "T", "100"), ("a", "C", "100")]
    ] + [
        {
            "exon5_last50": "A" * 50,
            "intron": f"GT{'A' * 30}AG",
            "exon3_first50": "T" * 50,
            "rnaseq_count": "500",
            "gene": "d",
        }
    ]
    found = list(joined(rows, 10, np.random.default_rng(0)))
    # an intron is there once, whichever of a and d comes first; b is rarely used
    assert sorted(len(exons) for _, exons in found) in ([2, 3], [2, 2, 2])
    for letters, exons in found:
        for (_, left), (right, _) in itertools.pairwise(exons):
            intron = letters[left : right - 1]
            assert (intron[:2], intron[-2:], len(intron)) == ("GT", "AG", 34)
        assert exons[0][0] == 1
        assert exons[-1][1] == len(letters)
    assert len({exons[0][1] for _, exons in found}) == len(found)  # exons differ in length


@pytest.mark.parametrize("name", [name for name in SETS if "introns" not in name])
def test_sets_are_whole(name, tmp_path, monkeypatch):
    if not splice_sets.DATA.is_dir():
        pytest.skip("no shared data")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if name == "pombe":
        pytest.skip("read by other tests")
    files = SETS[name].files(tmp_path)
    config = SpliceConfig.of(SETS[name].options | files)
    checked = prepare(config).checked
    assert checked.introns(TRAIN) > 100
    assert checked.introns(TEST) > 20
    if name == "human_regions":
        assert len([s for s in checked.sides if s == TEST]) == 58


def test_orthologs_of_what_trains_are_no_test(tmp_path):
    if not splice_sets.DATA.is_dir():
        pytest.skip("no shared data")
    files = SETS["mouse_to_human"].files(tmp_path)
    names = [line[1:].strip() for line in files["genome"].read_text().splitlines() if line[0] == ">"]
    assert splice_sets.ORTHOLOGS not in {*names, *files["test_chroms"]}
    assert len(names) == len(files["test_chroms"]) + 1  # the mouse's
    assert splice_sets.ORTHOLOGS not in files["annotation"].read_text() + files["mask"].read_text()


def test_the_first_matrix_of_each_protein_is_taken(tmp_path):
    pwms = [Pwm(name, np.eye(4)[[0, 1, 2]] * 20, 20, alt_name=protein) for name, protein in ("aX", "bX", "cY")]
    write_meme(tmp_path / "all.meme", pwms)
    first = read_motifs(first_matrices(tmp_path / "all.meme", tmp_path / "some.meme")).motifs
    assert [(pwm.name, pwm.alt_name) for pwm in first] == [("a", "X"), ("c", "Y")]
    if splice_sets.RBNS.is_file():
        assert len(read_matrices(first_matrices(splice_sets.RBNS, tmp_path / "rbns.meme"))) == 134


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sets", "pombe", "yeast"], "no set 'yeast'; there are pombe, human_regions, "),
        (["--methods", "spars"], "no method 'spars'; there are default, sparse, "),
        ([], "no folder /nowhere: the sets are read from there"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(splicing, "DATA", Path("/nowhere"))
    monkeypatch.setattr(sys, "argv", ["splicing.py", *words, "--out", str(tmp_path / "t.tsv")])
    with pytest.raises(SystemExit) as ended:
        splicing.main()
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (2, 1)
    assert said.startswith(f"error: {message}")
    assert not list(tmp_path.iterdir())


def test_rows_that_are_there_are_kept(tmp_path, monkeypatch, capsys):
    out, keep = tmp_path / "t.tsv", tmp_path / "runs"
    three = [{"universe": name, "top_k": 0.5} for name in ("a", "b", "c")]
    write_rows(out, COLUMNS, [{"set": "pombe", "method": "pwm", "seed": 0} | row for row in three])
    finished = keep / "pombe_dense_1" / ROWS
    finished.parent.mkdir(parents=True)
    finished.write_text(json.dumps([{"set": "pombe", "method": "dense", "seed": 1} | row for row in three]))
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: SimpleNamespace(Process=None))
    words = ["splicing.py", "--sets", "pombe", "--methods", "pwm", "dense", "--seeds", "0", "1", "--out"]
    (keep / "pombe_dense_0").mkdir()
    (keep / "pombe_dense_0" / ROWS).write_text("[]")
    monkeypatch.setattr(splicing, "DATA", tmp_path)
    monkeypatch.setattr(sys, "argv", [*words, str(out), "--keep", str(keep)])
    splicing.main()
    rows = read_rows(out)
    assert [(row["method"], row["seed"]) for row in rows] == [("pwm", "0")] * 3 + [("dense", "1")] * 3
    assert rows[-1]["caption"] == SETS["pombe"].caption


def test_methods_are_asked_of_the_sets_they_fit():
    assert fits(SETS["pombe"], "null")
    assert not fits(SETS["pombe"], "maxent")
    assert fits(SETS["human_regions"], "maxent")
    assert not fits(SETS["celegans_1pct"], "null")


def test_moved_sites_are_gt_and_ag_in_order(prepared):
    genes = prepared.checked.used.genes
    moved = moved_sites(genes, prepared.genome, seed=0)
    again = moved_sites(genes, prepared.genome, seed=0)
    assert [a.introns for a in moved] == [b.introns for b in again]
    same = 0
    for old, new in zip(genes, moved, strict=True):
        assert len(new.introns) == len(old.introns)
        assert new.introns == tuple(sorted(new.introns))
        for start, end in new.introns:
            codes = prepared.genome.codes("chr1", start, end)
            letters = decode(reverse_complement(codes) if new.gene.strand == "-" else codes)
            assert (letters[:2], letters[-2:]) == ("GT", "AG")
            assert old.transcript.start < start < end < old.transcript.end
        assert (new.labels() == ACCEPTOR).sum() == len(old.introns)
        same += new.introns == old.introns
    assert same < len(genes) / 10
    assert len(with_moved_sites(prepared).checked.sides) == len(genes)


def test_branches_are_those_of_a_loop(prepared):
    data = prepared.side(TEST)
    expected = []
    for donor, acceptor in introns_in(data):
        letters = decode(data.codes[donor + 1 : acceptor])
        assert (letters[:2], letters[-2:]) == ("GT", "AG")
        for i in range(len(letters) - 4):
            five = letters[i : i + 5]
            is_branch = five[:2] == "CT" and five[2] in "AG" and five[3] == "A" and five[4] in "CT"
            if is_branch and len(letters) - i <= 45:
                expected.append((donor + 1 + i, acceptor))
    found = branches(data)
    assert sorted(zip(found.places.tolist(), found.acceptors.tolist(), strict=True)) == sorted(expected)
    assert len(expected) >= len(introns_in(data))


def motif_at(shift: int, offset: int, share: float = 0.9, width: int = 5) -> SpliceMotif:
    pwm = Pwm("M", np.eye(4)[[1, 3, 0, 0, 1]][:width] * 50, 50)
    return SpliceMotif(
        pwm, (2,), (shift,), 50, Need(0.1, 9.0, 1e-9), 1.0, Place(0, 0.0), Place(offset, share), 0.0, -0.3
    )


def test_the_branch_motif_is_the_one_that_peaks_there():
    near, far, weak = motif_at(0, -3), motif_at(0, -14), motif_at(0, -12, share=0.2)
    assert branch_motif([near, weak, far]) is far
    assert branch_motif([near]) is None
    assert branch_motif([motif_at(0, -20)]) is None  # ends before


def test_branch_figures_of_perfect_marks(prepared):
    sides = [prepared.side(side) for side in (VALIDATION, TEST)]
    marked = []
    for side in sides:
        true = branches(side).places + 3
        marked.append((side, Marks(np.full(len(true), 2), true)))
    found = branch_figures(motif_at(-4, -14), *marked)
    assert isinstance(found, BranchFigures)
    assert (found.offset, found.recall, found.recall_near, found.right) == (-1, 1.0, 1.0, 1.0)
    assert found.acceptor_change == -0.3
    wrong = Marks(
        np.full(2 * len(marked[1][1].places), 2), np.concatenate([marked[1][1].places, marked[1][1].places + 1])
    )
    half = branch_figures(motif_at(-4, -14), marked[0], (sides[1], wrong))
    assert (half.recall, half.right) == (1.0, pytest.approx(0.5, abs=0.1))
    assert ctray_recall(branches(sides[1]).places + 2, sides[1]) == 1.0
    assert ctray_recall(np.zeros(0, dtype=np.int64), sides[1]) == 0.0


def test_a_mutation_is_felt_where_the_branch_is(prepared):
    data = prepared.side(TEST)

    def branch_reader(codes):
        """Log-odds 5 where CTAAC begins 14 letters before a position."""
        odds = np.zeros((len(codes), 2, codes.shape[1]), dtype=np.float32)
        for row, letters in enumerate(codes):
            text = decode(letters.clip(max=4))
            for i in range(16, len(text)):
                odds[row, 1, i] = 5.0 if text[i - 14 : i - 9] == "CTAAC" else 0.0
        return odds

    found = mutate_branches(branch_reader, data, seed=0)
    assert found.introns > 10
    assert A == 0
    assert found.branch < -4
    assert found.other == 0


def test_the_published_shape_sees_200_letters_to_either_side():
    torch.manual_seed(0)
    body = SpliceAi400().eval()
    x = torch.rand(1, 4, 501, requires_grad=True)
    (gradient,) = torch.autograd.grad(body(x)[0, :, 250].sum(), x)
    reached = gradient[0].abs().sum(0).nonzero().flatten()
    assert (int(reached.min()), int(reached.max())) == (250 - 200, 250 + 200)
    assert len(body.units) == 8


@pytest.mark.parametrize("name", ["pwm", "lssi_alone", "maxent", "dense", "spliceai_400"])
def test_each_baseline_predicts_through_the_same_scorer(prepared, tmp_path, monkeypatch, name):
    if name == "maxent" and not splice_sets.DATA.is_dir():
        pytest.skip("no shared data")
    monkeypatch.setattr(splice_baselines, "EPOCHS", 1)
    ours = replace(prepared, config=prepared.config.model_copy(update={"max_minutes": 0.02}))
    baseline = BASELINES[name](ours, tmp_path)
    test = splice_baselines.transcripts(prepared, TEST, baseline.context)
    rows = [figures_row(figures) for figures in measure(baseline.predict, prepared.place(TEST), test, [])]
    assert [row["universe"] for row in rows] == ["genes_with_introns", "coding_genes", "genome_both_strands"]
    assert set(rows[0]) <= set(COLUMNS)
    assert baseline.parameters > 0 or name == "maxent"
    if name == "pwm":
        assert rows[0]["top_k"] > 0.8


def test_the_null_and_the_sparse_network_give_rows(prepared, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    config = prepared.config
    files = {"genome": config.genome, "annotation": config.annotation}
    small = {"channels": 4, "max_minutes": 0.01, "settle": 1}
    made = SpliceSet("pombe", "made", lambda _: files, small)
    for method in ("sparse", "null"):
        rows = list(rows_of(made, method, 0, "genes", tmp_path / method))
        assert len(rows) == 3
        assert all(set(row) <= set(COLUMNS) for row in rows)
        assert "marks_per_100nt" in rows[0]
        assert len(rows[0]["words"].split()) >= rows[0]["motifs_needed"]
        assert ("mutated_introns" in rows[0]) == (method == "sparse")
