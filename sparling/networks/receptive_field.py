"""The receptive field of any local model, measured: which scores change when one position of the input does.

Position p of the input is changed in all its channels. Where a score sees it in any way, it becomes NaN if p is NaN,
for sums, products, maxima and rectifiers hand NaN on, even of a unit that is dead and of a weight that is zero: that
is the structure, whatever the weights. Modules that mend NaN (``nan_to_num``, comparisons) are seen through by finite
changes, up to 10²⁵ times the size of an input, as the influence of distant positions falls fast (Luo et al. 2016,
arXiv 1701.04128). What either reaches is counted. So a field is too narrow only where a module mends NaN and hides
finite changes of all sizes, and too wide only by weights that are zero for ever.

Inputs are long along one axis and as short as the model takes along the others, and p is far from all edges. The model
runs on the CPU as a copy in evaluation mode and float32.
"""

import copy
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sparling.networks.unbounded import whoever_sees_everything

FARTHEST = 512
"""Inputs to either side beyond which a score must see nothing, if nothing else is said."""
SHORTEST = 32
LENGTHS = (*range(SHORTEST, 2 * SHORTEST), 64, 128, 256, 512, 1024, 2048, 4096, 8192)
"""Inputs along the axis that is looked at: the first of these that the model takes, and more."""
OTHERS = (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 64, 128, 256)
"""Inputs along each other axis: the first of these that it takes."""
CHANGES = (float("nan"), 1.0, 1e8, 1e25)
"""What an input is changed by: NaN, or so many times a normally distributed number."""
PERIOD = 64
"""Inputs, at most, after which scores see the same places again: strides, and windows into which a model cuts."""
_REFUSED = RuntimeError, ValueError, IndexError, AssertionError


class ReceptiveField(NamedTuple):
    """What scores see along one axis: score j inputs ⌊j · step⌋ + first to ⌊j · step⌋ + last, and none beyond."""

    step: Fraction
    """Inputs from one score to the next."""
    first: int
    last: int
    width: int
    """Of the widest window of one score; less than last − first + 1 where scores look to different sides."""


def receptive_field(local: nn.Module, like: Tensor, farthest: int = FARTHEST) -> int:
    """Width of the input, along the axis where it is widest, that one score depends on.

    ``like`` is any input (B, I, S...) of ``local``, of which only I and the number of axes count. Raises ``ValueError``
    as `receptive_fields` does.

    >>> local = nn.Sequential(nn.Conv1d(4, 8, 5), nn.ReLU(), nn.AvgPool1d(2), nn.Conv1d(8, 8, 3))
    >>> receptive_field(local, torch.empty(1, 4, 9))
    10
    """
    return max(field.width for field in receptive_fields(local, like, farthest))


def receptive_fields(local: nn.Module, like: Tensor, farthest: int = FARTHEST) -> tuple[ReceptiveField, ...]:
    """What one score depends on, for each axis of inputs as ``like`` (B, I, S...).

    Raises ``ValueError`` for a model of which a score depends on inputs more than ``farthest`` away, naming the module
    through which it does; one whose scores depend on no input, or on other places at each position; and one that does
    not give scores (B, C, S...) for such inputs. A gap in a kernel of more than 2 · ``farthest`` is not seen through.

    >>> receptive_fields(nn.Conv1d(1, 1, 4, stride=2), torch.empty(1, 1, 9))
    (ReceptiveField(step=Fraction(2, 1), first=0, last=3, width=4),)
    """
    if like.ndim < 3:
        raise ValueError(f"like must have shape (B, I, S...); got {tuple(like.shape)}")
    module = copy.deepcopy(local).to("cpu", torch.float32).eval()
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        along = [_Along(module, like.shape[1], like.ndim - 2, axis) for axis in range(like.ndim - 2)]
        return tuple(each.field(farthest) for each in along)


class _Along:
    """``module`` along one of ``axes`` axes, on inputs of I = ``channels`` channels."""

    def __init__(self, module: nn.Module, channels: int, axes: int, axis: int) -> None:
        self.module, self.channels, self.axes, self.axis = module, channels, axes, axis
        self.sizes: dict[int, int | None] = {}
        self.short, self.length = self._smallest()

    def field(self, farthest: int) -> ReceptiveField:
        """Raises ``ValueError``: see `receptive_fields`."""
        step = self._step()
        if step is None:
            taken = {length for length, scores in self.sizes.items() if scores is not None}
            if taken == {self.length}:
                raise ValueError(f"a local model must take inputs of any length; it takes {self.length} alone")
            raise ValueError(f"longer inputs must have more scores; through {self._who(SHORTEST)} they have not")
        inputs, scores = step
        length = self.length
        while length <= 4 * max(farthest, self.length):
            if any(map(_touches, self._reached(length, _points(length, 1)))):
                length = self._longer(2 * length, inputs)
                continue
            found = self._at_length(length, inputs, scores)
            if max(-found.first, found.last) > farthest:
                break
            length = self._longer(2 * max(farthest, length), inputs)
            if self._complete(found, length):
                return found
        raise ValueError(f"a score must see inputs at most {farthest} away; {self._who(inputs)} sees more")

    def _at_length(self, length: int, inputs: int, scores: int) -> ReceptiveField:
        """What single inputs in the middle of so many reach."""
        for period in range(inputs, max(PERIOD, inputs) + 1, inputs):
            found = self._repeated(length, period, period // inputs * scores)
            if found is not None:
                return _field(Fraction(inputs, scores), period // inputs * scores, found)
        raise ValueError(f"a local model must do alike at all positions; it still differs after {PERIOD} inputs")

    def _complete(self, found: ReceptiveField, length: int) -> bool:
        """Whether all inputs to one side of the middle, of so many, reach no score that should not see them."""
        middle = length // 2
        from_left, from_right = self._reached(length, [slice(middle), slice(middle, None)], CHANGES[::2])
        places = [score * found.step.numerator // found.step.denominator for score in range(len(from_left))]
        left = all(places[score] + found.first < middle for score in from_left.nonzero()[:, 0].tolist())
        return left and all(places[score] + found.last >= middle for score in from_right.nonzero()[:, 0].tolist())

    def _longer(self, length: int, inputs: int) -> int:
        """So many inputs, or a few more, as differ from what the model takes by a multiple of ``inputs``."""
        return self.length + -(-(length - self.length) // inputs) * inputs

    def _step(self) -> tuple[int, int] | None:
        """So many inputs more give so many scores more, whatever the length; None where they do not."""
        start = self._scores(self.length) or 0
        for inputs in range(1, PERIOD + 1):
            more = (self._scores(self.length + inputs) or 0) - start
            if more > 0 and self._scores(self.length + 2 * inputs) == start + 2 * more and self._regular(inputs, more):
                return inputs, more
        return None

    def _regular(self, inputs: int, more: int) -> bool:
        """Of all lengths between that the model takes."""
        for length in range(self.length, self.length + inputs):
            scores, then = self._scores(length), self._scores(length + inputs)
            if scores is not None and then is not None and then - scores != more:
                return False
        return True

    def _repeated(self, length: int, period: int, shift: int) -> dict[int, set[int]] | None:
        """Scores that each input of one period reaches, if those after it reach as many ``shift`` scores on."""
        number = max(2 * period, 6)
        length = max(length, self._longer(4 * number, period))
        reached = self._reached(length, _points(length, number))
        while any(map(_touches, reached)):
            length = self._longer(2 * length, period)
            reached = self._reached(length, _points(length, number))
        sets = [set(row.nonzero()[:, 0].tolist()) for row in reached]
        if any({j + shift for j in here} != there for here, there in zip(sets, sets[period:], strict=False)):
            return None
        return {length // 2 + place: sets[place] for place in range(period)}

    def _reached(self, length: int, places: Sequence[slice], changes: Sequence[float] = CHANGES) -> Tensor:
        """Which scores change when the input does at each of ``places``: (places, scores)."""
        base = self._input(length).repeat(len(places), *(1,) * (1 + self.axes))
        plain = self._run(base)
        reached = torch.zeros((len(places), plain.shape[2 + self.axis]), dtype=torch.bool)
        generator = torch.Generator().manual_seed(1)
        refused: list[Exception] = []
        for size in changes:
            changed = base.clone()
            lines = changed.movedim(2 + self.axis, 1)
            for row, place in enumerate(places):
                lines[row, place] += size * torch.randn(lines.shape[2:], generator=generator)
            try:
                scores = self._run(changed)
            except _REFUSED as error:  # it looks at its input's values, and takes not all
                refused.append(error)
                continue
            reached |= _differs(scores, plain).movedim(2 + self.axis, 1).flatten(2).any(2)
        if len(refused) == len(changes):
            raise ValueError(f"a local model could not be run on random inputs: {refused[-1]}") from refused[-1]
        return reached

    def _input(self, length: int) -> Tensor:
        shape = [self.short] * self.axes
        shape[self.axis] = length
        return torch.randn((1, self.channels, *shape), generator=torch.Generator().manual_seed(0))

    def _run(self, x: Tensor) -> Tensor:
        scores = self.module(x.clone())
        if not isinstance(scores, Tensor) or scores.ndim != x.ndim:
            told = tuple(scores.shape) if isinstance(scores, Tensor) else f"a {type(scores).__name__}"
            raise ValueError(f"it must give scores (B, C, S...) for {tuple(x.shape)}; got {told}")
        return scores

    def _scores(self, length: int) -> int | None:
        """Along the axis, for so many inputs; None where the model does not take so many."""
        if length not in self.sizes:
            try:
                self.sizes[length] = self._run(self._input(length)).shape[2 + self.axis]
            except _REFUSED:
                self.sizes[length] = None
        return self.sizes[length]

    def _smallest(self) -> tuple[int, int]:
        """Inputs along each other axis, and along this one, that the model takes."""
        refused: Exception | None = None
        for short in OTHERS if self.axes > 1 else OTHERS[:1]:
            for length in LENGTHS:
                self.short = short
                try:
                    self._run(self._input(length))
                except _REFUSED as error:
                    refused = error
                else:
                    return short, length
        told = str(refused).strip().splitlines()[0]
        raise ValueError(f"a local model could not be run on inputs of {self.channels} channels: {told}") from refused

    def _who(self, inputs: int) -> str:
        """The module that sees everything, by what NaN reaches; if none does, by what a large number does."""
        lengths = [self.length + times * inputs * SHORTEST for times in (4, 8)]
        plain = [self._input(length) for length in lengths if self._scores(length) is not None]
        at = [torch.tensor([x.shape[2 + self.axis] // 2]) for x in plain]
        named = None
        for value in (torch.nan, 1e8):
            runs = [(x, x.index_fill(2 + self.axis, where, value)) for x, where in zip(plain, at, strict=True)]
            named = named or whoever_sees_everything(self.module, runs)
        return named or f"the model itself ({type(self.module).__name__})"


def _points(length: int, number: int) -> list[slice]:
    """Single inputs, so many, in the middle."""
    return [slice(point, point + 1) for point in range(length // 2, length // 2 + number)]


def _touches(reached: Tensor) -> bool:
    """Whether the first or last of the scores (n,) is among those that are reached."""
    return bool(reached[0] | reached[-1])


def _differs(a: Tensor, b: Tensor) -> Tensor:
    return (a != b) & ~(a.isnan() & b.isnan())


def _field(step: Fraction, shift: int, reached: dict[int, set[int]]) -> ReceptiveField:
    """Of the scores that are reached from each input of one period; the same every ``shift`` scores."""
    offsets: dict[int, list[int]] = {}
    for position, scores in reached.items():
        for score in scores:
            offsets.setdefault(score % shift, []).append(position - score * step.numerator // step.denominator)
    if not offsets:
        raise ValueError("a local model must look at its input; no score changes with it")
    windows = [(min(found), max(found)) for found in offsets.values()]
    width = max(last - first + 1 for first, last in windows)
    return ReceptiveField(step, min(first for first, _ in windows), max(last for _, last in windows), width)
