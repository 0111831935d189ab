"""Territories, background and figures in three universes, against loops over positions."""

import itertools
import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparling.training.session import Session
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.splicing import metrics
from sparling_genomics.splicing.annotation import Gene, Transcript, read_annotation
from sparling_genomics.splicing.check import check_annotation
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, SpliceGene, sites_of
from sparling_genomics.splicing.metrics import Ranking, kind_figures, log_odds, ranked
from sparling_genomics.splicing.network import SpliceNetwork, splice_model
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.universes import measured
from sparling_genomics.splicing.universes.background import background
from sparling_genomics.splicing.universes.baselines import site_baselines
from sparling_genomics.splicing.universes.errors import drawn_anew, resampled
from sparling_genomics.splicing.universes.introns import gene_calls, introns_on_transcript
from sparling_genomics.splicing.universes.measured import (
    GenesRead,
    UniverseFigures,
    along,
    among_genes,
    genes_without_introns,
    measure,
    network_predictor,
    of_genome,
)
from sparling_genomics.splicing.universes.territories import PlaceLabels, Side, free, pieces, territories
from sparling_genomics.splicing.windows import read_transcripts
from sparling_genomics.tasks.ranking import average_precision
from tests.genomics.splicing.made_genome import made_genome
from tests.genomics.splicing.small_genome import GFF3, fasta, written
from tests.genomics.splicing.told import splice_figures

SMALL = SpliceNetwork(channels=4, width=8, units=1, stem=5, kernel=3, dilations=(1, 2))
UNSPLICED = [
    ("gene", 40_701, 40_900, "+", "ID=u;gene_biotype=protein_coding"),
    ("mRNA", 40_701, 40_900, "+", "ID=tu;Parent=u"),
    ("exon", 40_701, 40_900, "+", "Parent=tu"),
]


@pytest.fixture(scope="module")
def side(tmp_path_factory) -> Side:
    """The test side of the made genome, with a gene without introns in it and some N."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        fasta_path, annotation = made_genome(folder)
        letters = fasta_path.read_text().split("\n")[1]
        fasta(fasta_path, letters[:30_000] + "N" * 300 + letters[30_300:])
        genome = open_genome(fasta_path)
        genes = read_annotation(annotation)
        checked = check_annotation(genes, genome, gap=200)
        place = territories(checked.used.genes, checked.sides, genome.lengths, TEST, 200)[0]
        at = place.start + 10
        lines = [f"chr1\th\t{type}\t{at}\t{at + 150}\t.\t+\t.\t{said}" for type, _, _, _, said in UNSPLICED]
        annotation.write_text(annotation.read_text() + "\n".join(lines) + "\n")
        checked = check_annotation(read_annotation(annotation), genome, gap=200)
        yield Side(checked, genome, TEST, seed=0)


def of_side(side: Side, number: int) -> list[SpliceGene]:
    return [gene for gene, of in zip(side.checked.used.genes, side.checked.sides, strict=True) if of == number]


def gene_at(start: int, end: int, chrom: str = "I", strand: str = "+") -> SpliceGene:
    transcript = Transcript("t", ((start, start + 2), (end - 2, end)), 0, frozenset(), 1)
    introns = transcript.introns(1)
    donors, acceptors = sites_of(introns, strand)
    gene = Gene("g", "g", "", chrom, strand, (transcript,))
    return SpliceGene(gene, transcript, "", introns, donors, acceptors, np.zeros(0, np.int64))


def test_territories_part_in_the_middle_and_keep_apart():
    genes = [gene_at(10, 20), gene_at(30, 40), gene_at(140, 150), gene_at(250, 260)]
    sides = np.array([TRAIN, TRAIN, TEST, VALIDATION], dtype=np.uint8)
    lengths = {"I": 300, "II": 50}
    found = [[(i.chrom, i.start, i.end) for i in territories(genes, sides, lengths, s, 20)] for s in range(3)]
    assert found[TRAIN] == [("I", 0, 90 - 20), ("II", 0, 50)]
    assert found[TEST] == [("I", 90, 200)]
    assert found[VALIDATION] == [("I", 200 + 20, 300)]


def test_territories_cover_the_genome_once(side):
    places = [
        place
        for number in (TRAIN, VALIDATION, TEST, 255)
        for place in territories(side.checked.used.genes, side.checked.sides, side.genome.lengths, number, 0)
    ]
    covered = np.zeros(side.genome.lengths["chr1"], dtype=int)
    for place in places:
        covered[place.start : place.end] += 1
    assert (covered == 1).all()


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(6, 40), st.sampled_from("+-")), max_size=6))
def test_free_is_what_no_transcript_takes(spans):
    genes = [gene_at(start, start + length, strand=strand) for start, length, strand in spans]
    place = Interval("I", 20, 100)
    for strand in "+-":
        taken = np.zeros(200, dtype=bool)
        for gene in genes:
            if gene.gene.strand == strand:
                taken[gene.transcript.start : gene.transcript.end] = True
        left = [i for each in free(place, strand, genes) for i in range(each.start, each.end)]
        assert left == [i for i in range(20, 100) if not taken[i]]


def test_pieces_are_the_places():
    found = pieces([Interval("I", 3, 25, "-"), Interval("II", 0, 5)], 10)
    assert [(each.chrom, each.start, each.end) for each in found] == [
        ("I", 3, 13),
        ("I", 13, 23),
        ("I", 23, 25),
        ("II", 0, 5),
    ]
    assert found[0].strand == "-"


def test_labels_of_places_are_those_of_genes_and_of_one_strand(side):
    labels = PlaceLabels(side.checked)
    for gene in side.checked.used.genes[:6]:
        start, end = gene.transcript.start, gene.transcript.end
        assert (labels.of(Interval("chr1", start, end, gene.gene.strand)) == gene.labels()).all()
        other = {"+": "-", "-": "+"}[gene.gene.strand]
        assert (labels.of(Interval("chr1", start, end, other)) == 0).all()


def test_the_users_mask_hides_sites_and_all(tmp_path, monkeypatch):
    from sparling_genomics.files.bed import read_regions

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome = open_genome(fasta(tmp_path / "genome.fa"))
    (tmp_path / "mask.bed").write_text("chr1\t8\t30\nchr1\t60\t70\t.\t0\t+\n")
    mask = read_regions(tmp_path / "mask.bed", genome)
    annotation = read_annotation(written(tmp_path / "genes.gff3", GFF3))
    checked = check_annotation(annotation, genome, gap=1, mask=mask)
    plus, minus = checked.used.genes
    assert plus.masked == ((8, 30),)
    assert (plus.counted, minus.counted) == (1, 1)
    assert minus.masked == ()
    assert (len(plus.introns), plus.counted, minus.counted) == (2, 1, 1)
    expected = plus.labels().copy()
    assert (expected[4:26] == MASKED).all()
    assert (expected[26:] != MASKED).all()
    there = PlaceLabels(checked).of(Interval("chr1", 4, 56, "+"))
    assert (there == expected).all()
    assert (PlaceLabels(checked).of(Interval("chr1", 8, 30, "-")) == MASKED).all()


@pytest.mark.parametrize("number", [TRAIN, VALIDATION])
def test_background_is_neither_a_transcript_of_its_side_nor_of_another_side(side, number):
    found = background(side._replace(side=number), context=5, most=10**9)
    assert len(found) == 0
    again = background(side._replace(side=number), context=5, most=10**9)
    assert np.array_equal(found.codes, again.codes)
    assert not np.isin(found.labels, [DONOR, ACCEPTOR]).any()
    assert (found.codes[found.labels == 0] < AMBIGUOUS).all()
    own = side._replace(side=number)
    allowed = {strand: np.zeros(side.genome.lengths["chr1"], dtype=bool) for strand in "+-"}
    for place, strand in itertools.product(own.places(), "+-"):
        allowed[strand][place.start : place.end] = True
    for gene in of_side(side, number):
        allowed[gene.gene.strand][gene.transcript.start : gene.transcript.end] = False
    n = sum(int(each.sum()) for each in allowed.values())
    assert 0.7 * n < (found.labels != MASKED).sum() <= n
    assert (background(own, context=5, most=800).labels != MASKED).sum() == pytest.approx(800, abs=100)


def test_an_epoch_takes_as_many_windows_of_the_background(side):
    genes = read_transcripts(of_side(side, TRAIN), side.genome, SMALL.context)
    stretches = background(side._replace(side=TRAIN), SMALL.context, 10**9)
    train = read_transcripts(of_side(side, TRAIN), side.genome, SMALL.context, stretches)
    assert train.first_stretch == len(genes.codes)
    assert (train.codes[train.first_stretch :] == stretches.codes).all()
    alone, both = (SpliceTask(each, genes, seed=0, core=64, batch=2) for each in (genes, train))
    ours, more = (sum(len(batch.y) for batch in task.training_batches(0)) for task in (alone, both))
    assert more == pytest.approx(2 * ours, abs=4)
    assert sum(len(batch.y) for batch in both.calibration_batches()) > 1.5 * sum(
        len(batch.y) for batch in alone.calibration_batches()
    )


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=40))
def test_figures_are_those_of_loops(pairs):
    scores, true = np.array([float(s) for s, _ in pairs]), np.array([t for _, t in pairs])
    found = kind_figures(ranked(scores, true))
    k = int(true.sum())
    assert found.sites == k
    if not k:
        assert np.isnan(found.top_k)
        return
    best = [t for _, t in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))]
    for value, depth in ((found.top_k_half, round(k / 2)), (found.top_k, k), (found.top_k_double, 2 * k)):
        assert value == pytest.approx(sum(best[:depth]) / min(depth, k) if depth else np.nan, nan_ok=True)
    assert found.auprc == pytest.approx(average_precision(true.astype(int), scores))
    called = [t for s, t in pairs if s >= 0]
    assert found.recall == sum(called) / k
    assert found.precision == pytest.approx(sum(called) / len(called) if called else np.nan, nan_ok=True)


def test_a_ranking_in_pieces_gives_the_figures_of_all(monkeypatch):
    """Also where it lets the lowest false ones go; AUPRC then leaves out true ones below them."""
    rng = np.random.default_rng(0)
    odds = rng.normal(size=(2, 5000)).astype(np.float32)
    labels = rng.choice([MASKED, 0, DONOR, ACCEPTOR], p=[0.1, 0.87, 0.02, 0.01], size=5000).astype(np.int8)
    for row, kind in enumerate((DONOR, ACCEPTOR)):
        odds[row, labels == kind] += 3
    rankings = []
    for held in (10**6, 200):
        monkeypatch.setattr(metrics, "HELD", held)
        monkeypatch.setattr(metrics, "KEPT", 5)
        rankings.append(Ranking())
        for gene, part in enumerate(np.array_split(np.arange(5000), 50)):
            rankings[-1].add(odds[:, part], labels[part], gene)
    whole, part = (ranking.figures() for ranking in rankings)
    counted = labels != MASKED
    assert whole.positions == part.positions == counted.sum()
    for row, kind in enumerate((DONOR, ACCEPTOR)):
        assert whole[row] == kind_figures(ranked(odds[row][counted], labels[counted] == kind))
        assert part[row]._replace(auprc=0) == whole[row]._replace(auprc=0)
        assert whole[row].auprc - 1 / 5 < part[row].auprc <= whole[row].auprc
        few, many = (ranking.of(row) for ranking in reversed(rankings))
        assert few.true.sum() == many.true.sum()
        assert len(few.scores) < len(many.scores) / 2
        weights = drawn_anew(50, 0, 5)
        assert resampled(few, weights) == pytest.approx(resampled(many, weights))


def test_what_a_ranking_has_let_go_stays_below_its_floor(monkeypatch):
    """Where later scores are lower, those between them and the ones that were let go are no longer all there."""
    monkeypatch.setattr(metrics, "HELD", 10)
    ranking = Ranking()
    nothing = np.zeros(21, dtype=np.int8)
    ranking.add(np.tile(np.arange(21.0), (2, 1)), nothing)
    assert ranking.of(0).floor == 11
    ranking.add(np.tile(np.arange(21.0) - 30, (2, 1)), nothing)
    assert ranking.of(0).floor == 11
    assert sorted(ranking.of(0).scores) == list(range(12, 21))


def test_log_odds_are_those_of_the_probabilities():
    logits = torch.randn(2, 3, 7, generator=torch.Generator().manual_seed(0))
    p = logits.softmax(1)[:, 1:]
    assert torch.allclose(log_odds(logits), (p / (1 - p)).log(), atol=1e-5)


def test_a_gene_drawn_twice_counts_twice():
    rng = np.random.default_rng(1)
    scores, genes = rng.normal(size=300), np.repeat(np.arange(10), 30)
    true = rng.random(300) < 0.3
    weights = drawn_anew(10, seed=3, draws=20)
    assert (weights.sum(1) == 10).all()
    assert np.array_equal(weights, drawn_anew(10, seed=3, draws=20))
    found = resampled(ranked(scores, true, genes), weights)
    for weight, value in zip(weights, found, strict=True):
        rows = np.repeat(np.arange(300), weight[genes])
        assert value == pytest.approx(kind_figures(ranked(scores[rows], true[rows])).top_k)
    whole = ranked(scores, true, genes)
    assert resampled(whole, np.ones((1, 10), dtype=np.int64))[0] == pytest.approx(kind_figures(whole).top_k)


@given(st.lists(st.sampled_from([(0, 0), (0, 1), (0, 2), (1, 1), (1, 0), (2, 2), (2, 0), (-1, 1)]), max_size=12))
def test_called_introns_are_those_of_a_loop(pairs):
    labels = np.array([label for label, _ in pairs], dtype=np.int8)
    odds = np.full((2, len(pairs)), -1.0)
    for i, (_, call) in enumerate(pairs):
        if call:
            odds[call - 1, i] = 1.0
    sites = [i for i, label in enumerate(labels) if label in (DONOR, ACCEPTOR)]
    pairs_of = [(a, b) for a, b in itertools.pairwise(sites) if (labels[a], labels[b]) == (DONOR, ACCEPTOR)]
    introns = np.array(pairs_of, dtype=np.int64).reshape(-1, 2)
    found = gene_calls(odds, labels, introns)
    calls = [(i, call) for i, (label, call) in enumerate(pairs) if call and label != MASKED]
    called = {(a, b) for (a, one), (b, two) in itertools.pairwise(calls) if (one, two) == (DONOR, ACCEPTOR)}
    assert (found.introns, found.called) == (len(pairs_of), len(called))
    assert found.right == len(called & set(pairs_of))
    assert found.whole == all(call == label for label, call in pairs if label != MASKED)


def test_introns_on_transcripts_are_where_the_labels_are(side):
    for gene in side.checked.used.genes:
        labels, introns = gene.labels(), introns_on_transcript(gene)
        assert (labels[introns[:, 0]] == DONOR).all()
        assert (labels[introns[:, 1]] == ACCEPTOR).all()
        assert (introns[:, 0] < introns[:, 1]).all()
        assert len(introns) == len(gene.introns)


@pytest.fixture(scope="module")
def session(side) -> Session:
    data = read_transcripts(of_side(side, TEST), side.genome, SMALL.context)
    torch.manual_seed(0)
    session = Session(splice_model(SMALL, 0.2), SpliceTask(data, data, 0, core=64), "cpu")
    session.calibrate()
    return session


def test_figures_of_genes_are_those_of_each_read_alone(side, session, monkeypatch):
    predict = network_predictor(session)
    data = read_transcripts(of_side(side, TEST), side.genome, SMALL.context)
    monkeypatch.setattr(measured, "CORE", 700)  # windows that have parts of several genes
    monkeypatch.setattr(measured, "BATCH", 3)
    odds = list(along(predict, data))
    alone = [
        predict(data.codes[a:b][None])[0][:, SMALL.context : -SMALL.context]
        for a, b in itertools.pairwise(data.offsets)
    ]
    assert [each.shape for each in odds] == [each.shape for each in alone]
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(odds, alone, strict=True))
    found = among_genes(predict, data, [0], seed=0)
    p = np.concatenate([np.zeros((1, sum(each.shape[1] for each in odds[1:]))), np.concatenate(odds[1:], axis=1)])
    expected = splice_figures(p, np.concatenate([data.labels[data.part(i)] for i in range(1, len(data))]))
    assert (found.donor.sites, found.positions) == (expected.donor.sites, expected.positions)
    assert found.top_k == pytest.approx(expected.top_k)
    assert found.introns.genes == len(data) - 1


def test_errors_are_over_genes(side, session):
    data = read_transcripts(of_side(side, TEST), side.genome, SMALL.context)
    genes, rng = GenesRead(), np.random.default_rng(0)
    for number in range(len(data)):
        labels = data.labels[data.part(number)]
        genes.ranking.add(rng.normal(size=(2, len(labels))) + 2 * (labels == [[DONOR], [ACCEPTOR]]), labels, number)
    genes.calls = [gene_calls(np.zeros((2, 0)), np.zeros(0, np.int8), np.zeros((0, 2), np.int64))] * len(data)
    errors = genes.figures("x", seed=0).errors
    assert 0 < errors.mean < 0.2
    assert errors.mean < max(errors.donor, errors.acceptor)


def test_a_gene_of_which_nothing_counts_is_read_all_the_same(side, session):
    data = read_transcripts(of_side(side, TEST)[:3], side.genome, SMALL.context)
    data.labels[data.part(1)] = MASKED
    odds = list(along(network_predictor(session), data))
    assert [each.shape[1] for each in odds] == [data.part(i).stop - data.part(i).start for i in range(3)]


def test_letters_of_sites_alone_are_measured_beside(side):
    train, validation, test = (
        read_transcripts(of_side(side, number), side.genome, SMALL.context) for number in (TRAIN, VALIDATION, TEST)
    )
    found = site_baselines(train, validation, 0)
    assert list(found) == ["PWM alone", "LSSI alone"]
    for predict in found.values():
        figures = among_genes(predict, test, [], seed=0)
        assert figures.donor.sites == sum(len(gene.donors) for gene in test.genes)
        assert 0.3 < figures.top_k <= 1


def test_the_whole_genome_is_every_place_on_both_strands(side, session):
    predict = network_predictor(session)
    found = of_genome(predict, side, SMALL.context)
    places, labels = side.places(), PlaceLabels(side.checked)
    all_odds, all_labels = [], []
    for place, strand in itertools.product(places, "+-"):
        own = Interval(place.chrom, place.start, place.end, strand)
        codes = side.genome.at(Interval(place.chrom, place.start, place.end, strand))
        wide = Interval(
            place.chrom,
            max(place.start - SMALL.context, 0),
            min(place.end + SMALL.context, side.genome.lengths[place.chrom]),
            strand,
        )
        odds = predict(side.genome.at(wide)[None])[0]
        skip = (place.start - wide.start) if strand == "+" else (wide.end - place.end)
        all_odds.append(odds[:, skip : skip + place.length])
        all_labels.append(np.where(codes >= AMBIGUOUS, MASKED, labels.of(own)))
    odds, truth = np.concatenate(all_odds, axis=1), np.concatenate(all_labels)
    assert found.positions == (truth != MASKED).sum()
    assert found.donor.sites == sum(len(gene.donors) for gene in of_side(side, TEST))
    expected = splice_figures(np.concatenate([odds[:1], odds]), truth)
    assert found.top_k == pytest.approx(expected.top_k, abs=0.02)
    assert found.donor.auprc == pytest.approx(expected.donor.auprc, rel=0.05)
    assert (found.share, found.errors, found.introns) == (1.0, None, None)


def test_a_large_side_is_read_in_part(side, session, monkeypatch):
    monkeypatch.setattr(measured, "CHUNK", 1000)
    monkeypatch.setattr(measured, "MOST", 4000)
    found = of_genome(network_predictor(session), side, SMALL.context)
    assert 0 < found.share < 1
    assert found.positions <= 2 * 5000


def test_genes_without_introns_are_in_the_second_universe_alone(side, session):
    (unspliced,) = genes_without_introns(side)
    assert unspliced.gene.name == "u"
    data = read_transcripts(of_side(side, TEST), side.genome, SMALL.context)
    first, second, third = measure(network_predictor(session), side, data, [])
    assert [each.universe for each in (first, second, third)] == [
        "genes_with_introns",
        "coding_genes",
        "genome_both_strands",
    ]
    assert second.positions == first.positions + 151
    assert second.donor.sites == first.donor.sites
    assert third.positions > second.positions
    assert first.as_json()["donor"]["top_k"] == first.donor.top_k
    assert "introns" not in third.as_json()


def test_what_is_not_defined_is_no_number_in_json():
    nothing = kind_figures(ranked(np.full(5, -1.0), np.arange(5) < 2))
    assert np.isnan(nothing.precision)
    found = UniverseFigures("genome", 5, 1.0, nothing, nothing).as_json()
    assert found["donor"]["precision"] is None
    json.dumps(found, allow_nan=False)
