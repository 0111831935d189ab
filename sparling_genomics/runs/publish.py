"""A finished search becomes a run folder: every file of it, ``run.json`` last and the report after it."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from sparling.training.checkpoint import write_json
from sparling_genomics.data.dataset import TEST
from sparling_genomics.data.genomic import Matching
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.outcome import Outcome
from sparling_genomics.files.motif_files import write_jaspar, write_meme, write_transfac
from sparling_genomics.files.rows import MotifRow
from sparling_genomics.files.tables import (
    write_effects_tsv,
    write_motifs_tsv,
    write_pairs_tsv,
    write_sites_bed,
    write_sites_tsv,
    write_spacings_tsv,
)
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import best_scores, bound_fraction, oriented_by_matches
from sparling_genomics.motifs.pairs import pairs, pairs_within
from sparling_genomics.motifs.site_table import carriers, site_table
from sparling_genomics.naming.library import Library
from sparling_genomics.naming.match_table import write_matches
from sparling_genomics.naming.names import Naming, credible_strands, named, namings, site_names, titled
from sparling_genomics.naming.taxa import fitted
from sparling_genomics.network.motif_network import readout_of
from sparling_genomics.pages.logo import draw_logo
from sparling_genomics.pages.parts.headline import headline
from sparling_genomics.pages.report import write_report
from sparling_genomics.pages.run_files import START, Run
from sparling_genomics.peaks.silenced import sequence_predictions
from sparling_genomics.peaks.table import BOUND_FASTA, PEAKS, peak_table, write_bound_fasta, write_peaks_tsv
from sparling_genomics.runs.known_starts import starts_of
from sparling_genomics.runs.run_folder import RESULT
from sparling_genomics.runs.run_json import run_json, tells_auroc
from sparling_genomics.tasks.ranking import area_under_roc


def write_results(
    path: Path,
    config: MotifConfig,
    outcome: Outcome,
    command: str,
    started: str,
    library: Library,
    noticed: Sequence[str] = (),
    matching: Matching | None = None,
) -> None:
    """Every file of a finished run into the folder ``path``, run.json last and the report after it.

    ``noticed``: sentences on the input, ``matching`` of windows of a genome, as in `train.Prepared`.
    """
    library = fitted(library, [motif.pwm for motif in outcome.found.motifs])
    outcome, names = facing_matches(outcome, library)
    motifs, data = outcome.found.motifs, outcome.provenance.data
    said = sequence_predictions(data, motifs, readout_of(outcome.map.model), outcome.map.whole, outcome.map.network)
    sites = site_table(data, motifs, outcome.map.network.contrasts, said.without)
    rows = named(counted_carriers(outcome, motif_rows(outcome), sites), names)
    pwms = [replace(motif.pwm, e_value=row.e_value) for motif, row in zip(motifs, rows, strict=True)]
    write_motif_files(path, titled(pwms, [naming.family.label for naming in names]))
    if library.motifs:
        write_matches(path, [naming.matches for naming in names], {pwm.name: pwm for pwm in library.motifs})
    write_motifs_tsv(path / "motifs.tsv", rows)
    write_pairs_tsv(path / "pairs.tsv", outcome.measured.pairs)
    write_spacings_tsv(path / "spacings.tsv.gz", outcome.measured.pairs)
    if data.targets is not None:
        write_effects_tsv(path / "effects.tsv", outcome.measured.label_effects)
    write_sites_bed(path / "sites.bed", sites, site_names(rows))
    write_sites_tsv(path / "sites.tsv.gz", sites)
    write_peaks_tsv(path / PEAKS, peak_table(data, motifs, said))
    write_bound_fasta(path / BOUND_FASTA, data)
    logos = path / "logos"
    shutil.rmtree(logos, ignore_errors=True)
    logos.mkdir()
    for pwm in pwms:
        draw_logo(pwm, logos / f"{pwm.name}.svg", logos / f"{pwm.name}.png")
    for start in starts_of(outcome):
        if start.motif is not None:
            draw_logo(start.facing, logos / f"{start.became}{START}.svg")
    result = run_json(config, outcome, rows, command, started, noticed, matching)
    result["data"]["names_from"] = library.names_from
    read = Run(result, rows, sites, [], {pwm.name: pwm for pwm in pwms}, {}, {}, [], None)
    result["message"] = headline(read).sentence
    write_json(path / RESULT, result)
    write_report(path)


def facing_matches(outcome: Outcome, library: Library) -> tuple[Outcome, list[Naming]]:
    """The outcome with each motif on the strand of its match in ``library``, where that is credible; the names."""
    motifs = outcome.found.motifs
    names = namings([motif.pwm for motif in motifs], library)
    facing = oriented_by_matches(motifs, credible_strands([naming.best for naming in names]))
    turned = [i for i, (motif, before) in enumerate(zip(facing, motifs, strict=True)) if motif is not before]
    if not turned:
        return outcome, names
    again = namings([facing[i].pwm for i in turned], library)
    for i, naming in zip(turned, again, strict=True):
        names[i] = naming
    found = outcome.found._replace(motifs=facing)
    data = outcome.provenance.data
    if data.targets is None:
        together = pairs(data, facing)
    else:
        together = pairs_within(data, facing, outcome.map.network.contrasts)
    measured = outcome.measured._replace(pairs=together)
    return replace(outcome, found=found, measured=measured), names


def write_motif_files(path: Path, pwms: Sequence[Pwm]) -> None:
    """motifs.meme, motifs.jaspar and motifs.transfac of a run folder."""
    write_meme(path / "motifs.meme", pwms)
    write_jaspar(path / "motifs.jaspar", pwms)
    write_transfac(path / "motifs.transfac", pwms)


def motif_rows(outcome: Outcome) -> list[MotifRow]:
    """One line of motifs.tsv a motif, without matches."""
    data, network = outcome.provenance.data, outcome.map.network
    tells = tells_auroc(outcome)
    rows = []
    for channel, motif in enumerate(outcome.found.motifs):
        seen = data.seen_by(network.contrast(channel))
        test = (data.split == TEST) & np.isfinite(seen.labels)
        scores = best_scores(len(data), motif.sites)[test]
        auroc = area_under_roc(seen.labels[test], scores) if tells else None
        share = bound_fraction(seen, motif.sites, TEST)
        row = MotifRow.of(motif.pwm, bound_fraction=share, auroc=auroc, channels=motif.channels)
        label = "" if data.targets is None else data.targets.contrasts[network.contrast(channel)].name
        rows.append(replace(row, label=label))
    started = {start.became: start for start in starts_of(outcome)}
    for i, row in enumerate(rows):
        if start := started.get(row.motif_id):
            rows[i] = replace(row, started_from=start.known.pwm.name, start_likeness=start.likeness)
    return [row.with_effect(effect) for row, effect in zip(rows, outcome.measured.effects, strict=True)]


def counted_carriers(outcome: Outcome, rows: Sequence[MotifRow], sites: pd.DataFrame) -> list[MotifRow]:
    """The rows with how many sequences have each motif, bound and unbound as its label has it."""
    data, network = outcome.provenance.data, outcome.map.network
    counted = []
    for channel, row in enumerate(rows):
        labels = data.seen_by(network.contrast(channel)).labels
        of = (int((labels == value).sum()) for value in (1, 0))
        counted.append(row.with_carriers(carriers(sites, row.motif_id, *of)))
    return counted
