"""Which places a table of sites holds: those on a genome, or those in the sequences."""

from typing import NamedTuple

from sparling.plurals import counted
from sparling_genomics.data.dataset import SequenceDataset

_SHOWN = 3


class BedPlaces(NamedTuple):
    """What the first column of sites.bed is, for the ``bound`` sequences, of which ``located`` lie on a genome."""

    located: int
    bound: int
    chromosomes: tuple[str, ...]
    """In order of their first sequence."""

    @property
    def holds(self) -> str:
        """ "genome", "sequences" or "both"."""
        if not self.located:
            return "sequences"
        return "genome" if self.located == self.bound else "both"

    def sentence(self) -> str:
        """In words.

        >>> BedPlaces(3, 3, ("chr1", "chr2")).sentence()
        'sites.bed holds places on the genome: its first column is a chromosome (chr1, chr2).'
        """
        if not self.located:
            return (
                "sites.bed holds places in the sequences, whose names say no place on a genome: its first column is "
                "the name of a sequence."
            )
        named = ", ".join(self.chromosomes[:_SHOWN])
        more = len(self.chromosomes) - _SHOWN
        named += f" and {more} more" if more > 0 else ""
        if self.located == self.bound:
            return f"sites.bed holds places on the genome: its first column is a chromosome ({named})."
        of = counted(self.bound, "bound sequence")
        return (
            f"sites.bed holds places on the genome ({named}) for {self.located:,} of {of}; "
            f"the names of the others say none, and the first column is the name of the sequence."
        )


def bed_places(data: SequenceDataset) -> BedPlaces:
    """What sites.bed of these data holds."""
    bound = [interval for interval, label in zip(data.intervals, data.labels.tolist(), strict=True) if label == 1]
    located = [interval for interval in bound if interval is not None]
    return BedPlaces(len(located), len(bound), tuple(dict.fromkeys(interval.chrom for interval in located)))
