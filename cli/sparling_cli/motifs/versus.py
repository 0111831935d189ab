"""``sparling motifs train --versus OTHER``: what differs between two sets, a run in each direction."""

from pathlib import Path
from typing import Any, Protocol

from sparling.locks import locked
from sparling_cli.checks import CONFIG, check_training, has_audit
from sparling_cli.screen import Screen
from sparling_genomics.runs.versus import both_directions


class Train(Protocol):
    """What trains one run, or the same with several seeds, as `train.run_seeds` does."""

    def __call__(
        self, options: dict[str, Any], out: Path, seeds: int | None, screen: Screen, *, force: bool, resume: bool
    ) -> None:
        """Leave a finished run of ``options`` in ``out``."""


def train_versus(
    options: dict[str, Any],
    other: Path,
    out: Path | None,
    seeds: int | None,
    screen: Screen,
    train: Train,
    *,
    force: bool,
    resume: bool,
) -> Path:
    """Two runs in ``out``: what the sequences or regions have more often than ``other``, and the reverse.

    With ``resume`` a run that is finished stays, one that was interrupted goes on, one that is missing is begun.
    Raises ``InputError`` for every fault of options and files, before anything is trained.
    """
    from sparling_cli.summary import told_in_short

    whole, runs = both_directions(options, other, out)
    goes_on = {name: resume and (whole / name / CONFIG).is_file() for name in runs}
    for name, asked in runs.items():
        check_training(asked, whole / name, seeds, force=force, resume=goes_on[name])
    with locked(whole):
        for name, asked in runs.items():
            screen.say(name.replace("_over_", " over "))
            train(asked, whole / name, seeds, screen, force=force, resume=goes_on[name])
    screen.tell("In short")
    for name in runs:
        screen.tell(f"  {name.replace('_over_', ' over ')}: {told_in_short(whole / name)}")
    found = [whole / name for name in runs if has_audit(whole / name)]
    if found:
        screen.next_steps(*((["sparling", "motifs", "audit", place], "which ones to believe") for place in found))
    return whole
