"""What a motif is called: a family of factors, with the matrices of a database that cannot be told apart from it.

Factors of one family bind alike, so that the one whose matrix comes first is a matter of chance. A matrix of the
database *is* the motif if Tomtom finds it and both are one motif by the rule by which duplicates are found
(`likeness.MERGE_CORRELATION`). Of these the most alike are tied: likenesses that differ by less than `ERROR` are the
same. The factors of the first of them vote, each partner of a complex for itself, with the share of its matrices in the
database that are the motif: FOS and JUN, which have an AP-1 and a CRE, count less for either than CREM for the CRE. The
name is what half of the votes have in common:

1. the stem of the factors' names, or two with a quarter each (GATA4, Gata3: GATA; NFYA, NFYB: NFY; FOS::JUN: FOS/JUN),
2. else the family, else the class, that the database says they are of (ELK4, GABPA: Ets),
3. else the names of the first two (ZFP42/THAP11).

A stem or family must also have this motif in `COMMON` of its factors: zinc fingers named ZNF, or of the family "More
than 3 adjacent zinc fingers", have a motif each, and a stem that they share says nothing. Factors of vertebrates are
written as those of man, in capitals.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from functools import lru_cache
from string import ascii_uppercase
from typing import NamedTuple

from sparling_genomics.files.motif_databases import Annotation
from sparling_genomics.files.rows import Family

VOTERS = 10
"""Factors, the first of those that are tied, that vote."""
HALF, QUARTER = 0.5, 0.25
"""Shares of the votes: of a name, and of each of its two stems."""
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

    Its members are first those of the kind that it names, the most alike before the others. ``database`` is what is
    said of all of its matrices.

    >>> said = [Annotation(name) for name in ("SRM1", "GATA4", "Gata3", "GATA-6", "MYB1", "MYB2")]
    >>> family_of([Alike(each, 0.9) for each in said[:4]], said)
    Family(label='GATA', members=('GATA4', 'Gata3', 'GATA-6', 'SRM1'), size=4)
    """
    named = [each for each in alike if each.said.factor]
    if not named:
        return None
    least = max(each.likeness for each in named) - ERROR
    tied = [each.said for each in named if each.likeness >= least]
    poll = _poll(tied, [each.said for each in named], database)
    label, kinds, named_kinds = _label(poll)
    factors = _distinct([*tied, *(each.said for each in named)])
    if kinds is not None:
        factors.sort(key=lambda each: not any(kinds(part) & {*named_kinds} for part in _partners(each)))
    return Family(label, tuple(each.factor.replace(",", ";") for each in factors), len(alike))


Kinds = Callable[[Annotation], Set[str]]


class _Poll(NamedTuple):
    """``voters``, the first of the factors that are tied, each with its vote; factors of the motif; all factors."""

    voters: list[tuple[Annotation, float]]
    alike: set[str]
    every: list[Annotation]


def _poll(tied: Iterable[Annotation], alike: Iterable[Annotation], database: Iterable[Annotation]) -> _Poll:
    have = Counter(each.factor.upper() for said in alike for each in _partners(said))
    every = [each for said in database for each in _partners(said)]
    of = Counter(each.factor.upper() for each in every) | have
    voters = _distinct([each for said in tied for each in _partners(said)])[:VOTERS]
    votes = [(each, have[each.factor.upper()] / of[each.factor.upper()]) for each in voters]
    return _Poll(votes, set(have), _distinct(every))


def _label(poll: _Poll) -> tuple[str, Kinds | None, list[str]]:
    """The name, and the kinds that it names: how a factor's kinds are told, and which; None where it names factors."""
    voters = [each for each, _ in poll.voters]
    if len(voters) == 1:
        return _symbol(voters[0]), None, []
    stems = _pair(poll)
    families, classes = (
        [name for name in _agreed(said, poll) if len(name) <= _LETTERS] for said in (_families, _classes)
    )
    alone = bool(stems) and _votes(_stems, stems[:1], poll) >= HALF
    if stems and (alone or not (families and _of_one(_families, stems, poll))):
        return _written(sorted(stems), voters), _stems, stems
    for said, agreed in ((_families, families), (_classes, classes)):
        if agreed:
            return _word(agreed[0]), said, agreed[:1]
    return "/".join(_symbol(each) for each in voters[:2]), None, []


def _votes(kinds: Kinds, of: Sequence[str], poll: _Poll, *, first: bool = True) -> float:
    """Share of the votes that are for some of these kinds; with ``first`` 0 where none of the `FIRST` is of one."""
    if first and not any(kinds(each) & {*of} for each, _ in poll.voters[:FIRST]):
        return 0.0
    return sum(vote for each, vote in poll.voters if kinds(each) & {*of}) / sum(vote for _, vote in poll.voters)


def _agreed(kinds: Kinds, poll: _Poll, least: float = HALF) -> list[str]:
    """The kinds that ``least`` of the votes are for, of two voters or more, and that have the motif in common.

    First those with most votes, then the longest, then the first found.
    """
    number = Counter(kind for each, _ in poll.voters for kind in sorted(kinds(each)))
    share = {kind: _votes(kinds, [kind], poll, first=least == HALF) for kind in number}
    agreed = []
    for kind in sorted(number, key=lambda kind: (-share[kind], -len(kind))):
        of_kind = [each for each in poll.every if kind in kinds(each)]
        common = sum(each.factor.upper() in poll.alike for each in of_kind)
        if number[kind] > 1 and share[kind] >= least and common >= COMMON * len(of_kind):
            agreed.append(kind)
    return agreed


def _pair(poll: _Poll) -> list[str]:
    """The stem with half of the votes, or two stems of one class that have half of them together."""
    stems = _apart(_agreed(_stems, poll, QUARTER))
    pair = [stem for stem in stems[1:] if _of_one(_classes, [stems[0], stem], poll)][:1]
    for named in (stems[:1] + pair, stems[:1]):
        if named and _votes(_stems, named, poll) >= HALF:
            return named
    return []


def _of_one(kinds: Kinds, stems: Sequence[str], poll: _Poll) -> bool:
    """Whether factors of all stems are of one family or class, as far as the database says."""
    of = [set[str]().union(*(kinds(each) for each, _ in poll.voters if stem in _stems(each))) for stem in stems]
    return not all(of) or bool(set.intersection(*of))


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


@lru_cache(maxsize=8192)
def _partners(each: Annotation) -> tuple[Annotation, ...]:
    """The partners of a complex, each with its families where the database has as many.

    >>> [(said.factor, said.families) for said in _partners(Annotation("FOS::JUN", families=("Fos", "Jun")))]
    [('FOS', ('Fos',)), ('JUN', ('Jun',))]
    """
    names = [name for part in _PARTNERS.split(each.factor) if (name := part.strip())]
    found = []
    for i, name in enumerate(names):
        families, classes = (
            said[i : i + 1] if len(said) == len(names) else said for said in (each.families, each.classes)
        )
        found.append(Annotation(name, each.taxon, families, classes))
    return tuple(found)


@lru_cache(maxsize=8192)
def _stems(each: Annotation) -> frozenset[str]:
    """The beginning of a factor's name up to the first figure, that less its last letter, and that up to the last one.

    >>> sorted(_stems(Annotation("FOSL2"))), sorted(_stems(Annotation("sp1"))), sorted(_stems(Annotation("E2F1")))
    (['FOS', 'FOSL'], ['SP'], ['E2F'])
    """
    name = each.factor.upper()
    head = name[: len(name) - len(name.lstrip(ascii_uppercase))]
    whole = re.match(r"[A-Z]\d[A-Z]+(?=\d)", name)
    stems = {head, head[:-1] if len(head) > _SHORTEST else "", whole[0] if whole else ""}
    return frozenset(stem for stem in stems if len(stem) > 1)


def _written(stems: Sequence[str], voters: Sequence[Annotation]) -> str:
    """A stem of two letters tells little alone: TP53, TP63: TP53/63.

    >>> _written(["TP"], [Annotation("TP53"), Annotation("Tp63")]), _written(["KLF", "SP"], [Annotation("SP1")])
    ('TP53/63', 'KLF/SP')
    """
    stem = stems[0]
    if len(stems) > 1 or len(stem) >= _SHORTEST:
        return "/".join(stems)
    digits = {each.factor.upper().removeprefix(stem) for each in voters if each.factor.upper().startswith(stem)}
    ends = sorted(end for end in digits if end.isdigit())
    return stem + "/".join(ends) if 0 < len(ends) <= _LISTED else stem


def _symbol(each: Annotation) -> str:
    return _word(each.factor.upper() if each.taxon == "vertebrates" else each.factor)


def _word(name: str) -> str:
    return "_".join(name.split())


def _distinct(said: Sequence[Annotation]) -> list[Annotation]:
    """Each factor once, however it is written: Foxa1 is FOXA1."""
    first: dict[str, Annotation] = {}
    for each in said:
        first.setdefault(each.factor.upper(), each)
    return list(first.values())
