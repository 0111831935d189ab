"""``sparling motifs compare``: the motifs of several runs side by side."""

from pathlib import Path
from typing import Annotated

import typer

from sparling_cli.options import RUN, Quiet
from sparling_cli.screen import Screen

Runs = typer.Argument(help="Folders of finished runs, two or more.", metavar="RUN...", show_default=False)
OutFolder = typer.Option("--out", metavar="FOLDER", help="Folder of results.", rich_help_panel=RUN)
ForceFolder = typer.Option("--force", help="Replace the folder of results if there is one.", rich_help_panel=RUN)


def compare(
    runs: Annotated[list[Path], Runs],
    out: Annotated[Path, OutFolder] = Path("compare"),
    force: Annotated[bool, ForceFolder] = False,
    quiet: Quiet = False,
) -> None:
    """Lay the motifs of several runs side by side: over seeds, factors or conditions, what comes and goes."""
    from sparling_cli.checks import check_outside, check_results, check_run
    from sparling_genomics.compare.places import check_several

    screen = Screen(quiet)
    check_several(runs)
    places = [check_run(run) for run in runs]
    check_results(out, "compare.tsv", force)
    for place in places:
        check_outside(out, {"run": place})
    screen.say(f"Reading {len(places)} runs …")
    from sparling_genomics.compare.flow import PAGE, compare_runs, write_comparison
    from sparling_genomics.compare.words import member_motifs, name_of, told

    comparison = compare_runs(places)
    write_comparison(comparison, out)
    screen.tell(told(comparison.groups, comparison.runs))
    for group in comparison.groups:
        motifs = member_motifs(group, comparison.runs)
        where = ", ".join(
            f"{comparison.runs[member.run].name} {motif.row.motif_id}"
            for member, motif in zip(group.members, motifs, strict=True)
        )
        screen.tell(f"  {name_of(group, comparison.runs)}: {where}")
    screen.line(f"Page: {out / PAGE}")
