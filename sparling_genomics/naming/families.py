"""What a motif is called: a family of factors, with the matrices of a database that cannot be told apart from it.

Factors of one family bind alike, so that the one whose matrix comes first is a matter of chance. A matrix of the
database *is* the motif if Tomtom finds it (`names.CREDIBLE`) and both are one motif by the rule by which duplicates are
found (`likeness.MERGE_CORRELATION`). The name is what most of the first of these have in common:

1. the stem of the factors' names (GATA4, Gata3: GATA; NFYA, NFYB: NFY; FOS::JUN, FOSL2::JUND: FOS/JUN),
2. else the family, else the class, that the database says they are of (ELK4, GABPA: Ets),
3. else the names of the first two (ZNF143/THAP11).

A stem or family must also have this motif in `COMMON` of its matrices: zinc fingers named ZNF, or of the family "More
than 3 adjacent zinc fingers", have a motif each, and a stem that they share says nothing.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sparling_genomics.files.motif_databases import Annotation

VOTERS = 10
"""Factors, the first of those whose matrices are the motif, of which half must agree."""
COMMON = 0.25
"""Least share of a family's factors in the database whose matrices are the motif."""
_SHORTEST = 3
_LISTED = 3
_WORDS = 16
_PARTNERS = re.compile(r"::|\+")


class Family(NamedTuple):
    """What a motif is called."""

    label: str
    """One word."""
    members: tuple[str, ...]
    """Factors whose matrices are the motif, the best match first, each once, as the database writes them."""
    size: int
    """Matrices of the database that are the motif."""


def family_of(alike: Sequence[Annotation], database: Sequence[Annotation]) -> Family | None:
    """The family of the matrices that are one motif, the best match first; None where there is none.

    >>> said = [Annotation(name) for name in ("SRM1", "GATA4", "Gata3", "GATA-6", "MYB1", "MYB2")]
    >>> family_of(said[:4], said)
    Family(label='GATA', members=('SRM1', 'GATA4', 'Gata3', 'GATA-6'), size=4)
    """
    named = [each for each in alike if each.factor]
    if not named:
        return None
    factors = _distinct(named)
    every = _distinct([each for each in database if each.factor])
    members = tuple(each.factor for each in factors)
    label = _label(factors[:VOTERS], {each.factor.upper() for each in factors}, every)
    return Family(label, members, len(alike))


def _label(voters: list[Annotation], alike: set[str], every: list[Annotation]) -> str:
    if len(voters) == 1:
        return _word(voters[0].factor)
    for kinds in (_whole_stems, _shortened_stems):
        if stems := _agreed(kinds, voters, alike, every):
            return "/".join(_written(stem, voters) for stem in stems[:2])
    for said in (lambda each: {short(name) for name in each.families}, lambda each: {short(n) for n in each.classes}):
        agreed = [name for name in _agreed(said, voters, alike, every) if len(name) <= _WORDS]
        if agreed:
            return _word("/".join(agreed[:2]))
    return "/".join(_word(each.factor) for each in voters[:2])


def _agreed(
    kinds: Callable[[Annotation], set[str]], voters: list[Annotation], alike: set[str], every: list[Annotation]
) -> list[str]:
    """The kinds that half of the voters are of, and that have the motif in common; those with most votes first."""
    votes: dict[str, int] = {}
    for each in voters:
        for kind in sorted(kinds(each)):
            votes[kind] = votes.get(kind, 0) + 1
    agreed = []
    for kind, number in sorted(votes.items(), key=lambda item: -item[1]):
        of_kind = [each for each in every if kind in kinds(each)]
        common = sum(each.factor.upper() in alike for each in of_kind)
        if number >= max(2, len(voters) / 2) and common >= COMMON * len(of_kind):
            agreed.append(kind)
    return agreed


def short(name: str) -> str:
    """The word that tells a family: what it writes in brackets, or its name less what every one has.

    >>> [short(name) for name in ("Ets-related", "p53-related factors", "Basic leucine zipper factors (bZIP)")]
    ['Ets', 'p53', 'bZIP']
    """
    if match := re.search(r" \(([\w/-]+)\)$", name):
        return match[1]
    return re.sub(r"([ -]?related)?( domain)?( factors| receptors)?$", "", name)


def _parts(each: Annotation) -> list[str]:
    """The names of the partners of a factor, in capitals, as far as their first figure or hyphen."""
    heads = (re.match(r"[A-Z]+", part.strip().upper()) for part in _PARTNERS.split(each.factor))
    return [head[0] for head in heads if head]


def _whole_stems(each: Annotation) -> set[str]:
    return set(_parts(each))


def _shortened_stems(each: Annotation) -> set[str]:
    """The same, and less the last letter: FOXA and FOXC are both of FOX."""
    return {stem for head in _parts(each) for stem in (head, head[:-1]) if len(stem) >= _SHORTEST}


def _written(stem: str, voters: list[Annotation]) -> str:
    """A stem of two letters tells little alone: TP53, TP63: TP53/63.

    >>> _written("TP", [Annotation("TP53"), Annotation("Tp63")]), _written("GATA", [Annotation("GATA4")])
    ('TP53/63', 'GATA')
    """
    if len(stem) >= _SHORTEST:
        return stem
    ends = {each.factor.upper().removeprefix(stem) for each in voters if each.factor.upper().startswith(stem)}
    ends = sorted(end for end in ends if end.isdigit())
    return stem + "/".join(ends) if 0 < len(ends) <= _LISTED else stem


def _word(name: str) -> str:
    return "_".join(name.split())


def _distinct(said: Sequence[Annotation]) -> list[Annotation]:
    """Each factor once, however it is written: Foxa1 is FOXA1."""
    first: dict[str, Annotation] = {}
    for each in said:
        first.setdefault(each.factor.upper(), each)
    return list(first.values())
