"""run.json: what was asked, what was read, how the search went, and what it measured."""

import math
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.data.genomic import Matching
from sparling_genomics.data.splits import SPLIT_NAMES
from sparling_genomics.data.targets import Targets
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.outcome import Outcome, SeedFate
from sparling_genomics.discovery.seeds import Seed
from sparling_genomics.discovery.training import Trained
from sparling_genomics.files.rows import Effect, MotifRow
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.places import bed_places
from sparling_genomics.network.motif_network import sparsity_of
from sparling_genomics.runs.could_show import could_show
from sparling_genomics.runs.known_starts import starts_of
from sparling_genomics.runs.run_folder import FORMAT, input_files
from sparling_genomics.tasks.binary import auroc_tells

PACKAGES = ("sparling-genomics", "torch", "lightning-fabric", "numpy", "memelite")


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
