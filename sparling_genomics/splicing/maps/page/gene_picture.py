"""One gene drawn: probabilities of donors and acceptors, exons and introns, marks in the colours of their motifs."""

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from sparling_genomics.pages.charts import Drawing, Scale
from sparling_genomics.pages.tracks import COLOURS
from sparling_genomics.splicing.genes import DONOR
from sparling_genomics.splicing.maps.page.genes import GeneCheck
from sparling_genomics.splicing.maps.side import CALLED, SideMap

WIDTH, HEIGHT = 900, 104
BASE, STEM = 56.0, 32.0
"""y at which P is 0, and how much higher 1 is."""
GENE, MARKS = (63.0, 73.0), (79.0, 96.0)
"""Top and bottom of exons, and of the tallest marks."""
STRONG = 1.0
"""Change of some site's log-odds from which on a mark is drawn tall."""

Strengths = Mapping[tuple[int, int], float]


def strengths(side: SideMap) -> dict[tuple[int, int], float]:
    """Of each occurrence near a true site, by motif and first letter: its largest change of one, without its sign."""
    effects, sites = side.effects, side.sites
    true = np.flatnonzero(sites.true[effects.sites])
    firsts = sites.places[effects.sites[true]] + effects.distances[true]
    largest: dict[tuple[int, int], float] = {}
    changes = np.abs(effects.changes[true]).tolist()
    for motif, first, change in zip(effects.motifs[true].tolist(), firsts.tolist(), changes, strict=True):
        largest[motif, first] = max(change, largest.get((motif, first), 0.0))
    return largest


def draw_gene(side: SideMap, check: GeneCheck, strong: Strengths) -> Markup:
    """The gene 5' to 3' from left to right; what is missed has a ring at the bottom of its probability."""
    data, gene = side.data, check.gene
    first = int(data.offsets[check.number]) + data.context
    length = gene.transcript.end - gene.transcript.start
    drawing = Drawing(WIDTH, HEIGHT, f"{gene.gene.symbol}: exons, marks and probabilities")
    x = Scale(0, length, 8, WIDTH - 8)
    drawing.text("label", x.start, 13, title(check), "start")
    drawing.text("tick", x.end, 13, said(check), "end")
    drawing.line("rule", x.start, BASE, x.end, BASE)
    drawing.line("rule", x.start, BASE - STEM, x.end, BASE - STEM)
    _draw_calls(drawing, side, x, first, length)
    middle = sum(GENE) / 2
    drawing.line("intron", x.start, middle, x.end, middle)
    for start, end in gene.transcript.exons:
        low, high = (start - gene.transcript.start, end - gene.transcript.start)
        if gene.gene.strand == "-":
            low, high = length - high, length - low
        drawing.box("exon", x(low), GENE[0], x(high), GENE[1])
    _draw_marks(drawing, side, x, first, length, strong)
    return drawing.svg()


def title(check: GeneCheck) -> str:
    """Name and place of a gene."""
    gene, own = check.gene.gene, check.gene.transcript
    introns = len(check.gene.introns)
    noun = "intron" if introns == 1 else "introns"
    strand = "−" if gene.strand == "-" else "+"
    return f"{gene.symbol} · {gene.chrom}:{own.start + 1:,}–{own.end:,} ({strand}) · {introns} {noun}"


def said(check: GeneCheck) -> str:
    """What was found of it, in words."""
    if not check.errors:
        return "all sites found, none called wrongly"
    parts = [f"{check.sites - len(check.missed)} of {check.sites} sites found"]
    if check.wrong:
        parts.append(f"{len(check.wrong)} called wrongly")
    return ", ".join(parts)


def _draw_calls(drawing: Drawing, side: SideMap, x: Scale, first: int, length: int) -> None:
    calls, sites = side.calls, side.sites
    low, high = np.searchsorted(calls.places, [first, first + length])
    for place, kind, chance in zip(*(column[low:high].tolist() for column in calls), strict=True):
        name = "donor" if kind == DONOR else "acceptor"
        at = x(place - first + 0.5)
        drawing.line(f"stem {name}", at, BASE, at, BASE - STEM * chance)
        if chance >= CALLED:
            true = side.data.labels[place] == kind
            shape = name if true else f"wrong {name}-ring"
            drawing.dot(
                shape, (at, BASE - STEM * chance), 2.6, f"{name}, P = {chance:.2f}{'' if true else ', no site'}"
            )
    low, high = np.searchsorted(sites.places, [first, first + length])
    for i in range(low, high):
        chance = 1 / (1 + np.exp(-float(side.effects.log_odds[i])))
        if sites.true[i] and chance < CALLED:
            name = "donor" if sites.kinds[i] == DONOR else "acceptor"
            at = x(int(sites.places[i]) - first + 0.5)
            drawing.dot(f"missed {name}-ring", (at, BASE), 3.2, f"{name}, missed: P = {chance:.2f}")


def _draw_marks(drawing: Drawing, side: SideMap, x: Scale, first: int, length: int, strong: Strengths) -> None:
    found = side.occurrences
    low, high = np.searchsorted(found.firsts, [first, first + length])
    for motif, place in zip(found.motifs[low:high].tolist(), found.firsts[low:high].tolist(), strict=True):
        change, own = strong.get((motif, place), 0.0), side.motifs[motif].pwm
        tall = change >= STRONG
        height = (MARKS[1] - MARKS[0]) * (1.0 if tall else 0.4)
        name = f"m{min(motif, COLOURS - 1)}" + ("" if tall else " pale")
        left = x(place - first)
        right = max(x(min(place - first + own.width, length)), left + 1.6)
        drawing.box(
            name, left, MARKS[0], right, MARKS[0] + height, f"{own.name} {own.consensus()}, effect {change:.1f}"
        )
