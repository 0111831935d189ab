"""Pictures of a splicing run, out of the files of a folder that was made by hand."""

import re

import numpy as np
import pytest
import splicing_gene_picture as gene_picture
import splicing_pictures as pictures

from sparling_genomics.splicing.genes import ACCEPTOR
from sparling_genomics.splicing.maps.rna_map import rna_maps
from sparling_genomics.splicing.maps.surroundings import Surroundings
from sparling_genomics.splicing.maps.tables import write_effects, write_rna_map, write_sites, write_splice_sites
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.experiment import prepare
from sparling_genomics.splicing.runs.publish import write_motifs
from sparling_genomics.splicing.runs.words import Place
from tests.genomics.splicing.made_genome import made_genome
from tests.genomics.splicing.sides import motif, side_by_hand, with_effects

BRANCH = Surroundings(1.0, 1.0, 0.0, 0.0, "branch point", -10)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A folder as a run leaves it: CTAAC lies with its A 10 nt before each acceptor."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome, annotation = made_genome(tmp_path)
    monkeypatch.setattr(gene_picture, "FEWEST", 2)
    config = SpliceConfig(genome=genome, annotation=annotation)
    config.write(tmp_path / "config.toml")
    prepared = prepare(config)
    side = with_effects(side_by_hand(prepared.side(2), "CTAAC", "GTAAGT"))
    motifs = (motif("M1", "CTAAC", acceptor=Place(-13, 1.0)), motif("M2", "GTAAGT"))
    write_motifs(tmp_path, motifs, [BRANCH, BRANCH._replace(role="donor", branch_offset=None)])
    write_sites(tmp_path / "sites.bed", side, prepared.genome.lengths)
    write_splice_sites(tmp_path / "splice_sites.bed", side)
    write_effects(tmp_path / "effects.tsv.gz", side)
    write_rna_map(tmp_path / "rna_map.tsv", side, list(rna_maps(side, 0)))
    return tmp_path, int((side.data.labels == ACCEPTOR).sum())


def test_every_picture_is_drawn_and_the_branch_points_are_counted(run, monkeypatch, capsys):
    path, acceptors = run
    monkeypatch.setattr("sys.argv", ["splicing_pictures.py", str(path), "--out", str(path)])
    pictures.main()
    names = ("splice_rna_map.png", "splice_branch.png", "splice_gene.png")
    assert all((path / name).stat().st_size > 10_000 for name in names)
    said = f"{acceptors} of {acceptors} introns have CTRAY in their last 45 nt; the last one is marked in 100.0%"
    assert said in capsys.readouterr().out


def test_the_gene_is_the_shortest_that_is_all_right(run):
    files = pictures.read_files(run[0])
    gene = gene_picture.chosen(files, None)
    assert len(gene.introns) >= 2
    assert gene.transcript.end - gene.transcript.start == min(
        each.transcript.end - each.transcript.start for each in files.genes
    )
    assert gene_picture.chosen(files, files.genes[3].gene.name) is files.genes[3]


def test_introns_end_before_their_acceptor(run):
    files = pictures.read_files(run[0])
    for chrom, strand, acceptor, letters in pictures.introns(files):
        assert re.fullmatch("GT[ACGT]+AG", letters)
        codes = files.genome.codes(chrom, acceptor, acceptor + 1)
        assert codes.size == 1
        (gene,) = (g for g in files.genes if acceptor in g.acceptors.tolist())
        assert gene.gene.strand == strand


def test_branch_points_are_those_of_a_regular_expression():
    rng = np.random.default_rng(0)
    for _ in range(50):
        letters = "".join(rng.choice(list("ACGT"), 90))
        last = letters[-45:]
        expected = [found.start() + 3 - 45 for found in re.finditer("(?=CT[AG]A[CT])", last)]
        assert pictures.branch_points(letters) == expected


def test_quartiles_need_ten_effects():
    places, quartiles = pictures.quartiles_by_place(
        [(-12, float(i)) for i in range(11)] + [(-9, 1.0)] * 9 + [(3, 1.0)] * 20
    )
    assert places.tolist() == [-12]
    assert quartiles.tolist() == [[2.5, 5.0, 7.5]]
