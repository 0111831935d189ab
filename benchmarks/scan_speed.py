"""Scanning a genome: CPU seconds a motif, peak memory and hits, by matrix, by network, and by memelite's FIMO.

    python benchmarks/scan_speed.py --genome pombe.fa --run ctcf_run --out scan_speed.tsv
    python benchmarks/scan_speed.py --repeated 3e9 --run ctcf_run --minutes 2 --out scan_long.tsv

Each tool is a process of its own that scans the same letters for the same matrices on both strands; compiling (FIMO)
and imports are not counted, reading is. The background is uniform, as FIMO's is fixed, with `STEP` as its bin, and its
``eps`` taken off the probabilities. Then our P of each hit is held against FIMO's. Last, pieces of the genome over
edges of windows are held against the network on the whole piece. ``--repeated``: one chromosome of so many letters, the
genome again and again, that is never held as a whole; stopped after ``--minutes``.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tables import write_rows

from sparling_genomics.files.genome import open_genome
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.letters.alphabet import Codes
from sparling_genomics.letters.log_odds import PSEUDOCOUNT, STEP, log_odds
from sparling_genomics.letters.pwm import UNIFORM, Pwm

COLUMNS = ("tool", "motifs", "letters", "cpu_s", "cpu_s_a_motif", "mb_a_cpu_s", "peak_mb", "hits", "note")
P_VALUE = 1e-4
EPS = 1e-4
"""What memelite adds to each probability."""
PIECES = 50


def matrices(arguments: argparse.Namespace) -> list[Pwm]:
    """As many motifs of the database as wished, from all over it."""
    motifs = read_motifs(arguments.motifs).motifs
    return [motifs[i] for i in np.linspace(0, len(motifs) - 1, arguments.count).astype(int)]


def by_matrix(arguments: argparse.Namespace, keep: Path) -> dict[str, Any]:
    from sparling_genomics.scan.listing import list_hits
    from sparling_genomics.scan.matrix_scan import MatrixScan
    from sparling_genomics.scan.text import GenomeText

    pwms = matrices(arguments)
    begin = time.process_time()
    scan = MatrixScan([log_odds(pwm, UNIFORM) for pwm in pwms], P_VALUE)
    listing = list_hits(keep / "hits", scan, GenomeText(open_genome(arguments.genome)))
    cpu = time.process_time() - begin
    table = [
        (int(h["motif"]), int(h["sequence"]), int(h["start"]), bool(h["reverse"]), float(p))
        for batch in listing.batches()
        for h, p in zip(batch.hits, batch.p, strict=True)
    ]
    (keep / "ours.json").write_text(json.dumps(table))
    return {"motifs": len(pwms), "letters": sum(listing.lengths), "cpu_s": cpu, "hits": sum(listing.found)}


def by_network(arguments: argparse.Namespace, keep: Path) -> dict[str, Any]:
    from sparling_genomics.runs.finished import load_stored
    from sparling_genomics.scan.listing import list_hits
    from sparling_genomics.scan.network_scan import NetworkScan
    from sparling_genomics.scan.text import GenomeText

    run = load_stored(arguments.run)
    text = GenomeText(open_genome(arguments.genome))
    begin = time.process_time()
    scan = NetworkScan(run, tuple(range(len(run.pwms))), tuple(np.zeros(0) for _ in run.pwms))
    listing = list_hits(keep / "hits", scan, text)
    cpu = time.process_time() - begin
    return {"motifs": len(run.pwms), "letters": sum(listing.lengths), "cpu_s": cpu, "hits": sum(listing.found)}


def by_fimo(arguments: argparse.Namespace, keep: Path) -> dict[str, Any]:
    from memelite import fimo

    pwms = matrices(arguments)
    given = {str(i): pwm_probabilities(pwm) - EPS for i, pwm in enumerate(pwms)}
    fimo({"0": given["0"]}, np.eye(4, dtype=np.int8)[np.zeros((1, 100), dtype=int)].transpose(0, 2, 1), bin_size=STEP)
    begin = time.process_time()
    found = fimo(given, str(arguments.genome), bin_size=STEP, eps=EPS, threshold=P_VALUE)
    cpu = time.process_time() - begin
    lengths = open_genome(arguments.genome).lengths
    number = {name: i for i, name in enumerate(lengths)}
    unknown = {
        name: np.cumsum(open_genome(arguments.genome).codes(name, 0, size) > 3) for name, size in lengths.items()
    }
    table = [
        (
            motif,
            number[chrom],
            int(start),
            strand == "-",
            float(p),
            int(unknown[chrom][end - 1] - unknown[chrom][start]),
        )
        for motif, hits in enumerate(found)
        for chrom, start, end, strand, p in hits[["sequence_name", "start", "end", "strand", "p-value"]].itertuples(
            index=False
        )
    ]
    (keep / "fimo.json").write_text(json.dumps(table))
    return {"motifs": len(pwms), "letters": sum(lengths.values()), "cpu_s": cpu, "hits": len(table)}


def pwm_probabilities(pwm: Pwm) -> np.ndarray:
    """With our pseudocount, letters by columns."""
    total = pwm.counts.sum(1, keepdims=True) + PSEUDOCOUNT
    return ((pwm.counts + PSEUDOCOUNT / 4) / total).T.copy()


TOOLS = {"by matrix": by_matrix, "by network": by_network, "memelite FIMO": by_fimo}


def compared(keep: Path) -> str:
    """Our hits beside FIMO's, which has words with N, and P = 0 where a word scores beyond the end of its table."""
    ours = {tuple(row[:4]): row[4] for row in json.loads((keep / "ours.json").read_text())}
    rows = json.loads((keep / "fimo.json").read_text())
    with_n = sum(row[5] > 0 for row in rows)
    theirs = {tuple(row[:4]): row[4] for row in rows if not row[5]}
    both = ours.keys() & theirs.keys()
    zero = {key for key, p in theirs.items() if p == 0}
    off = np.array([abs(np.log(ours[key] / theirs[key])) for key in both - zero])
    alone = [hits[key] / P_VALUE for hits in (ours, theirs) for key in hits.keys() - both - zero]
    edge = f" (P within {max(abs(p - 1) for p in alone):.2%} of the limit)" if alone else ""
    only = len(ours) - len(both), len(theirs.keys() - both - zero)
    return (
        f"{len(both)} hits in both, {only[0]} ours alone and {only[1]} FIMO's alone{edge}; "
        f"P within 1% in {np.mean(off <= 0.01):.2%}, within {off.max():.2%} in all; FIMO has {with_n} words "
        f"with N, and {len(zero - both)} with P = 0 of motifs that no word of P <= {P_VALUE:g} has"
    )


def pieces_as_the_whole(arguments: argparse.Namespace, keep: Path) -> dict[str, Any]:
    """Sites of random pieces, in windows with edges in them, and of the network on each piece at once."""
    from sparling_genomics.data.given import given_sequences
    from sparling_genomics.letters.alphabet import DNA, decode
    from sparling_genomics.runs.finished import load_stored
    from sparling_genomics.scan.listing import list_hits
    from sparling_genomics.scan.network_scan import NetworkScan
    from sparling_genomics.scan.text import GivenText

    run = load_stored(arguments.run)
    genome = open_genome(arguments.genome)
    rng = np.random.default_rng(0)
    scan = NetworkScan(run, tuple(range(len(run.pwms))), tuple(np.zeros(0) for _ in run.pwms))
    equal = sites = 0
    for _ in range(PIECES):
        chrom = str(rng.choice([name for name, length in genome.lengths.items() if length > 200_000]))
        start = int(rng.integers(0, genome.lengths[chrom] - 200_000))
        data = given_sequences({"piece": decode(genome.codes(chrom, start, start + 200_000))}, DNA)
        found, _ = run.find(data, 1)
        dense = {
            (motif.pwm.name, int(a), bool(r))
            for motif in run.placed(found)
            for a, r in zip(motif.intervals(data)[0], motif.sites.reverse, strict=True)
        }
        listing = list_hits(keep / "hits", scan, GivenText(data), window=int(rng.integers(500, 50_000)))
        windows = {
            (listing.motifs[h["motif"]], int(h["start"]), bool(h["reverse"]))
            for batch in listing.batches()
            for h in batch.hits
        }
        equal += dense == windows
        sites += len(dense)
    return {"motifs": len(run.pwms), "letters": PIECES * 200_000, "hits": sites, "note": f"{equal} of {PIECES} equal"}


class Repeated:
    """One chromosome of any length: the letters of a genome again and again."""

    def __init__(self, path: Path, length: int) -> None:
        genome = open_genome(path)
        self.once = np.concatenate([genome.codes(chrom, 0, size) for chrom, size in genome.lengths.items()])
        self.names, self.lengths = ("long",), np.array([length])

    def letters(self, number: int, start: int, end: int) -> Codes:
        first = start % len(self.once)
        beyond = max(0, first + end - start - len(self.once))
        return np.concatenate([self.once[first : first + end - start], self.once[:beyond]])


def long_scan(arguments: argparse.Namespace, keep: Path, tool: str) -> dict[str, Any]:
    """As much of the repeated genome as the minutes allow."""
    from sparling_genomics.runs.finished import load_stored
    from sparling_genomics.scan.hits import Scanner
    from sparling_genomics.scan.listing import list_hits
    from sparling_genomics.scan.matrix_scan import MatrixScan
    from sparling_genomics.scan.network_scan import NetworkScan

    text = Repeated(arguments.genome, int(arguments.repeated))
    scanner: Scanner
    if tool == "by matrix":
        scanner = MatrixScan([log_odds(pwm, UNIFORM) for pwm in matrices(arguments)], P_VALUE)
    else:
        run = load_stored(arguments.run)
        scanner = NetworkScan(run, tuple(range(len(run.pwms))), tuple(np.zeros(0) for _ in run.pwms))
    begin = time.process_time()
    state = {"done": 0, "early": 0.0}

    def watch(done: int, letters: int) -> None:
        state["done"] = done
        if done < 5e7:
            state["early"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        if time.process_time() - begin > 60 * arguments.minutes:
            raise TimeoutError

    note = "whole"
    try:
        list_hits(keep / "hits", scanner, text, watch=watch)
    except TimeoutError:
        note = f"stopped after {arguments.minutes:g} min of CPU"
    note += f" of {text.lengths[0]:,} letters; peak {state['early']:.0f} MB after the first 50 Mb"
    cpu = time.process_time() - begin
    return {"motifs": len(scanner.names), "letters": state["done"], "cpu_s": cpu, "note": note}


def one(arguments: argparse.Namespace) -> None:
    """In a process of its own: one row, as JSON on stdout."""
    keep = arguments.keep
    if arguments.repeated:
        row = long_scan(arguments, keep, arguments.one)
    elif arguments.one == "pieces":
        row = pieces_as_the_whole(arguments, keep)
    else:
        row = TOOLS[arguments.one](arguments, keep)
    row["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps(row))


def rows(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        names = ["by matrix", "by network"] if arguments.repeated else [*TOOLS, "pieces"]
        for name in names:
            command = [sys.executable, *sys.argv, "--one", name, "--keep", folder]
            row = json.loads(
                subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
            )
            if "cpu_s" in row:
                row["cpu_s_a_motif"] = row["cpu_s"] / row["motifs"]
                row["mb_a_cpu_s"] = row["letters"] / 1e6 / row["cpu_s"]
            if name == "memelite FIMO":
                row["note"] = compared(Path(folder))
            yield {"tool": "network, in windows" if name == "pieces" else name, **row}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genome", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished run")
    parser.add_argument("--motifs", type=Path, required=True, help="file of motifs")
    parser.add_argument("--count", type=int, default=10, help="motifs of it")
    parser.add_argument("--repeated", type=float, default=0)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--out", type=Path, default=Path("scan_speed.tsv"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--keep", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments)
    else:
        write_rows(arguments.out, COLUMNS, rows(arguments))


if __name__ == "__main__":
    main()
