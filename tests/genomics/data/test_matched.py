"""Matched windows: free, alike, and no better or worse than chance where nothing is bound."""

import numpy as np
import pytest

from sparling_genomics.data.matched import Taken, as_rich_in_gc, beside_them, like_them
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import AMBIGUOUS, gc_content
from sparling_genomics.letters.intervals import Interval

LENGTHS = {"chr1": 60_000, "chr2": 30_000, "tiny": 50}


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """GC rises and falls along it, a third is soft-masked, some is N."""
    rng = np.random.default_rng(5)
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    text = []
    for chrom, length in LENGTHS.items():
        gc = 0.5 + 0.3 * np.sin(np.arange(length) / 700)
        letters = np.where(rng.random(length) < gc, rng.choice(list("GC"), length), rng.choice(list("AT"), length))
        masked = np.sin(np.arange(length) / 331 + 1) > 0.5
        letters[masked] = np.char.lower(letters[masked])
        letters[length // 3 : length // 3 + length // 50] = "N"
        text.append(f">{chrom}\n{''.join(letters)}\n")
    path.write_text("".join(text))
    return open_genome(path)


def windows(genome, number, length, seed=1, chroms=("chr1", "chr2")):
    """Windows without N at random places, each on its own."""
    rng = np.random.default_rng(seed)
    found, taken = [], Taken([])
    while len(found) < number:
        chrom = str(rng.choice(chroms))
        start = int(rng.integers(0, LENGTHS[chrom] - length))
        known = not (genome.codes(chrom, start, start + length) == AMBIGUOUS).any()
        if known and taken.add(chrom, start, start + length):
            found.append(Interval(chrom, start, start + length, str(rng.choice(["+", "-"]))))
    return found


def gc_of(genome, windows):
    return np.array([gc_content(genome.at(each)) for each in windows])


def masked_of(genome, windows):
    return np.array([genome.soft_masked(each.chrom, each.start, each.end).mean() for each in windows])


def overlaps(one, others):
    return any(one.overlap(other) for other in others)


def test_they_are_free_and_alike(genome):
    bound = windows(genome, 120, 80)
    excluded = [Interval("chr1", 0, 9000)]
    found = like_them(genome, bound, Taken([*bound, *excluded]), ["chr1", "chr2"], np.random.default_rng(0))
    assert None not in found
    assert [each.length for each in found] == [80] * 120
    assert [each.strand for each in found] == [each.strand for each in bound]
    for i, each in enumerate(found):
        assert not overlaps(each, [*bound, *excluded, *found[:i]])
        assert not (genome.at(each) == AMBIGUOUS).any()
    ours, theirs = gc_of(genome, bound), gc_of(genome, found)
    assert abs(ours.mean() - theirs.mean()) < 0.01
    deciles = np.arange(0.1, 0.95, 0.1)
    assert np.abs(np.quantile(ours, deciles) - np.quantile(theirs, deciles)).max() < 0.02
    assert abs(masked_of(genome, bound).mean() - masked_of(genome, found).mean()) < 0.05
    unmatched = gc_of(genome, windows(genome, 120, 80, seed=9))
    assert np.abs(ours - theirs).mean() < 0.2 * np.abs(ours - unmatched).mean()


def test_lengths_are_kept_one_by_one(genome):
    bound = [each for length in (20, 75, 300) for each in windows(genome, 8, length, seed=length)]
    found = like_them(genome, bound, Taken(bound), ["chr1", "chr2"], np.random.default_rng(0))
    assert [each.length for each in found] == [each.length for each in bound]


def test_only_the_chromosomes_that_are_named(genome):
    bound = windows(genome, 30, 60)
    found = like_them(genome, bound, Taken(bound), ["chr2", "tiny"], np.random.default_rng(0))
    assert {each.chrom for each in found if each} == {"chr2"}  # a chromosome shorter than a window has no room


def test_the_seed_decides(genome):
    bound = windows(genome, 20, 60)
    one, again, other = (
        like_them(genome, bound, Taken(bound), ["chr1"], np.random.default_rng(seed)) for seed in (3, 3, 4)
    )
    assert one == again
    assert one != other


def test_where_nothing_is_free_there_is_none(genome):
    bound = windows(genome, 5, 60, chroms=["chr2"])
    everything = Taken([Interval("chr2", 0, LENGTHS["chr2"])])
    assert like_them(genome, bound, everything, ["chr2"], np.random.default_rng(0)) == [None] * 5
    assert like_them(genome, bound, Taken([]), ["tiny"], np.random.default_rng(0)) == [None] * 5
    assert beside_them(genome, bound, everything, np.random.default_rng(0)) == [None] * 5


def test_the_nearest_is_taken_where_none_is_near_enough(genome):
    """All that is free is poor in GC: the richest of it is as near as it gets."""
    bound = windows(genome, 60, 80)
    rich = max(bound, key=lambda each: gc_content(genome.at(each)))
    poor = [Interval("chr1", 3000, 3600), Interval("chr1", 0, 3000), Interval("chr1", 3600, LENGTHS["chr1"])]
    (found,) = like_them(genome, [rich], Taken(poor[1:]), ["chr1"], np.random.default_rng(0))
    assert found is not None
    assert found.start >= 3000
    assert found.end <= 3600


def test_flanks_are_beside(genome):
    bound = windows(genome, 60, 80)
    found = beside_them(genome, bound, Taken(bound), np.random.default_rng(0))
    pairs = [(own, each) for own, each in zip(bound, found, strict=True) if each is not None]
    assert len(pairs) > 50
    for own, each in pairs:
        assert each.chrom == own.chrom
        assert abs(each.start - own.start) <= 10 * 80
        assert not overlaps(each, bound)


def test_free_beside_a_loop():
    """A naive oracle: no bp shared with any of the places."""
    rng = np.random.default_rng(2)
    places = [Interval("c", int(a), int(a + rng.integers(0, 30))) for a in rng.integers(0, 300, 12)]
    starts = rng.integers(0, 300, 400)
    ends = starts + rng.integers(1, 40, 400)
    naive = [
        not any(Interval("c", int(a), int(b)).overlap(place) for place in places)
        for a, b in zip(starts, ends, strict=True)
    ]
    assert Taken(places).free("c", starts, ends).tolist() == naive
    assert Taken(places).free("other", starts, ends).all()
    taken, added = Taken([]), []
    for a, b in zip(starts.tolist(), ends.tolist(), strict=True):
        own = Interval("c", a, b)
        assert taken.add("c", a, b) == (not overlaps(own, added))
        if not overlaps(own, added):
            added.append(own)


def test_bins_of_gc():
    rng = np.random.default_rng(0)
    pool = rng.uniform(0, 1, 500)
    bound = rng.normal(0.5, 0.05, 100)
    chosen = as_rich_in_gc(bound, pool, 0.05, rng)
    assert len(set(chosen)) == 100
    assert np.abs(np.sort(bound) - np.sort(pool[chosen])).max() < 0.06
    with pytest.raises(ValueError, match="pool must have 3 records for each of 200; got 500"):
        as_rich_in_gc(np.zeros(200), pool, 0.05, rng, ratio=3)
