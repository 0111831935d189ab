"""Shares and small numbers as text that can be pasted: no markup, so that page and terminal say the same."""

from sparling_genomics.files.rows import Carriers

LEAST = 1e-300


def share(value: float | None) -> str:
    """A share in percent: whole from 10 % on, with one decimal below, both ends only where they are exact.

    >>> [share(each) for each in (0.934, 0.0523, 0.0004, 0.9996, 1.0, 0.0, None)]
    ['93%', '5.2%', '<0.1%', '>99%', '100%', '0%', '–']
    """
    if value is None:
        return "–"
    if 0 < value < 0.0005:
        return "<0.1%"
    if 0.995 <= value < 1:
        return ">99%"
    return f"{100 * value:.0f}%" if value >= 0.0995 or value == 0 else f"{100 * value:.1f}%"


def p_value(value: float) -> str:
    """A P or E value in two figures, as programs write them, for such text is pasted.

    >>> p_value(0.0213), p_value(4.2e-57), p_value(0.0), p_value(3)
    ('0.021', '4.2e-57', '<1e-300', '3')
    """
    if value < LEAST:
        return "<1e-300"
    return f"{value:.2g}" if value >= 1e-3 else f"{value:.1e}".replace("e-0", "e-")


def equals(name: str, value: float) -> str:
    """A value with its name.

    >>> equals("P", 4.2e-57), equals("P", 0.0)
    ('P = 4.2e-57', 'P < 1e-300')
    """
    text = p_value(value)
    return f"{name} < {text[1:]}" if text.startswith("<") else f"{name} = {text}"


def fold(counts: Carriers) -> str:
    """How many times as common in bound sequences; where no unbound one has it, more than if one had.

    >>> [fold(Carriers(0, with_it, 400, without, 400)) for with_it, without in ((310, 40), (200, 0), (0, 0), (264, 10))]
    ['7.8', '>200', '–', '26']
    """
    value = counts.fold
    if value is None:
        return f">{counts.bound_share * counts.unbound:.0f}" if counts.bound_share and counts.unbound else "–"
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"
