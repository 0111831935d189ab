"""Windows of random letters with GT or AG in the middle; true sites have a whole word there, GAGAAG in the exon."""

from pathlib import Path

import numpy as np

HALF = 40
WORDS = {"donor": "CAGGTAAGT", "acceptor": "TTTTTTCAGG"}
FIRSTS = {"donor": HALF - 3, "acceptor": HALF - 9}
"""Where the word begins, so that exon and intron meet at `HALF`."""
EXONS = {"donor": 5, "acceptor": HALF + 15}


def made_windows(path: Path, number: int = 100, split: bool = True, words: bool = True) -> Path:
    """A FASTA file with ``number`` windows of each kind and label; headers say ``words`` and a ``split``."""
    rng = np.random.default_rng(0)
    lines = []
    for kind in ("donor", "acceptor"):
        for label in (1, 0):
            for i in range(number):
                letters = rng.choice(list("ACGT"), 2 * HALF)
                place = HALF if kind == "donor" else HALF - 2
                letters[place : place + 2] = list("GT" if kind == "donor" else "AG")
                if label:
                    letters[FIRSTS[kind] : FIRSTS[kind] + len(WORDS[kind])] = list(WORDS[kind])
                    letters[EXONS[kind] : EXONS[kind] + 6] = list("GAGAAG")
                said = f" site={kind} label={label}" if words else ""
                side = " split=" + ("test" if i % 5 == 0 else "train") if words and split else ""
                lines += [f">{kind}_{label}_{i}{said}{side}", "".join(letters)]
    path.write_text("\n".join(lines) + "\n")
    return path
