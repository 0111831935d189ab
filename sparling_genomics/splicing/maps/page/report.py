"""report.html of a splicing run: one file, offline."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sparling.atomic import write_atomically
from sparling.pages import page_environment
from sparling_genomics.pages.report import REPORT, file_name, scientific
from sparling_genomics.splicing.maps.page.curve import draw_curve, read_evaluations
from sparling_genomics.splicing.maps.page.frequency import word_frequency
from sparling_genomics.splicing.maps.page.gene_picture import draw_gene, said, strengths, title
from sparling_genomics.splicing.maps.page.genes import NAMED, check_genes, drawn, worst
from sparling_genomics.splicing.maps.pictures import NEAR, pairs, panel
from sparling_genomics.splicing.maps.rna_map import RnaMap
from sparling_genomics.splicing.maps.side import SideMap
from sparling_genomics.splicing.maps.surroundings import Surroundings
from sparling_genomics.splicing.runs.training import SECOND
from sparling_genomics.splicing.runs.twin import TWIN
from sparling_genomics.splicing.runs.words import SpliceMotif
from sparling_genomics.splicing.universes.baselines import MAXENT

METRICS = "metrics.jsonl"
"""Evaluations of a training."""

NOT_RUN = {
    MAXENT: "maximum entropy, which takes your own tables (--core maxent:FILE)",
    TWIN: "the dense twin, the same network without a map (--dense-twin), about as long as this training",
}
"""Of what a run may be compared with, how it is asked for."""


class Line(NamedTuple):
    """One motif of the page; pictures in base 64."""

    motif: SpliceMotif
    around: Surroundings
    logo: str
    maps: list[str]


def write_splice_report(
    path: Path,
    side: SideMap,
    maps: Sequence[RnaMap],
    around: Sequence[Surroundings],
    result: Mapping[str, Any],
) -> None:
    """The page of a run in ``path``, which has metrics.jsonl and logos; ``result`` is what run.json will be."""
    page = render(path, side, maps, around, result)
    write_atomically(path / REPORT, lambda partial: partial.write_text(page, encoding="utf-8", newline="\n"))


def render(
    path: Path, side: SideMap, maps: Sequence[RnaMap], around: Sequence[Surroundings], result: Mapping[str, Any]
) -> str:
    """The page as text."""
    environment = page_environment("sparling_genomics.splicing.maps.page")
    for show in (file_name, scientific):
        environment.filters[show.__name__] = show
    lines = [
        Line(motif, own, _picture((path / "logos" / f"{motif.pwm.name}.svg").read_bytes()), panels)
        for motif, own, panels in zip(side.motifs, around, _panels(side, maps), strict=True)
    ]
    checks, strong = check_genes(side), strengths(side)
    words = word_frequency(side.data, [motif.pwm for motif in side.motifs])
    first = read_evaluations(path / METRICS, result["channels"])
    second = read_evaluations(path / SECOND / METRICS, side.channels)
    return environment.get_template("splice_report.html.j2").render(
        headline=headline(lines, result),
        near=NEAR,
        lines=lines,
        result=result,
        test=result["test"],
        best=result["test"]["without_related"],
        universes=result["universes"],
        baselines=beside(result),
        better=letters_alone_above(result),
        not_run=[said for name, said in NOT_RUN.items() if name not in result["baselines"]],
        words=words,
        curve=draw_curve(first, second, words.total) if first else None,
        twice=bool(second),
        genes=[draw_gene(side, check, strong) for check in drawn(checks)],
        worst=[(title(check), said(check), check) for check in worst(checks)],
        most=NAMED,
        faultless=sum(not check.errors for check in checks),
        checks=len(checks),
        matrices=(path / "motifs.meme").read_text(encoding="utf-8"),
    )


def beside(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The run, and what it is compared with, by name; the best first of those."""
    others = sorted(result["baselines"].items(), key=lambda item: -(item[1]["top_k"] or 0))
    return [("This run", result["universes"][0]), *others] if others else []


def letters_alone_above(result: Mapping[str, Any]) -> list[str]:
    """What tells sites better than the run without a map, the dense twin aside: of a good run none."""
    own = result["universes"][0]["top_k"] or 0
    return [name for name, other in result["baselines"].items() if name != TWIN and (other["top_k"] or 0) > own]


def headline(lines: Sequence[Line], result: Mapping[str, Any]) -> str:
    """What the run found, in a sentence."""
    top_k = result["test"]["without_related"]["top_k"]
    told = f"splice sites of genes held out are told with a top-k accuracy of {top_k:.3f}"
    if not lines:
        return f"No motif is shown to explain more than the GT and AG of introns; {told}."
    count = f"{len(lines)} motifs were found" if len(lines) > 1 else "One motif was found"
    branch = next((line for line in lines if line.around.branch_offset is not None), None)
    if branch is not None and branch.around.branch_offset is not None:
        place = f"{-branch.around.branch_offset} nt before acceptors"
        which = "the branch point" if len(lines) == 1 else "among them the branch point"
        return f"{count}, {which}, {branch.motif.pwm.consensus()}, {place}; {told}."
    return f"{count}; {told}."


def _panels(side: SideMap, maps: Sequence[RnaMap]) -> list[list[str]]:
    return [[_picture(panel(pair)) for pair in pairs(maps, number)] for number in range(len(side.motifs))]


def _picture(svg: bytes) -> str:
    return base64.b64encode(svg).decode()
