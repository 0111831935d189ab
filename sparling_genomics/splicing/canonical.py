"""What stands for a gene: one transcript by a stated rule, or all of them together."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sparling_genomics.splicing.annotation import Gene, Transcript, joined_spans


class Canonical(NamedTuple):
    """A gene's transcript, and the rule that chose it among the others ("only one" where there is no other)."""

    transcript: Transcript
    rule: str


def _tagged(tag: str) -> Callable[[Transcript], int]:
    return lambda transcript: int(tag in transcript.tags)


RULES: tuple[tuple[str, Callable[[Transcript], int]], ...] = (
    ("MANE Select", _tagged("MANE_Select")),
    ("Ensembl canonical", _tagged("Ensembl_canonical")),
    ("APPRIS principal", _tagged("appris_principal_1")),
    ("longest coding sequence", lambda transcript: transcript.coding),
    ("longest exons", lambda transcript: transcript.length),
)
"""In the order in which they are asked; what none of them parts, the name does."""


def canonical(gene: Gene) -> Canonical:
    """The transcript that stands for a gene: the first of `RULES` that parts it from all others decides.

    Source: MANE (Morales et al. 2022, Nature 604:310); APPRIS (Rodriguez et al. 2018, NAR 46:D213).
    """
    left = list(gene.transcripts)
    if len(left) == 1:
        return Canonical(left[0], "only one")
    for rule, value in RULES:
        best = max(map(value, left))
        left = [transcript for transcript in left if value(transcript) == best]
        if len(left) == 1:
            return Canonical(left[0], rule)
    return Canonical(min(left, key=lambda transcript: transcript.name), "first by name")


def together(gene: Gene) -> Canonical:
    """All transcripts of a gene as one, whose exons are the letters that are in an exon of any; alone it is itself."""
    if len(gene.transcripts) == 1:
        return canonical(gene)
    exons = joined_spans(sorted(span for each in gene.transcripts for span in each.exons))
    tags = frozenset().union(*(each.tags for each in gene.transcripts))
    coding, line = max(each.coding for each in gene.transcripts), min(each.line for each in gene.transcripts)
    return Canonical(Transcript(gene.name, exons, coding, tags, line), "all together")


def how_often(chosen: Sequence[Canonical]) -> dict[str, int]:
    """How often each rule decided, the most frequent first."""
    return dict(Counter(each.rule for each in chosen).most_common())
