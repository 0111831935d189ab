"""What the local model of a run says at letters: what each channel has above its cut, where its matrix lies.

A channel fires where the middle of its receptive field lies; its matrix may lie beside that, on either strand. Places
are therefore told by the middle of the matrix, in half letters from the sequence's first one, so that matrices of even
and odd width, and of both strands, can be compared: reverse-complementing a sequence of L letters takes m to
2 (L − 1) − m.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import PAD, Codes
from sparling_genomics.motifs.activations import activations_of, look
from sparling_genomics.network.motif_network import sparsity_of
from sparling_genomics.runs.finished import StoredRun


@dataclass(frozen=True, eq=False)
class Marks:
    """Sites of a run's motifs as columns of equal length n.

    ``sequence``, ``channel``; ``middle`` of the matrix, half letters; ``width`` bp; ``strength``: 1 is the median site
    of the motif in the run.
    """

    sequence: NDArray[np.int64]
    channel: NDArray[np.int64]
    middle: NDArray[np.int64]
    width: NDArray[np.int64]
    strength: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heard:
    """What one run says at places, as columns: nothing is listed where a channel is below its cut.

    ``place``, ``channel``, ``value`` (1: the median site of the motif in the run), ``middle`` of the matrix in half
    letters and ``reverse`` strand of the strongest score there.
    """

    place: NDArray[np.int64]
    channel: NDArray[np.int64]
    value: NDArray[np.float32]
    middle: NDArray[np.int64]
    reverse: NDArray[np.bool_]

    def numbered(self, kept: NDArray[np.bool_], number: NDArray[np.int64]) -> "Heard":
        """What is said at the places that are ``kept`` (N,), under another ``number`` (N,)."""
        there = kept[self.place]
        place = number[self.place[there]]
        return Heard(place, self.channel[there], self.value[there], self.middle[there], self.reverse[there])


@dataclass(frozen=True, eq=False)
class Reader:
    """A run as it reads sequences; channel i is motif i."""

    run: StoredRun

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        """Columns of each matrix: (C,)."""
        return np.array([pwm.width for pwm in self.run.pwms], dtype=np.int64)

    @cached_property
    def typical(self) -> NDArray[np.float64]:
        """Median of what the sites of each motif have above its cut, in all sequences of the run: (C,)."""
        scores = self.run.sites.groupby("motif_id")["score"].median()
        missing = [pwm.name for pwm in self.run.pwms if pwm.name not in scores.index]
        if missing:
            raise InputError(f"no site of {missing[0]}: {self.run.path / 'sites.tsv.gz'}")
        return np.array([scores[pwm.name] for pwm in self.run.pwms], dtype=np.float64).clip(1e-6)

    @cached_property
    def _lies(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """From a mark to the middle of the matrix, half letters along its strand; whether that is the other one."""
        first = np.array([first for first, _ in self.run.lies], dtype=np.int64)
        return 2 * first + self.widths - 1, np.array([flipped for _, flipped in self.run.lies], dtype=bool)

    def marks(self, padded: Codes, first: int) -> tuple[Marks, NDArray[np.float32]]:
        """Sites in sequences (B, L), numbered from ``first``, and all scores above cuts: (strands, B, C, L).

        Scores are in units of the median site; −∞ beyond the ends. Strands are those of the network.
        """
        codes = torch.from_numpy(padded).to(self.run.fabric.device)
        with torch.no_grad(), self.run.fabric.autocast():
            both, active = look(self.run.model, codes)
            layer = sparsity_of(self.run.model)
            scores = torch.stack([z if layer.normaliser is None else layer.normaliser.frozen(z) for z in both])
        cut = layer.threshold.double().cpu().numpy() + self.run.listed_from
        above = (scores.double().cpu().numpy() - cut[:, None]) / self.typical[:, None]
        above = np.where((padded != PAD)[:, None], above, -np.inf)
        sites = [motif.sites for motif in self.run.placed(activations_of(both, active, first))]
        channel = np.repeat(np.arange(len(sites)), [len(each) for each in sites])
        reverse = np.concatenate([each.reverse for each in sites])
        begin = np.concatenate([each.position for each in sites])
        width = self.widths[channel]
        found = Marks(
            np.concatenate([each.sequence for each in sites]),
            channel,
            2 * begin + np.where(reverse, 1 - width, width - 1),
            width,
            np.concatenate([each.score for each in sites]) / self.typical[channel],
        )
        return found, above.astype(np.float32)

    def hear(
        self, above: NDArray[np.float32], row: NDArray[np.int64], middle: NDArray[np.int64], width: NDArray[np.int64]
    ) -> Heard:
        """The strongest score of each channel at places: the middle of one lies within the other, on either strand.

        ``above`` (strands, B, C, L) of `marks`; ``row``, ``middle`` (half letters) and ``width`` (bp) of each place.
        """
        strands, _, channels, length = above.shape
        shift, flipped = self._lies
        parts = []
        for channel in range(channels):
            reach = np.maximum(width, self.widths[channel])
            half = int(reach.max(initial=0)) // 2 + 1
            steps = np.arange(-half, half + 1)
            values, middles, reversed_ = [], [], []
            for strand in range(strands):
                reverse = bool(strand) ^ bool(flipped[channel])
                lies = -shift[channel] if reverse else shift[channel]
                position = (middle - lies)[:, None] // 2 + steps
                at = 2 * position + lies
                inside = (position >= 0) & (position < length) & (np.abs(at - middle[:, None]) <= reach[:, None])
                seen = above[strand, row[:, None], channel, position.clip(0, length - 1)]
                values.append(np.where(inside, seen, -np.inf))
                middles.append(at)
                reversed_.append(np.full(at.shape, reverse))
            value, at, turned = (np.concatenate(each, axis=1) for each in (values, middles, reversed_))
            best = value.argmax(1)[:, None]
            value, at, turned = (np.take_along_axis(each, best, axis=1)[:, 0] for each in (value, at, turned))
            there = np.flatnonzero(value > 0)
            parts.append((there, np.full(len(there), channel), value[there], at[there], turned[there]))
        place, own, value, at, turned = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Heard(place, own, value.astype(np.float32), at, turned)
