"""What a variant changes in the eyes of a run: the prediction, and the sites of each motif.

Both alleles are read in the same window. A site is *lost* that only the reference has, *gained* that only the
alternative has; one that both have is *changed* where the variant lies in the receptive field around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling_genomics.data.given import unlabelled
from sparling_genomics.data.targets import Column
from sparling_genomics.letters.alphabet import ALPHABETS, Codes, decode, reverse_complement
from sparling_genomics.motifs.activations import activations_of, look
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.network.motif_network import sparsity_of
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.scan.predictions import of_map
from sparling_genomics.variants.alleles import Alleles

GAINED, LOST, CHANGED = "gained", "lost", "changed"


class Site(NamedTuple):
    """A site in one allele: of motif ``motif`` (from 0) in [``start``, ``end``), which may reach beyond its ends."""

    motif: int
    start: int
    end: int
    reverse: bool
    score: float
    """Above its channel's cut, in standard deviations of the channel."""


class SiteChange(NamedTuple):
    """A site that the variant touches, where it stands in the reference: [``start``, ``end``) of the window."""

    motif: str
    kind: str
    """"gained", "lost" or "changed"."""
    start: int
    end: int
    strand: str
    reference_score: float | None
    """Above the cut at this place; below 0 where there is no site; None beyond an end."""
    alternative_score: float | None
    reference_letters: str
    """Read on its strand; "-" stands for letters beyond an end."""
    alternative_letters: str


class Said(NamedTuple):
    """What both alleles get of one output of a run: of "bound", or of one of several labels or values."""

    column: Column
    outputs: tuple[float, float]
    """Of reference and alternative: logits of a label; of a value the value itself, in its own unit."""
    motifs: NDArray[np.float64]
    """The part of each motif in their difference: (M,)."""

    @property
    def change(self) -> float:
        """Output of the alternative less that of the reference."""
        return self.outputs[1] - self.outputs[0]

    @property
    def predictions(self) -> tuple[float, float]:
        """Of reference and alternative: probabilities of a label, were both labels as common; values themselves."""
        if self.column.kind == "value":
            return self.outputs
        reference, alternative = scipy.special.expit(self.outputs).tolist()
        return reference, alternative


@dataclass(frozen=True, eq=False)
class Change:
    """Both alleles as a run sees them.

    ``said`` what is predicted, one for each output of the run; ``sites`` that differ; ``reference_sites`` and
    ``alternative_sites`` all that each allele has. ``nearest``: the motif whose best place over the variant comes
    nearest to a site in either allele, and ``best`` its score there, above the cut (most are below 0), None without
    motifs.
    """

    alleles: Alleles
    said: tuple[Said, ...]
    sites: tuple[SiteChange, ...]
    reference_sites: tuple[Site, ...]
    alternative_sites: tuple[Site, ...]
    nearest: str | None
    best: tuple[float, float] | None

    @property
    def largest(self) -> float:
        """The largest change of any output, whatever its sign: in logits, of values in standard deviations."""
        return max(abs(each.change) / each.column.scale for each in self.said)

    @property
    def score_change(self) -> float | None:
        """Of the best place over the variant."""
        return None if self.best is None else self.best[1] - self.best[0]


@torch.no_grad()
def changes(run: StoredRun, pairs: Sequence[Alleles]) -> list[Change]:
    """What the run says of each pair of alleles, looked at in one batch; their letters must be one at least.

    What pairs of letters say of a value is that of the reference in both: motifs alone change.
    """
    n = len(pairs)
    alphabet = ALPHABETS[run.network.alphabet]
    codes = [pair.reference for pair in pairs] + [pair.alternative for pair in pairs]
    data = unlabelled([pair.name for pair in pairs] * 2, codes, [None] * (2 * n), alphabet)
    padded = torch.from_numpy(data.padded(np.arange(2 * n))).to(run.fabric.device)
    with run.fabric.autocast():
        both, activations = look(run.model, padded)
    found = activations_of(both, activations, 0)
    said = of_map(run, found, data.subset(np.tile(np.arange(n), 2)))
    above = _above_cut(run, both)
    placed = run.placed(found) if run.pwms else []
    sites = _by_sequence(placed, 2 * n)
    made = []
    for i, pair in enumerate(pairs):
        scores = above[:, i, :, : len(pair.reference)], above[:, n + i, :, : len(pair.alternative)]
        nearest, best = _nearest(run, pair, *scores)
        made.append(
            Change(
                alleles=pair,
                said=tuple(
                    Said(
                        each.column,
                        (float(each.output[i]), float(each.output[n + i])),
                        each.motifs[n + i] - each.motifs[i],
                    )
                    for each in said
                ),
                sites=tuple(_differences(run, pair, sites[i], sites[n + i], *scores)),
                reference_sites=tuple(sites[i]),
                alternative_sites=tuple(sites[n + i]),
                nearest=nearest,
                best=best,
            )
        )
    return made


def _above_cut(run: StoredRun, both: Tensor) -> NDArray[np.float64]:
    """What scores (strands, B, C, L) have above the cut of a site, as those of sites are counted."""
    layer = sparsity_of(run.model)
    normaliser = layer.normaliser
    normalised = both if normaliser is None else torch.stack([normaliser.frozen(strand) for strand in both])
    cut = layer.threshold.cpu().double().numpy() + run.listed_from
    return normalised.cpu().double().numpy() - cut[:, None]


def _by_sequence(placed: Sequence[Motif], n: int) -> list[list[Site]]:
    """The sites of each sequence, in order of place."""
    sites: list[list[Site]] = [[] for _ in range(n)]
    for number, motif in enumerate(placed):
        width = motif.pwm.width
        at = motif.sites
        rows = zip(at.sequence.tolist(), at.position.tolist(), at.reverse.tolist(), at.score.tolist(), strict=True)
        for sequence, position, reverse, score in rows:
            start = position - width + 1 if reverse else position
            sites[sequence].append(Site(number, start, start + width, reverse, score))
    return [sorted(own, key=lambda site: (site.start, site.motif)) for own in sites]


def _nearest(
    run: StoredRun, pair: Alleles, reference: NDArray[np.float64], alternative: NDArray[np.float64]
) -> tuple[str | None, tuple[float, float] | None]:
    """The motif that comes nearest to a site over the variant, and its scores there in both alleles."""
    if not run.pwms or not pair.blocks:
        return None, None
    reach = run.width // 2
    first, last = pair.blocks[0], pair.blocks[-1]
    best = (
        reference[:, :, max(first.start - reach, 0) : last.end + reach].max((0, 2)),
        alternative[:, :, max(first.start_there - reach, 0) : last.end_there + reach].max((0, 2)),
    )
    nearest = int(np.maximum(*best).argmax())
    return run.pwms[nearest].name, (float(best[0][nearest]), float(best[1][nearest]))


def _differences(
    run: StoredRun,
    pair: Alleles,
    before: Sequence[Site],
    after: Sequence[Site],
    reference: NDArray[np.float64],
    alternative: NDArray[np.float64],
) -> list[SiteChange]:
    """The sites that differ, in order of place."""
    partners = _partners(pair, before, after)
    found = []
    for i, site in enumerate(before):
        there = partners.get(i)
        if there is None:
            moved_to = _moved_to(site, pair.in_alternative(site.start))
            found.append(_told(run, pair, LOST, site, moved_to, reference, alternative))
        elif _touched(run, pair, site) and (site.score != after[there].score or site.reverse != after[there].reverse):
            found.append(_told(run, pair, CHANGED, site, after[there], reference, alternative))
    for j, site in enumerate(after):
        if j not in partners.values():
            moved_to = _moved_to(site, pair.in_reference(site.start))
            found.append(_told(run, pair, GAINED, moved_to, site, reference, alternative))
    return sorted(found, key=lambda change: (change.start, change.motif))


def _moved_to(site: Site, start: int) -> Site:
    return site._replace(start=start, end=start + site.end - site.start, score=float("nan"))


def _partners(pair: Alleles, before: Sequence[Site], after: Sequence[Site]) -> dict[int, int]:
    """Which site of the reference is which of the alternative: of one motif, half of it shared, the nearest first."""
    apart = sorted(
        (abs(pair.in_reference(b.start) - a.start), a.reverse != b.reverse, i, j)
        for i, a in enumerate(before)
        for j, b in enumerate(after)
        if a.motif == b.motif and 2 * abs(pair.in_reference(b.start) - a.start) <= a.end - a.start
    )
    partners: dict[int, int] = {}
    for _, _, i, j in apart:
        if i not in partners and j not in partners.values():
            partners[i] = j
    return partners


def _touched(run: StoredRun, pair: Alleles, site: Site) -> bool:
    """Whether a block lies within the receptive field around a site of the reference."""
    reach = run.width
    return any(site.start - reach < block.end + 1 and block.start - 1 < site.end + reach for block in pair.blocks)


def _told(
    run: StoredRun,
    pair: Alleles,
    kind: str,
    before: Site,
    after: Site,
    reference: NDArray[np.float64],
    alternative: NDArray[np.float64],
) -> SiteChange:
    scores = []
    slack = max((abs((b.end - b.start) - (b.end_there - b.start_there)) for b in pair.blocks), default=0)
    for site, dense in ((before, reference), (after, alternative)):
        scores.append(site.score if site.score == site.score else _score_at(run, site, dense, slack))
    return SiteChange(
        motif=run.pwms[before.motif].name,
        kind=kind,
        start=max(before.start, 0),
        end=min(before.end, len(pair.reference)),
        strand="-" if before.reverse else "+",
        reference_score=scores[0],
        alternative_score=scores[1],
        reference_letters=_letters(run, pair.reference, before),
        alternative_letters=_letters(run, pair.alternative, after),
    )


def _score_at(run: StoredRun, site: Site, dense: NDArray[np.float64], slack: int) -> float | None:
    """The best score of the motif within ``slack`` bp of this place and on this strand; None beyond an end."""
    place = run.info["metrics"]["motifs"][site.motif]
    flipped, shift = bool(place["flipped"]), int(place["first"])
    position = site.end - 1 if site.reverse else site.start
    position += shift if site.reverse else -shift  # the inverse of `moved`
    strand = int(site.reverse ^ flipped)
    own = dense[strand if len(dense) > 1 else 0, site.motif, max(position - slack, 0) : position + slack + 1]
    return float(own.max()) if position + slack >= 0 and len(own) else None


def _letters(run: StoredRun, codes: Codes, site: Site) -> str:
    start, end = max(site.start, 0), min(site.end, len(codes))
    inside = codes[start:end] if start < end else codes[:0]
    text = decode(reverse_complement(inside) if site.reverse else inside, ALPHABETS[run.network.alphabet])
    before, behind = "-" * (start - site.start), "-" * (site.end - end)
    return f"{behind}{text}{before}" if site.reverse else f"{before}{text}{behind}"
