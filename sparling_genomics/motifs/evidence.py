"""Whether a motif holds: enough sites, enough information, more of them in held-out bound sequences than by chance."""

import numpy as np
import scipy

from sparling_genomics.data.dataset import TEST, VALIDATION, SequenceDataset
from sparling_genomics.motifs.motif import Motif

MIN_SITES = 10
MIN_BITS = 4.0
SIGNIFICANCE = 0.05


def fault(data: SequenceDataset, motif: Motif, tested: int) -> str:
    """Why a motif, one of ``tested``, is not to be reported; empty if it is."""
    if motif.pwm.n_sites < MIN_SITES:
        return f"fewer than {MIN_SITES} sites in bound sequences"
    if motif.pwm.information().sum() < MIN_BITS:
        return f"less than {MIN_BITS:g} bits of information"
    p = enrichment(data, motif)
    if p >= SIGNIFICANCE / tested:
        return f"not enriched in held-out bound sequences (P = {p:.2g})"
    return ""


def enrichment(data: SequenceDataset, motif: Motif) -> float:
    """P of as many bound sequences with a site among those held out, validation and test sides, by chance.

    One-sided Fisher exact test of having a site against being bound.
    """
    held_out = (data.split == VALIDATION) | (data.split == TEST)
    has_site = np.bincount(motif.sites.sequence, minlength=len(data)) > 0
    bound = data.labels == 1
    table = [[int((held_out & side & has).sum()) for has in (has_site, ~has_site)] for side in (bound, ~bound)]
    return float(scipy.stats.fisher_exact(table, alternative="greater").pvalue)
