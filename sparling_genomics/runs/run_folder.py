"""The run folder: made only after all input was read, refused where something else is in the way, filled file by file.

``run.json`` is written last: a folder that has it is complete.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sparling.errors import FileChanged, FileInFolder, InputError, NothingToResume, NotWritable
from sparling.training.checkpoint import has_state, read_json, write_json
from sparling.training.folders import check_free, make_empty
from sparling_genomics.discovery.config import MotifConfig, RunConfig
from sparling_genomics.files.genome import open_genome

CONFIG, INPUTS, BEGUN, RESULT = "config.toml", "inputs.json", "begun.json", "run.json"
FORMAT = 2
"""Of a run folder: what is in its files and where. Another one cannot be read back."""
INPUT_OPTIONS = ("fasta", "negatives", "labels", "bed", "genome", "peaks", "signal", "exclude", "db", "start_from")


class RunFolder:
    """A folder that holds, or will hold, one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def config_path(self) -> Path:
        """Where the configuration lies; what has it is a run folder."""
        return self.path / CONFIG

    def check_free(self, force: bool) -> None:
        """Raise ``InputError`` unless a run may be started here; nothing is touched."""
        check_free(self.path, CONFIG, force)

    def start(self, config: RunConfig) -> None:
        """Make the folder, empty but for the configuration.

        Raises ``InputError``, with nothing touched, where an input would go with it or cannot be read.
        """
        for name, path in input_paths(config).items():
            if path.resolve().is_relative_to(self.path.resolve()):
                raise FileInFolder(name, path)
        files = input_files(config)
        make_empty(self.path, CONFIG)
        self._write(config, files)

    def remember(self, config: RunConfig) -> None:
        """Write the configuration and the checksums of its files."""
        self._write(config, input_files(config))

    def _write(self, config: RunConfig, files: dict[str, dict[str, str]]) -> None:
        try:
            config.write(self.config_path)
            write_json(self.path / INPUTS, files)
        except OSError as error:
            raise NotWritable(self.path, error.strerror) from error

    def begin(self, command: str) -> tuple[str, str]:
        """The command that began the run and when (ISO 8601): this one, now, unless one has begun it before."""
        if (self.path / BEGUN).is_file():
            begun = read_json(self.path / BEGUN)
        else:
            begun = {"command": command, "started": datetime.now(UTC).isoformat(timespec="seconds")}
            write_json(self.path / BEGUN, begun)
        return str(begun.get("command", command)), str(begun.get("started", ""))

    def resumable_config(self, options: dict[str, Any]) -> MotifConfig:
        """The configuration to go on with. Raises ``InputError`` if there is none or ``options`` contradict it.

        A file that the run reads may be given at another place: `check_inputs` then says whether it is the same.
        """
        if not self.config_path.is_file():
            raise NothingToResume(self.path, CONFIG)
        return MotifConfig.read(self.config_path).resumed(options)

    def check_inputs(self, config: RunConfig) -> None:
        """Raise ``InputError`` if a file is not the one that the run was started with, wherever it lies now.

        A run that was killed before it wrote down its files has done nothing with them yet: any are right.
        """
        if not (self.path / INPUTS).is_file() and not has_state(self.path / "checkpoint"):
            return
        before = read_json(self.path / INPUTS)
        for name, file in input_files(config).items():
            known = before.get(name, {})
            if known.get("sha256") != file["sha256"]:
                was = known.get("path")
                raise FileChanged(name, Path(file["path"]), None if was == file["path"] else was)


def input_files(config: RunConfig) -> dict[str, dict[str, str]]:
    """`file_record` of every file the run reads, by option; of a genome its own checksum, which reads a part of it."""
    return {
        name: {"path": str(path), "sha256": open_genome(path).checksum} if name == "genome" else file_record(path)
        for name, path in input_paths(config).items()
    }


def input_paths(config: RunConfig) -> dict[str, Path]:
    """Every file the run reads, by option."""
    return {name: value for name, value in config if isinstance(value, Path)}


def file_record(path: Path) -> dict[str, str]:
    """Path and SHA-256 of a file. Raises ``InputError`` where it cannot be read."""
    try:
        with path.open("rb") as handle:
            return {"path": str(path), "sha256": hashlib.file_digest(handle, "sha256").hexdigest()}
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}): {path}") from error
