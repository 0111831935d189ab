"""The errors of this package."""


class DataError(Exception):
    """Data cannot be had: no such recipe, a wrong checksum, no space."""


class Unreachable(DataError):
    """The server does not answer, does not have the file, or was cut off."""
