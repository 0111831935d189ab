"""Pictures for the docs out of one finished splicing run, from the files of its folder.

    python benchmarks/splicing_pictures.py RUN --out docs/images [--gene NAME]

splice_rna_map.png: marks and effects around sites (`splicing.maps.pictures`). splice_branch.png: where the
motifs that `motifs.tsv` calls the branch point lie before acceptors of the test side, beside the places of CTRAY, the
branch point of fission yeast (Mertins & Gallwitz 1987, EMBO J 6:1757), and what each of its marks does.
splice_gene.png: the gene named, or the shortest test gene with three introns or more whose sites are all found and no
other called; below, the shortest of its introns letter by letter.
"""

import argparse
import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sparling.validation.drawing import BLUE, INK, ORANGE, RULE, SOFT, bare, house_style, new_figure, save_png
from sparling_genomics.data.splits import TEST
from sparling_genomics.files.genome import Genome
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.alphabet import decode, reverse_complement
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.maps.pictures import draw_rna_maps
from sparling_genomics.splicing.maps.side import CALLED
from sparling_genomics.splicing.maps.tables import read_rna_map
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.experiment import prepare

COLOURS = ("#2a6aa8", "#b3261e", "#3b8452", "#8a5a9e", "#c27c1a", "#4b8f9e", "#8c6d4f", "#6b7680")
"""Of motifs, as in the report."""
LAST, SHOWN = 45, 50
"""nt before an acceptor in which CTRAY is the branch point, and those that are drawn."""
CTRAY, BRANCH_A = ("C", "T", "AG", "A", "CT"), 3
FLANK, FEWEST = 9, 3
"""Letters of exons drawn beside an intron; introns of a gene to be drawn."""


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


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--gene")
    asked = parser.parse_args()
    files = read_files(asked.run)
    pwms = read_meme(asked.run / "motifs.meme")
    draw_rna_maps(pwms, read_rna_map(asked.run / "rna_map.tsv"), asked.out / "splice_rna_map.png")
    draw_branch(files, asked.out / "splice_branch.png")
    draw_one_gene(files, asked.gene, asked.out / "splice_gene.png")


def read_files(run: Path) -> Files:
    """The files of a run folder, and the test genes of its inputs."""
    prepared = prepare(SpliceConfig.read(run / "config.toml"))
    checked = prepared.checked
    genes = [gene for gene, side in zip(checked.used.genes, checked.sides, strict=True) if side == TEST]
    with (run / "motifs.tsv").open(encoding="utf-8") as handle:
        motifs = list(csv.DictReader(handle, delimiter="\t"))
    with gzip.open(run / "effects.tsv.gz", "rt", encoding="utf-8") as handle:
        effects = list(csv.DictReader(handle, delimiter="\t"))
    return Files(prepared.genome, genes, motifs, bed(run / "sites.bed"), bed(run / "splice_sites.bed"), effects)


def bed(path: Path) -> list[BedLine]:
    """Lines of a BED6 file."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return [BedLine(row[0], int(row[1]), int(row[2]), row[3], int(row[4]), row[5]) for row in rows]


def introns(files: Files) -> Iterator[tuple[str, str, int, str]]:
    """Of each test intron: chromosome, strand, base of its acceptor, letters on the gene's strand."""
    for gene in files.genes:
        for start, end in gene.introns:
            codes = files.genome.codes(gene.gene.chrom, start, end)
            if gene.gene.strand == "-":
                yield gene.gene.chrom, "-", start - 1, decode(reverse_complement(codes))
            else:
                yield gene.gene.chrom, "+", end, decode(codes)


def branch_points(letters: str) -> list[int]:
    """Place of the A of each CTRAY in the last `LAST` nt of an intron, from its acceptor's base on.

    >>> branch_points("GTATGTCTAACTTTTTAG")
    [-9]
    """
    found = []
    for at in range(max(len(letters) - LAST, 0), len(letters) - len(CTRAY) + 1):
        if all(letter in allowed for letter, allowed in zip(letters[at:], CTRAY, strict=False)):
            found.append(at + BRANCH_A - len(letters))
    return found


def draw_branch(files: Files, path: Path) -> None:
    """Marks of the branch point's motif before acceptors, CTRAY there, and the effect of each mark."""
    columns = {
        row["motif_id"]: int(row["branch_offset"]) - int(row["acceptor_offset"])
        for row in files.motifs
        if row["role"] == "branch point"
    }
    if not columns:
        raise SystemExit("no motif of this run is called the branch point; splice_branch.png is not drawn")
    marked = {
        (mark.chrom, mark.strand, mark.start + column if mark.strand == "+" else mark.end - 1 - column)
        for mark in files.sites
        if (column := columns.get(mark.name)) is not None
    }
    known, found, at_known, with_one, total = [], [], 0, 0, 0
    for chrom, strand, acceptor, letters in introns(files):
        total += 1
        near = range(-min(SHOWN, len(letters)), 0)
        here = [at for at in near if (chrom, strand, acceptor + at if strand == "+" else acceptor - at) in marked]
        points = branch_points(letters)
        known += points
        found += here
        with_one += bool(points)
        at_known += bool(points) and points[-1] in here
    share = at_known / with_one
    print(f"{with_one} of {total} introns have CTRAY in their last {LAST} nt; the last one is marked in {share:.1%}")
    effects = [
        (int(line["distance"]) + columns[line["motif_id"]], float(line["change"]))
        for line in files.effects
        if line["motif_id"] in columns and line["kind"] == "acceptor"
    ]
    with house_style():
        figure = new_figure(9.4, 2.9, layout=None)
        marks, effect = figure.add_axes((0.065, 0.17, 0.42, 0.69)), figure.add_axes((0.575, 0.17, 0.42, 0.69))
        edges = np.arange(-SHOWN, 2) - 0.5
        names = " and ".join(columns)
        of_motif = f"marks of {names}, by their A"
        marks.hist(found, bins=edges, color=COLOURS[3], alpha=0.75, label=of_motif)
        marks.hist(known, bins=edges, histtype="step", color=INK, linewidth=1.1, label="CTRAY, by its A")
        marks.set(ylabel=f"in {total:,} introns of the test side", xlim=(edges[0], edges[-1]))
        marks.set_ylim(0, 1.15 * marks.get_ylim()[1])
        marks.legend(loc="upper left", borderaxespad=0.2)
        places, quartiles = quartiles_by_place(effects)
        effect.axhline(0, color=INK, linewidth=0.6)
        effect.vlines(places, quartiles[:, 0], quartiles[:, 2], color=COLOURS[3], alpha=0.5, linewidth=2.4)
        effect.plot(places, quartiles[:, 1], "o", color=COLOURS[3])
        effect.set(ylabel="change of the acceptor's log-odds", xlim=marks.get_xlim())
        for axes, left, letter, said in (
            (
                marks,
                0.012,
                "a",
                f"{share:.0%} of introns with CTRAY have the last one marked; none was told",
            ),
            (effect, 0.52, "b", "one mark silenced: median and quartiles of ten or more"),
        ):
            axes.set_xlabel("nt from the acceptor, the first base of the exon")
            figure.text(left, 0.945, letter, fontsize=11, fontweight="bold", va="center")
            figure.text(left + 0.02, 0.945, said, color=SOFT, va="center")
        save_png(figure, path)


def quartiles_by_place(effects: list[tuple[int, float]], fewest: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Places within `SHOWN` with so many effects, and their quartiles (places, 3)."""
    by_place: dict[int, list[float]] = {}
    for place, change in effects:
        if -SHOWN <= place < 0:
            by_place.setdefault(place, []).append(change)
    places = sorted(place for place, own in by_place.items() if len(own) >= fewest)
    return np.array(places), np.array([np.percentile(by_place[place], (25, 50, 75)) for place in places]).reshape(-1, 3)


def draw_one_gene(files: Files, name: str | None, path: Path) -> None:
    """A gene from 5' to 3', and below it one of its introns letter by letter."""
    gene = chosen(files, name)
    own = [row["motif_id"] for row in files.motifs]
    colour = {motif: COLOURS[min(i, len(COLOURS) - 1)] for i, motif in enumerate(own)}
    with house_style():
        figure = new_figure(9.4, 4.3, layout=None)
        whole = figure.add_axes((0.055, 0.63, 0.935, 0.26))
        detail = figure.add_axes((0.055, 0.075, 0.935, 0.44))
        place = f"{gene.gene.chrom}:{gene.transcript.start + 1:,}–{gene.transcript.end:,} ({gene.gene.strand})"
        figure.text(0.012, 0.955, "a", fontsize=11, fontweight="bold", va="center")
        figure.text(0.035, 0.955, f"{gene.gene.symbol}", fontweight="bold", va="center")
        figure.text(0.035 + 0.0105 * len(gene.gene.symbol), 0.955, place, color=SOFT, va="center")
        figure.text(0.012, 0.55, "b", fontsize=11, fontweight="bold", va="center")
        told = "bars: change of the log-odds of its donor (blue) and its acceptor (orange), each mark silenced alone"
        figure.text(0.035, 0.55, f"One intron; {told}", color=SOFT, va="center")
        start, end = min(gene.introns, key=lambda span: span[1] - span[0])
        draw_whole(whole, files, gene, colour, (start, end))
        draw_intron(detail, files, gene, colour, start, end)
        x = 0.012
        for row in files.motifs[: len(COLOURS)]:
            figure.text(x, 0.035, "■", color=colour[row["motif_id"]], va="center")
            words = f"{row['motif_id']} {row['consensus']}" + (f", {row['role']}" if row["role"] else "")
            figure.text(x + 0.013, 0.035, words, color=SOFT, va="center", fontsize=7)
            x += 0.026 + 0.0062 * len(words)
        save_png(figure, path)


def chosen(files: Files, name: str | None) -> SpliceGene:
    """The gene of this name, or the one that the rule takes."""
    if name is not None:
        return next(gene for gene in files.genes if name in (gene.gene.symbol, gene.gene.name))
    called = {(*mark[:4], mark.strand) for mark in files.calls if mark.score >= 1000 * CALLED}
    perfect = []
    for gene in files.genes:
        chrom, strand, own = gene.gene.chrom, gene.gene.strand, gene.transcript
        ends = ("donor", "acceptor") if strand == "+" else ("acceptor", "donor")
        true = {(chrom, start, start + 2, ends[0], strand) for start, _ in gene.introns}
        true |= {(chrom, end - 2, end, ends[1], strand) for _, end in gene.introns}
        there = {c for c in called if c[0] == chrom and c[4] == strand and own.start <= c[1] and c[2] <= own.end}
        if len(gene.introns) >= FEWEST and there == true:
            perfect.append(gene)
    return min(perfect, key=lambda gene: (gene.transcript.end - gene.transcript.start, gene.gene.name))


def along(gene: SpliceGene, start: int, end: int) -> tuple[int, int]:
    """An interval of the genome, counted from the 5' end of the gene's transcript."""
    own = gene.transcript
    return (start - own.start, end - own.start) if gene.gene.strand == "+" else (own.end - end, own.end - start)


def draw_whole(axes: Axes, files: Files, gene: SpliceGene, colour: Mapping[str, str], shown: tuple[int, int]) -> None:
    """Probabilities above, exons in the middle, marks below."""
    length = gene.transcript.end - gene.transcript.start
    bare(axes).set(xlim=(-0.004 * length, 1.004 * length), ylim=(-0.95, 1.12))
    axes.hlines([0, 1], 0, length, color=RULE, linewidth=0.7)
    for y in (0, 1):
        axes.text(-0.008 * length, y, f"{y}", ha="right", va="center", fontsize=7, color=SOFT)
    axes.text(-0.035 * length, 0.5, "P", ha="right", va="center")
    for call in within(files.calls, gene):
        low, high = along(gene, call.start, call.end)
        x, tone = (low, BLUE) if call.name == "donor" else (high, ORANGE)
        axes.vlines(x, 0, call.score / 1000, color=tone, linewidth=1.5)
        if call.score >= 1000 * CALLED:
            axes.plot(x, call.score / 1000, "o", color=tone, markersize=3.6)
    axes.hlines(-0.24, 0, length, color=SOFT, linewidth=1)
    for span in gene.transcript.exons:
        low, high = along(gene, *span)
        axes.add_patch(Rectangle((low, -0.34), high - low, 0.2, color=SOFT, linewidth=0))
    for mark in within(files.sites, gene):
        low, high = along(gene, mark.start, mark.end)
        axes.add_patch(Rectangle((low, -0.76), high - low, 0.3, color=colour[mark.name], linewidth=0, alpha=0.85))
    low, high = along(gene, *shown)
    axes.plot([low, low, high, high], [-0.84, -0.9, -0.9, -0.84], color=INK, linewidth=0.8, clip_on=False)
    axes.text((low + high) / 2, -0.97, "b", ha="center", va="top", fontweight="bold", clip_on=False)


def draw_intron(axes: Axes, files: Files, gene: SpliceGene, colour: Mapping[str, str], start: int, end: int) -> None:
    """Letters of an intron with its marks above, and what each does to donor and acceptor below."""
    codes = files.genome.codes(gene.gene.chrom, start - FLANK, end + FLANK)
    letters = decode(codes if gene.gene.strand == "+" else reverse_complement(codes))
    origin = along(gene, start, end)[0] - FLANK
    bare(axes).set(xlim=(-4, len(letters)), ylim=(-1.5, 1.85))
    for at, letter in enumerate(letters):
        exon = at < FLANK or at >= len(letters) - FLANK
        axes.text(
            at + 0.5,
            0.45,
            letter,
            ha="center",
            va="center",
            family="DejaVu Sans Mono",
            fontsize=8,
            color=SOFT if exon else INK,
        )
    for low, high in ((0, FLANK), (len(letters) - FLANK, len(letters))):
        axes.add_patch(Rectangle((low, 0.1), high - low, 0.7, color=RULE, linewidth=0, zorder=0))
    boxes = []
    for mark in within(files.sites, gene):
        low, high = (x - origin for x in along(gene, mark.start, mark.end))
        if low >= 0 and high <= len(letters):
            boxes.append((low, high, mark))
    ends: list[float] = []
    for low, high, mark in sorted(boxes):
        row = next((i for i, last in enumerate(ends) if last <= low), len(ends))
        ends[row : row + 1] = [high + 0.3]
        bottom = 0.95 + 0.46 * row
        axes.add_patch(Rectangle((low, bottom), high - low, 0.36, color=colour[mark.name], linewidth=0))
        axes.text((low + high) / 2, bottom + 0.17, mark.name, ha="center", va="center", color="white", fontsize=6.5)
    bases = (start - 1, end) if gene.gene.strand == "+" else (end, start - 1)
    sites = dict(zip(("donor", "acceptor"), bases, strict=True))
    largest = 0.1
    bars = []
    for kind, site in sites.items():
        for line in files.effects:
            if (line["kind"], line["site"], line["strand"], line["chrom"]) != (
                kind,
                str(site),
                gene.gene.strand,
                gene.gene.chrom,
            ):
                continue
            low, high = (x - origin for x in along(gene, int(line["start"]), int(line["end"])))
            if low >= 0 and high <= len(letters):
                bars.append((kind, (low + high) / 2, float(line["change"])))
                largest = max(largest, abs(bars[-1][2]))
    axes.hlines(-0.25, 0, len(letters), color=INK, linewidth=0.6)
    for kind, x, change in bars:
        shift, tone = (-0.22, BLUE) if kind == "donor" else (0.22, ORANGE)
        axes.add_patch(Rectangle((x + shift - 0.2, -0.25), 0.4, change / largest, color=tone, linewidth=0))
        if abs(change) >= 0.1 * largest:
            said, side = f"{change:+.1f}".replace("-", "−"), "right" if kind == "donor" else "left"
            at = x + 2 * shift, -0.25 + change / largest
            axes.text(*at, said, ha=side, va="center", fontsize=6.5, color=tone)
    axes.text(-0.5, -0.25, "0", ha="right", va="center", fontsize=7, color=SOFT)
    axes.text(-0.8, -0.85, "effect", ha="right", va="center", fontsize=7)


def within(marks: list[BedLine], gene: SpliceGene) -> list[BedLine]:
    """Those on a gene's transcript and strand."""
    own, at = gene.transcript, gene.gene
    return [
        m for m in marks if (m.chrom, m.strand) == (at.chrom, at.strand) and own.start <= m.start and m.end <= own.end
    ]


if __name__ == "__main__":
    main()
