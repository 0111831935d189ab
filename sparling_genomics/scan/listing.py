"""All hits of a scan, in order of place, with P and q: gathered on disk, so that memory does not grow with them.

q is that of Benjamini and Hochberg (1995, J R Stat Soc B 57:289) over all words or positions that a motif was tried at,
each motif by itself: the least share of false hits, by expectation, in a list of the motif that holds this hit.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.intervals import Interval
from sparling_genomics.scan.hits import Hits, Scanner, hit_type, in_order
from sparling_genomics.scan.text import WINDOW, Stretch, Text, units, whole
from sparling_genomics.scan.workers import found_in

_ROWS = 65_536
Watch = Callable[[int, int], object]
"""Told how many letters have been scanned, and how many there are."""


class Batch(NamedTuple):
    """Some hits, in order, and what is known of each."""

    hits: Hits
    p: NDArray[np.float64]
    q: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Listing:
    """Hits in a file of their own, to be read as often as needed.

    ``names`` and ``lengths`` of the sequences, 0 where one is not known; ``motifs`` names of the motifs; ``counts`` how
    many hits each has at each level; ``p_values`` of the levels; ``tested`` words or positions that each was tried at.
    """

    path: Path
    type: np.dtype[np.void]
    names: tuple[str, ...]
    lengths: tuple[int, ...]
    motifs: tuple[str, ...]
    counts: tuple[Counter[int], ...]
    p_values: tuple[NDArray[np.float64], ...]
    tested: NDArray[np.float64]

    @property
    def found(self) -> list[int]:
        """Hits of each motif."""
        return [own.total() for own in self.counts]

    def batches(self) -> Iterator[Batch]:
        """All hits, some at a time."""
        q_values = [self._q(motif) for motif in range(len(self.motifs))]
        for hits in self._stored():
            p, q = np.empty(len(hits)), np.empty(len(hits))
            for motif in np.unique(hits["motif"]).tolist():
                own = hits["motif"] == motif
                level = hits["level"][own]
                levels, of_level = q_values[motif]
                p[own] = self.p_values[motif][level]
                q[own] = of_level[np.searchsorted(levels, level)]
            yield Batch(hits, p, q)

    def _stored(self) -> Iterator[Hits]:
        with self.path.open("rb") as file:
            while len(hits := np.fromfile(file, dtype=self.type, count=_ROWS)):
                yield hits

    def _q(self, motif: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Levels that hits have, rising, and the q of each."""
        counts = self.counts[motif]
        levels = np.array(sorted(counts), dtype=np.int64)
        as_good = np.array([counts[level] for level in levels.tolist()], dtype=np.float64)[::-1].cumsum()[::-1]
        share = self.p_values[motif][levels] * self.tested[motif] / np.maximum(as_good, 1)
        return levels, np.minimum(np.minimum.accumulate(share), 1.0)

    def on_genome(self, places: Sequence[Interval | None]) -> "Listing":
        """The same hits where the sequences say that they lie; one that lies in several of them is listed once.

        ``places`` of the sequences; those without keep their names. Needs memory for all hits.
        """
        chroms: dict[str, int] = {}
        for name, place in zip(self.names, places, strict=True):
            chroms.setdefault(name if place is None else place.chrom, len(chroms))
        hits = np.concatenate([np.zeros(0, dtype=self.type), *self._stored()])
        for number in np.unique(hits["sequence"]).tolist():
            place = places[number]
            if place is None:
                continue
            own = hits["sequence"] == number
            start, end = hits["start"][own], hits["end"][own]
            turned = place.strand == "-"
            hits["start"][own] = place.end - end if turned else place.start + start
            hits["end"][own] = place.end - start if turned else place.start + end
            hits["reverse"][own] ^= turned
        number_of = [
            chroms[name if place is None else place.chrom] for name, place in zip(self.names, places, strict=True)
        ]
        hits["sequence"] = np.array(number_of, dtype=np.int32)[hits["sequence"]]
        hits = in_order(hits[np.argsort(-hits["score"], kind="stable")])
        keys = hits[["sequence", "motif", "start", "end", "reverse"]]
        hits = hits[np.concatenate([[True], keys[1:] != keys[:-1]])[: len(hits)]]
        with self.path.open("wb") as file:
            hits.tofile(file)
        tested = self.tested * _once(places, self.lengths)
        counts = tuple(Counter[int]() for _ in self.motifs)
        _count(counts, hits)
        return replace(self, names=tuple(chroms), lengths=(0,) * len(chroms), counts=counts, tested=tested)


def list_hits(
    path: Path,
    scanner: Scanner,
    text: Text,
    stretches: Sequence[Stretch] | None = None,
    *,
    p_value: float = 1.0,
    jobs: int = 1,
    watch: Watch | None = None,
    window: int = WINDOW,
) -> Listing:
    """Scan and gather all hits in a file at ``path``: of the whole text, or those that lie in ``stretches`` of it.

    ``p_value``: that of a hit at most. ``jobs`` processes give the same as one, and so do units of any
    number of letters (``window``).
    """
    within = whole(text) if stretches is None else stretches
    letters = sum(each.end - each.start for each in within)
    counts = tuple(Counter[int]() for _ in scanner.names)
    p_values = tuple(scanner.p_values(motif) for motif in range(len(scanner.names)))
    least = np.array([np.searchsorted(-p, -p_value) for p in p_values], dtype=np.int64)
    tested = np.zeros(len(scanner.names))
    settle = scanner.settling(text.lengths)
    borders = None if stretches is None else _Borders(stretches)
    done = 0

    def keep(file: BinaryIO, hits: Hits) -> None:
        hits = hits[hits["level"] >= least[hits["motif"]]]
        if borders is not None:
            hits = hits[borders.hold(hits)]
        _count(counts, hits)
        hits.tofile(file)

    work = units(text, within, scanner.halo, 0 if stretches is None else scanner.reach, window)
    with path.open("wb") as file:
        for unit, found in found_in(scanner, work, jobs):
            keep(file, settle(found.marks, last=False))
            tested += found.tested
            done += sum(piece.end - piece.start for piece in unit)
            if watch is not None:
                watch(done, letters)
        keep(file, settle(np.zeros(0, dtype=scanner.mark_type), last=True))
    lengths = tuple(text.lengths.tolist())
    kind = hit_type(max(scanner.widths))
    return Listing(path, kind, tuple(text.names), lengths, scanner.names, counts, p_values, tested)


class _Borders:
    """Stretches in order, that do not overlap."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        kind = [("number", "<i8"), ("place", "<i8")]
        self.starts = np.array([(each.number, each.start) for each in stretches], dtype=kind)
        self.ends = np.array([each.end for each in stretches], dtype=np.int64)

    def hold(self, hits: Hits) -> NDArray[np.bool_]:
        """Which hits lie in one of them as a whole."""
        key = np.empty(len(hits), dtype=self.starts.dtype)
        key["number"], key["place"] = hits["sequence"], hits["start"]
        at = np.searchsorted(self.starts, key, side="right") - 1
        inside: NDArray[np.bool_] = (at >= 0) & (self.starts["number"][at] == hits["sequence"])
        return inside & (hits["end"] <= self.ends[at])


def _count(counts: Sequence[Counter[int]], hits: Hits) -> None:
    for motif in np.unique(hits["motif"]).tolist():
        levels, times = np.unique(hits["level"][hits["motif"] == motif], return_counts=True)
        counts[motif].update(dict(zip(levels.tolist(), times.tolist(), strict=True)))


def _once(places: Sequence[Interval | None], lengths: Sequence[int]) -> float:
    """Share of the letters that are left where places that overlap count once."""
    known = sorted(place for place in places if place is not None)
    apart = sum(length for length, place in zip(lengths, places, strict=True) if place is None)
    end, chrom, union = 0, "", 0
    for place in known:
        begin = max(place.start, end) if place.chrom == chrom else place.start
        union += max(0, place.end - begin)
        end, chrom = max(place.end, end if place.chrom == chrom else 0), place.chrom
    return (union + apart) / max(sum(lengths), 1)
