"""A comparison in words: what a group is called, what comes and goes."""

from collections.abc import Sequence

from sparling_genomics.compare.groups import Group
from sparling_genomics.compare.read import ComparedRun, RunMotif
from sparling_genomics.naming import names

TOLD = 3
"""Motifs that a sentence names, of a run that has them alone; more are counted."""


def member_motifs(group: Group, runs: Sequence[ComparedRun]) -> list[RunMotif]:
    """The motifs of a group, in the order of the runs."""
    return [runs[member.run].motifs[member.motif] for member in group.members]


def name_of(group: Group, runs: Sequence[ComparedRun]) -> str:
    """The family of its leader, else of the first member that has one; else the consensus."""
    leader = runs[group.leader.run].motifs[group.leader.motif]
    for motif in (leader, *member_motifs(group, runs)):
        if name := names.name_of(motif.row):
            return name
    return consensus_of(group, runs)


def consensus_of(group: Group, runs: Sequence[ComparedRun]) -> str:
    """The consensus of its leader, without N at its ends."""
    consensus = runs[group.leader.run].motifs[group.leader.motif].row.consensus
    return consensus.strip("N") or consensus


def told(groups: Sequence[Group], runs: Sequence[ComparedRun]) -> str:
    """What comes and goes, in one sentence."""
    n = len(runs)
    every = "both runs" if n == 2 else f"all {n} runs"
    if not groups:
        return f"No motif in {'either run' if n == 2 else f'any of {n} runs'}."
    if len(groups) == 1:
        where = [runs[member.run].name for member in groups[0].members]
        return f"One motif: {name_of(groups[0], runs)}, in {every if len(where) == n else named(where) + ' alone'}."
    sizes = [len(group.members) for group in groups]
    shared = sizes.count(n)
    parts = [f"{shared or 'none'} {'is' if shared < 2 else 'are'} in {every}"]
    parts += [f"{sizes.count(k)} in {k} of {n}" for k in range(n - 1, 1, -1) if k in sizes]
    alone = [
        f"in {run.name} alone {named([name_of(group, runs) for group in own])}"
        for i, run in enumerate(runs)
        if (own := [group for group in groups if [member.run for member in group.members] == [i]])
    ]
    return f"Of {len(groups)} motifs {'; '.join([', '.join(parts), *alone])}."


def what_differs(runs: Sequence[ComparedRun]) -> str:
    """Whether the runs read the same files, and with which seeds."""
    if len({run.checksums for run in runs}) > 1:
        return "The runs read different files."
    seeds = [str(run.seed) for run in runs]
    if len(set(seeds)) < len(seeds):
        return "The runs read the same files."
    return f"The runs read the same files, with seeds {named(seeds)}."


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more.

    >>> named(["CTCF", "YY1"]), named(["A", "B", "C", "D", "E"])
    ('CTCF and YY1', 'A, B, C and 2 more')
    """
    if len(names) > TOLD:
        return f"{', '.join(names[:TOLD])} and {len(names) - TOLD} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
