"""What do tools find, with the settings named in `tools.py` and `peers/`? Planted and real sets, several seeds.

    python benchmarks/motif_recovery.py --seeds 5 --out motif_recovery.tsv                       # ours, all sets
    python benchmarks/motif_recovery.py --tools sparling gimme glam2 --sets planted_2 GABPA --out peers.tsv
    python benchmarks/motif_recovery.py --summary motif_recovery.tsv

Every tool is scored from the motifs and sites that it leaves, by the functions of `scoring.py`; see `COLUMNS` for what
each column says. With `--keep FOLDER` the tools' results stay there, and what lies there is scored again without being
run. Sets that lack STREME's figures or a tool have empty cells; a tool that cannot be run says why in `status`.
"""

import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import planted_sets
import recovery_sets
from cases import BenchmarkSet, Case
from peers.cnn_modisco import CnnModisco
from peers.explainn import ExplainnStyle
from peers.gimme import Gimme
from peers.glam2 import Glam2
from recovery_table import COLUMNS, summary
from scanning import find_sites
from scoring import best_motif, ceiling, discovery, is_found, separation_of, site_accuracy
from tables import command_line, write_rows
from tools import Output, Sparling, Tool, ToolFailed, run_tool

from sparling.errors import SparlingError
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import Match
from sparling_genomics.naming.tomtom import tomtom
from sparling_genomics.worlds.planted import PlantedSite

SETS: list[BenchmarkSet] = [*planted_sets.SETS, *recovery_sets.SETS]
TOOLS: dict[str, type[Tool]] = {tool.name: tool for tool in (Sparling, Gimme, Glam2, ExplainnStyle, CnnModisco)}


def score(case: Case, output: Output) -> dict[str, Any]:
    """Every column that follows from a tool's output and the case."""
    motifs, both = output.motifs, case.both_strands
    matches = tomtom(motifs, read_meme(case.database), reverse_complement=both)
    found = discovery(motifs, matches, case.known, case.secondary, both_strands=both)
    best = best_motif(motifs, case.foreground, case.background, case.test, both_strands=both)
    known = [separation_of(k.pwm, case.test, both_strands=both).auroc for k in case.known]
    sites, origin = output.sites, "tool"
    if sites is None:
        sites, origin = scanned(case, output), "scan"
    foreground = {record.name for record in case.foreground}
    accuracy = best_possible = (math.nan, math.nan)
    if case.sites is not None:
        accuracy = site_accuracy(sites, case.sites, case.foreground)
        best_possible = ceiling(case.known, case.sites, case.foreground, both_strands=both)
    first: Match | None = matches[0][0] if motifs else None
    return {
        "found": int(bool(motifs) and is_found(motifs[0], matches[0], case.known, both_strands=both)),
        "n_known": found.n_known,
        "known_found": found.found,
        "recall": found.recall,
        "precision": found.precision,
        "n_secondary": found.n_secondary,
        "secondary_found": found.secondary,
        "n_motifs": len(motifs),
        "redundancy": found.redundancy,
        "likeness": found.likeness,
        "site_precision": accuracy[0],
        "site_recall": accuracy[1],
        "ceiling_precision": best_possible[0],
        "ceiling_recall": best_possible[1],
        "sites_from": origin,
        "sites_per_sequence": sum(site.sequence in foreground for site in sites) / len(foreground),
        "pwm_auroc": best.held_out.auroc if best else math.nan,
        "pwm_auprc": best.held_out.auprc if best else math.nan,
        "test_auroc": output.model.auroc if output.model else math.nan,
        "test_auprc": output.model.auprc if output.model else math.nan,
        "known_auroc": max(known, default=math.nan),
        "wall_s": round(output.wall_s, 1),
        "peak_MiB": round(output.peak_mib),
        "m1_consensus": motifs[0].consensus() if motifs else "",
        "m1_match": first.target if first else "",
        "m1_name": first.target_name if first else "",
        "m1_q": first.q if first else math.nan,
        "all_motifs": " ; ".join(
            f"{motif.consensus()}>{targets[0].target_name}:{motif.n_sites}"
            for motif, targets in zip(motifs, matches, strict=True)
        ),
    }


def scanned(case: Case, output: Output) -> list[PlantedSite]:
    """Sites of the motifs in the foreground, for a tool that lists none."""
    names, codes = [r.name for r in case.foreground], [r.codes for r in case.foreground]
    return [site for pwm in output.motifs for site in find_sites(pwm, names, codes, both_strands=case.both_strands)]


def rows(
    sets: Iterable[BenchmarkSet], tools: Iterable[Tool], seeds: Iterable[int], folder: Path, limit_s: float
) -> Iterable[dict[str, Any]]:
    """One row a set, seed and tool, as soon as it is known."""
    tools = list(tools)
    for seed in seeds:
        for chosen in sets:
            place = folder / f"{chosen.name}_{seed}"
            case = chosen.case(seed, place / "case")
            case.write()
            for tool in tools:
                row: dict[str, Any] = {"set": chosen.name, "tool": tool.name, "seed": seed}
                try:
                    output = run_tool(tool, case, place / tool.name, limit_s)
                    yield row | {"status": "ok"} | score(case, output)
                except (ToolFailed, SparlingError) as error:
                    yield row | {"status": str(error)[:200]}


def main() -> None:
    parser = command_line(__doc__, "motif_recovery.tsv")
    parser.add_argument("--sets", nargs="*", default=[s.name for s in SETS], choices=[s.name for s in SETS])
    parser.add_argument("--tools", nargs="*", default=["sparling"], choices=list(TOOLS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    if options.summary:
        print(summary(options.summary))
        return
    folder = (options.keep or Path(tempfile.mkdtemp())).resolve()
    chosen = [s for s in SETS if s.name in options.sets]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    tools = [TOOLS[name]() for name in options.tools]
    write_rows(options.out, COLUMNS, rows(chosen, tools, seeds, folder, options.limit_s))
    print(summary(options.out))


if __name__ == "__main__":
    main()
