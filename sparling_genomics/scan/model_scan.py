"""A run's own network on other sequences: where its motifs have sites, and how likely each sequence is bound."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.files.rows import SITE_COLUMNS
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.motifs.selection import compete
from sparling_genomics.motifs.site_table import site_table
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.tasks.binary import fitting_batch

SCAN_COLUMNS = tuple(column for column in SITE_COLUMNS if column not in ("label", "split"))
"""Of a table of sites in sequences without labels."""


def scan_sequences(run: StoredRun, data: SequenceDataset) -> pd.DataFrame:
    """Sites of the run's motifs, in order of motif, sequence and start; columns `SCAN_COLUMNS`.

    As in training a site is a mark that is likelier than chance, and of overlapping ones the likelier stands.
    """
    found, _ = run.find(data, 2 * fitting_batch(data.lengths))
    table = site_table(data, standing(run, data, found) if run.pwms else [])
    return table[list(SCAN_COLUMNS)]


def standing(run: StoredRun, data: SequenceDataset, found: Activations) -> list[Motif]:
    """Each motif with the sites that are left to it among ``found``; scores in nats above its own cut."""
    thresholds = np.broadcast_to(run.model.sparsity.threshold.cpu().numpy(), (len(run.pwms),))
    motifs = run.placed(found)
    absolute = {
        i: replace(motif, sites=replace(motif.sites, score=motif.sites.score + thresholds[i]))
        for i, motif in enumerate(motifs)
    }
    stands = compete(data, absolute)
    own = [motif.sites.select(stands[i]) for i, motif in enumerate(motifs)]
    above = [replace(sites, score=sites.score - run.listed_from[i]) for i, sites in enumerate(own)]
    return [replace(motif, sites=sites) for motif, sites in zip(motifs, above, strict=True)]


def predict_bound(run: StoredRun, data: SequenceDataset) -> NDArray[np.float64]:
    """Probability of being bound for each sequence (n,), where bound and unbound ones are equally many."""
    _, logits = run.find(data, 2 * fitting_batch(data.lengths))
    return np.asarray(expit(logits))
