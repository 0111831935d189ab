"""A finished search becomes a run folder: every file of it, ``run.json`` last and the report after it."""

import math
import platform
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sparling.training.checkpoint import write_json
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.data.genomic import Matching
from sparling_genomics.data.splits import SPLIT_NAMES
from sparling_genomics.data.targets import Targets
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.outcome import Outcome, SeedFate
from sparling_genomics.discovery.seeds import Seed
from sparling_genomics.discovery.training import Trained
from sparling_genomics.files.motif_files import write_jaspar, write_meme, write_transfac
from sparling_genomics.files.rows import Effect, MotifRow
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
from sparling_genomics.motifs.places import bed_places
from sparling_genomics.motifs.site_table import carriers, site_table
from sparling_genomics.naming.library import Library
from sparling_genomics.naming.match_table import write_matches
from sparling_genomics.naming.names import Naming, called, credible_strands, named, namings, site_names
from sparling_genomics.naming.taxa import fitted
from sparling_genomics.network.motif_network import readout_of, sparsity_of
from sparling_genomics.pages.logo import draw_logo
from sparling_genomics.pages.parts.headline import headline
from sparling_genomics.pages.report import write_report
from sparling_genomics.pages.run_files import START, Run
from sparling_genomics.peaks.silenced import sequence_predictions
from sparling_genomics.peaks.table import BOUND_FASTA, PEAKS, peak_table, write_bound_fasta, write_peaks_tsv
from sparling_genomics.runs.could_show import could_show
from sparling_genomics.runs.known_starts import starts_of
from sparling_genomics.runs.run_folder import FORMAT, RESULT, input_files
from sparling_genomics.tasks.binary import auroc_tells
from sparling_genomics.tasks.ranking import area_under_roc

PACKAGES = ("sparling-genomics", "torch", "lightning-fabric", "numpy", "memelite")


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
    write_motif_files(path, called(pwms, names))
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


def tells_auroc(outcome: Outcome) -> bool:
    """Whether the test side says how well bound and unbound sequences are told apart; several labels are, each."""
    if outcome.provenance.data.targets is not None:
        return True
    return auroc_tells(*test_classes(outcome.provenance.data)) and not math.isnan(outcome.measured.auroc)


def test_classes(data: SequenceDataset) -> tuple[int, int]:
    """Bound and unbound sequences of the test side."""
    labels = data.labels[data.indices(TEST)]
    return int(labels.sum()), int((labels == 0).sum())


def run_json(
    config: MotifConfig,
    outcome: Outcome,
    rows: list[MotifRow],
    command: str,
    started: str,
    noticed: Sequence[str],
    matching: Matching | None = None,
) -> dict[str, Any]:
    """The content of run.json."""
    found, made, measured, source = outcome.found, outcome.map, outcome.measured, outcome.provenance
    data = source.data
    copies = len(data) - len(source.given)
    bound, unbound = test_classes(data)
    tells = tells_auroc(outcome)
    several = data.targets is not None
    score = "score" if several else "auroc"
    interval = [measured.auroc_low, measured.auroc_high]
    places = bed_places(data)
    budgets = sparsity_of(made.model).budgets.tolist()
    return {
        "format": FORMAT,
        "command": command,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "seed": config.seed,
        "device": source.device,
        "precision": source.precision,
        "seconds": round(source.seconds, 2),
        "started": started,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "stop_reason": source.trainings[0].progress.stop_reason
        if source.trainings
        else "too few sequences to train on",
        "message": message(outcome),
        "data": input_files(config)
        | {f"n_{SPLIT_NAMES[side]}": int((data.split == side).sum()) for side in (TRAIN, VALIDATION, TEST)}
        | {
            "bound": int(data.labels.sum()),
            "lengths": {
                "min": int(data.lengths.min()),
                "median": float(np.median(data.lengths)),
                "max": int(data.lengths.max()),
            },
            "negatives_used": "shuffled" if copies else matching.background if matching else "given",
            "background": matching.background_said() if matching else against(copies),
            "matching": matching and matching.as_json(),
            "columns": [column._asdict() for column in data.targets.columns] if data.targets else [],
            "shuffled_copies": copies,
            "skipped": data.skipped,
            "noticed": [*noticed, places.sentence()],
        },
        "config": config.model_dump(mode="json"),
        "receptive_field": made.network.width,
        "metrics": {
            "auroc": measured.auroc if tells and not several else None,
            "auroc_standard_error": measured.auroc_error if tells and not several else None,
            "auroc_interval": interval if tells and not any(map(math.isnan, interval)) else None,
            "auprc": measured.auprc if tells and not several else None,
            "auroc_reason": "" if tells else f"{bound} bound and {unbound} unbound test sequences tell nothing",
            "columns": [each._asdict() for each in measured.columns],
            "bed": {"holds": places.holds, "located": places.located, "bound": places.bound},
            "density": measured.density,
            "sites_per_sequence": measured.sites_per_sequence,
            "samples": sum(each.progress.samples for each in source.trainings),
            "motifs": [
                {name: getattr(row, name) for name in ("motif_id", "consensus", "n_sites", "bound_fraction", "auroc")}
                | {name: getattr(row, name) for name in Effect._fields}
                | {"first": motif.first, "flipped": motif.flipped, "palindromic": row.palindromic}
                | {"budget": budget_json(outcome, budgets[motif.channels[0]])}
                for row, motif in zip(rows, found.motifs, strict=True)
            ],
            "listed_from": made.whole.from_score.tolist(),
            "marks_a_site": made.density,
            "could_show": could_show(config, outcome),
            "seeds": [seed_json(each.seed, each, data.targets) for each in found.seeds if isinstance(each.seed, Seed)],
            "known": [start.json() for start in starts_of(outcome)],
            "dropped": [
                {"channels": list(d.channels), "consensus": d.consensus, "reason": d.reason} | counts_json(d.pwm)
                for d in found.dropped
            ],
            "trainings": [training_json(each, score) for each in source.trainings],
        },
    }


def against(copies: int) -> str:
    """What bound sequences are compared with, where their unbound ones are no windows of a genome."""
    return "dinucleotide-shuffled copies" if copies else "the unbound sequences given"


def budget_json(outcome: Outcome, density: float) -> dict[str, Any]:
    """A channel's budget: ``density``, and marks on the training side (None where nothing was trained)."""
    data = outcome.provenance.data
    both = 2 if data.targets is None else 1  # of several labels the sample is all of the training side
    letters = both * int(data.lengths[(data.split == TRAIN) & (data.labels == 1)].sum())
    return {"density": density, "marks": round(density * letters) if outcome.provenance.trainings else None}


def seed_json(seed: Seed, fate: SeedFate, targets: Targets | None) -> dict[str, Any]:
    """A seed and what became of it; numbers are of the training side."""
    return {
        "word": seed.word,
        "label": "" if targets is None else targets.contrasts[seed.contrast].name,
        "log10_e": round(seed.log10_e, 2),
        "bound_with_word": seed.with_word[0],
        "unbound_with_word": seed.with_word[1],
        "marks": seed.marks,
        "training": fate.added,
        "became": fate.became,
    }


def counts_json(pwm: Pwm | None) -> dict[str, Any]:
    """The matrix of a candidate that was left out, where it has columns."""
    return {} if pwm is None or not pwm.width else {"counts": pwm.counts.round(2).tolist(), "n_sites": pwm.n_sites}


def training_json(each: Trained, score: str) -> dict[str, Any]:
    """One training and its accuracy at each density, on the validation side, under the name of that ``score``."""
    return {
        "title": each.title,
        "channels": each.network.channels,
        "samples": each.progress.samples,
        "seconds": round(each.progress.seconds, 2),
        "stop_reason": each.progress.stop_reason,
        "evaluations": [
            {"phase": point.phase, "density": point.density, score: point.score} for point in each.evaluations
        ],
    }


def message(outcome: Outcome) -> str:
    """Why nothing was found, in one sentence."""
    auroc, error, dropped = outcome.measured.auroc, outcome.measured.auroc_error, outcome.found.dropped
    bound, unbound = test_classes(outcome.provenance.data)
    if outcome.provenance.data.targets is not None:
        return "No motif holds, of any label or value."
    if not tells_auroc(outcome):
        return f"No motif holds; {bound} bound and {unbound} unbound test sequences are too few to tell."
    quality = f"test AUROC {auroc:.3f} ± {error:.3f}"
    if auroc - 0.5 < 2 * error:
        return f"No motif: bound and unbound sequences cannot be told apart ({quality}, 0.5 is chance)."
    reasons = Counter(each.reason.split(" (")[0] for each in dropped).most_common(1)
    why = f"; {reasons[0][1]} of {len(dropped)} candidates: {reasons[0][0]}" if reasons else ""
    return f"No motif holds, though the model separates the sequences somewhat ({quality}){why}."
