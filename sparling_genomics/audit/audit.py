"""Which of the theorem's assumptions hold on the user's own data, and which motifs can be believed.

The Motif Identifiability Theorem (SPARLING, arXiv 2302.01976) promises that channels become the true motifs where
footprints do not overlap, motifs suffice for their letters, and each motif is needed. Here each is measured on a
finished run, and beside it what the theorem does not speak of: test evidence, composition, other seeds, and a run
on shuffled sequences, where nothing can be found.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sparling.training.checkpoint import write_json
from sparling.training.trainer import Watch
from sparling_genomics.audit import verdicts
from sparling_genomics.audit.composition import composition
from sparling_genomics.audit.figures import Reliance
from sparling_genomics.audit.footprints import Overlap, overlaps
from sparling_genomics.audit.independence import dependence
from sparling_genomics.audit.reliance import moved_in_map, reliance, swap_partners, transplant
from sparling_genomics.audit.verdicts import MotifFigures, Verdict, verdict
from sparling_genomics.data.dataset import TEST, TRAIN
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.motifs.effects import CLASS_CUT
from sparling_genomics.motifs.evidence import evidence
from sparling_genomics.motifs.motif import Motif, bound_fraction
from sparling_genomics.motifs.repeats import flank_information
from sparling_genomics.runs.companions import AGREEMENT, Agreed, read_agreement, train_null
from sparling_genomics.runs.finished import FinishedRun, SparseMap, load_finished, sparse_map

AUDIT = "audit.json"
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


def audit_run(
    path: Path,
    command: str,
    null: bool = True,
    watch: Watch | None = None,
    say: Callable[[str], None] = lambda _: None,
    moved: Mapping[str, Path] = MappingProxyType({}),
) -> Audit:
    """Audit the finished run in ``path`` and write audit.json into it.

    With ``null`` a run on shuffled sequences is trained too, unless it is there (`train_null`); ``say`` hears what is
    being done; ``moved`` says where an input file lies by now. Raises ``InputError`` as `load_finished` does,
    `Interrupted` on Ctrl-C in the null run, state saved.
    """
    say("Reading the run and its sequences")
    run = load_finished(path, moved)
    run.check_bound("the audit")
    agreed = read_agreement(path / AGREEMENT) if (path / AGREEMENT).exists() else []
    none = None
    if null and run.motifs:
        minutes = float(run.info.get("seconds") or 0) / 60
        say(f"Null run on shuffled sequences; the run itself took {minutes:.1f} min, this takes about as long")
        none = _null(train_null(path, run.data, command, watch))
    say("Looking at the map")
    audit = measure(run, agreed, none)
    write_json(path / AUDIT, as_json(audit))
    return audit


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
    null_e = min(null.e, default=None) if null else None
    return Audit(
        run=str(run.path),
        held_out=len(held_out),
        figures=figures,
        verdicts=[verdict(each, null_e) for each in figures],
        overlap=[[_or_none(value) for value in row] for row in overlap.pairs],
        swapped=[[_or_none(value) for value in row] for row in relied.swapped],
        moved_kept=_or_none(moved),
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
        flank=_or_none(flank_information(data, motif, [each for each in run.motifs if each is not motif])),
        test_bound=table.bound_with,
        test_unbound=table.unbound_with,
        bound_fraction=bound_fraction(data, motif.sites, TEST),
        p=table.p,
        e=table.p * run.tested,
        overlap=_or_none(overlap.others[index]),
        overlap_by_chance=_or_none(overlap.by_chance[index]),
        overlap_self=_or_none(overlap.pairs[index, index]),
        contested=_or_none(overlap.contested[index]),
        rival=names[int(shared.argmax())] if shared.max() > 0 else "",
        holder=names[int(shared[:index].argmax())] if shared[:index].max(initial=0) > 0 else "",
        like="" if like is None else names[like],
        likeness=likeness,
        alpha=_or_none(relied.alpha[index]),
        alpha_sequences=int(relied.sequences[index]),
        logit_change=_or_none(relied.change[index]),
        swap_partner="" if partner is None else names[partner],
        swap_kept=None if partner is None else _or_none(relied.swapped[index, partner]),
        transplant=tried,
        dependence=dependence(data, run.motifs, index, rng),
        explained=_or_none(composition(data.subset(held_out), motif.pwm, len(bound), rng).explained),
        found=came_back.found if came_back else None,
        runs=came_back.runs if came_back else None,
        reproduced=whole.reproduced[index],
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


def _null(folder: Path) -> NullRun:
    run = load_finished(folder)
    e = [evidence(run.data, motif.sites, TEST).p * run.tested for motif in run.motifs]
    consensus = [row.consensus for row in run.rows]
    return NullRun(str(folder), consensus, e, float(run.info.get("seconds") or 0))


def as_json(audit: Audit) -> dict[str, Any]:
    """The content of audit.json: figures and verdict a motif, and the thresholds of the rule."""
    rule = {name.lower(): value for name, value in vars(verdicts).items() if name.isupper() and name[0] != "_"}
    motifs = []
    for figures, each in zip(audit.figures, audit.verdicts, strict=True):
        content = asdict(figures)
        for name in ("transplant", "dependence"):
            value = getattr(figures, name)
            content[name] = None if value is None else {k: _or_none(v) for k, v in value._asdict().items()}
        words = {"verdict": each.text, "doubts": list(each.doubts), "notes": list(each.notes)}
        motifs.append(content | words)
    return {
        "run": audit.run,
        "held_out": audit.held_out,
        "class_cut_logit": CLASS_CUT,
        "thresholds": rule,
        "motifs": motifs,
        "overlap": audit.overlap,
        "swapped_predictions_kept": audit.swapped,
        "moved_in_map_kept": audit.moved_kept,
        "moved_in_map_by_construction": True,
        "null": None if audit.null is None else asdict(audit.null),
    }


def _or_none(value: Any) -> Any:
    """The value, of Python's own kinds; None for nan."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value
