"""Which module of a network makes what it gives at one position depend on inputs at all others."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

SAME = 0.75
"""Where inputs are twice as long, a change in one place reaches half the share of a local module's output, or so."""


class _Call(NamedTuple):
    name: str
    given: Tensor | None
    gave: Tensor | None


def whoever_sees_everything(module: nn.Module, runs: Sequence[tuple[Tensor, Tensor]]) -> str | None:
    """Name and class of the innermost module of ``module`` with which it begins; None if no module does.

    ``runs``: an input (1, I, S...) and the same with one position changed, and such a pair of about twice the length.
    """
    if len(runs) != 2:
        return None
    shorter, longer = ([_calls(module, x) for x in run] for run in runs)
    for plain, changed, plain_longer, changed_longer in zip(*shorter, *longer, strict=False):
        shares = [_share(plain.gave, changed.gave), _share(plain_longer.gave, changed_longer.gave)]
        before = [_share(plain.given, changed.given), _share(plain_longer.given, changed_longer.given)]
        if _stays(*shares) and not _stays(*before):
            kind = type(module.get_submodule(plain.name)).__name__
            return f"{plain.name} ({kind})" if plain.name else f"the model itself ({kind})"
    return None


def _stays(share: float, in_longer: float) -> bool:
    return in_longer > SAME * share


def _share(plain: Tensor | None, changed: Tensor | None) -> float:
    """Of the elements that differ."""
    if plain is None or changed is None or plain.shape != changed.shape:
        return 0.0
    same = (plain == changed) | (plain.isnan() & changed.isnan())
    return float((~same).double().mean())


def _calls(module: nn.Module, x: Tensor) -> list[_Call]:
    """All calls of parts of ``module``, in the order in which they end: inner ones first."""
    calls: list[_Call] = []
    given: list[Tensor | None] = []
    handles = []
    for name, part in module.named_modules():

        def begun(part: nn.Module, inputs: object) -> None:
            given.append(_first_tensor(inputs))

        def ended(part: nn.Module, inputs: object, output: object, name: str = name) -> None:
            calls.append(_Call(name, given.pop(), _first_tensor(output)))

        handles += [part.register_forward_pre_hook(begun), part.register_forward_hook(ended)]
    try:
        module(x.clone())
    finally:
        for handle in handles:
            handle.remove()
    return calls


def _first_tensor(values: object) -> Tensor | None:
    """A copy of the first tensor in nested tuples, for it may be changed in place."""
    if isinstance(values, Tensor):
        return values.clone()
    if isinstance(values, tuple | list):
        return next((found for found in map(_first_tensor, values) if found is not None), None)
    return None
