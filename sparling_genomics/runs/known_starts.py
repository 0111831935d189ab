"""Known matrices beside the motifs that their channels became."""

from typing import Any, NamedTuple

from sparling_genomics.discovery.known import KnownStart
from sparling_genomics.discovery.outcome import Outcome
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm


class Start(NamedTuple):
    """A known matrix, and what its channel became."""

    known: KnownStart
    became: str
    """Id of its motif, or why there is none."""
    motif: Pwm | None
    likeness: float | None
    """Correlation of both, the whole matrices (`letters.likeness`)."""
    facing: Pwm
    """The columns that were used, on the strand on which they read like the motif."""

    def json(self) -> dict[str, Any]:
        """Its line of run.json."""
        pwm = self.known.pwm
        return {
            "name": pwm.name,
            "alt_name": pwm.alt_name,
            "consensus": pwm.consensus(),
            "columns": [self.known.first, self.known.first + self.known.width],
            "became": self.became,
            "likeness": self.likeness,
        }


def starts_of(outcome: Outcome) -> list[Start]:
    """The known matrices of a run in the order of their file; none where channels started as seeds."""
    motifs = {motif.pwm.name: motif.pwm for motif in outcome.found.motifs}
    starts = []
    for fate in outcome.found.seeds:
        if not isinstance(fate.seed, KnownStart):
            continue
        used, motif = fate.seed.used, motifs.get(fate.became)
        likeness = None
        if motif is not None and motif.width:
            like = similarity(motif, used, reverse_complement=motif.alphabet.double_stranded, whole=True)
            likeness = like.correlation
            used = used.reverse_complement() if like.strand == "-" else used
        starts.append(Start(fate.seed, fate.became, motif, likeness, used))
    return starts
