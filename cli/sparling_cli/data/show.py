"""``sparling data list`` and ``sparling data info``: which recipes there are, and what each says."""

from typing import TYPE_CHECKING

from rich.table import Table

from sparling_cli.data.names import Name, worded
from sparling_cli.screen import Screen

if TYPE_CHECKING:
    from sparling_recipes.recipe import Recipe


def show_all() -> None:
    """List all recipes: what they are, their licence, and which are here."""
    from sparling_recipes.cache import data_folder, kept
    from sparling_recipes.recipe import recipes

    screen = Screen()
    table = Table(box=None, pad_edge=False)
    for title in ("name", "what", "licence", "here"):
        table.add_column(title, no_wrap=title == "name")
    with worded():
        known = [each.name for each in recipes() if each.seen]
        for each in recipes():
            table.add_row(each.name, each.title, each.licence, "yes" if kept(each) else "")
    screen.show(table)
    screen.tell(
        f"Checksums: {', '.join(known) or 'none'} known; all others not verified here, see `sparling data info`."
    )
    screen.line(f"Data folder: {data_folder()}")
    screen.next_steps((["sparling", "data", "info", "NAME"], "what it is, and what to cite"))


def info(name: Name) -> None:
    """Tell where data come from, their licence, what to cite, and where they lie."""
    from sparling_recipes.cache import folder_of, kept, read_receipt
    from sparling_recipes.recipe import recipe

    screen = Screen()
    with worded():
        chosen = recipe(name)
        for title, text in rows(chosen):
            screen.line(f"{title:<9} {text}")
        path, receipt = kept(chosen), read_receipt(chosen)
    if path is None or receipt is None:
        screen.line(f"{'here':<9} no; `sparling data get {name}` puts it in {folder_of(chosen)}")
    else:
        screen.line(f"{'here':<9} {path}, {amount(receipt.bytes)}")
        screen.line(f"{'fetched':<9} {receipt.fetched[:10]} from {receipt.origin}")
        screen.line(f"{'checked':<9} {receipt.checked}")


def rows(recipe: "Recipe") -> list[tuple[str, str]]:
    """What a recipe says, a title and a text a line."""
    steps = {"": "kept as it is", "gunzip": "unpacked from gzip", "unzip": "unpacked from zip"}[recipe.step]
    told = [
        ("name", f"{recipe.name} ({recipe.kind})"),
        ("what", recipe.title),
        ("URL", recipe.url),
        ("size", "not known" if recipe.bytes is None else amount(recipe.bytes)),
        ("checksum", recipe.check),
        ("steps", f"downloaded, checked, {steps}: {recipe.result}"),
        ("licence", recipe.licence),
        ("cite", recipe.citation),
        ("home", recipe.home),
        ("note", recipe.note),
    ]
    return [(title, text) for title, text in told if text]


def amount(size: int) -> str:
    """Bytes in words.

    >>> amount(49_123), amount(983_659_424)
    ('49.1 kB', '983.7 MB')
    """
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.1f} {unit}" if isinstance(size, float) else f"{size} {unit}"
        size /= 1000  # type: ignore[assignment]
    return f"{size:.1f} GB"
