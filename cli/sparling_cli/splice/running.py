"""A training of the group ``splice`` on the screen: read, progress on stderr, and where it can be gone on with."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sparling_cli.screen import Screen, resumable

if TYPE_CHECKING:
    from sparling_genomics.runs.run_folder import RunFolder

Ready = TypeVar("Ready")
Result = TypeVar("Result")


def trained(
    name: str,
    options: dict[str, Any],
    out: Path,
    screen: Screen,
    open_run: Callable[..., Ready],
    train: Callable[..., Result],
    *,
    score: str,
    force: bool,
    resume: bool,
) -> tuple[Ready, Result] | None:
    """What ``open_run`` read and ``train`` made of it for ``sparling splice NAME``; None where all was done before.

    ``score``: what the progress calls the validation's.
    """
    from sparling.locks import locked
    from sparling_genomics.runs.run_folder import RunFolder

    folder = RunFolder(out)
    with locked(out):
        return _trained(name, options, folder, screen, open_run, train, score, force=force, resume=resume)


def _trained(
    name: str,
    options: dict[str, Any],
    folder: "RunFolder",
    screen: Screen,
    open_run: Callable[..., Ready],
    train: Callable[..., Result],
    score: str,
    *,
    force: bool,
    resume: bool,
) -> tuple[Ready, Result] | None:
    from sparling_cli.progress import Outlook, TrainingDisplay
    from sparling_genomics.runs.run_folder import RESULT

    out = folder.path
    prepared: Any = open_run(folder, options, force=force, resume=resume)
    if resume and (out / RESULT).is_file():
        screen.say(f"The run in {out} is finished, and is left as it is")
        return None
    for sentence in prepared.noticed:
        screen.say(sentence)
    screen.say(f"Training on {prepared.fabric.device} in {prepared.precision}; results in {out}")
    outlook = Outlook(target=1.0, factor=0.5, evaluate_every=1, settle=0, score=score, unit="windows")
    goes_on = resumable("sparling", "splice", name, "--resume", "--out", out)
    with goes_on, TrainingDisplay(screen, outlook) as display:
        command = shlex.join(["sparling", *sys.argv[1:]])
        return prepared, train(prepared, folder, command, display.begin, resume=resume)
