"""An audit in plain words: one answer and one sentence for each assumption and each further check."""

from typing import NamedTuple

from sparling.pages import count, percent
from sparling.plurals import counted
from sparling.validation.theorem.verdicts import ALPHA_LEAST, OVERLAP_MOST
from sparling_genomics.audit.audit import Audit
from sparling_genomics.audit.checks import FEWEST_HELD_OUT
from sparling_genomics.audit.figures import MotifFigures
from sparling_genomics.audit.verdicts import FOUND_LEAST, depends


class Finding(NamedTuple):
    """``question``, ``answer`` in a word or two, and ``text``, the numbers behind it."""

    question: str
    answer: str
    text: str


def headline(audit: Audit) -> str:
    """How many motifs can be believed, on how many checks, and which were not made."""
    if not audit.figures:
        return "The run reports no motif, so there is nothing to audit."
    trusted = sum(each.trusted for each in audit.verdicts)
    total = len(audit.verdicts)
    every = [{check.name for check in each.checks if check.state == "not tested"} for each in audit.verdicts]
    missing = [check.name for check in audit.verdicts[0].checks if all(check.name in names for names in every)]
    made = counted(max(each.made for each in audit.verdicts), "check")
    on = f"on the {made} made (not made: {', '.join(missing)})" if missing else f"on all {made}"
    if total == 1:
        return f"The one motif of this run {'can be trusted' if trusted else 'is doubtful'} {on}."
    if trusted in (0, total):
        few = "Both motifs" if total == 2 else f"All {total} motifs"
        none = "Neither motif" if total == 2 else f"None of the {total} motifs"
        return f"{few if trusted else none} can be trusted {on}."
    return f"{trusted} of {total} motifs can be trusted {on}."


def findings(audit: Audit) -> list[Finding]:
    """The assumptions of the theorem, then the further checks; empty without motifs."""
    if not audit.figures:
        return []
    return [_overlap(audit), _sufficiency(audit), _necessity(audit), _moves(audit), _null(audit), _seeds(audit)]


def _overlap(audit: Audit) -> Finding:
    question = "Footprints of motifs do not overlap"
    known = [f for f in audit.figures if f.overlap is not None]
    if len(audit.figures) == 1 or not known:
        own = f" {percent(known[0].overlap_self)} of its footprints overlap another of its own." if known else ""
        return Finding(question, "holds", f"There is one motif.{own}")
    worst = max(known, key=lambda f: f.overlap or 0.0)
    text = (
        f"Most often those of {worst.motif_id}: {percent(worst.overlap)} share a letter with a footprint of another "
        f"motif ({percent(worst.overlap_by_chance)} if they lay at random), most with {worst.rival or 'none'}; "
        f"{percent(worst.contested)} of them are half those of a motif that explains more."
    )
    return Finding(question, "holds nearly" if (worst.overlap or 0) <= OVERLAP_MOST else "fails", text)


def _sufficiency(audit: Audit) -> Finding:
    question = "A motif's letters do not depend on what lies around it"
    tested = [(f, f.dependence) for f in audit.figures if f.dependence is not None]
    if not tested:
        return Finding(question, "not tested", "There are too few sites of any motif.")
    strong = [(f, d) for f, d in tested if depends(d)]
    if not strong:
        _, most = max(tested, key=lambda pair: pair[1].v)
        text = f"Nothing beyond chance in {len(tested)} motif(s); the largest Cramér's V is {most.v:.2f}."
        return Finding(question, "nothing against it", text)
    told = "; ".join(f"{f.motif_id}: letter {d.column} with {d.feature} (V = {d.v:.2f})" for f, d in strong)
    return Finding(question, f"fails for {len(strong)} of {len(tested)}", f"Letters vary with the layout. {told}.")


def _necessity(audit: Audit) -> Finding:
    question = "Each motif is needed"
    known = [f for f in audit.figures if f.alpha is not None and f.alpha_sequences >= FEWEST_HELD_OUT]
    if not known:
        return Finding(question, "not tested", f"No motif has {FEWEST_HELD_OUT} test sequences predicted bound.")

    def alpha(f: MotifFigures) -> float:
        return f.alpha or 0.0

    least, most = min(known, key=alpha), max(known, key=alpha)
    span = f"α from {alpha(least):.2f} ({least.motif_id}) to {alpha(most):.2f} ({most.motif_id})"
    figures = f"α = {alpha(most):.2f}" if len(known) == 1 else span
    text = f"{figures}: share of bound test sequences with the motif, predicted bound, that are not without it."
    failing = sum(alpha(f) < ALPHA_LEAST for f in known)
    return Finding(question, "holds" if not failing else f"fails for {failing} of {len(known)}", text)


def _moves(audit: Audit) -> Finding:
    question = "A site counts wherever it lies"
    known = [f for f in audit.figures if f.transplant.sequences]
    total = sum(f.transplant.sequences for f in known)
    if not total:
        return Finding(question, "not tested", "No sequence has room to move a site.")
    found = sum(f.transplant.found * f.transplant.sequences for f in known) / total
    kept = sum(f.transplant.kept * f.transplant.sequences for f in known) / total
    text = (
        f"Of {count(total)} sites whose letters were moved to another place of the sequence {percent(found)} were "
        f"found there again, and {percent(kept)} of predictions stayed."
    )
    return Finding(question, "mostly" if found >= FOUND_LEAST else "often not", text)


def _null(audit: Audit) -> Finding:
    question = "Nothing is found where there is nothing"
    if audit.null is None:
        return Finding(question, "not tested", "The run on shuffled sequences was left out (--null trains it).")
    if not audit.null.motifs:
        return Finding(question, "holds", "The same configuration reports no motif in shuffled sequences.")
    best = min(audit.null.e)
    told = f"{len(audit.null.motifs)} motif(s) reported in shuffled sequences: {', '.join(audit.null.motifs)}"
    return Finding(question, "fails", f"{told}; the best has E = {best:.2g}, and real ones must do better.")


def _seeds(audit: Audit) -> Finding:
    question = "Other seeds find the same"
    known = [f for f in audit.figures if f.found is not None]
    if not known:
        return Finding(question, "not tested", "The run was made with one seed (sparling motifs train --seeds 3).")
    told = ", ".join(f"{f.motif_id} in {f.found} of {f.runs}" for f in known)
    every = all(f.found == f.runs for f in known)
    return Finding(question, "holds" if every else "in part", f"{told}.")
