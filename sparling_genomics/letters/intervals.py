"""Places on a genome as values: ``Interval``, and the reading of intervals out of FASTA headers.

An interval is [start, end): 0-based, half-open, counted on the forward strand whatever its own strand is.
"""

import re
from dataclasses import dataclass

STRANDS = ("+", "-", ".")

# chrom, start, end, strand as written by bedtools getfasta (with -s, with -name), samtools faidx, Galaxy and Signac.
_HEADER = re.compile(
    r"(?P<chrom>[^\s:].*?)"
    r"(?::(?P<a>\d[\d,]*)-(?P<b>\d[\d,]*)|_(?P<c>\d+)_(?P<d>\d+)|-(?P<e>\d+)-(?P<f>\d+))"
    r"(?:\((?P<bracketed>[-+.])\)|[_:](?P<suffixed>[-+.]))?"
)
# an assembly before the chromosome, as in sacCer3_chrI
_ASSEMBLY = re.compile(r"^(?!chr)[A-Za-z][A-Za-z0-9.]*_(?=chr)")


@dataclass(frozen=True, order=True)
class Interval:
    """A stretch of one chromosome, [start, end) in bp, 0-based; ``strand`` is "+", "-", or "." for none.

    Raises ``ValueError`` when made of an empty or blank-containing chromosome name, a negative start, an end before the
    start, or another strand.

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


def parse_interval(name: str, length: int) -> Interval | None:
    """The interval that a FASTA name speaks of, or None where it speaks of none or contradicts the sequence.

    ``length`` of the sequence in bp decides how the name counts: end - start bp is 0-based and half-open (bedtools),
    one more is 1-based and inclusive (UCSC, samtools) and is converted. Read are ``chr1:100-200``,
    ``chr1:100-200(+)``, ``chr1_100_200_+``, ``chr1-100-200``, any of them after ``name::`` (bedtools getfasta -name)
    or after an assembly and an underscore (``sacCer3_chrI_100_200_+``).

    >>> parse_interval("chr1:100-200(+)", length=100)
    Interval(chrom='chr1', start=100, end=200, strand='+')
    >>> parse_interval("chr1:101-200", length=100)
    Interval(chrom='chr1', start=100, end=200, strand='.')
    >>> parse_interval("chr1:100-200", length=50)
    """
    match = _HEADER.fullmatch(name.rpartition("::")[2])
    if match is None:
        return None
    first = match["a"] or match["c"] or match["e"]
    last = match["b"] or match["d"] or match["f"]
    start, end = int(first.replace(",", "")), int(last.replace(",", ""))
    if end - start + 1 == length:
        start -= 1
    if start < 0 or end - start != length:
        return None
    chrom = _ASSEMBLY.sub("", match["chrom"])
    return Interval(chrom, start, end, match["bracketed"] or match["suffixed"] or ".")
