"""How every run of a folder begins and is stopped, whatever its task: made or gone on with, one thread, Ctrl-C."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sparling.errors import Interrupted, NothingToResume
from sparling.locks import locked
from sparling.training.devices import one_thread
from sparling_genomics.discovery.config import RunConfig
from sparling_genomics.runs.run_folder import CONFIG, RunFolder

Config = TypeVar("Config", bound=RunConfig)
Ready = TypeVar("Ready")


def opened(
    folder: RunFolder,
    kind: type[Config],
    prepare: Callable[[Config], Ready],
    options: Mapping[str, Any],
    *,
    force: bool,
    resume: bool,
) -> Ready:
    """What ``prepare`` reads for a run of these ``options`` in ``folder``, which is made, or gone on with.

    Raises ``InputError`` for any fault of options, inputs and folder, before a file is made; with ``resume`` also where
    an input is another one than before.
    """
    if resume:
        if not folder.config_path.is_file():
            raise NothingToResume(folder.path, CONFIG)
        config = kind.read(folder.config_path).resumed(options)
        folder.check_inputs(config)
        return prepare(config)
    config = kind.of(dict(options))
    folder.check_free(force)
    prepared = prepare(config)
    folder.start(config)
    return prepared


@contextmanager
def stoppable(path: Path) -> Iterator[None]:
    """The folder is this run's alone, on one thread; Ctrl-C outside the trainings, which save what they did, becomes
    `Interrupted` with the folder. Raises ``InUse`` where another process is there."""
    try:
        with locked(path), one_thread():
            yield
    except KeyboardInterrupt as error:
        raise Interrupted(f"stopped before all was done; saved in {path}") from error
