"""Adapters of other tools on a tiny case, where the tools are installed (`benchmarks/peers/install.sh`)."""

import numpy as np
import pytest
from cases import Case, Record
from peers.gkmsvm import GkmSvm, read_scores, without_n
from peers.universalmotif import UniversalMotif
from tools import Meter, ToolFailed, run_tool

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.worlds.planted import consensus_motif, plant

MOTIF = consensus_motif("M1", "GTCACGTGAC")


def needs(tool):
    return pytest.mark.skipif(tool.missing() is not None, reason=f"{tool.name}: {tool.missing()}")


def case(folder, n=60, length=40):
    """Half of the sequences with the motif; training and test."""
    sides = []
    for test in (False, True):
        planted = plant([MOTIF], n, n, length, np.random.default_rng([7, test]), sites_per_sequence=(1, 1))
        rows = zip(planted.names, planted.codes, planted.labels, strict=True)
        sides.append([Record(f"{name}_{test}", codes, int(label), test) for name, codes, label in rows])
    training, test = sides
    sides = [tuple(r for r in training if r.label == label) for label in (1, 0)]
    write_meme(folder / "db.meme", [MOTIF])
    made = Case("x", 0, folder / "case", "dna", folder / "db.meme", *sides, tuple(test), False, ())
    made.write()
    return made


@needs(UniversalMotif())
def test_universalmotif_finds_a_planted_motif_and_may_find_none(tmp_path):
    output = run_tool(UniversalMotif(), case(tmp_path), tmp_path / "out", 60)
    assert output.motifs is not None
    assert "CACGTG" in output.motifs[0].consensus()
    assert (output.sites, output.model) == (None, None)
    assert output.cpu_s > 0
    background = case(tmp_path).background
    nothing = Case("x", 0, tmp_path / "none", "dna", tmp_path, background, background, (), False, ())
    nothing.write()
    assert run_tool(UniversalMotif(), nothing, tmp_path / "nothing", 60).motifs == []


@needs(GkmSvm())
def test_the_gapped_kmer_svm_tells_planted_sequences_apart(tmp_path):
    output = run_tool(GkmSvm(), case(tmp_path), tmp_path / "out", 200)
    assert (output.motifs, output.sites) == (None, None)
    assert output.model is not None
    assert min(output.model) > 0.8


def test_the_gapped_kmer_svm_needs_sequences_of_one_length(tmp_path):
    sides = [(Record("a", encode("ACGT" * 5), label, False),) for label in (1, 0)]
    odd = Case("x", 0, tmp_path, "dna", tmp_path, *sides, (Record("b", encode("ACGT" * 6), 1, True),), False, ())
    with pytest.raises(ToolFailed, match="one length; got 20 to 24 bp"):
        GkmSvm().run(odd, tmp_path, Meter(tmp_path / "log", 1))


def test_scores_are_taken_in_the_order_of_the_test_sequences_only(tmp_path):
    test = tuple(Record(name, encode("ACGT"), label, True) for name, label in (("a", 1), ("b", 0), ("c", 1)))
    (tmp_path / "s.tsv").write_text("name\tscore\na\t0.5\nb\t0.1\nc\t-0.5\n")
    assert read_scores(tmp_path / "s.tsv", test).auroc == 0.5
    with pytest.raises(ToolFailed, match="must be those of the 2 test sequences; got 3 others"):
        read_scores(tmp_path / "s.tsv", test[:2])


def test_a_letter_that_is_not_known_becomes_one_of_four():
    codes = encode("ANNNNNNNNNNNNNNNNNNNC")
    drawn = without_n(codes, np.random.default_rng(0))
    assert (drawn[0], drawn[-1], drawn.max()) == (0, 1, 3)
    assert len(set(drawn[1:-1].tolist())) == 4
