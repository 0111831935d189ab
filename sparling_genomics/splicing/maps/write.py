"""Everything that a splicing run leaves besides its model and matrices, in one call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sparling.training.session import Session
from sparling_genomics.splicing.maps.page.report import write_splice_report
from sparling_genomics.splicing.maps.pictures import draw_rna_maps
from sparling_genomics.splicing.maps.rna_map import rna_maps
from sparling_genomics.splicing.maps.side import read_side
from sparling_genomics.splicing.maps.surroundings import surroundings
from sparling_genomics.splicing.maps.tables import write_effects, write_rna_map, write_sites, write_splice_sites
from sparling_genomics.splicing.runs.publish import write_motifs
from sparling_genomics.splicing.runs.words import SpliceMotif
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import Transcripts


def write_maps(
    path: Path,
    session: Session,
    task: SpliceTask,
    test: Transcripts,
    motifs: Sequence[SpliceMotif],
    lengths: Mapping[str, int],
    result: Mapping[str, Any],
) -> None:
    """motifs.tsv, matrices and logos, sites.bed, splice_sites.bed, effects.tsv.gz, rna_map.tsv, .svg and .png, report.

    All is of the test side. ``lengths`` of the chromosomes; ``result`` will be run.json.
    """
    side = read_side(session, task, test, motifs)
    around = [surroundings(side, number) for number in range(len(motifs))]
    maps = list(rna_maps(side, task.seed))
    write_motifs(path, motifs, around)
    write_sites(path / "sites.bed", side, lengths)
    write_splice_sites(path / "splice_sites.bed", side)
    write_effects(path / "effects.tsv.gz", side)
    write_rna_map(path / "rna_map.tsv", side, maps)
    draw_rna_maps([motif.pwm for motif in motifs], maps, path / "rna_map.svg", path / "rna_map.png")
    write_splice_report(path, side, maps, around, result)
