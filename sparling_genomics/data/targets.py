"""What several labels, or real values, say of sequences: columns, and the contrasts that motifs are sought in.

A search asks which sequences have something and which have not. A column of 0 and 1 is such a contrast as it stands. Of
a column of values it is one end against the other: the highest 27 % against the lowest, the share at which two groups
tell most (Kelley 1939, J Educ Psychol 30:17). Seeds are also sought in a third of that end, a ninth and a
twenty-seventh, for a strong motif may be rare. What lies between is trained on, but in no contrast. Each is asked the
other way round, too: a motif may lower a label or a value.

Sets of peaks differ in composition (promoters are rich in CG), and then any weak word does. So at both ends of a
contrast as large a share of the sequences has a given content of G and C; those that are too many are at neither end.
From values what pairs of letters tell of them is taken first (`Column.pairs`): the rest is left to motifs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.plurals import agreeing, counted
from sparling_genomics.data.labels import Labels, LabelTable
from sparling_genomics.data.splits import SPLIT_NAMES, TRAIN, VALIDATION, Split
from sparling_genomics.files.text_files import input_error

Kind = Literal["label", "value"]
END = 0.27
"""Share of the training sequences at either end of a value."""
FEWEST, HELD_OUT = 20, 3
"""Sequences at either end of a column, at least: to train on, and on either of the other sides."""
PARTS, FEWEST_EXTREME = (3, 9, 27), 50
"""Parts of an end that are contrasts of their own, if so many training sequences are in them."""
BINS, A_BIN = 20, 50
"""Bins of G and C content, at most, and sequences of the smaller end for each of them."""
TELLING = 0.05
"""Share of the validation side's variance that pairs of letters must tell of a value, so that it is taken off; a
motif's own letters tell a little."""
STRATUM = 100
"""Sequences of like labels, from which on they are divided among the sides by themselves."""


class Column(NamedTuple):
    """A column of labels or values. All but its name and kind is of the training side."""

    name: str
    kind: Kind
    mean: float
    """Of labels the share of 1."""
    scale: float
    """Standard deviation; 1 for labels."""
    pairs: tuple[float, ...] = ()
    """What pairs of letters add to a value, by their `pair_shares`, 0 on average: mean and scale are of the rest.

    Empty where they tell nothing, and for labels."""
    told: float = 0.0
    """Share of the variance on the validation side that they tell."""

    def by_letters(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """What pairs of letters alone say of sequences with these `pair_shares` (n, K): (n,)."""
        return shares @ np.asarray(self.pairs) if self.pairs else np.zeros(len(shares))


class Contrast(NamedTuple):
    """Sequences that have something against those that have not."""

    name: str
    column: int
    reverse: bool
    """Whether low values, or label 0, are asked for."""
    has: float
    """From this value on, up or in reverse down, a sequence has it, ..."""
    lacks: float
    """... and from this one on the other way it has not."""


@dataclass(frozen=True, eq=False)
class Targets:
    """``values`` float32 (n, T), NaN where unknown, a column each of ``columns``.

    ``by_letters`` float32 (n, T): what pairs of letters alone say (`Column.pairs`); ``values`` are without it, and the
    sum of both is what was given.

    ``ends`` float32 (n, K), a column each of ``contrasts``: 1 where a sequence has it, 0 where it has not, NaN where it
    is unknown, between, or left out for its composition; ``weights`` float32 (n,), mean 1 on the training side.
    """

    columns: tuple[Column, ...]
    contrasts: tuple[Contrast, ...]
    values: NDArray[np.float32]
    ends: NDArray[np.float32]
    weights: NDArray[np.float32]
    by_letters: NDArray[np.float32]

    def subset(self, chosen: NDArray[np.intp]) -> "Targets":
        """Those of these sequences."""
        return replace(
            self,
            values=self.values[chosen],
            ends=self.ends[chosen],
            weights=self.weights[chosen],
            by_letters=self.by_letters[chosen],
        )

    def in_contrast(self, number: int) -> Labels:
        """1 for what the contrast asks for, 0 for its opposite, NaN for what is in neither: float32 (n,)."""
        return self.ends[:, number]

    def widest(self, number: int) -> int:
        """The contrast of the same column and direction that most sequences are in: the number of the first such."""
        asked = self.contrasts[number]
        return next(k for k, each in enumerate(self.contrasts) if each[1:3] == asked[1:3])

    def spread(self, channels: int) -> tuple[int, ...]:
        """The widest contrasts of all columns in turn, for so many channels that begin as nothing: (C,)."""
        widest = sorted({self.widest(k) for k in range(len(self.contrasts))})
        return tuple(widest[i % len(widest)] for i in range(channels))

    @property
    def score_name(self) -> str:
        """What the score of a validation is called: it is the mean of AUROC of labels and Spearman's ρ of values."""
        kinds = {column.kind for column in self.columns}
        return "score" if len(kinds) > 1 else "AUROC" if kinds == {"label"} else "Spearman"

    def sentence(self) -> str:
        """What each column was taken for."""
        parts = []
        for kind, what in (("label", "labels, 0 or 1"), ("value", "real values")):
            own = [column.name for column in self.columns if column.kind == kind]
            if own:
                parts.append(f"{', '.join(own)} as {what}")
        unknown = int(np.isnan(self.values).sum())
        left = f"; {unknown:,} of {self.values.size:,} are NA" if unknown else ""
        weights = "; sequences have weights" if len(np.unique(self.weights)) > 1 else ""
        first = {contrast.column: k for k, contrast in reversed(list(enumerate(self.contrasts)))}
        sizes = [[int((self.ends[:, first[i]] == end).sum()) for end in (1, 0)] for i in range(len(self.columns))]
        counted = ", ".join(f"{c.name} {a:,} against {b:,}" for c, (a, b) in zip(self.columns, sizes, strict=True))
        taken = f"Asked of each sequence: {'; '.join(parts)}{left}{weights}."
        letters = [f"{column.told:.0%} of {column.name}" for column in self.columns if column.pairs]
        if letters:
            taken += f" Pairs of letters alone tell {', '.join(letters)} (variance); motifs are asked for the rest."
        return f"{taken} Motifs are sought in sequences alike in G and C: {counted}."


def ends_of(values: NDArray[np.float32], contrast: Contrast) -> Labels:
    """1 where a sequence has what the contrast is about, 0 where it has not, else NaN: float32, of the same shape.

    >>> ends_of(np.array([0.0, 3.0, 9.0]), Contrast("low height", 0, True, 1.0, 8.0))
    array([ 1., nan,  0.], dtype=float32)
    """
    sign = -1 if contrast.reverse else 1
    has, lacks = sign * values >= sign * contrast.has, sign * values <= sign * contrast.lacks
    return np.where(has, 1.0, np.where(lacks, 0.0, np.nan)).astype(np.float32)


def alike(ends: Labels, content: NDArray[np.float64]) -> Labels:
    """The same ends (n,) but for sequences that are too many in their bin of ``content`` (n,); those are NaN.

    What is left of each bin has the ratio of all. Evenly spaced ones stay.

    >>> ends = np.repeat(np.array([1, 0], dtype=np.float32), 200)
    >>> left = alike(ends, np.repeat([0.4, 0.6, 0.4, 0.6], [150, 50, 50, 150]))
    >>> (left[:200] == 1).sum(), (left[200:] == 0).sum()
    (np.int64(100), np.int64(100))
    """
    left = np.full_like(ends, np.nan)
    ones, zeros = (np.flatnonzero(ends == end) for end in (1, 0))
    if not len(ones) or not len(zeros):
        return ends
    bins = int(np.clip(min(len(ones), len(zeros)) // A_BIN, 1, BINS))
    both = np.concatenate([ones, zeros])
    edges = np.unique(np.quantile(content[both], np.arange(1, bins) / bins))
    places = [np.searchsorted(edges, content[own]) for own in (ones, zeros)]
    ratio = len(ones) / len(zeros)
    for number in range(len(edges) + 1):
        own, others = ones[places[0] == number], zeros[places[1] == number]
        kept = min(float(len(own)), ratio * len(others))
        for end, members, wanted in ((1.0, own, round(kept)), (0.0, others, round(kept / ratio))):
            left[members[np.linspace(0, len(members) - 1, wanted).astype(int)]] = end
    return left


def targets_of(
    table: LabelTable,
    usable: NDArray[np.intp],
    split: Split,
    content: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> Targets:
    """What the table says of the ``usable`` sequences, of these sides and this share of G and C: (n,) each.

    ``shares`` (n, K) of pairs of letters (`pair_shares`).

    Raises ``InputError`` for a column with fewer than `FEWEST` training sequences, or `HELD_OUT` on another side, that
    have what it is about, or that have not.
    """
    values, path = table.values[usable], table.path
    by_letters = np.zeros_like(values)
    columns: list[Column] = []
    contrasts: list[Contrast] = []
    every = []
    for i, (name, kind, column) in enumerate(zip(table.names, table.kinds, values.T, strict=True)):
        known = column[(split == TRAIN) & ~np.isnan(column)].astype(np.float64)
        if len(np.unique(known)) < 2:
            raise input_error(f"column {name!r} has fewer than two values among the training sequences", path)
        if kind == "label":
            columns.append(Column(name, "label", float(known.mean()), 1.0))
        else:
            pairs, told = _by_pairs(column, shares, split)
            said = Column(name, "value", 0.0, 1.0, pairs, told)
            by_letters[:, i] = said.by_letters(shares)
            column -= by_letters[:, i]
            known = column[(split == TRAIN) & ~np.isnan(column)].astype(np.float64)
            columns.append(said._replace(mean=float(known.mean()), scale=float(known.std())))
        for contrast in contrasts_of(name, columns[-1].kind, i, known):
            ends = ends_of(column, contrast)
            if contrast.column not in [each.column for each in contrasts]:
                _check_ends(columns[-1], ends, split, path)
            for side in range(len(SPLIT_NAMES)):
                ends[split == side] = alike(ends[split == side], content[split == side])
            contrasts.append(contrast)
            every.append(ends)
    weights = np.ones(len(values)) if table.weights is None else table.weights[usable].astype(np.float64)
    total = float(weights[split == TRAIN].sum())
    if not total:
        raise input_error("the weights of all training sequences are 0", path)
    weights *= (split == TRAIN).sum() / total
    ends = np.stack(every, axis=1)
    return Targets(tuple(columns), tuple(contrasts), values, ends, weights.astype(np.float32), by_letters)


def _by_pairs(
    values: NDArray[np.float32], shares: NDArray[np.float64], split: Split
) -> tuple[tuple[float, ...], float]:
    """`Column.pairs` by least squares on the training side, none where they tell too little, and `Column.told`."""
    train, held = ((split == side) & ~np.isnan(values) for side in (TRAIN, VALIDATION))
    mean = values[train].astype(np.float64).mean()
    pairs = np.linalg.lstsq(shares[train], values[train] - mean, rcond=None)[0]
    pairs -= (shares[train] @ pairs).mean()
    left = values[held] - mean
    before, after = float((left**2).sum()), float(((left - shares[held] @ pairs) ** 2).sum())
    told = 1 - after / before if before else 0.0
    return (tuple(pairs.tolist()), told) if told >= TELLING else ((), 0.0)


def _check_ends(column: Column, ends: Labels, split: Split, path: Path | str) -> None:
    for side, word in enumerate(SPLIT_NAMES):
        least = FEWEST if side == TRAIN else HELD_OUT
        for end in (1, 0):
            number = int((ends[split == side] == end).sum())
            what = f"label {end}" if column.kind == "label" else "a high value" if end else "a low value"
            if number < least:
                have = agreeing(number, "has", "have")
                message = f"column {column.name!r}: {counted(number, 'sequence')} of the {word} side {have} {what}"
                raise input_error(f"{message}, expected at least {least}", path)


def table_strata(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Number of the group of each sequence, of rows (n, T) of like labels: 0 for those of fewer than `STRATUM`.

    All are of one group where a column holds values.
    """
    known = np.where(np.isnan(values), -1, values)
    if not np.isin(known, (-1, 0, 1)).all():
        return np.zeros(len(values), dtype=np.float32)
    _, group, size = np.unique(known, axis=0, return_inverse=True, return_counts=True)
    large = np.flatnonzero(size >= STRATUM)
    number = np.zeros(len(size), dtype=np.float32)
    number[large] = np.arange(1, len(large) + 1)
    return number[group.reshape(-1)]


def contrasts_of(name: str, kind: Kind, column: int, known: NDArray[np.float64]) -> list[Contrast]:
    """The contrasts of a column whose known training values these are, of two kinds at least.

    >>> found = contrasts_of("x", "value", 0, np.arange(1001.0))
    >>> [(each.name, round(each.has), round(each.lacks)) for each in found[1:4]]
    [('low x', 270, 730), ('highest 9% of x', 910, 270), ('lowest 9% of x', 90, 730)]
    """
    if kind == "label":
        return [Contrast(name, column, False, 1.0, 0.0), Contrast(f"not {name}", column, True, 0.0, 1.0)]
    found: list[Contrast] = []
    low, high = (float(each) for each in np.quantile(known, [END, 1 - END]))
    if low == high:  # a value that most sequences share
        above, below = known[known > high], known[known < low]
        high, low = (float(above.min()), low) if len(above) else (high, float(below.max()))
    for share in (END, *(END / part for part in PARTS if len(known) * END / part >= FEWEST_EXTREME)):
        for reverse in (False, True):
            words = ("low", "lowest") if reverse else ("high", "highest")
            far, near = (low, high) if reverse else (high, low)
            if share < END:
                far = float(np.quantile(known, share if reverse else 1 - share))
                far = min(far, low) if reverse else max(far, high)
            said = f"{words[0]} {name}" if share == END else f"{words[1]} {share:.0%} of {name}"
            if (far, near) not in [each[3:] for each in found if each.reverse == reverse]:
                found.append(Contrast(said, column, reverse, far, near))
    return found


def concatenated(parts: Sequence[Targets | None]) -> Targets | None:
    """Those of all parts, in order; None where one has none."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return replace(
        known[0],
        values=np.concatenate([part.values for part in known]),
        ends=np.concatenate([part.ends for part in known]),
        weights=np.concatenate([part.weights for part in known]),
        by_letters=np.concatenate([part.by_letters for part in known]),
    )
