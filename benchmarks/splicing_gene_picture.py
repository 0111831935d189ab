"""One gene of a finished splicing run drawn: exons, calls and marks; below, one of its introns letter by letter."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from splicing_files import BedLine, Files

from sparling.validation.drawing import BLUE, INK, ORANGE, RULE, SOFT, bare, house_style, new_figure, save_png
from sparling_genomics.letters.alphabet import decode, reverse_complement
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.maps.side import CALLED

COLOURS = ("#2a6aa8", "#b3261e", "#3b8452", "#8a5a9e", "#c27c1a", "#4b8f9e", "#8c6d4f", "#6b7680")
"""Of motifs, as in the report."""
FLANK, FEWEST = 9, 3
"""Letters of exons drawn beside an intron; introns of a gene to be drawn."""


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
