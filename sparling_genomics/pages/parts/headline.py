"""What was found, in a sentence to paste: the same on the page and in the terminal."""

from typing import Any, NamedTuple

from sparling_genomics.files.rows import MotifRow
from sparling_genomics.motifs.evidence import SIGNIFICANCE
from sparling_genomics.naming.names import called, full_name
from sparling_genomics.pages.parts.numbers import equals, share
from sparling_genomics.pages.run_files import Run

NAMED = 5
"""Motifs that the sentence names beside the first, at most."""
WEAK = 0.6
"""AUROC below which a model hardly tells bound from unbound sequences."""
TIME = "time budget"


class Words(NamedTuple):
    """How a run's sequences are called."""

    bound: str
    unbound: str
    unit: str


class Headline(NamedTuple):
    """``sentence`` to paste; ``trust``, how many motifs can be believed; ``know``, what else to know at once."""

    sentence: str
    trust: str
    know: tuple[str, ...]


def headline(run: Run) -> Headline:
    """What a run has found."""
    return Headline(_sentence(run), _trust(run), tuple(_know(run)))


def words(run: Run) -> Words:
    """Peaks where sequences lie on a genome, shuffles where nobody gave others, nt where they are RNA."""
    holds = (run.metrics["bed"] or {}).get("holds")
    bound = "peaks" if holds in ("genome", "both") and not run.metrics["columns"] else "bound sequences"
    rna = any(not pwm.alphabet.double_stranded and "U" in pwm.alphabet.letters for pwm in run.pwms.values())
    shuffled = run.data["shuffled_copies"] or run.data["negatives_used"] == "shuffled"
    return Words(bound, "shuffles" if shuffled else "unbound sequences", "nt" if rna else "bp")


def off_the_genome(run: Run) -> str:
    """A sentence where sites.bed holds places in the sequences, all or some; empty where all lie on the genome."""
    if (run.metrics["bed"] or {}).get("holds") not in ("sequences", "both"):
        return ""
    return next((said for said in run.data["noticed"] or [] if said.startswith("sites.bed holds")), "")


def verdict_of(run: Run, row: MotifRow) -> str:
    """ "trusted", "doubtful" where a check speaks against it, or "not checked"."""
    if row.motif_id not in run.checked:
        return "not checked"
    return "doubtful" if run.checked[row.motif_id]["doubts"] else "trusted"


def without_any(run: Run) -> tuple[float, float] | None:
    """Shares of bound and of unbound sequences that have no site of any motif."""
    bound, unbound = run.numbers
    if not bound or not run.motifs or run.metrics["columns"]:
        return None
    label = run.sites["label"]
    found = [run.sites.loc[(label == value).fillna(value=False), "sequence"].nunique() for value in (1, 0)]
    return 1 - found[0] / bound, 1 - found[1] / unbound if unbound else 1.0


def _sentence(run: Run) -> str:
    before = "".join(f"{each}: " for each in _before(run))
    if not run.motifs:
        said = str(run.info.get("message") or "No motif was found.")
        return f"{before}{said[0].lower()}{said[1:]}" if before else said
    first, *others = run.motifs
    say, counts = words(run), run.carriers[first.motif_id]
    told = f"{before}{_first(run, first)}"
    if run.metrics["columns"]:
        return f"{told}{_beside(run, others, 'found for')}; {_quality(run)}."
    told += f" in {share(counts.bound_share)} of {counts.bound:,} {say.bound}"
    if counts.unbound:
        told += f" and {share(counts.unbound_share)} of {'their ' if say.unbound == 'shuffles' else ''}{say.unbound}"
    told += _evidence(run, first) + _beside(run, others, "in")
    none = without_any(run)
    return f"{told}; {share(none[0])} have none of {'them' if others else 'it'}." if none else f"{told}."


def _quality(run: Run) -> str:
    """How well each of several labels or values is told."""
    told = []
    for each in run.metrics["columns"]:
        for name, value in (("AUROC", each["auroc"]), ("Spearman", each["spearman"])):
            if value is not None:
                told.append(f"{each['name']} {name} {value:.3f}")
    return f"on the test side {', '.join(told)}" if told else "the test side tells nothing"


def _first(run: Run, row: MotifRow) -> str:
    name = called(row)
    full = full_name(row)
    told = full if full != name else f"{name} ({row.consensus})"
    told = name if name == row.consensus else told
    return f"{told} for {row.label}" if run.metrics["columns"] and row.label else told


def _evidence(run: Run, row: MotifRow) -> str:
    """Behind the first motif: E, and P of a place in the middle."""
    told = ["doubtful"] if verdict_of(run, row) == "doubtful" else []
    if row.e_value is not None:
        of = "" if run.metrics["trainings"] == [] else "held-out "
        told.append(f"{of}{equals('E', row.e_value)}{'' if _is_proven(row) else ', not proven'}")
    if central(run, row) and row.central_p is not None:
        told.append(f"near the centre, {equals('P', row.central_p)}")
    return f" ({'; '.join(told)})" if told else ""


def _is_proven(row: MotifRow) -> bool:
    return row.e_value is None or row.e_value < SIGNIFICANCE


def central(run: Run, row: MotifRow) -> bool:
    """Whether its sites lie near the middle of sequences of one length more often than by chance, of all motifs."""
    return bool(run.equal_lengths) and row.central_p is not None and row.central_p * len(run.motifs) < SIGNIFICANCE


def _beside(run: Run, others: list[MotifRow], how: str) -> str:
    if not others:
        return ""
    ordered = sorted(others, key=lambda row: -(run.carriers[row.motif_id].bound_share or 0))
    told = []
    for row in ordered[:NAMED]:
        what = row.label if how == "found for" else share(run.carriers[row.motif_id].bound_share)
        unsure = "doubtful" if verdict_of(run, row) == "doubtful" else "" if _is_proven(row) else "not proven"
        told.append(f"{called(row)} {how} {what}{f' ({unsure})' if unsure else ''}")
    if len(ordered) > NAMED:
        told.append(f"{len(ordered) - NAMED} more")
    return f"; beside it {', '.join(told)}"


def _before(run: Run) -> list[str]:
    """What has to be said before anything else."""
    told = []
    bound = run.numbers[0]
    if run.metrics["trainings"] == []:
        told.append(f"Too few sequences to train on or hold out ({bound:,} bound)")
    if any(TIME in str(each.get("stop_reason")) for each in run.metrics["trainings"] or []):
        told.append("Stopped early, by its time limit")
    if _is_weak(run):
        told.append(f"A weak model (test AUROC {run.metrics['auroc']:.2f})")
    return told


def _is_weak(run: Run) -> bool:
    auroc, interval = run.metrics["auroc"], run.metrics["auroc_interval"]
    return bool(run.motifs) and auroc is not None and (auroc < WEAK or (interval is not None and interval[0] <= 0.5))


def _trust(run: Run) -> str:
    if not run.motifs:
        return ""
    if run.audit is not None:
        return str(run.audit["headline"])
    if run.metrics["columns"]:
        return ""
    who = "The motif of this run has" if len(run.motifs) == 1 else f"The {len(run.motifs)} motifs of this run have"
    return f"{who} not been checked yet: sparling motifs audit does it."


def _know(run: Run) -> list[str]:
    told = []
    none = without_any(run)
    auroc, interval = run.metrics["auroc"], run.metrics["auroc_interval"]
    say = words(run)
    if none is not None and len(run.motifs) > 1:
        some = [share(1 - each) for each in none]
        told.append(f"{some[0]} of the {say.bound} have a site of a motif, and {some[1]} of the {say.unbound}.")
    if auroc is not None:
        within = f" (95% interval {interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
        tells = f"The model tells held-out bound from unbound sequences with AUROC {auroc:.3f}{within}"
        told.append(f"{tells}; 0.5 is guessing.")
    could = run.metrics["could_show"]
    if could:
        told.append(could_see(could))
    return told


def could_see(could: dict[str, Any]) -> str:
    """What run.json says these data could have shown, in a sentence.

    >>> could_see({"share": None, "unbound_share": 0.01, "power": 0.9})
    'These data are too few: not even a motif in every bound sequence would be seen with 90% chance.'
    """
    chance = f"with {could['power']:.0%} chance"
    if could["share"] is None:
        return f"These data are too few: not even a motif in every bound sequence would be seen {chance}."
    of = f"A motif with one core word in {share(could['share'])} of the bound sequences"
    of += f" ({share(could['unbound_share'])} of unbound ones)"
    return f"{of} would be seen {chance}; rarer ones may be missed."
