"""What a library with the names of `sparling` 0.3.0 makes of fixed inputs: numbers, state dicts, schedules.

Runs with whichever comes first on the path, 0.3.0 itself or `sparling.compat`; imports neither torch's random numbers
for inputs nor anything of the tests. The recorded numbers are those of 0.3.0:

    pip install --no-deps --target /tmp/sparling-030 sparling==0.3.0 dconstruct
    PYTHONPATH=/tmp/sparling-030 python tests/core/compat/cases.py record tests/core/compat/recorded.json
"""

import importlib
import importlib.util
import inspect
import json
import pickle
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

NAMES = [
    "ChangingSparsityForL1",
    "EnforceSparsityPerChannel",
    "EnforceSparsityPerChannel1D",
    "EnforceSparsityPerChannel2D",
    "EnforceSparsityPerChannelAccumulated",
    "EnforceSparsityUniversally",
    "LinearThresholdAdaptiveSUO",
    "NoSparsity",
    "NoiseRatherThanSparsity",
    "NoopSUO",
    "ParallelSparsityLayers",
    "SparseLayerWithBatchNorm",
    "Sparsity",
    "SparsityForKL",
    "SparsityForL1",
    "SparsityUpdateOptimizer",
    "StopAtFixedNumberElements",
    "StopAtFixedNumberMotifs",
    "accumulation_stop_strategy_types",
    "enforce_sparsity_per_channel_types",
    "sparsity_types",
    "suo_types",
]
BATCHES, LOOKED_AT, PICKLED_AFTER, CHANGED_AFTER, SPARSITY_THEN = 50, (0, 1, 2, 9, 24, 49), 12, 30, 0.96
FLAT, LINES, IMAGES, LINES_LAST = (60, 3), (4, 3, 20), (4, 3, 4, 5), (4, 20, 3)


class Case(NamedTuple):
    """A layer as it is built, and the shape of its scores; ``channels`` is where their channels are."""

    kind: str
    arguments: dict[str, Any]
    shape: tuple[int, ...] = IMAGES
    channels: int = 1
    flag: bool = True
    """Whether it takes disable_relu=True."""


def _accumulated(kind: str, **number: int) -> dict[str, Any]:
    return {"type": "EnforceSparsityPerChannelAccumulated", "accumulation_stop_strategy": {"type": kind, **number}}


def _layer(sparsity: float = 0.9, **arguments: Any) -> dict[str, Any]:
    return {"starting_sparsity": sparsity, "channels": 3, **arguments}


def _after_norm(spec: dict[str, Any], affine: bool, dimensions: int = 2) -> dict[str, Any]:
    return _layer(underlying_sparsity_spec=spec, affine=affine, input_dimensions=dimensions)


NORM = "SparseLayerWithBatchNorm"
_CHANNELS_2D = {"type": "EnforceSparsityPerChannel2D"}
_CHANNELS_1D = {"type": "EnforceSparsityPerChannel1D"}
_SPLICING = [
    {"type": "NoSparsity"},
    {"type": NORM, "underlying_sparsity_spec": _CHANNELS_1D, "affine": True, "input_dimensions": 1},
]
CASES = {
    "rows": Case("EnforceSparsityPerChannel", _layer(), FLAT),
    "rows, accumulated": Case(
        "EnforceSparsityPerChannelAccumulated",
        _layer(accumulation_stop_strategy={"type": "StopAtFixedNumber", "num_elements": 150}),
        FLAT,
    ),
    "1D": Case("EnforceSparsityPerChannel1D", _layer(momentum=0.5), LINES),
    "2D": Case("EnforceSparsityPerChannel2D", _layer()),
    "2D, a table for each batch": Case(
        "EnforceSparsityPerChannel2D",
        _layer(enforce_sparsity_per_channel_spec={"type": "EnforceSparsityPerChannel", "momentum": 0.25}),
    ),
    "2D, accumulated to motifs": Case(
        "EnforceSparsityPerChannel2D",
        _layer(enforce_sparsity_per_channel_spec=_accumulated("StopAtFixedNumberMotifs", num_motifs=20)),
    ),
    "2D, all pass": Case("EnforceSparsityPerChannel2D", _layer(0.0)),
    "2D, none pass": Case("EnforceSparsityPerChannel2D", _layer(1.0, momentum=1.0)),
    "2D, never moves": Case("EnforceSparsityPerChannel2D", _layer(momentum=0.0)),
    "universally": Case("EnforceSparsityUniversally", _layer()),
    "none": Case("NoSparsity", _layer()),
    "L1": Case("SparsityForL1", _layer()),
    "changing L1": Case("ChangingSparsityForL1", _layer(), flag=False),
    "KL": Case("SparsityForKL", _layer(), flag=False),
    "noise": Case("NoiseRatherThanSparsity", _layer(), flag=False),
    "norm, 2D": Case(NORM, _after_norm(_CHANNELS_2D, affine=False)),
    "norm, affine, 2D": Case(NORM, _after_norm(_CHANNELS_2D | {"momentum": 0.2}, affine=True)),
    "norm, affine, 1D": Case(NORM, _after_norm(_CHANNELS_1D, True, 1), LINES_LAST, channels=2),
    "norm, universally": Case(NORM, _after_norm({"type": "EnforceSparsityUniversally"}, affine=False)),
    "norm, another sparsity": Case(NORM, _after_norm(_CHANNELS_2D | {"starting_sparsity": 0.5}, affine=False)),
    "norm, affine, none": Case(NORM, _after_norm({"type": "NoSparsity"}, affine=True)),
    "norm, affine, L1": Case(NORM, _after_norm({"type": "SparsityForL1"}, affine=True)),
    "norm, affine, KL": Case(NORM, _after_norm({"type": "SparsityForKL"}, affine=True), flag=False),
    "parallel": Case(
        "ParallelSparsityLayers",
        _layer(sparse_model_specs=_SPLICING, channels_each=[1, 2]),
        LINES_LAST,
        channels=2,
    ),
}
DOUBLES = ("2D", False), ("2D", True), ("norm, affine, 2D", True), ("universally", False)
"""Cases that get float64 scores, and whether the whole layer is made so too."""


def library() -> Any:
    """`sparling` 0.3.0 where that is first on the path, else `sparling.compat`."""
    ours = importlib.util.find_spec("sparling.compat") is not None
    return importlib.import_module("sparling.compat" if ours else "sparling")


def build(lib: Any, case: Case) -> nn.Module:
    """From the tables where they have it, as the authors do."""
    made: nn.Module = lib.sparsity_types().get(case.kind, getattr(lib, case.kind))(**case.arguments)
    return made


def scores(case: Case, number: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(number).standard_normal(case.shape).astype(np.float32))


def plain(value: Any) -> Any:
    """As JSON has it, numbers to nine digits."""
    if isinstance(value, Tensor):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def looks(active: Tensor | dict[str, Tensor]) -> list[Any]:
    """How many of each output are not zero, their sum, and their sum weighted by their place."""
    parts = list(active.values()) if isinstance(active, dict) else [active]
    flat = [part.detach().double().flatten() for part in parts]
    places = torch.linspace(-1, 1, len(flat[0]), dtype=torch.float64)
    return [[int(part.count_nonzero()), float(part.sum()), float(part @ places)] for part in flat]


def evaluated(layer: nn.Module, case: Case) -> Any:
    torch.manual_seed(1)
    with torch.no_grad():
        return looks(layer.eval()(scores(case, 1_000)))


def trained(lib: Any, case: Case) -> tuple[nn.Module, dict[str, Any]]:
    """Batches through a mixing of channels that is trained with the layer, and what is seen on the way."""
    layer = build(lib, case)
    seen: dict[str, Any] = {"fresh": evaluated(layer, case), "steps": []}
    weight = nn.Parameter(torch.eye(3) + 0.1)
    torch.manual_seed(0)
    layer.train()
    for step in range(BATCHES):
        z = (scores(case, step).movedim(case.channels, -1) @ weight).movedim(-1, case.channels)
        active = layer(z)
        loss = sum((part - 0.3).square().sum() for part in (active.values() if isinstance(active, dict) else [active]))
        learned = [weight, *(p for p in layer.parameters() if p.requires_grad)]
        gradients = torch.autograd.grad(loss, learned, allow_unused=True)
        with torch.no_grad():
            for parameter, gradient in zip(learned, gradients, strict=True):
                parameter -= 1e-4 * gradient
        if step in LOOKED_AT:
            seen["steps"].append([looks(active), *(float(g.double().abs().sum()) for g in gradients)])
        if step == PICKLED_AFTER:
            layer = pickle.loads(pickle.dumps(layer))
        if step == CHANGED_AFTER:
            layer.sparsity = SPARSITY_THEN  # type: ignore[assignment]
    seen["state"] = layer.state_dict()
    seen["learns"] = {name: p.requires_grad for name, p in layer.named_parameters()}
    seen["evaluated"] = evaluated(layer, case)
    if case.flag:
        with torch.no_grad():
            seen["without ReLU"] = looks(layer(scores(case, 1_000), disable_relu=True))
    return layer, seen


def doubled(lib: Any, case: Case, whole: bool) -> list[Any]:
    """Scores in float64, and where ``whole`` the layer too."""
    layer = build(lib, case)
    layer = layer.double() if whole else layer
    outputs = [layer(scores(case, step).double()) for step in range(3)]
    return [str(outputs[0].dtype), *(looks(output) for output in outputs)]


def schedule(lib: Any, **settings: Any) -> list[float]:
    """Sparsities over 30 evaluations at uneven steps, with accuracies that rise, fall and beat the bar."""
    suo = lib.suo_types()[settings.pop("type")](torch.optim.SGD([torch.zeros(1)], lr=1.0), **settings)
    model = types.SimpleNamespace(sparsity_value=0.5)
    found = []
    for number in range(30):
        step = 100 + 10 * number + number % 3
        suo.update_sparsity(model, step=step, acc_info={"acc": 0.6 + 0.35 * abs(np.sin(0.9 * number))})
        found.append(float(model.sparsity_value))
    return found


SCHEDULES: dict[str, dict[str, Any]] = {
    "none": {"type": "NoopSUO"},
    "annealing": {
        "type": "LinearThresholdAdaptiveSUO",
        "initial_threshold": 0.99,
        "minimal_threshold": 0.7,
        "maximal_threshold": 0.93,
        "threshold_decrease_per_iter": 0.002,
        "minimal_update_frequency": 20,
        "information_multiplier": 0.75,
        "initial_step": 90,
    },
    "nothing changes": {
        "type": "LinearThresholdAdaptiveSUO",
        "initial_threshold": 0.5,
        "minimal_threshold": 0.0,
        "maximal_threshold": 1.0,
        "threshold_decrease_per_iter": 0.01,
        "minimal_update_frequency": 1,
        "information_multiplier": 1.0,
    },
}


def surface(lib: Any) -> dict[str, Any]:
    """Tables, who derives from whom, and what the constructors are called with."""
    classes = {name: getattr(lib, name) for name in NAMES if inspect.isclass(getattr(lib, name))}
    return {
        "tables": {
            name: {key: made.__name__ for key, made in getattr(lib, name)().items()}
            for name in NAMES
            if name.endswith("_types")
        },
        "bases": {
            name: [other for other, its in classes.items() if issubclass(made, its)] for name, made in classes.items()
        },
        "arguments": {
            name: [
                [p.name, p.kind.name, None if p.default is p.empty else str(p.default)]
                for p in inspect.signature(made).parameters.values()
            ]
            for name, made in classes.items()
            if name != "EnforceSparsityPerChannelAccumulated"
        },
    }


def record(lib: Any) -> dict[str, Any]:
    """All of it."""
    return plain(
        {
            "surface": surface(lib),
            "cases": {name: trained(lib, case)[1] for name, case in CASES.items()},
            "doubles": [doubled(lib, CASES[name], whole) for name, whole in DOUBLES],
            "schedules": {name: schedule(lib, **settings) for name, settings in SCHEDULES.items()},
        }
    )


def save(lib: Any, folder: Path) -> dict[str, Any]:
    """A state dict and a pickle of each case, in ``folder``; what its layer makes of new scores."""
    made = {name: trained(lib, case)[0] for name, case in CASES.items()}
    for number, layer in enumerate(made.values()):
        torch.save(layer.state_dict(), folder / f"{number}.pt")
        (folder / f"{number}.pkl").write_bytes(pickle.dumps(layer))
    return {name: plain(evaluated(layer, CASES[name])) for name, layer in made.items()}


def loaded(lib: Any, case: Case, state: dict[str, Tensor]) -> nn.Module:
    """As `trained` left it."""
    layer = build(lib, case)
    layer.load_state_dict(state)
    layer.sparsity = SPARSITY_THEN  # type: ignore[assignment]
    return layer


def load(lib: Any, folder: Path) -> dict[str, Any]:
    """What layers that load the state dicts in ``folder`` make of new scores."""
    found = {}
    for number, (name, case) in enumerate(CASES.items()):
        layer = loaded(lib, case, torch.load(folder / f"{number}.pt", weights_only=True))
        found[name] = plain(evaluated(layer, case))
    return found


def main(what: str, out: str, folder: str = ".") -> None:
    lib = library()
    found = {"record": record, "save": save, "load": load}[what](lib, *([] if what == "record" else [Path(folder)]))
    Path(out).write_text("{\n" + ",\n".join(_lines(found)) + "\n}\n")


def _lines(found: dict[str, Any]) -> list[str]:
    """A line for each case, so that a difference can be read."""
    return [
        f'"{key}": ' + ("{\n" + ",\n".join(_lines(value)) + "\n}" if key == "cases" else json.dumps(value))
        for key, value in found.items()
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
