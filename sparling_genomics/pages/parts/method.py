"""How a run came about, as charts and a paragraph: accuracy against density, sites a sequence, the unbound ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from sparling.plurals import agreeing, counted
from sparling_genomics.letters.likeness import MERGE_CORRELATION
from sparling_genomics.naming.names import CREDIBLE
from sparling_genomics.pages.charts import DensityPoint, alike_chart, density_chart, sites_chart
from sparling_genomics.pages.run_files import Run

# Sequences with this many sites or more share the last bar.
_MOST_SITES = 10
CITATION = "Gupta et al., SPARLING, arXiv 2302.01976"


def curve(trainings: list[dict[str, Any]]) -> Markup | None:
    """The chart of accuracy against density: the first training, in which it falls, and those after it."""
    several = any("score" in each for training in trainings for each in training["evaluations"])
    score = "score" if several else "auroc"
    points = [
        [DensityPoint(float(each["density"]), float(each.get(score, 0.0))) for each in training["evaluations"]]
        for training in trainings
    ]
    if not points or not points[0]:
        return None
    resting = [point for own in points[1:] for point in own]
    return density_chart(points[0], resting, "AUROC" if score == "auroc" else "score")


def sites_histogram(run: Run) -> Markup | None:
    """Chart of the shares of sequences with 0, 1, … sites; sequences without any are not in the table of sites."""
    if not run.motifs or not run.numbers[0] or run.metrics["columns"]:
        return None
    bound, unbound = run.numbers
    of_bound, of_unbound = _shares(run.sites, 1, bound), _shares(run.sites, 0, unbound)
    last = max([1] + [i for side in (of_bound, of_unbound) for i, share in enumerate(side) if share > 0])
    return sites_chart(of_bound[: last + 1], of_unbound[: last + 1], or_more=last == _MOST_SITES)


def _shares(sites: pd.DataFrame, label: int, number: int) -> list[float]:
    per_sequence = sites[(sites["label"] == label).fillna(value=False)].groupby("sequence").size().to_numpy()
    counts = np.bincount(np.minimum(per_sequence, _MOST_SITES), minlength=_MOST_SITES + 1)
    number = max(number, len(per_sequence))
    counts[0] = number - len(per_sequence)
    shares: list[float] = (counts / number).tolist() if number else []
    return shares


def alike(matching: Mapping[str, Any]) -> list[Markup]:
    """Charts of how like the bound windows of a genome the unbound ones are."""
    labels = {"gc_bars": "GC content, %", "masked_bars": "in repeats (soft-masked), %"}
    return [
        alike_chart(matching[name][0], matching[name][1], label) for name, label in labels.items() if matching.get(name)
    ]


def _sequences(number: int, kind: str = "") -> str:
    """So many sequences, and the verb."""
    noun = f"{kind} sequence".strip()
    return f"{counted(number, noun)} {agreeing(number, 'was', 'were')}"


def paragraph(run: Run) -> str:
    """What was done, for the methods section of a paper."""
    versions = run.info.get("versions") or {}
    bound, unbound = run.numbers
    tool = f"Sparling {versions.get('sparling-genomics', '')}".strip()
    against = run.data["background"] or ("dinucleotide-shuffled copies" if run.data["shuffled_copies"] else "given")
    sides = [int(run.data[f"n_{side}"] or 0) for side in ("train", "validation", "test")]
    asked = f"{_sequences(bound, 'bound')} compared with {counted(unbound, 'other')} ({against})"
    if run.metrics["columns"] or not bound:
        asked = f"{_sequences(sum(sides))} read"
    told = [
        f"Motifs were discovered with {tool} ({CITATION}): {asked}.",
        f"{_sequences(sides[0])} used for training, {sides[1]:,} to decide which motifs hold, and {sides[2]:,} "
        "were held out for the tests reported (one-sided Fisher's exact test, relatives counted once; E: P times the "
        "motifs reported).",
    ]
    if run.data["db"]:
        told.append(
            f"Motifs were named by the family of known matrices like them (Tomtom q < {CREDIBLE:g}, correlation of "
            f"{MERGE_CORRELATION:g} or more)."
        )
        told += [str(run.data["names_from"]).split(";")[0] + "."] if run.data["names_from"] else []
    python = ", ".join(f"{name} {versions[name]}" for name in ("python", "torch", "numpy") if versions.get(name))
    if python:
        told.append(f"Seed {run.info.get('seed')}; {python}.")
    return " ".join(told)
