"""What do tools find, with the settings named in `tools.py` and `peers/`? Planted and real sets, several seeds.

    python benchmarks/motif_recovery.py --seeds 5 --out motif_recovery.tsv                       # ours, all sets
    python benchmarks/motif_recovery.py --tools sparling gimme glam2 --sets planted_2 GABPA --out peers.tsv
    python benchmarks/motif_recovery.py --negatives others:2 --out others.tsv                    # no shuffles
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

import inmotifin_sets
import planted_sets
import recovery_sets
from cases import BenchmarkSet, Case
from negatives import AgainstOthers, has_others
from peers.cnn_modisco import CnnModisco
from peers.explainn import ExplainnStyle
from peers.gimme import Gimme
from peers.gkmsvm import GkmSvm
from peers.glam2 import Glam2
from peers.universalmotif import UniversalMotif
from recovery_sets import RecoverySet
from recovery_table import COLUMNS, summary
from scanning import best_scores, find_sites, summed_scores
from scoring import (
    MOST_MATRICES,
    Scoring,
    Separation,
    best_motif,
    ceiling,
    discovery,
    gc_fraction,
    is_found,
    separation,
    separation_of,
    site_accuracy,
)
from tables import command_line, write_rows
from tools import Output, Sparling, Tool, ToolFailed, run_tool

from sparling.errors import SparlingError
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import Match
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.tomtom import tomtom
from sparling_genomics.worlds.planted import PlantedSite

SETS: list[BenchmarkSet] = [*planted_sets.SETS, *inmotifin_sets.SETS, *recovery_sets.SETS]
TOOLS: dict[str, type[Tool]] = {
    tool.name: tool for tool in (Sparling, Gimme, Glam2, UniversalMotif, ExplainnStyle, CnnModisco, GkmSvm)
}
NEGATIVES = {"shuffled": 0, "others:1": 1, "others:2": 2}
"""Peaks of other factors for each bound test sequence; none: the set's own unbound ones, or shuffled copies."""


def score(case: Case, output: Output) -> dict[str, Any]:
    """Every column that follows from a tool's output and the case; for a classifier those of its model alone."""
    labels = [record.label for record in case.test]
    known = [separation_of(k.pwm, case.test, both_strands=case.both_strands).auroc for k in case.known]
    row = {
        "negatives": case.negatives,
        "unbound_per_bound": labels.count(0) / labels.count(1) if 1 in labels else math.nan,
        "gc_auroc": separation(labels, [gc_fraction(record.codes) for record in case.test]).auroc,
        "n_known": len(case.known),
        "n_secondary": len(case.secondary),
        "known_auroc": max(known, default=math.nan),
        "test_auroc": output.model.auroc if output.model else math.nan,
        "test_auprc": output.model.auprc if output.model else math.nan,
        "wall_s": round(output.wall_s, 1),
        "cpu_s": round(output.cpu_s, 1),
        "peak_MiB": round(output.peak_mib),
    }
    return row if output.motifs is None else row | score_motifs(case, output.motifs, output.sites)


def score_motifs(case: Case, motifs: list[Pwm], sites: list[PlantedSite] | None) -> dict[str, Any]:
    """The columns that follow from motifs and, where the tool lists them, their sites."""
    both = case.both_strands
    matches = tomtom(motifs, read_meme(case.database), reverse_complement=both)
    found = discovery(motifs, matches, case.known, case.secondary, both_strands=both)
    best = best_of(case, motifs, best_scores)
    hit, occupancy = (best_of(case, motifs[:MOST_MATRICES], scoring) for scoring in (best_scores, summed_scores))
    origin = "tool"
    if sites is None:
        sites, origin = scanned(case, motifs), "scan"
    foreground = {record.name for record in case.foreground}
    accuracy = best_possible = (math.nan, math.nan)
    if case.sites is not None:
        accuracy = site_accuracy(sites, case.sites, case.foreground)
        best_possible = ceiling(case.known, case.sites, case.foreground, both_strands=both)
    first: Match | None = matches[0][0] if motifs else None
    return {
        "found": int(bool(motifs) and is_found(motifs[0], matches[0], case.known, both_strands=both)),
        "known_found": found.found,
        "recall": found.recall,
        "precision": found.precision,
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
        "pwm_auroc": best.auroc,
        "pwm_auprc": best.auprc,
        "hit4_auroc": hit.auroc,
        "hit4_auprc": hit.auprc,
        "sum4_auroc": occupancy.auroc,
        "sum4_auprc": occupancy.auprc,
        "m1_consensus": motifs[0].consensus() if motifs else "",
        "m1_match": first.target if first else "",
        "m1_name": first.target_name if first else "",
        "m1_q": first.q if first else math.nan,
        "all_motifs": " ; ".join(
            f"{motif.consensus()}>{targets[0].target_name}:{motif.n_sites}"
            for motif, targets in zip(motifs, matches, strict=True)
        ),
    }


def best_of(case: Case, motifs: list[Pwm], scoring: Scoring) -> Separation:
    """Held-out figures of the matrix that does best in training; nan without one."""
    sides = case.foreground, case.background, case.test
    best = best_motif(motifs, *sides, both_strands=case.both_strands, scoring=scoring)
    return best.held_out if best else Separation(math.nan, math.nan)


def scanned(case: Case, motifs: list[Pwm]) -> list[PlantedSite]:
    """Sites of the motifs in the foreground, for a tool that lists none."""
    names, codes = [r.name for r in case.foreground], [r.codes for r in case.foreground]
    return [site for pwm in motifs for site in find_sites(pwm, names, codes, both_strands=case.both_strands)]


def rows(
    sets: Iterable[BenchmarkSet], tools: Iterable[Tool], seeds: Iterable[int], folder: Path, limit_s: float
) -> Iterable[dict[str, Any]]:
    """One row a set, seed and tool, as soon as it is known; a set that cannot be made has a reason as its status."""
    tools = list(tools)
    for seed in seeds:
        for chosen in sets:
            place = folder / f"{chosen.name}_{seed}"
            blank = [{"set": chosen.name, "tool": tool.name, "seed": seed} for tool in tools]
            try:
                case = chosen.case(seed, place / "case")
            except (ToolFailed, SparlingError) as error:
                yield from (row | {"status": str(error)[:200]} for row in blank)
                continue
            case.write()
            for tool, row in zip(tools, blank, strict=True):
                try:
                    output = run_tool(tool, case, place / tool.name, limit_s)
                    yield row | {"status": "ok"} | score(case, output)
                except (ToolFailed, SparlingError) as error:
                    yield row | {"status": str(error)[:200]}


def main() -> None:
    parser = command_line(__doc__, "motif_recovery.tsv")
    parser.add_argument("--sets", nargs="*", choices=[s.name for s in SETS], help="all unless said otherwise")
    parser.add_argument("--tools", nargs="*", default=["sparling"], choices=list(TOOLS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument(
        "--negatives",
        default="shuffled",
        choices=list(NEGATIVES),
        help="unbound test sequences: the set's own, or shuffled copies; or 1 or 2 peaks of other factors for each "
        "bound one, as rich in G and C (the tf_chip sets are all that there are)",
    )
    parser.add_argument(
        "--others-in-training", action="store_true", help="the tools' background, too, is made of other factors' peaks"
    )
    options = parser.parse_args()
    if options.summary:
        print(summary(options.summary))
        return
    ratio = NEGATIVES[options.negatives]
    if options.others_in_training and not ratio:
        parser.error(f"--others-in-training needs --negatives others:1 or others:2; got {options.negatives}")
    folder = (options.keep or Path(tempfile.mkdtemp())).resolve()
    chosen = [s for s in SETS if options.sets is None or s.name in options.sets]
    if ratio:
        folder /= f"others_{ratio}{'_trained' * options.others_in_training}"  # other test sequences, other results
        peaks = [s for s in chosen if isinstance(s, RecoverySet) and has_others(s)]
        if options.sets is not None and len(peaks) < len(chosen):
            wrong = ", ".join(s.name for s in chosen if s not in peaks)
            parser.error(f"--negatives {options.negatives} needs sets of ChIP-seq peaks; got {wrong}")
        chosen = [AgainstOthers(s, ratio, options.others_in_training) for s in peaks]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    tools = [TOOLS[name]() for name in options.tools]
    write_rows(options.out, COLUMNS, rows(chosen, tools, seeds, folder, options.limit_s))
    print(summary(options.out))


if __name__ == "__main__":
    main()
