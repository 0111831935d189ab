"""What each motif does to each of several labels or values, on the test side.

The effect is the model's: outputs with the motif's channel and without (`effects.silenced`), where it has a site.
Beside it stands what the data say without any model: the label with a site and without one, and whether that is chance.
"""

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling_genomics.data.clusters import Groups
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.data.targets import Column, Targets
from sparling_genomics.files.rows import Effect, LabelEffect
from sparling_genomics.motifs.effects import centrality, silenced
from sparling_genomics.motifs.evidence import cluster_means, p_in_contrast
from sparling_genomics.motifs.motif import Motif


def label_effects(
    data: SequenceDataset,
    motifs: Sequence[Motif],
    contrasts: Sequence[int],
    readout: MonotoneReadout | PooledReadout,
    features: Tensor,
    listed_from: NDArray[np.float64],
) -> tuple[list[Effect], list[LabelEffect]]:
    """What each motif does to its own label, and to every label; motif i is channel i of ``features`` (n, 2C).

    ``contrasts`` (C,) in which the motifs are counted; sequences whose strongest activation of a channel is above its
    ``listed_from`` (C,) have a site. The effect on a label is in probability, on a value in its own unit.
    """
    targets = data.targets
    if targets is None:
        raise ValueError("the dataset has no targets")
    test = np.flatnonzero(data.split == TEST)
    asked, cluster, seen = targets.subset(test), data.cluster[test], features[test]
    own, every = [], []
    for channel, motif in enumerate(motifs):
        before, after = (x.double().cpu().numpy() for x in silenced(readout, seen, channel))
        site = seen[:, channel].cpu().numpy() > listed_from[channel]
        rows = [
            _row(motif, i, site, before[:, i], after[:, i], cluster, len(motifs), asked)
            for i in range(len(targets.columns))
        ]
        every += rows
        contrast = targets.contrasts[contrasts[channel]]
        view = data.seen_by(contrasts[channel])
        p = p_in_contrast(data, contrasts[channel], motif.sites, TEST)
        lost = None
        if targets.columns[contrast.column].kind == "label":
            sign = -1.0 if contrast.reverse else 1.0
            said = site & (view.labels[test] == 1) & (sign * before[:, contrast.column] > 0)
            lost = float((sign * after[said, contrast.column] <= 0).mean()) if said.any() else None
        effect = rows[contrast.column].effect
        own.append(Effect(effect, lost, p, p * len(motifs), *centrality(view, motif)))
    return own, every


def _row(
    motif: Motif,
    number: int,
    site: NDArray[np.bool_],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    cluster: Groups,
    motifs: int,
    targets: Targets,
) -> LabelEffect:
    column, values = targets.columns[number], targets.values[:, number]
    given = values + targets.by_letters[:, number]
    known = np.isfinite(values)
    has, lacks = known & site, known & ~site
    if column.kind == "label":
        change = scipy.special.expit(before[has]) - scipy.special.expit(after[has])
    else:
        change = column.scale * (before[has] - after[has])
    p = _chance(column, values, has, lacks, cluster)
    return LabelEffect(
        motif_id=motif.pwm.name,
        label=column.name,
        effect=float(change.mean()) if has.any() else None,
        sequences=int(has.sum()),
        with_site=float(given[has].mean()) if has.any() else None,
        without_site=float(given[lacks].mean()) if lacks.any() else None,
        p_value=p,
        e_value=p * motifs * len(targets.columns),
    )


def _chance(
    column: Column, values: NDArray[np.float32], has: NDArray[np.bool_], lacks: NDArray[np.bool_], cluster: Groups
) -> float:
    """P of a difference between sequences with a site and without, either way; relatives count once.

    Of labels by Fisher's exact test, of values by Mann and Whitney's.
    """
    if column.kind == "label":
        table = [[len(np.unique(cluster[own & (values == end)])) for end in (1, 0)] for own in (has, lacks)]
        return float(scipy.stats.fisher_exact(table)[1])
    groups = [cluster_means(values[own], cluster[own]) for own in (has, lacks)]
    if not all(map(len, groups)):
        return 1.0
    return float(scipy.stats.mannwhitneyu(*groups, method="asymptotic").pvalue)
