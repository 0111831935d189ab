"""align.html: which run has which concept, the logos of each as their sites lie, example places; offline."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sparling.pages import page_environment
from sparling.plurals import counted
from sparling_genomics.align.concepts import Channel, Concept, Part
from sparling_genomics.align.letters import LetterPair
from sparling_genomics.align.report.examples import Example
from sparling_genomics.align.report.matrix import matrix
from sparling_genomics.compare.groups import Group
from sparling_genomics.compare.page import on_leader
from sparling_genomics.compare.read import ComparedRun, RunMotif
from sparling_genomics.naming.names import called
from sparling_genomics.pages.page_logo import letter_symbols, page_logo
from sparling_genomics.pages.parts.numbers import share
from sparling_genomics.pages.report import scientific


class Shown(NamedTuple):
    """A concept with how its motifs lie, its name and example places."""

    concept: Concept
    group: Group
    name: str
    examples: list[Example]


class Said(NamedTuple):
    """What a page says beside the concepts."""

    headline: str
    sampled: str
    """What was looked at: so many places of so many sequences."""
    method: str
    alignments: int


class Row(NamedTuple):
    """A motif of a concept."""

    run: str
    motif: RunMotif
    part: Part
    logo: Markup
    turned: bool


def render_align(
    shown: Sequence[Shown],
    without: Sequence[tuple[Channel, str]],
    pairs: Sequence[LetterPair],
    runs: Sequence[ComparedRun],
    own_places: NDArray[np.int64],
    said: Said,
) -> str:
    """The page as text; the same values give the same bytes.

    ``without``: motifs without a concept, and why; ``own_places`` as `matrix.matrix` has it.
    """
    environment = page_environment("sparling_genomics.align.report", "sparling_genomics.pages")
    for show in (scientific, share, called):
        environment.filters[show.__name__] = show
    concepts = [each.concept for each in shown]
    return environment.get_template("align.html.j2").render(
        runs=runs,
        headline=said.headline,
        sampled=said.sampled,
        method=said.method,
        symbols=letter_symbols(),
        matrix=matrix(concepts, [each.name for each in shown], runs, own_places),
        origins=bool((own_places >= 0).any()),
        concepts=[
            {
                "name": each.name,
                "concept": each.concept,
                "where": _where(each.concept, runs),
                "agreement": _agreement(each.concept, said.alignments),
                "rows": _rows(each, runs),
                "examples": each.examples,
            }
            for each in shown
        ],
        without=[(runs[channel.run].name, _motif(channel, runs), why) for channel, why in without],
        differing=[(pair, _called(pair.first, runs), _called(pair.second, runs)) for pair in pairs if pair.right],
    )


def _where(concept: Concept, runs: Sequence[ComparedRun]) -> str:
    n = len(concept.runs)
    if n == len(runs):
        return "In both runs" if n == 2 else "In all runs"
    if n == 1:
        return f"Only in {runs[concept.runs[0]].name}"
    return f"In {n} of {len(runs)} runs"


def _agreement(concept: Concept, alignments: int) -> str:
    """How surely its motifs belong together."""
    share_of = f"{concept.agreement:.0%} of {alignments} alignments"
    if len(concept.parts) == 1:
        return f"One with no other motif in {share_of}."
    return f"Pairs of its motifs are one in {share_of}."


def _rows(shown: Shown, runs: Sequence[ComparedRun]) -> list[Row]:
    """The motifs, in the order of the runs, column under column."""
    spans = [on_leader(member, runs) for member in shown.group.members]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    rows = []
    for part, member in zip(shown.concept.parts, shown.group.members, strict=True):
        run = runs[member.run]
        motif, turned = run.motifs[member.motif], member.strand == "-"
        frame = first - member.offset, last - member.offset
        rows.append(Row(run.name, motif, part, page_logo(motif.pwm, run.name, turned=turned, frame=frame), turned))
    return rows


def _motif(channel: Channel, runs: Sequence[ComparedRun]) -> RunMotif:
    return runs[channel.run].motifs[channel.motif]


def _called(channel: Channel, runs: Sequence[ComparedRun]) -> str:
    row = _motif(channel, runs).row
    return f"{runs[channel.run].name} {row.motif_id} {called(row)}"


def sampled(places: int, marked: int, sequences: int, source: str) -> str:
    """What was looked at, in words."""
    background = f"{counted(marked, 'place')} where some run has a site and {places - marked:,} where none has"
    return f"{background}, in {counted(sequences, 'sequence')} {source}"
