"""Windows along transcripts: each position once; figures of splice sites against loops."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparling.networks.local import receptive_field
from sparling.training.task import Batch
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import PAD, decode, encode, reverse_complement
from sparling_genomics.splicing import metrics
from sparling_genomics.splicing.annotation import read_annotation
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, splice_genes
from sparling_genomics.splicing.metrics import Ranking, kind_figures, ranked
from sparling_genomics.splicing.network import SpliceNetwork, splice_model
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import (
    Transcripts,
    cut,
    have_sites,
    letter_counts,
    read_transcripts,
    tiles,
    windows,
)
from tests.genomics.splicing.small_genome import GFF3, LETTERS, fasta, written
from tests.genomics.splicing.told import splice_figures

SMALL = SpliceNetwork(channels=4, width=8, units=1, stem=5, kernel=3, dilations=(1, 2))


@pytest.fixture
def genes(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome = open_genome(fasta(tmp_path / "genome.fa"))
    return genome, splice_genes(read_annotation(written(tmp_path / "genes.gff3", GFF3)), genome).genes


def test_transcripts_have_real_letters_around_them_and_pad_beyond(genes):
    genome, found = genes
    data = read_transcripts(found, genome, context=6)
    plus = decode(data.codes[: data.offsets[1]])
    assert (data.codes[:2] == PAD).all()
    assert plus == LETTERS[: 56 + 6]
    assert decode(data.codes[data.offsets[1] :]) == decode(reverse_complement(encode(LETTERS[60 - 6 :])))
    assert data.positions == 52 + 29
    assert (data.labels == MASKED).sum() == 4 * 6


@pytest.mark.parametrize("core", [5, 16, 100])
@pytest.mark.parametrize("shift", [0, 3])
def test_windows_have_each_labelled_position_once_with_its_context(genes, core, shift):
    data = read_transcripts(genes[1], genes[0], context=7)
    starts = tiles(data, core, shift)
    codes, labels = cut(data, starts, core)
    places = (starts[:, None] + 7 + np.arange(core))[labels != MASKED]
    assert sorted(places.tolist()) == np.flatnonzero(data.labels != MASKED).tolist()
    for start, window, own in zip(starts, codes, labels, strict=True):
        for i in np.flatnonzero(own != MASKED):
            assert window[i : i + 15].tolist() == data.codes[start + i : start + i + 15].tolist()
            assert own[i] == data.labels[start + 7 + i]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=30))
def test_top_k_is_the_loop_with_ties_against_us(pairs):
    scores, true = np.array([float(s) for s, _ in pairs]), np.array([t for _, t in pairs])
    k = int(true.sum())
    best = sorted(pairs, key=lambda pair: (-pair[0], pair[1]))[:k]
    expected = sum(t for _, t in best) / k if k else float("nan")
    assert kind_figures(ranked(scores, true)).top_k == pytest.approx(expected, nan_ok=True)


def test_masked_positions_do_not_count():
    labels = np.array([0, DONOR, ACCEPTOR, MASKED, 0], dtype=np.int8)
    p = np.zeros((3, 5))
    p[1], p[2] = [0, 0.9, 0, 1.0, 0], [0, 0, 0.9, 1.0, 0]
    figures = splice_figures(p, labels)
    assert (figures.donor.top_k, figures.acceptor.top_k, figures.positions) == (1, 1, 4)
    assert (figures.top_k, figures.noise) == (1, 0)


def test_a_prediction_depends_on_no_letter_beyond_the_context():
    model = splice_model(SMALL, 0.5).eval()
    model.sparsity.set_threshold(torch.tensor([-1000.0]))
    assert receptive_field(model.local, torch.empty(1, 4, 61)) == 2 * (SMALL.stem // 2 + 2 * SMALL.units) + 1
    x = torch.rand(1, 4, 61, requires_grad=True)
    (gradient,) = torch.autograd.grad(model(x).output[0, :, 30].sum(), x)
    reached = gradient[0].abs().sum(0).nonzero().flatten()
    assert (int(reached.min()), int(reached.max())) == (30 - SMALL.context, 30 + SMALL.context)


def test_the_dense_twin_lets_all_that_is_positive_through():
    twin = splice_model(replace(SMALL, dense=True), 0.01)
    sparse = splice_model(SMALL, 0.01)
    x = torch.rand(2, 4, 61, generator=torch.Generator().manual_seed(0))
    shares = [float(model(x).activations.count_nonzero()) / (2 * 4 * 61) for model in (twin, sparse)]
    assert 0.3 < shares[0] < 0.7
    assert shares[1] < 0.05
    assert sum(p.numel() for p in twin.local.parameters()) == sum(p.numel() for p in sparse.local.parameters())


def task_of(genes, **options):
    data = read_transcripts(genes[1], genes[0], context=SMALL.context)
    return SpliceTask(data, data, seed=0, core=16, batch=2, **options)


def test_epochs_are_shifted_and_the_same_again(genes):
    task = task_of(genes, letter_dropout=0.2)
    first, again, other = (list(task.training_batches(epoch)) for epoch in (0, 0, 1))
    assert all(torch.equal(a.x, b.x) and torch.equal(a.y, b.y) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0].x, other[0].x)


def test_windows_with_sites_are_those_that_have_one_in_their_core(genes):
    data = read_transcripts(genes[1], genes[0], context=SMALL.context)
    for shift in (0, 3, 15):
        starts = tiles(data, 16, shift)
        labels = cut(data, starts, 16)[1]
        assert (have_sites(data, starts, 16) == np.isin(labels, [DONOR, ACCEPTOR]).any(1)).all()
        assert 0 < have_sites(data, starts, 16).sum() < len(starts)
        assert (labels != MASKED).any(1).all()


def test_score_and_loss_look_at_cores_alone(genes):
    task = task_of(genes)
    batches = task.validation_batches()
    size = 16 + 2 * SMALL.context
    target = torch.cat([batch.y for batch in batches])
    output = torch.full((len(target), 3, size), 100.0)
    output[:, :, SMALL.context : -SMALL.context] = torch.nn.functional.one_hot(target.long().clamp(min=0), 3).transpose(
        1, 2
    )
    assert task.score(output, target).value == 1
    whole = Batch(torch.cat([batch.x for batch in batches]), target)
    labelled = target[target != MASKED]
    expected = -np.log(np.e / (np.e + 2))
    assert float(task.loss(output, whole)) == pytest.approx(expected, abs=1e-5)
    assert len(labelled) == 81


def peak_of(positions: int) -> int:
    """Bytes that are held at most beside letters and labels while windows are cut and figures counted."""
    rng = np.random.default_rng(0)
    offsets = np.arange(0, positions + 1, 50_000)
    codes = rng.integers(0, 4, positions, dtype=np.uint8)
    labels = np.zeros(positions, dtype=np.int8)
    labels[1_000::5_000], labels[3_000::5_000] = DONOR, ACCEPTOR
    data = Transcripts((), codes, labels, offsets, 100)
    ranking = Ranking()
    tracemalloc.start()
    try:
        starts = tiles(data, 768)
        assert have_sites(data, starts, 768).any()
        assert len(data.sites(DONOR)) == positions // 5_000
        assert letter_counts(data).sum() == data.positions
        for each in windows(data, starts, 768, 64):
            scores = rng.random((2, each.labels.size), dtype=np.float32)
            ranking.add(scores, each.labels.reshape(-1))
        assert ranking.figures().donor.sites == positions // 5_000
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_beside_the_letters_does_not_grow_with_them(monkeypatch):
    monkeypatch.setattr(metrics, "HELD", 50_000)
    small, large = (peak_of(positions) for positions in (2_000_000, 6_000_000))
    assert large - small < 0.5 * 4_000_000  # letters and labels have two bytes a position
