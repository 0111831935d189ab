"""True splice sites of human genes against decoys with the same GT or AG: how well are they told, and by which words?

    python benchmarks/splice_windows.py --seeds 3 --out splice_windows.tsv

A row a seed and core (nothing, or maximum entropy scores beside the map). AUROC of donors and acceptors on all test
windows and on those that share no 40-mer with other sides; of maximum entropy alone beside it. Three words are looked
for: purines that stand in exons, runs of G in introns, a polypyrimidine tract before acceptors. Of each the motif that
stands out most, log2 of its marks in the exon's flank over the intron's in true windows and in decoys (donors,
acceptors), or of marks before true acceptors over those before decoys.
"""

import argparse
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from recovery_sets import SHARED
from tables import check_folder, check_names, write_rows

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.splicing.decoys.experiment import WindowOutcome, open_run, train_windows
from sparling_genomics.splicing.decoys.words import WindowMotif

SETS = {"human": "human_splice_windows_602nt", "hs3d": "hs3d_splice_windows_140nt"}
CORES = ("none", "maxent")
TABLES = SHARED / "data" / "splicing" / "maxent_tables.npz"
LEAST, DECOYS = 0.8, 0.2
"""log2 that a word has in true windows, at least, and in decoys, at most."""
RICH = 0.75
"""Share of a word's information in letters of one kind, from which on it is made of these."""
FIGURES = ("windows", "donor", "acceptor", "maxent_donor", "maxent_acceptor")
WORDS = ("purine", "g_run", "pyrimidine")
COLUMNS = (
    "set",
    "seed",
    "core",
    *FIGURES,
    *(f"clean_{name}" for name in FIGURES),
    "marks_per_100nt",
    "motifs",
    *(f"{word}{what}" for word in WORDS for what in ("", "_true", "_decoy", "_holds")),
    "cpu_s",
)


class Stands(NamedTuple):
    """A motif, and what its marks are in true windows and in decoys, log2; ``sign`` +1 or -1 as is expected."""

    motif: WindowMotif
    true: tuple[float, ...]
    decoys: tuple[float, ...]
    sign: int = 1

    @property
    def holds(self) -> bool:
        """Whether it stands out as expected wherever sites are true, and nowhere else."""
        return min(self.sign * value for value in self.true) >= LEAST and max(map(abs, self.decoys)) <= DECOYS


def share_of(pwm: Pwm, letters: str) -> float:
    """Share of a matrix's information in these letters.

    >>> share_of(Pwm("M1", [[0, 0, 9, 0], [0, 9, 0, 0]], 9), "AG")
    0.5
    """
    bits = pwm.corrected_information()
    own = pwm.probabilities()[:, [pwm.alphabet.letters.index(letter) for letter in letters]].sum(1)
    return float((bits * own).sum() / bits.sum())


def found_words(motifs: tuple[WindowMotif, ...]) -> dict[str, Stands | None]:
    """The motif of each of `WORDS` that stands out most in true windows, None where no motif is of its letters."""
    flanks = [
        Stands(
            motif,
            (motif.flanks.donor_true, motif.flanks.acceptor_true),
            (motif.flanks.donor_decoy, motif.flanks.acceptor_decoy),
        )
        for motif in motifs
    ]
    purine = [own for own in flanks if share_of(own.motif.pwm, "AG") >= RICH and share_of(own.motif.pwm, "A") > 0.15]
    runs = [
        own._replace(sign=-1)
        for own in flanks
        if share_of(own.motif.pwm, "G") >= RICH and "GGG" in own.motif.pwm.consensus()
    ]
    tracts = [
        Stands(own.motif, (own.motif.tract,), own.decoys) for own in flanks if share_of(own.motif.pwm, "CT") >= RICH
    ]
    return {
        "purine": max(purine, key=lambda own: min(own.true), default=None),
        "g_run": min(runs, key=lambda own: max(own.true), default=None),
        "pyrimidine": max(tracts, key=lambda own: own.true[0], default=None),
    }


def row(name: str, seed: int, core: str, outcome: WindowOutcome, cpu_s: float) -> dict[str, object]:
    """One line of the table."""
    found: dict[str, object] = {"set": name, "seed": seed, "core": core, "cpu_s": round(cpu_s, 1)}
    for before, own in (("", outcome.everything), ("clean_", outcome.clean)):
        found[f"{before}windows"] = own.windows
        for kind in ("donor", "acceptor"):
            found[f"{before}{kind}"] = getattr(own.network, kind)
            found[f"{before}maxent_{kind}"] = float("nan") if own.maxent is None else getattr(own.maxent, kind)
    found |= {"marks_per_100nt": outcome.marks_per_100nt, "motifs": len(outcome.motifs)}
    for word, stands in found_words(outcome.motifs).items():
        if stands is not None:
            found[word] = f"{stands.motif.pwm.name} {stands.motif.pwm.consensus()}"
            found[f"{word}_true"] = " ".join(f"{value:+.2f}" for value in stands.true)
            found[f"{word}_decoy"] = " ".join(f"{value:+.2f}" for value in stands.decoys)
            found[f"{word}_holds"] = int(stands.holds)
    return found


def rows(
    sets: list[str], seeds: range, cores: list[str], marks: float | None, keep: Path | None
) -> Iterator[dict[str, object]]:
    """A run a set, core and seed."""
    for name in sets:
        fasta = SHARED / "data" / "splicing" / f"{SETS[name]}.fa.gz"
        for core in cores:
            for seed in seeds:
                folder = Path(mkdtemp()) if keep is None else keep / f"{name}_{core}_{seed}"
                tables = TABLES if core == "maxent" else None
                options = {"fasta": fasta, "seed": seed, "core": tables, "marks_per_100nt": marks, "device": "cpu"}
                before = _cpu()
                prepared = open_run(RunFolder(folder), options, force=True, resume=False)
                outcome = train_windows(prepared, RunFolder(folder), "splice_windows", lambda *_: None)
                yield row(name, seed, core, outcome, _cpu() - before)
                if keep is None:
                    shutil.rmtree(folder)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["human"], help=f"of {', '.join(SETS)}; default human")
    parser.add_argument("--cores", nargs="+", default=list(CORES), help=f"of {', '.join(CORES)}; default both")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--marks-per-100nt", type=float, help="to end at, where not the default")
    parser.add_argument("--keep", type=Path, help="keep the run folders here")
    parser.add_argument("--out", type=Path, default=Path("splice_windows.tsv"))
    args = parser.parse_args()
    check_names("set", args.sets, SETS)
    check_names("core", args.cores, CORES)
    check_folder(SHARED / "data" / "splicing", "the sets")
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    write_rows(args.out, COLUMNS, rows(args.sets, seeds, args.cores, args.marks_per_100nt, args.keep))


if __name__ == "__main__":
    main()
