"""All that is known of one motif, as its card and its row in the table show it."""

from typing import Any, NamedTuple

from markupsafe import Markup

from sparling_genomics.files.rows import Carriers, MotifRow
from sparling_genomics.naming.names import called, full_name
from sparling_genomics.pages.page_logo import both_strands, page_logo
from sparling_genomics.pages.parts.downloads import Download, downloads, file_stem
from sparling_genomics.pages.parts.headline import verdict_of
from sparling_genomics.pages.parts.matches import MatchLogos, match_logos
from sparling_genomics.pages.parts.numbers import fold
from sparling_genomics.pages.parts.positions import Position
from sparling_genomics.pages.run_files import Run

MARKS = {"holds": "✓", "fails": "✗", "not tested": "–"}


class Tick(NamedTuple):
    """One check: its name, its state, the mark of it, and the evidence in a sentence."""

    name: str
    state: str
    mark: str
    text: str


class Card(NamedTuple):
    """A motif."""

    row: MotifRow
    name: str
    named: bool
    """Whether the name is that of a match, not the consensus."""
    counts: Carriers
    fold: str
    verdict: str
    """ "trusted", "doubtful" or "not checked"."""
    doubts: list[str]
    notes: list[str]
    ticks: list[Tick]
    logo: Markup
    """With a switch to the reverse complement."""
    small_logo: Markup
    position: Position | None
    file_stem: str
    """Of the files that are saved from it."""
    downloads: list[Download]
    matches: MatchLogos | None
    """None without a database."""
    full_name: str
    """Its family with the first of the factors that are tied; empty where it has none."""


def cards(run: Run, places: dict[str, Position]) -> list[Card]:
    """A card a motif, in their order."""
    return [_card(run, row, places.get(row.motif_id)) for row in run.motifs]


def _card(run: Run, row: MotifRow, position: Position | None) -> Card:
    checked: dict[str, Any] = run.checked.get(row.motif_id, {})
    counts, name = run.carriers[row.motif_id], called(row)
    pwm = run.pwms.get(row.motif_id)
    given = name if name != row.consensus else ""
    made = checked.get("checks", [])
    ticks = [Tick(each["name"], each["state"], MARKS[each["state"]], each["text"]) for each in made]
    return Card(
        row=row,
        name=name,
        named=bool(given),
        counts=counts,
        fold=fold(counts),
        verdict=verdict_of(run, row),
        doubts=list(checked.get("doubts", [])),
        notes=list(checked.get("notes", [])),
        ticks=ticks,
        logo=both_strands(pwm, given) if pwm else Markup(),
        small_logo=page_logo(pwm, given, bare=True) if pwm else Markup(),
        position=position,
        file_stem=file_stem(row.motif_id, given or row.consensus),
        downloads=downloads(run, row.motif_id, given or row.consensus),
        matches=match_logos(pwm, given, run.matches[row.motif_id]) if pwm and row.motif_id in run.matches else None,
        full_name=full_name(row),
    )
