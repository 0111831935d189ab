"""report.html of a run on windows: one file, offline, of the parts that the report of a splicing run has."""

import base64
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sparling.atomic import write_atomically
from sparling.pages import page_environment
from sparling_genomics.pages.charts import Drawing, Scale
from sparling_genomics.pages.report import REPORT, file_name
from sparling_genomics.splicing.decoys.overlap import LENGTH
from sparling_genomics.splicing.decoys.reading import DONOR, KINDS
from sparling_genomics.splicing.decoys.words import (
    ACCEPTOR_INTRON_FROM,
    DONOR_INTRON_FROM,
    EXON_FROM,
    TRACT,
    WindowMotif,
)
from sparling_genomics.splicing.maps.page.curve import draw_curve, read_evaluations

METRICS = "metrics.jsonl"
"""Evaluations of the training."""
BIN = 5
"""nt whose marks are drawn together; beside a site single ones."""
SINGLE = 10
"""nt to either side of a site that are drawn one by one."""
WIDEST = 2.0
"""log2 at the ends of a flank's axis, at least."""
SIZE, STRIP = (240, 116), (190, 116)
"""Pixels of a map, and of the flanks."""
CUT_OFF = 4.0
"""Times the most beyond `SINGLE` nt of a site, at which what is at the site itself is cut off."""


class Line(NamedTuple):
    """One motif of the page: its logo in base 64, its maps around donors and acceptors, and its flanks."""

    motif: WindowMotif
    logo: str
    maps: list[Markup]
    flanks: Markup


def write_window_report(path: Path, motifs: Sequence[WindowMotif], result: Mapping[str, Any]) -> None:
    """The page of a run in ``path``, which has metrics.jsonl and logos; ``result`` is what run.json will be."""
    page = render(path, motifs, result)
    write_atomically(path / REPORT, lambda partial: partial.write_text(page, encoding="utf-8", newline="\n"))


def render(path: Path, motifs: Sequence[WindowMotif], result: Mapping[str, Any]) -> str:
    """The page as text."""
    environment = page_environment("sparling_genomics.splicing.maps.page")
    environment.filters[file_name.__name__] = file_name
    lines = [
        Line(
            motif,
            base64.b64encode((path / "logos" / f"{motif.pwm.name}.svg").read_bytes()).decode(),
            [draw_places(motif, kind) for kind in range(len(KINDS))],
            draw_flanks(motif, max(WIDEST, *(_sizes(each) for each in motifs))),
        )
        for motif in motifs
    ]
    evaluations = read_evaluations(path / METRICS, result["config"]["channels"])
    whole, clean = result["test"]["all"], result["test"][f"without_shared_{LENGTH}_mers"]
    return environment.get_template("windows_report.html.j2").render(
        headline=headline(lines, whole["auroc"]),
        lines=lines,
        result=result,
        rows=[("All test windows", whole), (f"Those that share no {LENGTH} letters with other sides", clean)],
        whole=whole,
        shared=LENGTH,
        exon=EXON_FROM,
        introns=(DONOR_INTRON_FROM, ACCEPTOR_INTRON_FROM),
        tract=TRACT,
        curve=draw_curve(evaluations, [], 0.0, "AUROC") if evaluations else None,
        matrices=(path / "motifs.meme").read_text(encoding="utf-8"),
    )


def headline(lines: Sequence[Line], auroc: Mapping[str, float | None]) -> str:
    """What the run found, in a sentence."""
    kinds = [f"{value:.3f} ({name}s)" for name, value in auroc.items() if value is not None]
    told = f"true splice sites are told from decoys with an AUROC of {' and '.join(kinds)}"
    if not lines:
        return f"No channel became a motif; {told}."
    count = f"{len(lines)} motifs were found" if len(lines) > 1 else "One motif was found"
    return f"{count}; {told}."


def draw_places(motif: WindowMotif, kind: int) -> Markup:
    """Where the motif lies in windows of a kind: true ones and decoys, with the exon as a bar; read 5' to 3'."""
    decoys, true = motif.profile[kind]
    reach = len(true) // 2
    drawing = Drawing(*SIZE, f"{motif.pwm.name} in {KINDS[kind]} windows, true and decoys")
    curves = [smoothed(each) for each in (decoys, true)]
    x = Scale(-reach, reach, 34, SIZE[0] - 6)
    most = max(float(values.max()) for _, values in curves)
    beyond = max(float(values[np.abs(at) > SINGLE].max(initial=0)) for at, values in curves)
    y = Scale(0, 1.08 * max(1e-4, min(most, CUT_OFF * beyond) if beyond else most), 82, 8)
    drawing.line("rule", x.start, y.start, x.end, y.start)
    drawing.line("centre", x(0), y.end, x(0), y.start + 14)
    top = Scale(y.low, y.high, y.start, y.end).ticks(3)[-1]
    drawing.text("tick", x.start - 4, y(top) + 4, f"{100 * top:.3g}%", "end")
    drawing.line("axis", x.start - 3, y(top), x.start, y(top))
    for name, (at, values) in zip(("again", "series"), curves, strict=True):
        drawing.path(name, [(x(place), y(value)) for place, value in zip(at.tolist(), values.tolist(), strict=True)])
    exon = (-reach, 0) if kind == DONOR else (0, reach)
    drawing.line("intron", x.start, 90, x.end, 90)
    drawing.box("exon", x(exon[0]), 86, x(exon[1]), 94)
    for place in (-reach, 0, reach):
        drawing.text("tick", x(place), 109, f"{place:+d}".replace("-", "−") if place else "0", _anchor(place))
    return drawing.svg()


def _anchor(place: int) -> str:
    return "middle" if not place else "start" if place < 0 else "end"


def smoothed(profile: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places from the site on, and means over `BIN` nt there; within `SINGLE` nt of it each one alone."""
    reach = len(profile) // 2
    edges = [*range(-reach, -SINGLE, BIN), *range(-SINGLE, SINGLE), *range(SINGLE, reach, BIN), reach]
    spans = [(a, b) for a, b in pairwise(edges) if b > a]
    means = np.array([profile[a + reach : b + reach].mean() for a, b in spans])
    return np.array([(a + b) / 2 for a, b in spans]), means


def draw_flanks(motif: WindowMotif, widest: float) -> Markup:
    """How much commoner the motif is in exons than in introns, log2: a dot for true windows, a ring for decoys."""
    drawing = Drawing(*STRIP, f"{motif.pwm.name}: exon against intron, log2")
    x = Scale(-widest, widest, 12, STRIP[0] - 12)
    flanks, rows = motif.flanks, (24, 62)
    drawing.line("centre", x(0), 8, x(0), 88)
    pairs = ((flanks.donor_true, flanks.donor_decoy), (flanks.acceptor_true, flanks.acceptor_decoy))
    for name, row, (true, decoy) in zip(KINDS, rows, pairs, strict=True):
        drawing.text("tick", x.start, row - 9, f"{name}s", "start")
        drawing.line("rule", x.start, row + 8, x.end, row + 8)
        if math.isfinite(decoy):
            drawing.dot("unbound-ring", (x(decoy), row + 8), 4.2, f"decoys {decoy:+.2f}")
        if math.isfinite(true):
            drawing.dot("bound", (x(true), row + 8), 4.6, f"true {true:+.2f}")
            drawing.text("flank", x.end, row - 9, f"{true:+.2f}".replace("-", "−"), "end")
    drawing.text("tick", x.start, 109, "intron", "start")
    drawing.text("tick", x.end, 109, "exon", "end")
    return drawing.svg()


def _sizes(motif: WindowMotif) -> float:
    """The largest of a motif's flanks, without its sign."""
    return max((abs(value) for value in motif.flanks if math.isfinite(value)), default=0.0)
