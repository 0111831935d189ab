"""Motifs of well-known human transcription factors, as consensus with equal purity in every column.

The consensus letters follow the published matrices (JASPAR: CTCF MA0139, REST MA0138, YY1 MA0095, HNF4A MA0114, GABPA
MA0062, NFYA MA0060, ZNF143 MA0088), of the longer ones a stretch; the counts are ours. Twelve columns or more: shorter
sites also occur by chance, and a mark on one would be no error of the model. None is a palindrome: on two strands half
of one can be marked twice instead of all of it once (docs/decisions).
"""

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import consensus_motif

PURITY = 0.97
"""Share of the bases that the consensus allows, in each column."""

CONSENSUS = {
    "CTCF": "CCASYAGRKGGCRC",
    "REST": "TTCAGCACCATGGA",
    "YY1": "CAAGATGGCGGC",
    "HNF4A": "GGGTCAAAGTCCA",
    "GABPA": "RCCGGAAGTGGC",
    "NFYA": "CAGCCAATCAGC",
    "ZNF143": "ACTACAATTCCC",
}


def factor(name: str) -> Pwm:
    """The motif of one of `CONSENSUS`.

    >>> factor("YY1").consensus(), round(float(factor("YY1").information().sum()), 1)
    ('CAAGATGGCGGC', 21.1)
    """
    return consensus_motif(name, CONSENSUS[name], purity=PURITY)
