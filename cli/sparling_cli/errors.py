"""Errors of the packages in the words of the command line: settings are options here, and so are the ways out."""

from pathlib import Path

from sparling.errors import (
    FileInFolder,
    FileOfSetting,
    FolderInUse,
    NotAFolder,
    NotARunFolder,
    NotWritable,
    NoUsableGpu,
    SettingDiffers,
    SettingOutOfRange,
    SettingRefused,
    SparlingError,
)


def worded(error: SparlingError) -> str:
    """What went wrong, with the option that is meant."""
    match error:
        case SettingOutOfRange():
            return f"{option(error.name)} must be {error.expected}; got {error.got}"
        case SettingRefused():
            got = "" if isinstance(error.got, bool) else f", got {_plain(error.got)}"
            return f"{option(error.name)}: {error.why}{got}"
        case FileInFolder():
            return f"{option(error.name)} lies in --out, which is emptied before the run: {error.path}"
        case FileOfSetting():
            return f"{option(error.name)}{str(error).removeprefix(error.name)}"
        case SettingDiffers(before=None | False):
            return f"{option(error.name)} was not given when the run to resume was begun"
        case SettingDiffers():
            return f"{option(error.name)} {error.got} differs from the run to resume, which has {error.before}"
        case NoUsableGpu():
            return "--device cuda: no usable GPU here, expected one; --device auto falls back to the CPU"
        case FolderInUse():
            return f"--out exists already; --force replaces it, --resume goes on with it: {error.path}"
        case NotAFolder():
            return f"--out is a file, expected a folder: {error.path}"
        case NotARunFolder():
            return f"--force replaces only run folders, and this has no {error.marker}: {error.path}"
        case NotWritable():
            reason = f" ({error.reason})" if error.reason else ""
            return f"--out cannot be written{reason}: {error.path}"
    return str(error)


def _plain(got: object) -> str:
    """What was given, as it was typed.

    >>> _plain(Path("known.meme")), _plain("x")
    ('known.meme', "'x'")
    """
    return str(got) if isinstance(got, Path) else repr(got)


def option(name: str) -> str:
    """The option for a setting.

    >>> option("max_minutes")
    '--max-minutes'
    """
    return f"--{name.replace('_', '-')}"
