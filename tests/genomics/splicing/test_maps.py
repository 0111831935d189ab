"""Maps on a genome that can be read by eye: coordinates on both strands, decoys, RNA maps against loops."""

import gzip
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, NONE
from sparling_genomics.splicing.maps.places import in_introns, introns, spans
from sparling_genomics.splicing.maps.rna_map import OFFSETS, REACH, rna_maps
from sparling_genomics.splicing.maps.sites import decoys, sites_and_decoys
from sparling_genomics.splicing.maps.surroundings import surroundings
from sparling_genomics.splicing.maps.tables import (
    EFFECT_COLUMNS,
    RNA_MAP_COLUMNS,
    read_rna_map,
    write_effects,
    write_rna_map,
    write_sites,
    write_splice_sites,
)
from sparling_genomics.splicing.runs.words import Place
from sparling_genomics.splicing.windows import Transcripts
from tests.genomics.splicing.sides import motif, side_by_hand, small_genes, with_effects
from tests.genomics.splicing.small_genome import LETTERS, MINUS_EXONS, PLUS_EXONS

LENGTHS = {"chr1": len(LETTERS)}


@pytest.fixture(scope="module", params=[3, 12])
def data(request, tmp_path_factory) -> Transcripts:
    return small_genes(tmp_path_factory.mktemp("small"), request.param)[1]


def bed(path):
    return [tuple(line.split("\t")) for line in path.read_text().splitlines()]


def letters_of(line) -> str:
    """The letters of a BED line, on its strand."""
    codes = encode(LETTERS[int(line[1]) : int(line[2])])
    return decode(codes if line[5] == "+" else reverse_complement(codes))


def test_splice_sites_are_the_two_letters_of_the_intron(data, tmp_path):
    write_splice_sites(tmp_path / "splice_sites.bed", side_by_hand(data, "CTAAC"))
    found = bed(tmp_path / "splice_sites.bed")
    # the plus gene has exons 4-10, 27-33, 50-56; the minus gene 60-66 and 83-89, read from the right
    assert found == [
        ("chr1", "10", "12", "donor", "900", "+"),
        ("chr1", "25", "27", "acceptor", "900", "+"),
        ("chr1", "33", "35", "donor", "900", "+"),
        ("chr1", "48", "50", "acceptor", "900", "+"),
        ("chr1", "66", "68", "acceptor", "900", "-"),
        ("chr1", "81", "83", "donor", "900", "-"),
    ]
    assert [letters_of(line) for line in found] == ["GT", "AG", "GT", "AG", "AG", "GT"]


def test_sites_have_the_letters_of_their_motif_on_both_strands(data, tmp_path):
    side = side_by_hand(data, "CTAAC", "GTAAGT")
    write_sites(tmp_path / "sites.bed", side, LENGTHS)
    found = bed(tmp_path / "sites.bed")
    assert [line[:4] for line in found] == [
        ("chr1", "10", "16", "M2"),
        ("chr1", "16", "21", "M1"),
        ("chr1", "39", "44", "M1"),
        ("chr1", "72", "77", "M1"),
        ("chr1", "77", "83", "M2"),
    ]
    assert [line[5] for line in found] == ["+"] * 3 + ["-"] * 2
    assert [letters_of(line) for line in found] == ["GTAAGT", "CTAAC", "CTAAC", "CTAAC", "GTAAGT"]
    assert sorted(int(line[4]) for line in found) == [200, 400, 600, 800, 1000]


def test_one_place_is_one_line_with_its_highest_score(data, tmp_path):
    side = side_by_hand(data, "CTAAC")
    twice = replace(side, occurrences=type(side.occurrences)(*(np.repeat(each, 2) for each in side.occurrences)))
    twice.occurrences.heights[1] = 100
    write_sites(tmp_path / "sites.bed", twice, LENGTHS)
    found = bed(tmp_path / "sites.bed")
    assert [line[1] for line in found] == ["16", "39", "72"]
    assert found[0][4] == "1000"


def test_a_motif_is_cut_off_at_the_ends_of_a_chromosome(data, tmp_path):
    side = side_by_hand(data, "ACGCAG")
    side.occurrences.firsts[:] -= 6  # two letters before the genome
    if data.context > 6:
        write_sites(tmp_path / "sites.bed", side, {"chr1": 3})
        assert bed(tmp_path / "sites.bed")[0][1:3] == ("0", "3")


def test_spans_are_those_counted_by_hand(data):
    first = data.offsets[:-1] + data.context
    found = spans(data, first, 4)
    assert (found.starts.tolist(), found.ends.tolist()) == ([4, 85], [8, 89])
    assert found.genes.tolist() == [0, 1]


def test_introns_are_what_exons_leave(data):
    inside = in_introns(introns(data), np.arange(len(data.codes)))
    expected = sum(b[0] - a[1] for exons in (PLUS_EXONS, MINUS_EXONS) for a, b in pairwise(exons))
    assert inside.sum() == expected
    for kind, step in ((DONOR, 1), (ACCEPTOR, -1)):
        sites = np.flatnonzero(data.labels == kind)
        assert not inside[sites].any()
        assert inside[sites + step].all()


def test_decoys_have_the_letters_and_are_no_sites(data):
    for kind, shift, word in ((DONOR, 1, "GT"), (ACCEPTOR, -2, "AG")):
        found = np.concatenate([decoys(data, data.part(number), kind) for number in range(len(data))])
        assert (data.labels[found] == NONE).all()
        assert {decode(data.codes[at + shift : at + shift + 2]) for at in found} == {word}
        inside = np.flatnonzero((data.labels != MASKED) & (data.labels != kind))
        expected = [at for at in inside if decode(data.codes[at + shift : at + shift + 2]) == word]
        assert found.tolist() == [at for at in expected if data.labels[at] == NONE]


def test_decoys_are_at_most_as_many_as_sites_in_each_gene_and_follow_the_seed(data):
    sites = sites_and_decoys(data, 0)
    assert sites.true.sum() == (data.labels > 0).sum()
    for gene in range(len(data)):
        for kind in (DONOR, ACCEPTOR):
            own = (sites.genes == gene) & (sites.kinds == kind)
            known = int((data.labels[data.part(gene)] == kind).sum())
            there = len(decoys(data, data.part(gene), kind))
            assert (own & ~sites.true).sum() == min(known, there)
    assert (np.diff(sites.places) >= 0).all()
    again = sites_and_decoys(data, 0)
    assert all((one == other).all() for one, other in zip(sites, again, strict=True))


def test_rna_maps_are_the_loops(data):
    side = with_effects(side_by_hand(data, "CTAAC", "AG"))
    maps = list(rna_maps(side, 0))
    assert len(maps) == 2 * 2 * 2
    for each in maps:
        own = np.flatnonzero((side.sites.kinds == each.kind) & (side.sites.true == each.true))
        firsts = set(side.firsts(each.motif).tolist())
        for column, offset in enumerate(OFFSETS.tolist()):
            seen, marks, effect = 0, 0, 0.0
            for site in own:
                place, gene = int(side.sites.places[site]), side.sites.genes[site]
                first, end = data.offsets[gene] + data.context, data.offsets[gene + 1] - data.context
                if not first <= place + offset < end:
                    continue
                seen += 1
                marks += place + offset in firsts
                effect += sum(
                    float(side.effects.changes[i])
                    for i in np.flatnonzero(side.effects.sites == site)
                    if side.effects.motifs[i] == each.motif and side.effects.distances[i] == offset
                )
            assert each.sites[column] == seen
            assert each.marks.mean[column] == pytest.approx(marks / max(seen, 1))
            assert each.effect.mean[column] == pytest.approx(effect / max(seen, 1), abs=1e-5)


def test_bands_hold_the_mean_and_follow_the_seed(data):
    side = side_by_hand(data, "AG")
    one, other, third = (list(rna_maps(side, seed)) for seed in (0, 0, 1))
    for a, b in zip(one, other, strict=True):
        assert (a.marks.low == b.marks.low).all()
        assert (a.marks.low <= a.marks.mean + 1e-6).all()
        assert (a.marks.mean <= a.marks.high + 1e-6).all()
    assert len(third) == len(one)
    assert (one[0].effect.mean == 0).all()


def test_surroundings_are_counted(data):
    side = side_by_hand(data, "AG")
    side = replace(side, motifs=(motif("M1", "AG", acceptor=Place(-2, 1.0)),))
    found = surroundings(side, 0)
    inside = int(in_introns(introns(data), side.firsts(0)).sum())
    assert found.intron_per_100nt == pytest.approx(100 * inside / 51)
    assert found.exon_per_100nt == pytest.approx(100 * (len(side.firsts(0)) - inside) / (data.positions - 51))
    assert found.acceptor_decoy_share == 1.0  # a decoy has AG there by its making
    assert (found.role, found.branch_offset) == ("acceptor", None)


def test_effects_are_listed_on_the_genome(data, tmp_path):
    side = with_effects(side_by_hand(data, "CTAAC"))
    write_effects(tmp_path / "effects.tsv.gz", side)
    first = (tmp_path / "effects.tsv.gz").read_bytes()
    head, *rows = gzip.decompress(first).decode().splitlines()
    assert tuple(head.split("\t")) == EFFECT_COLUMNS
    lines = [dict(zip(EFFECT_COLUMNS, row.split("\t"), strict=True)) for row in rows]
    assert len(lines) == 4 * 2 + 2  # sites × occurrences of each gene
    sites = {("+", "9"): "donor", ("+", "27"): "acceptor", ("+", "32"): "donor", ("+", "50"): "acceptor"}
    sites |= {("-", "83"): "donor", ("-", "65"): "acceptor"}
    for line in lines:
        assert sites[line["strand"], line["site"]] == line["kind"]
        start, end, site, distance = (int(line[name]) for name in ("start", "end", "site", "distance"))
        assert distance == (start - site if line["strand"] == "+" else site - (end - 1))
        assert letters_of(("", line["start"], line["end"], "", "", line["strand"])) == "CTAAC"
    assert [(line["chrom"], int(line["site"])) for line in lines] == sorted((x["chrom"], int(x["site"])) for x in lines)
    write_effects(tmp_path / "effects.tsv.gz", side)
    assert (tmp_path / "effects.tsv.gz").read_bytes() == first


def test_the_table_of_rna_maps_has_every_offset(data, tmp_path):
    side = side_by_hand(data, "CTAAC")
    maps = list(rna_maps(side, 0))
    write_rna_map(tmp_path / "rna_map.tsv", side, maps)
    for one, other in zip(maps, read_rna_map(tmp_path / "rna_map.tsv"), strict=True):
        assert one[:3] == other[:3]
        assert (one.sites == other.sites).all()
        assert np.allclose(one.marks, other.marks, atol=1e-5)
    head, *rows = (line.split("\t") for line in (tmp_path / "rna_map.tsv").read_text().splitlines())
    assert tuple(head) == RNA_MAP_COLUMNS
    assert len(rows) == 4 * (2 * REACH + 1)
    assert {(row[1], row[2]) for row in rows} == {(k, t) for k in ("donor", "acceptor") for t in ("true", "decoy")}
    at = next(row for row in rows if row[1:4] == ["acceptor", "true", "-11"])
    assert (float(at[4]), float(at[5])) == (3, 1.0)  # CTAAC lies 11 nt before each acceptor


@pytest.mark.parametrize(
    ("text", "line"), [("", 1), ("motif_id\n", 1), ("\t".join(RNA_MAP_COLUMNS) + "\nM1\tdonor\ttrue\tx\n", 2)]
)
def test_a_damaged_table_is_said_with_its_line(tmp_path, text, line):
    (tmp_path / "rna_map.tsv").write_text(text)
    with pytest.raises(InputError, match=rf"rna_map\.tsv:{line}$"):
        read_rna_map(tmp_path / "rna_map.tsv")
