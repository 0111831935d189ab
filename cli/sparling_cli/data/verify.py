"""``sparling data verify``: what is kept is still what was fetched."""

from typing import Annotated

import typer

from sparling.errors import InputError
from sparling_cli.data.names import complete, worded
from sparling_cli.options import Quiet
from sparling_cli.screen import Screen


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Of recipes; all that are here.", show_default=False, autocompletion=complete
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Read data that are here, and hold their checksums against those of the day they were fetched."""
    from sparling_recipes.cache import read_receipt
    from sparling_recipes.fetch import verify as state_of
    from sparling_recipes.recipe import recipe, recipes

    screen = Screen(quiet)
    with worded():
        chosen = [recipe(name) for name in names] if names else [each for each in recipes() if read_receipt(each)]
        states = {}
        for each in chosen:
            screen.say(f"Reading {each.result} …")
            states[each.name] = state_of(each)
            screen.line(f"{each.name}: {states[each.name]}")
    if not chosen:
        screen.say("Nothing is here yet; `sparling data list` shows what can be fetched")
    wrong = [name for name, state in states.items() if state != "same"]
    if wrong:
        force = "" if all(states[name] == "missing" for name in wrong) else " --force"
        raise InputError(f"not as fetched: `sparling data get{force} {' '.join(wrong)}` fetches it")
