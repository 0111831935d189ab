"""What alignments agree on, by hand; what one run tells of another, against a loop."""

import numpy as np
import pytest
import scipy.sparse as sp

from sparling.alignment.align import align
from sparling.alignment.streams import Stream
from sparling_genomics.align import shared
from sparling_genomics.align.concepts import Channel, concepts_of
from sparling_genomics.align.shared import settings_of, told_by


def motifs(found) -> list[list[tuple[int, int]]]:
    return [[tuple(part.channel) for part in concept.parts] for concept in found.concepts]


def run(*columns: str) -> sp.csr_matrix:
    """Features of a run: a word a motif, 1 where it has a site."""
    return sp.csr_matrix(np.array([[float(letter) for letter in word] for word in columns]).T)


def told(*pairs: tuple[int, int], n: int, by: float = 0.9) -> np.ndarray:
    """One alignment in which each motif tells itself, and these pairs each other."""
    matrix = np.eye(n)
    for i, j in pairs:
        matrix[i, j] = matrix[j, i] = by
    return matrix


A, B = run("11100000", "00011000"), run("11100000", "00000011")


def test_motifs_of_two_runs_that_tell_each_other_are_one_concept():
    found = concepts_of([A, B], np.array([told((0, 2), n=4)]))
    assert motifs(found) == [[(0, 0), (1, 0)], [(0, 1)], [(1, 1)]]
    first, second, _ = found.concepts
    assert (first.runs, first.agreement, len(first.places)) == ((0, 1), 1.0, 3)
    assert [(part.common, part.strength) for part in first.parts] == [(3, 0.9), (3, 0.9)]
    assert (second.runs, second.parts[0].strength, second.parts[0].common) == ((0,), 1.0, 0)
    assert (first.leader.channel, found.without) == (Channel(0, 0), ())


def test_what_is_told_one_way_alone_is_not_one():
    one_way = told(n=4)
    one_way[0, 2] = 0.9
    assert motifs(concepts_of([A, B], np.array([one_way]))) == [[(0, 0)], [(1, 0)], [(0, 1)], [(1, 1)]]


def test_what_most_alignments_say_stands_and_is_counted():
    together, apart = told((0, 2), n=4), told(n=4)
    agreed = concepts_of([A, B], np.array([together, together, apart]))
    assert motifs(agreed)[0] == [(0, 0), (1, 0)]
    assert agreed.concepts[0].agreement == pytest.approx(2 / 3)
    assert agreed.concepts[0].parts[0].strength == pytest.approx(0.6)
    parted = concepts_of([A, B], np.array([together, apart, apart]))
    assert motifs(parted)[:2] == [[(0, 0)], [(1, 0)]]
    assert parted.concepts[0].agreement == pytest.approx(2 / 3)


def test_a_run_may_have_two_motifs_of_a_concept():
    found = concepts_of([A, B], np.array([told((0, 2), (1, 2), (0, 1), n=4)]))
    assert motifs(found)[0] == [(0, 0), (0, 1), (1, 0)]
    assert [part.channel.motif for part in found.concepts[0].of_run(0)] == [0, 1]


def test_a_motif_that_its_own_latents_do_not_tell_has_no_concept():
    silent = told((0, 2), n=4)
    silent[3, 3] = 0.2
    found = concepts_of([A, B], np.array([silent]))
    assert found.without == (Channel(1, 1),)
    assert motifs(found) == [[(0, 0), (1, 0)], [(0, 1)]]


def test_runs_in_another_order_give_the_same_concepts():
    rng = np.random.default_rng(1)
    features = [sp.csr_matrix((rng.random((60, 3)) < 0.2).astype(float)) for _ in range(3)]
    said = rng.random((3, 9, 9)) * 0.9
    said[:, range(9), range(9)] = 1
    order = [6, 7, 8, 3, 4, 5, 0, 1, 2]
    found = concepts_of(features, said)
    turned = concepts_of(features[::-1], said[:, order][:, :, order])
    as_sets = {frozenset(concept) for concept in motifs(found)}
    assert as_sets == {frozenset((2 - c, m) for c, m in concept) for concept in motifs(turned)}


@pytest.fixture(scope="module")
def aligned(tmp_path_factory):
    """Two streams: a concept in both, and one of the second alone; as raw arrays, and their alignment."""
    rng = np.random.default_rng(0)
    both, alone = rng.random(300) < 0.3, rng.random(300) < 0.3
    strength = rng.uniform(0.5, 1.5, 300)
    first = (both * strength)[:, None].astype(np.float32)
    second = np.stack([both * strength * 2, alone * strength], axis=1).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared, "STEPS", 400)
        settings = settings_of(300, 3, 0)
    streams = [Stream("a", first), Stream("b", second)]
    folder = tmp_path_factory.mktemp("aligned")
    return first, second, align(streams, settings, folder=folder, device="cpu", observer=None)


def test_the_concept_of_both_is_told_and_the_one_of_the_second_is_not(aligned):
    said = told_by(aligned[2])
    assert said[0, 1] > 0.8
    assert said[1, 0] > 0.8
    assert said[2, 2] > 0.8
    assert min(said[0, 2], said[2, 0]) < 0.3


def test_what_is_told_is_the_correlation_of_a_loop_in_chunks_too(aligned, monkeypatch):
    first, second, made = aligned
    own = [first[:, 0], second[:, 0], second[:, 1]]
    naive = np.zeros((3, 3))
    for i, source in enumerate("abb"):
        decoded = np.concatenate([made.reconstruct(source, target) for target in "ab"], axis=1)
        for j in range(3):
            naive[i, j] = np.corrcoef(own[i], decoded[:, j])[0, 1]
    assert told_by(made) == pytest.approx(naive, abs=1e-6)
    monkeypatch.setattr(shared, "CHUNK", 70)
    assert told_by(made) == pytest.approx(naive, abs=1e-6)


def test_settings_give_every_motif_a_latent_and_about_as_many_steps():
    for places, motifs_ in ((60, 2), (700, 9), (6500, 31), (100_000, 60)):
        settings = settings_of(places, motifs_, 3)
        assert settings.latents >= max(motifs_, 3)
        steps = settings.epochs * -(-places // settings.batch)
        assert 0.8 * shared.STEPS < steps < 1.5 * shared.STEPS or settings.epochs == 3
