"""How good a tool's motifs and sites are, from its motifs, its list of sites and the truth alone.

Pure functions: nothing here knows which tool made the motifs. Letters: M exported motifs, K known motifs, n sequences.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from cases import Known, Record
from numpy.typing import ArrayLike, NDArray
from scanning import best_scores, find_sites
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import average_precision_score, roc_auc_score

from sparling_genomics.files.rows import Match
from sparling_genomics.letters.alphabet import Codes
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import PlantedSite, SiteAccuracy, site_precision_recall

SAME_Q = 0.05
"""Tomtom q-value up to which an exported motif is a known one of the database."""
SAME_CORRELATION = 0.8
"""Correlation from which it is a known one that is a consensus only."""
MOST_MATRICES = 4
"""Matrices of a set that are tried where their number is limited: the first ones of a tool's list."""
P_TRIED = tuple(10**-e for e in (2.75, 3.0, 3.25, 3.5, 3.75, 4.0, 4.25, 4.5, 5.0, 5.5, 6.0, 7.0))
"""p-values of a site on one strand, for `ceiling`."""


class Discovery(NamedTuple):
    """Exported motifs against known ones.

    Fields: ``found`` known motifs with an exported one of their own; ``n_known``; ``secondary`` and ``n_secondary`` the
    same for secondary motifs, among the exported motifs that are left; ``recall`` found / n_known, nan where nothing is
    known; ``precision`` share of the exported motifs that stand for a known or a secondary one, nan where there is no
    exported motif; ``redundancy`` exported motifs a known motif that was found, nan where none was; ``likeness`` mean
    over known motifs of the best correlation with an exported motif, nan where nothing is known.
    """

    found: int
    n_known: int
    secondary: int
    n_secondary: int
    recall: float
    precision: float
    redundancy: float
    likeness: float


class Separation(NamedTuple):
    """How well scores tell bound from unbound sequences: areas under the ROC and the precision-recall curve."""

    auroc: float
    auprc: float


class Scoring(Protocol):
    """A motif's score of each sequence, (n,): `scanning.best_scores` or `scanning.summed_scores`."""

    def __call__(self, pwm: Pwm, sequences: Sequence[Codes], *, both_strands: bool) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class BestMotif:
    """The motif that separates the training sequences best, by its place in the list, and its held-out figures."""

    index: int
    held_out: Separation


def discovery(
    motifs: Sequence[Pwm],
    matches: Sequence[Sequence[Match]],
    known: Sequence[Known],
    secondary: Sequence[Known] = (),
    *,
    both_strands: bool,
) -> Discovery:
    """Hold exported motifs against known and secondary ones; ``matches`` are each motif's targets in the database.

    A motif is a known one if one of that one's targets matches it at q < ``SAME_Q``; without targets, if they
    correlate to ``SAME_CORRELATION``. One motif stands for one known motif and the other way round, so a motif exported
    twice counts once; as many pairs as can be made are made, known motifs before secondary ones.
    """
    if len(matches) != len(motifs):
        raise ValueError(f"matches must have one list for each of {len(motifs)} motifs; got {len(matches)}")
    p_known, p_secondary = (_likeness_p(motifs, matches, ks, both_strands) for ks in (known, secondary))
    pairs = one_to_one(p_known)
    left = np.setdiff1d(np.arange(len(motifs)), [motif for motif, _ in pairs])
    found = len(pairs)
    also = len(one_to_one(p_secondary[left]))
    standing = np.isfinite(p_known).any(axis=1) if known else np.zeros(len(motifs), dtype=bool)
    of = p_known[standing].argmin(axis=1) if known else np.zeros(0, dtype=int)
    best = [
        max((similarity(k.pwm, m, reverse_complement=both_strands).correlation for m in motifs), default=0.0)
        for k in known
    ]
    return Discovery(
        found=found,
        n_known=len(known),
        secondary=also,
        n_secondary=len(secondary),
        recall=found / len(known) if known else float("nan"),
        precision=(found + also) / len(motifs) if motifs else float("nan"),
        redundancy=len(of) / len(set(of.tolist())) if len(of) else float("nan"),
        likeness=float(np.mean(best)) if known else float("nan"),
    )


def is_found(motif: Pwm, matches: Sequence[Match], known: Sequence[Known], *, both_strands: bool) -> bool:
    """Whether a motif's best match, at q < ``SAME_Q``, counts as one of the known ones (likeness for a consensus)."""
    return bool(np.isfinite(_likeness_p([motif], [matches[:1]], known, both_strands)).any())


def one_to_one(p: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column) of an assignment with as many finite entries as possible, and small ones rather than large.

    ``p`` (M, K) in [0, 1], inf where row and column cannot be a pair.

    >>> one_to_one(np.array([[0.01, 0.02], [0.01, np.inf]]))
    [(0, 1), (1, 0)]
    """
    if not p.size:
        return []
    possible = np.isfinite(p)
    gain = np.where(possible, 1.0 + (1.0 - np.where(possible, p, 1.0)) / (1.0 + max(p.shape)), 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return [(i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if possible[i, j]]


def _likeness_p(
    motifs: Sequence[Pwm], matches: Sequence[Sequence[Match]], known: Sequence[Known], both_strands: bool
) -> NDArray[np.float64]:
    """(M, K): p-value of the best match, 1 - correlation for a consensus, inf where they are not the same motif."""
    p = np.full((len(motifs), len(known)), np.inf)
    for i, (motif, targets) in enumerate(zip(motifs, matches, strict=True)):
        for j, k in enumerate(known):
            if k.targets:
                same = [match.p for match in targets if match.target in k.targets and match.q < SAME_Q]
                p[i, j] = min(same, default=np.inf)
            else:
                correlation = similarity(k.pwm, motif, reverse_complement=both_strands).correlation
                p[i, j] = 1.0 - correlation if correlation >= SAME_CORRELATION else np.inf
    return p


def separation(labels: ArrayLike, scores: ArrayLike) -> Separation:
    """AUROC (ties count half) and average precision of scores (n,) for labels (n,) 0 or 1; nan where one is absent.

    A score of -inf, no site possible, ranks below all others.
    """
    y, s = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if y.shape != s.shape:
        raise ValueError(f"labels and scores must have the same length; got {y.shape} and {s.shape}")
    if np.isnan(s).any():
        raise ValueError("scores must be numbers; got nan")
    if len(np.unique(y)) < 2:
        return Separation(float("nan"), float("nan"))
    ranks = np.unique(s, return_inverse=True)[1]
    return Separation(float(roc_auc_score(y, ranks)), float(average_precision_score(y, ranks)))


def best_motif(
    motifs: Sequence[Pwm],
    foreground: Sequence[Record],
    background: Sequence[Record],
    test: Sequence[Record],
    *,
    both_strands: bool,
    scoring: Scoring = best_scores,
) -> BestMotif | None:
    """Of the motifs that with the highest AUROC on the training sequences, and its figures on the test sequences.

    None without motifs.
    """
    if not motifs:
        return None
    training = [*foreground, *background]
    areas = [separation_of(motif, training, both_strands=both_strands, scoring=scoring).auroc for motif in motifs]
    chosen = int(np.argmax(areas))
    return BestMotif(chosen, separation_of(motifs[chosen], test, both_strands=both_strands, scoring=scoring))


def separation_of(
    pwm: Pwm, records: Sequence[Record], *, both_strands: bool, scoring: Scoring = best_scores
) -> Separation:
    """How well the scores of ``pwm``, its best site's unless said otherwise, tell bound from unbound records."""
    scores = scoring(pwm, [record.codes for record in records], both_strands=both_strands)
    return separation([record.label for record in records], scores)


def gc_fraction(codes: Codes) -> float:
    """Share of G and C among the letters A C G T of a sequence; nan without one.

    >>> gc_fraction(np.array([0, 1, 2, 4], dtype=np.uint8))
    0.6666666666666666
    """
    counts = np.bincount(codes, minlength=4)[:4]
    return float(counts[1:3].sum() / counts.sum()) if counts.sum() else float("nan")


def site_accuracy(
    predicted: Iterable[PlantedSite], true: Sequence[PlantedSite], foreground: Sequence[Record]
) -> SiteAccuracy:
    """Precision and recall of sites at half a true site's length, among sequences of the foreground only.

    Sites elsewhere, in sequences that a tool made itself or in the test set, count neither way.
    """
    names = {record.name for record in foreground}
    return site_precision_recall([site for site in predicted if site.sequence in names], true)


def ceiling(
    known: Sequence[Known], true: Sequence[PlantedSite], foreground: Sequence[Record], *, both_strands: bool
) -> SiteAccuracy:
    """How well sites can be found at all: by the true matrices, each at the p-value where its own F1 is highest."""
    names, codes = [record.name for record in foreground], [record.codes for record in foreground]
    found: list[PlantedSite] = []
    for k in known:
        own = [site for site in true if site.motif == k.name]
        tried = [find_sites(k.pwm, names, codes, both_strands=both_strands, p=p) for p in P_TRIED]
        found += max(tried, key=lambda sites: _f1(site_precision_recall(sites, own)))
    return site_accuracy(found, true, foreground)


def _f1(accuracy: SiteAccuracy) -> float:
    both = accuracy.precision + accuracy.recall
    return 2 * accuracy.precision * accuracy.recall / both if both else 0.0
