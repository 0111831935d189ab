"""The whole search on one screen: rounds of training → one network with a channel a motif → what it found.

It knows no run folder: it is given a path for its checkpoints, and hands on an `Outcome`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, SequenceDataset, with_all_shuffled
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.detectors import training_samples
from sparling_genomics.discovery.map_readout import readout_of
from sparling_genomics.discovery.outcome import Found, Map, Measured, Outcome, Provenance
from sparling_genomics.discovery.plan import plan_round
from sparling_genomics.discovery.refine import Refined, predict, refine
from sparling_genomics.discovery.rounds import Round, Search, discover
from sparling_genomics.files.rows import Effect
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.motifs.effects import effects
from sparling_genomics.motifs.motif import Dropped, Motif
from sparling_genomics.motifs.pairs import pairs
from sparling_genomics.tasks.binary import auroc_standard_error
from sparling_genomics.tasks.ranking import area_under_roc, average_precision


def find(search: Search, clock: float, resume: bool = False) -> Outcome:
    """All trainings, begun at ``clock`` (`time.monotonic`), and what came of them.

    Raises `Interrupted` on Ctrl-C in a training, state saved; with ``resume`` it goes on from there.
    """
    config = search.config
    first = plan_round(config, search.data)
    rounds = discover(replace(search, last=training_samples(search.data, first.settings)), resume)
    candidates = [motif for each in rounds for motif in each.motifs]
    tested = sum(each.tested for each in rounds)
    refined: Refined | list[Dropped] = []
    if candidates:
        refined = refine(search, candidates, tested, _minutes_left(config, rounds), resume)
    everything = with_all_shuffled(search.data, config.seed)
    seconds = time.monotonic() - clock + sum(each.seconds_before for each in rounds)
    if isinstance(refined, list):
        return _nothing(search, everything, rounds, refined, tested, seconds)
    found = Found(refined.motifs, refined.dropped, tested)
    made = Map(refined.model, refined.network, refined.listed_from, refined.shift, refined.steps)
    said = effects(everything, refined.motifs, readout_of(refined.model), refined.features, refined.listed_from, tested)
    measured = _measure(everything, refined.motifs, made, refined.activations, predict(refined), said)
    return Outcome(found, made, measured, _provenance(search, everything, rounds, seconds + refined.seconds_before))


def _nothing(
    search: Search,
    data: SequenceDataset,
    rounds: list[Round],
    dropped: list[Dropped],
    tested: int,
    seconds: float,
) -> Outcome:
    """No motif held: what the network of the first round says."""
    first = rounds[0]
    network = replace(first.network, density=first.progress.annealing.density)
    made = Map(first.model, network, np.zeros(network.channels), 0.0, [])
    found = Found([], dropped or [each for past in rounds for each in past.dropped], tested)
    measured = _measure(data, [], made, first.activations, first.logits, [])
    return Outcome(found, made, measured, _provenance(search, data, rounds, seconds))


def _measure(
    data: SequenceDataset,
    motifs: Sequence[Motif],
    made: Map,
    activations: Activations,
    logits: NDArray[np.float64],
    said: list[Effect],
) -> Measured:
    """Figures of the test side; ``logits`` (n,) of all sequences."""
    test = data.split == TEST
    labels, n_bound = data.labels[test], int(data.labels[test].sum())
    auroc = area_under_roc(labels, logits[test])
    in_test = activations.select(test[activations.sequence])
    return Measured(
        auroc=auroc,
        auroc_error=auroc_standard_error(auroc, n_bound, len(labels) - n_bound),
        auprc=average_precision(labels, logits[test]),
        density=len(in_test) / (made.network.channels * int(data.lengths[test].sum())),
        sites_per_sequence=sum(int(test[motif.sites.sequence].sum()) for motif in motifs) / len(labels),
        effects=said,
        pairs=pairs(data, motifs),
    )


def _provenance(search: Search, data: SequenceDataset, rounds: list[Round], seconds: float) -> Provenance:
    given = frozenset(search.data.names)
    return Provenance(data, given, rounds, str(search.fabric.device), search.precision, seconds)


def _minutes_left(config: MotifConfig, rounds: Sequence[Round]) -> float | None:
    """What the rounds leave for the last training; a tenth of all where they overran."""
    if config.max_minutes is None:
        return None
    spent = sum(each.progress.seconds for each in rounds) / 60
    return max(config.max_minutes - spent, 0.1 * config.max_minutes)
