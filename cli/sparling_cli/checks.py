"""What can be said of a command's options and files at once, before anything heavy is imported.

The full checks come when the files are read; these see the faults that typing makes: a wrong path, another kind of
file, a number out of range, a folder that is in use.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sparling.errors import FileInFolder, FolderInUse, InputError, NotARunFolder
from sparling.locks import refuse_held
from sparling.training.folders import check_free
from sparling_cli.options import DEVICES
from sparling_genomics.discovery.config import MotifConfig, check_of_motifs, default_folder
from sparling_genomics.files.text_files import check_lasting, check_replaceable, numbered_lines, with_indices

CONFIG, RESULT = "config.toml", "run.json"
"""Of a run folder, as in `sparling_genomics.runs.run_folder`, whose imports take seconds."""
OWN = (
    *("config", "run", "inputs", "begun", "metrics", "motifs", "sites", "pairs", "effects", "report", "audit"),
    *("bound", "peaks", "spacings", "matches", "sparling_motifs_mqc", "sparling_run_mqc"),
    *("rna_map", "splice_sites"),
)
"""Files of a run folder by the beginnings of their names, which no other command may replace."""
DATA = ("fasta", "negatives", "labels", "bed", "genome", "peaks", "signal", "exclude")
MOTIF_FILES = ("db", "start_from")
NO_MOTIF = "The run has found no motif: what it predicts says little."
DEMO_RUN = "motifs"
"""The run inside the folder of a demo."""


def check_training(
    options: Mapping[str, Any], out: Path | None, seeds: int | None, *, force: bool, resume: bool
) -> Path:
    """The run folder of a training. Raises ``InputError`` for the first fault of its options, files and folder."""
    if resume and force:
        raise InputError("--resume and --force exclude each other")
    if seeds is not None and seeds < 1:
        raise InputError(f"--seeds must be 1 or more, got {seeds}")
    source = options.get("fasta") or options.get("bed")
    if out is not None:
        place = out
    elif source is not None:
        place = default_folder(source)
    elif resume:
        raise InputError("--resume needs --out, the folder of the run to go on with")
    else:
        raise InputError("--fasta is missing, or --bed with --genome")
    if resume:
        refuse_held(place)
        if not (place / CONFIG).is_file():
            raise InputError(f"no run to resume, {CONFIG} is missing: {place}")
        MotifConfig.read(place / CONFIG).resumed(options)
        return place
    config = MotifConfig.of(dict(options))
    check_free(place, CONFIG, force)
    check_outside(place, {name: getattr(config, name) for name in (*DATA, *MOTIF_FILES)})
    for name in (*DATA, *MOTIF_FILES):
        check_file(name, getattr(config, name))
    return place


def check_file(name: str, path: Path | None) -> None:
    """Raise ``InputError`` unless the file of an option is there and begins as what it is to be."""
    if name in ("fasta", "negatives"):
        check_sequences(name, path)
    elif name == "genome" and path is not None:
        from sparling_genomics.files.fasta import check_begins

        check_lasting(path, name)
        check_begins(path)
    elif name == "signal" and path is not None:
        from sparling_genomics.data.signal import check_track

        check_there(name, path)
        check_track(path)
    else:
        check_text(name, path)


def check_sequences(name: str, path: Path | None) -> None:
    """Raise ``InputError`` unless the file of an option begins as FASTA does, plain or gzip."""
    if path is not None:
        from sparling_genomics.files.fasta import iter_fasta

        check_lasting(path, name)
        next(iter_fasta(path))


def check_text(name: str, path: Path | None) -> None:
    """Raise ``InputError`` unless the file of an option is there and begins as text."""
    if path is not None:
        check_lasting(path, name)
        next(numbered_lines(path), None)


def check_new(option: str, path: Path | None, force: bool, *others: Path | None) -> None:
    """Raise ``InputError`` unless ``path`` can be written, is new or to be replaced, and is none of ``others``.

    Of a run folder among these no file of the run may be replaced, and of no file the index beside it.
    """
    if path is None:
        return
    for other in others:
        if other is not None and (path.resolve() in with_indices(other) or is_of_run(path, other)):
            raise InputError(f"{option} is another file of this command, expected one of its own: {path}")
    if path.is_dir():
        raise InputError(f"{option} is a directory, expected a file: {path}")
    check_replaceable(path)
    if path.exists() and not force:
        raise InputError(f"{option} exists already; --force replaces it: {path}")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(f"{option}: no such folder, {folder}")
    if not os.access(folder, os.W_OK):
        raise InputError(f"{option}: the folder cannot be written, {folder}")


def check_run(path: Path) -> Path:
    """The finished run in ``path``, or inside it where a demo made it. Raises ``InputError`` where there is none."""
    if not path.is_dir():
        raise InputError(f"no such run folder: {path}")
    run = path / DEMO_RUN if not (path / CONFIG).is_file() and (path / DEMO_RUN / CONFIG).is_file() else path
    if not (run / CONFIG).is_file():
        raise InputError(f"not a run folder, {CONFIG} is missing: {path}")
    if not (run / RESULT).is_file():
        raise InputError(
            f"not a finished run, {RESULT} is missing; `sparling motifs train --resume --out {run}` ends it: {run}"
        )
    check_of_motifs(_result(run), run)
    return run


def _result(run: Path) -> dict[str, Any]:
    """What run.json says; of a damaged one nothing, for what reads it says so."""
    try:
        said = json.loads((run / RESULT).read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def check_results(place: Path, marker: str, force: bool) -> None:
    """Raise ``InputError`` unless ``place`` is free for a folder of results, or holds one and ``force`` is given."""
    try:
        check_free(place, marker, force)
    except FolderInUse:
        raise InputError(f"--out exists already; --force replaces it: {place}") from None
    except NotARunFolder:
        raise InputError(f"--force replaces only folders of such results, with {marker}: {place}") from None


def check_outside(place: Path, files: Mapping[str, Path | None]) -> None:
    """Raise ``InputError`` where one of the ``files``, by their options, lies in the folder that is to be replaced."""
    for name, path in files.items():
        if path is not None and path.resolve().is_relative_to(place.resolve()):
            raise FileInFolder(name, path)


def check_there(name: str, path: Path | None) -> None:
    """Raise ``InputError`` unless the file of an option, where it is given, is a file."""
    if path is None:
        return
    check_lasting(path, name)
    if not path.is_file():
        raise InputError(f"--{name}: {'a directory, expected a file' if path.is_dir() else 'no such file'}, {path}")


def check_exists(name: str, path: Path | None) -> None:
    """Raise ``InputError`` where an option names a file or folder that is not there."""
    if path is not None and not path.exists():
        raise InputError(f"--{name}: no such file or folder, {path}")


def is_of_run(path: Path, run: Path) -> bool:
    """Whether a run has this file: one of those in it, or any in a folder of it."""
    folder, run = path.resolve().parent, run.resolve()
    if not (run / CONFIG).is_file() or not folder.is_relative_to(run):
        return False
    return folder != run or path.name.partition(".")[0] in OWN


def has_motifs(run: Path) -> bool:
    """Whether a finished run has found any."""
    return len((run / "motifs.tsv").read_text(encoding="utf-8").splitlines()) > 1


def has_audit(run: Path) -> bool:
    """Whether a finished run can be audited: it has motifs, and is not of several labels or values."""
    return has_motifs(run) and not (run / "effects.tsv").is_file()


def check_moved(run: Path, moved: Mapping[str, Path | None]) -> dict[str, Path]:
    """Where input files lie by now, of those options that are given. Raises ``InputError`` where one is missing."""
    config = MotifConfig.read(run / CONFIG)
    for name in moved:
        was, given = getattr(config, name), moved.get(name)
        if given is not None and was is None:
            raise InputError(f"--{name} {given}: the run has read no such file: {run}")
        if was is None or (given is None and was.exists()):
            continue
        if given is None:
            raise InputError(f"no such file, {was}; --{name} FILE says where it is now")
        check_file(name, given)
    return {name: path for name, path in moved.items() if path is not None}


def check_device(device: str | None) -> None:
    """Raise ``InputError`` for a device that there is not."""
    check_name("--device", device, DEVICES)


def check_name(option: str, got: str | None, known: Sequence[str]) -> None:
    """Raise ``InputError`` unless the option is not given or one of the ``known`` names."""
    if got is not None and got not in known:
        raise InputError(f"{option} must be one of {', '.join(known)}; got {got}")
