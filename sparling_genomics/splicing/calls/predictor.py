"""``SplicePredictor``: a splicing run's network along sequences of any length.

Sequences are read in tiles with as many letters around each as the network sees, so tiles together say what the whole
would; beyond the ends of a sequence there is padding, as in training. All in float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.networks.model import SparlingModel
from sparling.training.checkpoint import read_json
from sparling.training.devices import FabricLike, choose_fabric, one_thread
from sparling_genomics.files.tables import read_table
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import Codes, encode
from sparling_genomics.runs.run_folder import CONFIG, RESULT
from sparling_genomics.splicing.network import SpliceNetwork
from sparling_genomics.splicing.runs.publish import load_splice_network
from sparling_genomics.splicing.windows import surrounded, tiles, together, windows
from sparling_genomics.tasks.binary import network_input

KINDS = ("donor", "acceptor")
"""In the order of rows of probabilities."""
TILE, BATCH = 8192, 32_768
"""Positions of a tile (four contexts at least), and letters of a batch of tiles; neither changes a number (to 1e-5)."""


class Profile(NamedTuple):
    """What a network says along a stretch: ``probabilities`` float32 (2, L) of donor and acceptor; ``marks`` (C, L)."""

    probabilities: NDArray[np.float32]
    marks: NDArray[np.bool_]


class Site(NamedTuple):
    """A predicted splice site; ``position`` 0-based: a donor is the last base of an exon, an acceptor the first."""

    kind: str
    position: int
    probability: float


class Marked(NamedTuple):
    """The motif that a channel marks, and ``shift`` nt from a mark to the motif's first letter."""

    motif: str
    shift: int


@dataclass(frozen=True, eq=False, repr=False)
class SplicePredictor:
    """The network of a finished splicing run, in evaluation mode."""

    path: Path
    model: SparlingModel
    network: SpliceNetwork
    fabric: FabricLike
    tile: int = TILE

    def __repr__(self) -> str:
        return f"SplicePredictor({str(self.path)!r}: {self.context} nt to either side)"

    @cached_property
    def motifs(self) -> dict[int, Marked]:
        """What each channel marks, if it is a motif. Raises ``InputError`` for a motifs.tsv that does not say it."""
        return _motifs(self.path / "motifs.tsv")

    @property
    def context(self) -> int:
        """Letters to either side of a position that it depends on."""
        return self.network.context + self.network.rivals

    def probabilities(self, sequence: str) -> NDArray[np.float32]:
        """How likely each letter is a donor (row 0) and an acceptor (row 1): (2, L).

        ``sequence`` DNA or RNA, 5' to 3' on the transcript's strand. Raises ``ValueError`` for what is no nucleotide.
        """
        codes = encode(sequence)
        inside = surrounded(lambda start, end: codes[start:end], len(codes), 0, len(codes), self.context)
        return self.read([inside])[0].probabilities

    def sites(self, sequence: str, least: float = 0.1) -> list[Site]:
        """Donors and acceptors of at least this probability, in order."""
        found = self.probabilities(sequence)
        places = sorted((int(at), int(kind)) for kind, at in np.argwhere(found >= least))
        return [Site(KINDS[kind], at, float(found[kind, at])) for at, kind in places]

    def read(self, stretches: Sequence[Codes], marks: bool = False) -> list[Profile]:
        """What the network says of each stretch, without the ``context`` letters that it has at either end.

        PAD stands for letters beyond a sequence. Marks are left out, (C, 0), unless asked for.
        """
        context, channels = self.context, self.network.channels
        lengths = [len(codes) - 2 * context for codes in stretches]
        pieces = ((codes, np.zeros(n, dtype=np.int8)) for codes, n in zip(stretches, lengths, strict=True))
        data = together((), lengths, pieces, context)
        size = len(data.codes)
        core = max(min(self.tile, size - 2 * context), 1)
        said = np.zeros((2, size), dtype=np.float32)
        active = np.zeros((channels, size if marks else 0), dtype=np.bool_)
        with one_thread():
            for each in windows(data, tiles(data, core), core, max(BATCH // (core + 2 * context), 1)):
                found = self._forward(torch.from_numpy(each.codes), marks)
                for start, row_said, row_active in zip(each.cores.tolist(), *found, strict=True):
                    end = min(start + core, size)
                    said[:, start:end] = row_said[:, : end - start]
                    if marks:
                        active[:, start:end] = row_active[:, : end - start]
        parts = [data.part(number) for number in range(len(lengths))]
        return [Profile(said[:, own], active[:, own if marks else slice(0)]) for own in parts]

    @torch.inference_mode()
    def _forward(self, codes: torch.Tensor, marks: bool) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        inner = slice(self.context, codes.shape[1] - self.context)
        _, activations, output = self.model(*network_input(self.fabric.to_device(codes)))
        said = output[:, :, inner].float().softmax(1)[:, 1:].cpu().numpy()
        active = activations[:, : self.network.channels, inner if marks else slice(0)] > 0
        return said, active.cpu().numpy()


def load_predictor(path: Path | str, device: str = "auto") -> SplicePredictor:
    """The network of the finished splicing run in a folder.

    Raises ``InputError`` where there is none, where the run is not of splicing, and where a file is damaged.
    """
    path = Path(path)
    if not (path / CONFIG).is_file() or not (path / RESULT).is_file():
        raise InputError(f"no finished run, {CONFIG} or {RESULT} is missing: {path}")
    if read_json(path / RESULT).get("task") != "splicing":
        raise InputError(f"a run of another command, expected one of `sparling splice train`: {path}")
    model, network = load_splice_network(path / "model")
    fabric, _ = choose_fabric(device, "float32")
    return SplicePredictor(path, model.to(fabric.device), network, fabric, max(TILE, 4 * network.context))


def _motifs(path: Path) -> dict[int, Marked]:
    """What each channel marks, out of motifs.tsv."""
    found: dict[int, Marked] = {}
    for number, cells in read_table(path, ("motif_id", "channels", "shifts"), "motifs"):
        try:
            channels, shifts = (list(map(int, cells[name].split(","))) for name in ("channels", "shifts"))
            found |= {c: Marked(cells["motif_id"], shift) for c, shift in zip(channels, shifts, strict=True)}
        except ValueError:
            raise input_error("expected channels and shifts (numbers with commas)", path, number) from None
    return found
