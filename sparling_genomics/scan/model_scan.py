"""A run's own network on other sequences: where its motifs have sites, and how likely each sequence is bound."""

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.targets import Column
from sparling_genomics.files.rows import SITE_COLUMNS
from sparling_genomics.motifs.effects import outputs
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.motifs.site_table import site_table
from sparling_genomics.network.motif_network import readout_of
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.tasks.binary import fitting_batch

SCAN_COLUMNS = tuple(column for column in SITE_COLUMNS if column not in ("label", "split"))
"""Of a table of sites in sequences without labels."""


def scan_sequences(run: StoredRun, data: SequenceDataset) -> pd.DataFrame:
    """Sites of the run's motifs, in order of motif, sequence and start; columns `SCAN_COLUMNS`."""
    found, _ = run.find(data, 2 * fitting_batch(data.lengths))
    table = site_table(data, run.placed(found) if run.pwms else [])
    return table[list(SCAN_COLUMNS)]


def predict_columns(run: StoredRun, data: SequenceDataset) -> pd.DataFrame:
    """Of a run with several labels or values: probability of each label, and each value, a column each; a row each.

    Probabilities are those where either label is as common.
    """
    found, _ = run.find(data, 2 * fitting_batch(data.lengths))
    features = map_features(found, len(data), run.model.sparsity.channels)
    said = outputs(readout_of(run.model), features)
    columns = [Column(**column) for column in run.info["data"]["columns"]]
    return pd.DataFrame(
        {
            column.name: scipy.special.expit(own) if column.kind == "label" else own * column.scale + column.mean
            for column, own in zip(columns, said.T, strict=True)
        },
        index=pd.Index(data.names, name="sequence"),
    )


def predict_bound(run: StoredRun, data: SequenceDataset) -> NDArray[np.float64]:
    """Probability of being bound for each sequence (n,), where bound and unbound ones are equally many."""
    _, logits = run.find(data, 2 * fitting_batch(data.lengths))
    return np.asarray(scipy.special.expit(logits))
