"""One door to the core-site models: which there are, and how each is fitted."""

from pathlib import Path
from typing import Literal

import torch
from torch import nn

from sparling.errors import InputError
from sparling_genomics.splicing.core_sites.lssi import fit_lssi
from sparling_genomics.splicing.core_sites.maxent import MaxEntTables, read_maxent
from sparling_genomics.splicing.core_sites.maxent_tracks import MaxEntTracks, fit_maxent
from sparling_genomics.splicing.core_sites.pwm import COLUMNS, FIRSTS, fit_pwm
from sparling_genomics.splicing.core_sites.tracks import KmerTracks, MatrixTracks
from sparling_genomics.splicing.windows import Transcripts

Core = Literal["none", "lssi", "pwm", "maxent"]
TRACKS = 2
"""That a core-site model gives: of donors and of acceptors."""


def fit_core(
    core: Core, train: Transcripts, validation: Transcripts, seed: int, tables: Path | None = None
) -> nn.Module | None:
    """The model of a kind, fitted on ``train``; ``validation`` says when the network of "lssi" has learned enough.

    ``tables`` of "maxent" is a file of the user's. Raises ``InputError`` where it is missing or faulty.
    """
    if core == "maxent":
        return fit_maxent(read_tables(tables), train)
    if core == "lssi":
        return fit_lssi(train, validation, seed)
    return fit_pwm(train) if core == "pwm" else None


def read_tables(path: Path | None) -> MaxEntTables:
    """The user's tables of maximum entropy scores. Raises ``InputError`` where they are missing or faulty."""
    if path is None:
        raise InputError("the core maxent needs a file of tables: maxent:FILE")
    return read_maxent(path)


def empty_core(core: Core) -> nn.Module | None:
    """A core-site model of the right shape, whose numbers are to be loaded."""
    if core == "lssi":
        return KmerTracks()
    if core == "maxent":
        return MaxEntTracks()
    if core == "pwm":
        shapes = [torch.zeros(len(columns), 4) for columns in COLUMNS.values()]
        return MatrixTracks(shapes[0], shapes[1], torch.zeros(TRACKS), FIRSTS)
    return None
