"""All worlds one after the other: a folder with a run folder each, and one table of all at the end."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from sparling.errors import InputError, NothingToResume, SettingDiffers
from sparling_cli.screen import Screen, resumable, span
from sparling_cli.validate.kinds import KINDS, Kind
from sparling_cli.validate.running import carry_out, draw_report

if TYPE_CHECKING:
    from sparling.validation.result import ValidationResult
    from sparling.validation.run import Run
    from sparling.validation.world import World

MARKER = "validations-config.json"
"""The file by which the folder is known: preset and seed of all."""
COLUMNS = ("FPE", "FNE", "CE", "CE many", "E2EE", "exact match")
"""Figures of the table, by their name in any of the worlds."""


@dataclass(frozen=True)
class Together:
    """Where all worlds are to be run, and whether that was begun already."""

    out: Path | None
    device: str | None
    force: bool
    resume: bool

    def open(self, quiet: bool, verbose: bool) -> Screen:
        """The screen. Raises ``InputError`` for what can be seen before anything heavy is imported."""
        from sparling.training.folders import check_free
        from sparling_cli.checks import check_device

        screen = Screen(quiet, verbose)
        if self.resume and self.force:
            raise InputError("--resume and --force exclude each other")
        check_device(self.device)
        if self.out is not None and not self.resume:
            check_free(self.out, MARKER, self.force)
        screen.say(f"Preparing {', '.join(kind.command for kind in KINDS)} …")
        return screen

    def validate(
        self,
        screen: Screen,
        preset: str | None,
        seed: int | None,
        max_minutes: float | None,
        max_samples: int | None,
    ) -> None:
        """Run every world that is not finished, and print the figures of all."""
        from sparling.locks import locked
        from sparling.training.checkpoint import write_json
        from sparling.training.folders import check_free, make_empty

        folder = Path(f"validation_{preset or 'quick'}_{seed or 0}") if self.out is None else self.out
        if self.resume:
            config = _config(folder, preset, seed)
        else:
            config = {"preset": preset or "quick", "seed": seed or 0}
            check_free(folder, MARKER, self.force)
        with locked(folder):
            runs = [_run(kind, folder / kind.command, config, max_minutes, max_samples) for kind in KINDS]
            if not self.resume:
                make_empty(folder, MARKER)
                write_json(folder / MARKER, config)
            results = [
                (run.world, self._result(screen, run, folder, kind)) for run, kind in zip(runs, KINDS, strict=True)
            ]
        print_all(screen, results)
        screen.line(f"Reports: {folder / '*' / 'report.html'}")

    def _result(self, screen: Screen, run: "Run[World]", folder: Path, kind: "Kind[World]") -> "ValidationResult":
        """What a world came to: of a run that was measured what its folder says, and its report if that is missing."""
        from sparling.validation.report import REPORT, evidence_of
        from sparling.validation.result import RESULT
        from sparling.validation.run import CONFIG

        place = folder / kind.command
        if (place / RESULT).is_file():
            screen.say(f"{kind.command}: finished already, {place}")
            if not (place / REPORT).is_file():
                with resumable("sparling", "validate", "all", "--resume", "--out", folder):
                    draw_report(place, run.world)
            return evidence_of(place, run.world).result
        screen.say(kind.beginning)
        return carry_out(screen, run, place, self.device, (place / CONFIG).is_file(), "all", folder)


def _config(folder: Path, preset: str | None, seed: int | None) -> dict[str, Any]:
    """Preset and seed with which all was begun. Raises ``InputError`` where nothing was, or with others."""
    from sparling.training.checkpoint import read_json

    path = folder / MARKER
    if not path.is_file():
        raise NothingToResume(folder, MARKER)
    config = read_json(path)
    if not isinstance(config.get("preset"), str) or not isinstance(config.get("seed"), int):
        raise InputError(f"not the configuration of all worlds, it lacks preset or seed: {path}")
    given: dict[str, str | int | None] = {"preset": preset, "seed": seed}
    for name, got in given.items():
        if got is not None and got != config[name]:
            raise SettingDiffers(name, got, config[name])
    return config


def _run(
    kind: "Kind[World]", place: Path, config: dict[str, Any], max_minutes: float | None, max_samples: int | None
) -> "Run[World]":
    """The run of one world, or the one to go on with; a world without presets has its own size."""
    from sparling.validation.run import CONFIG, Run

    world = kind.load()
    chosen = {option.name: config["preset"] for option in world.options if option.name == "preset"}
    if (place / CONFIG).is_file():
        return Run.resumable(world, place, chosen, config["seed"], max_minutes, max_samples)
    return Run.of(world, chosen, config["seed"], max_minutes, max_samples)


def print_all(screen: Screen, results: "list[tuple[World, ValidationResult]]") -> None:
    """A line a world, and below it what it is held against."""
    from sparling.validation.summary import in_percent

    table = Table(box=None, pad_edge=False)
    for title in ("%", *COLUMNS, "density", "guaranteed", "time"):
        table.add_column(title, justify="left" if title == "%" else "right")
    for world, result in results:
        figures = {figure.name: figure for figure in world.figures(result)}
        shown = [figures.get(name) for name in COLUMNS]
        verdicts = result.theorem.verdicts
        table.add_row(
            world.command,
            *(in_percent(figure and figure.value) for figure in shown),
            f"{result.density.density / result.density.delta_star:.2f} δ*",
            f"{sum(verdict.guaranteed for verdict in verdicts)} of {len(verdicts)}",
            span(result.provenance.seconds),
        )
        table.add_row(f"  {world.held_against}", *(in_percent(figure and figure.reference) for figure in shown))
    screen.show(table)
