"""Matches against databases, with memelite's arithmetic under test itself, and the similarity of two motifs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.event import install_recorder
from scipy.stats import false_discovery_control, pearsonr

from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.tomtom import tomtom, warm_up


def random_motif(rng: np.random.Generator, width: int, name: str = "M") -> Pwm:
    return Pwm(name, rng.dirichlet(np.full(4, 0.3), size=width) * 100, n_sites=100)


def cut(motif: Pwm, start: int, end: int) -> Pwm:
    return Pwm("part", motif.counts[start:end], motif.n_sites)


@pytest.fixture(scope="module")
def jaspar(shared_data) -> list[Pwm]:
    return read_meme(shared_data / "motifs" / "jaspar2024_core_nonredundant.meme.gz")


# --- Tomtom


@pytest.mark.parametrize("reverse_complement", [True, False])
def test_every_jaspar_matrix_finds_itself_first(jaspar, reverse_complement):
    queries = jaspar[::20]
    for query, matches in zip(queries, tomtom(queries, jaspar, reverse_complement=reverse_complement), strict=True):
        itself = next(match for match in matches if match.target == query.name)
        assert itself.p == matches[0].p  # JASPAR has a few matrices twice, under two names
        assert (itself.query, itself.target_name) == (query.name, query.alt_name)
        palindrome = query.consensus() == query.reverse_complement().consensus()
        assert itself.offset == 0
        assert itself.strand == "+" or palindrome
        assert itself.p < 1e-6
        assert itself.e == pytest.approx(itself.p * len(jaspar))
        assert itself.p <= itself.q < 0.01


def test_p_values_of_chance_columns_are_uniform(jaspar):
    """The null of Tomtom: queries whose columns are drawn from the targets; a share of about x has p < x."""
    rng = np.random.default_rng(0)
    columns = np.concatenate([motif.counts / motif.counts.sum(axis=1, keepdims=True) for motif in jaspar])
    queries = [Pwm(f"Q{i}", columns[rng.choice(len(columns), 10)], n_sites=1) for i in range(30)]
    p = np.array([[m.p for m in matches] for matches in tomtom(queries, jaspar, reverse_complement=True)])
    assert p.shape == (30, len(jaspar))
    for level in (0.1, 0.01, 0.001):
        assert 0.4 * level < (p < level).mean() < 1.5 * level
    assert ((p >= 0) & (p <= 1)).all()


def test_offset_and_strand_say_where_the_target_lies(jaspar):
    query = next(motif for motif in jaspar if motif.width == 12)
    moved = [
        ("inner", cut(query, 3, 12), 3, "+"),
        ("flanked", Pwm("", np.vstack([np.full((2, 4), 25.0), query.probabilities() * 100]), 100), -2, "+"),
        ("turned", query.reverse_complement(), 0, "-"),
        ("turned inner", cut(query, 2, 11).reverse_complement(), 2, "-"),
    ]
    targets = [Pwm(name, motif.counts, 100) for name, motif, _, _ in moved]
    (matches,) = tomtom([query], [*jaspar[:500], *targets], reverse_complement=True)
    found = {match.target: (match.offset, match.strand) for match in matches}
    for name, _, offset, strand in moved:
        assert found[name] == (offset, strand), name
    alike = similarity(query, targets[3])
    assert (alike.offset, alike.strand) == (2, "-")


def test_rna_is_compared_on_the_forward_strand_only(jaspar):
    target = next(motif for motif in jaspar if motif.alt_name == "GATA2")
    turned = [target.reverse_complement()]
    (both,) = tomtom(turned, jaspar, reverse_complement=True, keep=None)
    (forward,) = tomtom(turned, jaspar, reverse_complement=False, keep=None)
    assert {match.strand for match in forward} == {"+"}
    p_both, p_forward = ({m.target: m.p for m in matches}[target.name] for matches in (both, forward))
    assert p_both < 1e-8
    assert p_forward > 1e-3


def test_keep_takes_the_best_and_q_stays_that_of_all_targets(jaspar):
    queries, targets = jaspar[40:43], jaspar[:200]
    everything = tomtom(queries, targets, reverse_complement=True)
    assert tomtom(queries, targets, reverse_complement=True, keep=3) == [matches[:3] for matches in everything]
    for matches in everything:
        p = [match.p for match in matches]
        assert p == sorted(p)
        np.testing.assert_allclose([m.q for m in matches], false_discovery_control(p))


def test_a_small_database_gives_matches_without_warnings():
    rng = np.random.default_rng(2)
    targets = [random_motif(rng, 8, f"T{i}") for i in range(5)]
    assert tomtom(targets[3:4], targets, reverse_complement=True)[0][0].target == "T3"


def test_nothing_to_compare():
    motif = random_motif(np.random.default_rng(0), 5)
    assert tomtom([], [motif], reverse_complement=True) == []
    assert tomtom([motif], [], reverse_complement=True) == [[]]
    with pytest.raises(ValueError, match="motif M has no column to compare"):
        tomtom([cut(motif, 0, 5)], [Pwm("M", np.ones((0, 4)), 1)], reverse_complement=True)


def test_warm_up_leaves_the_kernels_compiled():
    warm_up()
    with install_recorder("numba:compile") as compiled:
        test_a_small_database_gives_matches_without_warnings()
    assert compiled.buffer == []


# --- similarity


def best_by_loops(a: Pwm, b: Pwm, min_overlap: int) -> float:
    best = -2.0
    for other in (b, b.reverse_complement()):
        for offset in range(1 - b.width, a.width):
            pairs = [(i, i - offset) for i in range(a.width) if 0 <= i - offset < b.width]
            if len(pairs) < min(min_overlap, a.width, b.width):
                continue
            x = np.concatenate([a.probabilities()[i] for i, _ in pairs])
            y = np.concatenate([other.probabilities()[j] for _, j in pairs])
            best = max(best, pearsonr(x, y).statistic)
    return best


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 6), st.integers(0, 10**6))
def test_similarity_is_the_best_correlation_over_all_alignments(wa, wb, min_overlap, seed):
    rng = np.random.default_rng(seed)
    a, b = random_motif(rng, wa), random_motif(rng, wb)
    ours = similarity(a, b, min_overlap=min_overlap, min_share=0.0)
    assert ours.correlation == pytest.approx(best_by_loops(a, b, min_overlap), abs=1e-6)
    assert ours.overlap >= min(min_overlap, wa, wb)


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 12), st.integers(4, 12), st.integers(0, 10**6))
def test_similarity_is_symmetric_and_indifferent_to_the_strand(wa, wb, seed):
    rng = np.random.default_rng(seed)
    a, b = random_motif(rng, wa), random_motif(rng, wb)
    there, back = similarity(a, b), similarity(b, a)
    assert there.correlation == pytest.approx(back.correlation, abs=1e-8)
    assert similarity(a, b.reverse_complement()).correlation == pytest.approx(there.correlation, abs=1e-8)
    if there.strand == "+" and there.overlap == back.overlap and back.strand == "+":
        assert there.offset == -back.offset


def test_a_motif_is_like_itself_in_every_disguise():
    motif = random_motif(np.random.default_rng(3), 10)
    assert similarity(motif, motif) == (1.0, 0, "+", 10)
    assert similarity(motif, motif.reverse_complement()) == (1.0, 0, "-", 10)
    assert similarity(motif, cut(motif, 2, 9)) == (1.0, 2, "+", 7)
    assert similarity(cut(motif, 2, 9), motif) == (1.0, -2, "+", 7)
    assert similarity(motif, motif.reverse_complement(), reverse_complement=False).correlation < 0.9


def test_one_strong_column_in_common_is_no_likeness():
    """Two motifs whose flanks meet in a single informative column correlate there, but share little."""
    weak = np.tile([26.0, 25, 25, 24], (4, 1))
    eye = np.eye(4) * 100
    a = Pwm("a", np.vstack([eye[[0, 1, 0, 2, 3]], weak]), 100)
    b = Pwm("b", np.vstack([eye[[3]], weak, eye[[2, 2, 1, 1]]]), 100)
    assert similarity(a, b, min_share=0.0).correlation > 0.99
    assert similarity(a, b).correlation < 0.7


def test_columns_without_information_are_like_nothing():
    flat = Pwm("flat", np.ones((6, 4)), 4)
    assert similarity(flat, random_motif(np.random.default_rng(0), 6)).correlation == 0.0
    assert similarity(flat, flat).correlation == 0.0
    with pytest.raises(ValueError, match="motif M has no column"):
        similarity(flat, Pwm("M", np.ones((0, 4)), 1))


def test_gata_factors_are_alike_and_ctcf_is_not(jaspar):
    gata1, gata4, ctcf = (next(m for m in jaspar if m.name.startswith(i)) for i in ("MA0035", "MA0482", "MA0139"))
    assert (gata1.consensus(), gata4.consensus()) == ("CTAATCT", "CCTTATCT")
    alike = similarity(gata1, gata4)
    assert alike.correlation > 0.85
    assert alike[1:] == (-1, "+", 7)
    assert similarity(gata1, ctcf).correlation < 0.8


# --- Whole motifs


def whole_by_loops(a: Pwm, b: Pwm) -> float:
    """Naive oracle: both laid on one line of uniform columns, at every shift and strand that overlaps enough."""
    best = -1.0
    for oriented in (b, b.reverse_complement()):
        for offset in range(-b.width - 1, a.width + 1):
            line = np.zeros((2, a.width + 2 * b.width + 2, 4))
            first = b.width + 1
            line[0, first : first + a.width] = a.probabilities() - 0.25
            line[1, first + offset : first + offset + b.width] = oriented.probabilities() - 0.25
            energy = (line**2).sum(2)
            both = slice(max(first, first + offset), min(first + a.width, first + offset + b.width))
            share = max(energy[0, both].sum() / energy[0].sum(), energy[1, both].sum() / energy[1].sum())
            if both.stop - both.start >= min(5, a.width, b.width) and share >= 0.6:
                best = max(best, (line[0] * line[1]).sum() / np.sqrt(energy[0].sum() * energy[1].sum()))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_whole_motifs_are_compared_as_loops_over_all_places_do(seed):
    rng = np.random.default_rng(seed)
    a, b = (random_motif(rng, int(rng.integers(3, 13))) for _ in range(2))
    for one, other in ((a, b), (a, cut(a, 0, max(3, a.width // 2)))):
        found = similarity(one, other, whole=True)
        assert found.correlation == pytest.approx(whole_by_loops(one, other), abs=1e-8)
        assert similarity(other, one, whole=True).correlation == pytest.approx(found.correlation, abs=1e-8)
        assert found.correlation <= similarity(one, other).correlation + 1e-8


def test_motifs_that_share_half_of_each_are_half_alike():
    eye = np.eye(4) * 50
    a, b = Pwm("a", eye[[0, 1, 2, 0, 0, 0, 0, 0]], 50), Pwm("b", eye[[1, 1, 1, 1, 0, 1, 2, 0]], 50)
    half = similarity(a, b, whole=True, min_overlap=4, min_share=0.5, reverse_complement=False)
    assert (half.correlation, half.offset, half.overlap) == (0.5, -4, 4)
    part = similarity(a, cut(a, 0, 6), whole=True)
    assert part.correlation == pytest.approx(np.sqrt(6 / 8))
    assert similarity(a, cut(a, 0, 6)).correlation == 1
    assert similarity(a, a, whole=True).correlation == 1


@pytest.mark.parametrize("whole", [False, True])
def test_a_motif_without_columns_is_refused_whichever_way(whole):
    with pytest.raises(ValueError, match="motif E has no column"):
        similarity(Pwm("a", np.eye(4), 1), Pwm("E", np.zeros((0, 4)), 0), whole=whole)
