"""The best matches of a motif in a database, with their logos aligned to its own."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from sparling_genomics.files.rows import Match
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.match_table import Matched
from sparling_genomics.pages.page_logo import page_logo, shown_span


class MatchLogos(NamedTuple):
    """A motif's logo, and those of its matches in the same columns."""

    own: Markup
    matches: list[tuple[Match, Markup]]


def match_logos(motif: Pwm, name: str, matched: Sequence[Matched]) -> MatchLogos:
    """The logos of a motif that is called ``name`` and of its matches, on the matched strands."""
    first, last = span(motif, matched)
    logos = []
    for match, target in matched:
        frame = (first - match.offset, last - match.offset)
        logos.append((match, page_logo(target, match.target_name, turned=match.strand == "-", frame=frame)))
    return MatchLogos(page_logo(motif, name, frame=(first, last)), logos)


def span(motif: Pwm, matched: Sequence[Matched]) -> tuple[int, int]:
    """Columns [first, last) of the motif from the first to the last that its logo or that of a match shows.

    They begin before the motif, below 0, where a match does, and end behind it.
    """
    places = [shown_span(motif)]
    for match, target in matched:
        start, end = shown_span(target.reverse_complement() if match.strand == "-" else target)
        places.append((start + match.offset, end + match.offset))
    return min(start for start, _ in places), max(end for _, end in places)
