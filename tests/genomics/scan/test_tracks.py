from itertools import groupby

import numpy as np
import pytest

from sparling_genomics.scan.hit_files import Span, track
from sparling_genomics.scan.hits import hit_type
from sparling_genomics.scan.listing import Batch


class Hits:
    """Some hits of one motif, in two batches."""

    motifs = ("M1",)

    def __init__(self, spans):
        self.hits = np.zeros(len(spans), dtype=hit_type(4))
        for name, column in zip(("sequence", "start", "end", "score"), zip(*spans, strict=True), strict=True):
            self.hits[name] = column

    def batches(self):
        half = len(self.hits) // 2
        yield from (Batch(each, None, None) for each in (self.hits[:half], self.hits[half:]))


@pytest.mark.parametrize("seed", range(20))
def test_a_track_is_the_best_score_at_each_place(seed) -> None:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, 60, 25)
    columns = (rng.integers(0, 2, 25), starts, starts + rng.integers(1, 9, 25), rng.integers(1, 5, 25) / 2)
    spans = sorted(zip(*(column.tolist() for column in columns), strict=True))
    found = list(track(Hits(spans), "M1"))
    best = {
        (number, at): max(value for own, start, end, value in spans if own == number and start <= at < end)
        for number in (0, 1)
        for at in range(70)
        if any(own == number and start <= at < end for own, start, end, _ in spans)
    }
    assert {(each.sequence, at): each.value for each in found for at in range(each.start, each.end)} == best
    assert sum(each.end - each.start for each in found) == len(best)
    runs = groupby(best.items(), key=lambda item: (item[0][0], item[1], item[0][1] - sorted(best).index(item[0])))
    assert len(found) == sum(1 for _ in runs)


def test_a_long_repeat_costs_no_square() -> None:
    n = 20_000
    found = list(track(Hits([(0, i, i + 8, 1 + i % 7) for i in range(n)]), "M1"))
    assert isinstance(found[0], Span)
    assert (found[0].start, found[-1].end) == (0, n + 7)
