"""An alignment of runs in words: what each concept is called, what all runs have and what only one."""

from collections import Counter
from collections.abc import Sequence

from sparling.plurals import counted
from sparling_genomics.align.concepts import Concept
from sparling_genomics.compare.groups import Group
from sparling_genomics.compare.read import ComparedRun
from sparling_genomics.compare.words import consensus_of, name_of, named


def names_of(groups: Sequence[Group], runs: Sequence[ComparedRun]) -> list[str]:
    """What each concept is called, in one way each: two of one name have their consensus behind it."""
    names = [name_of(group, runs) for group in groups]
    seen = Counter(names)
    full = [
        f"{name} {consensus}" if seen[name] > 1 and (consensus := consensus_of(group, runs)) != name else name
        for name, group in zip(names, groups, strict=True)
    ]
    again = Counter(full)
    return [f"{name} ({number})" if again[name] > 1 else name for number, name in enumerate(full, start=1)]


def told(concepts: Sequence[Concept], groups: Sequence[Group], runs: Sequence[ComparedRun], without: int) -> str:
    """What is shared, in one sentence; ``without``: motifs that their own latents do not tell."""
    names = names_of(groups, runs)
    n = len(runs)
    sizes = [len(concept.runs) for concept in concepts]
    every = "both runs" if n == 2 else "all runs"
    parts = [counted(len(concepts), "concept"), f"{sizes.count(n) or 'none'} in {every}"]
    if some := sum(1 < size < n for size in sizes):
        parts.append(f"{some} in some of them")
    for i, run in enumerate(runs):
        own = [number for number, concept in enumerate(concepts) if concept.runs == (i,)]
        known = [names[number] for number in own if name_of(groups[number], runs) != consensus_of(groups[number], runs)]
        unknown = len(own) - len(known)
        if unknown > 1 or (unknown and known):
            known.append(f"{unknown} without a name")
        elif unknown:
            known.append(names[own[0]])
        if own:
            parts.append(f"{named(known)} only in {run.name}")
    if without:
        parts.append(f"{counted(without, 'motif')} in none")
    return f"{'; '.join(parts)}."
