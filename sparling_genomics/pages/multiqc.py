"""A run as sections of a MultiQC report: custom content, which MultiQC finds by the names of the files.

Source: MultiQC 1.35, "Custom content" of its documentation.
"""

import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from sparling.atomic import write_atomically
from sparling_genomics.naming.names import full_name, site_names
from sparling_genomics.pages.parts.headline import verdict_of, without_any, words
from sparling_genomics.pages.run_files import Run

RUN, MOTIFS = "sparling_run_mqc.json", "sparling_motifs_mqc.json"


def write_multiqc(folder: Path, run: Run) -> None:
    """Write both sections into a run folder: a line in the general statistics, and a table with a line a motif.

    A run without motifs has no table. Numbers are those of the page.
    """
    write_atomically(folder / RUN, lambda path: _write(path, general_statistics(run)))
    if run.motifs:
        write_atomically(folder / MOTIFS, lambda path: _write(path, motif_table(run)))
    else:
        (folder / MOTIFS).unlink(missing_ok=True)


def sample(run: Run) -> str:
    """What the run is called among others: the file of its bound sequences, without its endings."""
    file = run.data["fasta"] or run.data["bed"]
    if not isinstance(file, Mapping):
        return "run"
    name = PurePath(str(file["path"]).replace("\\", "/")).name
    return name.removesuffix(".gz").rsplit(".", 1)[0] or name


def general_statistics(run: Run) -> dict[str, Any]:
    """The line of a run in the table on top."""
    none = without_any(run)
    values = {
        "motifs": len(run.motifs),
        "trusted": sum(verdict_of(run, row) == "trusted" for row in run.motifs) if run.checked else None,
        "explained": None if none is None else 100 * (1 - none[0]),
        "auroc": run.metrics["auroc"],
    }
    columns = {
        "motifs": _column("Motifs", "motifs that sparling reports", format="{:,.0f}"),
        "trusted": _column("Trusted", "motifs that no check speaks against", format="{:,.0f}"),
        "explained": _column("With a site", f"{words(run).bound} with a site of a motif", suffix="%", min=0, max=100),
        "auroc": _column("AUROC", "of held-out bound against unbound sequences", format="{:.3f}", min=0, max=1),
    }
    return {
        "id": "sparling_run",
        "plot_type": "generalstats",
        "headers": columns,
        "data": {sample(run): {name: value for name, value in values.items() if value is not None}},
    }


def motif_table(run: Run) -> dict[str, Any]:
    """The table of motifs; runs of one report share it. Its rows have the names of sites.bed, which are no paths."""
    say, of, names = words(run), sample(run), site_names(run.motifs)
    data = {}
    for row in run.motifs:
        counts = run.carriers[row.motif_id]
        values = {
            "name": full_name(row) or "–",
            "consensus": row.consensus,
            "bound": _percent(counts.bound_share),
            "unbound": _percent(counts.unbound_share),
            "fold": counts.fold,
            "e_value": row.e_value,
            "verdict": verdict_of(run, row),
        }
        data[f"{of} {names[row.motif_id]}"] = {column: value for column, value in values.items() if value is not None}
    return {
        "id": "sparling_motifs",
        "section_name": "Motifs (sparling)",
        "description": "Motifs that set bound sequences apart, and how many sequences have each.",
        "plot_type": "table",
        "pconfig": {"id": "sparling_motifs_table", "title": "Sparling: motifs", "col1_header": "Run and motif"},
        "headers": {
            "name": _column("Name", "family of known factors, and those that cannot be told apart", scale=False),
            "consensus": _column("Consensus", "IUPAC letters", scale=False),
            "bound": _column(f"{say.bound.capitalize()} with it", "share with a site", suffix="%", min=0, max=100),
            "unbound": _column(f"{say.unbound.capitalize()} with it", "share with a site", suffix="%", min=0, max=100),
            "fold": _column("Fold", "the one share over the other", format="{:,.1f}", scale=False),
            "e_value": _column("E", "P of its enrichment times the motifs reported", format="{:.1e}", scale=False),
            "verdict": _column("Verdict", "of sparling's checks", scale=False),
        },
        "data": data,
    }


def _column(title: str, description: str, **more: Any) -> dict[str, Any]:
    """A column as MultiQC describes it."""
    return {"title": title, "description": description} | more


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _write(path: Path, section: dict[str, Any]) -> None:
    path.write_text(json.dumps(section, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
