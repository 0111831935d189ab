"""GLAM2 (Frith et al. 2008, PLoS Comput Biol 4:e1000071): one gapped motif by simulated annealing. Debian's package."""

import re
from itertools import takewhile
from pathlib import Path

import numpy as np
from cases import Case
from tools import Meter, ToolFailed

from peers import ENVIRONMENTS
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.alphabet import DNA, decode, encode
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import letter_counts

# name, first base, letters, last base, strand, score
_LINE = re.compile(r"^s\d+\s+\d+\s+([acgtn.-]+)\s+\d+\s+[+-]\s+\S+$")


class Glam2:
    """The best of ten alignments, as by default, of the first 1,000 sequences.

    It lists sites in these alone, so they are not taken. It has no significance of its own that a threshold could be
    put on, and always exports one motif.
    """

    name = "glam2"
    runs, patience, most_columns, most_sequences = 10, 10_000, 30, 1000
    settings = f"-r {runs} -n {patience} -b {most_columns}, -2 for DNA; first {most_sequences} sequences"

    def missing(self) -> str | None:
        return None if self._program().exists() else f"not installed: {self._program()}"

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        records = case.foreground[: self.most_sequences]
        fasta, out = folder / "input.fa", folder / "glam2.txt"
        # the output cuts names after twelve letters
        fasta.write_text("".join(f">s{i}\n{decode(record.codes)}\n" for i, record in enumerate(records)))
        libraries = ":".join(str(p) for p in (ENVIRONMENTS / "glam2/usr/lib").glob("*-linux-gnu"))
        meter.environment = {"LD_LIBRARY_PATH": libraries}
        options = ["-r", self.runs, "-n", self.patience, "-b", self.most_columns, "-s", case.seed + 1]
        meter.run(self._program(), "n", fasta, *map(str, options), *(["-2"] * case.both_strands), "-o", out)
        pwm = parse(out.read_text())
        write_meme(folder / "motifs.meme", [pwm] if pwm.width else [])

    def _program(self) -> Path:
        return ENVIRONMENTS / "glam2/usr/bin/glam2"


def parse(text: str) -> Pwm:
    """The motif of the first, best alignment in GLAM2's output.

    It has the aligned columns in which at least half of the sites have a letter, trimmed at 0.25 bits.
    Raises ``ToolFailed`` where there is no alignment.
    """
    stars = re.search(r"^ +(\*[* ]*)$", text, flags=re.MULTILINE)
    if stars is None:
        raise ToolFailed("no alignment in the output of glam2")
    aligned = np.array([mark == "*" for mark in stars[1].rstrip()])
    lines = text[stars.end() :].lstrip("\n").splitlines()
    matches = takewhile(lambda match: match is not None, map(_LINE.match, lines))
    sites = np.stack([encode(match[1].replace(".", "N").replace("-", "N"))[aligned] for match in matches if match])
    counts = letter_counts(sites)
    return Pwm("glam2", counts[counts.sum(axis=1) >= len(sites) / 2], len(sites), DNA).trim()
