"""Where it is known which allele of a human genome CTCF binds: does the prediction say so?

    python benchmarks/variants.py --seeds 3 --out variants.tsv
    python benchmarks/variants.py --summary variants.tsv

`variants/ctcf_asb_100bp.tsv.gz`: 198 single letters, both alleles in 100 bp, of which one is bound more (GM12878). The
model is trained on all 39,184 peaks of `CTCF_chipseq_100bp`, all defaults; it has seen no allele. What a pair is scored
by: `prediction`, the change of the logit; `score`, the change of the nearest motif's best place over the variant;
`prediction, then score`, the score where the prediction is a tie; `first motif`, the best site of our M1 as a matrix;
`JASPAR MA0139.2`, the best site of that matrix, both strands, anywhere.
"""

import argparse
import csv
import gzip
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from recovery_sets import SHARED
from scanning import best_scores
from tables import mean, read_rows, write_rows
from tools import Meter

import sparling_genomics as sg
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.letters.pwm import Pwm

ALLELES = SHARED / "data/variants/ctcf_asb_100bp.tsv.gz"
PEAKS = SHARED / "data/tf_chip/CTCF_chipseq_100bp.fa.gz"
DATABASE = SHARED / "data/motifs/jaspar2024_core_nonredundant.meme.gz"
KNOWN = "MA0139.2"
COLUMNS = (
    "seed",
    "scorer",
    "n",
    "moves",  # share of the pairs whose alleles score differently
    "right",  # of these, the share in which the bound allele scores higher
    "right_ties_half",  # of all, ties counted half
    "right_largest",  # of as many pairs as JASPAR's matrix tells apart, those that change most
    "right_where_known_moves",  # of the pairs that JASPAR's matrix tells apart, ties counted half
    "n_motifs",
    "test_auroc",
)


def read_alleles(path: Path) -> dict[str, tuple[str, str]]:
    """Name → sequences of the other and of the bound allele. Raises ``ValueError`` where the letters do not agree."""
    pairs = {}
    with gzip.open(path, "rt") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            bound, at = row["sequence_of_bound_allele"], int(row["position"])
            if bound[at] != row["bound_allele"]:
                raise ValueError(f"{path}: {row['name']} has {bound[at]} at {at}, not {row['bound_allele']}")
            pairs[row["name"]] = (bound[:at] + row["other_allele"] + bound[at + 1 :], bound)
    return pairs


def judged(change: NDArray[np.float64], known: NDArray[np.float64]) -> dict[str, float]:
    """How often a change (n,), bound less other allele, is above 0, and ``known`` that of the known matrix.

    >>> judged(np.array([3.0, -1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0, 0.0]))["right_ties_half"]
    0.625
    """
    moves, told = change != 0, known != 0
    half = np.where(moves, change > 0, 0.5)
    largest = np.argsort(-np.abs(change), kind="stable")[: int(told.sum())]
    return {
        "n": len(change),
        "moves": float(moves.mean()),
        "right": float((change[moves] > 0).mean()),
        "right_ties_half": float(half.mean()),
        "right_largest": float(half[largest].mean()),
        "right_where_known_moves": float(half[told].mean()),
    }


def site_change(pwm: Pwm, pairs: Mapping[str, tuple[str, str]]) -> NDArray[np.float64]:
    """Best site of the bound allele less that of the other one, in bits; rounding apart."""
    other, bound = (best_scores(pwm, [encode(pair[i]) for pair in pairs.values()], both_strands=True) for i in range(2))
    return np.round(bound - other, 9)


def rows(pairs: Mapping[str, tuple[str, str]], seeds: int, keep: Path, limit_s: float) -> Iterator[dict[str, object]]:
    """JASPAR's matrix, then each seed's run."""
    (matrix,) = [motif for motif in read_motifs(DATABASE).motifs if motif.name == KNOWN]
    known = site_change(matrix, pairs)
    yield {"scorer": f"JASPAR {KNOWN}"} | judged(known, known)
    for seed in range(seeds):
        run = sg.load(trained(keep / f"seed_{seed}", seed, limit_s), device="cpu")
        table = run.variants(pairs).variants
        prediction, score = (table[name].to_numpy(dtype=np.float64) for name in ("logit_change", "score_change"))
        changes = {
            "prediction": prediction,
            "score": score,
            "prediction, then score": np.where(prediction != 0, prediction, score),
            "first motif": site_change(run.matrix("M1"), pairs),
        }
        told = {"seed": seed, "n_motifs": len(run.motifs), "test_auroc": run.info["metrics"]["auroc"]}
        for scorer, change in changes.items():
            yield told | {"scorer": scorer} | judged(change, known)


def trained(folder: Path, seed: int, limit_s: float) -> Path:
    """The run of a seed, made where it is not there."""
    out = folder / "run"
    if not (out / "run.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        sparling = Path(sys.executable).with_name("sparling")
        words = (sparling, "motifs", "train", "--fasta", PEAKS, "--out", out, "--seed", str(seed), "--force")
        Meter(folder / "log.txt", limit_s).run(*words)
    return out


def summary(made: Sequence[Mapping[str, str]]) -> str:
    """A line a scorer, means over seeds, percent."""
    lines = ["| scored by | moves | right of these | of all, ties half | of the largest | where JASPAR's moves |"]
    lines.append("|---|---|---|---|---|---|")
    for scorer in dict.fromkeys(row["scorer"] for row in made):
        own = [row for row in made if row["scorer"] == scorer]
        cells = [f"{100 * float(mean(own, key, 4)):.1f} %" for key in COLUMNS[3:8]]
        lines.append(f"| {scorer} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit-s", type=float, default=3600, help="seconds for one training")
    parser.add_argument("--out", type=Path, default=Path("variants.tsv"))
    parser.add_argument("--keep", type=Path, help="keep the runs here, and take those that lie here already")
    parser.add_argument("--summary", type=Path, help="print the table of an earlier result and end")
    options = parser.parse_args()
    if options.summary is None:
        with tempfile.TemporaryDirectory() as folder:
            keep = Path(folder) if options.keep is None else options.keep
            write_rows(options.out, COLUMNS, rows(read_alleles(ALLELES), options.seeds, keep, options.limit_s))
    print(summary(read_rows(options.summary or options.out)))


if __name__ == "__main__":
    main()
