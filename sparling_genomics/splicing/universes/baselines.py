"""What the letters of a site alone say, as predictors: matrices, LSSI and maximum entropy, without any map."""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.splicing.core_sites.fit import read_tables
from sparling_genomics.splicing.core_sites.lssi import fit_lssi
from sparling_genomics.splicing.core_sites.maxent_tracks import MaxEntTracks, fit_maxent
from sparling_genomics.splicing.core_sites.pwm import fit_pwm
from sparling_genomics.splicing.core_sites.tracks import FLOOR, UNIT, KmerTracks, MatrixTracks
from sparling_genomics.splicing.universes.measured import Predictor
from sparling_genomics.splicing.windows import Transcripts

PWM, LSSI, MAXENT = "PWM alone", "LSSI alone", "maximum entropy alone"


def site_baselines(
    train: Transcripts,
    validation: Transcripts,
    seed: int,
    tables: Path | None = None,
    fitted: nn.Module | None = None,
) -> dict[str, Predictor]:
    """Predictors by name: PWM and LSSI, and maximum entropy where there are ``tables`` of the user's.

    Fitted on ``train``, seconds each; ``fitted`` is one of them that there is already.
    """
    models: dict[str, nn.Module] = {
        PWM: fitted if isinstance(fitted, MatrixTracks) else fit_pwm(train),
        LSSI: fitted if isinstance(fitted, KmerTracks) else fit_lssi(train, validation, seed),
    }
    if tables is not None:
        models[MAXENT] = fitted if isinstance(fitted, MaxEntTracks) else fit_maxent(read_tables(tables), train)
    return {name: tracks_predictor(model) for name, model in models.items()}


def tracks_predictor(tracks: nn.Module) -> Predictor:
    """Log-odds that core-site tracks give; those of matrices and of maximum entropy are not clipped."""
    if isinstance(tracks, MatrixTracks):
        return partial(_by_matrices, tracks)
    return partial(_by_maxent, tracks) if isinstance(tracks, MaxEntTracks) else partial(_by_tracks, tracks)


@torch.no_grad()
def _by_matrices(tracks: MatrixTracks, codes: Codes) -> NDArray[np.float32]:
    return np.asarray(tracks.logits(one_hot(torch.from_numpy(codes))).numpy())


def _by_maxent(tracks: MaxEntTracks, codes: Codes) -> NDArray[np.float32]:
    bits = np.stack(tracks.tables().scores(np.minimum(codes, AMBIGUOUS)), axis=1)
    slope, intercept = tracks.slope.cpu().numpy()[:, None], tracks.intercept.cpu().numpy()[:, None]
    return np.asarray(slope * bits + intercept, dtype=np.float32)


@torch.no_grad()
def _by_tracks(tracks: nn.Module, codes: Codes) -> NDArray[np.float32]:
    log_p = tracks(one_hot(torch.from_numpy(codes))) * UNIT + FLOOR
    return np.asarray(torch.logit(log_p.exp().clamp(max=1 - 1e-6)).numpy())
