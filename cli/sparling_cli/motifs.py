"""``sparling motifs``: train on sequences, match motifs to a database, audit a run."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from sparling.errors import InputError
from sparling_cli.audit import audit

app = typer.Typer(help="Find motifs in sequences, name them, and check them.", no_args_is_help=True)
app.command()(audit)

Fasta = Annotated[Path | None, typer.Option("--fasta", help="Sequences: FASTA, plain or gzip.")]
Negatives = Annotated[Path | None, typer.Option(help="FASTA of unbound sequences. Default: shuffled copies.")]
Labels = Annotated[Path | None, typer.Option(help="TSV with a header line: name, then a column of 0 and 1.")]
AlphabetName = Annotated[str | None, typer.Option("--alphabet", help=r"dna (both strands) or rna. \[default: dna]")]
Channels = Annotated[int | None, typer.Option("--motifs", help="Upper bound for the number of motifs. Default: none.")]
SitesPerSeq = Annotated[
    float | None, typer.Option(help=r"Sites a bound sequence. \[default: all that are likelier than chance]")
]
Width = Annotated[
    int | None,
    typer.Option(help=r"Receptive field in bp, odd. \[default: 21; RNA 15; at most half of a short sequence]"),
]
Database = Annotated[Path | None, typer.Option("--db", help="Motif database in MEME format, for names.")]
Seed = Annotated[int | None, typer.Option(help=r"Seed of everything random. \[default: 0]")]
Seeds = Annotated[
    int | None, typer.Option(help=r"Runs with different seeds, to see which motifs come back. \[default: 1]")
]
MaxMinutes = Annotated[float | None, typer.Option(help="Minutes for all trainings of a run together.")]
Device = Annotated[str | None, typer.Option(help=r"auto, cpu or cuda. \[default: auto]")]
Out = Annotated[Path | None, typer.Option("--out", help=r"Run folder. \[default: NAME_motifs for NAME.fa]")]
Force = Annotated[bool, typer.Option("--force", help="Replace the run folder if there is one.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the interrupted run in --out.")]


@app.command()
def train(
    fasta: Fasta = None,
    negatives: Negatives = None,
    labels: Labels = None,
    alphabet: AlphabetName = None,
    motifs: Channels = None,
    sites_per_seq: SitesPerSeq = None,
    width: Width = None,
    db: Database = None,
    seed: Seed = None,
    seeds: Seeds = None,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = False,
) -> None:
    """Learn which motifs make sequences bound, and write matrices, logos, sites and a report."""
    options = {
        "fasta": fasta,
        "negatives": negatives,
        "labels": labels,
        "db": db,
        "alphabet": alphabet,
        "motifs": motifs,
        "sites_per_seq": sites_per_seq,
        "width": width,
        "seed": seed,
        "max_minutes": max_minutes,
        "device": device,
    }
    if resume and force:
        raise InputError("--resume and --force exclude each other")
    if out is None:
        if fasta is None:
            raise InputError("--fasta is missing")
        out = Path(f"{fasta.name.removesuffix('.gz').rsplit('.', 1)[0]}_motifs")
    run_seeds(options, out, seeds, force=force, resume=resume)


def run_seeds(options: dict[str, Any], out: Path, seeds: int | None, *, force: bool, resume: bool) -> None:
    """``seeds`` runs, the first in ``out``, the others inside it. None: one, or as many as those to be resumed.

    Resumed, what is finished is left as it is.
    """
    from sparling_cli.progress import TrainingDisplay
    from sparling_cli.summary import print_agreement
    from sparling_genomics.pages.report import write_report
    from sparling_genomics.runs.companions import check_number, remember_number, remembered_number, train_other_seeds
    from sparling_genomics.runs.run_folder import RESULT, RunFolder

    if seeds is not None:
        check_number(seeds)
    if resume:
        config = RunFolder(out).resumable_config(options)
        seeds = remembered_number(out) if seeds is None else seeds
    number = seeds or 1
    if resume and (out / RESULT).is_file():
        RunFolder(out).check_inputs(config)
        write_report(out)  # the last file, which an interruption may have kept from being written
        Console(stderr=True).print(f"The run in {out} is finished, and is left as it is", highlight=False)
    else:
        run(options, out, force=force, resume=resume, seeds=number)
    if number > 1:
        remember_number(out, number)
        console = Console(stderr=True)
        console.print(f"The same with {number - 1} more seed{'s' if number > 2 else ''}", highlight=False)
        with TrainingDisplay(console) as display:
            lines = train_other_seeds(out, number, _command(), display.begin)
        print_agreement(Console(), lines)


def _command() -> str:
    return shlex.join(["sparling", *sys.argv[1:]])


def run(options: dict[str, Any], out: Path, *, force: bool, resume: bool, seeds: int = 1) -> Path:
    """One training run with progress on stderr and a summary on stdout; the run folder, which remembers ``seeds``."""
    from sparling_cli.progress import TrainingDisplay
    from sparling_cli.summary import print_summary
    from sparling_genomics.discovery.config import MotifConfig
    from sparling_genomics.runs.companions import remember_number
    from sparling_genomics.runs.run_folder import RunFolder
    from sparling_genomics.runs.train import prepare, train_motifs

    folder = RunFolder(out)
    if resume:
        config = folder.resumable_config(options)
    else:
        if options.get("fasta") is None:
            raise InputError("--fasta is missing")
        config = MotifConfig.of(options)
        folder.check_free(force)
    prepared = prepare(config)
    if resume:
        folder.check_inputs(config)
    else:
        folder.start(config)
        if seeds > 1:
            remember_number(out, seeds)
    console = Console(stderr=True)
    data = prepared.data
    console.print(
        f"{len(data):,} sequences, {int(data.labels.sum()):,} of them bound; "
        f"on {prepared.fabric.device} in {prepared.precision}; results in {out}",
        highlight=False,
    )
    if prepared.database:
        console.print("The motif comparison is compiled meanwhile (a minute, once a machine).", highlight=False)
        _compile_comparison()
    with TrainingDisplay(console) as display:
        outcome = train_motifs(prepared, folder, _command(), display.begin, resume=resume)
    print_summary(Console(), out, outcome.provenance.seconds)
    return out


def _compile_comparison() -> None:
    """Fill the comparison's cache of compiled code in a process of its own, so that it is ready after training."""
    program = "from sparling_genomics.naming.tomtom import warm_up; warm_up()"
    subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@app.command()
def match(
    source: Annotated[Path, typer.Argument(help="Run folder, or motifs in MEME format.", metavar="RUN_OR_MEME")],
    db: Annotated[Path, typer.Option("--db", help="Motif database in MEME format, plain or gzip.")],
) -> None:
    """Name motifs by their best matches in a database (Tomtom): p, E and q values."""
    from sparling_cli.summary import print_matches
    from sparling_genomics.runs.matching import match_motifs

    print_matches(Console(), *match_motifs(source, db))
