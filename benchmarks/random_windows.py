"""Random windows of a genome against its matched background: how many runs find a motif where there is none to find.

    python random_windows.py human_regions.fa.gz --runs 20 --out random_windows.tsv

Each run draws windows at random places, writes them as BED and does what ``sparling motifs train --bed --genome`` does
with a seed of its own. What is reported is chance: windows and background come from the same genome.
"""

import tempfile
from pathlib import Path

import numpy as np
from tables import command_line, read_rows, write_rows

from sparling_genomics.data.genomic import Matching
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.genome import Genome, open_genome
from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs

SIZES = ((1000, 101), (2000, 101), (1000, 200), (2000, 200))
"""Windows and bp of each; run i has those of i modulo their number."""
COLUMNS = (
    *("background", "seed", "windows", "bp", "motifs", "proven", "consensus", "e", "auroc"),
    *("gc_bound", "gc_unbound", "gc_deciles_apart", "seconds"),
)


def main() -> None:
    """The command."""
    parser = command_line(__doc__, "random_windows.tsv")
    parser.add_argument("genome", type=Path)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first run, its seed")
    parser.add_argument("--background", default="genome", choices=["genome", "flanks", "shuffle"])
    options = parser.parse_args()
    table = options.summary or options.out
    if options.summary is None:
        seeds = range(options.first, options.first + options.runs)
        write_rows(table, COLUMNS, (one_run(options.genome, seed, options.background) for seed in seeds))
    rows = read_rows(table)
    quiet, proven = (sum(int(row[name]) == 0 for row in rows) for name in ("motifs", "proven"))
    print(f"{quiet} of {len(rows)} runs report no motif; {proven} report none with E < 0.05")


def one_run(path: Path, seed: int, background: str) -> dict[str, object]:
    """Draw, train, and count what is reported."""
    number, size = SIZES[seed % len(SIZES)]
    with tempfile.TemporaryDirectory() as folder:
        bed = Path(folder) / "random.bed"
        bed.write_text(random_windows(open_genome(path), number, size, np.random.default_rng([seed, 41])))
        options = {"bed": bed, "genome": path, "background": background, "seed": seed, "device": "cpu"}
        config = MotifConfig.of(options)
        run = RunFolder(Path(folder) / "run")
        prepared = prepare(config)
        run.start(config)
        outcome = train_motifs(prepared, run, "random_windows")
        motifs = read_motifs_tsv(run.path / "motifs.tsv")
    matching = prepared.matching
    return {
        "background": background,
        "seed": seed,
        "windows": number,
        "bp": size,
        "motifs": len(motifs),
        "proven": sum((motif.e_value or 0) < 0.05 for motif in motifs),
        "consensus": ",".join(motif.consensus for motif in motifs),
        "e": ",".join(f"{motif.e_value:.2g}" for motif in motifs),
        "auroc": outcome.measured.auroc,
        "seconds": outcome.provenance.seconds,
    } | (how_alike(matching) if matching else {})


def how_alike(matching: Matching) -> dict[str, object]:
    """Mean GC of both sides, and the largest difference of a decile."""
    apart = max(abs(a - b) for a, b in zip(*matching.gc_deciles, strict=True))
    return {"gc_bound": matching.gc[0], "gc_unbound": matching.gc[1], "gc_deciles_apart": apart}


def random_windows(genome: Genome, number: int, size: int, rng: np.random.Generator) -> str:
    """BED of windows at uniform places, without N; none overlaps another."""
    chroms = list(genome.lengths)
    room = np.array([max(genome.lengths[chrom] - size + 1, 0) for chrom in chroms], dtype=np.float64)
    taken: dict[str, list[int]] = {}
    lines: list[str] = []
    while len(lines) < number:
        chrom = chroms[int(rng.choice(len(chroms), p=room / room.sum()))]
        start = int(rng.integers(0, genome.lengths[chrom] - size + 1))
        near = any(abs(start - other) < size for other in taken.get(chrom, []))
        if near or (genome.codes(chrom, start, start + size) == AMBIGUOUS).any():
            continue
        taken.setdefault(chrom, []).append(start)
        lines.append(f"{chrom}\t{start}\t{start + size}\n")
    return "".join(lines)


if __name__ == "__main__":
    main()
