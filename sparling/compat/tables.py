"""Objects from specifications: {"type": a name in a table, and arguments by their names}."""

from collections.abc import Callable, Mapping
from typing import Any

Spec = Mapping[str, Any]
Table = Mapping[str, Callable[..., Any]]


def construct(table: Table, spec: Spec, defaults: Mapping[str, Any]) -> Any:
    """What ``spec`` says, from ``table``; ``defaults`` are arguments that it need not give.

    Raises ``ValueError`` for a ``spec`` without "type" or with one that the table lacks.

    >>> construct({"int": int, "str": str}, {"type": "str", "object": 7}, {"object": 3})
    '7'
    """
    kind = spec.get("type")
    if not isinstance(kind, str) or kind not in table:
        raise ValueError(f'"type" must be one of {", ".join(sorted(table))}; got {dict(spec)}')
    return table[kind](**{**defaults, **{name: value for name, value in spec.items() if name != "type"}})
