"""One door to the core-site models: which there are, what each sees, and how each is fitted."""

from pathlib import Path
from typing import Literal

import torch
from torch import nn

from sparling.errors import InputError
from sparling_genomics.splicing.core_sites import lssi, maxent, pwm
from sparling_genomics.splicing.core_sites.maxent import MaxEntTables, read_maxent
from sparling_genomics.splicing.core_sites.maxent_tracks import MaxEntTracks, fit_maxent
from sparling_genomics.splicing.core_sites.tracks import KmerTracks, MatrixTracks
from sparling_genomics.splicing.core_sites.wide import WideTracks
from sparling_genomics.splicing.windows import Transcripts

Core = Literal["none", "lssi", "pwm", "maxent"]
TRACKS = 2
"""That a core-site model gives: of donors and of acceptors."""
DONOR_INTRON = 7
"""Letters of the intron behind a donor that a core-site model sees at most."""
ACCEPTOR = {"none": 0, "lssi": lssi.TABLE, "pwm": pwm.ACCEPTOR_INTRON, "maxent": maxent.ACCEPTOR_INTRON}
"""Letters of the intron before an acceptor that each sees where nobody says otherwise; SAM's LSSI sees 20."""


def acceptor_letters(core: Core, asked: int | None = None) -> int:
    """Letters of the intron before an acceptor that a core sees; ``asked`` is of "lssi" and "pwm" alone."""
    return ACCEPTOR[core] if asked is None else asked


def reach(core: Core, asked: int | None = None) -> int:
    """Letters to either side of a position that its tracks depend on, at most."""
    return 0 if core == "none" else max(DONOR_INTRON, acceptor_letters(core, asked))


def fit_core(
    core: Core,
    train: Transcripts,
    validation: Transcripts,
    seed: int,
    tables: Path | None = None,
    acceptor: int | None = None,
) -> nn.Module | None:
    """The model of a kind, fitted on ``train``; ``validation`` says when the network of "lssi" has learned enough.

    ``tables`` of "maxent" is a file of the user's. Raises ``InputError`` where it is missing or faulty. ``acceptor``
    letters of the intron before an acceptor as `acceptor_letters`.
    """
    if core == "maxent":
        return fit_maxent(read_tables(tables), train)
    if core == "lssi":
        return lssi.fit_lssi(train, validation, seed, acceptor_letters(core, acceptor))
    return pwm.fit_pwm(train, acceptor_letters(core, acceptor)) if core == "pwm" else None


def read_tables(path: Path | None) -> MaxEntTables:
    """The user's tables of maximum entropy scores. Raises ``InputError`` where they are missing or faulty."""
    if path is None:
        raise InputError("the core maxent needs a file of tables: maxent:FILE")
    return read_maxent(path)


def empty_core(core: Core, acceptor: int | None = None) -> nn.Module | None:
    """A core-site model of the right shape, whose numbers are to be loaded."""
    before = acceptor_letters(core, acceptor)
    if core == "lssi":
        return KmerTracks() if before <= lssi.TABLE else WideTracks(before)
    if core == "maxent":
        return MaxEntTracks()
    if core == "pwm":
        columns = pwm.columns_of(before).values()
        donor, acceptors = (torch.zeros(len(own), 4) for own in columns)
        return MatrixTracks(donor, acceptors, torch.zeros(TRACKS), tuple(own.start for own in columns))
    return None
