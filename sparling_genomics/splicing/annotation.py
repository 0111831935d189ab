"""Genes, their transcripts and introns, out of a GTF or GFF3 file.

Coordinates are 0-based and half-open on the forward strand, whatever the strand of a gene is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sparling.plurals import agreeing, counted
from sparling_genomics.files.text_files import input_error
from sparling_genomics.splicing.gene_lines import Feature, GeneLines, Kind, Part, read_gene_lines

CODING = "protein_coding"
"""Biotype of the genes that are used where nobody says otherwise."""
SHORTEST_INTRON = 15
"""Gaps between exons that are shorter, bp, are no introns (frameshifts, errors of the assembly)."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Transcript:
    """One way to splice a gene.

    ``exons`` sorted, [start, end); ``coding`` bp of its coding sequence; ``tags`` as the file has them; ``line`` of its
    first exon.
    """

    name: str
    exons: tuple[Span, ...]
    coding: int
    tags: frozenset[str]
    line: int

    def introns(self, shortest: int = SHORTEST_INTRON) -> tuple[Span, ...]:
        """Gaps between its exons of at least ``shortest`` bp, in the order of the forward strand.

        >>> Transcript("t1", ((0, 10), (12, 20), (60, 70)), 0, frozenset(), 1).introns()
        ((20, 60),)
        """
        gaps = ((left[1], right[0]) for left, right in pairwise(self.exons))
        return tuple((start, end) for start, end in gaps if end - start >= shortest)

    @property
    def start(self) -> int:
        """First bp of its first exon."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """Behind the last bp of its last exon."""
        return self.exons[-1][1]

    @property
    def length(self) -> int:
        """bp of its exons."""
        return sum(end - start for start, end in self.exons)


@dataclass(frozen=True)
class Gene:
    """A gene with its transcripts, one at least; ``biotype`` is empty where the file says none."""

    name: str
    symbol: str
    biotype: str
    chrom: str
    strand: str
    transcripts: tuple[Transcript, ...]

    @property
    def start(self) -> int:
        """First bp of all transcripts."""
        return min(each.start for each in self.transcripts)

    @property
    def end(self) -> int:
        """Behind the last bp of all transcripts."""
        return max(each.end for each in self.transcripts)


@dataclass(frozen=True)
class Annotation:
    """The genes of a file in the order of chromosome and place; ``noticed`` what was left out or assumed."""

    path: Path
    kind: Kind
    genes: tuple[Gene, ...]
    noticed: tuple[str, ...]


def read_annotation(path: Path | str) -> Annotation:
    """Read the genes of a GTF or GFF3 file.

    A transcript is what exons belong to, whatever it is called; its gene is what stands above it, or else it is one
    itself. A file without exons is read by its coding parts. Exons of one transcript that overlap are joined, as those
    of a ribosomal frameshift do; transcripts that are said to be spliced out of several molecules are left out; both
    are noticed, and so is a transcript without a gene that has no line of its own. Raises ``InputError`` with path and
    line as `read_gene_lines` does, where exons of one transcript lie on two strands or chromosomes, and where there is
    no gene.
    """
    lines = read_gene_lines(path)
    noticed = []
    parts = lines.exons
    if not parts and lines.coding:
        parts = lines.coding
        noticed.append("The file has no exons: introns are those between coding parts.")
    if lines.split & parts.keys():
        split = len(lines.split & parts.keys())
        noticed.append(f"{counted(split, 'transcript')} of several molecules {agreeing(split, 'is', 'are')} left out.")
    members: dict[tuple[str, str, str], list[tuple[str, Transcript]]] = {}
    for owner, own in parts.items():
        if owner in lines.split:
            continue
        gene = _gene_of(lines, owner)
        members.setdefault((gene, own[0].chrom, own[0].strand), []).append(
            (owner, _transcript(path, lines, owner, own))
        )
    if not members:
        raise input_error("no gene with an exon", path)
    joined = sum(len(each.exons) < len(parts[name]) for own in members.values() for name, each in own)
    if joined:
        have = agreeing(joined, "has", "have")
        noticed.append(f"{counted(joined, 'transcript')} {have} exons that overlap: these are joined.")
    alone = sum(name == gene not in lines.features for (gene, *_), own in members.items() for name, _ in own)
    if alone:
        have, are = agreeing(alone, "has", "have"), agreeing(alone, "it is", "each is")
        noticed.append(f"{counted(alone, 'transcript')} {have} no line that names a gene: {are} taken as a gene.")
    genes = [_gene(lines, *key, [transcript for _, transcript in own]) for key, own in members.items()]
    genes.sort(key=lambda gene: (gene.chrom, gene.start, gene.end, gene.name))
    return Annotation(Path(path), lines.kind, tuple(genes), tuple(noticed))


def _transcript(path: Path | str, lines: GeneLines, owner: str, own: list[Part]) -> Transcript:
    own = sorted(own)
    for one, next_one in pairwise(own):
        later = max(one.line, next_one.line)
        if one.chrom != own[0].chrom or next_one.chrom != own[0].chrom:
            raise input_error(f"exons of {owner} lie on {one.chrom} and on {next_one.chrom}", path, later)
        if one.strand != next_one.strand:
            raise input_error(f"exons of {owner} lie on both strands", path, later)
    known = lines.features.get(owner)
    coding = sum(part.end - part.start for part in lines.coding.get(owner, ()))
    spans = joined_spans((part.start, part.end) for part in own)
    return Transcript(owner, spans, coding, known.tags if known else frozenset(), min(part.line for part in own))


def joined_spans(sorted_spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, of which those that overlap are one.

    >>> joined_spans([(0, 5), (3, 9), (9, 12)])
    ((0, 9), (9, 12))
    """
    spans: list[Span] = []
    for start, end in sorted_spans:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return tuple(spans)


def _gene(lines: GeneLines, name: str, chrom: str, strand: str, transcripts: list[Transcript]) -> Gene:
    own = lines.features.get(name)
    said = [own] if own else []
    said += [lines.features[each.name] for each in transcripts if each.name in lines.features]
    symbol = next((each.name for each in said if each.name), name)
    biotype = next((each.biotype for each in said if each.biotype), "")
    return Gene(name, symbol, biotype, chrom, strand, tuple(sorted(transcripts, key=lambda each: each.line)))


def _gene_of(lines: GeneLines, owner: str) -> str:
    """What stands highest above a transcript, but no higher than the first that is called a gene."""
    seen = {owner}
    for name, feature in _upwards(lines, owner):
        if "gene" in feature.type.lower() or not feature.parents or feature.parents[0] in seen:
            return name
        seen.add(feature.parents[0])
        owner = feature.parents[0]
    return owner


def _upwards(lines: GeneLines, owner: str) -> Iterator[tuple[str, Feature]]:
    while owner in lines.features:
        feature = lines.features[owner]
        yield owner, feature
        if not feature.parents:
            return
        owner = feature.parents[0]
