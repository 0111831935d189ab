"""The best database match of each motif, which then goes by that name in tables and on pages."""

from collections.abc import Sequence

from sparling_genomics.files.rows import Match, MotifRow
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.tomtom import tomtom


def best_matches(pwms: Sequence[Pwm], database: Sequence[Pwm]) -> list[Match | None]:
    """Best match of each matrix in ``database``, None where that is empty."""
    if not database or not pwms:
        return [None] * len(pwms)
    found = tomtom(pwms, database, reverse_complement=pwms[0].alphabet.double_stranded, keep=1)
    return [matches[0] if matches else None for matches in found]


def named(rows: Sequence[MotifRow], matches: Sequence[Match | None]) -> list[MotifRow]:
    """The rows with a match each. Raises ``ValueError`` where their numbers differ."""
    return [row.with_match(match) for row, match in zip(rows, matches, strict=True)]
