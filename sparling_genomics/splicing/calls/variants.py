"""A VCF with what each record does to splice sites in INFO, in order and at constant memory.

A table of variants is told the same in columns (`variant_tables`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from sparling.plurals import counted
from sparling_genomics.files.bgzip import index_by_place, text_written
from sparling_genomics.files.genome import Genome, called_otherwise
from sparling_genomics.files.text_files import input_error
from sparling_genomics.files.vcf import Field, Variant, VariantFile, header_with, info_word, with_info
from sparling_genomics.splicing.calls.deltas import DISTANCE, BothRead, Change, Mark, Window, read_both, window_of
from sparling_genomics.splicing.calls.placing import placed
from sparling_genomics.splicing.calls.predictor import SplicePredictor
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.variants.haplotypes import NO_CHROMOSOME, OTHER_REFERENCE, Reading, Told

NO_GENE = "in no gene with introns"
EARLY = 1000
"""Records after which a file of another genome is refused already."""
MOST_OTHER = 0.5
"""Share of records whose reference may differ from the genome; beyond it they are of another assembly."""
CUTS = (0.2, 0.5, 0.8)
"""Of delta scores, as SpliceAI's authors recommend them: for recall, recommended, for precision."""
AT_ONCE = 128
"""Windows that are read at once."""
_SHOWN = 3
_EACH = "one for each value of Sparling, in its order, . where there is none; & between marks"
FIELDS = (
    Field(
        "Sparling",
        ".",
        "String",
        "Sparling splice sites, for each alternative allele and gene: "
        "ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL; delta scores (DS) and positions (DP, nt from "
        "POS, forward strand) of acceptor gain, acceptor loss, donor gain, donor loss",
    ),
    Field("SparlingGained", ".", "String", f"Marks that the alternative allele alone has, motif@offset: {_EACH}"),
    Field("SparlingLost", ".", "String", f"Marks that the reference allele alone has, motif@offset: {_EACH}"),
    Field("SparlingSkipped", ".", "String", "Why an alternative allele was not looked at, in the order of ALT"),
)


class Source(Protocol):
    """A file of variants."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    def variants(self) -> Iterator[Variant]:
        """Its records in order."""
        ...


class Effect(NamedTuple):
    """What one alternative allele does to one gene."""

    alternative: str
    gene: SpliceGene
    change: Change


class Looked(NamedTuple):
    """A record with the effects of its alternative alleles on genes, and the alleles with why some were skipped."""

    variant: Variant
    effects: list[Effect]
    told: list[Told]


@dataclass
class VariantSummary:
    """What was looked at: ``records``, ``effects`` (allele and gene), those with a delta score of `CUTS`; ``skipped``.

    ``shown``: details of the first few skipped for each reason. ``indexed``: whether a packed VCF has its index.
    """

    records: int = 0
    effects: int = 0
    reached: Counter[float] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    other_reference: int = 0
    shown: dict[str, list[str]] = field(default_factory=dict)
    indexed: bool = True

    def add(self, looked: Looked) -> None:
        """Count a record."""
        self.records += 1
        self.effects += len(looked.effects)
        for effect in looked.effects:
            largest = max(delta.change for delta in effect.change.deltas)
            self.reached.update(cut for cut in CUTS if largest >= cut)
        self.other_reference += looked.told[0].skipped == OTHER_REFERENCE
        for each in looked.told:
            if each.skipped:
                self.skipped[each.skipped] += 1
                shown = self.shown.setdefault(each.skipped, [])
                detail = each.detail or each.name
                if len(shown) < _SHOWN and detail not in shown:
                    shown.append(detail)

    def check(self, path: Path, early: bool = False, named: bool = False) -> None:
        """Raise ``InputError`` where the file is of another genome: by its chromosomes, or by its letters.

        ``early``: of its first records alone, which may lie on sequences that the genome has not, unless they are
        ``named`` as others call those that it has.
        """
        nowhere = self.records and set(self.skipped) == {NO_CHROMOSOME} and not self.effects
        if nowhere and (named or not early):
            which = f"of the first {counted(self.records, 'record')}" if early else "of the file"
            first = self.shown[NO_CHROMOSOME][0]
            raise input_error(f"no chromosome {which} is in the genome; the first is {first}", path)
        if self.other_reference > MOST_OTHER * self.records:
            of = f"{'the first ' * early}{counted(self.records, 'record')}"
            said = f"REF differs from the genome in {self.other_reference:,} of {of}"
            first = "; ".join(self.shown[OTHER_REFERENCE])
            raise input_error(f"{said} ({first}): another assembly?", path)


class SpliceVariants:
    """Variants beside genes: ``genes`` of a genome as the run's network sees them with other letters.

    ``distance`` in nt from a variant within which sites are looked at; ``masked`` as `BothRead.change`.
    """

    def __init__(
        self,
        predictor: SplicePredictor,
        genome: Genome,
        genes: Sequence[SpliceGene],
        distance: int = DISTANCE,
        masked: bool = False,
    ) -> None:
        self.predictor, self.genome, self.distance, self.masked = predictor, genome, distance, masked
        self._genes: dict[str, list[SpliceGene]] = {}
        for each in genes:
            self._genes.setdefault(each.gene.chrom, []).append(each)
        self._spans = {
            chrom: np.array([(each.transcript.start, each.transcript.end) for each in own])
            for chrom, own in self._genes.items()
        }

    def looked(self, variants: Iterable[Variant]) -> Iterator[Looked]:
        """Each record in order, with what its alleles do to each gene that they touch.

        Raises ``InputError`` where the run's table does not say which channels mark which motif.
        """
        reading = Reading(self.genome, 0, 0)
        waiting: list[tuple[Variant, list[Told]]] = []
        wanted: dict[tuple[int, str], Window] = {}
        touched: dict[int, list[SpliceGene]] = {}
        for variant in variants:
            told = reading.checked(variant)
            for each in told:
                window, genes = self._window(each)
                touched[id(each)] = genes
                wanted |= {(id(each), gene.gene.strand): window for gene in genes if window is not None}
            waiting.append((variant, told))
            if len(wanted) >= AT_ONCE or len(waiting) >= 100 * AT_ONCE:
                yield from self._effects(waiting, wanted, touched)
                waiting, wanted, touched = [], {}, {}
        yield from self._effects(waiting, wanted, touched)

    def _window(self, told: Told) -> tuple[Window | None, list[SpliceGene]]:
        """The window of an allele, and the genes that it touches; where there is none, it is skipped."""
        if told.edit is None:
            return None, []
        chrom = told.variant.chrom
        placing = placed(told.edit, self.genome, chrom)
        genes = self._touched(chrom, placing.anchor, max(placing.edit.end, placing.anchor + 1) + placing.room)
        if not genes:
            told.skipped = NO_GENE
            return None, []
        local = self.predictor.network.half + self.predictor.network.rivals
        return window_of(placing, chrom, self.genome.lengths[chrom], self.distance, local), genes

    def _touched(self, chrom: str, start: int, end: int) -> list[SpliceGene]:
        spans = self._spans.get(chrom)
        if spans is None:
            return []
        return [self._genes[chrom][i] for i in np.flatnonzero((spans[:, 0] < end) & (spans[:, 1] > start))]

    def _effects(
        self,
        waiting: Sequence[tuple[Variant, list[Told]]],
        wanted: dict[tuple[int, str], Window],
        touched: dict[int, list[SpliceGene]],
    ) -> Iterator[Looked]:
        pairs = [(window, strand) for (_, strand), window in wanted.items()]
        both: dict[tuple[int, str], BothRead] = dict(
            zip(wanted, read_both(self.predictor, self.genome, pairs), strict=True)
        )
        for variant, told in waiting:
            effects = [
                Effect(each.alternative, gene, both[id(each), gene.gene.strand].change(gene, self.masked))
                for each in told
                for gene in touched[id(each)]
            ]
            yield Looked(variant, effects, told)


def write_splice_variants(splice: SpliceVariants, vcf: VariantFile, out: Path) -> VariantSummary:
    """Write all records with their fields in INFO; BGZF with an index where ``out`` ends in .gz and they are sorted.

    Nothing is left where it fails. Raises ``InputError`` as `write_looked` does, and for a file that has such fields
    already.
    """
    taken = [each.name for each in FIELDS if f"##INFO=<ID={each.name}," in vcf.header]
    if taken:
        raise input_error(f"has INFO fields {', '.join(taken)} already: of an earlier run?", vcf.path)
    header = header_with(vcf, FIELDS)
    summary = write_looked(splice, vcf, out, header, lambda looked: with_info(looked.variant, info(looked)))
    if out.name.endswith(".gz"):
        try:
            index_by_place(out, "vcf", max(splice.genome.lengths.values(), default=0))
        except OSError:
            summary.indexed = False
    return summary


def write_looked(
    splice: SpliceVariants, source: Source, out: Path, header: str, lines: Callable[[Looked], str]
) -> VariantSummary:
    """Write a header and the ``lines`` of each record, in order; nothing is left where it fails.

    Raises ``InputError`` for a file whose chromosomes are not the genome's, and where REF differs from the genome in
    more than half of the records: after the first `EARLY`, and at the end.
    """
    summary = VariantSummary()
    with text_written(out) as file:
        file.write(header)
        for looked in splice.looked(source.variants()):
            summary.add(looked)
            file.write(lines(looked))
            if summary.records == EARLY:
                named = called_otherwise(looked.variant.chrom, splice.genome.lengths) is not None
                summary.check(source.path, early=True, named=named)
        summary.check(source.path)
    return summary


def info(looked: Looked) -> dict[str, str]:
    """Fields in INFO of a record; those that say nothing are left out."""
    found = {}
    if looked.effects:
        found["Sparling"] = ",".join(_scores(looked.variant, effect) for effect in looked.effects)
        for name, marks in (
            ("SparlingGained", [effect.change.gained for effect in looked.effects]),
            ("SparlingLost", [effect.change.lost for effect in looked.effects]),
        ):
            if any(marks):
                found[name] = ",".join(marks_word(own) for own in marks)
    if any(each.skipped for each in looked.told):
        found["SparlingSkipped"] = ",".join(info_word(each.skipped) or "." for each in looked.told)
    return found


def _scores(variant: Variant, effect: Effect) -> str:
    symbol = info_word(effect.gene.gene.symbol).replace("|", "_")
    return "|".join([effect.alternative, symbol, *delta_scores(variant, effect)])


def delta_scores(variant: Variant, effect: Effect) -> list[str]:
    """The four delta scores and their positions from POS, in SpliceAI's order."""
    deltas = effect.change.deltas
    return [
        *(f"{delta.change:.4f}" for delta in deltas),
        *(str(delta.position - variant.start) for delta in deltas),
    ]


def marks_word(marks: Sequence[Mark]) -> str:
    """Marks as motif@offset, & between them; a point where there is none."""
    return "&".join(f"{mark.motif}@{mark.offset}" for mark in marks) or "."
