"""Two motifs in the same sequences, for the page: arrows to scale over a histogram of gaps, factors of all pairs.

A factor is observed over expected, and what is expected is of bound sequences of like length in which the two motifs
are independent (`motifs.pairs`). Selection for being bound lowers it by itself, down to `Together.either`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from sparling_genomics.files.rows import Spacing
from sparling_genomics.motifs.evidence import SIGNIFICANCE
from sparling_genomics.pages.charts import Drawing, Scale
from sparling_genomics.pages.parts.headline import words
from sparling_genomics.pages.run_files import Run

MOST_DRAWN = 8
"""Pairs whose corrected P, of being together or of a spacing, is significant; the clearest of them."""
RIGHT, LEFT = ("A> B>", "A> <B"), ("B> A>", "<B A>")
"""Orders in which B lies behind A and before it; on the same strand, on the other one."""
_HALF_WAY = 4.0
"""Factor, or one over it, half way to the full colour."""


class Arrow(NamedTuple):
    """A motif as it is drawn: its number from 0, which gives its colour, and its width in letters."""

    number: int
    width: int


class Together(NamedTuple):
    """One pair of motifs as the page says it; P values are corrected for the number of pairs."""

    a: str
    b: str
    both: int
    expected: float
    factor: float | None
    low: float | None
    high: float | None
    either: float | None
    """Factor if either of the two were enough to be bound."""
    p_both: float
    spacing: int | None
    order: str
    with_spacing: int
    p_spacing: float | None
    by_chance: float | None
    """Sequences expected to have that spacing."""
    picture: Markup | None
    """Of pairs that are drawn."""

    @property
    def more(self) -> bool:
        """More often together than selection for being bound explains."""
        return self.p_both < SIGNIFICANCE

    @property
    def spaced(self) -> bool:
        """One gap and order is commoner than by chance."""
        return self.p_spacing is not None and self.p_spacing < SIGNIFICANCE

    @property
    def colour(self) -> str:
        """Class of its cell in the heat map: more than selection explains, fewer than if independent, or neither."""
        return "more" if self.more else "fewer" if self.high is not None and self.high < 1 else "even"

    @property
    def strength(self) -> int:
        """Of that colour, in percent: more, the further from 1."""
        ratio = max(self.factor, 1 / self.factor) if self.factor else _HALF_WAY
        return round(15 + 45 * (1 - 1 / (1 + (ratio - 1) / (_HALF_WAY - 1))))


class PairsShown(NamedTuple):
    """What the page shows of pairs: those worth a drawing, the clearest first, and all of them."""

    drawn: list[Together]
    clear: int
    """Pairs that are together more often, or keep a spacing; the clearest of them are drawn."""
    pairs: list[Together]
    names: dict[str, str]
    """Of the motifs by id, in their order."""

    def of(self, row: str, column: str) -> Together | None:
        """The pair of two motifs by their ids; None where they are not compared."""
        names = (self.names[column], self.names[row])
        return next((pair for pair in self.pairs if (pair.a, pair.b) == names), None)


def pairs_shown(run: Run, names: Mapping[str, str]) -> PairsShown | None:
    """What there is to show of a run's pairs; None without any. ``names`` of motifs by id, of those that have one."""
    if not run.pairs:
        return None
    motifs = [motif.motif_id for motif in run.motifs]
    named = {each: f"{each} {names[each]}" if each in names else each for each in motifs}
    pairs = [_together(row, named, len(run.pairs)) for row in run.pairs]
    clear = [i for i, pair in enumerate(pairs) if pair.more or pair.spaced]
    clear.sort(key=lambda i: min(pairs[i].p_both, 1.0 if pairs[i].p_spacing is None else pairs[i].p_spacing or 0.0))
    widths, unit = {motif.motif_id: motif.width for motif in run.motifs}, words(run).unit
    for i in clear[:MOST_DRAWN]:
        ids = run.pairs[i]["motif_a"], run.pairs[i]["motif_b"]
        if ids in run.spacings and all(each in widths for each in ids):
            spacings, (a, b) = run.spacings[ids], (Arrow(motifs.index(each), widths[each]) for each in ids)
            found = [each.expected for each in spacings if (each.gap, each.order) == (pairs[i].spacing, pairs[i].order)]
            picture = spacing_chart(pairs[i], a, b, spacings, unit)
            pairs[i] = pairs[i]._replace(picture=picture, by_chance=found[0] if found else None)
    return PairsShown(
        drawn=[pairs[i] for i in clear[:MOST_DRAWN]],
        clear=len(clear),
        pairs=pairs,
        names=named,
    )


def _together(row: Mapping[str, str], names: Mapping[str, str], number: int) -> Together:
    both, expected = int(row["both"]), float(row["expected"])
    p_spacing = min(1.0, float(row["p_spacing"]) * number) if row["p_spacing"] else None
    return Together(
        a=names.get(row["motif_a"], row["motif_a"]),
        b=names.get(row["motif_b"], row["motif_b"]),
        both=both,
        expected=expected,
        factor=both / expected if expected else None,
        low=float(row["factor_low"]) if row.get("factor_low") else None,
        high=float(row["factor_high"]) if row.get("factor_high") else None,
        either=float(row["expected_either"]) / expected if expected else None,
        p_both=min(1.0, float(row["p_both"]) * number),
        spacing=int(row["spacing"]) if row["spacing"] else None,
        order=row["order"],
        with_spacing=int(row["with_spacing"]),
        p_spacing=p_spacing,
        by_chance=None,
        picture=None,
    )


def spacing_chart(pair: Together, a: Arrow, b: Arrow, spacings: Sequence[Spacing], unit: str) -> Markup:
    """Both motifs as arrows to scale, in the arrangement that stands out, over how often each gap is seen.

    ``unit`` of lengths, "bp" or "nt". A lies in the middle and reads to the right. Bars upwards: B on the same
    strand; downwards: on the other one. A bar stands where B's near end does. Line: by chance.
    """
    width_a, width_b = a.width, b.width
    two_strands = any(each.order in ("A> <B", "<B A>") for each in spacings)
    reach = max([10] + [each.gap for each in spacings if each.observed or each.expected > 0.05]) + 1
    drawing = Drawing(560, 236 if two_strands else 168, f"Gaps between {pair.a} and {pair.b}")
    x = Scale(-reach - width_b, width_a + reach + width_b, 44, 552)
    most = max(1.0, *(max(float(each.observed), each.expected) for each in spacings)) * 1.05
    base = 134
    up, down = Scale(0, most, base, base - 76), Scale(0, most, base, base + 76)
    drawing.box("pair-own", x(0), base - 78, x(width_a), base + 78 if two_strands else base)
    for strand, y in ((0, up), (1, down))[: 1 + two_strands]:
        for value in y.ticks(3)[1:]:
            drawing.line("rule", x.start, y(value), x.end, y(value))
            drawing.text("tick", x.start - 6, y(value) + 3.5, f"{value:g}", "end")
        orders = (LEFT[strand], RIGHT[strand])
        own = sorted((_place(each, width_a), each) for each in spacings if each.order in orders)
        bars = [f"M{x(at):g},{base}V{y(each.observed):g}H{x(at + 1):g}V{base}Z" for at, each in own if each.observed]
        drawing.parts.append(f'<path class="bound" d="{"".join(bars)}"/>')
        for order in orders:
            line = [(x(at), x(at + 1), round(y(each.expected), 1)) for at, each in own if each.order == order]
            drawing.steps("outline", line)
        drawing.text(
            "tick", x.end, base - 68 if strand == 0 else base + 74, ("same strand", "other strand")[strand], "end"
        )
    drawing.line("axis", x.start, base, x.end, base)
    _arrows(drawing, pair, x, a, b, unit)
    if pair.spaced and pair.spacing is not None:
        found = next(each for each in spacings if (each.gap, each.order) == (pair.spacing, pair.order))
        at, y = _place(found, width_a), down if pair.order in ("A> <B", "<B A>") else up
        title = f"{found.gap} {unit}: {found.observed} of {pair.both}, {found.expected:.1f} by chance"
        drawing.box("pair-gap", x(at), base, x(at + 1), y(found.observed), title)
    bottom = (base + 92) if two_strands else (base + 14)
    for gap in range(0, reach, 20):
        for at in (width_a + gap, -gap):
            drawing.line("axis", x(at), base - 2, x(at), base + 2)
            drawing.text("tick", x(at), bottom, f"{gap}")
    drawing.text("tick", x.start, bottom + 14, f"← {pair.b} before, {unit}")
    drawing.parts[-1] = drawing.parts[-1].replace('"middle"', '"start"')
    drawing.text("tick", x.end, bottom + 14, f"{pair.b} behind, {unit} →", "end")
    drawing.height = bottom + 20
    return drawing.svg()


def _place(spacing: Spacing, width_a: int) -> int:
    """Where B's near end lies, in bp from A's first letter."""
    return width_a + spacing.gap if spacing.order in RIGHT else -spacing.gap - 1


def _arrows(drawing: Drawing, pair: Together, x: Scale, one: Arrow, other: Arrow, unit: str) -> None:
    """A, and B where it lies most clearly, with their names outwards and the gap between them."""
    a, b = one.width, other.width
    behind = not pair.spaced or pair.order in RIGHT
    drawing.arrow(f"m{min(one.number, 7)} pair-arrow", x(0), x(a), 26, 7, False, pair.a)
    drawing.text("label", x(a) if behind else x(0), 13, pair.a, "end" if behind else "start")
    if not pair.spaced or pair.spacing is None:
        return
    gap = pair.spacing
    start = a + gap if behind else -gap - b
    lane = 26 if gap >= 0 else 42
    facing = pair.order in ("A> <B", "<B A>")
    drawing.arrow(f"m{min(other.number, 7)} pair-arrow", x(start), x(start + b), lane, 7, facing, pair.b)
    drawing.text("label", x(start) if behind else x(start + b), 13, pair.b, "start" if behind else "end")
    if gap > 0:
        left, right = (a, start) if behind else (start + b, 0)
        drawing.line("axis", x(left), 38, x(right), 38)
        drawing.text("tick", (x(left) + x(right)) / 2, 51, f"{gap} {unit}")
