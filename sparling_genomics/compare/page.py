"""compare.html: the same motif of several runs side by side, its logos aligned; offline, without scripts."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from sparling.pages import page_environment
from sparling_genomics.compare.groups import Group, Member
from sparling_genomics.compare.read import ComparedRun, RunMotif
from sparling_genomics.compare.words import consensus_of, name_of, told, what_differs
from sparling_genomics.pages.page_logo import letter_symbols, page_logo, shown_span
from sparling_genomics.pages.parts.numbers import share
from sparling_genomics.pages.report import scientific


class Cell(NamedTuple):
    """A motif of one run: its logo, as wide as those of its group."""

    motif: RunMotif
    logo: Markup
    turned: bool


def render_compare(groups: Sequence[Group], runs: Sequence[ComparedRun]) -> str:
    """The page as text; the same runs give the same bytes."""
    environment = page_environment("sparling_genomics.compare", "sparling_genomics.pages")
    for show in (scientific, share):
        environment.filters[show.__name__] = show
    return environment.get_template("compare.html.j2").render(
        runs=runs,
        headline=told(groups, runs),
        differs=what_differs(runs),
        symbols=letter_symbols(),
        rows=[(group, name_of(group, runs), consensus_of(group, runs), _cells(group, runs)) for group in groups],
        audited=[run for run in runs if any(motif.verdict for motif in run.motifs)],
    )


def _cells(group: Group, runs: Sequence[ComparedRun]) -> list[Cell | None]:
    spans = [on_leader(member, runs) for member in group.members]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    cells: list[Cell | None] = []
    for i, run in enumerate(runs):
        member = group.of_run(i)
        if member is None:
            cells.append(None)
            continue
        motif, turned = run.motifs[member.motif], member.strand == "-"
        frame = first - member.offset, last - member.offset
        cells.append(Cell(motif, page_logo(motif.pwm, run.name, turned=turned, frame=frame), turned))
    return cells


def on_leader(member: Member, runs: Sequence[ComparedRun]) -> tuple[int, int]:
    """Columns of the leader over which the shown columns of a member lie, beyond its ends too."""
    pwm = runs[member.run].motifs[member.motif].pwm
    start, end = shown_span(pwm if member.strand == "+" else pwm.reverse_complement())
    return start + member.offset, end + member.offset
