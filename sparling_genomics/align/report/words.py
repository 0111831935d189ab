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


def told(concepts: Sequence[Concept], names: Sequence[str], runs: Sequence[str], without: int) -> str:
    """What is shared, in one sentence; ``without``: motifs that their own latents do not tell."""
    n = len(runs)
    sizes = [len(concept.runs) for concept in concepts]
    every = "both runs" if n == 2 else "all runs"
    parts = [counted(len(concepts), "concept"), f"{sizes.count(n) or 'none'} in {every}"]
    if some := sum(1 < size < n for size in sizes):
        parts.append(f"{some} in some of them")
    for i, run in enumerate(runs):
        if own := [name for concept, name in zip(concepts, names, strict=True) if concept.runs == (i,)]:
            parts.append(f"{named(own)} only in {run}")
    if without:
        parts.append(f"{counted(without, 'motif')} in none")
    return f"{'; '.join(parts)}."
