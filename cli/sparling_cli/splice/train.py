"""``sparling splice train``: a network that finds splice sites, and the words it finds them by."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparling.plurals import counted
from sparling_cli.comparison import compile_comparison, tell_few
from sparling_cli.data.names import files_and, taken
from sparling_cli.options import INPUT, RUN, SEARCH, Device, Force, GenomeFile, Quiet, Resume, Seed, Verbose
from sparling_cli.screen import Screen, span
from sparling_cli.splice.check import (
    ANNOTATION,
    Biotype,
    CanonicalSitesOnly,
    Context,
    ForceSites,
    Mask,
    MinIntron,
    StrictNegatives,
    TestChroms,
    TranscriptsOfGene,
    ValidationChroms,
)
from sparling_cli.splice.running import trained

if TYPE_CHECKING:
    from sparling_genomics.runs.run_folder import RunFolder
    from sparling_genomics.splicing.runs.experiment import Prepared, SpliceOutcome
    from sparling_genomics.splicing.universes.measured import UniverseFigures

Channels = Annotated[
    int | None,
    typer.Option(metavar="N", help=r"Motifs at most. \[default: 16]", rich_help_panel=SEARCH),
]
Background = Annotated[
    str | None,
    typer.Option(
        metavar="genes|genome",
        help=r"genome: as many windows again from between genes and from their other strand. \[default: genes]",
        rich_help_panel=SEARCH,
    ),
]
Core = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"What is known of the sites' own letters and passes beside the map: lssi (a small network on 8 letters), "
        r"pwm, maxent:FILE with your own tables, or none, where the map must explain all. \[default: lssi]",
        rich_help_panel=SEARCH,
    ),
]
Database = Annotated[
    Path | None,
    typer.Option(
        "--db",
        metavar="FILE_OR_NAME",
        callback=taken("motifs"),
        autocompletion=files_and("motifs"),
        help="Motif database to name motifs by, of RNA or DNA: read as it stands, on one strand.",
        rich_help_panel=INPUT,
    ),
]
CoreAcceptor = Annotated[
    int | None,
    typer.Option(
        "--core-acceptor",
        metavar="N",
        help=r"Letters of the intron before an acceptor that lssi or pwm sees, 2 to 20 (SAM's): the fewer, the more is "
        r"left to motifs. \[default: 6; pwm 20]",
        rich_help_panel=SEARCH,
    ),
]
Adjust = Annotated[
    Path | None,
    typer.Option(
        "--adjust",
        metavar="FILE_OR_NAME",
        callback=taken("motifs"),
        autocompletion=files_and("motifs"),
        help="Known matrices that channels start from, one each, and may fire only where these score well.",
        rich_help_panel=SEARCH,
    ),
]
DenseTwin = Annotated[
    bool,
    typer.Option(
        "--dense-twin",
        help="Train the same network without a map, too, to compare with; it takes about as long again.",
        rich_help_panel=SEARCH,
    ),
]
Marks = Annotated[
    float | None,
    typer.Option(
        "--marks-per-100nt",
        metavar="X",
        help=r"Marks of all motifs together to end at. \[default: 2.4 beside a core, 4.8 without, more where these do "
        r"not do]",
        rich_help_panel=SEARCH,
    ),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(metavar="X", help=r"Minutes for the trainings. \[default: what they take]", rich_help_panel=RUN),
]
Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Run folder.", rich_help_panel=RUN)]


def train(
    *,
    genome: GenomeFile = None,
    annotation: Annotated[Path | None, ANNOTATION] = None,
    biotype: Biotype = None,
    transcripts: TranscriptsOfGene = None,
    strict_negatives: StrictNegatives = False,
    canonical_sites_only: CanonicalSitesOnly = False,
    mask: Mask = None,
    min_intron: MinIntron = None,
    force_sites: ForceSites = False,
    db: Database = None,
    test_chroms: TestChroms = None,
    validation_chroms: ValidationChroms = None,
    background: Background = None,
    core: Core = None,
    core_acceptor: CoreAcceptor = None,
    adjust: Adjust = None,
    context: Context = None,
    channels: Channels = None,
    marks_per_100nt: Marks = None,
    dense_twin: DenseTwin = False,
    seed: Seed = None,
    out: Out,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Learn where introns begin and end, and by which words; write model, matrices, logos and figures."""
    from sparling.errors import InputError
    from sparling_cli.checks import check_file, check_text
    from sparling_genomics.discovery.config import chromosomes_of

    screen = Screen(quiet, verbose)
    if resume and force:
        raise InputError("--resume and --force exclude each other")
    for name, path in (("genome", genome), ("annotation", annotation)):
        if path is None and not resume:
            raise InputError(f"--{name} is missing")
    check_text("annotation", annotation)
    check_text("mask", mask)
    check_text("adjust", adjust)
    check_text("db", db)
    check_file("genome", genome)
    kind, colon, tables = (core or "").partition(":")
    if colon and kind != "maxent":
        raise InputError(f"only the core maxent has a file of tables, got --core {core}")
    options = {
        "genome": genome,
        "annotation": annotation,
        "test_chroms": None if test_chroms is None else chromosomes_of(test_chroms),
        "validation_chroms": None
        if validation_chroms is None
        else chromosomes_of(validation_chroms, "validation-chroms"),
        "background": background,
        "mask": mask,
        "min_intron": min_intron,
        "force_sites": force_sites or None,
        "biotype": biotype,
        "transcripts": transcripts,
        "strict_negatives": strict_negatives or None,
        "canonical_sites_only": canonical_sites_only or None,
        "core": None if core is None else kind,
        "maxent": Path(tables) if tables else None,
        "core_acceptor": core_acceptor,
        "adjust": adjust,
        "db": db,
        "context": context,
        "channels": channels,
        "marks_per_100nt": marks_per_100nt,
        "dense_twin": dense_twin or None,
        "seed": seed,
        "max_minutes": max_minutes,
        "device": device,
    }
    run(options, out, screen, force=force, resume=resume)


def run(options: dict[str, Any], out: Path, screen: Screen, *, force: bool, resume: bool) -> None:
    """The run with progress on stderr and its result on stdout. Resumed, what is finished is left as it is."""
    screen.say(f"Reading {options.get('annotation') or out} …")
    from sparling_genomics.splicing.runs.experiment import open_run, train_splicing

    def opened(folder: "RunFolder", options: dict[str, Any], *, force: bool, resume: bool) -> "Prepared":
        prepared = open_run(folder, options, force=force, resume=resume)
        if prepared.database:
            compile_comparison(screen)
        return prepared

    done = trained("train", options, out, screen, opened, train_splicing, score="top-k", force=force, resume=resume)
    if done is not None:
        _show(screen, out, *done)
        tell_few(screen, len(done[0].database))


def _error(found: "UniverseFigures") -> str:
    return "–" if found.errors is None else f"{found.errors.mean:.3f}"


def _show(screen: Screen, out: Path, prepared: "Prepared", outcome: "SpliceOutcome") -> None:
    """Motifs, figures and where they lie."""
    from rich.table import Table

    from sparling_genomics.data.splits import TRAIN
    from sparling_genomics.splicing.runs.publish import UNIVERSE

    checked = prepared.checked
    words, best, related = outcome.words, outcome.headline, len(checked.related)
    if words.motifs:
        table = Table("motif", "consensus", box=None, pad_edge=False)
        for name in ("bits", "per 100 nt", "at donors", "at acceptors", "Δ donor", "Δ acceptor"):
            table.add_column(name, justify="right")
        named = any(motif.match for motif in words.motifs)
        for name in ("best match", "q") if named else ():
            table.add_column(name)
        for motif in words.motifs:
            at = [f"{place.share:.0%} at {place.offset:+d}" for place in (motif.donor, motif.acceptor)]
            changes = [f"{change:+.3f}" for change in (motif.donor_change, motif.acceptor_change)]
            figures = (f"{motif.bits:.1f}", f"{motif.marks_per_100nt:.2f}")
            match = (motif.match.target_name, f"{motif.match.q:.1e}") if motif.match else ()
            table.add_row(motif.pwm.name, motif.pwm.consensus(), *figures, *at, *changes, *match)
        screen.show(table)
    else:
        screen.tell(
            "No motif is reported: none is shown to explain more than the GT and AG of introns. Without any of them "
            "sites of the validation side are told as well from positions of their genes with the same two letters. "
            f"What may help: more than {counted(checked.introns(TRAIN), 'intron')} to train on, "
            f"{'more minutes' if prepared.config.core == 'none' else 'more minutes, --core none'}."
        )
    if words.left_out:
        screen.say("Channels left out: " + ", ".join(f"{number} {why}" for why, number in words.left_out.items()) + ".")
    within = outcome.universes[0]
    error = within.errors.mean if within.errors else best.noise
    screen.tell(
        f"Test, {UNIVERSE}: top-k {best.top_k:.3f} ± {error:.3f} "
        f"(donor {best.donor.top_k:.3f}, acceptor {best.acceptor.top_k:.3f}), "
        f"AUPRC {best.donor.auprc:.3f} and {best.acceptor.auprc:.3f}, {outcome.marks_per_100nt:.2f} marks per 100 nt."
    )
    if outcome.baselines:
        others = (f"{name} {found.top_k:.3f} ± {_error(found)}" for name, found in outcome.baselines.items())
        screen.tell(f"At the same positions: {', '.join(others)}.")
    for universe in outcome.universes[1:]:
        part = "" if universe.share == 1 else f", {universe.share:.0%} of it"
        screen.tell(f"Test, {universe.universe.replace('_', ' ')}{part}: top-k {universe.top_k:.3f}.")
    introns = within.introns
    if introns:
        screen.tell(
            f"At P ≥ 0.5 {introns.recall:.0%} of {counted(introns.introns, 'intron')} are right to the base, "
            f"and {introns.whole:.0%} of {counted(introns.genes, 'gene')}."
        )
    if related:
        screen.tell(
            f"With the {counted(related, 'test gene')} like training genes: top-k {outcome.everything.top_k:.3f}."
        )
    screen.line(f"{span(outcome.seconds)}; {outcome.stop_reason}. Report, for a browser: {out / 'report.html'}")
    screen.say(f"Next: sparling splice predict {out}, sparling splice variants {out}; with which files: --help")
