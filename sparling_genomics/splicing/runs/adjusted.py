"""Adjusted motifs: channels that may fire only where a known matrix scores well, and learn there how well.

Source: Gupta et al. 2024 (SAM), Genome Biology 25:23: "adjusted motifs", of which each may fire at twice the positions
that it will have in the end; published with 79 matrices of RNA-binding proteins from RBNS.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from sparling.errors import InputError
from sparling.networks.model import SparlingModel
from sparling.plurals import counted
from sparling_genomics.discovery.growing import log_odds
from sparling_genomics.discovery.known import most_informative
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.matrix_local import MatrixLocal
from sparling_genomics.splicing.runs.config import ADMITTED
from sparling_genomics.splicing.runs.words import background
from sparling_genomics.splicing.task import SpliceTask

MOST = 256
"""Matrices that can be channels, as many as there may be channels without."""
WIDTH = 21
"""Columns of a matrix that are used, those with most information; as wide as what a channel sees."""


def read_matrices(path: Path) -> tuple[Pwm, ...]:
    """The matrices of a file. Raises ``InputError`` where it has none, more than `MOST`, or two of one name."""
    found = tuple(read_motifs(path).motifs)
    if len(found) > MOST:
        raise InputError(
            f"{path}: {counted(len(found), 'matrix', 'matrices')}; at most {MOST} channels can start from one"
        )
    names = [pwm.name for pwm in found]
    twice = [name for name in names if names.count(name) > 1]
    if not found or twice:
        raise InputError(f"{path}: " + (f"two matrices are named {twice[0]!r}" if found else "no matrix"))
    return found


@torch.no_grad()
def start_from(model: SparlingModel, pwms: Sequence[Pwm], task: SpliceTask, density: float) -> None:
    """Put the matrices into the channels of ``model``, each admitted at twice ``density`` of the training letters."""
    local = model.local
    if not isinstance(local, MatrixLocal):
        raise TypeError(f"channels that start as matrices are those of a MatrixLocal; got {type(local).__name__}")
    letters, odds = np.array(background(task.train)), []
    for pwm in pwms:
        first, used = most_informative(pwm, WIDTH)
        counts = np.zeros((WIDTH, 4))
        begin = (WIDTH - used) // 2
        counts[begin : begin + used] = pwm.counts[first : first + used]
        odds.append(log_odds(counts, letters))
    local.start_from(odds)
    images = [one_hot(batch.x).unsqueeze(2).float() for batch in task.calibration_batches()]
    padding = local.matrices.padding
    scores = [F.conv2d(image, local.matrices.weight, padding=padding).transpose(0, 1).flatten(1) for image in images]
    together = torch.cat(scores, dim=1).numpy()
    local.admit([float(np.quantile(own, 1 - min(ADMITTED * density, 0.5))) for own in together])
