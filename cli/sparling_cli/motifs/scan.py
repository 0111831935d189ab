"""``sparling motifs scan``: where motifs lie in sequences or in a genome."""

from pathlib import Path
from typing import Annotated

import typer

from sparling_cli.data.names import taken
from sparling_cli.options import INPUT, RUN, SEARCH, Bed, GenomeFile, Quiet
from sparling_cli.screen import Screen


def scan(
    source: Annotated[
        Path,
        typer.Argument(
            help="Run folder (its network looks), or a file of motifs: MEME, JASPAR, TRANSFAC, HOMER, or a recipe.",
            metavar="RUN_OR_MEME",
            show_default=False,
            callback=taken("motifs"),
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Hits as BED; with .gz in blocks (bgzip) with an index (tabix). Replaced if it is there.",
            rich_help_panel=RUN,
        ),
    ],
    fasta: Annotated[
        Path | None,
        typer.Option("--fasta", metavar="FILE", help="Sequences to scan, held in memory.", rich_help_panel=INPUT),
    ] = None,
    genome: GenomeFile = None,
    bed: Bed = None,
    matrices: Annotated[
        bool,
        typer.Option("--matrices", help="Scan by the run's matrices, not its network.", rich_help_panel=SEARCH),
    ] = False,
    motif: Annotated[
        list[str] | None,
        typer.Option(
            "--motif",
            metavar="ID",
            help=r"This motif alone; may be given again. \[default: all]",
            rich_help_panel=SEARCH,
        ),
    ] = None,
    pvalue: Annotated[
        float | None,
        typer.Option(
            "--pvalue",
            metavar="P",
            help=r"Hits of at most this P. \[default: 1e-4 for matrices, the network's sites otherwise]",
            rich_help_panel=SEARCH,
        ),
    ] = None,
    background: Annotated[
        str | None,
        typer.Option(
            "--background",
            metavar="NAME",
            help=r"Letters beside which matrices score: scanned, file or uniform. \[default: scanned]",
            rich_help_panel=SEARCH,
            autocompletion=lambda: ["scanned", "file", "uniform"],
        ),
    ] = None,
    norc: Annotated[
        bool, typer.Option("--norc", help="Matrices: the given strand alone.", rich_help_panel=SEARCH)
    ] = False,
    bedgraph: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Scores of the one motif as bedGraph, too.", rich_help_panel=RUN),
    ] = None,
    bigwig: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Scores of the one motif as bigWig, too.", rich_help_panel=RUN),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", help="Processes; the result is the same.", rich_help_panel=RUN)
    ] = 1,
    quiet: Quiet = False,
) -> None:
    """Find the sites of motifs in sequences or a genome: P, q, strand and letters of each, as BED."""
    from sparling_cli.motifs.checks import check_scan

    screen = Screen(quiet)
    source = check_scan(
        source,
        fasta=fasta,
        genome=genome,
        bed=bed,
        matrices=matrices,
        p_value=pvalue,
        background=background,
        norc=norc,
        outputs=(out, bedgraph, bigwig),
        jobs=jobs,
    )
    screen.say(f"Reading {genome or fasta} …")
    from sparling_cli.scan_screen import ScanProgress, print_summary
    from sparling_genomics.scan.request import Outputs, ScanRequest, scan_to_files

    request = ScanRequest(
        source=source,
        fasta=fasta,
        genome=genome,
        bed=bed,
        matrices=matrices,
        motifs=tuple(motif or ()),
        p_value=pvalue,
        background=background or "scanned",  # type: ignore[arg-type]
        both_strands=not norc,
        jobs=jobs,
    )
    with ScanProgress(screen) as progress:
        summary = scan_to_files(request, Outputs(out, bedgraph, bigwig), progress.watch)
    print_summary(screen, summary, [path for path in (out, bedgraph, bigwig) if path is not None])
