"""Files that survive a kill: written beside their place and then moved there. Loading any of them executes no code."""

import io
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from sparling.atomic import write_atomically, write_bytes
from sparling.errors import FolderInUse, InputError, NothingToResume

STATE_FILE = "state.pt"


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Save tensors, numbers, strings and containers of them to ``folder``."""
    content = io.BytesIO()  # written by torch itself, a full disk would be a RuntimeError
    torch.save(state, content)

    def write(path: Path) -> None:
        path.write_bytes(content.getbuffer())
        with path.open("rb") as file:
            os.fsync(file.fileno())  # before it takes the place of the last one: the power may fail

    write_atomically(folder / STATE_FILE, write)


def has_state(folder: Path) -> bool:
    """Whether ``folder`` has what `save_state` writes; the folder alone may be there after an interruption."""
    return (folder / STATE_FILE).is_file()


def refuse_begun(folder: Path, evaluated: bool) -> None:
    """Raise ``FolderInUse`` where ``folder`` has the checkpoint of a training that was evaluated once or more.

    ``evaluated``: whether its log tells of evaluations, which without a checkpoint are those of a training, too.
    """
    place = folder / "checkpoint"
    if load_state(place)["progress"]["step"] if has_state(place) else evaluated:
        raise FolderInUse(folder)


def load_state(folder: Path) -> dict[str, Any]:
    """What `save_state` wrote. Raises ``NothingToResume`` where it is missing, ``InputError`` where it is damaged."""
    path = folder / STATE_FILE
    if not path.is_file():
        raise NothingToResume(folder, STATE_FILE)
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen kinds for damaged files
        raise InputError(
            f"checkpoint is damaged ({type(error).__name__}), put back a copy or begin the run anew: {path}"
        ) from error
    if not isinstance(state, dict) or not {"progress", "model", "optimizer", "held"} <= state.keys():
        raise InputError(f"checkpoint is not one of this program's: {path}")
    return state


def save_model(folder: Path, model: nn.Module, config: dict[str, Any]) -> None:
    """Weights as ``model.safetensors`` and how to build the model as ``config.json``."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    content = save(tensors)
    write_bytes(folder / "model.safetensors", content)
    write_json(folder / "config.json", config)


def load_weights(folder: Path, model: nn.Module) -> None:
    """Put the saved weights into ``model``. Raises ``InputError`` where they are missing, damaged or do not fit."""
    path = folder / "model.safetensors"
    try:
        model.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise InputError(f"model weights cannot be loaded ({str(error).splitlines()[0]}): {path}") from error


def write_json(path: Path, value: object) -> None:
    """Write ``value`` as indented JSON, in one step."""
    text = json.dumps(value, indent=2) + "\n"

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises ``InputError`` with path and line where it is missing, damaged or something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg}), {path}:{error.lineno}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error}), {path}") from error
    if not isinstance(content, dict):
        raise InputError(f"expected a JSON object, {path}:1")
    return content


def misfit(error: Exception) -> str:
    """What of a checkpoint did not fit, in brackets: the first fault that torch lists, or all that was said.

    >>> misfit(RuntimeError("Error(s) in loading state_dict for M:\\n\\tMissing key(s): 'w'. \\n\\tsize mismatch"))
    " (Missing key(s): 'w')"
    >>> misfit(KeyError("model"))
    " (it lacks 'model')"
    """
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    if isinstance(error, KeyError):
        return f" (it lacks {error})"
    return f" ({lines[1] if len(lines) > 1 and lines[0].endswith(':') else lines[0]})" if lines else ""
