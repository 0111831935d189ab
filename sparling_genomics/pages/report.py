"""report.html: a run on one page, offline, without scripts; a pure function of the files of a run folder."""

import base64
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from sparling.pages import page_environment, sorting_script
from sparling.training.checkpoint import read_json
from sparling_genomics.files.rows import LabelEffect, MotifRow, Spacing
from sparling_genomics.files.tables import (
    read_effects_tsv,
    read_motifs_tsv,
    read_pairs_tsv,
    read_sites_tsv,
    read_spacings_tsv,
)
from sparling_genomics.files.text_files import numbered_lines
from sparling_genomics.pages.charts import DensityPoint, alike_chart, density_chart, places_chart, sites_chart
from sparling_genomics.pages.heat_map import heat_map
from sparling_genomics.pages.pair_pictures import pairs_shown
from sparling_genomics.pages.tracks import Box, tracks_chart

REPORT = "report.html"
START = "_start"
"""Behind a motif's id: the logo of the known matrix that its channel started as."""

# Sequences with this many sites or more share the last bar.
_MOST_SITES = 10
_PLACE_BINS = 31
_EXAMPLES = 12
_SURPRISING = 0.05


@dataclass(frozen=True)
class Run:
    """What a run folder says: run.json, the tables, the matrices as text and the logos by motif."""

    info: dict[str, Any]
    motifs: list[MotifRow]
    sites: pd.DataFrame
    pairs: list[dict[str, str]]
    spacings: dict[tuple[str, str], list[Spacing]]
    matrices: str
    logos: dict[str, bytes]
    """Of known matrices too, with `START` behind the motif's id."""
    effects: list[LabelEffect]


def write_report(run_dir: Path | str) -> Path:
    """Write ``report.html`` into a finished run folder and return its path; the same files give the same bytes.

    Works without motifs, database or logos. Raises ``InputError`` where run.json or a table is missing or
    damaged.
    """
    path = Path(run_dir) / REPORT
    page = render(read_run(Path(run_dir)))
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def read_run(folder: Path) -> Run:
    """Read the files that a report is made of."""
    info = read_json(folder / "run.json")
    motifs = read_motifs_tsv(folder / "motifs.tsv")
    names = [f"{motif.motif_id}{end}" for motif in motifs for end in ("", START)]
    logos = {name: folder / "logos" / f"{name}.svg" for name in names}
    matrices, pairs, effects = folder / "motifs.meme", folder / "pairs.tsv", folder / "effects.tsv"
    spacings = folder / "spacings.tsv.gz"
    return Run(
        info=info,
        motifs=motifs,
        sites=read_sites_tsv(folder / "sites.tsv.gz"),
        pairs=read_pairs_tsv(pairs) if pairs.exists() else [],
        spacings=read_spacings_tsv(spacings) if spacings.exists() else {},
        matrices="\n".join(line for _, line in numbered_lines(matrices)) if matrices.exists() else "",
        logos={name: logo.read_bytes() for name, logo in logos.items() if logo.exists()},
        effects=read_effects_tsv(effects) if effects.exists() else [],
    )


def render(run: Run) -> str:
    """The page as text."""
    environment = page_environment("sparling_genomics.pages")
    for show in (scientific, file_name):
        environment.filters[show.__name__] = show
    info = _or_none(run.info)
    data, metrics = _or_none(info["data"] or {}), _or_none(info["metrics"] or {})
    total, bound = _sequences(data)
    sorting, sorting_hash = sorting_script()
    return environment.get_template("report.html.j2").render(
        sorting=sorting,
        sorting_hash=sorting_hash,
        info=info,
        data=data,
        metrics=metrics,
        motifs=run.motifs,
        logos={name: base64.b64encode(logo).decode() for name, logo in run.logos.items()},
        matched=any(motif.best_match for motif in run.motifs),
        matrices=run.matrices,
        total=total,
        bound=bound,
        lengths=_lengths(data),
        files=[(name, file) for name, file in data.items() if isinstance(file, Mapping) and "sha256" in file],
        ids={motif.motif_id for motif in run.motifs},
        seeds=_seeds(metrics["seeds"] or [], metrics["motifs"] or []),
        known=metrics["known"] or [],
        start=START,
        trainings=metrics["trainings"] or [],
        curve=_curve(metrics["trainings"] or []),
        columns=metrics["columns"] or [],
        heat_map=_heat_map(run, data["columns"] or []) if run.effects else None,
        histogram=_sites_histogram(run.sites, bound, total - bound)
        if run.motifs and bound and not metrics["columns"]
        else None,
        alike=_alike(data["matching"] or {}),
        places=_places(run.sites, run.motifs, _lengths(data)),
        proven_below=_SURPRISING,
        tested=any(motif.p_value is not None for motif in run.motifs),
        pairs_shown=pairs_shown(run.pairs, run.spacings, run.motifs),
        examples=_examples(run.sites, run.motifs, _lengths(data)),
    )


def scientific(value: float | None) -> Markup:
    """A p-value: plain down to 0.001, below as a power of ten.

    >>> str(scientific(0.0213)), str(scientific(3.14e-12)), str(scientific(0.0))
    ('0.021', '3.1 × 10<sup>−12</sup>', '&lt; 10<sup>−300</sup>')
    """
    if value is None:
        return Markup("–")
    if value < 1e-300:
        return Markup("&lt; 10<sup>−300</sup>")
    if value >= 1e-3:
        return Markup(f"{value:.2g}")
    mantissa, exponent = f"{value:.1e}".split("e")
    return Markup(f"{mantissa} × 10<sup>−{-int(exponent)}</sup>")


def file_name(path: str) -> str:
    """The last part of a path, of Unix or Windows.

    >>> file_name("data/peaks.fa.gz")
    'peaks.fa.gz'
    """
    return path.replace("\\", "/").rsplit("/", maxsplit=1)[-1]


def _or_none(fields: Mapping[str, Any]) -> defaultdict[str, Any]:
    """The same fields, and None for those that are absent: runs of other versions have a report, too."""
    return defaultdict(lambda: None, fields)


def _sequences(data: Mapping[str, Any]) -> tuple[int, int]:
    """Number of sequences looked at, and of the bound ones among them."""
    total = sum(int(data.get(f"n_{side}") or 0) for side in ("train", "validation", "test"))
    return total, int(data.get("bound") or 0)


def _lengths(data: Mapping[str, Any]) -> dict[str, int] | None:
    """min, median and max length of the sequences, where the run says so."""
    lengths = data.get("lengths")
    return lengths if isinstance(lengths, dict) and {"min", "median", "max"} <= set(lengths) else None


def _seeds(seeds: list[dict[str, Any]], motifs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The seeds of run.json, each with its E, and the budget of the motif that it became, where the run says so."""
    budgets = {motif["motif_id"]: motif.get("budget") for motif in motifs}
    return [
        {"marks": None} | seed | {"e": 10.0 ** seed["log10_e"], "budget": budgets.get(seed["became"])} for seed in seeds
    ]


def _heat_map(run: Run, columns: list[dict[str, Any]]) -> Markup:
    """The chart of effects; a probability has the full colour at 0.5, a value at one standard deviation."""
    scale = {each["name"]: 0.5 if each["kind"] == "label" else float(each["scale"]) for each in columns}
    return heat_map(run.effects, {motif.motif_id: motif.consensus for motif in run.motifs}, scale)


def _curve(trainings: list[dict[str, Any]]) -> Markup | None:
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


def _sites_histogram(sites: pd.DataFrame, bound: int, unbound: int) -> Markup:
    """Chart of the shares of sequences with 0, 1, ... sites; sequences without any are not in the table of sites."""
    per_sequence = sites.groupby(["label", "sequence"]).size()
    shares: list[list[float]] = []
    for label, number in ((1, bound), (0, unbound)):
        found = per_sequence[per_sequence.index.get_level_values("label") == label].to_numpy()
        counts = np.bincount(np.minimum(found, _MOST_SITES), minlength=_MOST_SITES + 1)
        number = max(number, len(found))
        counts[0] = number - len(found)
        shares.append((counts / number).tolist() if number else [])
    last = max([1] + [i for side in shares for i, share in enumerate(side) if share > 0])
    of_bound, of_unbound = (side[: last + 1] for side in shares)
    return sites_chart(of_bound, of_unbound, or_more=last == _MOST_SITES)


def _places(
    sites: pd.DataFrame, motifs: list[MotifRow], lengths: Mapping[str, int] | None
) -> list[tuple[MotifRow, Markup]]:
    """For each motif the chart of where its sites' middles lie: from the centre if all lengths are equal."""
    if not motifs or sites.empty:
        return []
    middle = ((sites["start"] + sites["end"]) / 2).to_numpy(dtype=np.float64)
    if lengths is not None and lengths["min"] == lengths["max"]:
        half = lengths["max"] / 2
        middle, edges, label = middle - half, np.linspace(-half, half, _PLACE_BINS + 1), "bp from the centre"
    else:
        edges, label = np.linspace(0, float(middle.max()) + 1, _PLACE_BINS + 1), "bp from the start"
    is_bound = (sites["label"] == 1).fillna(value=False).to_numpy(dtype=bool)
    names = sites["motif_id"].to_numpy()

    def histogram(chosen: NDArray[np.bool_]) -> list[float]:
        counts: list[float] = np.histogram(middle[chosen], bins=edges)[0].astype(float).tolist()
        return counts

    charts = []
    for motif in motifs:
        own = names == motif.motif_id
        chart = places_chart(edges.tolist(), histogram(own & is_bound), histogram(own & ~is_bound), label)
        charts.append((motif, chart))
    return charts


def _alike(matching: Mapping[str, Any]) -> list[Markup]:
    """Charts of how like the bound windows of a genome the unbound ones are."""
    labels = {"gc_bars": "GC content, %", "masked_bars": "in repeats (soft-masked), %"}
    charts = []
    for name, label in labels.items():
        if matching.get(name):
            bound, unbound = matching[name]
            charts.append(alike_chart(bound, unbound, label))
    return charts


def _examples(sites: pd.DataFrame, motifs: list[MotifRow], lengths: Mapping[str, int] | None) -> Markup | None:
    """Held-out bound sequences with sites of the most different motifs, strongest first, where lengths are equal."""
    if not motifs or lengths is None or lengths["min"] != lengths["max"]:
        return None
    held_out = sites[(sites["label"] == 1) & (sites["split"] == "test")]
    if held_out.empty:
        return None
    grouped = held_out.groupby("sequence")
    order = pd.DataFrame({"motifs": grouped["motif_id"].nunique(), "score": grouped["score"].sum()})
    order = order.sort_values(["motifs", "score"], ascending=False, kind="stable")
    number = {motif.motif_id: i for i, motif in enumerate(motifs)}
    rows = []
    for name in order.index[:_EXAMPLES]:
        own = grouped.get_group(name).sort_values("start")
        places = zip(own["start"], own["end"], own["strand"], own["motif_id"], strict=True)
        rows.append((str(name), [Box(int(a), int(b), strand, number.get(m, 0)) for a, b, strand, m in places]))
    return tracks_chart(rows, lengths["max"])
