"""A run's own network on other sequences: where its motifs have sites."""

import pandas as pd

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.files.rows import SITE_COLUMNS
from sparling_genomics.motifs.activations import join
from sparling_genomics.motifs.site_table import site_table
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.scan.network_scan import halo_of, marks_in, none
from sparling_genomics.scan.text import GivenText, units, whole

SCAN_COLUMNS = tuple(column for column in SITE_COLUMNS if column not in ("label", "split", "prediction_without"))
"""Of a table of sites in sequences without labels."""


def scan_sequences(run: StoredRun, data: SequenceDataset) -> pd.DataFrame:
    """Sites of the run's motifs, in order of motif, sequence and start; columns `SCAN_COLUMNS`.

    Sequences may have any length.
    """
    text = GivenText(data)
    found = join([none(), *(marks_in(run, unit) for unit in units(text, whole(text), halo_of(run)))])
    table = site_table(data, run.placed(found) if run.pwms else [])
    return table[list(SCAN_COLUMNS)]
