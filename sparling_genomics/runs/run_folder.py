"""The run folder: made only after all input was read, refused where something else is in the way, filled file by file.

``run.json`` is written last: a folder that has it is complete.
"""

import hashlib
import platform
import shutil
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from sparling.errors import InputError
from sparling.training.checkpoint import read_json, write_json
from sparling.training.folders import check_free, make_empty
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.data.splits import SPLIT_NAMES
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.rounds import Round
from sparling_genomics.files.motif_files import write_jaspar, write_meme, write_transfac
from sparling_genomics.files.tables import (
    SITE_COLUMNS,
    MotifRow,
    write_motifs_tsv,
    write_pairs_tsv,
    write_sites_bed,
    write_sites_tsv,
)
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.effects import Effect
from sparling_genomics.motifs.motif import Motif, best_scores, bound_fraction
from sparling_genomics.naming.tomtom import tomtom
from sparling_genomics.pages.logo import draw_logo
from sparling_genomics.pages.report import write_report

if TYPE_CHECKING:
    from sparling_genomics.discovery.experiment import Outcome

CONFIG, INPUTS, BEGUN, RESULT = "config.toml", "inputs.json", "begun.json", "run.json"
INPUT_OPTIONS = ("fasta", "negatives", "labels", "db")
PACKAGES = ("sparling-genomics", "torch", "lightning-fabric", "numpy", "memelite")


class RunFolder:
    """A folder that holds, or will hold, one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def config_path(self) -> Path:
        """Where the configuration lies; what has it is a run folder."""
        return self.path / CONFIG

    def check_free(self, force: bool) -> None:
        """Raise ``InputError`` unless a run may be started here; nothing is touched."""
        check_free(self.path, CONFIG, force)

    def start(self, config: MotifConfig) -> None:
        """Make the folder, empty but for the configuration. Raises ``InputError`` where an input would go with it."""
        for name, path in input_paths(config).items():
            if path.resolve().is_relative_to(self.path.resolve()):
                raise InputError(f"--{name} lies in --out, which is emptied before the run: {path}")
        make_empty(self.path)
        self.remember(config)

    def remember(self, config: MotifConfig) -> None:
        """Write the configuration and the checksums of its files."""
        try:
            config.write(self.config_path)
            write_json(self.path / INPUTS, input_files(config))
        except OSError as error:
            raise InputError(f"--out cannot be written ({error.strerror}): {self.path}") from error

    def begin(self, command: str) -> tuple[str, str]:
        """The command that began the run and when (ISO 8601): this one, now, unless one has begun it before."""
        if (self.path / BEGUN).is_file():
            begun = read_json(self.path / BEGUN)
        else:
            begun = {"command": command, "started": datetime.now(UTC).isoformat(timespec="seconds")}
            write_json(self.path / BEGUN, begun)
        return str(begun.get("command", command)), str(begun.get("started", ""))

    def resumable_config(self, options: dict[str, Any]) -> MotifConfig:
        """The configuration to go on with. Raises ``InputError`` if there is none or ``options`` contradict it."""
        if not self.config_path.is_file():
            raise InputError(f"no run to resume, {CONFIG} is missing: {self.path}")
        config = MotifConfig.read(self.config_path)
        config.check_same(options)
        return config

    def check_inputs(self, config: MotifConfig) -> None:
        """Raise ``InputError`` if a file is not the one that the run was started with, wherever it lies now."""
        before = read_json(self.path / INPUTS)
        for name, file in input_files(config).items():
            known = before.get(name, {})
            if known.get("sha256") != file["sha256"]:
                was = "" if known.get("path") in (None, file["path"]) else f", when it was {known['path']}"
                raise InputError(f"--{name} has changed since the run was started{was}: {file['path']}")


def write_results(
    folder: RunFolder, config: MotifConfig, outcome: "Outcome", command: str, started: str, database: list[Pwm]
) -> None:
    """Every file of a finished run, run.json last and the report after it."""
    path = folder.path
    pwms = [motif.pwm for motif in outcome.motifs]
    rows = with_matches(motif_rows(outcome), pwms, database)
    sites = site_table(outcome.data, outcome.motifs)
    given = sites["sequence"].isin(outcome.given)
    write_meme(path / "motifs.meme", pwms)
    write_jaspar(path / "motifs.jaspar", pwms)
    write_transfac(path / "motifs.transfac", pwms)
    write_motifs_tsv(path / "motifs.tsv", rows)
    write_pairs_tsv(path / "pairs.tsv", outcome.pairs)
    write_sites_bed(path / "sites.bed", sites[given])
    write_sites_tsv(path / "sites.tsv.gz", sites)
    logos = path / "logos"
    shutil.rmtree(logos, ignore_errors=True)
    logos.mkdir()
    for pwm in pwms:
        draw_logo(pwm, logos / f"{pwm.name}.svg", logos / f"{pwm.name}.png")
    result = run_json(config, outcome, rows, command, started)
    write_json(path / RESULT, result)
    write_report(path)


def motif_rows(outcome: "Outcome") -> list[MotifRow]:
    """One line of motifs.tsv a motif, without matches."""
    data = outcome.data
    test = data.split == TEST
    rows = []
    for motif in outcome.motifs:
        auroc = float(roc_auc_score(data.labels[test], best_scores(len(data), motif.sites)[test]))
        share = bound_fraction(data, motif.sites)
        rows.append(MotifRow.of(motif.pwm, bound_fraction=share, auroc=auroc, channels=motif.channels))
    return [row.with_effect(effect) for row, effect in zip(rows, outcome.effects, strict=True)]


def with_matches(rows: list[MotifRow], pwms: list[Pwm], database: list[Pwm]) -> list[MotifRow]:
    """The rows with the best match of each motif in ``database``; as they are where it is empty."""
    if not database or not pwms:
        return rows
    found = tomtom(pwms, database, reverse_complement=pwms[0].alphabet.double_stranded, keep=1)
    return [row.with_match(matches[0] if matches else None) for row, matches in zip(rows, found, strict=True)]


def site_table(data: SequenceDataset, motifs: list[Motif]) -> pd.DataFrame:
    """Every site of every motif, in order of motif, sequence and start; columns ``SITE_COLUMNS``."""
    parts = []
    for motif in motifs:
        start, end = motif.intervals(data)
        sites = motif.sites
        strand = np.where(sites.reverse, "-", "+")
        genome = [_on_genome(data, *place) for place in zip(sites.sequence, start, end, strand, strict=True)]
        part = pd.DataFrame(
            {
                "motif_id": motif.pwm.name,
                "sequence": [data.names[i] for i in sites.sequence],
                "start": start,
                "end": end,
                "strand": strand,
                "score": sites.score,
                "label": data.labels[sites.sequence].astype(int),
                "split": [SPLIT_NAMES[side] for side in data.split[sites.sequence]],
            }
        )
        part[list(SITE_COLUMNS[8:])] = pd.DataFrame(genome, part.index, SITE_COLUMNS[8:], dtype=object)
        parts.append(part[end > start])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({c: [] for c in SITE_COLUMNS}, dtype=object)


def _on_genome(data: SequenceDataset, index: int, start: int, end: int, strand: str) -> tuple[Any, ...]:
    interval = data.intervals[index]
    if interval is None or end <= start:
        return (None, None, None, None)
    place = interval.project(int(start), int(end), strand)
    return (place.chrom, place.start, place.end, place.strand)


def run_json(
    config: MotifConfig, outcome: "Outcome", rows: list[MotifRow], command: str, started: str
) -> dict[str, Any]:
    """The content of run.json."""
    data = outcome.data
    copies = len(data) - len(outcome.given)
    return {
        "command": command,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "seed": config.seed,
        "device": outcome.device,
        "precision": outcome.precision,
        "seconds": round(outcome.seconds, 2),
        "started": started,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "stop_reason": outcome.rounds[0].progress.stop_reason,
        "message": message(outcome, rows),
        "data": input_files(config)
        | {f"n_{SPLIT_NAMES[side]}": int((data.split == side).sum()) for side in (TRAIN, VALIDATION, TEST)}
        | {
            "bound": int(data.labels.sum()),
            "lengths": {
                "min": int(data.lengths.min()),
                "median": float(np.median(data.lengths)),
                "max": int(data.lengths.max()),
            },
            "negatives_used": "shuffled" if copies else "given",
            "shuffled_copies": copies,
            "skipped": data.skipped,
        },
        "config": config.model_dump(mode="json"),
        "receptive_field": outcome.network.width,
        "metrics": {
            "auroc": outcome.auroc,
            "auroc_standard_error": outcome.auroc_error,
            "auprc": outcome.auprc,
            "density": outcome.density,
            "target_density": outcome.rounds[0].progress.annealing.density,
            "sites_per_sequence": outcome.sites_per_sequence,
            "samples": sum(each.progress.samples for each in outcome.rounds),
            "motifs": [
                {name: getattr(row, name) for name in ("motif_id", "consensus", "n_sites", "bound_fraction", "auroc")}
                | {name: getattr(row, name) for name in Effect._fields}
                for row in rows
            ],
            "tested": outcome.tested,
            "listed_from": outcome.listed_from.tolist(),
            "shift": outcome.shift,
            "tradeoff": [step._asdict() for step in outcome.steps],
            "dropped": [
                {"channels": list(d.channels), "consensus": d.consensus, "reason": d.reason} for d in outcome.dropped
            ],
            "rounds": [round_json(each) for each in outcome.rounds],
        },
    }


def round_json(each: Round) -> dict[str, Any]:
    """What one round found, and in how much time."""
    return {
        "found": [motif.pwm.consensus() for motif in each.motifs],
        "found_again": [motif.pwm.consensus() for motif in each.known],
        "dropped": [f"{d.consensus}: {d.reason}" for d in each.dropped],
        "auroc": each.auroc,
        "target_density": each.progress.annealing.density,
        "samples": each.progress.samples,
        "seconds": round(each.progress.seconds, 2),
    }


def message(outcome: "Outcome", rows: list[MotifRow]) -> str:
    """One sentence on what was found, or why nothing was."""
    quality = f"test AUROC {outcome.auroc:.3f} ± {outcome.auroc_error:.3f}"
    if not rows:
        if outcome.auroc - 0.5 < 2 * outcome.auroc_error:
            return f"No motif: bound and unbound sequences cannot be told apart ({quality}, 0.5 is chance)."
        reasons = Counter(dropped.reason.split(" (")[0] for dropped in outcome.dropped).most_common(1)
        why = f"; {reasons[0][1]} of {len(outcome.dropped)} candidates: {reasons[0][0]}" if reasons else ""
        return f"No motif holds, though the model separates the sequences somewhat ({quality}){why}."
    first = rows[0]
    name = f", {first.match_name}" if first.match_name and (first.match_q or 0) < 0.05 else ""
    count = "One motif" if len(rows) == 1 else f"{len(rows)} motifs"
    return f"{count} found; the most common is {first.consensus} ({first.n_sites:,} sites{name}); {quality}."


def input_files(config: MotifConfig) -> dict[str, dict[str, str]]:
    """`file_record` of every file the run reads, by option."""
    return {name: file_record(path) for name, path in input_paths(config).items()}


def input_paths(config: MotifConfig) -> dict[str, Path]:
    """Every file the run reads, by option."""
    paths = {name: getattr(config, name) for name in INPUT_OPTIONS}
    return {name: path for name, path in paths.items() if path is not None}


def file_record(path: Path) -> dict[str, str]:
    """Path and SHA-256 of a file. Raises ``InputError`` where it cannot be read."""
    try:
        with path.open("rb") as handle:
            return {"path": str(path), "sha256": hashlib.file_digest(handle, "sha256").hexdigest()}
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}): {path}") from error
