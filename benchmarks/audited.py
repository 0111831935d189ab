"""What does the audit say of the motifs that we report and STREME does not?

    python benchmarks/motif_recovery.py --seeds 1 --sets GABPA SRF --keep runs --out real.tsv
    python benchmarks/audited.py --keep runs --out audited.tsv

For every motif of the kept runs on sets with a record of STREME: STREME's motif (E <= 0.05) that is most like it, and
the verdict of `sparling motifs audit --no-null`, which is run where there is none.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import recovery_sets
from scoring import SAME_CORRELATION
from tables import write_rows

from sparling.training.checkpoint import read_json
from sparling_genomics.audit.running import AUDIT, audit_run
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import consensus_motif

COLUMNS = ("set", "motif", "consensus", "streme", "correlation", "also_streme", "e", "alpha", "flank_bits", "verdict")


def nearest(motif: Pwm, words: Sequence[str]) -> tuple[str, float]:
    """The consensus word that is most like a motif, and their correlation; nothing and 0 without words."""
    alphabet, both = motif.alphabet, motif.alphabet.double_stranded
    likeness = {
        word: similarity(motif, consensus_motif(word, word, alphabet=alphabet), reverse_complement=both).correlation
        for word in words
    }
    return max(likeness.items(), key=lambda item: item[1], default=("", 0.0))


def rows(keep: Path, seed: int) -> Iterator[dict[str, object]]:
    """One a motif of the kept runs."""
    for each in recovery_sets.SETS:
        run, record = keep / f"{each.name}_{seed}/sparling/run", each.streme()
        if record is None or not run.exists():
            continue
        if not (run / AUDIT).exists():
            audit_run(run, "", null=False)
        words = [word for word, _ in recovery_sets.parse_streme(record["motifs_E<=0.05 (consensus>match:E)"])]
        for motif, said in zip(read_meme(run / "motifs.meme"), read_json(run / AUDIT)["motifs"], strict=True):
            word, correlation = nearest(motif, words)
            yield {
                "set": each.name,
                "motif": motif.name,
                "consensus": motif.consensus(),
                "streme": word,
                "correlation": correlation,
                "also_streme": int(correlation >= SAME_CORRELATION),
                "e": said["e"],
                "alpha": said["alpha"],
                "flank_bits": said["flank"],
                "verdict": said["verdict"],
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True, help="where motif_recovery.py kept its results")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("audited.tsv"))
    options = parser.parse_args()
    made = list(rows(options.keep, options.seed))
    write_rows(options.out, COLUMNS, made)
    seen = Counter((row["also_streme"], str(row["verdict"]).partition(":")[0]) for row in made)
    for (also, said), number in sorted(seen.items(), reverse=True):
        print(f"{'STREME too' if also else 'ours alone'}, {said}: {number}")


if __name__ == "__main__":
    main()
