"""Variants of a VCF as alleles of windows of a genome, alone or with their neighbours on one haplotype.

The window is as long as the run's sequences (their median), and at least as wide as every receptive field that the
variant can touch; the variant stands in its middle, but for the ends of chromosomes. Both alleles have the same flanks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from sparling_genomics.files.genome import Genome, meant
from sparling_genomics.files.vcf import Variant
from sparling_genomics.letters.alphabet import Codes, decode, encode
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.variants.alleles import Alleles, Edit, edited, shared_ends

LONGEST_ALLELE = 1000
"""bp of an allele; longer ones are skipped."""
SHOWN = 12
"""Letters of an allele in a name."""

NOT_CARRIED = "not carried by the sample"
NO_CHROMOSOME = "chromosome not in the genome"
OTHER_REFERENCE = "reference differs from the genome"


@dataclass(eq=False)
class Told:
    """One alternative allele of a record: the ``alleles`` that stand for it, or why there are none (``skipped``).

    Several that lie on one haplotype share their ``alleles``; ``beside`` names the others. ``detail`` of what is wrong.
    """

    variant: Variant
    alternative: str
    edit: Edit | None = None
    alleles: Alleles | None = None
    skipped: str = ""
    detail: str = ""
    beside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """ID, or chromosome and place from 1, and what changes.

        >>> Told(Variant("I", 4, "A", ("G",), "", 1, 9, None, ""), "G").name
        'I:5:A>G'
        """
        own = self.variant.name or f"{self.variant.chrom}:{self.variant.start + 1}"
        return f"{own}:{_shown(self.variant.reference)}>{_shown(self.alternative)}"


def _shown(letters: str) -> str:
    return letters if len(letters) <= SHOWN else f"{letters[: SHOWN // 2]}..{len(letters)}bp"


@dataclass(frozen=True)
class Reading:
    """How variants become alleles: ``window`` in bp, ``reach`` the receptive field in bp.

    With ``sample`` only the alleles that it carries are told, each together with those that lie on the same haplotype,
    less than a receptive field from one to the next.
    """

    genome: Genome
    window: int
    reach: int
    sample: str | None = None
    _meant: dict[str, str] = field(default_factory=dict, repr=False)

    def told(self, variants: Iterable[Variant]) -> Iterator[tuple[Variant, list[Told]]]:
        """Each record, in order, with its alternative alleles, in order."""
        if self.sample is None:
            for variant in variants:
                yield variant, self._alone(self.checked(variant))
            return
        cluster: list[Variant] = []
        end = 0  # of what the sample carries of the cluster; what it does not carries no cluster on
        for variant in variants:
            if cluster and not (variant.chrom == cluster[-1].chrom and cluster[-1].start <= variant.start < end):
                yield from self._together(cluster)
                cluster, end = [], 0
            cluster.append(variant)
            if variant.carried is not None and any(variant.carried.alleles):
                end = max(end, variant.end + self.reach)
        if cluster:
            yield from self._together(cluster)

    def checked(self, variant: Variant) -> list[Told]:
        """The alternative alleles of a record with their edits, or with what is wrong; no windows."""
        told = [Told(variant, alternative) for alternative in variant.alternatives or (".",)]
        reason, detail = self._fault(variant)
        for each in told:
            each.skipped, each.detail = reason, detail
            if not reason:
                each.edit, each.skipped = _edit(variant, each.alternative)
        return told

    def _fault(self, variant: Variant) -> tuple[str, str]:
        """What is wrong with chromosome, place or reference of a record, and details; empty texts if nothing is."""
        length = self.genome.lengths.get(variant.chrom)
        if length is None:
            if variant.chrom not in self._meant:
                self._meant[variant.chrom] = repr(variant.chrom) + meant(variant.chrom, self.genome.lengths)
            return NO_CHROMOSOME, self._meant[variant.chrom]
        if variant.start < 0:
            return "before the start of its chromosome", f"{variant.chrom}:{variant.start + 1}"
        if variant.end > length:
            return "beyond the end of its chromosome", f"{variant.chrom} has {length:,} bp"
        if len(variant.reference) > LONGEST_ALLELE:
            return _too_long(), ""
        own = _letters(variant.reference)
        there = self.genome.codes(variant.chrom, variant.start, variant.end)
        if own is None or not np.array_equal(own, there):
            got = f"{_shown(variant.reference)}, the genome has {_shown(decode(there))}"
            return OTHER_REFERENCE, f"{variant.chrom}:{variant.start + 1} {got}"
        return "", ""

    def _alone(self, told: list[Told]) -> list[Told]:
        for each in told:
            if each.edit is not None:
                each.alleles = self._alleles([each])
        return told

    def _alleles(self, unit: Sequence[Told]) -> Alleles:
        edits = [each.edit for each in unit if each.edit is not None]
        chrom = unit[0].variant.chrom
        window = centred(chrom, edits[0].start, edits[-1].end, self.window, self.reach, self.genome.lengths[chrom])
        reference = self.genome.codes(chrom, window.start, window.end)
        return edited("+".join(each.name for each in unit), window, reference, edits)

    def _together(self, cluster: Sequence[Variant]) -> Iterator[tuple[Variant, list[Told]]]:
        """The records of a cluster, each allele with those on its haplotype."""
        checked = [self.checked(variant) for variant in cluster]
        for variant, told in zip(cluster, checked, strict=True):
            carried = () if variant.carried is None else variant.carried.alleles
            for number, each in enumerate(told, start=1):
                if not each.skipped and number not in carried:
                    each.edit, each.skipped = None, NOT_CARRIED
        units: dict[tuple[int, ...], Alleles] = {}
        for haplotype in self._haplotypes(checked):
            key = tuple(map(id, haplotype))
            if key not in units:
                units[key] = self._alleles(haplotype)
            for each in haplotype:
                if each.alleles is None:
                    each.alleles = units[key]
                    each.beside = tuple(other.name for other in haplotype if other is not each)
        yield from zip(cluster, checked, strict=True)

    def _haplotypes(self, checked: Sequence[list[Told]]) -> Iterator[list[Told]]:
        """Alleles that lie on one haplotype, in order, less than a receptive field apart, or are alone."""
        calls = [(told, told[0].variant.carried) for told in checked]
        ploidy = max((len(call.alleles) for _, call in calls if call is not None), default=0)
        for strand in range(ploidy):
            unit: list[Told] = []
            phase: int | None = None
            for told, call in calls:
                if call is None or strand >= len(call.alleles) or not call.alleles[strand]:
                    continue
                each = told[(call.alleles[strand] or 1) - 1]
                if each.edit is None:
                    continue
                same = len(set(call.alleles)) == 1
                if not call.phased and not same:
                    yield [each]
                    continue
                end = unit[-1].edit.end if unit and unit[-1].edit is not None else None
                apart = end is None or not 0 <= each.edit.start - end < self.reach
                if apart or (not same and phase is not None and call.phase_set != phase):
                    if unit:
                        yield unit
                    unit, phase = [], None
                unit.append(each)
                phase = phase if same else call.phase_set
            if unit:
                yield unit


def centred(chrom: str, start: int, end: int, window: int, reach: int, length: int) -> Interval:
    """The window around [start, end), with ``reach`` bp on either side at least; moved inwards at a chromosome's end.

    ``length`` of the chromosome in bp, which may be less than the window.

    >>> [str(centred("I", *place, window=40, reach=7, length=99)) for place in ((50, 51), (3, 4), (50, 90))]
    ['I:30-70', 'I:0-40', 'I:43-97']
    """
    size = min(max(window, end - start + 2 * reach), length)
    first = min(max((start + end) // 2 - size // 2, 0), length - size)
    return Interval(chrom, first, first + size)


def _edit(variant: Variant, alternative: str) -> tuple[Edit | None, str]:
    """What an alternative allele changes, without the letters that it shares with the reference; or why it is none."""
    if alternative in (".", ""):
        return None, "no alternative allele"
    if alternative == "*":
        return None, "deleted by another variant (*)"
    if alternative.startswith("<") or any(mark in alternative for mark in "[].<>"):
        return None, "symbolic allele"
    if len(alternative) > LONGEST_ALLELE:
        return None, _too_long()
    letters, reference = _letters(alternative), _letters(variant.reference)
    if letters is None or reference is None:
        return None, "letters that are no nucleotides"
    before, behind = shared_ends(reference, letters)
    edit = Edit(variant.start + before, variant.end - behind, letters[before : len(letters) - behind])
    if edit.start == edit.end and not len(edit.letters):
        return None, "as the reference"
    return edit, ""


def _too_long() -> str:
    return f"longer than {LONGEST_ALLELE:,} bp"


def _letters(text: str) -> Codes | None:
    try:
        return encode(text)
    except ValueError:
        return None
