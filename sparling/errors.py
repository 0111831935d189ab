"""The one family of errors. A message says what, got, expected, and where.

Those with fields say the same to a program: whoever has other names for settings and ways out (the command line has
options) words them anew.
"""

from pathlib import Path


class SparlingError(Exception):
    """Anything this project raises on purpose; the command line prints it without a traceback."""

    exit_code = 1


class InputError(SparlingError):
    """The user's file, option or run folder is wrong: the command line exits with 2."""

    exit_code = 2


class Interrupted(SparlingError):
    """Training was stopped from outside after its state had been saved: the command line exits with 130."""

    exit_code = 130


class Diverged(SparlingError):
    """A training went wrong before its first evaluation, so that there is no state to go back to."""

    def __init__(self, what: str, samples: int) -> None:
        super().__init__(what, samples)
        self.what, self.samples = what, samples

    def __str__(self) -> str:
        seen = f"after {self.samples:,} training samples, before any evaluation was done"
        return f"{self.what} was not a finite number {seen}; try a lower learning rate, or look for NaN in the data"


class OutOfMemory(SparlingError, MemoryError):
    """Memory did not suffice for a batch, of training or of an evaluation; the state of the last evaluation is kept."""

    def __init__(self, size: int, shape: tuple[int, ...], device: str, folder: Path) -> None:
        super().__init__(size, shape, device, folder)
        self.size, self.shape, self.device, self.folder = size, shape, device, folder

    def __str__(self) -> str:
        batch = f"batches of {self.size:,} samples of shape {self.shape} each" if self.size else "the first batch"
        return (
            f"out of memory on {self.device}, with {batch}; take smaller batches or samples or free memory, "
            f"and resume: {self.folder}"
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error is Python's or PyTorch's for memory that did not suffice, on any device.

    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("shapes differ"))
    (True, False)
    >>> is_out_of_memory(RuntimeError("[enforce fail at alloc_cpu.cpp:119] DefaultCPUAllocator: can't allocate memory"))
    True
    """
    words = ("out of memory", "allocate memory", "not enough memory")
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(each in str(error).lower() for each in words)
    )


class ScoresNotFinite(SparlingError, ValueError):
    """Scores of a local model are NaN or infinite: its input or its weights are."""

    def __init__(self, channels: list[int], wrong: int, total: int) -> None:
        super().__init__(channels, wrong, total)
        self.channels, self.wrong, self.total = channels, wrong, total

    def __str__(self) -> str:
        some = ", ".join(map(str, self.channels[:5])) + (", …" if len(self.channels) > 5 else "")
        of = f"{self.wrong:,} of {self.total:,} scores"
        return f"scores must be finite for a calibration; got NaN or infinity in {of} (of channels {some})"


class SettingOutOfRange(InputError, ValueError):
    """A setting has a value that it cannot have."""

    def __init__(self, name: str, got: object, expected: str) -> None:
        super().__init__(name, got, expected)
        self.name, self.got, self.expected = name, got, expected

    def __str__(self) -> str:
        return f"{self.name} must be {self.expected}; got {self.got}"


class SettingRefused(InputError, ValueError):
    """A setting is missing, not known, or has a value that it cannot have: ``why`` says which."""

    def __init__(self, name: str, why: str, got: object) -> None:
        super().__init__(name, why, got)
        self.name, self.why, self.got = name, why, got

    def __str__(self) -> str:
        return f"{self.name}: {self.why}, got {self.got!r}"


class SettingDiffers(InputError):
    """A setting is not that of the run to resume, which it would make another run."""

    def __init__(self, name: str, got: object, before: object) -> None:
        super().__init__(name, got, before)
        self.name, self.got, self.before = name, got, before

    def __str__(self) -> str:
        return f"{self.name} {self.got} differs from the run to resume, which has {self.before}"


class NoUsableGpu(InputError):
    """The device that was asked for is not there."""

    def __str__(self) -> str:
        return 'device "cuda": no usable GPU here, expected one; "auto" falls back to the CPU'


class FolderError(InputError):
    """A folder cannot serve a run."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class FolderInUse(FolderError):
    """A run, or something else, is in the folder already."""

    def __str__(self) -> str:
        return f"the folder is in use: resume the run in it, or take another folder: {self.path}"


class InUse(FolderError):
    """Another process, or another thread of this one, is writing there at this moment."""

    def __init__(self, path: Path, host: str = "", pid: int = 0, since: str = "") -> None:
        super().__init__(path)
        self.args = path, host, pid, since
        self.host, self.pid, self.since = host, pid, since

    def __str__(self) -> str:
        who = f"process {self.pid} on {self.host}, since {self.since}" if self.pid else "another process"
        return f"in use by {who}; wait for its end, or take another place: {self.path}"


class NotAFolder(FolderError):
    """A file is where the folder should be."""

    def __str__(self) -> str:
        return f"a file, expected a folder: {self.path}"


class NotARunFolder(FolderError):
    """The folder holds something other than a run of this kind, and is not emptied for one."""

    def __init__(self, path: Path, marker: str) -> None:
        super().__init__(path)
        self.args, self.marker = (path, marker), marker

    def __str__(self) -> str:
        return f"only run folders are replaced, and this has no {self.marker}: {self.path}"


class NotWritable(FolderError):
    """The folder cannot be written."""

    def __init__(self, path: Path, reason: str | None = None) -> None:
        super().__init__(path)
        self.args, self.reason = (path, reason), reason

    def __str__(self) -> str:
        return f"the folder cannot be written{f' ({self.reason})' if self.reason else ''}: {self.path}"


class NothingToResume(FolderError):
    """The file that a run goes on from is not in the folder."""

    def __init__(self, path: Path, missing: str) -> None:
        super().__init__(path)
        self.args, self.missing = (path, missing), missing

    def __str__(self) -> str:
        return f"no run to resume, {self.missing} is missing: {self.path}"


class FileOfSetting(InputError):
    """The file that a setting names cannot serve a run."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, path)
        self.name, self.path = name, path


class ReadOnlyOnce(FileOfSetting):
    """The file is a pipe or a device, but a run reads its files again."""

    def __str__(self) -> str:
        return f"{self.name} is a pipe or a device, which can be read only once; write it to a file first: {self.path}"


class FileInFolder(FileOfSetting):
    """The file lies in the folder that is emptied before the run."""

    def __str__(self) -> str:
        return f"{self.name} lies in the folder of the run, which is emptied before it: {self.path}"


class FileChanged(FileOfSetting):
    """The file is not the one that the run was started with, when it was ``was``, if it lay elsewhere."""

    def __init__(self, name: str, path: Path, was: str | None = None) -> None:
        super().__init__(name, path)
        self.args, self.was = (name, path, was), was

    def __str__(self) -> str:
        was = "" if self.was is None else f", when it was {self.was}"
        return f"{self.name} has changed since the run was started{was}: {self.path}"
