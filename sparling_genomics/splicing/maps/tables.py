"""Files of a side that was read: sites.bed, splice_sites.bed, effects.tsv.gz and rna_map.tsv.

The same content gives the same bytes: sorted, no times inside.
"""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.training.checkpoint import write_atomically
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.splicing.maps.places import Spans, cut_off, spans
from sparling_genomics.splicing.maps.rna_map import OFFSETS, Band, Floats, RnaMap
from sparling_genomics.splicing.maps.side import SideMap
from sparling_genomics.splicing.maps.sites import INTRON_LETTERS, KINDS

LISTED = 0.1
"""Probability from which on a predicted site is in splice_sites.bed."""
EFFECT_COLUMNS = (
    "chrom",
    "site",
    "strand",
    "kind",
    "gene",
    "log_odds",
    "motif_id",
    "start",
    "end",
    "distance",
    "change",
)
RNA_MAP_COLUMNS = (
    "motif_id",
    "kind",
    "set",
    "offset",
    "sites",
    "marks",
    "marks_low",
    "marks_high",
    "effect",
    "effect_low",
    "effect_high",
)

Place = tuple[str, int, int, str, str]


def write_sites(path: Path, side: SideMap, lengths: Mapping[str, int]) -> None:
    """BED6 of all occurrences of motifs; the score: 1000 × the share of them that stand no higher above the threshold,
    which is one for all motifs."""
    found = side.occurrences
    widths = np.array([motif.pwm.width for motif in side.motifs], dtype=np.int64)[found.motifs]
    where = cut_off(spans(side.data, found.firsts, widths), side.data, lengths)
    heights = np.sort(found.heights)
    scores = 1000 * np.searchsorted(heights, found.heights, side="right") / max(len(heights), 1)
    names = [side.motifs[motif].pwm.name for motif in found.motifs.tolist()]
    _write_bed(path, side, where, names, scores)


def write_splice_sites(path: Path, side: SideMap) -> None:
    """BED6 of predicted sites: the two letters of the intron at it, and 1000 × its probability (`LISTED`)."""
    listed = side.calls.probabilities >= LISTED
    places, kinds = side.calls.places[listed], side.calls.kinds[listed]
    first = places + np.array([INTRON_LETTERS[kind][0] for kind in kinds.tolist()], dtype=np.int64)
    names = [KINDS[kind] for kind in kinds.tolist()]
    _write_bed(path, side, spans(side.data, first, 2), names, 1000 * side.calls.probabilities[listed])


def _write_bed(
    path: Path, side: SideMap, where: Spans, names: Sequence[str], scores: Floats | NDArray[np.float32]
) -> None:
    """One line a place, with its highest score; sorted by chromosome, start and end."""
    best: dict[Place, int] = {}
    columns = (where.genes.tolist(), where.starts.tolist(), where.ends.tolist(), names, np.rint(scores).tolist())
    for number, start, end, name, score in zip(*columns, strict=True):
        gene = side.data.genes[number].gene
        place = (gene.chrom, start, end, name, gene.strand)
        best[place] = max(int(score), best.get(place, 0))
    lines = (f"{c}\t{a}\t{b}\t{name}\t{best[c, a, b, name, s]}\t{s}" for c, a, b, name, s in sorted(best))
    _write(path, lines)


def write_effects(path: Path, side: SideMap) -> None:
    """A line a true site and occurrence of a motif in its reach, columns `EFFECT_COLUMNS`; gzip."""
    effects, sites = side.effects, side.sites
    true = np.flatnonzero(sites.true[effects.sites])
    of_site, motif = effects.sites[true], effects.motifs[true]
    widths = np.array([each.pwm.width for each in side.motifs], dtype=np.int64)[motif]
    at = spans(side.data, sites.places, 1)
    where = spans(side.data, sites.places[of_site] + effects.distances[true], widths)
    columns = (
        of_site.tolist(),
        motif.tolist(),
        where.starts.tolist(),
        where.ends.tolist(),
        effects.distances[true].tolist(),
        effects.changes[true].tolist(),
    )
    rows = []
    for site, number, start, end, distance, change in zip(*columns, strict=True):
        gene = side.data.genes[int(sites.genes[site])].gene
        kind, odds = KINDS[int(sites.kinds[site])], f"{effects.log_odds[site]:.4f}"
        place = (gene.chrom, int(at.starts[site]), gene.strand, kind, gene.name, odds)
        rows.append((*place, side.motifs[number].pwm.name, start, end, distance, f"{change:.4f}"))
    rows.sort(key=lambda row: (row[0], row[1], row[2], row[3], row[4], row[7], row[6]))
    lines = ("\t".join(map(str, row)) for row in (EFFECT_COLUMNS, *rows))
    text = "".join(f"{line}\n" for line in lines).encode()
    write_atomically(path, lambda partial: partial.write_bytes(gzip.compress(text, mtime=0)))


def write_rna_map(path: Path, side: SideMap, maps: Sequence[RnaMap]) -> None:
    """A line an offset of each map, columns `RNA_MAP_COLUMNS`; shares and log-odds to six digits."""
    lines = ["\t".join(RNA_MAP_COLUMNS)]
    for each in maps:
        name, kind = side.motifs[each.motif].pwm.name, KINDS[each.kind]
        columns = (OFFSETS.tolist(), each.sites.tolist(), *(part.tolist() for part in (*each.marks, *each.effect)))
        for offset, sites, *values in zip(*columns, strict=True):
            head = (name, kind, "true" if each.true else "decoy", str(offset), str(sites))
            lines.append("\t".join((*head, *(f"{value:.6g}" for value in values))))
    _write(path, lines)


def _write(path: Path, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8", newline="\n"))


def read_rna_map(path: Path) -> list[RnaMap]:
    """What `write_rna_map` wrote, motifs by number in the order of the file; numbers have six digits.

    Raises ``InputError`` with path and line where the columns are others, or a cell is no number.
    """
    numbered = list(numbered_lines(path))
    if not numbered or tuple(numbered[0][1].split("\t")) != RNA_MAP_COLUMNS:
        raise input_error(f"expected the columns {', '.join(RNA_MAP_COLUMNS)}", path, 1)
    values: dict[tuple[str, str, str], list[list[float]]] = {}
    for number, line in numbered[1:]:
        motif, kind, of, *cells = line.split("\t")
        try:
            values.setdefault((motif, kind, of), []).append([float(cell) for cell in cells])
        except ValueError:
            raise input_error("expected numbers behind motif, kind and set", path, number) from None
    names = list(dict.fromkeys(motif for motif, _, _ in values))
    kinds = {name: kind for kind, name in KINDS.items()}
    maps = []
    for (motif, kind, of), rows in values.items():
        _, sites, *parts = np.array(rows).T
        bands = Band(*parts[:3]), Band(*parts[3:])
        maps.append(RnaMap(names.index(motif), kinds[kind], of == "true", sites.astype(np.int64), *bands))
    return maps
