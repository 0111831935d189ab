"""``sparling motifs audit``, and the cheap checks that every training ends with: both write audit.json and the report.

The file holds figures, checks and verdict of each motif; the report shows them.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sparling.locks import locked
from sparling.training.checkpoint import write_json
from sparling.training.trainer import Watch
from sparling_genomics.audit import checks, verdicts
from sparling_genomics.audit.audit import Audit, NullRun, measure, or_none
from sparling_genomics.audit.words import findings, headline
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.motifs.effects import CLASS_CUT
from sparling_genomics.motifs.evidence import evidence
from sparling_genomics.pages.report import write_report
from sparling_genomics.pages.run_files import AUDIT
from sparling_genomics.runs.companions import AGREEMENT, NULL_RUN, read_agreement, train_null
from sparling_genomics.runs.finished import FinishedRun, load_finished, load_stored, with_sequences
from sparling_genomics.runs.run_folder import RESULT


def check(path: Path, data: SequenceDataset) -> Audit:
    """`audit_run` of a run that has just ended on these sequences, without a null run."""
    return _audited(with_sequences(load_stored(path), data), None)


def audit_run(
    path: Path,
    command: str,
    null: bool = True,
    watch: Watch | None = None,
    say: Callable[[str], None] = lambda _: None,
    moved: Mapping[str, Path] = MappingProxyType({}),
) -> Audit:
    """Audit the finished run in ``path``; write audit.json into it, and its report anew.

    With ``null`` a run on shuffled sequences is trained too, unless it is there (`train_null`); ``say`` hears what is
    being done; ``moved`` says where an input file lies by now. Raises ``InputError`` as `load_finished` does,
    ``InUse`` where another process writes into the run, `Interrupted` on Ctrl-C in the null run, state saved.
    """
    with locked(path):
        say("Reading the run and its sequences")
        run = load_finished(path, moved)
        run.check_bound("the audit")
        if null and run.motifs:
            minutes = float(run.info.get("seconds") or 0) / 60
            say(f"Null run on shuffled sequences; the run itself took {minutes:.1f} min, this takes about as long")
            train_null(path, run.data, command, watch)
        say("Looking at the map")
        return _audited(run, _null(path / NULL_RUN))


def _audited(run: FinishedRun, null: NullRun | None) -> Audit:
    path = run.path
    agreed = read_agreement(path / AGREEMENT) if (path / AGREEMENT).exists() else []
    audit = measure(run, agreed, null)
    write_json(path / AUDIT, as_json(audit))
    write_report(path)
    return audit


def _null(folder: Path) -> NullRun | None:
    """What a null run has found; None where there is none, or it is not finished."""
    if not (folder / RESULT).is_file():
        return None
    run = load_finished(folder)
    e = [evidence(run.data, motif.sites, TEST).p * run.tested for motif in run.motifs]
    consensus = [row.consensus for row in run.rows]
    return NullRun(str(folder), consensus, e, float(run.info.get("seconds") or 0))


def as_json(audit: Audit) -> dict[str, Any]:
    """The content of audit.json: figures and verdict a motif, and the thresholds of the rule."""
    said = vars(checks) | vars(verdicts)
    rule = {name.lower(): value for name, value in said.items() if name.isupper() and isinstance(value, int | float)}
    motifs = []
    for figures, each in zip(audit.figures, audit.verdicts, strict=True):
        content = asdict(figures)
        for name in ("transplant", "dependence"):
            value = getattr(figures, name)
            content[name] = None if value is None else {k: or_none(v) for k, v in value._asdict().items()}
        words = {"verdict": each.text, "doubts": list(each.doubts), "notes": list(each.notes)}
        motifs.append(content | words | {"checks": [check._asdict() for check in each.checks]})
    return {
        "run": audit.run,
        "headline": headline(audit),
        "findings": [finding._asdict() for finding in findings(audit)],
        "held_out": audit.held_out,
        "class_cut_logit": CLASS_CUT,
        "thresholds": rule,
        "motifs": motifs,
        "overlap": audit.overlap,
        "swapped_predictions_kept": audit.swapped,
        "moved_in_map_kept": audit.moved_kept,
        "moved_in_map_by_construction": True,
        "null": None if audit.null is None else asdict(audit.null),
    }
