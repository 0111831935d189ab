"""Candidates that are not reported, each with its logo and the reason."""

from typing import Any, NamedTuple

from markupsafe import Markup

from sparling_genomics.letters.alphabet import DNA, Alphabet
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.page_logo import page_logo
from sparling_genomics.pages.run_files import Run


class Rejected(NamedTuple):
    """A candidate; ``logo`` is empty where the run did not keep its matrix."""

    consensus: str
    reason: str
    logo: Markup


def rejected(run: Run) -> list[Rejected]:
    """Those that have a site or two, each consensus and reason once."""
    alphabet = next((pwm.alphabet for pwm in run.pwms.values()), DNA)
    told: dict[tuple[str, str], Rejected] = {}
    for each in run.metrics["dropped"] or []:
        if each["consensus"]:
            logo = _logo(each, alphabet)
            told.setdefault((each["consensus"], each["reason"]), Rejected(each["consensus"], each["reason"], logo))
    return list(told.values())


def mute(run: Run) -> int:
    """Candidates without a site to speak of."""
    return sum(not each["consensus"] for each in run.metrics["dropped"] or [])


def seeds(run: Run) -> list[dict[str, Any]]:
    """The words of run.json, each with its E, and the budget of the motif that it became, where the run says so."""
    budgets = {motif["motif_id"]: motif.get("budget") for motif in run.metrics["motifs"] or []}
    return [
        {"marks": None} | seed | {"e": 10.0 ** seed["log10_e"], "budget": budgets.get(seed["became"])}
        for seed in run.metrics["seeds"] or []
    ]


def _logo(each: dict[str, Any], alphabet: Alphabet) -> Markup:
    if not each.get("counts"):
        return Markup()
    return page_logo(Pwm("candidate", each["counts"], int(each["n_sites"]), alphabet))
