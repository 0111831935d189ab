"""Pictures for the docs out of one finished splicing run, from the files of its folder.

    python benchmarks/splicing_pictures.py RUN --out docs/images [--gene NAME]

splice_rna_map.png: marks and effects around sites (`splicing.maps.pictures`). splice_branch.png: where the
motifs that `motifs.tsv` calls the branch point lie before acceptors of the test side, beside the places of CTRAY, the
branch point of fission yeast (Mertins & Gallwitz 1987, EMBO J 6:1757), and what each of its marks does.
splice_gene.png: the gene named, or the shortest test gene with three introns or more whose sites are all found and no
other called; below, the shortest of its introns letter by letter.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from splicing_files import Files, read_files
from splicing_gene_picture import COLOURS, draw_one_gene

from sparling.validation.drawing import INK, SOFT, house_style, new_figure, save_png
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.alphabet import decode, reverse_complement
from sparling_genomics.splicing.maps.pictures import draw_rna_maps
from sparling_genomics.splicing.maps.tables import read_rna_map

LAST, SHOWN = 45, 50
"""nt before an acceptor in which CTRAY is the branch point, and those that are drawn."""
CTRAY, BRANCH_A = ("C", "T", "AG", "A", "CT"), 3


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


if __name__ == "__main__":
    main()
