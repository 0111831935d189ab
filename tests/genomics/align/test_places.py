"""Samples: marks of one site are one place in all runs; what runs say there, against a loop; mirrored sequences."""

from dataclasses import replace

import numpy as np
import pytest

from sparling_genomics.align.places import Places, listen, sites_of, with_background
from sparling_genomics.align.reading import Marks, Reader
from sparling_genomics.data.given import given_sequences
from sparling_genomics.letters.alphabet import DNA, reverse_complement
from sparling_genomics.letters.orientation import palindromic
from sparling_genomics.runs.finished import load_stored


def marks(*rows: tuple[int, int, int, float]) -> Marks:
    """Of sequence, middle in half letters, width and strength."""
    sequence, middle, width, strength = (np.array(each) for each in zip(*rows, strict=True))
    return Marks(sequence, np.zeros_like(sequence), middle, width, strength.astype(float))


def test_marks_whose_middle_lies_in_the_other_are_one_place_of_the_strongest():
    places = sites_of([marks((0, 40, 9, 1.0), (1, 40, 9, 1.0)), marks((0, 49, 6, 2.0), (1, 50, 6, 2.0))])
    assert list(zip(places.sequence.tolist(), places.middle.tolist(), strict=True)) == [(0, 49), (1, 40), (1, 50)]
    assert places.width.tolist() == [6, 9, 6]
    assert places.marked.all()


def test_the_order_of_the_runs_changes_no_place():
    rng = np.random.default_rng(0)
    runs = [marks(*((int(s), int(m), 8, float(v)) for s, m, v in rng.random((50, 3)) * (5, 200, 1))) for _ in range(3)]
    assert sites_of(runs).middle.tolist() == sites_of(runs[::-1]).middle.tolist()


def test_background_overlaps_no_place_and_lies_inside():
    places = Places(np.array([0, 0]), np.array([21, 80]), np.array([10, 11]), np.ones(2, dtype=bool))
    lengths = np.array([60, 60, 12])
    for seed in range(20):
        made = with_background(places, np.arange(3), lengths, 10, np.random.default_rng(seed))
        assert made.marked.tolist().count(False) == 3
        for sequence, middle, width, marked in zip(*made, strict=True):
            start, end = (middle - width + 1) // 2, (middle + width + 1) // 2
            assert (start >= 0 and end <= lengths[sequence]) or marked
            if not marked and sequence == 0:
                assert all(end <= other or start >= last for other, last in ((6, 16), (35, 46)))


def test_a_sequence_without_room_has_no_background():
    places = Places(np.array([0]), np.array([10]), np.array([9]), np.ones(1, dtype=bool))
    assert with_background(places, np.array([0]), np.array([12]), 8, np.random.default_rng(0)).marked.tolist() == [True]


@pytest.fixture(scope="module")
def reader(both_run) -> Reader:
    return Reader(load_stored(both_run, "cpu"))


@pytest.fixture(scope="module")
def data(both_run):
    return given_sequences(both_run.parent / "both.fa", DNA).subset(np.arange(40))


def test_sites_are_those_of_the_run_and_what_is_heard_there_is_their_score(reader, data):
    places, (heard,) = listen([reader], data, np.random.default_rng(0))
    table = reader.run.sites
    own = table[table["sequence"].isin(data.names)]
    assert places.marked.sum() == len(own)
    typical = table.groupby("motif_id")["score"].median()
    index = {name: i for i, name in enumerate(data.names)}
    strands = set()
    for site in own.itertuples():
        middle = site.start + site.end - 1
        if site.beyond_end:
            continue
        at = np.flatnonzero((places.sequence == index[site.sequence]) & (places.middle == middle))
        assert len(at) == 1
        said = (heard.place == at[0]) & (heard.channel == int(site.motif_id[1:]) - 1)
        assert heard.value[said] == pytest.approx([site.score / typical[site.motif_id]], rel=1e-3)
        assert heard.middle[said].tolist() == [middle]
        if not palindromic(reader.run.pwms[int(site.motif_id[1:]) - 1]):
            assert heard.reverse[said].tolist() == [site.strand == "-"]
            strands.add(site.strand)
    assert strands == {"+", "-"}


def test_the_strongest_score_within_reach_is_that_of_a_loop(reader):
    rng = np.random.default_rng(2)
    channels = len(reader.widths)
    above = rng.normal(size=(2, 3, channels, 50)).astype(np.float32)
    row, middle, width = np.array([0, 1, 1, 2]), np.array([3, 41, 60, 97]), np.array([8, 11, 24, 9])
    heard = reader.hear(above, row, middle, width)
    shift, flipped = reader._lies
    for place, (r, m, w) in enumerate(zip(row, middle, width, strict=True)):
        for channel in range(channels):
            best = -np.inf
            for strand in range(2):
                for position in range(50):
                    reverse = bool(strand) != bool(flipped[channel])
                    at = 2 * position + (-shift[channel] if reverse else shift[channel])
                    if abs(at - m) <= max(w, reader.widths[channel]):
                        best = max(best, float(above[strand, r, channel, position]))
            said = heard.value[(heard.place == place) & (heard.channel == channel)]
            assert said.tolist() == ([pytest.approx(best)] if best > 0 else [])


def test_reverse_complemented_sequences_give_mirrored_places(reader, data):
    turned = replace(data, codes=np.concatenate([reverse_complement(data.sequence(i)) for i in range(len(data))]))
    places, (heard,) = listen([reader], data, np.random.default_rng(0))
    others, (again,) = listen([reader], turned, np.random.default_rng(0))

    def said(places, heard, mirrored):
        last = 2 * (data.lengths[places.sequence] - 1)
        middle = last - places.middle if mirrored else places.middle
        found = {}
        for place, channel, value, reverse in zip(heard.place, heard.channel, heard.value, heard.reverse, strict=True):
            if places.marked[place]:
                key = (int(places.sequence[place]), int(middle[place]), int(channel))
                found[key] = (round(float(value), 3), bool(reverse) != mirrored)
        return found

    first, second = said(places, heard, False), said(others, again, True)
    assert first.keys() == second.keys()
    assert [first[key][0] for key in sorted(first)] == pytest.approx(
        [second[key][0] for key in sorted(first)], rel=1e-2
    )


def test_batches_change_nothing(reader, data, monkeypatch):
    whole = listen([reader], data, np.random.default_rng(0))
    monkeypatch.setattr("sparling_genomics.align.places.LETTERS_A_BATCH", 300)
    parts = listen([reader], data, np.random.default_rng(0))
    assert np.array_equal(whole[0].middle, parts[0].middle)
    assert np.array_equal(whole[1][0].place, parts[1][0].place)
    assert whole[1][0].value == pytest.approx(parts[1][0].value, rel=1e-4)
