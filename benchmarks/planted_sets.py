"""Sets made of random sequences with real motifs at known places, so that every site's truth is known to the bp."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from cases import Case, Known, Record, shuffled
from recovery_sets import JASPAR, SHARED

from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.tomtom import tomtom
from sparling_genomics.worlds.planted import Planted, plant

BACKGROUND = (
    (0.31, 0.19, 0.27, 0.23),
    (0.33, 0.28, 0.07, 0.32),
    (0.27, 0.23, 0.28, 0.22),
    (0.20, 0.22, 0.28, 0.30),
)
"""Probability of the next letter (column) after each letter (row): shared/data/splicing/human_regions.fa.gz, 7.3 Mb."""

LENGTH = 100
N_TEST = 500
WIDTHS = range(8, 21)
BITS = (11.0, 22.0)
"""Motifs below it occur by chance in a tenth of the sequences or more; information in bits, summed over columns."""


@dataclass(frozen=True)
class PlantedSet:
    """``n_motifs`` random vertebrate motifs of JASPAR in ``n_bound`` sequences of 100 bp, 1 or 2 sites in each.

    The motifs, too, follow from the seed. 500 bound and 500 unbound sequences of the same kind are held out; there is
    no unbound training sequence.
    """

    name: str
    n_motifs: int
    n_bound: int

    def case(self, seed: int, folder: Path) -> Case:
        """The set as the tools get it."""
        rng = np.random.default_rng([seed, self.n_motifs])
        pwms = draw_motifs(self.n_motifs, rng)
        training = plant(pwms, self.n_bound, 0, LENGTH, rng, background=BACKGROUND)
        held_out = plant(pwms, N_TEST, N_TEST, LENGTH, rng, background=BACKGROUND)
        foreground = _records(training, test=False)
        return Case(
            name=self.name,
            seed=seed,
            folder=folder,
            alphabet="dna",
            database=SHARED / "data/motifs" / JASPAR,
            foreground=tuple(foreground),
            background=tuple(shuffled(foreground, np.random.default_rng([seed, 13]))),
            test=tuple(_records(held_out, test=True)),
            given_background=False,
            known=tuple(Known(pwm.name, pwm, frozenset([pwm.name])) for pwm in pwms),
            sites=training.sites,
        )

    def streme(self) -> dict[str, str] | None:
        """None: STREME has no recorded figures on planted sets."""
        return None


def draw_motifs(n: int, rng: np.random.Generator) -> list[Pwm]:
    """Random motifs, no two of which Tomtom finds alike at q < 0.05 among the database."""
    database, vertebrates = _databases()
    fit = [p for p in database if p.name.partition(".")[0] in vertebrates and _fits(p)]
    candidates = [fit[i] for i in rng.permutation(len(fit))[: 10 * n]]
    likes = tomtom(candidates, database, reverse_complement=True)
    chosen: list[Pwm] = []
    taken: set[str] = set()
    for pwm, matches in zip(candidates, likes, strict=True):
        alike = {match.target for match in matches if match.q < 0.05}
        if len(chosen) < n and pwm.name not in taken and not alike & {c.name for c in chosen}:
            chosen.append(pwm)
            taken |= alike
    return chosen


@cache
def _databases() -> tuple[list[Pwm], frozenset[str]]:
    folder = SHARED / "data/motifs"
    vertebrates = read_meme(folder / "jaspar2022_core_vertebrates.meme.gz")
    return read_meme(folder / JASPAR), frozenset(pwm.name.partition(".")[0] for pwm in vertebrates)


def _fits(pwm: Pwm) -> bool:
    return pwm.width in WIDTHS and BITS[0] <= pwm.information().sum() <= BITS[1]


def _records(planted: Planted, *, test: bool) -> list[Record]:
    side = "test_" if test else ""
    return [
        Record(side + name, codes, int(label), test)
        for name, codes, label in zip(planted.names, planted.codes, planted.labels, strict=True)
    ]


SETS = [
    PlantedSet("planted_1", 1, 3000),
    PlantedSet("planted_2", 2, 3000),
    PlantedSet("planted_4", 4, 4000),
    PlantedSet("planted_8", 8, 5000),
]
