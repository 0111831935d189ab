"""Planted sets of a second, independent source: sequences and sites by inMOTIFin (PyPI), not by us.

Letters of the background, words of the motifs, their places and strands are drawn by the program, so that a mistake in
our own planting would show. Its files have ways of their own, which `read_simulation` undoes.
"""

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cases import Case, Known, Record, shuffled
from peers import ENVIRONMENTS
from planted_sets import LENGTH, N_TEST, draw_motifs
from recovery_sets import JASPAR, SHARED
from tools import Meter, ToolFailed

from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import PlantedSite

LETTERS = "0.28,0.22,0.22,0.28"
"""Frequencies of the background's independent letters."""

_LIMIT_S = 600.0
_SPARE = 1.2  # backgrounds are drawn with replacement, and of two sequences on the same one the second is left out
_POOL = 5  # backgrounds for each sequence


@dataclass(frozen=True)
class InMotifinSet:
    """``n_motifs`` random vertebrate motifs of JASPAR in ``n_bound`` sequences of 100 bp, one site in each.

    500 bound and 500 unbound ones of the same kind are held out; there is no unbound training sequence.
    """

    name: str
    n_motifs: int
    n_bound: int

    def case(self, seed: int, folder: Path) -> Case:
        """The set as the tools get it. Raises ``ToolFailed`` where inMOTIFin is not installed, or fails."""
        pwms = draw_motifs(self.n_motifs, np.random.default_rng([seed, self.n_motifs, 15]))
        training, sites = simulate(pwms, self.n_bound, 0, 2 * seed)
        held_out, _ = simulate(pwms, N_TEST, N_TEST, 2 * seed + 1)
        return Case(
            name=self.name,
            seed=seed,
            folder=folder,
            alphabet="dna",
            database=SHARED / "data/motifs" / JASPAR,
            foreground=tuple(training),
            background=tuple(shuffled(training, np.random.default_rng([seed, 13]))),
            test=tuple(r._replace(name=f"test_{r.name}", test=True) for r in held_out),
            given_background=False,
            known=tuple(Known(pwm.name, pwm, frozenset([pwm.name])) for pwm in pwms),
            sites=tuple(sites),
        )

    def streme(self) -> dict[str, str] | None:
        """None: STREME has no recorded figures on planted sets."""
        return None


def missing() -> str | None:
    """Why the sets cannot be made on this machine; None where they can."""
    return None if _python().exists() else f"not installed: {_python()}"


def simulate(pwms: list[Pwm], n_bound: int, n_unbound: int, seed: int) -> tuple[list[Record], list[PlantedSite]]:
    """Run inMOTIFin: so many sequences with a site and without, and the sites.

    Raises ``ToolFailed`` where it is not installed, fails, or makes too few sequences of different backgrounds.
    """
    if reason := missing():
        raise ToolFailed(reason)
    n = round(_SPARE * (n_bound + n_unbound))
    options = {
        "title": "set",
        "workdir": ".",  # it loses the first letter of a path that begins with /
        "motif_files": "motifs.meme",
        "background_type": "iid",
        "b_alphabet_prior": LETTERS,
        "num_backgrounds": _POOL * n,
        "b_length_min": LENGTH,
        "num_motif_in_seq": n,
        "pc_no_motif": round(100 * n_unbound / (n_bound + n_unbound)),
        "position_type": "uniform",
        "n_instances_per_sequence": 1,
        "seed": seed,
    }
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_meme(folder / "motifs.meme", pwms)
        meter = Meter(folder / "log.txt", _LIMIT_S, environment={"PYTHONPATH": ""})
        meter.run("env", "-C", name, _python(), "-m", "inmotifin", "motif-in-seq", *words, "--to_replace")
        out = folder / "set"
        records, sites = read_simulation(out / "set_final_sequences.fa", out / "set_inserted_instances.bed")
    kept = [
        r for label, most in ((1, n_bound), (0, n_unbound)) for r in [r for r in records if r.label == label][:most]
    ]
    if len(kept) < n_bound + n_unbound:
        raise ToolFailed(f"inMOTIFin made {len(kept)} sequences of different backgrounds; {n_bound + n_unbound} needed")
    names = {record.name for record in kept}
    return kept, [site for site in sites if site.sequence in names]


def read_simulation(fasta: Path, bed: Path) -> tuple[list[Record], list[PlantedSite]]:
    """Sequences, bound where the table has a site of theirs, and the sites, half-open.

    The table's ends are inclusive; its fourth column is motif_WORD, the word as it stands in the sequence. A name is
    number_background; of two sequences on the same background the first alone is taken.
    """
    with bed.open() as handle:
        rows = list(csv.reader(handle, delimiter="\t"))
    sites = [
        PlantedSite(name, int(start), int(end) + 1, strand, motif.rpartition("_")[0])
        for name, start, end, motif, _, strand in rows
    ]
    bound = {site.sequence for site in sites}
    first: dict[str, Record] = {}
    for r in read_fasta(fasta):
        first.setdefault(r.name.partition("_")[2], Record(r.name, r.codes, int(r.name in bound), False))
    records = list(first.values())
    names = {record.name for record in records}
    return records, [site for site in sites if site.sequence in names]


def _python() -> Path:
    return ENVIRONMENTS / "inmotifin/bin/python"


SETS = [InMotifinSet("inmotifin_1", 1, 3000), InMotifinSet("inmotifin_4", 4, 4000)]
