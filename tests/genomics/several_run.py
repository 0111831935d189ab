"""Two labels and a value, and a run of them made in seconds: a motif a label, and one that lowers the value."""

from pathlib import Path

import numpy as np

from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from sparling_genomics.worlds.planted import consensus_motif, plant

WORDS = {"A": "GTCACGTGAC", "B": "CCGGAAGTG", "low": "TGAGTCAT"}
HAS = (("A",), ("B",), ("low",), ("A", "B"))
SMALL = {
    "bases_an_evaluation": 80_000,
    "patience": 1,
    "settle": 1,
    "filters": 8,
    "units": 0,
    "width": 11,
    "device": "cpu",
    "precision": "float32",
}


def write_set(folder: Path, n: int = 600, seed: int = 0) -> tuple[Path, Path]:
    """FASTA and table: labels A (with NA) and B, a value that A raises by 2 and the third motif lowers by 1.5."""
    rng = np.random.default_rng(seed)
    motifs = {name: consensus_motif(name, word) for name, word in WORDS.items()}
    records, rows = [], ["name\tA\tB\tvalue\tweight"]
    for i in range(n):
        has = HAS[i % len(HAS)]
        own = [motifs[name] for name in has]
        codes = plant(own, 1, 0, 60, rng, sites_per_sequence=(len(own), len(own))).codes[0]
        value = 10 + 2 * ("A" in has) - 1.5 * ("low" in has) + rng.normal(scale=0.5)
        records.append(f">s{i}\n{decode(codes)}\n")
        first = "NA" if i % 10 == 9 else int("A" in has)
        rows.append(f"s{i}\t{first}\t{int('B' in has)}\t{value:.3f}\t{1 + i % 3}")
    fasta, table = folder / "several.fa", folder / "several.tsv"
    fasta.write_text("".join(records))
    table.write_text("\n".join(rows) + "\n")
    return fasta, table


def train_several(folder: Path) -> Path:
    """A finished run in ``folder``/run."""
    fasta, table = write_set(folder)
    config = MotifConfig.of({"fasta": fasta, "labels": table} | SMALL)
    run = RunFolder(folder / "run")
    run.start(config)
    train_motifs(prepare(config), run, "test")
    return run.path
