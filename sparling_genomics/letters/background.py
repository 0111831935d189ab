"""Sequences that keep the composition of real ones and lose their motifs: dinucleotide shuffles.

A sequence is a walk along the edges "letter to next letter". Every order of these edges that can be walked from the
first letter to the last is one shuffle, and all of them are equally likely here (Altschul & Erickson 1985, Mol Biol
Evol 2:526): the last edges taken out of each letter must form a tree that leads to the final letter, and all other
edges come in any order. Five letters have at most 125 such trees (Cayley), so the tree is drawn from all of them by its
exact weight, the number of ways to choose its edges, without trial and error.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD, Codes

N_LETTERS = AMBIGUOUS + 1  # N is a letter of its own
_MAX_CELLS = 1_000_000  # letters shuffled at once; keeps the temporaries below about 100 MB


def _last_edge_trees(root: int) -> NDArray[np.intp]:
    """Every way to give each letter but ``root`` one next letter so that all paths end in ``root``: (125, 5)."""
    choices = [[v] if v == root else [u for u in range(N_LETTERS) if u != v] for v in range(N_LETTERS)]
    functions = np.array(list(product(*choices)), dtype=np.intp)
    reached = functions.copy()
    for _ in range(N_LETTERS):
        reached = np.take_along_axis(functions, reached, axis=1)
    trees: NDArray[np.intp] = functions[(reached == root).all(axis=1)]
    return trees


_TREES = np.stack([_last_edge_trees(root) for root in range(N_LETTERS)])  # (root 5, tree 125, letter 5)


def dinucleotide_shuffle(codes: Codes, lengths: NDArray[np.int64], rng: np.random.Generator) -> Codes:
    """One shuffle of each row that keeps the number of every dinucleotide and the first and last letter.

    ``codes`` (B, L) holds in row i ``lengths[i]`` letters 0 to 4 and PAD behind them, which stays; the result has the
    same shape. The shuffle is uniform over all that exist, the unchanged sequence among them. N counts as a letter.
    Raises ``ValueError`` for other shapes, for lengths outside 0 to L and for codes above 4 inside a sequence.

    >>> from sparling_genomics.letters.alphabet import decode, encode
    >>> rng = np.random.default_rng(0)
    >>> {decode(dinucleotide_shuffle(encode("AGACA")[None], np.array([5]), rng)[0]) for _ in range(20)} == {
    ...     "AGACA", "ACAGA"}
    True
    """
    _check(codes, lengths)
    n_rows, n_columns = codes.shape
    shuffled = codes.copy()
    rows_at_once = max(1, _MAX_CELLS // max(n_columns, N_LETTERS**3))
    for start in range(0, n_rows, rows_at_once):
        rows = slice(start, start + rows_at_once)
        _shuffle_block(shuffled[rows], lengths[rows], rng)
    return shuffled


def shuffle_joined(codes: Codes, offsets: NDArray[np.int64], rng: np.random.Generator) -> Codes:
    """Dinucleotide shuffles of many sequences of any lengths, joined: sequence i is codes[offsets[i]:offsets[i + 1]].

    N stays where it is, so that runs of it tell nobody which sequence is a shuffle; the letters between are shuffled as
    if they were one sequence. Sequences of like length are shuffled together, so a very long one costs the others no
    padding.

    >>> codes, offsets = np.array([0, 4, 1, 0, 2, 0, 3, 3], dtype=np.uint8), np.array([0, 6, 8])
    >>> shuffle_joined(codes, offsets, np.random.default_rng(1)).tolist()
    [0, 4, 2, 0, 1, 0, 3, 3]
    """
    letters = codes != AMBIGUOUS
    before = np.concatenate([[0], np.cumsum(letters)])
    shuffled = codes.copy()
    shuffled[letters] = _shuffle_letters(codes[letters], before[offsets], rng)
    return shuffled


def _shuffle_letters(codes: Codes, offsets: NDArray[np.int64], rng: np.random.Generator) -> Codes:
    shuffled = codes.copy()
    lengths = np.diff(offsets)
    order = np.argsort(lengths, kind="stable")
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and (end - begin + 1) * int(lengths[order[end]]) <= _MAX_CELLS:
            end += 1
        rows = order[begin:end]
        inside = np.arange(lengths[rows[-1]]) < lengths[rows, None]
        places = (offsets[rows, None] + np.arange(lengths[rows[-1]]))[inside]
        batch = np.full(inside.shape, PAD, dtype=np.uint8)
        batch[inside] = codes[places]
        shuffled[places] = dinucleotide_shuffle(batch, lengths[rows], rng)[inside]
        begin = end
    return shuffled


def _check(codes: Codes, lengths: NDArray[np.int64]) -> None:
    if codes.ndim != 2 or codes.dtype != np.uint8:
        raise ValueError(f"codes must be uint8 of shape (B, L); got {codes.dtype} of shape {codes.shape}")
    if lengths.shape != codes.shape[:1]:
        raise ValueError(f"lengths must have shape ({codes.shape[0]},); got {lengths.shape}")
    if lengths.size and not (lengths.min() >= 0 and lengths.max() <= codes.shape[1]):
        raise ValueError(f"lengths must lie in 0 to {codes.shape[1]}; got {lengths.min()} to {lengths.max()}")
    inside = np.arange(codes.shape[1]) < lengths[:, None]
    if (codes[inside] > AMBIGUOUS).any():
        raise ValueError(f"codes must lie in 0 to {AMBIGUOUS} inside a sequence; got {codes[inside].max()}")


def _shuffle_block(codes: Codes, lengths: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Shuffle the rows in place."""
    n_rows, n_columns = codes.shape
    if n_rows == 0 or n_columns < 2:
        return
    every_row = np.arange(n_rows)
    tail, head = (
        codes[:, :-1].astype(np.intp),
        codes[:, 1:].astype(np.intp),
    )  # edge t goes from letter t to letter t + 1
    is_edge = np.arange(1, n_columns) < lengths[:, None]
    counts = _dinucleotide_counts(tail, head, is_edge)
    last_letter = codes[every_row, np.maximum(lengths, 1) - 1].astype(np.intp) % N_LETTERS  # % for rows of PAD only
    following = _draw_trees(counts, last_letter, rng)

    # Edges in order of (letter they leave, random number), the tree's edge behind all others of its letter.
    key = tail + rng.random(tail.shape)
    key[~is_edge] = N_LETTERS
    for letter in range(N_LETTERS):
        of_tree = is_edge & (tail == letter) & (head == following[:, letter, None])
        has_one = of_tree.any(axis=1) & (last_letter != letter)
        key[every_row[has_one], of_tree[has_one].argmax(axis=1)] = letter + 1 - 2**-40
    ordered_heads = np.take_along_axis(head, np.argsort(key, axis=1), axis=1)

    out_degree = counts.sum(axis=2)
    next_edge = np.cumsum(out_degree, axis=1) - out_degree
    letter_now = codes[:, 0].astype(np.intp) % N_LETTERS
    for t in range(1, n_columns):
        edge = next_edge[every_row, letter_now]
        next_edge[every_row, letter_now] = np.minimum(edge + 1, n_columns - 2)
        letter_now = ordered_heads[every_row, edge] % N_LETTERS
        codes[:, t] = np.where(is_edge[:, t - 1], letter_now, codes[:, t])


def _dinucleotide_counts(
    tail: NDArray[np.intp], head: NDArray[np.intp], is_edge: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Number of each dinucleotide of each row: (B, 5, 5)."""
    cell = np.arange(len(tail))[:, None] * N_LETTERS**2 + tail * N_LETTERS + head
    counts = np.bincount(cell[is_edge], minlength=len(tail) * N_LETTERS**2)
    return counts.reshape(-1, N_LETTERS, N_LETTERS)


def _draw_trees(counts: NDArray[np.intp], root: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """For each row and letter the letter its last edge leads to, as a random tree towards ``root``: (B, 5)."""
    weights_of = counts.astype(np.float64)
    absent = weights_of.sum(axis=2) == 0  # a letter without edges takes no part: it always hangs on the root
    rows, letters = np.nonzero(absent)
    weights_of[rows, letters, root[rows]] = 1
    weights_of[np.arange(len(root)), root, root] = 1
    trees = _TREES[root]
    weight = np.ones(trees.shape[:2])
    for letter in range(N_LETTERS):
        weight *= np.take_along_axis(weights_of[:, letter], trees[:, :, letter], axis=1)
    cumulative = np.cumsum(weight, axis=1)
    drawn = (cumulative < (1 - rng.random(len(root)))[:, None] * cumulative[:, -1:]).sum(axis=1)
    following: NDArray[np.intp] = trees[np.arange(len(root)), drawn]
    return following
