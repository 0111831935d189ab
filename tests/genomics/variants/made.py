"""A run made by hand whose motifs are two words, and a small genome with known sites."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam

from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations, dataset, finished_run, word_model

WORDS = ("GATTACA", "CTTCGTC")
WINDOW = 60


def made_run(folder: Path, *, firsts=(-3, -3), words=WORDS):
    """Sites where 6 or 7 letters of a word agree; its score is how many more than 5 that are."""
    model = word_model(*words, threshold=5)
    motifs = [Motif(consensus_motif(f"M{i + 1}", word), (i,), activations([]), 0) for i, word in enumerate(words)]
    run = finished_run(folder, dataset(["A" * WINDOW]), motifs, model, firsts=firsts)
    return replace(run, info=run.info | {"data": {"lengths": {"median": float(WINDOW)}}})


def other_strand(letters: str) -> str:
    return decode(reverse_complement(encode(letters)))


def plain(n: int, rng: np.random.Generator) -> str:
    """Letters A and T alone: at most five of seven letters agree with a word, on either strand."""
    return "".join(rng.choice(list("AT"), n))


def made_genome(path: Path, *planted: tuple[int, str], length: int = 1000, seed: int = 3) -> Path:
    """Chromosome I with ``planted`` letters (start, letters) in plain ones, and chromosome II without any."""
    rng = np.random.default_rng(seed)
    letters = list("AC" * (length // 2))
    for start, word in planted:
        letters[start : start + len(word)] = word
    lines = ["".join(letters)[i : i + 60] for i in range(0, length, 60)]
    path.write_text(">I\n" + "\n".join(lines) + "\n>II\n" + plain(50, rng) + "\n")
    return path


def write_vcf(path: Path, *records: str, samples: tuple[str, ...] = ()) -> Path:
    """Records as "chrom pos id ref alt [genotypes]" in words."""
    columns = [
        "#CHROM",
        "POS",
        "ID",
        "REF",
        "ALT",
        "QUAL",
        "FILTER",
        "INFO",
        *(["FORMAT", *samples] if samples else []),
    ]
    lines = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=I,length=1000>",
        "##contig=<ID=II,length=50>",
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">',
        "\t".join(columns),
    ]
    for record in records:
        chrom, pos, name, reference, alternative, *calls = record.split()
        kind = [("GT:PS" if ":" in calls[0] else "GT"), *calls] if samples else []
        lines.append("\t".join([chrom, pos, name, reference, alternative, ".", "PASS", "DP=7", *kind]))
    text = "".join(f"{line}\n" for line in lines)
    if path.suffix == ".gz":
        with pysam.BGZFile(str(path), "w", None) as packed:
            packed.write(text.encode())
    else:
        path.write_text(text)
    return path
