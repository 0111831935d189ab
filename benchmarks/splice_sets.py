"""Sets of the splicing benchmark: genomes with genes, as `sparling splice train` reads them.

What lies in other formats is converted into a folder: FASTA and GFF3 of exons. `exon_intron_exon` sets, introns of
40-150 nt with 50 nt of exon to either side, become genes of several introns one behind the other (`joined_introns`).
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DATA = Path(__file__).parents[2] / "shared" / "data" / "splicing"
RBNS = DATA.parent / "motifs" / "rbns_psams_human.meme.gz"
"""Matrices of 134 human RNA-binding proteins, several a protein, the strongest first."""
INTRONS, FEWEST_READS = 4000, 100
"""Of a set of short introns: how many are taken, and by how many reads each must be seen."""
PARTS = 10
"""Pseudo-chromosomes of such a set; the first two test."""
FLANK = (10, 51)
"""Letters of exon that are left of the 50 to either side: a fixed number would give the sites away."""
HUMAN = {"channels": 24, "marks_per_100nt": 15.0}
"""What is asked of mammals: as many marks as the published map has."""
VALIDATING = ("hg19_chr2_", "hg19_chr6_995529_")
"""Human stretches that validate: the largest one that trains has its orthologs in the mouse region."""
ORTHOLOGS = "hg19_chr6_31234582_32052071"
"""The human stretch whose genes are those of the mouse region: no test of a network that saw the mouse's."""


class Exons(NamedTuple):
    """A gene: its chromosome, name, strand, and exons 1-based with both ends."""

    chrom: str
    name: str
    strand: str
    exons: list[tuple[int, int]]


@dataclass(frozen=True)
class SpliceSet:
    """A set: how its files are made in a folder, as options of a run; ``options`` that differ from the defaults."""

    name: str
    caption: str
    files: Callable[[Path], dict[str, Any]]
    options: dict[str, Any] = field(default_factory=dict)
    human: bool = False


def pombe(folder: Path) -> dict[str, Any]:
    """Fission yeast, chromosome III held out."""
    genome, annotation = DATA / "pombe_genome.fa.gz", DATA / "pombe_annotation.gff3.gz"
    return {"genome": genome, "annotation": annotation, "test_chroms": ("III",)}


def first_percent(species: str) -> Callable[[Path], dict[str, Any]]:
    """The first 1 % of each chromosome of a genome; which of them test, the run decides."""

    def files(folder: Path) -> dict[str, Any]:
        return {"genome": DATA / f"{species}_1pct.fa.gz", "annotation": DATA / f"{species}_1pct.gff3.gz"}

    return files


def human_regions(folder: Path) -> dict[str, Any]:
    """15 stretches of the human genome, divided as its table suggests; the mouse region trains, too."""
    contigs = _contigs()
    test = tuple(row["contig"] for row in contigs if row["suggested_split"] == "test")
    own = tuple(row["contig"] for row in contigs if row["contig"].startswith(VALIDATING))
    return _mammals(folder, test) | {"validation_chroms": own}


def mouse_to_human(folder: Path) -> dict[str, Any]:
    """The mouse region trains, the human stretches test, but for that of its orthologs, which is left out."""
    test = tuple(row["contig"] for row in _contigs() if row["contig"] != ORTHOLOGS)
    return _mammals(folder, test, left_out=ORTHOLOGS)


def _contigs() -> list[dict[str, str]]:
    with (DATA / "human_regions_contigs.tsv").open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def _mammals(folder: Path, test: tuple[str, ...], left_out: str = "") -> dict[str, Any]:
    texts = (_text(DATA / f"{name}.fa.gz") for name in ("human_regions", "mouse_region"))
    records = [record for text in texts for record in fasta_records(text) if record[0] != left_out]
    genome, annotation, mask = folder / "genome.fa", folder / "genes.gff3", folder / "mask.bed"
    genome.write_text("".join(f">{name}\n{letters}\n" for name, letters in records))
    lengths = {name: len(letters) for name, letters in records}
    tables = (DATA / f"{name}_genes.tsv.gz" for name in ("human_regions", "mouse_region"))
    write_gff3(annotation, (gene for table in tables for gene in genes_of_table(table, lengths)))
    lines = []
    for row in (row for row in _contigs() if row["contig"] in lengths):
        for span in filter(None, row["mask"].split(";")):
            start, end = span.partition(":")[0].split("-")
            lines.append(f"{row['contig']}\t{int(start) - 1}\t{end}\n")
    mask.write_text("".join(lines))
    return {"genome": genome, "annotation": annotation, "mask": mask, "test_chroms": test}


def genes_of_table(path: Path, lengths: dict[str, int]) -> Iterator[Exons]:
    """Genes of a `*_genes.tsv.gz`: what lies beyond the end of its stretch is left out, and on one without length."""
    for row in csv.DictReader(_text(path).splitlines(), delimiter="\t"):
        if row["contig"] not in lengths:
            continue
        ends = ([int(each) for each in row[name].split(",")] for name in ("exon_starts", "exon_ends"))
        length = lengths[row["contig"]]
        inside = [(max(a, 1), min(b, length)) for a, b in sorted(zip(*ends, strict=False)) if a <= length and b >= 1]
        if inside:
            yield Exons(row["contig"], row["gene"], row["strand"], inside)


def joined_introns(species: str) -> Callable[[Path], dict[str, Any]]:
    """Well-used introns of 40-150 nt, those of a gene one behind the other with what is known of the exons between."""

    def files(folder: Path) -> dict[str, Any]:
        rows = csv.DictReader(_text(DATA / f"exon_intron_exon_{species}.tsv.gz").splitlines(), delimiter="\t")
        genome, annotation = folder / "genome.fa", folder / "genes.gff3"
        parts: list[list[str]] = [[] for _ in range(PARTS)]
        genes = []
        for number, (letters, exons) in enumerate(joined(rows, INTRONS, np.random.default_rng(0))):
            part = parts[number % PARTS]
            at = sum(map(len, part))
            genes.append(Exons(f"part{number % PARTS}", f"g{number}", "+", [(at + a, at + b) for a, b in exons]))
            part.append(letters)
        genome.write_text("".join(f">part{i}\n{''.join(part)}\n" for i, part in enumerate(parts)))
        write_gff3(annotation, genes)
        return {"genome": genome, "annotation": annotation, "test_chroms": ("part0", "part1")}

    return files


def joined(
    rows: Iterable[dict[str, str]], most: int, rng: np.random.Generator
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Letters and exons (1-based) of a gene each, in random order, until there are ``most`` introns."""
    used = (row for row in rows if int(row["rnaseq_count"]) >= FEWEST_READS)
    genes = defaultdict[str, list[dict[str, str]]](list)
    for row in used:
        genes[row["gene"]].append(row)
    names, taken, seen = list(genes), 0, set[str]()
    for i in rng.permutation(len(names)):
        letters, exons, first = "", [], 1
        for row in genes[names[i]]:
            intron, ends = row["intron"], {"5" + row["intron"][:20], "3" + row["intron"][-20:]}
            if ends & seen:
                continue  # another form of an intron that is there, or its copy in another gene
            seen |= ends
            before, behind = (int(n) for n in rng.integers(*FLANK, size=2))
            letters += row["exon5_last50"][-before:]
            exons.append((first, len(letters)))
            letters += intron
            first = len(letters) + 1
            letters += row["exon3_first50"][:behind]
            taken += 1
        if exons:
            yield letters, [*exons, (first, len(letters))]
        if taken >= most:
            return


def write_gff3(path: Path, genes: Iterable[Exons]) -> None:
    """Genes with one transcript each."""
    lines = ["##gff-version 3"]
    for number, gene in enumerate(genes):
        said = [("gene", f"ID=g{number};Name={gene.name};gene_biotype=protein_coding")]
        said.append(("mRNA", f"ID=t{number};Parent=g{number}"))
        start, end = gene.exons[0][0], gene.exons[-1][1]
        lines += [f"{gene.chrom}\t.\t{kind}\t{start}\t{end}\t.\t{gene.strand}\t.\t{text}" for kind, text in said]
        lines += [f"{gene.chrom}\t.\texon\t{a}\t{b}\t.\t{gene.strand}\t.\tParent=t{number}" for a, b in gene.exons]
    path.write_text("\n".join(lines) + "\n")


def fasta_records(text: str) -> Iterator[tuple[str, str]]:
    """Name and letters of each record."""
    for record in text.split(">")[1:]:
        name, _, letters = record.partition("\n")
        yield name.split()[0], letters.replace("\n", "")


def _text(path: Path) -> str:
    with gzip.open(path, "rt") as handle:
        return handle.read()


SPECIES = {"celegans": "worm", "athaliana": "thale cress", "dmelanogaster": "fly"}
SETS = {
    each.name: each
    for each in (
        SpliceSet("pombe", "fission yeast, chromosome III held out", pombe),
        SpliceSet(
            "human_regions",
            "130 genes to train and validate, 54 of them of the mouse, 58 human ones to test: a demonstration",
            human_regions,
            HUMAN,
            human=True,
        ),
        SpliceSet(
            "mouse_to_human",
            "54 genes of the mouse, tested on 81 human ones of other families: few genes",
            mouse_to_human,
            HUMAN,
            human=True,
        ),
        *(
            SpliceSet(f"{species}_1pct", f"{name}, the first 1 % of each chromosome: few genes", first_percent(species))
            for species, name in SPECIES.items()
        ),
        *(
            SpliceSet(
                f"{species}_introns",
                f"{name}, {INTRONS:,} introns of 40-150 nt with 10-50 nt of exon between: no other universe is like it",
                joined_introns(species),
            )
            for species, name in SPECIES.items()
        ),
    )
}
