"""Splicing: the sparse network beside matrices, LSSI, its dense twin and a net of SpliceAI-400's shape; one table.

    python splicing.py --out splicing.tsv --keep runs                       # everything, hours
    python splicing.py --sets pombe --methods sparse dense --seeds 0 1 2 --out splicing.tsv --keep runs

A row a set, method, seed and universe. Each training runs in a process of its own; rows that are there are kept, so
that the command can be stopped and given again. Errors are over genes drawn anew. Methods: `default` is what `sparling
splice train` does, `sparse` the same without a core, `sparser` the default at 0.5 marks per 100 nt, `null` the sparse
one on sites moved to random GT and AG of the same genes, `adjusted` the default with channels that start as matrices of
RNA-binding proteins. `motifs` are those that a run reports, `words` what all channels mark.
"""

import argparse
import json
import math
import multiprocessing
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from splice_baselines import BASELINES
from splice_rows import METHODS, rows_of
from splice_sets import DATA, SETS, SpliceSet
from tables import check_folder, check_names, read_rows, write_rows

from sparling.atomic import write_atomically
from sparling.errors import InputError

HUMAN_ALONE, YEAST_ALONE = ("maxent", "adjusted"), ("null", "sparser")
"""Methods that have something to say of some sets only."""
SEEDLESS = ("pwm", "maxent")
ROWS = "rows.json"
"""Of a set, a method and a seed, in its folder, when it is done."""
UNIVERSES = 3
KEYS = ("set", "method", "seed", "universe")
COLUMNS = (
    *KEYS,
    *("positions", "sites", "top_k_donor", "top_k_acceptor", "top_k", "error", "error_donor", "error_acceptor"),
    *("half_donor", "half_acceptor", "double_donor", "double_acceptor", "auprc_donor", "auprc_acceptor"),
    *("introns_exact", "introns_precision", "genes_right", "marks_per_100nt", "parameters", "cpu_s", "train_cpu_s"),
    *("peak_mb", "share", "genes_related", "motifs", "motifs_needed", "words"),
    *("branch_motif", "branch_offset", "branch_recall", "branch_recall_6_18", "branch_right", "branch_silenced"),
    *("mutated_introns", "branch_a_to_g", "other_a_to_g", "caption"),
)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    methods = [*METHODS, *BASELINES]
    parser.add_argument("--sets", nargs="+", default=list(SETS), help=f"of {', '.join(SETS)}; default all")
    parser.add_argument("--methods", nargs="+", default=methods, help=f"of {', '.join(methods)}; default all")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--background", choices=["genes", "genome"], default="genes")
    parser.add_argument("--out", type=Path, default=Path("splicing.tsv"))
    parser.add_argument("--keep", type=Path, default=Path("splicing_runs"), help="runs and converted sets")
    options = parser.parse_args()
    check_names("set", options.sets, SETS)
    check_names("method", options.methods, methods)
    check_folder(DATA, "the sets")
    rows = read_rows(options.out) if options.out.exists() else []
    number = Counter(_done(row) for row in rows)
    there = {key for key, rows_of_it in number.items() if rows_of_it == UNIVERSES}
    kept: list[dict[str, Any]] = [dict(row) for row in rows if _done(row) in there]
    jobs = [
        (SETS[name], method, seed)
        for name in options.sets
        for method in options.methods
        for seed in (options.seeds if method not in SEEDLESS else options.seeds[:1])
        if fits(SETS[name], method) and (name, named(method, options.background), str(seed)) not in there
    ]
    write_rows(options.out, COLUMNS, _all(kept, jobs, options.keep, options.background))


def _done(row: dict[str, str]) -> tuple[str, str, str]:
    return row["set"], row["method"], row["seed"]


def named(method: str, background: str) -> str:
    """The method in the table, with what it was trained on beside genes."""
    return method if background == "genes" else f"{method}+genome"


def fits(each: SpliceSet, method: str) -> bool:
    """Whether a method has something to say of a set."""
    return (each.human or method not in HUMAN_ALONE) and (each.name == "pombe" or method not in YEAST_ALONE)


def _all(
    kept: list[dict[str, Any]], jobs: list[tuple[SpliceSet, str, int]], keep: Path, background: str
) -> Iterator[dict[str, Any]]:
    yield from kept
    spawn = multiprocessing.get_context("spawn")
    for each, method, seed in jobs:
        folder = keep / f"{each.name}_{named(method, background)}_{seed}"
        result = folder / ROWS
        if not result.is_file():
            process = spawn.Process(target=one, args=(each.name, method, seed, background, folder))
            process.start()
            process.join()
            if process.exitcode or not result.is_file():
                print(f"{each.name} {method} {seed} failed, exit code {process.exitcode}", file=sys.stderr)
                continue
        for row in json.loads(result.read_text()):
            yield row | {"caption": each.caption}


def one(name: str, method: str, seed: int, background: str, folder: Path) -> None:
    """Train and measure, in a process of its own: rows.json in ``folder``."""
    try:
        rows = list(rows_of(SETS[name], method, seed, background, folder))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except Exception:
        traceback.print_exc()
        sys.exit(1)
    common = {"set": name, "method": named(method, background), "seed": seed}
    common["cpu_s"] = time.process_time()
    common["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    plain = [{key: None if _missing(value) else value for key, value in (common | row).items()} for row in rows]
    write_atomically(folder / ROWS, lambda path: path.write_text(json.dumps(plain)))


def _missing(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


if __name__ == "__main__":
    main()
