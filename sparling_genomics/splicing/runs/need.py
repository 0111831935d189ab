"""Which motifs the network needs: what tells validation sites, without each, less well from what looks like them.

Under one threshold for all, a channel that helped early can go on marking what helps no longer; and a piece of the GT
or AG at an intron's ends helps wherever labels lie on GT and AG. So a motif is worth what it adds to these two letters,
on genes that were not trained on: each site is held against its decoys, the positions of its gene with the same two
letters that are no sites. The chance that of all these the site is the site is a conditional logit of the network's
log-odds.

Whether the motif adds to it is a score test: given what the network says without the motif, does the motif raise sites
more than decoys? Each position is one observation, so that few genes with many sites suffice; and where sites are drawn
at random from positions with the same letters no motif is needed, whatever the network does.

Source: conditional logit of matched sets, Breslow & Day 1980, Statistical Methods in Cancer Research 1, chapter 7.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from sparling.training.session import Session
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED
from sparling_genomics.splicing.runs.reading import Channels, silenced_outputs
from sparling_genomics.splicing.task import SpliceTask, as_batch
from sparling_genomics.splicing.windows import Transcripts

LEVEL = 0.001
"""Of p, from which down a motif is needed: one run in a thousand where none is."""
LETTERS = {DONOR: (1, 2), ACCEPTOR: (-2, -1)}
"""nt from a site's base to the two letters of the intron beside it."""
LARGEST_SCALE = 4.0
"""Of log-odds, by which they are multiplied to tell sites from decoys best."""
_LEAST, _MOST = 1e-9, 1 - 1e-7


class Need(NamedTuple):
    """What a validation site loses without a motif, in nat of telling it from its decoys; the test's z; and its p,
    one-sided, corrected for all motifs that were tested with it (Holm)."""

    loss: float
    z: float
    p: float

    @property
    def is_needed(self) -> bool:
        """Whether sites are told less well, by more than chance would have it."""
        return self.p <= LEVEL and self.loss > 0


class Choices(NamedTuple):
    """Sites of one kind and what each is held against, as positions of one array.

    ``decoys`` (d,) lie in groups that begin at ``first`` (g,): those of one gene with the same two letters; ``sites``
    (n,), and the ``group`` (n,) of each.
    """

    kind: int
    decoys: NDArray[np.int64]
    first: NDArray[np.int64]
    sites: NDArray[np.int64]
    group: NDArray[np.int64]


class Scores(NamedTuple):
    """Log-odds at decoys (d,) and sites (n,) of `Choices`."""

    decoys: NDArray[np.float64]
    sites: NDArray[np.float64]


def needs(session: Session, task: SpliceTask, data: Transcripts, motifs: Sequence[Channels]) -> list[Need]:
    """What sites of ``data``, which was not trained on, lose without each of these motifs."""
    kept = [(own.labels[own.labels != MASKED], own.places[own.labels != MASKED]) for own in task.windows(data)]
    kinds = choices(data, *(np.concatenate(each) for each in zip(*kept, strict=True)))
    del kept
    whole, *silenced = _log_odds(session, task, data, [(), *motifs], kinds)
    tested = [need_of(kinds, whole, without) for without in silenced]
    corrected = holm([need.p for need in tested])
    return [need._replace(p=p) for need, p in zip(tested, corrected, strict=True)]


def choices(data: Transcripts, labels: NDArray[np.int8], places: NDArray[np.int64]) -> list[Choices]:
    """Donors, and acceptors, of the positions with these ``labels`` at these ``places`` of ``data``; a site without a
    decoy is left out."""
    genes = np.searchsorted(data.offsets, places, side="right") - 1
    found = []
    for kind, (one, two) in LETTERS.items():
        pair = (data.codes[places + one].astype(np.int64) << 8) + data.codes[places + two]
        alike = (genes << 16) + pair
        decoys, sites = np.flatnonzero(labels == 0), np.flatnonzero(labels == kind)
        decoys = decoys[np.isin(alike[decoys], alike[sites])]
        decoys = decoys[np.argsort(alike[decoys], kind="stable")]
        groups, first = np.unique(alike[decoys], return_index=True)
        sites = sites[np.isin(alike[sites], groups)]
        found.append(Choices(kind, decoys, first, sites, np.searchsorted(groups, alike[sites])))
    return found


def need_of(kinds: Sequence[Choices], whole: Sequence[Scores], without: Sequence[Scores]) -> Need:
    """The need of one motif, from log-odds of each kind with it and without; p of this test alone."""
    sites = sum(len(each.sites) for each in kinds)
    if not sites:
        return Need(0.0, 0.0, 1.0)
    loss = gained = variance = 0.0
    for own, given, left in zip(kinds, whole, without, strict=True):
        if len(own.sites):
            scale, lost = _fitted(own, left)
            loss += lost - _fitted(own, given)[1]
            more, spread = _gained(own, given, left, scale)
            gained, variance = gained + more, variance + spread
    z = float(gained / np.sqrt(variance)) if variance > 0 else 0.0
    return Need(loss / sites, round(z, 2), float(norm.sf(z)))


def holm(values: Sequence[float]) -> list[float]:
    """p values corrected for their number. Source: Holm 1979, Scand J Stat 6:65.

    >>> holm([0.04, 0.01, 0.03])
    [0.06, 0.03, 0.06]
    """
    p = np.asarray(values, dtype=np.float64)
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1.0)
    return [float(each) for each in corrected]


def _log_odds(
    session: Session, task: SpliceTask, data: Transcripts, silenced: Sequence[Channels], kinds: Sequence[Choices]
) -> list[list[Scores]]:
    """Of each kind, with each of these channels silenced; nothing is held of positions that are no choice."""
    held = [np.sort(np.concatenate([own.decoys, own.sites])) for own in kinds]
    found: list[list[list[NDArray[np.float32]]]] = [[[] for _ in kinds] for _ in silenced]
    first = 0
    for own in task.windows(data):
        counted = own.labels != MASKED
        end = first + int(counted.sum())
        here = [each[slice(*np.searchsorted(each, (first, end)))] - first for each in held]
        for parts, output in zip(found, silenced_outputs(session, as_batch(own), silenced), strict=True):
            p = task.cores(output).softmax(1).transpose(1, 2).cpu().numpy()[counted]
            for kind, part, which in zip(kinds, parts, here, strict=True):
                part.append(p[which, kind.kind])
        first = end
    return [
        [_scores(kind, np.concatenate(part), which) for kind, part, which in zip(kinds, parts, held, strict=True)]
        for parts in found
    ]


def _scores(own: Choices, probabilities: NDArray[np.float32], held: NDArray[np.int64]) -> Scores:
    """From probabilities of the positions that are ``held``, in their order."""
    p = np.clip(probabilities.astype(np.float64), _LEAST, _MOST)
    odds = np.log(p) - np.log1p(-p)
    return Scores(*(odds[np.searchsorted(held, which)] for which in (own.decoys, own.sites)))


def _fitted(own: Choices, scores: Scores) -> tuple[float, float]:
    """The scale of log-odds at which sites are told best, and nat of all sites together that they then lack."""
    found = minimize_scalar(lambda scale: _loss(own, scores, scale), bounds=(0, LARGEST_SCALE), method="bounded")
    return float(found.x), float(found.fun)


def _loss(own: Choices, scores: Scores, scale: float) -> float:
    most, weights = _weights(own, scale * scores.decoys)
    decoys = most + np.log(np.add.reduceat(weights, own.first))
    site = scale * scores.sites
    return float((np.logaddexp(decoys[own.group], site) - site).sum())


def _gained(own: Choices, given: Scores, left: Scores, scale: float) -> tuple[float, float]:
    """How much more the motif raises sites than the decoys that might be sites without it, and the variance of this.

    The variance is the larger of two. Sites of a group have decoys in common, so every position adds what it adds to
    the sum; but a rare mark that lies at no site by chance then adds nothing where it would count most. So it is no
    less than where each site is drawn anew among its decoys by what the network says without the motif.
    """
    most, weights = _weights(own, scale * left.decoys)
    raised = Scores(given.decoys - left.decoys, given.sites - left.sites)
    total = np.add.reduceat(weights, own.first)
    sizes = np.diff(own.first, append=len(weights))
    mean = np.add.reduceat(weights * raised.decoys, own.first) / total
    apart = raised.decoys - np.repeat(mean, sizes)
    drawn = np.add.reduceat(weights * apart**2, own.first) / total
    among = most + np.log(total)
    share = 1 / (1 + np.exp(np.minimum(scale * left.sites - among[own.group], 700)))  # that it is a decoy
    beyond = raised.sites - mean[own.group]
    sites = share * beyond
    shares = np.bincount(own.group, share, minlength=len(own.first))
    decoys = np.repeat(shares / total, sizes) * weights * apart
    seen = (sites**2).sum() + (decoys**2).sum()
    expected = (share * (drawn[own.group] + (1 - share) * beyond**2)).sum()
    return float(sites.sum()), float(max(seen, expected))


def _weights(own: Choices, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The largest score of each group (g,), and the exponential of how much less each decoy has (d,)."""
    most = np.maximum.reduceat(scores, own.first)
    sizes = np.diff(own.first, append=len(scores))
    return most, np.exp(scores - np.repeat(most, sizes))
