"""The whole search on one screen: seeds → one sparse network → what is left → the same network → which motifs stay.

It knows no run folder: it is given a path for its checkpoints, and hands on an `Outcome`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from sparling.networks.model import SparlingModel
from sparling.training.schedule import Stage
from sparling_genomics.data.dataset import TRAIN, SequenceDataset, with_all_shuffled
from sparling_genomics.discovery.choice import Choice, candidates, choose, named
from sparling_genomics.discovery.plan import plan, widths
from sparling_genomics.discovery.seeds import Seed, find_seeds, log_odds
from sparling_genomics.discovery.training import Search, Trained, train
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.motifs.activations import find_activations
from sparling_genomics.motifs.map_features import Map, map_features, site_scores
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.network.motif_network import build_network, matrices_of, sparsity_of, with_channels
from sparling_genomics.tasks.binary import fitting_batch


def find(search: Search, clock: float, resume: bool = False):
    config = search.config
    everything = with_all_shuffled(search.data, config.seed)
    training = everything.subset(everything.indices(TRAIN))
    seeds = _seeds(search, training)
    t=time.process_time()
    first = _from_start(search, training, seeds, resume)
    print('first', round(time.process_time()-t,1)); t=time.process_time()
    made = look(search, first.model, everything)
    found = candidates(first.model, first.network, everything, made)
    choice = choose(everything, found, seeded=len(seeds))
    show('first', everything, found, choice)
    more = _seeds(search, without(everything, choice).subset(everything.indices(TRAIN))) if config.start=='seeds' else []
    print('more', [(s.word, round(s.log10_e,1), s.bound, s.unbound) for s in more], round(time.process_time()-t,1)); t=time.process_time()
    second = _on(search, first, training, choice, more, resume)
    print('second', round(time.process_time()-t,1)); t=time.process_time()
    made = look(search, second.model, everything)
    found = candidates(second.model, second.network, everything, made)
    choice = choose(everything, found, seeded=second.network.channels)
    show('second', everything, found, choice)
    print('look', round(time.process_time()-t,1))
    return second, everything, made, found, choice


def show(title, data, found, choice):
    from sparling_genomics.discovery.choice import evidence
    from sparling_genomics.data.dataset import TEST
    why={d.channels[0]: d.reason for d in choice.dropped}
    for c in sorted(found,key=lambda c:-c.cost): print(title, c.channel, c.motif.pwm.consensus() , c.motif.pwm.n_sites, f'own {c.own:.2f} valP {c.p:.1e} cost {c.cost:.4f} testP {evidence(data,c.motif,TEST):.1e}', why.get(c.channel,'KEPT'))


def _seeds(search: Search, training: SequenceDataset) -> list[Seed]:
    if search.config.start == "nothing":
        return []
    field = widths(search.config, search.data).field
    return find_seeds(training, field, triplets=True)


def _from_start(search, training, seeds, resume) -> Trained:
    config = search.config
    n = len(seeds)
    bases = float(training.lengths[training.labels == 1].sum())
    marks = np.array([max(seed.marks, 2) for seed in seeds] or [bases / training.lengths.mean()] * config.channels, dtype=float)
    budget = marks / bases / 2
    unit = float(budget.mean())
    torch.manual_seed(config.seed)
    planned = plan(config, search.data, len(marks), unit, config.max_minutes)
    model = build_network(planned.network)
    _put(model, training, seeds)
    if config.budgets=="data": sparsity_of(model).share_out(torch.from_numpy(budget / unit))
    stage = Stage("First")
    return train(search, model, planned.network, planned.anneal, replace(planned.settings, settle_evaluations=1), stage, search.folder, resume)


def _put(model: SparlingModel, training: SequenceDataset, seeds: Sequence[Seed], first: int = 0) -> None:
    """Let channels from ``first`` on start as seeds."""
    matrices = matrices_of(model)
    if matrices is not None:
        matrices.start_from([log_odds(seed.counts, np.array(training.background)) for seed in seeds], first)


def _on(search, first: Trained, training, choice: Choice, more, resume) -> Trained:
    config = search.config
    torch.manual_seed(config.seed + 1)
    kept = sorted(each.channel for each in choice.kept)
    if not kept and not more: kept=list(range(first.network.channels))
    model, network = with_channels(first.model, first.network, kept, len(more))
    layer = sparsity_of(model)
    if more:
        _put(model, training, more, len(kept))
        bases = float(training.lengths[training.labels == 1].sum())
        shares = layer.shares.clone()
        shares[len(kept):] = torch.tensor([max(s.marks,2) / bases / 2 / layer.unit for s in more])
        layer.share_out(shares)
    planned = plan(config, search.data, network.channels, network.unit, config.max_minutes)
    density = first.progress.annealing.density
    model.train()
    return train(search, model, network, planned.rest(density), planned.settings, Stage("Second"), search.folder / "second", resume)


def look(search: Search, model: SparlingModel, data: SequenceDataset) -> Map:
    """The map of all sequences, shuffled copies too."""
    size = 2 * fitting_batch(data.lengths)
    model.eval()
    found, logits = find_activations(model, data, size, search.fabric.device, search.fabric.autocast())
    channels = model.sparsity.channels
    return Map(found, map_features(found, len(data), channels), logits, site_scores(model))


def without(data: SequenceDataset, choice: Choice) -> SequenceDataset:
    """The same sequences with N where the motifs that stay have sites."""
    codes = data.codes.copy()
    for each in choice.kept:
        start, end = each.motif.intervals(data)
        offset = data.offsets[each.motif.sites.sequence]
        for a, b in zip((offset + start).tolist(), (offset + end).tolist(), strict=True):
            codes[a:b] = AMBIGUOUS
    return replace(data, codes=codes)
