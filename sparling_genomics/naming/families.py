"""What a motif is called: a family of factors, with the matrices of a database that cannot be told apart from it.

Factors of one family bind alike, so that the one whose matrix comes first is a matter of chance. A matrix of the
database *is* the motif if Tomtom finds it and both are one motif by the rule by which duplicates are found
(`likeness.MERGE_CORRELATION`). Of these the most alike are tied: likenesses that differ by less than `ERROR` are the
same. The name is what half of the first of them have in common:

1. the stem of the factors' names (GATA4, Gata3: GATA; NFYA, NFYB: NFY; FOS::JUN, FOSL2::JUND: FOS/JUN),
2. else the family, else the class, that the database says they are of (ELK4, GABPA: Ets),
3. else the names of the first two (ZFP42/THAP11).

A stem or family must also have this motif in `COMMON` of its factors: zinc fingers named ZNF, or of the family "More
than 3 adjacent zinc fingers", have a motif each, and a stem that they share says nothing.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sparling_genomics.files.motif_databases import Annotation
from sparling_genomics.files.rows import Family

VOTERS = 10
"""Factors, the first of those that are tied, of which half must agree."""
ERROR = 0.14
"""Of a likeness. The matrices of one factor in HOCOMOCO 13 and JASPAR 2024, where they are one motif, differ by up to
this in their likeness to a third one in nine of ten cases (752 likenesses of 150 factors)."""
FIRST = 3
"""Voters of which one must be of the kind: what the best matches are not of is no name for the motif."""
COMMON = 0.25
"""Least share of a family's factors in the database whose matrices are the motif."""
_SHORTEST = 3
_LISTED = 3
_LETTERS = 16
_PARTNERS = re.compile(r"::|\+")


class Alike(NamedTuple):
    """A matrix of the database that is the motif."""

    said: Annotation
    likeness: float
    """To the motif (`letters.likeness`, whole)."""


def family_of(alike: Sequence[Alike], database: Sequence[Annotation]) -> Family | None:
    """The family of the matrices that are one motif, the best match first; None where none of them has a name.

    ``database`` is what is said of all of its matrices.

    >>> said = [Annotation(name) for name in ("SRM1", "GATA4", "Gata3", "GATA-6", "MYB1", "MYB2")]
    >>> family_of([Alike(each, 0.9) for each in said[:4]], said)
    Family(label='GATA', members=('SRM1', 'GATA4', 'Gata3', 'GATA-6'), size=4)
    """
    named = [each for each in alike if each.said.factor]
    if not named:
        return None
    least = max(each.likeness for each in named) - ERROR
    tied = _distinct([each.said for each in named if each.likeness >= least])
    factors = _distinct([*tied, *(each.said for each in named)])
    every = _distinct([each for each in database if each.factor])
    label = _label(tied[:VOTERS], {each.factor.upper() for each in factors}, every)
    return Family(label, tuple(each.factor.replace(",", ";") for each in factors), len(alike))


def _label(voters: list[Annotation], alike: set[str], every: list[Annotation]) -> str:
    if len(voters) == 1:
        return _word(voters[0].factor)
    if stems := _agreed(_stems, voters, alike, every):
        return "/".join(_written(stem, voters) for stem in _apart(stems)[:2])
    for said in (_families, _classes):
        agreed = [name for name in _agreed(said, voters, alike, every) if len(name) <= _LETTERS]
        if agreed:
            return _word("/".join(agreed[:2]))
    return "/".join(_word(each.factor) for each in voters[:2])


def _agreed(
    kinds: Callable[[Annotation], set[str]], voters: list[Annotation], alike: set[str], every: list[Annotation]
) -> list[str]:
    """The kinds that half of the voters are of, one of the `FIRST` among them, and that have the motif in common.

    First those with most votes, then the longest, then the first found.
    """
    first = set[str]().union(*(kinds(each) for each in voters[:FIRST]))
    votes: dict[str, int] = {}
    for each in voters:
        for kind in sorted(kinds(each)):
            votes[kind] = votes.get(kind, 0) + 1
    agreed = []
    for kind, number in sorted(votes.items(), key=lambda item: (-item[1], -len(item[0]))):
        of_kind = [each for each in every if kind in kinds(each)]
        common = sum(each.factor.upper() in alike for each in of_kind)
        if kind in first and number >= max(2, len(voters) / 2) and common >= COMMON * len(of_kind):
            agreed.append(kind)
    return agreed


def _apart(stems: list[str]) -> list[str]:
    """Stems of which none begins as one before it does, or the other way round.

    >>> _apart(["FOS", "JUN", "FOSL"])
    ['FOS', 'JUN']
    """
    kept: list[str] = []
    for stem in stems:
        if not any(stem.startswith(other) or other.startswith(stem) for other in kept):
            kept.append(stem)
    return kept


def _families(each: Annotation) -> set[str]:
    return {short(name) for name in each.families}


def _classes(each: Annotation) -> set[str]:
    return {short(name) for name in each.classes}


def short(name: str) -> str:
    """The word that tells a family: what it writes in brackets, or its name less what every one has.

    >>> [short(name) for name in ("Ets-related", "p53-related factors", "Basic leucine zipper factors (bZIP)")]
    ['Ets', 'p53', 'bZIP']
    """
    if match := re.search(r" \(([\w/-]+)\)$", name):
        return match[1]
    return re.sub(r"([ -]?related)?( domain)?( factors| receptors)?$", "", name)


def _stems(each: Annotation) -> set[str]:
    """The beginnings of the names of a factor's partners up to the first figure, and less the last letter, in capitals.

    >>> sorted(_stems(Annotation("FOSL2::JUN"))), sorted(_stems(Annotation("sp1")))
    (['FOS', 'FOSL', 'JUN'], ['SP'])
    """
    heads = [re.match(r"[A-Z]+", part.strip().upper()) for part in _PARTNERS.split(each.factor)]
    whole = {head[0] for head in heads if head}
    return whole | {head[:-1] for head in whole if len(head) > _SHORTEST}


def _written(stem: str, voters: list[Annotation]) -> str:
    """A stem of two letters tells little alone: TP53, TP63: TP53/63.

    >>> _written("TP", [Annotation("TP53"), Annotation("Tp63")]), _written("GATA", [Annotation("GATA4")])
    ('TP53/63', 'GATA')
    """
    if len(stem) >= _SHORTEST:
        return stem
    digits = {each.factor.upper().removeprefix(stem) for each in voters if each.factor.upper().startswith(stem)}
    ends = sorted(end for end in digits if end.isdigit())
    return stem + "/".join(ends) if 0 < len(ends) <= _LISTED else stem


def _word(name: str) -> str:
    return "_".join(name.split())


def _distinct(said: Sequence[Annotation]) -> list[Annotation]:
    """Each factor once, however it is written: Foxa1 is FOXA1."""
    first: dict[str, Annotation] = {}
    for each in said:
        first.setdefault(each.factor.upper(), each)
    return list(first.values())
