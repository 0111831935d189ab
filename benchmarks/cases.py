"""One case of the benchmark: the sequences that every tool is given, those held out, and what must be found.

A case lies in a folder of its own, so that any tool can be run on it by hand:

    foreground.fa   bound training sequences
    background.fa   unbound ones: those of the set, or a dinucleotide shuffle of each sequence of the foreground
    test.fa         held-out sequences, `label=1` and `label=0`
    input.fa        for tools that divide a file themselves: training sequences as a user would have them (bound ones,
                    and unbound ones only where the set has some) and the test sequences, with `label=` and `split=`

All four are in DNA letters, RNA too, for some tools know no U.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from sparling_genomics.letters.alphabet import Codes, decode
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import PlantedSite


class Record(NamedTuple):
    """A sequence: ``name``; ``codes`` uint8 (L,); ``label`` 1 bound, 0 unbound; ``test`` whether it is held out."""

    name: str
    codes: Codes
    label: int
    test: bool


@dataclass(frozen=True, eq=False)
class Known:
    """A motif that must be found.

    ``pwm`` the motif; ``targets`` names of the database's matrices that count as it. Without targets it is judged by
    its likeness to ``pwm`` alone.
    """

    name: str
    pwm: Pwm
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Case:
    """What a tool is given and what it is held against; see the module's text for the files in ``folder``.

    ``given_background``: whether the set has unbound sequences of its own; ``known`` what must be found;
    ``secondary`` what another tool found beside it; ``sites`` the true sites in the foreground, None where unknown;
    ``negatives`` what the unbound test sequences are: "given" with the set, "shuffled" copies of the bound ones, or
    "others", peaks of other factors.
    """

    name: str
    seed: int
    folder: Path
    alphabet: str
    database: Path
    foreground: tuple[Record, ...]
    background: tuple[Record, ...]
    test: tuple[Record, ...]
    given_background: bool
    known: tuple[Known, ...]
    secondary: tuple[Known, ...] = ()
    sites: tuple[PlantedSite, ...] | None = None
    negatives: str = "given"

    @property
    def both_strands(self) -> bool:
        """DNA is read on both strands, RNA on the forward one."""
        return self.alphabet == "dna"

    def path(self, name: str) -> Path:
        """One of the four files, without its ending: foreground, background, test or input."""
        return self.folder / f"{name}.fa"

    def write(self) -> None:
        """Write the four files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        training = self.foreground + (self.background if self.given_background else ())
        _write(self.path("foreground"), self.foreground, words=False)
        _write(self.path("background"), self.background, words=False)
        _write(self.path("test"), self.test, words=True)
        _write(self.path("input"), training + self.test, words=True)


class BenchmarkSet(Protocol):
    """Where cases come from."""

    @property
    def name(self) -> str:
        """Its name in the tables."""

    def case(self, seed: int, folder: Path) -> Case:
        """The set as the tools get it; ``seed`` decides what is random about it."""

    def streme(self) -> dict[str, str] | None:
        """STREME's recorded figures on it; None without a record."""


def divide(records: Sequence[Record], limit: int, seed: int) -> tuple[list[Record], list[Record], list[Record]]:
    """Foreground, given background and test records of a set.

    The ``limit`` first training records of either label are kept. Where no record is marked as test, the chromosomes
    chr1, chr8 and chr21 are held out if the names say where the sequences lie, else a random fifth of either label, 500
    at most. Test records without unbound ones get a shuffled copy each.
    """
    if not any(record.test for record in records):
        records = _hold_out(records, np.random.default_rng([seed, 10]))
    sides = {label: [r for r in records if r.label == label and not r.test][:limit] for label in (1, 0)}
    test = [record for record in records if record.test]
    if test and not any(record.label == 0 for record in test):
        test += shuffled(test, np.random.default_rng([seed, 11]))
    return sides[1], sides[0], test


def shuffled(records: Sequence[Record], rng: np.random.Generator) -> list[Record]:
    """A dinucleotide-shuffled copy of each record, unbound, with "_shuffled" behind its name."""
    offsets = np.concatenate([[0], np.cumsum([len(record.codes) for record in records])]).astype(np.int64)
    copies = np.split(shuffle_joined(np.concatenate([r.codes for r in records]), offsets, rng), offsets[1:-1])
    return [
        Record(f"{record.name}_shuffled", copy, 0, record.test) for record, copy in zip(records, copies, strict=True)
    ]


_TEST_CHROMOSOMES = ("chr1:", "chr8:", "chr21:")


def _hold_out(records: Sequence[Record], rng: np.random.Generator) -> list[Record]:
    if all(record.name.startswith("chr") for record in records):
        return [record._replace(test=record.name.startswith(_TEST_CHROMOSOMES)) for record in records]
    chosen: set[int] = set()
    for label in (1, 0):
        members = [i for i, record in enumerate(records) if record.label == label]
        chosen.update(rng.permutation(members)[: min(len(members) // 5, 500)].tolist())
    return [record._replace(test=i in chosen) for i, record in enumerate(records)]


def _write(path: Path, records: Sequence[Record], *, words: bool) -> None:
    lines = []
    for record in records:
        side = f" label={record.label} split={'test' if record.test else 'train'}" if words else ""
        lines.append(f">{record.name}{side}\n{decode(record.codes)}\n")
    path.write_text("".join(lines))
