"""Places on a genome as values: ``Interval``, and the reading of intervals out of FASTA headers.

An interval is [start, end): 0-based, half-open, counted on the forward strand whatever its own strand is.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from sys import intern

STRANDS = ("+", "-", ".")
FARTHEST = 10**12
"""bp that a chromosome may have: a hundred times the longest genome known."""

_DIGITS = len(str(FARTHEST)) + 1
"""Of a number that are looked at: more are beyond it anyway."""
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_STRAND = r"(?:\((?P<bracketed>[-+.])\)|[_:,;|/](?P<suffixed>[-+.])|(?P<turned>/rc))?"
# chr1:100-200 of bedtools, samtools and UCSC; a..b and complement() of GenBank and EMBL; c200-101 of NCBI
_COLON = re.compile(
    rf"(?P<contig>[^:].*?):(?P<complement>c|complement\()?(?P<a>{_NUMBER})(?:-|\.\.)(?P<b>{_NUMBER})\)?{_STRAND}"
)
# chromosome:GRCh38:1:101:200:-1 of Ensembl, or its last four fields
_ENSEMBL = re.compile(r"(?:[^:].*?:)??(?P<contig>[^:]+):(?P<a>\d+):(?P<b>\d+)(?::(?P<one>-?1))?")
# chr1_100_200_+ of Galaxy, chr1-100-200 of Signac
_JOINED = re.compile(rf"(?P<contig>[^:].*?)(?P<joint>[_-])(?P<a>\d+)(?P=joint)(?P<b>\d+){_STRAND}")
# what stands before a chromosome, as in sacCer3_chrI and peak_7_chr1
_BEFORE = re.compile(r"(?P<prefix>.*[_.:-])(?=[Cc]hr(?:omosome)?_?[0-9XYMWZUIV])")


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    """A stretch of one chromosome, [start, end) in bp, 0-based; ``strand`` is "+", "-", or "." for none.

    Raises ``ValueError`` when made of an empty or blank-containing chromosome name, a negative start, an end before the
    start or beyond `FARTHEST`, or another strand.

    >>> Interval("chr1", 100, 104).length
    4
    """

    chrom: str
    start: int
    end: int
    strand: str = "."

    def __post_init__(self) -> None:
        if not self.chrom or any(letter.isspace() for letter in self.chrom):
            raise ValueError(f"chrom must be one non-empty word; got {self.chrom!r}")
        if not 0 <= self.start <= self.end:
            raise ValueError(f"interval must satisfy 0 <= start <= end; got start {self.start}, end {self.end}")
        if self.end > FARTHEST:
            raise ValueError(f"end must be at most {FARTHEST:,} bp; got {self.end:,}")
        if self.strand not in STRANDS:
            raise ValueError(f"strand must be '+', '-' or '.'; got {self.strand!r}")

    @property
    def length(self) -> int:
        """Number of bp."""
        return self.end - self.start

    def overlap(self, other: "Interval") -> int:
        """Number of bp shared with another interval, whatever the strands.

        >>> Interval("chr1", 0, 10).overlap(Interval("chr1", 7, 12))
        3
        """
        if self.chrom != other.chrom:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def project(self, start: int, end: int, strand: str = "+") -> "Interval":
        """Where [start, end) of the sequence that was read from this interval lies on the genome.

        ``strand`` is relative to the sequence. On a "-" interval the sequence runs backwards, so both the place and the
        strand are mirrored. Raises ``ValueError`` where [start, end) leaves the sequence.

        >>> Interval("chr1", 100, 200, "-").project(0, 10)
        Interval(chrom='chr1', start=190, end=200, strand='-')
        """
        if not 0 <= start <= end <= self.length:
            raise ValueError(f"[start, end) must lie in a sequence of {self.length} bp; got [{start}, {end})")
        if self.strand == "-":
            mirrored = {"+": "-", "-": "+"}.get(strand, strand)
            return Interval(self.chrom, self.end - end, self.end - start, mirrored)
        return Interval(self.chrom, self.start + start, self.start + end, strand)

    def __str__(self) -> str:
        """As bedtools getfasta -s writes it, ``chr1:100-200(+)``; without brackets where there is no strand."""
        return f"{self.chrom}:{self.start}-{self.end}" + ("" if self.strand == "." else f"({self.strand})")


@dataclass(frozen=True, slots=True)
class _Read:
    """A place as it stands in a name: ``prefix`` before its chromosome, and whether a colon parts it from its bp."""

    place: Interval
    prefix: str
    colon: bool

    def interval(self, with_prefix: bool) -> Interval:
        return replace(self.place, chrom=self.prefix + self.place.chrom) if with_prefix else self.place


def parse_interval(name: str, length: int) -> Interval | None:
    """The interval that a FASTA name speaks of, or None where it speaks of none or contradicts the sequence.

    ``length`` of the sequence in bp decides how the name counts: end - start bp is 0-based and half-open (bedtools),
    one more is 1-based and inclusive (UCSC, samtools) and is converted. Read are ``chr1:100-200``,
    ``chr1:100..200``, ``chr1_100_200``, ``chr1-100-200`` and Ensembl's ``1:101:200:-1``, with a strand behind them as
    ``(+)``, ``_+``, ``:+``, ``,+`` or samtools' ``/rc``; the "-" strand, too, as ``complement(101..200)``,
    ``c200-101`` or ``200-101``. A name before ``::`` or ``|`` is no part of the chromosome. What stands before its
    ``chr`` is a part in ``hg38_chr1:100-200`` and none in ``hg38_chr1_100_200``, see `parse_intervals`.

    >>> parse_interval("chr1:100-200(+)", length=100)
    Interval(chrom='chr1', start=100, end=200, strand='+')
    >>> parse_interval("peak7|chr1:101-200/rc", length=100)
    Interval(chrom='chr1', start=100, end=200, strand='-')
    >>> parse_interval("chr1:100-200", length=50)
    """
    read = _read(name, length)
    return None if read is None else read.interval(with_prefix=read.colon)


def parse_intervals(names: Iterable[str], lengths: Iterable[int]) -> tuple[Interval | None, ...]:
    """`parse_interval` of each name of a file; together they tell what stands before their chromosomes.

    What differs from name to name is a name of the sequence (``peak_7_chr1``) and goes. Where there are a few that come
    again, haplotypes as a rule, they stay: ``mat_chr1`` and ``pat_chr1`` are two sequences. Without ``chr``, a text
    before ``_100_200`` that differs from name to name is no chromosome, and no place is read.

    >>> [i.chrom for i in parse_intervals(["p1_chr1:0-9", "p2_chr1:5-14", "p3_chr1:9-18"], [9, 9, 9])]
    ['chr1', 'chr1', 'chr1']
    """
    read = [_read(name, length) for name, length in zip(names, lengths, strict=True)]
    prefixes = Counter(each.prefix for each in read if each is not None and each.prefix)
    named = _differ(prefixes)
    bare = Counter(each.place.chrom for each in read if each is not None and not each.colon and not _is_chr(each))
    nowhere = _differ(bare)
    found: list[Interval | None] = []
    for each in read:
        if each is None or (nowhere and not each.colon and not _is_chr(each)):
            found.append(None)
        else:
            found.append(each.interval(with_prefix=not named and (each.colon or len(prefixes) > 1)))
    return tuple(found)


def _differ(texts: Counter[str]) -> bool:
    """Whether most texts come once only, of three at least."""
    return texts.total() >= 3 and len(texts) > texts.total() / 2


def _is_chr(read: _Read) -> bool:
    return _BEFORE.match("_" + read.place.chrom) is not None


def _read(name: str, length: int) -> _Read | None:
    text = name.rpartition("::")[2]
    inside = text.removeprefix("complement(").removesuffix(")")
    around = len(text) - len(inside) == len("complement()")
    text = inside if around else text
    match = _COLON.fullmatch(text) or _ENSEMBL.fullmatch(text) or _JOINED.fullmatch(text)
    if match is None:
        return None
    said = match.groupdict()
    start, end = (int(said[bp].replace(",", "")[:_DIGITS]) for bp in ("a", "b"))
    turned = around or said.get("complement") is not None or said.get("turned") is not None or said.get("one") == "-1"
    if start > end and start - end + 1 == length:  # as those write it who count from 1
        start, end, turned = end, start, True
    if end - start + 1 == length:
        start -= 1
    if start < 0 or end > FARTHEST or end - start != length:
        return None
    strand = said.get("bracketed") or said.get("suffixed") or ("+" if said.get("one") else ".")
    contig = said["contig"].rstrip("|").rpartition("|")[2]
    before = _BEFORE.match(contig)
    prefix = before["prefix"] if before else ""
    chrom = contig.removeprefix(prefix)
    if not chrom or len(chrom.split()) != 1:
        return None
    return _Read(Interval(intern(chrom), start, end, "-" if turned else strand), prefix, match.re is not _JOINED)
