"""Which motifs stay: sites that overlap, motifs that are alike or do not hold, and the order of what is left."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparling_genomics.letters.alphabet import encode, reverse_complement
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import Motif, motif_of
from sparling_genomics.motifs.selection import OVERLAP, OWN_OVERLAP, _share_at_one_place, compete, select_motifs
from tests.genomics.hand_made import activations, dataset, sides
from tests.genomics.planted_activations import FIRST, SECOND, detected, planted, sites_of, true_places

FLANK = 15


def motif(width, first, rows):
    """A motif whose column 0 lies at ``first`` from its sites; rows (sequence, position, reverse, score)."""
    counts = np.full((width, 4), 5.0)
    sites = activations([(i, 0, position, reverse, score) for i, position, reverse, score in rows])
    return Motif(Pwm("motif", counts, 20), (0,), sites, first)


def forward(width, *rows):
    """Sites (start, score) of a motif on the forward strand of the first sequence."""
    return motif(width, 0, [(0, start, False, score) for start, score in rows])


def standing(data, motifs):
    return [mask.tolist() for mask in compete(data, dict(enumerate(motifs))).values()]


# Sites that overlap


@pytest.mark.parametrize(("start", "stands"), [(15, True), (16, False), (22, False), (28, False), (29, True)])
def test_half_of_the_narrower_site_is_too_much(start, stands):
    data = dataset(["A" * 60])
    assert standing(data, [forward(12, (20, 2.0)), forward(8, (start, 1.0))]) == [[True], [stands]]
    assert standing(data, [forward(12, (20, 1.0)), forward(8, (start, 2.0))]) == [[stands], [True]]
    assert (OVERLAP, OWN_OVERLAP) == (0.5, 0.25)


@pytest.mark.parametrize(("start", "stands"), [(13, True), (14, False), (20, False), (26, False), (27, True)])
def test_a_quarter_is_too_much_for_sites_of_one_motif(start, stands):
    data = dataset(["A" * 60])
    assert standing(data, [forward(8, (20, 2.0), (start, 1.0))]) == [[True, stands]]


def test_the_likelier_site_stands_whatever_its_motif():
    data = dataset(["A" * 60])
    one, other = forward(8, (10, 3.0), (40, 1.0)), forward(8, (11, 2.0), (41, 2.0))
    assert standing(data, [one, other]) == [[True, False], [False, True]]
    assert standing(data, [other, one]) == [[False, True], [True, False]]


def test_a_site_that_has_fallen_takes_nothing_with_it():
    data = dataset(["A" * 60])
    chain = [forward(8, (10, 3.0)), forward(8, (14, 2.0)), forward(8, (18, 1.0))]
    assert standing(data, chain) == [[True], [False], [True]]


def test_sites_of_other_sequences_do_not_compete():
    data = dataset(["A" * 60, "A" * 60])
    own = forward(8, (10, 3.0), (30, 2.0))
    elsewhere = motif(8, 0, [(1, 10, False, 1.0)])
    assert standing(data, [own, elsewhere]) == [[True, True], [True]]


def test_strands_overlap_where_their_letters_do():
    data = dataset(["A" * 60])
    reverse = motif(8, 3, [(0, 30, True, 1.0)])  # covers 20 to 28
    assert standing(data, [forward(8, (24, 2.0)), reverse]) == [[True], [False]]
    assert standing(data, [forward(8, (25, 2.0)), reverse]) == [[True], [True]]


def test_an_empty_site_explains_no_letter():
    data = dataset(["A" * 60])
    nothing, outside = forward(0, (23, 9.0)), motif(8, 10, [(0, 58, False, 9.0)])
    last = forward(8, (52, 1.0))
    assert standing(data, [nothing, forward(8, (20, 1.0))]) == [[True], [True]]
    assert standing(data, [outside, last]) == [[True], [True]]


def stands_by_loops(data, motifs):
    """Naive oracle: sites in order of score; each against all those that stand."""
    every = []
    for k, each in motifs.items():
        for i in range(len(each.sites)):
            position, last = int(each.sites.position[i]), each.first + each.pwm.width - 1
            length = int(data.lengths[each.sites.sequence[i]])
            start = position - last if each.sites.reverse[i] else position + each.first
            letters = {p for p in range(start, start + each.pwm.width) if 0 <= p < length}
            every.append((float(each.sites.score[i]), k, i, int(each.sites.sequence[i]), letters))
    every.sort(key=lambda site: (-site[0], site[1], site[2]))
    stood = []
    for site in every:
        rivals = [other for other in stood if other[3] == site[3]]
        shared = [len(site[4] & other[4]) for other in rivals]
        narrower = [min(len(site[4]), len(other[4])) for other in rivals]
        parts = [4 if other[1] == site[1] else 2 for other in rivals]
        if all(not s or part * s < n for s, n, part in zip(shared, narrower, parts, strict=True)):
            stood.append(site)
    return {
        k: [any(site[1:3] == (k, i) for site in stood) for i in range(len(each.sites))] for k, each in motifs.items()
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 4))
def test_what_stands_is_what_loops_over_all_pairs_leave(seed, n):
    rng = np.random.default_rng(seed)
    data = dataset(["A" * 30, "A" * 25, "A" * 9])
    motifs = {}
    for k in rng.permutation(6)[:n].tolist():
        rows = [
            (s := int(rng.integers(3)), int(rng.integers(data.lengths[s])), bool(rng.random() < 0.5), float(score))
            for score in rng.integers(0, 9, int(rng.integers(0, 25)))
        ]
        motifs[k] = motif(int(rng.integers(1, 12)), int(rng.integers(-6, 3)), rows)
    found = compete(data, motifs)
    assert {k: mask.tolist() for k, mask in found.items()} == stands_by_loops(data, motifs)


# Motifs


def select(data, *channels, cuts=None, composed=None, tested=None, most=8, wanted=None):
    detections, n = [activations(rows) for rows in channels], len(channels)
    cuts, composed = cuts or [0.0] * n, composed or [False] * n
    return select_motifs(data, detections, cuts, composed, FLANK, tested or n, most, wanted)


def names(selection):
    return [(each.pwm.name, each.pwm.consensus(), each.channels) for each in selection.motifs]


def reasons(selection):
    return [(each.channels, each.reason) for each in selection.dropped]


def test_motifs_come_in_order_of_their_sites_and_say_which_channel_they_were():
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=300)
    found = select(data, detected(truth, "FIRST", 0), [], detected(truth, "SECOND", 2), cuts=[0.0, 5.0, 0.0])
    assert names(found) == [("M1", "AAGTCGCA", (0,)), ("M2", "AATCCGGT", (1,))]
    assert found.channels == [2, 0]
    assert [each.sites.channel.tolist() for each in found.motifs] == [[i] * len(found.motifs[i].sites) for i in (0, 1)]
    assert [sites_of(each, data) for each in found.motifs] == [true_places(truth, name) for name in ("SECOND", "FIRST")]
    assert reasons(found) == [((1,), "no site above its threshold")]


def test_scores_are_what_is_above_the_cut_and_nothing_is_below():
    truth, data = planted()
    rows = detected(truth, "FIRST", score=7.5)
    weak = [(*row[:4], 4.0) for row in rows[::2]]
    (found,) = select(data, weak + rows[1::2], cuts=[4.0]).motifs
    assert set(found.sites.score) == {3.5}
    assert len(found.sites) == len(rows[1::2])


def test_no_site_above_any_cut_gives_no_motif():
    truth, data = planted()
    found = select(data, detected(truth, "FIRST"), cuts=[np.inf])
    assert (found.motifs, found.channels) == ([], [])
    assert reasons(found) == [((0,), "in bound sequences no more than by chance")]
    assert select(data) == ([], [], [], [])


def test_of_two_channels_with_one_motif_the_likelier_stays_with_all_its_sites():
    truth, data = planted()
    first, again = detected(truth, "FIRST", 0, score=2.0), detected(truth, "FIRST", 1, place=5, opposite=True)
    found = select(data, again, first)
    assert found.channels == [1]
    assert sites_of(found.motifs[0], data) == true_places(truth, "FIRST")
    assert reasons(found) == [((0,), "fewer than 10 sites in bound sequences")]


def test_what_is_like_another_elsewhere_goes_and_its_places_are_free_again():
    truth, data = planted(length=80)
    rows = detected(truth, "FIRST", score=2.0)
    fewer = [(*row[:4], 3.0) for row in rows if row[0] % 3 == 0]
    found = select(data, fewer, rows)
    assert found.channels == [1]
    assert sites_of(found.motifs[0], data) == true_places(truth, "FIRST")
    assert reasons(found) == [((0,), "like AATCCGGT, which has more sites")]


def beside(truth, data, shift, share, kept=0.0):
    """Planted FIRST, with SECOND ``shift`` bp behind it in that share of its sites and anywhere in the others.

    Where it is behind it, both are in a copy of one element that keeps a share ``kept`` of its letters.
    """
    rng = np.random.default_rng(0)
    element = rng.integers(0, 4, 121, dtype=np.uint8)
    rows, codes = [], [data.sequence(i).copy() for i in range(len(data))]
    for i, _, p, reverse, score in detected(truth, "FIRST"):
        alike = rng.random() < share
        start = p + (-shift - 7 if reverse else shift) if alike else int(rng.integers(0, 132))
        word = encode("AAGTCGCA")
        if 0 <= start <= 132 and not p - 12 < start < p + 8:
            for step, letter in enumerate(element.tolist(), start=-60):
                place = p - step if reverse else p + step
                if alike and 0 <= place < len(codes[i]) and not -4 <= step < 5 and rng.random() < kept:
                    codes[i][place] = 3 - letter if reverse else letter
            codes[i][start : start + 8] = reverse_complement(word) if reverse else word
            rows.append((i, 1, start + (4 if reverse else 3), reverse, score))
    return dataset(codes, data.labels, data.split, names=data.names), rows


@pytest.mark.parametrize("share", [0.9, 0.25])
@pytest.mark.parametrize("shift", [24, 30])
def test_two_motifs_at_one_distance_are_two_motifs(share, shift):
    truth, data = planted(length=140)
    data, rows = beside(truth, data, shift, share)
    assert len(rows) > 100
    found = select(data, detected(truth, "FIRST"), rows)
    assert found.channels == [0, 1]
    assert [len(each.sites) for each in found.motifs] == [len(detected(truth, "FIRST")), len(rows)]


@pytest.mark.parametrize(("share", "kept"), [(0.9, 1), (0.25, 2)])
def test_a_piece_of_one_element_with_another_goes(share, kept):
    truth, data = planted(length=140)
    data, rows = beside(truth, data, 30, share, kept=0.8)
    assert len(rows) > 100
    found = select(data, detected(truth, "FIRST"), rows)
    assert found.channels == [0, 1][:kept]
    if kept == 1:
        ((channels, reason),) = reasons(found)
        assert channels == (1,)
        assert reason.startswith("a piece of one element with ")


def at_fixed_places(rng, n, carriers, kept=0.0):
    """Bound and unbound sequences of 80 bp: TATAAAAG at 15 and TCAGTCTTC at 45 of bound ones, each in so many of them.

    Independently of each other; all bound ones keep that share of the letters of one sequence.
    """
    codes = rng.integers(0, 4, (2 * n, 80), dtype=np.uint8)
    same = rng.integers(0, 4, 80, dtype=np.uint8)
    codes[:n] = np.where(rng.random((n, 80)) < kept, same, codes[:n])
    channels = []
    for k, (word, place) in enumerate((("TATAAAAG", 15), ("TCAGTCTTC", 45))):
        has = np.flatnonzero(rng.random(n) < carriers)
        codes[has, place : place + len(word)] = encode(word)
        channels.append([(int(i), k, place + 4, False, 1.0) for i in has])
    return dataset(list(codes), np.repeat([1, 0], n), np.tile(sides(n), 2)), channels


@pytest.mark.parametrize("carriers", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("seed", range(3))
def test_two_motifs_with_places_of_their_own_are_two_motifs(carriers, seed):
    data, channels = at_fixed_places(np.random.default_rng(seed), 400, carriers)
    found = select(data, *channels)
    assert sorted(each.pwm.consensus() for each in found.motifs) == ["GAAGACTGA", "TATAAAAG"]
    assert found.dropped == []


@pytest.mark.parametrize("carriers", [0.6, 0.9])
def test_chance_by_place_is_no_share_at_one_place(carriers):
    data, channels = at_fixed_places(np.random.default_rng(0), 400, carriers)
    first, second = (motif_of(data, activations(rows), FLANK, (0,)) for rows in channels)
    assert abs(_share_at_one_place(data, first, second)) < 0.15  # twice its standard error
    truth, random = planted(length=140)
    random, rows = beside(truth, random, 30, 1.0)
    one, other = (motif_of(random, activations(each), FLANK, (0,)) for each in (rows, detected(truth, "FIRST")))
    assert _share_at_one_place(random, one, other) > 0.99


def in_element(truth, data, kept):
    """Every fourth site of planted FIRST lies in a copy of an element that keeps that share of its letters."""
    rng = np.random.default_rng(0)
    element = rng.integers(0, 4, 121, dtype=np.uint8)
    rows, codes = [], [data.sequence(i).copy() for i in range(len(data))]
    for i, _, p, reverse, _ in detected(truth, "FIRST")[::4]:
        for step, letter in enumerate(element.tolist(), start=-60):
            place = p - step if reverse else p + step
            # the letters next to the site are those of a motif of its own
            same = -14 <= step <= 14 or rng.random() < kept
            if 0 <= place < len(codes[i]) and not -3 <= step < 5 and same:
                codes[i][place] = 3 - letter if reverse else letter
        rows.append((i, 1, p, reverse, 9.0))
    return dataset(codes, data.labels, data.split, names=data.names), rows


@pytest.mark.parametrize(("kept", "channels"), [(0.8, [0]), (0.0, [0, 1])])
def test_a_motif_in_copies_of_an_element_is_that_motif_and_one_in_a_composite_stays(kept, channels):
    truth, data = planted(n_bound=400, n_unbound=400, length=140)
    data, rows = in_element(truth, data, kept)
    found = select(data, detected(truth, "FIRST"), rows)
    assert found.channels == channels
    if channels == [0]:
        # a column beside it, of which the copies make more than 0.1 bit, belongs to the motif
        assert "AATCCGGT" in found.motifs[0].pwm.consensus()
        assert len(found.motifs[0].sites) == len(true_places(truth, "FIRST"))
        assert " in copies of a repeated element: 100% of its sites" in reasons(found)[0][1]


def test_a_motif_that_does_not_hold_gives_its_places_back():
    truth, data = planted([FIRST], n_bound=300, n_unbound=300)
    rows = detected(truth, "FIRST")
    # everywhere, on the motif too, and likelier than it
    rng = np.random.default_rng(0)
    loud = [(i, 1, int(rng.integers(10, 50)), False, 5.0) for i in range(600) for _ in range(2)]
    loud += [(i, 1, p, r, 5.0) for i, _, p, r, _ in rows[::2]]
    found = select(data, rows, loud)
    assert found.channels == [0]
    assert sites_of(found.motifs[0], data) == true_places(truth, "FIRST")
    assert [each.channels for each in found.dropped] == [(1,)]


def test_no_more_motifs_than_asked_for_and_the_ones_with_most_sites():
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=300)
    channels = detected(truth, "FIRST", 0), detected(truth, "SECOND", 1)
    assert len(select(data, *channels, most=2).motifs) == 2
    found = select(data, *channels, most=1)
    assert names(found) == [("M1", "AAGTCGCA", (0,))]
    assert reasons(found) == [((0,), "1 others have more sites")]


def test_what_holds_in_training_alone_goes():
    truth, data = planted()
    found = select(data, [row for row in detected(truth, "FIRST") if data.split[row[0]] == 0])
    assert found.motifs == []
    assert reasons(found) == [((0,), "not enriched in held-out bound sequences (P = 1)")]


@pytest.mark.parametrize("wanted", [0.2, 0.5, 0.8])
def test_as_many_sites_as_wanted_of_the_motifs_that_stay(wanted):
    """SECOND has three channels, two of which go: their sites are none of those that were asked for."""
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=300)
    rng = np.random.default_rng(0)

    def scored(name, shift):
        return [(*row[:4], float(rng.gamma(3)) + shift) for row in detected(truth, name)]

    again = scored("SECOND", 0.5)
    found = select(data, scored("FIRST", 0.5), again, again[::2], again[::3], wanted=wanted)
    assert sorted(found.channels) == [0, 1]
    bound = (data.labels == 1) & (data.split != 2)
    n_sites = sum(int(bound[each.sites.sequence].sum()) for each in found.motifs)
    assert n_sites == pytest.approx(wanted * bound.sum(), abs=1)
    assert len(set(found.cuts)) == 1
    assert all((each.sites.score > 0).all() for each in found.motifs)


def test_a_motif_without_any_of_the_few_sites_asked_for_goes():
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=300)
    found = select(data, detected(truth, "FIRST", score=1.0), detected(truth, "SECOND", score=2.0), wanted=0.01)
    assert found.channels == [1]
    assert reasons(found) == [((0,), "no site among the few asked for")]


def test_a_motif_that_does_not_hold_by_the_few_sites_asked_for_leaves_them_to_the_others():
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=300)
    first = [(*row[:4], 9.0 if i < 4 else 1.0) for i, row in enumerate(detected(truth, "FIRST"))]
    second = [(*row[:4], 2.0 + i / 1000) for i, row in enumerate(detected(truth, "SECOND"))]
    found = select(data, first, second, wanted=0.2)
    assert found.channels == [1]
    assert reasons(found) == [((0,), "fewer than 10 sites in bound sequences")]
    bound = (data.labels == 1) & (data.split != 2)
    assert int(bound[found.motifs[0].sites.sequence].sum()) == pytest.approx(0.2 * bound.sum(), abs=1)


def test_so_few_sites_may_be_asked_for_that_no_motif_holds():
    truth, data = planted([FIRST, SECOND, SECOND], n_bound=300, n_unbound=300)
    channels = ([(*row[:4], 2.0 + i / 1000) for i, row in enumerate(detected(truth, n))] for n in ("FIRST", "SECOND"))
    found = select(data, *channels, wanted=0.01)
    assert found.motifs == []
    assert len(found.dropped) == 2


def test_every_channel_counts_as_a_test():
    truth, data = planted(n_bound=100, n_unbound=100)
    held_out = [i for i in range(100) if data.split[i] != 0][:8]  # P = 0.0018 of 40 bound and 40 unbound
    rows = [row for row in detected(truth, "FIRST") if data.split[row[0]] == 0 or row[0] in held_out]
    assert len(select(data, rows).motifs) == 1
    assert select(data, rows, *[[]] * 99).motifs == []


def test_what_composition_explains_goes_first_and_leaves_its_places():
    truth, data = planted()
    rows = detected(truth, "FIRST")
    stronger = detected(truth, "FIRST", score=2.0)
    found = select(data, stronger, rows, composed=[True, False])
    assert [(each.pwm.consensus(), each.channels) for each in found.motifs] == [("AATCCGGT", (0,))]
    assert found.channels == [1]
    assert [(each.channels, each.reason.split(":")[0]) for each in found.dropped] == [((0,), "composition")]
    assert len(found.motifs[0].sites) == len(rows)


def test_matrices_come_on_the_strand_on_which_motifs_are_written():
    truth, data = planted()
    for opposite in (False, True):
        (found,) = select(data, detected(truth, "FIRST", opposite=opposite)).motifs
        assert found.pwm.consensus() == "AATCCGGT"
        assert sites_of(found, data) == true_places(truth, "FIRST")


def test_the_input_is_left_as_it_was():
    truth, data = planted()
    sites = activations(detected(truth, "FIRST", score=3.0))
    before = replace(sites, score=sites.score.copy())
    select_motifs(data, [sites], [1.0], [False], FLANK, 1)
    np.testing.assert_array_equal(sites.score, before.score)
    np.testing.assert_array_equal(sites.channel, before.channel)
