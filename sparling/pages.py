"""Reports as one offline HTML page in the house style, and how numbers are written in them."""

import base64
import hashlib
import json
from importlib.resources import files
from typing import NamedTuple

import jinja2
from markupsafe import Markup


def page_environment(*packages: str) -> jinja2.Environment:
    """Templates of ``packages`` and, as ``style.css``, the style that all pages share; the filters are those below."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(each, "templates") for each in (*packages, "sparling")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for show in (count, decimals, percent, duration):
        environment.filters[show.__name__] = show
    return environment


class Script(NamedTuple):
    """A script of a page, and its SHA-256 in base 64: a policy that names the hash runs this one and no other."""

    text: Markup
    sha256: str


def sealed_script(package: str, *names: str) -> Script:
    """The scripts ``templates/name`` of a package as one, whose names are its own; each part uses those before it."""
    parts = [files(package).joinpath(f"templates/{name}").read_text(encoding="utf-8") for name in names]
    text = "".join(["(() => {\n", *parts, "})();\n"]) if len(parts) > 1 else parts[0]
    return Script(Markup(text), base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())


def sorting_script() -> Script:
    """A script that sorts tables of class "sortable": their heads become buttons."""
    return sealed_script("sparling", "sort.js")


def json_text(value: object) -> Markup:
    """A value as JSON that no content can end the element of: some letters are written as escapes.

    >>> str(json_text({"name": "</script>"}))
    '{"name":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def count(value: float | None) -> str:
    """A whole number with thousands apart.

    >>> count(12345), count(None)
    ('12,345', '–')
    """
    return f"{value:,.0f}" if value else ("–" if value is None else "0")


def decimals(value: float | None, digits: int = 3) -> str:
    """A number with so many decimals.

    >>> decimals(0.95, 3), decimals(None)
    ('0.950', '–')
    """
    return "–" if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A fraction as percentage with three figures, or fewer where they say nothing.

    >>> percent(0.98765), percent(1.0), percent(0.00412)
    ('98.8%', '100%', '0.412%')
    """
    return "–" if value is None else f"{100 * value:.3g}%"


def duration(seconds: float | None) -> str:
    """Wall time in the two largest units.

    >>> duration(4.2), duration(61.2), duration(7325)
    ('4 s', '1 min 1 s', '2 h 2 min')
    """
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
