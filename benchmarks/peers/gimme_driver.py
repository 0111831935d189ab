"""GimmeMotifs' de-novo motifs of one FASTA file. Runs in the environment of gimmemotifs, not in ours.

    python gimme_driver.py FOREGROUND BACKGROUND OUT.meme SEED FINDER [FINDER ...] [--single]

The steps are those of `gimme motifs --denovo`, by the package's own functions: every finder on a fifth of the
foreground (1,000 sequences at most, as by default), statistics on the rest against the background, significant motifs
only (enrichment >= 3, ROC AUC >= 0.55, enrichment at 1 % false positives >= 0.55), clustered at 0.95, the best of each
cluster. The command itself cannot be used: version 0.18.4 asks for a genome to correct the statistics for GC content
even where the background is a file.
"""

import random
import sys
import warnings
from pathlib import Path

import numpy as np
from gimmemotifs.config import MotifConfig
from gimmemotifs.fasta import Fasta
from gimmemotifs.motif.cluster import cluster_motifs
from gimmemotifs.motif.denovo import filter_significant_motifs
from gimmemotifs.motif.prediction import pp_predict_motifs

FRACTION, MOST, ANALYSIS, THRESHOLD = 0.2, 1000, "xl", 0.95


def main(foreground, background, out, seed, finders, single):
    warnings.filterwarnings("ignore")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what the package draws from
    folder = Path(out).resolve().parent
    fasta = Fasta(foreground)
    order = np.random.default_rng(seed).permutation(len(fasta.ids))
    n = min(int(FRACTION * len(order)), MOST)
    for name, chosen in (("prediction", order[:n]), ("validation", order[n:])):
        (folder / f"{name}.fa").write_text("".join(f">{fasta.ids[i]}\n{fasta.seqs[i]}\n" for i in chosen))
    available = MotifConfig().get_default_params()["available_tools"].split(",")
    result = pp_predict_motifs(
        str(folder / "prediction.fa"),
        str(folder / "all.pfm"),
        ANALYSIS,
        None,
        single,
        background,
        {name.strip(): name.strip() in finders for name in available},
        ncpus=1,
        stats_fg=str(folder / "validation.fa"),
        stats_bg={"custom": background},
        gc=False,
    )
    file = str(folder / "significant.pfm")
    motifs = filter_significant_motifs(file, result, "custom") if result.motifs else []
    groups = [[motif] for motif in motifs]
    if len(motifs) > 1:
        tree = cluster_motifs(file, "total", "wic", "mean", True, threshold=THRESHOLD, progress=False, ncpus=1)
        groups = [members for _, members in tree.getResult()]
    quality = {name: stats["custom"]["roc_auc"] for name, stats in result.stats.items()}
    best = [max(group, key=lambda motif: quality.get(str(motif), 0.0)) for group in groups]
    best.sort(key=lambda motif: -quality.get(str(motif), 0.0))
    lines = ["MEME version 4", "", "ALPHABET= ACGT", ""]
    for motif in best:
        ppm = np.asarray(motif.ppm, dtype=float)
        lines += [f"MOTIF {motif.id}", f"letter-probability matrix: alength= 4 w= {len(ppm)} nsites= 100 E= 0"]
        lines += [" ".join(f"{p:.6f}" for p in row / row.sum()) for row in ppm]
        lines += [""]
    Path(out).write_text("\n".join(lines))


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--single"]
    main(words[0], words[1], words[2], int(words[3]), words[4:], "--single" in sys.argv)
