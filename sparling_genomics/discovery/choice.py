"""Which channels are motifs: each must hold on the validation side, and own its sites. No test label is looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.networks.model import SparlingModel
from sparling_genomics.data.dataset import VALIDATION, SequenceDataset
from sparling_genomics.letters.likeness import alike, similarity
from sparling_genomics.motifs.effects import silenced
from sparling_genomics.motifs.elements import piece_of
from sparling_genomics.motifs.evidence import MIN_BITS, MIN_SITES, SIGNIFICANCE, p_in_contrast
from sparling_genomics.motifs.map_features import Map
from sparling_genomics.motifs.motif import Dropped, Motif, motif_of_distinct, oriented, word
from sparling_genomics.network.motif_network import NetworkDescription, readout_of, sparsity_of
from sparling_genomics.tasks.several import weighted_loss

OWN = 0.5
"""Share of a channel's marks that must be its own where channels compete."""


@dataclass(frozen=True)
class Candidate:
    """A channel as it is judged."""

    channel: int
    motif: Motif
    own: float
    """Share of its marks in bound training sequences that no other channel owns."""
    p: float
    """Of as many bound validation sequences with a site, by chance (`evidence`)."""
    cost: float
    """By which the loss a sequence on the validation side rises when it is silenced; nats, of labels."""
    contrast: int = 0
    """In which its sites are counted."""


@dataclass(frozen=True)
class Choice:
    """Candidates that stay, the one that explains most first, and why the others go."""

    kept: list[Candidate]
    dropped: list[Dropped]


def candidates(model: SparlingModel, network: NetworkDescription, data: SequenceDataset, made: Map) -> list[Candidate]:
    """Every channel; ``made`` is the map of ``data``, shuffled copies included."""
    layer = sparsity_of(model)
    own = (layer.standing.double() / layer.alone.double().clamp_min(1)).tolist()
    flank = network.width // 2 + network.width // 4
    validation = data.split == VALIDATION
    features = made.features[torch.from_numpy(validation)]
    loss = _loss(data.subset(validation))
    seen = {contrast: data.seen_by(contrast) for contrast in {*network.contrasts, 0}}
    found = []
    for channel in range(network.channels):
        contrast = network.contrast(channel)
        motif = motif_of_distinct(seen[contrast], made.sites(channel), flank, (channel,))
        before, after = (loss(x.cpu()) for x in silenced(readout_of(model), features, channel))
        p = p_in_contrast(data, contrast, motif.sites, VALIDATION)
        found.append(Candidate(channel, motif, own[channel], p, float(after - before), contrast))
    return found


def _loss(data: SequenceDataset) -> Callable[[Tensor], Tensor]:
    """The loss a sequence of outputs (n, T) for these sequences, either label weighing alike."""
    if data.targets is not None:
        values, weights = torch.from_numpy(data.targets.values), torch.ones(len(data), 1)
        return partial(weighted_loss, values=values, columns=data.targets.columns, weights=weights)
    labels = torch.from_numpy(data.labels)
    weight = torch.where(labels == 1, 0.5 / labels.sum(), 0.5 / (1 - labels).sum())
    return lambda x: F.binary_cross_entropy_with_logits(x[:, 0], labels, weight, reduction="sum")


def choose(data: SequenceDataset, found: Sequence[Candidate], *, proven: range, most: int | None = None) -> Choice:
    """Candidates that hold, each once, ``most`` at most.

    The ``proven`` channels were significant as words, corrected for all words; the others must be so on the
    validation side, corrected for their number.
    """
    standing: list[Candidate] = []
    dropped = []
    for candidate in sorted(found, key=lambda each: (-each.cost, each.channel)):
        tried = 1 if candidate.channel in proven else max(len(found) - len(proven), 1)
        reason = _fault(data, candidate, standing, tried)
        if not reason and most is not None and len(standing) == most:
            reason = f"{most} {'other explains' if most == 1 else 'others explain'} more"
        if reason:
            seen = oriented(candidate.motif).pwm
            dropped.append(Dropped((candidate.channel,), seen.consensus(), reason, seen))
        else:
            standing.append(candidate)
    return Choice(standing, dropped)


def _fault(data: SequenceDataset, candidate: Candidate, better: Sequence[Candidate], tried: int) -> str:
    """Why a candidate is no motif of its own beside the ``better`` ones; empty if it is."""
    pwm = candidate.motif.pwm
    if pwm.n_sites < MIN_SITES:
        return f"fewer than {MIN_SITES} sites in bound sequences"
    if pwm.corrected_information().sum() < MIN_BITS:
        return f"less than {MIN_BITS:g} bits of information"
    if candidate.own < OWN and better:
        both = pwm.alphabet.double_stranded
        owner = max(better, key=lambda each: similarity(pwm, each.motif.pwm, reverse_complement=both).correlation)
        return f"{1 - candidate.own:.0%} of its sites belong to others, as {word(owner.motif.pwm)}"
    like = next((each for each in better if alike(pwm, each.motif.pwm)), None)
    if like is not None:
        return f"like {word(like.motif.pwm)}, which explains more"
    if candidate.p >= SIGNIFICANCE / tried:
        return f"not enriched in bound validation sequences (P = {candidate.p:.2g})"
    return piece_of(data.seen_by(candidate.contrast), candidate.motif, [each.motif for each in better])


def named(candidates: Sequence[Candidate]) -> list[Motif]:
    """The motifs of the channels that stay, in order: M1, M2, …; channel i of the network is the i-th."""
    motifs = []
    for i, candidate in enumerate(candidates):
        motif = oriented(replace(candidate.motif, channels=(i,)))
        sites = replace(motif.sites, channel=np.full_like(motif.sites.channel, i))
        motifs.append(replace(motif, sites=sites, pwm=replace(motif.pwm, name=f"M{i + 1}")))
    return motifs
