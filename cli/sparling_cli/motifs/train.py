"""``sparling motifs train``: one run, or the same with several seeds."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sparling.locks import locked
from sparling.plurals import counted
from sparling_cli.comparison import compile_comparison
from sparling_cli.options import (
    AlphabetName,
    Background,
    Bed,
    Database,
    DatabaseTaxon,
    Device,
    Exclude,
    Fasta,
    Force,
    Freeze,
    GenomeFile,
    Labels,
    MaxMinutes,
    MaxSamples,
    MostMotifs,
    Negatives,
    Norc,
    Out,
    Quiet,
    Resume,
    Seed,
    Seeds,
    Signal,
    SignalSummary,
    SitesPerSeq,
    Size,
    StartFrom,
    Starting,
    TestChroms,
    Top,
    Verbose,
    Versus,
    Width,
)
from sparling_cli.screen import Screen, resumable


def train(
    fasta: Fasta = None,
    negatives: Negatives = None,
    labels: Labels = None,
    bed: Bed = None,
    genome: GenomeFile = None,
    size: Size = None,
    top: Top = None,
    background: Background = None,
    signal: Signal = None,
    signal_summary: SignalSummary = None,
    exclude: Exclude = None,
    test_chroms: TestChroms = None,
    versus: Versus = None,
    alphabet: AlphabetName = None,
    norc: Norc = None,
    db: Database = None,
    db_taxon: DatabaseTaxon = None,
    motifs: MostMotifs = None,
    sites_per_seq: SitesPerSeq = None,
    start: Starting = None,
    start_from: StartFrom = None,
    freeze: Freeze = None,
    width: Width = None,
    seed: Seed = None,
    seeds: Seeds = None,
    max_minutes: MaxMinutes = None,
    max_samples: MaxSamples = None,
    device: Device = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Learn which motifs make sequences bound, and write matrices, logos, sites and a report."""
    from sparling_cli.checks import check_training, has_audit, has_motifs
    from sparling_genomics.discovery.config import background_of, chromosomes_of

    screen = Screen(quiet, verbose)
    options = {
        "fasta": fasta,
        "negatives": negatives,
        "labels": labels,
        "bed": bed,
        "genome": genome,
        "size": size,
        "top": top,
        "exclude": exclude,
        "signal": signal,
        "signal_summary": signal_summary,
        "test_chroms": None if test_chroms is None else chromosomes_of(test_chroms),
        **background_of(background),
        "db": db,
        "db_taxon": db_taxon,
        "alphabet": alphabet,
        "norc": norc,
        "motifs": motifs,
        "sites_per_seq": sites_per_seq,
        "start": start,
        "start_from": start_from,
        "freeze": freeze,
        "width": width,
        "seed": seed,
        "max_minutes": max_minutes,
        "max_samples": max_samples,
        "device": device,
    }
    if versus is not None:
        from sparling_cli.motifs.versus import train_versus

        train_versus(options, versus, out, seeds, screen, run_seeds, force=force, resume=resume)
        return
    place = check_training(options, out, seeds, force=force, resume=resume)
    with locked(place):
        run_seeds(options, place, seeds, screen, force=force, resume=resume)
    if not has_motifs(place):
        return
    steps = [(["sparling", "motifs", "audit", place], "which ones to believe")] if has_audit(place) else []
    if db is None:
        steps.append((["sparling", "motifs", "match", place, "--db", "DATABASE.meme"], "their names"))
    screen.next_steps(*steps)


def run_seeds(
    options: dict[str, Any], out: Path, seeds: int | None, screen: Screen, *, force: bool, resume: bool
) -> None:
    """``seeds`` runs, the first in ``out``, the others inside it. None: one, or as many as those to be resumed.

    Resumed, what is finished is left as it is.
    """
    screen.say(f"Reading {options.get('fasta') or options.get('bed') or out} …")
    from sparling_cli.checks import has_audit
    from sparling_cli.progress import TrainingDisplay
    from sparling_genomics.runs.companions import remember_number, remembered_number, train_other_seeds
    from sparling_genomics.runs.run_folder import RESULT, RunFolder

    if resume:
        config = RunFolder(out).resumable_config(options)
        seeds = remembered_number(out) if seeds is None else seeds
    number = seeds or 1
    if resume and (out / RESULT).is_file():
        RunFolder(out).check_inputs(config)
        RunFolder(out).remember(config)
        _end(out)
        screen.say(f"The run in {out} is finished, and is left as it is")
    else:
        run(options, out, screen, force=force, resume=resume, seeds=number)
    if number > 1:
        remember_number(out, number)
        screen.say(f"The same with {counted(number - 1, 'more seed')}")
        with _resumable(out), TrainingDisplay(screen, whole="seed") as display:
            lines = train_other_seeds(out, number, _command(), display.begin)
            if has_audit(out):
                from sparling_genomics.audit.running import audit_run

                audit_run(out, _command(), null=False)
        from sparling_cli.summary import print_agreement

        print_agreement(screen, lines)


def _end(out: Path) -> None:
    """Write what an interruption may have kept a run from writing last: its checks, and the report."""
    from sparling_cli.checks import has_audit
    from sparling_genomics.audit.running import audit_run
    from sparling_genomics.pages.report import write_report
    from sparling_genomics.pages.run_files import AUDIT

    if has_audit(out) and not (out / AUDIT).is_file():
        audit_run(out, _command(), null=False)
    else:
        write_report(out)


def run(options: dict[str, Any], out: Path, screen: Screen, *, force: bool, resume: bool, seeds: int = 1) -> Path:
    """One training run with progress on stderr and a summary on stdout; the run folder, which remembers ``seeds``."""
    from sparling_cli.progress import UNKNOWN, TrainingDisplay
    from sparling_genomics.audit.trained import train_and_check
    from sparling_genomics.runs.companions import remember_number
    from sparling_genomics.runs.run_folder import RunFolder
    from sparling_genomics.runs.train import open_run

    folder = RunFolder(out)
    prepared = open_run(folder, options, force=force, resume=resume)
    if seeds > 1 and not resume:
        remember_number(out, seeds)
    data = prepared.data
    known = f"{int(data.labels.sum()):,} of them bound" if data.targets is None else "none of them shuffled"
    screen.say(
        f"{counted(len(data), 'sequence')}, {known}; on {prepared.fabric.device} in {prepared.precision}; "
        f"results in {out}"
    )
    noticed = [f"{counted(number, 'sequence')} {reason}." for reason, number in data.skipped.items()]
    for sentence in (*noticed, *prepared.noticed):
        screen.say(sentence)
    if prepared.library.motifs:
        compile_comparison(screen)
    if prepared.config.start == "seeds" and not prepared.known:
        who = "bound sequences" if data.targets is None else "either end of a column"
        screen.say(f"Looking for words that {who} {'have' if data.targets is None else 'has'} more often")
    whole = "seed" if seeds > 1 else ""
    outlook = replace(UNKNOWN, score="AUROC" if data.targets is None else data.targets.score_name)
    with _resumable(out), TrainingDisplay(screen, outlook, whole) as display:
        outcome = train_and_check(prepared, folder, _command(), display.begin, resume=resume)
    from sparling_cli.summary import print_summary  # tables, not before the training

    print_summary(screen, out, outcome.provenance.seconds)
    return out


def _resumable(out: Path) -> Any:
    return resumable("sparling", "motifs", "train", "--resume", "--out", out)


def _command() -> str:
    return shlex.join(["sparling", *sys.argv[1:]])
