"""What a finished splicing run left in its folder, as its pictures are made of it."""

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sparling_genomics.data.splits import TEST
from sparling_genomics.files.genome import Genome
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.experiment import prepare


class BedLine(NamedTuple):
    """A line of a BED file of the run: an interval of the genome, and what it is."""

    chrom: str
    start: int
    end: int
    name: str
    score: int
    strand: str


@dataclass(frozen=True)
class Files:
    """What the pictures are made of."""

    genome: Genome
    genes: list[SpliceGene]
    motifs: list[dict[str, str]]
    sites: list[BedLine]
    calls: list[BedLine]
    effects: list[dict[str, str]]


def read_files(run: Path) -> Files:
    """The files of a run folder, and the test genes of its inputs."""
    prepared = prepare(SpliceConfig.read(run / "config.toml"))
    genes = prepared.genes(TEST)
    with (run / "motifs.tsv").open(encoding="utf-8") as handle:
        motifs = list(csv.DictReader(handle, delimiter="\t"))
    with gzip.open(run / "effects.tsv.gz", "rt", encoding="utf-8") as handle:
        effects = list(csv.DictReader(handle, delimiter="\t"))
    return Files(prepared.genome, genes, motifs, bed(run / "sites.bed"), bed(run / "splice_sites.bed"), effects)


def bed(path: Path) -> list[BedLine]:
    """Lines of a BED6 file."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return [BedLine(row[0], int(row[1]), int(row[2]), row[3], int(row[4]), row[5]) for row in rows]
