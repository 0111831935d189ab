"""The one family of errors. A message says what, got, expected, and where."""


class SparlingError(Exception):
    """Anything this project raises on purpose; the command line prints it without a traceback."""

    exit_code = 1


class InputError(SparlingError):
    """The user's file, option or run folder is wrong: the command line exits with 2."""

    exit_code = 2


class Interrupted(SparlingError):
    """Training was stopped from outside after its state had been saved: the command line exits with 130."""

    exit_code = 130
