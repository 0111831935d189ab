"""The table that `motif_recovery.py` writes, and how it is summed up."""

from collections.abc import Sequence
from pathlib import Path

import inmotifin_sets
import planted_sets
import recovery_sets
from cases import BenchmarkSet
from tables import mean, read_rows

COLUMNS = (
    "set",
    "tool",
    "seed",
    "status",  # ok, or why there is no result
    "negatives",  # unbound test sequences: given with the set, shuffled copies, or others: peaks of other factors
    "unbound_per_bound",  # of the test sequences; AUPRC depends on it
    "gc_auroc",  # held out: share of G and C alone
    "found",  # 1: the first motif has its best match, at q < 0.05, in the family of a known motif
    "n_known",  # motifs that must be found
    "known_found",  # of them found, one exported motif for each, Tomtom q < 0.05
    "recall",  # known_found / n_known
    "precision",  # exported motifs that stand for a known or a secondary one / n_motifs
    "n_secondary",  # STREME's further motifs with E <= 1e-5
    "secondary_found",  # of them found, correlation >= 0.8
    "n_motifs",  # exported motifs; on a null set each of them is false; empty for a classifier
    "redundancy",  # exported motifs for each known motif that was found
    "likeness",  # best correlation with an exported motif, mean over known motifs
    "site_precision",  # of the sites in the foreground, half a true site's bp; planted sets only
    "site_recall",
    "ceiling_precision",  # the same of the true matrices, each at its best p-value
    "ceiling_recall",
    "sites_from",  # tool: its own list; scan: its motifs at p <= 1e-4
    "sites_per_sequence",  # of the foreground
    "pwm_auroc",  # held out: best site of the motif that does best in training
    "pwm_auprc",
    "hit4_auroc",  # held out: best site, of the first four motifs that which does best in training
    "hit4_auprc",
    "sum4_auroc",  # the same by the summed occupancy of all words
    "sum4_auprc",
    "test_auroc",  # held out: the tool's model
    "test_auprc",
    "known_auroc",  # held out: best site of the true motif, the best of several
    "wall_s",
    "cpu_s",  # of all its processes
    "peak_MiB",  # of the largest single process
    "m1_consensus",  # the tool's first motif, and its best match in the database
    "m1_match",
    "m1_name",
    "m1_q",
    "all_motifs",
)

_MEANS = (
    "n_motifs",
    "recall",
    "precision",
    "redundancy",
    "likeness",
    "site_precision",
    "site_recall",
    "ceiling_precision",
    "ceiling_recall",
)
_AREAS = ("pwm_auroc", "hit4_auprc", "sum4_auprc", "test_auroc", "test_auprc", "known_auroc")
_CHIP = "tf_chip/"


def summary(path: Path) -> str:
    """Markdown: one line a set and tool, means over seeds; STREME's record; secondary motifs and false discoveries."""
    rows = read_rows(path)
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["set"], row.get("tool", "sparling")), []).append(row)
    titles = ["set", "tool", "negatives", "found", *_MEANS, *_AREAS, "wall_s", "cpu_s", "peak_MiB"]
    lines = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    every: list[BenchmarkSet] = [*planted_sets.SETS, *inmotifin_sets.SETS, *recovery_sets.SETS]
    sets = {s.name: s for s in every}
    for name in dict.fromkeys(row["set"] for row in rows):
        for tool in dict.fromkeys(tool for other, tool in groups if other == name):
            lines.append(_line(name, tool, groups[name, tool]))
        recorded = sets[name].streme() if name in sets else None
        if recorded and not any(row.get("negatives") == "others" for row in rows):
            figures = {"n_motifs": "n_motifs_E<=0.05", "pwm_auroc": "best_test_auroc", "negatives": ""}
            cells = [recorded.get(figures.get(title, title), "") for title in titles[2:]]
            lines.append(f"| {name} | STREME 5.5.8, recorded | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_totals(groups, sets)])


def _line(name: str, tool: str, rows: Sequence[dict[str, str]]) -> str:
    done = [row for row in rows if row.get("status", "ok") == "ok"]
    if not done:
        return f"| {name} | {tool} | {rows[0]['status']} |"
    judged = [row for row in done if row["found"]]
    found = f"{sum(int(row['found']) for row in judged)}/{len(judged)}" if mean(judged, "n_known") > "0.00" else ""
    against = f"{done[0].get('negatives', '')} 1:{mean(done, 'unbound_per_bound')}".removesuffix(" 1:")
    cells = [against, found, *(mean(done, key) for key in _MEANS), *(mean(done, key, 3) for key in _AREAS)]
    cells += [mean(done, "wall_s", 0), mean(done, "cpu_s", 0), str(max(round(float(row["peak_MiB"])) for row in done))]
    return f"| {name} | {tool} | {' | '.join(cells)} |"


def _totals(groups: dict[tuple[str, str], list[dict[str, str]]], sets: dict[str, BenchmarkSet]) -> list[str]:
    """For each tool: secondary motifs over the tf_chip sets, mean over seeds; runs on null sets that export a motif."""
    lines = []
    for tool in dict.fromkeys(tool for _, tool in groups):
        mine = {name: rows for (name, t), rows in groups.items() if t == tool}
        own = {name: [r for r in rows if r.get("status") == "ok" and r["n_motifs"]] for name, rows in mine.items()}
        real = {name: rows for name, rows in own.items() if rows and not getattr(sets.get(name), "null", False)}
        chip = [rows for name, rows in real.items() if getattr(sets.get(name), "path", "").startswith(_CHIP)]
        there = sum(int(rows[0]["n_secondary"]) for rows in chip)
        found = sum(sum(int(row["secondary_found"]) for row in rows) / len(rows) for rows in chip)
        if there:
            lines.append(f"{tool}: {found:.1f} of {there} secondary motifs of the tf_chip sets.")
        null = [row for name, rows in own.items() if getattr(sets.get(name), "null", False) for row in rows]
        if null:
            lines.append(f"{tool}: a motif in {sum(int(r['n_motifs']) > 0 for r in null)} of {len(null)} null runs.")
    return lines
