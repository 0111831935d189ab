"""The whole search on one screen: seeds → one sparse network → seeds in what is left → on → which channels stay.

Channels that start as known matrices are trained alone before, and seeds are sought in what they leave.

The training side trains: seeds, weights, budgets, cuts, and with the validation side matrices. The validation side
decides: annealing, which channels stay, their order. The test side is looked at once, at the end, in `_measure`; none
of its labels reaches a weight, a cut or a choice. The search knows no run folder: it is given a path for its
checkpoints, and hands on an `Outcome`. Trainings draw from all sequences; all else is of those of `looked_at`.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.networks.model import SparlingModel
from sparling.training.annealing import AnnealingRule
from sparling.training.schedule import Stage, TrainingSettings
from sparling_genomics.data.copies import looked_at, with_all_shuffled
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.discovery.choice import Choice, candidates, choose, named
from sparling_genomics.discovery.few import are_few, p_values, seeds_of_few
from sparling_genomics.discovery.known import KnownStart, known_starts
from sparling_genomics.discovery.outcome import Found, Made, Measured, Outcome, Provenance, SeedFate
from sparling_genomics.discovery.plan import widths
from sparling_genomics.discovery.seeds import Seed, find_seeds
from sparling_genomics.discovery.several_seeds import find_seeds_of_several
from sparling_genomics.discovery.start import network_of, with_more
from sparling_genomics.discovery.training import Search, Trained, set_thresholds, train, within
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.motifs.activations import Activations, find_activations
from sparling_genomics.motifs.effects import effects, outputs
from sparling_genomics.motifs.label_effects import label_effects
from sparling_genomics.motifs.map_features import Map, map_features, site_scores
from sparling_genomics.motifs.motif import Dropped, Motif, covered
from sparling_genomics.motifs.pairs import pairs, pairs_within
from sparling_genomics.network.motif_network import NetworkDescription, readout_of, with_channels
from sparling_genomics.tasks.auroc import auroc_of_test
from sparling_genomics.tasks.binary import auroc_standard_error, fitting_batch
from sparling_genomics.tasks.column_figures import column_figures
from sparling_genomics.tasks.ranking import area_under_roc, average_precision
from sparling_genomics.tasks.several import mean_score

FOLDERS = ("", "second", "third", "fourth")
"""Of the trainings in their order, in that of the first."""
MISSED, AGAIN = 0.005, 2
"""Validation AUROC by which channels that went are missed, so that those that stay are trained once more, and
evaluations while the learning rate then falls."""
FIRST_SHARE = 0.6
"""Of the time budget, until the density has fallen."""
SAID = 8
"""Seeds whose words are told, at most."""


def find(search: Search, clock: float, resume: bool = False) -> Outcome:
    """Seeds, the trainings, begun at ``clock`` (`time.monotonic`), and what came of them.

    Raises `Interrupted` on Ctrl-C in a training, state saved; with ``resume`` it goes on from there.
    """
    if search.data.targets is None and are_few(search.data):
        return _find_in_few(search, clock)
    config = search.config
    shown = looked_at(search.data)
    everything = with_all_shuffled(shown, config.seed)
    training = everything.subset(everything.indices(TRAIN))
    known = known_starts(training, search.known, widths(config, search.data).field) if search.known else []
    words = config.start == "seeds" and not config.freeze
    seeds: Sequence[Seed | KnownStart] = known or (_seeds(search, training) if words else [])

    model, planned = network_of(search, training, seeds, alone=config.freeze)
    network, minutes = planned.network, config.max_minutes
    later = planned.rest_samples
    trainings: list[Trained] = []

    def trained(settings: TrainingSettings, rule: AnnealingRule, stage: Stage, *, by_data: bool) -> Trained:
        folder = search.folder / FOLDERS[len(trainings)]
        trainings.append(train(search, model, network, rule, settings, stage, folder, by_data=by_data, resume=resume))
        return trainings[-1]

    shares = 2 if known and words else 1
    settings = replace(within(planned.settings, config, [], FIRST_SHARE / shares), settle_evaluations=1)
    said = _said(seeds, "to start from") if config.start == "seeds" else ""
    if known and words:
        stage = Stage("Known matrices alone", (2 * later, 2 * later), minutes, said)
        alone = trained(settings, planned.anneal, stage, by_data=True)
        found = candidates(alone.model, alone.network, everything, _look(search, alone.model, everything))
        holds = choose(everything, found, proven=range(0)).kept
        beside = _seeds(search, _left(everything, [each.motif for each in holds]))
        model, network = with_more(search, alone, range(len(known)), training, beside)
        seeds, said = [*known, *beside], _said(beside, "beside them") if beside else ""
    stage = Stage("Density falls", (later, later), minutes, said)
    first = trained(settings, planned.anneal, stage, by_data=bool(seeds))
    found = candidates(first.model, first.network, everything, _look(search, first.model, everything))
    chosen = choose(everything, found, proven=range(len(known), len(seeds)))
    proven = bool(seeds) and bool(chosen.kept or not known)

    left = _left(everything, [each.motif for each in chosen.kept])
    more = _seeds(search, left) if seeds and words else []
    stay = sorted(each.channel for each in chosen.kept) or list(range(first.network.channels))
    model, network = with_more(search, first, stay, training, more)
    settings = within(planned.settings, config, trainings)
    rule = planned.rest(first.progress.annealing.density)
    stage = Stage("Channels that stay", (0, 0), minutes, _said(more, "more in what is left") if more else "")
    second = trained(settings, rule, stage, by_data=True)

    final = _final(search, second, everything, len(stay) + len(more) if proven else 0)
    if final.motifs and final.score < second.evaluations[-1].score - MISSED:
        settings = replace(settings, settle_evaluations=AGAIN)
        model, network = final.model.train(), final.network
        third = trained(settings, rule, Stage("Without those that went", (0, 0), minutes), by_data=True)
        final = final.then(_final(search, third, everything, len(final.motifs) if proven else 0))
    seconds = time.monotonic() - clock + sum(each.seconds_before for each in trainings)
    given = frozenset(shown.names)
    device = str(search.fabric.device)
    return Outcome(
        Found(
            final.motifs,
            [*(chosen.dropped if chosen.kept else ()), *final.dropped],
            _fates(seeds, stay, chosen, more, final),
        ),
        Made(final.model, final.network, final.made, rule.density / network.unit),
        _measure(search, everything, final),
        Provenance(everything, given, trainings, device, search.precision, seconds),
    )


def _find_in_few(search: Search, clock: float) -> Outcome:
    """Seeds alone, their matrices as they are; see `few`."""
    everything = with_all_shuffled(search.data, search.config.seed)
    together, seeds = seeds_of_few(search)
    model, planned = network_of(search, together, seeds, alone=True)
    network = planned.network
    set_thresholds(search, model, together)
    made = _look(search, model, everything)
    found = candidates(model, network, everything, made) if seeds else []
    stay = [each.channel for each in found if each.motif.pwm.width][: search.config.motifs]
    if stay and len(stay) < network.channels:
        model, network = with_channels(model, network, stay)
        set_thresholds(search, model, together)
        made = _look(search, model, everything)
    motifs = named([found[channel] for channel in stay])
    final = _Final(model, network, made, motifs, [], stay, math.nan)
    p = p_values(search, [seeds[channel] for channel in stay])
    measured = _measure(search, everything, final)
    proven = [e._replace(p_value=own, e_value=own * len(p)) for e, own in zip(measured.effects, p, strict=True)]
    fates = [
        SeedFate(seed, 1, f"M{stay.index(i) + 1}" if i in stay else "no column says anything")
        for i, seed in enumerate(seeds)
    ]
    seconds, device = time.monotonic() - clock, str(search.fabric.device)
    return Outcome(
        Found(motifs, [], fates),
        Made(model, network, made, 1.0),
        measured._replace(effects=proven, auroc=math.nan, auroc_low=math.nan, auroc_high=math.nan, auprc=math.nan),
        Provenance(everything, frozenset(search.data.names), [], device, search.precision, seconds),
    )


def _left(data: SequenceDataset, motifs: Sequence[Motif]) -> SequenceDataset:
    """The training side, the sites of these motifs turned to N."""
    codes = np.where(covered(data, motifs), AMBIGUOUS, data.codes).astype(np.uint8)
    return replace(data, codes=codes).subset(data.indices(TRAIN))


def _seeds(search: Search, training: SequenceDataset) -> list[Seed]:
    field = widths(search.config, search.data).field
    if training.targets is not None:
        return find_seeds_of_several(training, field)
    return find_seeds(training, field, triplets=not search.data.has_negatives(TRAIN))


def _said(seeds: Sequence[Seed | KnownStart], what: str) -> str:
    """How many seeds, or known matrices, there are, and the first of them, for those who watch."""
    if not seeds:
        return "No word is commoner in bound sequences: channels begin at random"
    more = f" and {len(seeds) - SAID} more" if len(seeds) > SAID else ""
    one, several = ("word", "words") if isinstance(seeds[0], Seed) else ("known matrix", "known matrices")
    count = f"1 {one}" if len(seeds) == 1 else f"{len(seeds)} {several}"
    names = [seed.word if isinstance(seed, Seed) else seed.pwm.alt_name or seed.pwm.name for seed in seeds[:SAID]]
    return f"{count} {what}: {', '.join(names)}{more}"


class _Final(NamedTuple):
    """The network with a channel a motif, or with all channels where none holds."""

    model: SparlingModel
    network: NetworkDescription
    made: Map
    motifs: list[Motif]
    dropped: list[Dropped]
    """By their channel in the trained network."""
    origin: list[int]
    """Channel of each motif in the trained network."""
    score: float
    """On the validation side, as `Evaluated.score`."""

    def then(self, later: "_Final") -> "_Final":
        """What became of the network that this one was trained on to, by channels of the first of them."""
        dropped = [replace(each, channels=tuple(self.origin[k] for k in each.channels)) for each in later.dropped]
        origin = [self.origin[k] for k in later.origin]
        return later._replace(dropped=[*self.dropped, *dropped], origin=origin)


def _final(search: Search, trained: Trained, data: SequenceDataset, proven: int) -> _Final:
    """Channels that do not hold go, and thresholds are set anew without them, until all that are left hold."""
    model, network = trained.model, trained.network
    origin = list(range(network.channels))
    dropped: list[Dropped] = []
    ordered = False
    while True:
        made = _look(search, model, data)
        choice = choose(data, candidates(model, network, data, made), proven=range(proven), most=search.config.motifs)
        dropped += [replace(each, channels=tuple(origin[k] for k in each.channels)) for each in choice.dropped]
        if not choice.kept:
            return _Final(model, network, made, [], dropped, [], _score(model, data, made))
        if ordered and not choice.dropped:
            kept = choice.kept
            if search.config.sites_per_seq:
                set_thresholds(search, model, wanted=search.config.sites_per_seq)
                made = _look(search, model, data)
                kept = candidates(model, network, data, made)
            motifs = named(sorted(kept, key=lambda each: each.channel))
            return _Final(model, network, made, motifs, dropped, origin, _score(model, data, made))
        order = [each.channel for each in choice.kept]
        proven, ordered = (len(order) if proven else 0), True
        origin = [origin[k] for k in order]
        model, network = with_channels(model, network, order)
        set_thresholds(search, model, contrasts=network.contrasts)


def _score(model: SparlingModel, data: SequenceDataset, made: Map) -> float:
    validation = data.split == VALIDATION
    if data.targets is not None:
        own = data.targets.subset(np.flatnonzero(validation))
        return mean_score(outputs(readout_of(model), made.features)[validation], own.values, own.columns).value
    return area_under_roc(data.labels[validation], made.logits[validation])


def _read(search: Search, model: SparlingModel, data: SequenceDataset) -> tuple[Activations, NDArray[np.float64]]:
    """All activations in ``data``, and the logits (n,)."""
    model.eval()
    size = 2 * fitting_batch(search.data.lengths[search.data.split == TRAIN], search.config.batch)
    return find_activations(model, data, size, search.fabric.device, search.fabric.autocast())


def _look(search: Search, model: SparlingModel, data: SequenceDataset) -> Map:
    """The map of all sequences, shuffled copies too."""
    found, logits = _read(search, model, data)
    return Map(found, map_features(found, len(data), model.sparsity.channels), logits, site_scores(model))


def _fates(
    seeds: Sequence[Seed | KnownStart], stay: Sequence[int], chosen: Choice, more: Sequence[Seed], final: _Final
) -> list[SeedFate]:
    """What became of each seed of both searches."""
    first = {each.channels[0]: each.reason for each in chosen.dropped}
    second = {each.channels[0]: each.reason for each in final.dropped}
    second |= {channel: motif.pwm.name for channel, motif in zip(final.origin, final.motifs, strict=True)}
    place = {channel: i for i, channel in enumerate(stay)}
    fates = [SeedFate(seed, 1, second[place[i]] if i in place else first[i]) for i, seed in enumerate(seeds)]
    return fates + [SeedFate(seed, 2, second[len(stay) + i]) for i, seed in enumerate(more)]


def _measure(search: Search, data: SequenceDataset, final: _Final) -> Measured:
    """Figures of the test side: looked at here alone. Its AUROC is against several shuffles, or the unbound given."""
    model, network, made, motifs = final.model, final.network, final.made, final.motifs
    test = data.split == TEST
    in_test = int(test[made.activations.sequence].sum())
    density = in_test / (network.channels * int(data.lengths[test].sum()))
    listed = sum(int(test[motif.sites.sequence].sum()) for motif in motifs) / int(test.sum())
    if data.targets is not None:
        return _measure_several(search, data, final, density, listed)
    labels, n_bound = data.labels[test], int(data.labels[test].sum())
    auroc = auroc_of_test(
        looked_at(search.data), lambda sequences: _read(search, model, sequences)[1], search.config.seed
    )
    said = effects(data, motifs, readout_of(model), made.features, made.from_score, len(motifs))
    return Measured(
        auroc=auroc.value,
        auroc_low=auroc.low,
        auroc_high=auroc.high,
        auroc_error=auroc_standard_error(auroc.value, n_bound, len(labels) - n_bound),
        auprc=average_precision(labels, made.logits[test]),
        density=density,
        sites_per_sequence=listed,
        effects=said,
        pairs=pairs(data, motifs),
    )


def _measure_several(search: Search, data: SequenceDataset, final: _Final, density: float, listed: float) -> Measured:
    """The same of several labels or values."""
    model, network, features, test = final.model, final.network, final.made.features, data.subset(data.indices(TEST))
    if test.targets is None:
        raise ValueError("the dataset has no targets")
    said = outputs(readout_of(model), features)[data.indices(TEST)]
    readout, numbers = readout_of(model), network.contrasts
    own, every = label_effects(data, final.motifs, numbers, readout, features, final.made.from_score)
    return Measured(
        auroc=math.nan,
        auroc_low=math.nan,
        auroc_high=math.nan,
        auroc_error=math.nan,
        auprc=math.nan,
        density=density,
        sites_per_sequence=listed,
        effects=own,
        pairs=pairs_within(data, final.motifs, numbers),
        columns=column_figures(test.targets, said, test.cluster, search.config.seed),
        label_effects=tuple(every),
    )
