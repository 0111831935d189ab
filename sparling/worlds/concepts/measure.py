"""An alignment against the truth, on samples that no training saw."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.alignment.alignment import Alignment
from sparling.alignment.codes import Codes
from sparling.alignment.measures.active import active_in
from sparling.alignment.measures.activity import activity
from sparling.alignment.measures.agreement import agreement
from sparling.alignment.measures.labels import Labels, LabelTree
from sparling.alignment.measures.occupancy import occupancy
from sparling.alignment.measures.probe import probe_losses
from sparling.alignment.measures.recovery import recovery
from sparling.alignment.measures.retrieval import retrieval
from sparling.alignment.streams import Stream
from sparling.domains.concepts import Concepts, ConceptSamples
from sparling.worlds.concepts.presets import Schedule
from sparling.worlds.concepts.result import Found, Recalled

TEST = 1 << 41
"""The first test sample; training samples lie below."""
PROBED = 20
"""Test samples that a concept must have to be probed."""


class Truth(NamedTuple):
    """Test samples, and what is true of them."""

    streams: list[Stream]
    concepts: NDArray[np.bool_]
    """(N, C)."""
    private: tuple[NDArray[np.bool_], ...]
    """(N, P_s) of each stream."""
    labels: Labels


class Spent(NamedTuple):
    """What a training took."""

    samples: int
    seconds: float
    stop_reason: str


def streams_of(domain: Concepts, samples: ConceptSamples) -> list[Stream]:
    """Features of samples as streams to be aligned."""
    return [Stream(view.name, each.numpy()) for view, each in zip(domain.views, samples.features, strict=True)]


def truth_of(domain: Concepts, seed: int, schedule: Schedule) -> Truth:
    """Test samples of ``seed``."""
    samples = domain.samples(seed, TEST + torch.arange(schedule.test))
    tree = LabelTree.of(domain.parents)
    active = (samples.concepts > 0).numpy()
    given = np.zeros((len(active), len(tree.names)), dtype=np.bool_)
    given[:, [tree.names.index(name) for name in domain.names]] = active
    private = tuple((each > 0).numpy() for each in samples.private)
    return Truth(streams_of(domain, samples), active, private, Labels.of(tree, given))


def measured(alignment: Alignment, truth: Truth, domain: Concepts, schedule: Schedule, spent: Spent) -> Found:
    """All figures of one training."""
    looking, settings, names = alignment.of(truth.streams), alignment.settings, alignment.names
    codes = [looking.codes(name) for name in names]
    alone = [looking.codes(name, alone=True) for name in names]
    errors = looking.errors()
    alive, agreed = activity(codes), agreement(codes, truth.labels)
    strongest = agreement(codes, truth.labels, top=schedule.strongest)
    own, own_alone = recovery(codes, truth.concepts), recovery(alone, truth.concepts)
    taken = occupancy(codes, truth.labels)
    leaves = [truth.labels.tree.names.index(name) for name in domain.names]
    asked = [Codes(each.index[: schedule.queries], each.value[: schedule.queries], each.size) for each in alone]
    return Found(
        choice=settings.choice,
        cross=settings.cross,
        k=settings.k,
        samples=spent.samples,
        seconds=round(spent.seconds, 1),
        stop_reason=spent.stop_reason,
        own_error=float(np.diag(errors).mean()),
        cross_error=float(errors[~np.eye(len(errors), dtype=np.bool_)].mean()),
        alive=alive.alive,
        dead=alive.dead,
        mixed=alive.mixed,
        dead_in=alive.dead_in,
        jaccard=agreed.over_all,
        jaccard_alive=agreed.over_compared,
        jaccard_strongest=strongest.over_all,
        retrieval=tuple(Recalled(names[each.query], names[each.reference], each.recall) for each in retrieval(asked)),
        probe=tuple(_probed(each, truth.labels, settings.seed) for each in codes),
        occupied=tuple(taken.latents[leaves].tolist()),
        beyond_cap=taken.over(schedule.cap),
        latent=tuple(own.latent.tolist()),
        recall=tuple(own.recall.mean(axis=0).tolist()),
        precision=tuple(own.precision.mean(axis=0).tolist()),
        recall_alone=float(own_alone.recall.mean()),
        precision_alone=float(own_alone.precision.mean()),
        private=_private(codes, truth),
    )


def together(alignment: Alignment, truth: Truth) -> NDArray[np.float32]:
    """(M, C, L) of the test samples that have a concept, those in which a latent is active in a stream."""
    looking = alignment.of(truth.streams)
    had = np.maximum(truth.concepts.sum(axis=0), 1)
    shares = [
        (active_in(looking.codes(name)).T @ truth.concepts.astype(np.int64)).T / had[:, None]
        for name in alignment.names
    ]
    return np.stack(shares).astype(np.float32)


def _probed(codes: Codes, labels: Labels, seed: int) -> float | None:
    """Mean over concepts that enough samples have."""
    losses = probe_losses(codes, labels, np.random.default_rng(seed), least=PROBED)
    told = losses[np.isfinite(losses)]
    return float(told.mean()) if len(told) else None


def _private(codes: list[Codes], truth: Truth) -> float | None:
    """F1 of the best latent of each private concept in its own stream, mean."""
    best: list[float] = []
    for each, private in zip(codes, truth.private, strict=True):
        active = active_in(each)
        both = active.T @ private.astype(np.int64)
        sizes = np.asarray(active.sum(axis=0)).ravel()[:, None] + private.sum(axis=0)
        best += (2 * both / np.maximum(sizes, 1)).max(axis=0).tolist()
    return float(np.mean(best)) if best else None
