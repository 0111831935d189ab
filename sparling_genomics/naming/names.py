"""The best database match of each motif, which then goes by that name in tables, motif files and on pages."""

from collections.abc import Sequence
from dataclasses import replace

from sparling_genomics.files.rows import Match, MotifRow
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.tomtom import tomtom

CREDIBLE = 0.05
"""False discovery rate below which a motif goes by the name of its match, and on its strand."""


def best_matches(pwms: Sequence[Pwm], database: Sequence[Pwm], *, of_transcripts: bool = False) -> list[Match | None]:
    """Best match of each matrix in ``database``, None where that is empty.

    Motifs of DNA are compared on both strands, also where sequences were read on one: a database has each of its motifs
    on any. Those of RNA, and those ``of_transcripts``, which may be written with T, are compared as they stand.
    """
    if not database or not pwms:
        return [None] * len(pwms)
    both = pwms[0].alphabet.letters == DNA.letters and not of_transcripts
    found = tomtom(pwms, database, reverse_complement=both, keep=1)
    return [matches[0] if matches else None for matches in found]


def named(rows: Sequence[MotifRow], matches: Sequence[Match | None]) -> list[MotifRow]:
    """The rows with a match each. Raises ``ValueError`` where their numbers differ."""
    return [row.with_match(match) for row, match in zip(rows, matches, strict=True)]


def credible_strands(matches: Sequence[Match | None]) -> list[str]:
    """The strand on which each match reads like its motif, "" where there is none or it is not `CREDIBLE`."""
    return [match.strand if match is not None and match.q < CREDIBLE else "" for match in matches]


def titled(pwms: Sequence[Pwm], matches: Sequence[Match | None]) -> list[Pwm]:
    """The matrices with the names of their matches as ``alt_name``, one word, where a match is `CREDIBLE`.

    >>> match = Match("M1", "MA0139.2", "CTCF var 2", 1e-9, 1e-7, 1e-7, 0, "+")
    >>> [titled([Pwm("M1", [[1, 0, 0, 0]], 1)], [each])[0].alt_name for each in (match, match._replace(q=0.2), None)]
    ['CTCF_var_2', '', '']
    """
    return [
        replace(pwm, alt_name="_".join(match.target_name.split()) if match and match.q < CREDIBLE else "")
        for pwm, match in zip(pwms, matches, strict=True)
    ]
