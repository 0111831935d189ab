"""Which taxon of a database names are taken from: the one whose matrices fit all motifs of a run best.

A factor of plants, insects or yeasts may bind as one of vertebrates does, and its matrix may by chance be nearer to a
motif than any of the right kingdom. All motifs of a run are of one species, so that together they tell which it is.
The evidence of a motif for a taxon is -log10 of the P of the taxon's best match, as the least of as many as the taxon
has matrices (Šidák 1967): a taxon is not preferred for having many. A taxon is chosen if its evidence over all motifs
is `CLEARLY` above that of each other one, whichever one motif is left out; else names come from all.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sparling_genomics.files.rows import Match
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.likeness import alike
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.library import Library
from sparling_genomics.naming.tomtom import tomtom

CREDIBLE = 0.05
"""False discovery rate below which a motif's best match, if it is alike, tells something of the taxon."""
CLEARLY = 1.0
"""Decades of P by which the chosen taxon leads."""
_SMALLEST = 1e-15
"""P below which Tomtom's is rounding."""


def fitted(library: Library, pwms: Sequence[Pwm]) -> Library:
    """The library with the taxon that fits these motifs best, where it mixes several and nobody has chosen.

    ``names_from`` says which it is, or that the motifs do not tell; it stands for the notice of the mixture.
    """
    number = Counter(said.taxon for said in library.annotations if said.taxon)
    if library.asked or len(number) < 2 or not pwms:
        return library
    taxa = {pwm.name: said.taxon for pwm, said in zip(library.motifs, library.annotations, strict=True)}
    both = pwms[0].alphabet.letters == DNA.letters
    targets = {target.name: target for target in library.motifs}
    told = [
        evidence(matches, taxa, number)
        for pwm, matches in zip(pwms, tomtom(pwms, library.motifs, reverse_complement=both), strict=True)
        if matches[0].q < CREDIBLE and alike(pwm, targets[matches[0].target])
    ]
    notices = tuple(notice for notice in library.notices if notice != library.mixture)
    if not told:
        return replace(library, notices=notices)
    total = {taxon: sum(each[taxon] for each in told) for taxon in number}
    first, second = sorted(number, key=lambda taxon: (-total[taxon], taxon))[:2]
    if clear(told, first):
        said = f"Names are from {first}, whose matrices fit the motifs best; --db-taxon chooses others."
        return replace(library, taxon=first, names_from=said, notices=notices)
    why = f"of which {first} and {second} fit the motifs about alike"
    if len(told) == 1:
        why = "for one motif with a match does not tell which fits best"
    return replace(
        library, names_from=f"Names are from all taxa of the database, {why}; --db-taxon chooses.", notices=notices
    )


def evidence(matches: Sequence[Match], taxa: Mapping[str, str], number: Mapping[str, int]) -> dict[str, float]:
    """Of one motif for each taxon of which there are ``number`` matrices, in decades of P; ``taxa`` by target.

    >>> matches = [Match("M1", name, name, p, p, p, 0, "+") for name, p in (("a", 1e-6), ("b", 1e-6), ("c", 0.5))]
    >>> told = evidence(matches, {"a": "plants", "b": "fungi", "c": "fungi"}, {"plants": 10, "fungi": 100})
    >>> {taxon: round(decades, 2) for taxon, decades in told.items()}
    {'plants': 5.0, 'fungi': 4.0}
    """
    least = dict.fromkeys(number, 1.0)
    for match in matches:
        taxon = taxa[match.target]
        if taxon in least:
            least[taxon] = min(least[taxon], max(match.p, _SMALLEST))
    return {taxon: -math.log10(_least_of(p, number[taxon])) for taxon, p in least.items()}


def _least_of(p: float, n: int) -> float:
    """P that the least of ``n`` is ``p``."""
    return 1.0 if p >= 1 else -math.expm1(n * math.log1p(-p))


def clear(told: Sequence[Mapping[str, float]], taxon: str) -> bool:
    """Whether the evidence of motifs, ``told`` for each, is for ``taxon`` `CLEARLY`, whichever one is left out.

    >>> one, other = {"plants": 9.0, "fungi": 1.0}, {"plants": 1.0, "fungi": 3.0}
    >>> [clear(told, "plants") for told in ([one], [one, other], [one, one, other], [one, one])]
    [False, False, True, True]
    """
    if len(told) < 2:
        return False
    for rival in told[0]:
        leads = sorted(each[taxon] - each[rival] for each in told)
        if rival != taxon and sum(leads[:-1]) < CLEARLY:
            return False
    return True
