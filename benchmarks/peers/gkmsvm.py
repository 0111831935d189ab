"""A gapped k-mer support vector machine (Ghandi et al. 2014, PLoS Comput Biol 10:e1003711). PyPI's gkmsvm-lite.

A classifier without motifs: what can be told from the sequences at all, for the models to be held against.
"""

import csv
import json
from pathlib import Path

import numpy as np
from cases import Case, Record
from scoring import Separation, separation
from tools import Meter, ToolFailed

from peers import ENVIRONMENTS
from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes, decode


class GkmSvm:
    """`gkmsvm train` and `predict` with their defaults: words of 11 letters of which 7 count, at most 3 mismatches.

    It takes the letters A C G T only, so a random one stands for each N, and sequences of one length. The kernel of all
    pairs of training sequences is computed: seconds grow with the square of their number and of their length.
    """

    name = "gkmsvm"
    settings = "defaults (-l 11 -k 7 -d 3 -C 1, estimated kernel), --no-rc for RNA, N by chance, on the CPU, one thread"

    def missing(self) -> str | None:
        return None if self._program().exists() else f"not installed: {self._program()}"

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        model, scores = folder / "model.npz", folder / "scores.tsv"
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        meter.environment = {"PYTHONPATH": "", **dict.fromkeys(threads, "1")}
        strand = [] if case.both_strands else ["--no-rc"]
        lengths = sorted({len(record.codes) for record in (*case.foreground, *case.background, *case.test)})
        if len(lengths) > 1:
            raise ToolFailed(f"needs sequences of one length; got {lengths[0]} to {lengths[-1]} bp")
        rng = np.random.default_rng([case.seed, 16])
        sides = {"foreground": case.foreground, "background": case.background, "test": case.test}
        fasta = {name: folder / f"{name}.fa" for name in sides}
        for name, records in sides.items():
            fasta[name].write_text("".join(f">{r.name}\n{decode(without_n(r.codes, rng))}\n" for r in records))
        files: list[str | Path] = ["-p", fasta["foreground"], "-n", fasta["background"], "-o", model]
        meter.run(self._program(), "train", *files, "--device", "cpu", *strand)
        meter.run(self._program(), "predict", "-m", model, "-i", fasta["test"], "-o", scores, "--device", "cpu")
        (folder / "model.json").write_text(json.dumps(read_scores(scores, case.test)._asdict()))

    def _program(self) -> Path:
        return ENVIRONMENTS / "gkmsvm/bin/gkmsvm"


def without_n(codes: Codes, rng: np.random.Generator) -> Codes:
    """The sequence with a random letter for each that is not one of A C G T."""
    drawn = rng.integers(0, 4, len(codes)).astype(np.uint8)
    return np.where(codes < AMBIGUOUS, codes, drawn)


def read_scores(path: Path, test: tuple[Record, ...]) -> Separation:
    """How well the scores of a table of name and score tell the test sequences, in their order, apart.

    Raises ``ToolFailed`` for other sequences than these.
    """
    with path.open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    if [row["name"].split()[0] for row in rows] != [record.name for record in test]:
        raise ToolFailed(f"{path}: the scores must be those of the {len(test)} test sequences; got {len(rows)} others")
    return separation([record.label for record in test], [float(row["score"]) for row in rows])
