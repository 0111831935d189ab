"""A mixture of two planted patterns comes apart, and one pattern stays what it is."""

import numpy as np
import pytest

from sparling_genomics.motifs.activations import letter_counts
from sparling_genomics.motifs.splitting import two_patterns


def sites(consensus, n, rng, purity=0.85):
    """Sites (n, W) of a consensus of codes, each letter kept with probability ``purity`` and else random."""
    letters = np.broadcast_to(np.array(consensus, dtype=np.uint8), (n, len(consensus)))
    return np.where(rng.random(letters.shape) < purity, letters, rng.integers(0, 4, letters.shape)).astype(np.uint8)


def mixture(n_first=300, n_second=200, seed=0):
    """Two unlike patterns in ten columns of fifteen, shuffled together: codes and which are of the second."""
    rng = np.random.default_rng(seed)
    codes = np.concatenate(
        [sites([0, 1, 1, 2, 3, 0, 0, 2, 1, 3], n_first, rng), sites([3, 2, 0, 0, 1, 3, 2, 1, 1, 0], n_second, rng)]
    )
    codes = np.concatenate([rng.integers(0, 4, (len(codes), 5)).astype(np.uint8), codes], axis=1)
    second = np.arange(len(codes)) >= n_first
    order = rng.permutation(len(codes))
    return codes[order], second[order]


def accuracy(found, truth):
    """Share of sites on the right side, whichever part comes first."""
    right = float((found == truth).mean())
    return max(right, 1 - right)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("counts", [(300, 200), (450, 50)])
def test_two_planted_patterns_are_separated(seed, counts):
    codes, truth = mixture(*counts, seed=seed)
    found = two_patterns(codes, np.ones(len(codes), dtype=bool), np.random.default_rng(seed))
    assert accuracy(found, truth) > 0.95


def test_sites_that_were_not_fitted_go_to_the_likelier_pattern():
    codes, truth = mixture()
    fitted = np.arange(len(codes)) % 2 == 0
    found = two_patterns(codes, fitted, np.random.default_rng(0))
    assert accuracy(found[~fitted], truth[~fitted]) > 0.95


def test_sites_that_are_not_fitted_do_not_move_the_others():
    codes, _ = mixture()
    fitted = np.arange(len(codes)) < 300
    alone = two_patterns(codes[:300], fitted[:300], np.random.default_rng(0))
    together = two_patterns(codes, fitted, np.random.default_rng(0))
    np.testing.assert_array_equal(together[:300], alone)


def test_the_generator_decides_and_nothing_else():
    codes, _ = mixture()
    fitted = np.ones(len(codes), dtype=bool)
    first, again = (two_patterns(codes, fitted, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_the_order_of_sites_changes_only_which_part_is_called_the_second():
    codes, truth = mixture()
    fitted = np.ones(len(codes), dtype=bool)
    order = np.random.default_rng(9).permutation(len(codes))
    found, shuffled = (two_patterns(c, fitted, np.random.default_rng(0)) for c in (codes, codes[order]))
    assert accuracy(found[order], shuffled) > 0.99
    assert accuracy(shuffled, truth[order]) > 0.95


def test_both_parts_of_one_pattern_are_alike():
    codes = sites([0, 1, 1, 2, 3, 0, 0, 2, 1, 3], 600, np.random.default_rng(0))
    second = two_patterns(codes, np.ones(600, dtype=bool), np.random.default_rng(0))
    parts = [letter_counts(codes[chosen]) for chosen in (second, ~second)]
    likely = [part.argmax(1).tolist() for part in parts if part.sum()]
    assert all(letters == [0, 1, 1, 2, 3, 0, 0, 2, 1, 3] for letters in likely)


def test_letters_beyond_the_end_of_a_sequence_count_for_nothing():
    codes, truth = mixture()
    codes[::3, :7] = 4
    found = two_patterns(codes, np.ones(len(codes), dtype=bool), np.random.default_rng(0))
    assert accuracy(found, truth) > 0.95


@pytest.mark.parametrize("code", [0, 4])
def test_equal_sites_stay_together(code):
    codes = np.full((20, 6), code, dtype=np.uint8)
    found = two_patterns(codes, np.ones(20, dtype=bool), np.random.default_rng(0))
    assert found.tolist() in ([True] * 20, [False] * 20)
