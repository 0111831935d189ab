"""``sparling data get``: download, check, unpack."""

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from sparling.errors import InputError
from sparling_cli.data.names import complete, worded
from sparling_cli.data.show import amount
from sparling_cli.options import INPUT, RUN, Quiet
from sparling_cli.screen import Screen, resumable

if TYPE_CHECKING:
    from sparling_recipes.recipe import Recipe


def get(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Of recipes.", show_default=False, autocompletion=complete),
    ],
    source: Annotated[
        str | None,
        typer.Option(metavar="FOLDER_OR_URL", help="Take the files from a folder, or a mirror.", rich_help_panel=INPUT),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; no network.", rich_help_panel=RUN)
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Fetch anew what is here.", rich_help_panel=RUN)] = False,
    quiet: Quiet = False,
) -> None:
    """Download data, check them, and keep them for --db, --genome and the like. What was cut off is gone on with."""
    from sparling_recipes.cache import kept
    from sparling_recipes.recipe import recipe

    screen = Screen(quiet)
    if len(names) > 1 and source is not None and Path(source).is_file():
        raise InputError(f"--source is a file, which is of one recipe, got {len(names)} names: {source}")
    with worded():
        chosen = [recipe(name) for name in names]
        here = [kept(each) for each in chosen]
    for each, path in zip(chosen, here, strict=True):
        if dry_run:
            plan(screen, each, source, here=path is not None and not force)
        elif path is not None and not force:
            screen.say(f"{each.name} is here already; --force fetches it anew")
            screen.line(str(path))
        else:
            one(screen, each, source)


def plan(screen: Screen, recipe: "Recipe", source: str | None, *, here: bool) -> None:
    """What would be done, in words."""
    from sparling_recipes.cache import folder_of
    from sparling_recipes.fetch import Origin

    path = folder_of(recipe) / recipe.result
    if here:
        screen.line(f"{recipe.name}: is here, nothing to do: {path}")
        return
    with worded():
        origin = Origin.of(recipe, source)
    size = "size not known" if recipe.bytes is None else amount(recipe.bytes)
    screen.line(f"{recipe.name}: from {origin.place} ({size}) to {path}")
    screen.line(f"  checksum: {recipe.check}")
    screen.line(f"  licence: {recipe.licence}")


def one(screen: Screen, recipe: "Recipe", source: str | None) -> None:
    """Fetch, with progress on stderr; the path on stdout."""
    from sparling_recipes.cache import read_receipt
    from sparling_recipes.fetch import Origin, fetch

    elsewhere = "another mirror or folder" if source else "a mirror or folder"
    hint = f"{elsewhere} that has {recipe.download} is given by: sparling data get {recipe.name} --source URL_OR_FOLDER"
    with worded(hint[0].upper() + hint[1:]):
        screen.say(f"Fetching {Origin.of(recipe, source).place}")
        with resumable("sparling", *sys.argv[1:]), Bar(screen) as bar:
            path = fetch(recipe, source, bar.told)
        receipt = read_receipt(recipe)
    if receipt is None:
        raise InputError(f"its receipt has been deleted meanwhile: {path}")
    screen.say(f"{receipt.checked[0].upper()}{receipt.checked[1:]}")
    screen.say(f"Licence: {recipe.licence}. Cite {recipe.citation}")
    screen.line(str(path))


class Bar:
    """How far a download is: a bar on a terminal, else a line at each tenth of more than `_LONG` bytes."""

    _LONG = 50_000_000

    def __init__(self, screen: Screen) -> None:
        self.screen, self._tenth = screen, 0
        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=screen.err, transient=True)
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> "Bar":
        if self.screen.live and not self.screen.quiet:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def told(self, done: int, total: int | None) -> None:
        """Bytes so far, and in all where known."""
        self._bar.update(self._task, completed=done, total=total)
        if total is not None and total > self._LONG and not self.screen.live and 10 * done // total > self._tenth:
            self._tenth = 10 * done // total
            self.screen.say(f"{amount(done)} of {amount(total)}")
