"""Which of the theorem's assumptions hold on the user's own data, and which motifs can be believed.

The Motif Identifiability Theorem (SPARLING, arXiv 2302.01976) promises that channels become the true motifs where
footprints do not overlap, motifs suffice for their letters, and each motif is needed. Here each is measured on a
finished run, and beside it what the theorem does not speak of: test evidence, composition, other seeds, and a run
on shuffled sequences, where nothing can be found.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sparling_genomics.audit.checks import NullEvidence
from sparling_genomics.audit.composition import composition
from sparling_genomics.audit.figures import MotifFigures, Reliance
from sparling_genomics.audit.footprints import Overlap, overlaps
from sparling_genomics.audit.independence import dependence
from sparling_genomics.audit.reliance import moved_in_map, reliance, swap_partners, transplant
from sparling_genomics.audit.verdicts import Verdict, verdict
from sparling_genomics.data.dataset import TEST, TRAIN
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.motifs.evidence import evidence
from sparling_genomics.motifs.motif import Motif, bound_fraction
from sparling_genomics.motifs.repeats import flank_information
from sparling_genomics.runs.companions import Agreed
from sparling_genomics.runs.finished import FinishedRun, SparseMap, sparse_map

INSIDE = 0.9
"""Share of one motif's squared deviations from uniform that must lie in the columns by which two are compared."""


@dataclass(frozen=True)
class NullRun:
    """What the run on shuffled sequences reported: ids and E of its motifs, and where it lies."""

    folder: str
    motifs: list[str]
    e: list[float]
    seconds: float


@dataclass(frozen=True, repr=False)
class Audit:
    """What is known of the motifs of one run."""

    run: str
    held_out: int
    """Sequences on the validation and the test side."""
    figures: list[MotifFigures]
    verdicts: list[Verdict]
    overlap: list[list[float | None]]
    """`Overlap.pairs`."""
    swapped: list[list[float | None]]
    """`Reliance.swapped`."""
    moved_kept: float | None
    """`moved_in_map`: 1 by construction."""
    null: NullRun | None

    def __repr__(self) -> str:
        trusted = sum(verdict.trusted for verdict in self.verdicts)
        return f"Audit({self.run!r}: {trusted} of {len(self.verdicts)} motifs trusted)"

    @property
    def table(self) -> pd.DataFrame:
        """One row a motif: whether it can be trusted, why not, and the figures it rests on."""
        kept = ("motif_id", "consensus", "e", "alpha", "explained", "overlap")
        rows = [
            {name: getattr(figures, name) for name in kept} | {"trusted": each.trusted, "verdict": each.text}
            for figures, each in zip(self.figures, self.verdicts, strict=True)
        ]
        return pd.DataFrame(rows)

    @property
    def null_e(self) -> float | None:
        """Smallest E of a motif of the null run; None without one."""
        return min(self.null.e, default=None) if self.null else None


def measure(run: FinishedRun, agreed: list[Agreed], null: NullRun | None) -> Audit:
    """All figures and verdicts; nothing is written."""
    held_out = np.flatnonzero(run.data.split != TRAIN)
    if not run.motifs:
        return Audit(str(run.path), len(held_out), [], [], [], [], None, null)
    rng = generator(run.config.seed, Purpose.AUDIT)
    whole = sparse_map(run)
    relied = reliance(run, whole.features)
    overlap = overlaps(run.data, whole.motifs, rng)
    active = held_out[whole.features[held_out].any(1).numpy()]
    moved = moved_in_map(run, whole.activations, active, rng)
    came_back = {line.motif_id: line for line in agreed}
    figures = [
        _figures(run, whole, relied, overlap, i, held_out, came_back.get(motif.pwm.name), rng)
        for i, motif in enumerate(run.motifs)
    ]
    evidence_of_null = None if null is None else NullEvidence(min(null.e, default=None))
    return Audit(
        run=str(run.path),
        held_out=len(held_out),
        figures=figures,
        verdicts=[verdict(each, evidence_of_null) for each in figures],
        overlap=[[or_none(value) for value in row] for row in overlap.pairs],
        swapped=[[or_none(value) for value in row] for row in relied.swapped],
        moved_kept=or_none(moved),
        null=null,
    )


def _figures(
    run: FinishedRun,
    whole: SparseMap,
    relied: Reliance,
    overlap: Overlap,
    index: int,
    held_out: NDArray[np.intp],
    came_back: Agreed | None,
    rng: np.random.Generator,
) -> MotifFigures:
    """What is known of one motif."""
    data, motif, row = run.data, run.motifs[index], run.rows[index]
    names = [each.motif_id for each in run.rows]
    with_site = np.intersect1d(motif.sites.sequence, held_out)
    table = evidence(data, motif.sites, TEST)
    p, e, trained = table.p, table.p * run.tested, bool(run.info["metrics"]["trainings"])
    if not trained and row.p_value is not None and row.e_value is not None:
        p, e = row.p_value, row.e_value
    partner = swap_partners(relied.swapped)[index]
    shared = np.where(np.arange(len(names)) == index, -1.0, np.nan_to_num(overlap.pairs[index], nan=-1.0))
    bound = with_site[data.labels[with_site] == 1]
    tried = transplant(run, whole, index, bound, rng)
    like, likeness = better_alike(run.motifs, index)
    return MotifFigures(
        motif_id=row.motif_id,
        consensus=row.consensus,
        sites=row.n_sites,
        information=row.information_bits,
        flank=or_none(flank_information(data, motif, [each for each in run.motifs if each is not motif])),
        test_bound=table.bound_with,
        test_unbound=table.unbound_with,
        bound_fraction=bound_fraction(data, motif.sites, TEST),
        p=p,
        e=e,
        overlap=or_none(overlap.others[index]),
        overlap_by_chance=or_none(overlap.by_chance[index]),
        overlap_self=or_none(overlap.pairs[index, index]),
        contested=or_none(overlap.contested[index]),
        rival=names[int(shared.argmax())] if shared.max() > 0 else "",
        holder=names[int(shared[:index].argmax())] if shared[:index].max(initial=0) > 0 else "",
        like="" if like is None else names[like],
        likeness=likeness,
        alpha=or_none(relied.alpha[index]),
        alpha_sequences=int(relied.sequences[index]),
        logit_change=or_none(relied.change[index]),
        swap_partner="" if partner is None else names[partner],
        swap_kept=None if partner is None else or_none(relied.swapped[index, partner]),
        transplant=tried,
        dependence=dependence(data, run.motifs, index, rng),
        explained=or_none(composition(data.subset(held_out), motif.pwm, len(bound), rng).explained),
        found=came_back.found if came_back else None,
        runs=came_back.runs if came_back else None,
        reproduced=whole.reproduced[index],
        held_out=trained,
    )


def better_alike(motifs: Sequence[Motif], index: int) -> tuple[int | None, float | None]:
    """Which of the motifs before it, which explain more, reads most like it or a part of it, and the correlation.

    Compared are columns that hold nearly all of one of the two (`INSIDE`).
    """
    own, both = motifs[index].pwm, motifs[index].pwm.alphabet.double_stranded
    others = [
        similarity(own, other.pwm, reverse_complement=both, min_share=INSIDE).correlation for other in motifs[:index]
    ]
    if not others:
        return None, None
    best = int(np.argmax(others))
    return best, others[best]


def or_none(value: Any) -> Any:
    """The value, of Python's own kinds; None for nan."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value
