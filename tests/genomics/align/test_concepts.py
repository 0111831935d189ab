"""From codes to concepts: who follows which latent, what alignments agree on, against a loop and by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

from sparling_genomics.align.concepts import Channel, concepts_of, cosines, latents_of
from tests.genomics.align.hand_made import codes


def motifs(found) -> list[list[tuple[int, int]]]:
    return [[tuple(part.channel) for part in concept.parts] for concept in found.concepts]


def test_cosines_are_those_of_a_loop():
    rng = np.random.default_rng(0)
    features, latents = rng.random((40, 3)) * (rng.random((40, 3)) < 0.3), rng.random((40, 5)) * (
        rng.random((40, 5)) < 0.3
    )
    latents[:, 4] = 0
    naive = np.zeros((3, 5))
    for c in range(3):
        for latent in range(4):
            a, b = features[:, c], latents[:, latent]
            naive[c, latent] = sum(x * y for x, y in zip(a, b, strict=True)) / (
                sum(x * x for x in a) ** 0.5 * sum(y * y for y in b) ** 0.5
            )
    assert cosines(sp.csr_matrix(features), sp.csr_matrix(latents)) == pytest.approx(naive)


def test_latents_with_value_zero_are_not_active():
    assert latents_of(codes([[1], [], [0, 2]], 3)).toarray().tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 1]]


def run(*columns: str) -> sp.csr_matrix:
    """Features of a run: a word a motif, 1 where it has a site."""
    return sp.csr_matrix(np.array([[float(letter) for letter in word] for word in columns]).T)


def test_motifs_of_two_runs_that_follow_one_latent_are_one_concept():
    a, b = run("11100000", "00011000"), run("11100000", "00000011")
    own = codes([[0], [0], [0], [1], [1], [], [2], [2]], 3)
    found = concepts_of([a, b], [[own, own]])
    assert motifs(found) == [[(0, 0), (1, 0)], [(0, 1)], [(1, 1)]]
    first, second, _ = found.concepts
    assert (first.runs, first.agreement, len(first.places), first.parts[0].common) == ((0, 1), 1.0, 3, 3)
    assert first.active.tolist() == [0, 1, 2]
    assert (second.runs, second.parts[0].strength, second.parts[0].common) == ((0,), pytest.approx(1), 0)
    assert found.without == ()


def test_a_run_that_marks_more_follows_two_latents_and_shares_the_common_one():
    a, b = run("111100000"), run("111111110")
    own = codes([[0]] * 4 + [[1]] * 4 + [[]], 3)
    found = concepts_of([a, b], [[own, own]])
    assert motifs(found) == [[(0, 0), (1, 0)]]
    assert [part.common for part in found.concepts[0].parts] == [4, 4]
    assert found.concepts[0].leader.channel == Channel(1, 0)


def test_what_most_alignments_say_stands_and_is_counted():
    a, b = run("1100"), run("1100")
    one, two = codes([[0], [0], [], []], 3), codes([[1], [1], [], []], 3)
    together, apart = [one, one], [one, two]
    agreed = concepts_of([a, b], [together, together, apart])
    assert motifs(agreed) == [[(0, 0), (1, 0)]]
    assert agreed.concepts[0].agreement == pytest.approx(2 / 3)
    parted = concepts_of([a, b], [together, apart, apart])
    assert motifs(parted) == [[(0, 0)], [(1, 0)]]
    assert parted.concepts[0].agreement == pytest.approx(2 / 3)


def test_a_motif_that_no_latent_follows_has_no_concept():
    found = concepts_of([run("1100"), run("0011")], [[codes([[0], [0], [], []], 3)] * 2])
    assert motifs(found) == [[(0, 0)]]
    assert found.without == (Channel(1, 0),)


def test_runs_in_another_order_give_the_same_concepts():
    rng = np.random.default_rng(1)
    marks = [rng.random((60, 3)) < 0.2 for _ in range(3)]
    features = [sp.csr_matrix(each.astype(float)) for each in marks]
    alignments = [
        [codes([[int(i)] for i in rng.integers(0, 6, 60)], 6)] * 3 for _ in range(3)
    ]
    found = concepts_of(features, alignments)
    turned = concepts_of(features[::-1], [each[::-1] for each in alignments])
    as_sets = {frozenset((c, m) for c, m in concept) for concept in motifs(found)}
    assert as_sets == {frozenset((2 - c, m) for c, m in concept) for concept in motifs(turned)}
