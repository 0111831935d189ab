"""Sites of motifs as a table: where each one lies, in its sequence and on the genome."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.splits import SPLIT_NAMES
from sparling_genomics.files.rows import GENOME_COLUMNS, SITE_COLUMNS, Carriers
from sparling_genomics.motifs.motif import Motif


def site_table(
    data: SequenceDataset,
    motifs: Sequence[Motif],
    contrasts: Sequence[int] = (),
    without: Sequence[NDArray[np.float64]] = (),
) -> pd.DataFrame:
    """Every site of every motif, in order of motif, sequence and start; columns ``SITE_COLUMNS``.

    ``contrasts``: of several labels the one of each motif; ``label`` is of that, missing for what is in neither end.
    ``without``: for each motif the prediction without each of its sites, where that was asked.
    """
    parts = []
    for i, motif in enumerate(motifs):
        labels = data.seen_by(contrasts[i]).labels if contrasts else data.labels.astype(int)
        start, end = motif.intervals(data)
        sites = motif.sites
        strand = np.where(sites.reverse, "-", "+")
        genome = [_on_genome(data, *place) for place in zip(sites.sequence, start, end, strand, strict=True)]
        part = pd.DataFrame(
            {
                "motif_id": motif.pwm.name,
                "sequence": [data.names[i] for i in sites.sequence],
                "start": start,
                "end": end,
                "strand": strand,
                "score": sites.score,
                "label": labels[sites.sequence],
                "split": [SPLIT_NAMES[side] for side in data.split[sites.sequence]],
            }
        )
        part[list(GENOME_COLUMNS)] = pd.DataFrame(genome, part.index, GENOME_COLUMNS, dtype=object)
        part["beyond_end"] = motif.pwm.width - (end - start)
        part["prediction_without"] = without[i] if without else np.nan
        parts.append(part[end > start])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({c: [] for c in SITE_COLUMNS}, dtype=object)


def carriers(sites: pd.DataFrame, motif_id: str, bound: int, unbound: int) -> Carriers:
    """How many of so many ``bound`` and ``unbound`` sequences have a site of a motif, from the table of sites.

    >>> table = pd.DataFrame({"motif_id": ["M1"] * 3, "sequence": ["a", "a", "b"], "label": [1, 1, 0]})
    >>> carriers(table, "M1", 4, 4)
    Carriers(sites=2, bound_with=1, bound=4, unbound_with=1, unbound=4)
    """
    own = sites[sites["motif_id"] == motif_id]
    label = own["label"].astype("Float64")
    in_bound, in_unbound = (own.loc[(label == value).fillna(value=False), "sequence"] for value in (1, 0))
    return Carriers(len(in_bound), in_bound.nunique(), bound, in_unbound.nunique(), unbound)


def _on_genome(data: SequenceDataset, index: int, start: int, end: int, strand: str) -> tuple[Any, ...]:
    interval = data.intervals[index]
    if interval is None or end <= start:
        return (None, None, None, None)
    place = interval.project(int(start), int(end), strand)
    return (place.chrom, place.start, place.end, place.strand)
