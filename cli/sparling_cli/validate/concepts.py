"""``sparling validate concepts`` on the screen: its trainings as they go, then every one beside what is published."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from sparling.errors import Interrupted
from sparling_cli.screen import Screen, resumable, span
from sparling_cli.validate.running import Place

if TYPE_CHECKING:
    from sparling.validation.run import Run
    from sparling.worlds.concepts.result import ConceptsResult
    from sparling.worlds.concepts.world import ConceptsWorld

SCORE = "1 − NMSE"


def validate_concepts(
    place: "Place[ConceptsWorld]", screen: Screen, preset: str | None, seed: int | None, max_minutes: float | None
) -> None:
    """Start the run of these options, or go on with it, to its report and its figures."""
    from sparling.locks import locked

    run, folder = place.run({"preset": preset}, seed, max_minutes)
    with locked(folder):
        _carry_out(place, screen, run, folder)


def _carry_out(place: "Place[ConceptsWorld]", screen: Screen, run: "Run[ConceptsWorld]", folder: Path) -> None:
    from sparling.training.devices import choose_fabric
    from sparling.worlds.concepts.flow import validate
    from sparling.worlds.concepts.report import write_report
    from sparling_cli.progress import UNKNOWN, TrainingDisplay

    fabric, precision = choose_fabric(place.device or "auto", "float32")
    if place.resume:
        run.write(folder)
    else:
        run.start(folder)
    screen.say(f"{run.world.in_words}; on {fabric.device} in {precision}; results in {folder}")
    outlook = replace(UNKNOWN, score=SCORE, unit="samples")
    with resumable("sparling", "validate", place.kind.command, "--resume", "--out", folder):
        with TrainingDisplay(screen, outlook) as display:
            result = validate(run, fabric, folder, display.begin)
        try:
            report = write_report(folder)
        except KeyboardInterrupt as error:
            raise Interrupted(f"stopped while the report was drawn; all else is in {folder}") from error
    print_concepts(screen, result, report)


def print_concepts(screen: Screen, result: "ConceptsResult", report: Path) -> None:
    """Every training, below it what was published, and one sentence."""
    from sparling.worlds.concepts import words
    from sparling.worlds.concepts.published import PUBLISHED

    table = Table(box=None, pad_edge=False)
    titles = ("", "k", "alive %", "mixed %", "Jaccard", "R@1 %", "recall %", "precision %", "self NMSE", "cross NMSE")
    for title in titles:
        table.add_column(title, justify="right" if title else "left")
    for each in result.found:
        shares = (each.alive, each.mixed, each.at_one, each.mean_recall, each.mean_precision)
        alive, mixed, at_one, recall, precision = (f"{100 * share:.1f}" for share in shares)
        errors = (f"{each.own_error:.3f}", f"{each.cross_error:.3f}")
        table.add_row(
            each.title, str(each.k), alive, mixed, f"{each.jaccard[-1]:.2f}", at_one, recall, precision, *errors
        )
        published = PUBLISHED.get((each.choice, each.cross))
        if published is not None and each.k == result.found[0].k:
            known = (f"{100 * published.alive:.1f}", f"{100 * published.mixed:.1f}", f"{published.jaccard:.2f}")
            table.add_row("  published", "64", *known)
    screen.show(table)
    for line in (
        words.ABOUT,
        *(f"{order.says}: {order.here}" + ("." if order.holds else f", not so here. {order.why}".rstrip())
          for order in words.orders(result)),
        f"{len(result.found)} trainings in {span(result.seconds)}.",
        words.verdict(result),
        f"Report: {report}",
    ):  # fmt: skip
        screen.line(line)
