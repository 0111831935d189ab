"""Several labels, and real values: does each label's own motif have the largest effect on it; how well are values told?

    python benchmarks/tasks.py --sets five AR --seeds 1 --out tasks.tsv

five: the first 1,000 peaks each of CTCF, FOXA1, USF1, YY1 and GABPA; label t is 1 for its own peaks, 0 for the others'.
AR: the protein-binding microarray of the androgen receptor, log intensity of probes of 35 bp; beside it a ridge on
counts of 6-mers (of both strands), its penalty chosen by five folds of the training probes, on the same test probes.
planted: three motifs in 3,000 random sequences of 100 bp, of which one raises a value, one lowers it, one does nothing.
"""

import argparse
import math
import resource
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from recovery_sets import SHARED
from tables import write_rows

from sparling.training.checkpoint import read_json
from sparling_genomics import Run, find_motifs
from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.words import reverse_complements
from sparling_genomics.tasks.ranking import rank_correlation
from sparling_genomics.worlds.planted import consensus_motif, plant

COLUMNS = (
    "set",
    "seed",
    "label",
    "sequences",
    "auroc",
    "spearman",
    "r2",
    "low",
    "high",
    "ridge_spearman",
    "ridge_r2",
    "motifs",
    "best_motif",
    "consensus",
    "effect",
    "e",
    "correlation",
    "own",
    "others",
    "cpu_s",
)
PEAKS = {
    "CTCF": ("CTCF_chipseq_100bp", "CCASYAGGKGGCRS"),
    "FOXA1": ("FOXA1_HepG2_encode_101bp", "GTAAACA"),
    "USF1": ("USF1_HepG2_encode_101bp", "GTCAYGTGAC"),
    "YY1": ("YY1_H1_encode_101bp", "CAAAATGGC"),
    "GABPA": ("GABPA_GM12878_encode_101bp", "CCGGAAGTG"),
}
"""File and known motif of each label."""
A_LABEL = 1000
SAME = 0.75
"""Correlation of two matrices from which on they are one motif."""
PLANTED = {"TGACTCA": 1.5, "CCGGAAGTG": -1.0, "GTCACGTGAC": 0.0}
"""What each planted motif adds to the value, whose noise has standard deviation 1."""
PENALTIES = (10.0, 100.0, 1000.0, 10_000.0)


def five(folder: Path, _seed: int) -> dict[str, str]:
    """FASTA and table of five sets of peaks; the known motif of each label."""
    lines, rows = [], []
    for label, (file, _) in PEAKS.items():
        records = read_fasta(SHARED / "data" / "tf_chip" / f"{file}.fa.gz")
        bound = [record for record in records if record.attributes.get("label") == "1"][:A_LABEL]
        for i, record in enumerate(bound):
            lines.append(f">{label}_{i}\n{decode(record.codes)}\n")
            rows.append("\t".join([f"{label}_{i}", *("1" if label == other else "0" for other in PEAKS)]))
    write(folder, lines, ["name", *PEAKS], rows)
    return {label: word for label, (_, word) in PEAKS.items()}


def receptor(folder: Path, _seed: int) -> dict[str, str]:
    """FASTA and table of the microarray; probes are divided as in its table."""
    table = pd.read_csv(SHARED / "data" / "tf_pbm" / "AR_pbm_35bp.tsv.gz", sep="\t")
    lines = [f">p{i} split={row.split}\n{row.seq}\n" for i, row in enumerate(table.itertuples())]
    write(folder, lines, ["name", "log_intensity"], [f"p{i}\t{v}" for i, v in enumerate(table["log_intensity"])])
    return {"log_intensity": "RGWACANNNTGTWC"}


def planted(folder: Path, seed: int) -> dict[str, str]:
    """FASTA and table of random sequences, each motif in a third of them on its own."""
    rng = np.random.default_rng(seed)
    motifs = [consensus_motif(word, word) for word in PLANTED]
    lines, rows = [], []
    for i in range(3000):
        has = rng.random(len(motifs)) < 1 / 3
        own = [motif for motif, there in zip(motifs, has, strict=True) if there]
        truth = plant(own, 1, 0, 100, rng, sites_per_sequence=(len(own), len(own))) if own else None
        codes = rng.integers(4, size=100).astype(np.uint8) if truth is None else truth.codes[0]
        value = sum(add * there for add, there in zip(PLANTED.values(), has, strict=True)) + rng.normal()
        lines.append(f">s{i}\n{decode(codes)}\n")
        rows.append(f"s{i}\t{value:.4f}")
    write(folder, lines, ["name", "value"], rows)
    return {"value": "TGACTCA"}


SETS = {"five": five, "AR": receptor, "planted": planted}


def write(folder: Path, lines: Sequence[str], header: Sequence[str], rows: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sequences.fa").write_text("".join(lines))
    (folder / "labels.tsv").write_text("\n".join(["\t".join(header), *rows]) + "\n")


def six_mers(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_]]:
    """Counts of 6-mers of either strand (n, 2080), values (n,), and which are of the test side."""
    records = read_fasta(folder / "sequences.fa")
    values = pd.read_csv(folder / "labels.tsv", sep="\t").iloc[:, 1].to_numpy(dtype=np.float64)
    turned = reverse_complements(6)
    smaller = np.minimum(np.arange(4**6), turned)
    place = np.zeros(4**6, dtype=int)
    kept = np.unique(smaller)
    place[kept] = np.arange(len(kept))
    counts = np.zeros((len(records), len(kept)), dtype=np.float32)
    for i, record in enumerate(records):
        codes = record.codes.astype(np.int64)
        words = sum(codes[j : len(codes) - 5 + j] << 2 * (5 - j) for j in range(6))
        np.add.at(counts[i], place[smaller[words]], 1.0)
    return counts, values, np.array([record.attributes.get("split") == "test" for record in records])


def ridge(folder: Path) -> dict[str, float]:
    """Rank correlation and R² on the test probes of a ridge on 6-mer counts, fitted to all others."""
    from sklearn.linear_model import RidgeCV

    counts, values, test = six_mers(folder)
    model = RidgeCV(PENALTIES, cv=5).fit(counts[~test], values[~test])
    said = model.predict(counts[test])
    own = values[test]
    return {
        "ridge_spearman": rank_correlation(own, said),
        "ridge_r2": 1 - float(((own - said) ** 2).sum() / ((own - own.mean()) ** 2).sum()),
    }


def likeness(pwm: Pwm, word: str) -> float:
    return similarity(pwm, consensus_motif(word, word), reverse_complement=True).correlation


def rows_of(name: str, seed: int, run: Run, known: dict[str, str], cpu: float) -> Iterator[dict[str, object]]:
    """A row a label: how well it is predicted, and the motif with the largest effect on it."""
    pwms = {pwm.name: pwm for pwm in read_meme(run.path / "motifs.meme", allow_empty=True)}
    for column in read_json(run.path / "run.json")["metrics"]["columns"]:
        label = column["name"]
        effects = run.effects[run.effects["label"] == label].dropna(subset="effect")
        size = effects["effect"].abs() if column["kind"] == "value" else effects["effect"]
        order = effects.loc[size.sort_values(ascending=False).index]
        row: dict[str, object] = {"set": name, "seed": seed, "label": label, "sequences": column["known"], "cpu_s": cpu}
        row |= {key: math.nan if column[key] is None else column[key] for key in ("auroc", "spearman", "r2")}
        row |= {"low": column["low"], "high": column["high"], "motifs": len(pwms)}
        if len(order):
            first = order.iloc[0]
            pwm = pwms[first["motif_id"]]
            row |= {"best_motif": pwm.name, "consensus": pwm.consensus(), "effect": first["effect"]}
            row |= {"e": first["e_value"], "correlation": likeness(pwm, known[label])}
            row["own"] = int(float(row["correlation"]) >= SAME)  # type: ignore[arg-type]
        row["others"] = " ".join(
            f"{pwms[each.motif_id].consensus()}:{each.effect:+.2f}" for each in order.iloc[1:6].itertuples()
        )
        yield row


def all_rows(sets: Sequence[str], seeds: int, keep: Path) -> Iterator[dict[str, object]]:
    for name in sets:
        for seed in range(seeds):
            folder = keep / f"{name}_{seed}"
            known = SETS[name](folder, seed)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
            table = folder / "labels.tsv"
            run = find_motifs(
                folder / "sequences.fa", folder / "run", labels=table, seed=seed, device="cpu", force=True
            )
            cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
            beside = ridge(folder) if name == "AR" else {}
            for row in rows_of(name, seed, run, known, cpu):
                yield row | beside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("tasks_runs"), help="where inputs and runs are put")
    parser.add_argument("--out", type=Path, default=Path("tasks.tsv"))
    options = parser.parse_args()
    write_rows(options.out, COLUMNS, all_rows(options.sets, options.seeds, options.keep))


if __name__ == "__main__":
    main()
