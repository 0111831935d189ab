"""Predicted splice sites of a file, as a table or as BED, written while it is read."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sparling.names import printable, table_row
from sparling_genomics.files.bgzip import text_written
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.scan.text import WINDOW
from sparling_genomics.splicing.calls.predictor import KINDS, Profile, SplicePredictor
from sparling_genomics.splicing.calls.stretches import FastaStretches, GenomeStretches, Group, Piece

LEAST = 0.1
"""Probability of a site that is written, at least."""
COLUMNS = ("sequence", "position", "strand", "kind", "probability", "context")
_BED = (".bed", ".bed.gz", ".bed.bgz")


class Call(NamedTuple):
    """A predicted site: ``position`` of the exon's base on its sequence, 0-based, forward; ``kind`` donor or acceptor.

    ``context``: share of the letters that the network sees of it that are A, C, G or T.
    """

    sequence: str
    position: int
    strand: str
    kind: str
    probability: float
    context: float
    length: int
    """Of the sequence."""

    @property
    def intron_letters(self) -> tuple[int, int]:
        """[start, end) of the two letters of the intron beside it, GT or AG as a rule; may lie beyond the sequence.

        >>> [Call("s", 9, strand, kind, 1, 1, 20).intron_letters for strand in "+-" for kind in ("donor", "acceptor")]
        [(10, 12), (7, 9), (7, 9), (10, 12)]
        """
        if (self.kind == "donor") == (self.strand == "+"):
            return self.position + 1, self.position + 3
        return self.position - 2, self.position


@dataclass
class Predicted:
    """What was written: ``found`` sites by kind, of ``positions`` (each strand's counted) that were looked at."""

    positions: int = 0
    found: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    """Sites whose intron letters lie beyond the sequence: not in BED."""


def calls(
    predictor: SplicePredictor, groups: Iterable[Group], least: float = LEAST
) -> Iterator[tuple[Group, list[Call]]]:
    """The sites of each group of pieces with at least this probability, in order of place."""
    waiting: list[Group] = []
    held = 0
    for group in groups:
        waiting.append(group)
        held += sum(len(piece.codes) for piece in group)
        if held >= WINDOW:
            yield from _said(predictor, waiting, least)
            waiting, held = [], 0
    yield from _said(predictor, waiting, least)


def write_predictions(
    predictor: SplicePredictor, stretches: FastaStretches | GenomeStretches, out: Path, least: float = LEAST
) -> Predicted:
    """Write all sites, as BED where ``out`` is called so; nothing is left where it fails."""
    summary = Predicted()
    found = _counted(calls(predictor, stretches.groups(), least), summary)
    with text_written(out, "bed" if is_bed(out) else None, lambda: stretches.longest) as file:
        if is_bed(out):
            for line in _bed_lines(found, summary):
                file.write(line)
        else:
            file.write(table_row(COLUMNS))
            for call in found:
                file.write(_line(call))
    return summary


def is_bed(out: Path) -> bool:
    """Whether a file of this name is written as BED."""
    return out.name.lower().endswith(_BED)


def _said(predictor: SplicePredictor, groups: list[Group], least: float) -> Iterator[tuple[Group, list[Call]]]:
    readings = iter(predictor.read([piece.codes for group in groups for piece in group]))
    for group in groups:
        found = [call for piece in group for call in _of_piece(piece, next(readings), predictor.context, least)]
        yield group, sorted(found, key=lambda call: (call.position, call.strand, call.kind))


def _of_piece(piece: Piece, reading: Profile, context: int, least: float) -> Iterator[Call]:
    kinds, places = np.nonzero(reading.probabilities >= least)
    if not len(places):
        return
    known = np.concatenate([[0], np.cumsum(piece.codes < AMBIGUOUS)])
    width = 2 * context + 1
    shares = (known[places + width] - known[places]) / width
    positions = piece.end - 1 - places if piece.strand == "-" else piece.start + places
    for kind, place, position, share in zip(kinds, places, positions, shares, strict=True):
        probability = float(reading.probabilities[kind, place])
        yield Call(piece.name, int(position), piece.strand, KINDS[kind], probability, float(share), piece.length)


def _counted(found: Iterable[tuple[Group, list[Call]]], summary: Predicted) -> Iterator[Call]:
    for group, own in found:
        summary.positions += sum(piece.end - piece.start for piece in group)
        summary.found.update(call.kind for call in own)
        yield from own


def _line(call: Call) -> str:
    cells = (call.sequence, call.position + 1, call.strand, call.kind, f"{call.probability:.6f}", f"{call.context:.3f}")
    return table_row(cells)


def _bed_lines(found: Iterable[Call], summary: Predicted) -> Iterator[str]:
    """The calls as BED6 in order of their intron letters, which begin at most two before the exon's base."""
    waiting: list[tuple[int, int, str, Call]] = []
    for call in found:
        while waiting and (waiting[0][3].sequence != call.sequence or waiting[0][0] < call.position - 2):
            yield _bed_line(heapq.heappop(waiting)[3])
        start, end = call.intron_letters
        if start < 0 or end > call.length:
            summary.outside += 1
        else:
            heapq.heappush(waiting, (start, end, call.strand + call.kind, call))
    while waiting:
        yield _bed_line(heapq.heappop(waiting)[3])


def _bed_line(call: Call) -> str:
    start, end = call.intron_letters
    cells = (printable(call.sequence), start, end, call.kind, round(1000 * call.probability), call.strand)
    return "\t".join(map(str, cells)) + "\n"
