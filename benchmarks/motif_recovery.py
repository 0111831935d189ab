"""Does one command with no options find the known motif? Real sets, several seeds, beside STREME's recorded figures.

    python benchmarks/motif_recovery.py --seeds 5 --out benchmarks/results/motif_recovery.tsv
    python benchmarks/motif_recovery.py --summary benchmarks/results/motif_recovery.tsv

A run counts as "found" when its motif with the most sites (M1) matches, as its best match and at q < 0.05, a matrix of
the truth's family: the matrices of the same database that Tomtom finds like the true one at q < 0.01, and those that
`recovery_sets.py` names.
"""

import argparse
import csv
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from recovery_sets import SETS, SHARED, RecoverySet, write_fasta

from sparling_genomics.compare import tomtom
from sparling_genomics.motif_files import read_meme

COLUMNS = (
    "set",
    "seed",
    "found",
    "m1_consensus",
    "m1_match",
    "m1_name",
    "m1_q",
    "m1_bound_fraction",
    "m1_auroc",
    "n_motifs",
    "test_auroc",
    "known_auroc",
    "sites_per_sequence",
    "wall_s",
    "peak_MiB",
    "stop_reason",
    "minus_strand_sites",
    "all_motifs",
)


def family(recovery_set: RecoverySet) -> set[str]:
    """Names of the matrices that count as the truth."""
    database = read_meme(SHARED / "data/motifs" / recovery_set.database)
    if recovery_set.only:
        return {pwm.name for pwm in database if re.fullmatch(recovery_set.only, pwm.name)}
    truth = [pwm for pwm in database if pwm.name.startswith(recovery_set.truth)]
    matches = tomtom(truth, database, reverse_complement=recovery_set.alphabet == "dna")[0]
    named = {pwm.name for pwm in database if recovery_set.also and re.fullmatch(recovery_set.also, pwm.alt_name)}
    return named | {match.target for match in matches if match.q < 0.01}


def is_found(match: str, q: str, truth: set[str]) -> bool:
    """Whether the best match of M1 counts."""
    return match in truth and float(q) < 0.05


def judge(path: Path) -> None:
    """Fill in the column ``found`` of an earlier result anew, by the families as they are defined now."""
    with path.open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    truth = {s.name: family(s) for s in SETS}
    order = [s.name for s in SETS]
    rows.sort(key=lambda row: (order.index(row["set"]), int(row["seed"])))
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t")
        writer.writeheader()
        for row in rows:
            writer.writerow(row | {"found": int(is_found(row["m1_match"], row["m1_q"], truth[row["set"]]))})


def measure(command: list[str], log: Path) -> tuple[int, float, float]:
    """Exit code, wall seconds and peak MiB of one command."""
    started = time.monotonic()
    with log.open("w") as handle:
        child = subprocess.Popen(command, stdout=handle, stderr=handle)
        _, status, usage = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - started, usage.ru_maxrss / 1024


def run_once(recovery_set: RecoverySet, seed: int, folder: Path, truth: set[str]) -> dict[str, object]:
    """One run with all defaults, and what came of it."""
    fasta, out = folder / f"{recovery_set.name}.fa", folder / f"{recovery_set.name}_{seed}"
    write_fasta(recovery_set, fasta)
    database = SHARED / "data/motifs" / recovery_set.database
    command = [
        str(Path(sys.executable).with_name("sparling")),
        "motifs",
        "train",
        "--fasta",
        str(fasta),
        "--out",
        str(out),
    ]
    command += ["--seed", str(seed), "--db", str(database), "--force"]
    if recovery_set.alphabet == "rna":
        command += ["--alphabet", "rna"]
    code, wall, peak = measure(command, folder / f"{recovery_set.name}_{seed}.log")
    if code:
        raise SystemExit((folder / f"{recovery_set.name}_{seed}.log").read_text())
    result = json.loads((out / "run.json").read_text())
    with (out / "motifs.tsv").open() as handle:
        motifs = list(csv.DictReader(handle, delimiter="\t"))
    with gzip.open(out / "sites.tsv.gz", "rt") as handle:
        strands = [site["strand"] for site in csv.DictReader(handle, delimiter="\t")]
    first = motifs[0] if motifs else {}
    found = bool(first) and is_found(first["best_match"], first["match_q"], truth)
    return {
        "set": recovery_set.name,
        "seed": seed,
        "found": int(found),
        "m1_consensus": first.get("consensus", ""),
        "m1_match": first.get("best_match", ""),
        "m1_name": first.get("match_name", ""),
        "m1_q": first.get("match_q", ""),
        "m1_bound_fraction": first.get("bound_fraction", ""),
        "m1_auroc": first.get("auroc", ""),
        "n_motifs": len(motifs),
        "test_auroc": round(result["metrics"]["auroc"], 4),
        "known_auroc": recovery_set.known_auroc,
        "sites_per_sequence": round(result["metrics"]["sites_per_sequence"], 3),
        "wall_s": round(wall, 1),
        "peak_MiB": round(peak),
        "stop_reason": result["stop_reason"],
        "minus_strand_sites": strands.count("-"),
        "all_motifs": " ; ".join(f"{m['consensus']}>{m['match_name']}:{m['n_sites']}" for m in motifs),
    }


def summary(path: Path) -> str:
    """A Markdown table, one line a set: means over seeds, and STREME's record where there is one."""
    with (SHARED / "peers/streme_5.5.8.tsv").open() as handle:
        streme = {row["set"]: row for row in csv.DictReader(handle, delimiter="\t") if "shuffled" in row["negatives"]}
    with path.open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    lines = [
        "| set | found | test AUROC, mean (min-max) | known motif | motifs | sites/seq | wall s | peak MiB "
        "| STREME best matrix AUROC | STREME motifs | STREME s | STREME MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(row["set"] for row in rows):
        own = [row for row in rows if row["set"] == name]
        numbers = {key: [float(row[key]) for row in own] for key in COLUMNS if key in _NUMERIC}
        peer = next((row for key, row in streme.items() if key.startswith(name)), None)
        auroc = numbers["test_auroc"]
        cells = [
            name,
            f"{sum(int(row['found']) for row in own)}/{len(own)}",
            f"{_mean(auroc):.3f} ({min(auroc):.3f}-{max(auroc):.3f})",
            own[0]["known_auroc"],
            f"{_mean(numbers['n_motifs']):.1f}",
            f"{_mean(numbers['sites_per_sequence']):.2f}",
            f"{_mean(numbers['wall_s']):.0f} (max {max(numbers['wall_s']):.0f})",
            f"{max(numbers['peak_MiB']):.0f}",
        ]
        keys = ("best_test_auroc", "n_motifs_E<=0.05", "wall_s", "peak_MiB")
        cells += [peer[key] for key in keys] if peer else [""] * 4
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


_NUMERIC = {"test_auroc", "n_motifs", "sites_per_sequence", "wall_s", "peak_MiB"}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="*", default=[s.name for s in SETS])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("motif_recovery.tsv"))
    parser.add_argument("--keep", type=Path, help="keep the run folders here")
    parser.add_argument("--summary", type=Path, help="print the table of an earlier result and end")
    parser.add_argument("--judge", type=Path, help="judge an earlier result anew, in place, and end")
    options = parser.parse_args()
    if options.judge:
        judge(options.judge)
        return
    if options.summary:
        print(summary(options.summary))
        return
    folder = options.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t")
        writer.writeheader()
        chosen = [s for s in SETS if s.name in options.sets]
        truth = {recovery_set.name: family(recovery_set) for recovery_set in chosen}
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for recovery_set in chosen:
                row = run_once(recovery_set, seed, folder, truth[recovery_set.name])
                writer.writerow(row)
                handle.flush()
                print({key: row[key] for key in COLUMNS}, flush=True)
    print(summary(options.out))


if __name__ == "__main__":
    main()
