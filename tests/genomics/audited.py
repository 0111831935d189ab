"""Figures of an audit made by hand: a motif without fault, to be given one at a time."""

from dataclasses import replace

from sparling_genomics.audit.audit import Audit, NullRun
from sparling_genomics.audit.checks import NullEvidence
from sparling_genomics.audit.figures import MotifFigures, Transplant
from sparling_genomics.audit.independence import Dependence
from sparling_genomics.audit.verdicts import verdict

SOUND = MotifFigures(
    motif_id="M1",
    consensus="GTCACGTGAC",
    sites=700,
    information=14.2,
    flank=0.001,
    test_bound=160,
    test_unbound=4,
    bound_fraction=0.97,
    p=1e-40,
    e=8e-40,
    overlap=0.01,
    overlap_by_chance=0.02,
    overlap_self=0.0,
    contested=0.0,
    rival="M2",
    holder="M2",
    like="",
    likeness=None,
    alpha=0.8,
    alpha_sequences=164,
    logit_change=-3.2,
    swap_partner="M2",
    swap_kept=0.9,
    transplant=Transplant(100, 0.95, 0.9),
    dependence=Dependence("strand", 4, 0.03, 0.6, 700),
    explained=0.02,
    found=3,
    runs=3,
    reproduced=1.0,
)


def figures(**changes) -> MotifFigures:
    return replace(SOUND, **changes)


def audit(*motifs: MotifFigures, null: NullRun | None = None) -> Audit:
    worst = NullEvidence(min(null.e, default=None)) if null else None
    n = len(motifs)
    return Audit(
        run="run",
        held_out=400,
        figures=list(motifs),
        verdicts=[verdict(each, worst) for each in motifs],
        overlap=[[0.0] * n for _ in range(n)],
        swapped=[[None] * n for _ in range(n)],
        moved_kept=1.0,
        null=null,
    )
