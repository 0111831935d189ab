"""The names of motifs: the best matches of each in a database, and the family that it goes by everywhere."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sparling_genomics.files.rows import Family, Match, MotifRow
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.likeness import MERGE_CORRELATION, similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.families import Alike, family_of
from sparling_genomics.naming.library import Library
from sparling_genomics.naming.tomtom import tomtom

CREDIBLE = 0.05
"""False discovery rate below which a motif goes by the name of its match, and on its strand."""
LIKELY = 0.01
"""P below which a matrix may be one of a family that a credible match has opened."""
SHOWN = 5
"""Matches of each motif that are kept."""
TOLD = 3
"""Factors of a family that are told behind its name."""


class Naming(NamedTuple):
    """What a database says of a motif."""

    matches: tuple[Match, ...] = ()
    """The `SHOWN` best, the best first, with taxon and likeness."""
    family: Family = Family("")

    @property
    def best(self) -> Match | None:
        """The best match; None without any."""
        return self.matches[0] if self.matches else None


def namings(pwms: Sequence[Pwm], library: Library) -> list[Naming]:
    """The names of each matrix in ``library``; none where that is empty. Motifs of DNA are compared on both strands.

    Matches are of all its matrices, names of those of its ``taxon`` where that is set (`taxa.fitted`). A matrix of the
    database is the motif if their likeness is `MERGE_CORRELATION` or more, its P is below `LIKELY`, and at least one
    such matrix has q below `CREDIBLE`.
    """
    if not library.motifs or not pwms:
        return [Naming()] * len(pwms)
    both = pwms[0].alphabet.letters == DNA.letters
    places = {target.name: i for i, target in enumerate(library.motifs)}
    every = [said for said in library.annotations if library.taxon in {"", said.taxon}]
    found = []
    for pwm, matches in zip(pwms, tomtom(pwms, library.motifs, reverse_complement=both), strict=True):
        looked = [match for i, match in enumerate(matches) if i < SHOWN or match.p < LIKELY]
        told = [_told(pwm, match, library, places[match.target], both) for match in looked]
        alike = [
            match
            for match in told
            if match.p < LIKELY and (match.likeness or 0) >= MERGE_CORRELATION and library.taxon in {"", match.taxon}
        ]
        family = None
        if any(match.q < CREDIBLE for match in alike):
            said = [Alike(library.annotations[places[match.target]], match.likeness or 0) for match in alike]
            family = family_of(said, every)
        found.append(Naming(tuple(told[:SHOWN]), family or Family("")))
    return found


def _told(pwm: Pwm, match: Match, library: Library, place: int, both: bool) -> Match:
    """A match with the taxon of its target, the name of its factor, and their likeness."""
    likeness = similarity(pwm, library.motifs[place], reverse_complement=both, whole=True).correlation
    said = library.annotations[place]
    return match._replace(target_name=said.factor or match.target_name, taxon=said.taxon, likeness=likeness)


def name_of(row: MotifRow) -> str:
    """What a motif goes by: its family; in tables of earlier versions its match, where that is credible; or nothing."""
    if row.family or row.family_size is not None:
        return row.family
    return row.match_name if row.match_name and (row.match_q or 0) < CREDIBLE else ""


def called(row: MotifRow) -> str:
    """What a motif is called: its name, else its consensus."""
    return name_of(row) or row.consensus


def full_name(row: MotifRow) -> str:
    """The same with the first of the factors that are tied.

    >>> row = MotifRow("M1", "CCGGAAGT", 8, 10, None, None, family="Ets", family_size=5)
    >>> full_name(replace(row, family_members=("ELK4", "GABPA", "ETV1", "FLI1")))
    'Ets (ELK4, GABPA, ETV1 …)'
    >>> full_name(replace(row, family="CTCF", family_members=("CTCF",)))
    'CTCF'
    """
    name = name_of(row)
    others = [member for member in row.family_members if member not in {name, *name.split("/")}]
    if not name or not others:
        return name
    return f"{name} ({', '.join(row.family_members[:TOLD])}{' …' if len(row.family_members) > TOLD else ''})"


def site_names(rows: Sequence[MotifRow]) -> dict[str, str]:
    """What sites of each motif are called in BED files: its id and its family, without any its id.

    >>> from sparling_genomics.files.rows import MotifRow
    >>> row = MotifRow("M1", "CCGGAAGT", 8, 10, None, None)
    >>> site_names([row, replace(row, motif_id="M2", family="FOS/JUN (AP-1)")])
    {'M1': 'M1', 'M2': 'M2_FOS-JUN-AP-1'}
    """
    words = {row.motif_id: re.sub(r"[^A-Za-z0-9.]+", "-", name_of(row)).strip("-") for row in rows}
    return {motif: f"{motif}_{word}" if word else motif for motif, word in words.items()}


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


def named(rows: Sequence[MotifRow], names: Sequence[Naming]) -> list[MotifRow]:
    """The rows with their names. Raises ``ValueError`` where their numbers differ."""
    return [row.with_match(naming.best, naming.family) for row, naming in zip(rows, names, strict=True)]


def credible_strands(matches: Sequence[Match | None]) -> list[str]:
    """The strand on which each match reads like its motif, "" where there is none or it is not `CREDIBLE`."""
    return [match.strand if match is not None and match.q < CREDIBLE else "" for match in matches]


def match_name(match: Match | None) -> str:
    """The name of a match, empty where there is none or it is not `CREDIBLE`.

    >>> match = Match("M1", "MA0139.2", "CTCF var 2", 1e-9, 1e-7, 1e-7, 0, "+")
    >>> [match_name(each) for each in (match, match._replace(q=0.2), None)]
    ['CTCF var 2', '', '']
    """
    return match.target_name if match and match.q < CREDIBLE else ""


def titled(pwms: Sequence[Pwm], names: Sequence[str]) -> list[Pwm]:
    """The matrices with these names as ``alt_name``, one word each."""
    return [replace(pwm, alt_name="_".join(name.split())) for pwm, name in zip(pwms, names, strict=True)]
