"""Genes of an annotation on a genome: which are used, what stands for each, and its splice sites.

A donor is the last base of an exon, an acceptor the first base of one, as SpliceAI labels them (Jaganathan et al. 2019,
Cell 176:535). Positions are 0-based on the forward strand.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.plurals import agreeing, counted
from sparling_genomics.files.bed import Region
from sparling_genomics.files.genome import Genome, called_otherwise
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import DNA, decode, reverse_complement
from sparling_genomics.splicing.annotation import CODING, SHORTEST_INTRON, Annotation, Gene, Span, Transcript
from sparling_genomics.splicing.canonical import canonical, together

NONE, DONOR, ACCEPTOR, MASKED = 0, 1, 2, -1
"""Labels of a position; a masked one counts neither in a loss nor in a figure."""
KNOWN_ENDS = ("GT-AG", "GC-AG", "AT-AC")
"""Ends of introns that a spliceosome takes (Burset et al. 2000, NAR 28:4364)."""
CANONICAL = "GT-AG"
"""Of 98.7 % of mammalian introns (the same source)."""
FEWEST_KNOWN = 0.9
"""Share of introns with such ends, below which genome and annotation do not belong together."""
_SHOWN = 3
_NO_SITES = np.zeros(0, dtype=np.int64)

Labels = NDArray[np.int8]


class SiteRules(NamedTuple):
    """Which annotated sites are learned as sites, and which of the others are negatives.

    ``all_transcripts``: sites of all transcripts of a gene, not of one alone. ``strict_negatives``: annotated sites of
    no transcript in use are negatives, as in SpliceAI's data, not masked. ``canonical_only``: introns other than GT-AG
    are dropped, and their sites masked.
    """

    all_transcripts: bool = False
    strict_negatives: bool = False
    canonical_only: bool = False


DEFAULT_RULES = SiteRules()


@dataclass(frozen=True)
class SpliceGene:
    """A gene with the transcript that stands for it, or all of its transcripts as one; ``rule`` chose it.

    ``donors`` and ``acceptors`` of this transcript; ``others`` sites of other transcripts of the gene, or of genes that
    overlap it on its strand: they are real, so they are masked, not called negatives. ``masked`` stretches within it
    that the user masked, sites and all.
    """

    gene: Gene
    transcript: Transcript
    rule: str
    introns: tuple[Span, ...]
    donors: NDArray[np.int64]
    acceptors: NDArray[np.int64]
    others: NDArray[np.int64]
    masked: tuple[Span, ...] = ()

    @property
    def counted(self) -> int:
        """Introns of which neither site is masked."""
        hidden = self.masked
        return sum(
            not any(first <= site < last for first, last in hidden for site in (start - 1, end))
            for start, end in self.introns
        )

    def labels(self) -> Labels:
        """Label of each base of the transcript, 5' to 3' on its own strand: int8 (end - start,)."""
        labels = np.zeros(self.transcript.end - self.transcript.start, dtype=np.int8)
        for sites, label in ((self.others, MASKED), (self.donors, DONOR), (self.acceptors, ACCEPTOR)):
            labels[sites - self.transcript.start] = label
        for start, end in self.masked:
            labels[start - self.transcript.start : end - self.transcript.start] = MASKED
        return labels[::-1].copy() if self.gene.strand == "-" else labels


@dataclass(frozen=True)
class SpliceGenes:
    """Genes with introns that can be used; ``ends`` how many introns have which ends; ``noticed`` what was left out.

    ``unspliced``: genes of the same biotype without introns. ``sites``: every annotated site of any gene, or with
    strict negatives of the transcripts in use alone, by chromosome and strand, in order: int64.
    """

    genes: tuple[SpliceGene, ...]
    unspliced: tuple[SpliceGene, ...]
    sites: Mapping[tuple[str, str], NDArray[np.int64]]
    ends: dict[str, int]
    noticed: tuple[str, ...]

    @property
    def introns(self) -> int:
        """Of the transcripts that stand for the genes."""
        return sum(len(each.introns) for each in self.genes)


def sites_of(introns: Iterable[Span], strand: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Donors and acceptors of introns, in the order of the forward strand.

    >>> [sites.tolist() for sites in sites_of([(10, 50)], "+")], [sites.tolist() for sites in sites_of([(10, 50)], "-")]
    ([[9], [50]], [[50], [9]])
    """
    spans = np.array(sorted(introns), dtype=np.int64).reshape(-1, 2)
    left, right = spans[:, 0] - 1, spans[:, 1]
    return (left, right) if strand == "+" else (right, left)


def spans_by_strand(regions: Sequence[Region]) -> dict[tuple[str, str], NDArray[np.int64]]:
    """[start, end) of regions, by chromosome and strand: int64 (n, 2); those without a strand lie on both."""
    found: dict[tuple[str, str], list[Span]] = {}
    for place in (region.interval for region in regions):
        for strand in "+-" if place.strand == "." else place.strand:
            found.setdefault((place.chrom, strand), []).append((place.start, place.end))
    return {key: np.array(spans, dtype=np.int64) for key, spans in found.items()}


def spans_within(spans: NDArray[np.int64] | None, start: int, end: int) -> NDArray[np.int64]:
    """What of spans (n, 2) lies in [start, end): (m, 2).

    >>> spans_within(np.array([[0, 5], [8, 12], [20, 30]]), 10, 25).tolist()
    [[10, 12], [20, 25]]
    """
    if spans is None:
        return np.zeros((0, 2), dtype=np.int64)
    own: NDArray[np.int64] = spans[(spans[:, 0] < end) & (spans[:, 1] > start)]
    return np.clip(own, start, end)


def splice_genes(
    annotation: Annotation,
    genome: Genome,
    *,
    biotype: str | None = CODING,
    shortest: int = SHORTEST_INTRON,
    any_ends: bool = False,
    mask: Sequence[Region] = (),
    rules: SiteRules = DEFAULT_RULES,
) -> SpliceGenes:
    """The genes that have introns, with one transcript each (`canonical`), or all as one by the ``rules``.

    ``biotype`` of genes, where the annotation says any; None for all. ``mask``: regions where nothing counts, on one
    strand where they say which. Genes on sequences that the genome has not are left out, and noticed. Raises
    ``InputError`` where none of its sequences is in the genome, where an exon lies beyond the end of its sequence,
    where no gene has an intron, and, without ``any_ends``, where fewer than 90 % of introns have ends that a
    spliceosome takes: then genome and annotation do not belong together.
    """
    noticed = list(annotation.noticed)
    there = _on_genome(annotation, genome, noticed)
    used = _of_biotype(there, biotype, noticed)
    chosen = [_spliced(gene, shortest, rules.all_transcripts) for gene in used]
    if not any(each.introns for each in chosen):
        left = len(annotation.genes) - len(there)
        why = f"; {left:,} {agreeing(left, 'lies', 'lie')} on sequences that are not in the genome" if left else ""
        raise input_error(f"no intron of {shortest} bp or more in {counted(len(used), 'gene')}{why}", annotation.path)
    ends_of = [_ends(genome, each) for each in chosen]
    ends = Counter(end for own in ends_of for end in own)
    total = sum(ends.values())
    known = sum(ends[each] for each in KNOWN_ENDS)
    if known < FEWEST_KNOWN * total and not any_ends:
        said = (
            f"only {known / total:.0%} of {counted(total, 'intron')} have ends of known ones ({', '.join(KNOWN_ENDS)})"
        )
        raise InputError(f"{said}: do {genome.path} and {annotation.path} belong together? --force-sites goes on")
    everything, hidden = _annotated(there, shortest), spans_by_strand(mask)
    sites = _sites_in_use(chosen) if rules.strict_negatives else everything
    if rules.canonical_only:
        chosen = [_canonical_introns(each, own) for each, own in zip(chosen, ends_of, strict=True)]
        dropped = total - ends[CANONICAL]
        are = agreeing(dropped, "is dropped, its", "are dropped, their")
        noticed.append(f"{counted(dropped, 'intron')} other than {CANONICAL} {are} sites masked.")
        if not ends[CANONICAL]:
            raise input_error(f"no intron {CANONICAL} among {total:,}, and all others are dropped", annotation.path)
    whole = [_with_others(_masked(each, hidden), sites) for each in chosen]
    if rules.strict_negatives:
        more = sum(len(_with_others(each, everything).others) - len(each.others) for each in whole if each.introns)
        are = agreeing(more, "is a negative", "are negatives")
        noticed.append(f"{counted(more, 'site')} of transcripts that are not in use {are}.")
    genes, unspliced = (tuple(each for each in whole if bool(each.introns) is has) for has in (True, False))
    return SpliceGenes(genes, unspliced, sites, dict(ends.most_common()), tuple(noticed))


def _on_genome(annotation: Annotation, genome: Genome, noticed: list[str]) -> list[Gene]:
    there = [gene for gene in annotation.genes if gene.chrom in genome.lengths]
    absent = Counter(gene.chrom for gene in annotation.genes if gene.chrom not in genome.lengths)
    if not there:
        said = f"it has {_some(absent)}; {genome.path.name} has {_some(genome.lengths)}"
        hint = next(
            (f": {name!r} for {other!r}?" for name in absent if (other := called_otherwise(name, genome.lengths))), ""
        )
        raise input_error(f"no sequence of the annotation is in the genome: {said}{hint}", annotation.path)
    if absent:
        same = called_otherwise(first := next(iter(absent)), genome.lengths)
        all_names = counted(len({gene.chrom for gene in annotation.genes}), "sequence")
        noticed.append(
            f"{len(absent):,} of {all_names} of the annotation {agreeing(len(absent), 'is', 'are')} not in the genome "
            f"({_some(absent)}): {counted(absent.total(), 'gene')} {agreeing(absent.total(), 'is', 'are')} left out"
            f"{f'; {first!r}: did you mean {same!r}' if same else ''}."
        )
    for gene in there:
        for each in gene.transcripts:
            if each.end > genome.lengths[gene.chrom]:
                length = genome.lengths[gene.chrom]
                said = f"{each.name} ends at {each.end:,}, beyond the end of {gene.chrom} ({length:,})"
                raise input_error(f"{said}: another assembly?", annotation.path, each.line)
    return there


def _some(names: Iterable[str]) -> str:
    """The first of them."""
    names = list(names)
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _of_biotype(genes: list[Gene], biotype: str | None, noticed: list[str]) -> list[Gene]:
    if biotype is None:
        return genes
    known = Counter(gene.biotype for gene in genes if gene.biotype)
    if not known:
        noticed.append("The annotation says no biotypes: all genes are used.")
        return genes
    if biotype not in known:
        names = ", ".join(name for name, _ in known.most_common(_SHOWN))
        raise InputError(f"no gene of biotype {biotype!r}; there are {names}")
    return [gene for gene in genes if gene.biotype == biotype]


def _spliced(gene: Gene, shortest: int, all_transcripts: bool) -> SpliceGene:
    chosen = together(gene) if all_transcripts else canonical(gene)
    used = gene.transcripts if all_transcripts else (chosen.transcript,)
    introns = tuple(sorted({span for each in used for span in each.introns(shortest)}))
    return _with_introns(SpliceGene(gene, chosen.transcript, chosen.rule, (), _NO_SITES, _NO_SITES, _NO_SITES), introns)


def _with_introns(gene: SpliceGene, introns: tuple[Span, ...]) -> SpliceGene:
    donors, acceptors = (np.unique(sites) for sites in sites_of(introns, gene.gene.strand))
    return replace(gene, introns=introns, donors=donors, acceptors=acceptors)


def _canonical_introns(gene: SpliceGene, ends: Sequence[str]) -> SpliceGene:
    """The gene with those of its introns alone whose ``ends`` are GT-AG."""
    kept = tuple(span for span, end in zip(gene.introns, ends, strict=True) if end == CANONICAL)
    return gene if len(kept) == len(ends) else _with_introns(gene, kept)


def _sites_in_use(genes: Sequence[SpliceGene]) -> dict[tuple[str, str], NDArray[np.int64]]:
    """All sites of these genes, by chromosome and strand."""
    found: dict[tuple[str, str], list[NDArray[np.int64]]] = {}
    for each in genes:
        found.setdefault((each.gene.chrom, each.gene.strand), []).extend((each.donors, each.acceptors))
    return {key: np.unique(np.concatenate(sites)) for key, sites in found.items()}


def _ends(genome: Genome, gene: SpliceGene) -> list[str]:
    """Ends of each intron, such as "GT-AG", read on the strand of the gene."""
    found = []
    for start, end in gene.introns:
        codes = np.concatenate(
            [genome.codes(gene.gene.chrom, start, start + 2), genome.codes(gene.gene.chrom, end - 2, end)]
        )
        letters = decode(reverse_complement(codes) if gene.gene.strand == "-" else codes, DNA)
        found.append(f"{letters[:2]}-{letters[2:]}")
    return found


def _annotated(annotated: Sequence[Gene], shortest: int) -> dict[tuple[str, str], NDArray[np.int64]]:
    """All sites of all transcripts, by chromosome and strand."""
    everywhere: dict[tuple[str, str], set[int]] = {}
    for gene in annotated:
        sites = everywhere.setdefault((gene.chrom, gene.strand), set())
        for transcript in gene.transcripts:
            sites.update(*(each.tolist() for each in sites_of(transcript.introns(shortest), gene.strand)))
    return {key: np.array(sorted(sites), dtype=np.int64) for key, sites in everywhere.items()}


def _with_others(gene: SpliceGene, sites: Mapping[tuple[str, str], NDArray[np.int64]]) -> SpliceGene:
    """The gene with all other annotated sites that lie within it on its strand."""
    there = sites[gene.gene.chrom, gene.gene.strand]
    first, last = np.searchsorted(there, [gene.transcript.start, gene.transcript.end])
    return replace(gene, others=np.setdiff1d(there[first:last], np.concatenate([gene.donors, gene.acceptors])))


def _masked(gene: SpliceGene, mask: Mapping[tuple[str, str], NDArray[np.int64]]) -> SpliceGene:
    """The gene with what lies within it of these spans."""
    own = spans_within(mask.get((gene.gene.chrom, gene.gene.strand)), gene.transcript.start, gene.transcript.end)
    return replace(gene, masked=tuple((start, end) for start, end in own.tolist()))
