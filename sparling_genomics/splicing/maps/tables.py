"""Files of a side that was read: sites.bed, splice_sites.bed, effects.tsv.gz and rna_map.tsv.

The same content gives the same bytes: sorted, no times inside.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.atomic import write_atomically
from sparling.names import printable, table_row
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.splicing.maps.places import Ints, Spans, cut_off, spans
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


def write_sites(path: Path, side: SideMap, lengths: Mapping[str, int]) -> None:
    """BED6 of all occurrences of motifs; the score: 1000 × the share of them that stand no higher above the threshold,
    which is one for all motifs."""
    found = side.occurrences
    widths = np.array([motif.pwm.width for motif in side.motifs], dtype=np.int64)[found.motifs]
    where = cut_off(spans(side.data, found.firsts, widths), side.data, lengths)
    heights = np.sort(found.heights)
    scores = 1000 * np.searchsorted(heights, found.heights, side="right") / max(len(heights), 1)
    _write_bed(path, side, where, [motif.pwm.name for motif in side.motifs], found.motifs, scores)


def write_splice_sites(path: Path, side: SideMap) -> None:
    """BED6 of predicted sites: the two letters of the intron at it, and 1000 × its probability (`LISTED`)."""
    listed = side.calls.probabilities >= LISTED
    places, kinds = side.calls.places[listed], side.calls.kinds[listed]
    first = places + np.array([INTRON_LETTERS[kind][0] for kind in kinds.tolist()], dtype=np.int64)
    which = np.searchsorted(np.array(list(KINDS)), kinds)
    scores = 1000 * side.calls.probabilities[listed]
    _write_bed(path, side, spans(side.data, first, 2), list(KINDS.values()), which, scores)


def _write_bed(
    path: Path, side: SideMap, where: Spans, names: Sequence[str], which: Ints, scores: Floats | NDArray[np.float32]
) -> None:
    """One line a place, which has the name of its number, with its highest score; sorted by chromosome, start and end,
    then name and strand."""
    genes = [each.gene for each in side.data.genes]
    (chroms, of_chrom), (strands, of_strand) = (
        np.unique(each or [""], return_inverse=True)
        for each in ([gene.chrom for gene in genes], [gene.strand for gene in genes])
    )
    words, of_name = np.unique(list(names) or [""], return_inverse=True)
    score = np.rint(scores).astype(np.int16)
    chrom, strand = (each.astype(np.int32)[where.genes] for each in (of_chrom, of_strand))
    columns = (strand, of_name.astype(np.int16)[which], where.ends, where.starts, chrom)
    order = np.lexsort((-score, *columns))
    first = np.ones(len(order), dtype=np.bool_)
    for column in columns if len(order) else ():
        first[1:] &= column[order[1:]] == column[order[:-1]]
    if len(order):
        first[1:] = ~first[1:]
    shown = list(map(printable, chroms.tolist()))
    rows = (tuple(each[i] for each in (*columns, score)) for i in order[first])
    _write(
        path,
        (f"{shown[c]}\t{begin}\t{end}\t{words[n]}\t{value}\t{strands[s]}" for s, n, end, begin, c, value in rows),
    )


def write_effects(path: Path, side: SideMap) -> None:
    """A line a true site and occurrence of a motif in its reach, columns `EFFECT_COLUMNS`; gzip."""
    effects, sites = side.effects, side.sites
    true = np.flatnonzero(sites.true[effects.sites])
    of_site, motif = effects.sites[true], effects.motifs[true]
    widths = np.array([each.pwm.width for each in side.motifs], dtype=np.int64)[motif]
    at = spans(side.data, sites.places, 1)
    where = spans(side.data, sites.places[of_site] + effects.distances[true], widths)
    heads = []
    for site in range(len(sites.places)):
        gene = side.data.genes[int(sites.genes[site])].gene
        kind, odds = KINDS[int(sites.kinds[site])], f"{effects.log_odds[site]:.4f}"
        heads.append((gene.chrom, int(at.starts[site]), gene.strand, kind, gene.name, odds))
    rank = np.empty(len(heads), dtype=np.int64)
    rank[sorted(range(len(heads)), key=heads.__getitem__)] = np.arange(len(heads))
    names = [each.pwm.name for each in side.motifs]
    by_name = np.argsort(np.argsort(names)) if names else np.zeros(0, dtype=np.int64)
    lines = (
        (*heads[of_site[i]], names[motif[i]], where.starts[i], where.ends[i], distance, f"{change:.4f}")
        for i, distance, change in (
            (i, effects.distances[true[i]], effects.changes[true[i]])
            for i in np.lexsort((by_name[motif], where.starts, rank[of_site]))
        )
    )
    write_atomically(path, lambda partial: _write_gzip(partial, (EFFECT_COLUMNS, *lines)))


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
    def write(partial: Path) -> None:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)

    write_atomically(path, write)


def _write_gzip(path: Path, rows: Iterable[Sequence[str | int]]) -> None:
    """Rows as lines, compressed while they come; without a time in it."""
    packed = zlib.compressobj(9, wbits=31)
    with path.open("wb") as file:
        for each in rows:
            file.write(packed.compress(table_row(each).encode()))
        file.write(packed.flush())


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
