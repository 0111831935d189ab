"""Task heads: what the generic trainer needs to know of labelled sequences."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparling.training.task import Batch, Score
from sparling_genomics.data.copies import looked_at, with_shuffled
from sparling_genomics.data.dataset import TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD, gc_contents
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.tasks.ranking import area_under_roc

BASES_A_BATCH, MOST_BASES = 25_600, 512_000
"""Letters of a batch of sequences as long as all but the longest twentieth, and of one as long as the longest."""
FEWEST = 100
"""Sequences of either label in a sample, at least, if there are so many."""
AT_ONCE = 2**24
"""Letters of training sequences that an epoch is of, at most."""
SAMPLE_BASES = 250_000
"""Letters, about, of bound sequences in the sample for calibration, and as many of unbound ones."""


def network_input(codes: Tensor) -> tuple[Tensor, Tensor | None]:
    """One-hot (B, 4, L) of padded codes (B, L), and the mask (B, 1, L) of real letters where lengths differ."""
    real = codes != PAD
    return one_hot(codes), None if bool(real.all()) else real.unsqueeze(1)


def fitting_batch(lengths: NDArray[np.int64], max_batch: int = 128) -> int:
    """Sequences a batch, for training on sequences of these lengths (n,), in bp; n is at least 1."""
    typical, longest = float(np.quantile(lengths, 0.95)), int(lengths.max())
    return max(1, min(max_batch, int(BASES_A_BATCH / typical), MOST_BASES // longest))


class BinaryTask:
    """Bound against unbound sequences, as many of either kind in each epoch.

    Unbound training sequences are those of the dataset, a fresh random choice an epoch where there are more of them
    than of bound ones (and the other way round); without any, dinucleotide-shuffled copies, fresh an epoch. All of it
    follows from (seed, epoch). Of very many sequences an epoch is a part (`AT_ONCE`). ``letter_dropout`` is the share
    of training letters that are hidden, as if they were N, which keeps a few hundred sequences from being learned by
    heart. Loss: binary cross-entropy. Score: AUROC on the validation side.
    """

    def __init__(self, dataset: SequenceDataset, seed: int, letter_dropout: float = 0.0, max_batch: int = 128) -> None:
        self.seed, self.letter_dropout = seed, letter_dropout
        self.dataset, self.rows = dataset, dataset.indices(TRAIN)
        self.validation = with_shuffled(looked_at(dataset), VALIDATION, seed)
        self.batch_size = fitting_batch(dataset.lengths[self.rows], max_batch)
        self._epoch: tuple[int, SequenceDataset] | None = None

    def training_batches(self, epoch: int) -> Iterator[Batch]:
        """One epoch in random order, in full batches (one smaller one where there is less); the rest is left out."""
        data = self._epoch_data(epoch)
        order = generator(self.seed, Purpose.ORDER, epoch).permutation(len(data))
        full = max(len(data) // self.batch_size * self.batch_size, min(len(data), self.batch_size))
        hidden = generator(self.seed, Purpose.HIDDEN, epoch)
        for batch in self._batches(data, order[:full], self.batch_size):
            if self.letter_dropout:
                lost = torch.from_numpy(hidden.random(batch.x.shape, dtype=np.float32) < self.letter_dropout)
                batch = batch._replace(x=batch.x.masked_fill(lost & (batch.x < AMBIGUOUS), AMBIGUOUS))
            yield batch

    def calibration_batches(self) -> Sequence[Batch]:
        """A fixed sample, half of it bound (`balanced_batches`)."""
        return self._calibration

    def validation_batches(self) -> Sequence[Batch]:
        """The validation side, with shuffled copies where it has no unbound sequences."""
        return self._validation

    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """As `network_input`."""
        return network_input(batch.x)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Binary cross-entropy of logits (B, 1)."""
        return F.binary_cross_entropy_with_logits(output[:, 0], batch.y)

    def score(self, output: Tensor, target: Tensor) -> Score:
        """AUROC of logits (n, 1) and its standard error."""
        n_bound = int(target.sum())
        value = area_under_roc(target.numpy(), output[:, 0].numpy())
        return Score(value, auroc_standard_error(value, n_bound, len(target) - n_bound))

    def chance(self, target: Tensor) -> float:
        """The AUROC of equal logits."""
        return 0.5

    def sides(self, batch: Batch, contrasts: Sequence[int]) -> Tensor:
        """1 where a sequence is bound, else 0: (B, 1), for all channels, of whatever contrasts."""
        return (batch.y == 1)[:, None]

    def targets(self, data: SequenceDataset, chosen: NDArray[np.int64]) -> Tensor:
        """What the model is to say of these sequences: 1 bound, 0 unbound, (B,)."""
        return torch.from_numpy(data.labels[chosen])

    def _batches(self, data: SequenceDataset, order: NDArray[np.int64], size: int) -> Iterator[Batch]:
        """The sequences of ``order`` as padded batches of ``size``."""
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield Batch(torch.from_numpy(data.padded(chosen)), self.targets(data, chosen))

    def balanced_batches(self, bases: int) -> list[Batch]:
        """Training sequences of either label, about ``bases`` letters of each, fixed, in batches.

        Unbound ones have the share of G and C that bound ones have, as far as there are such; where the dataset has
        none they are shuffled copies of those bound ones, other copies than any that are trained on.
        """
        data, rng = self.dataset, generator(self.seed, Purpose.CALIBRATION)
        most = max(int(bases / float(data.lengths[self.rows].mean())), FEWEST)
        bound, unbound = (rng.permutation(self._labelled(label)) for label in (1, 0))
        bound = np.sort(bound[:most])
        if len(unbound):
            chosen = data.subset(np.concatenate([bound, np.sort(like_composition(data, bound, unbound))]))
        else:
            chosen = data.subset(bound)
            chosen = chosen.joined(shuffle_joined(chosen.codes, chosen.offsets, rng), label=0)
        return list(self._batches(chosen, np.argsort(chosen.lengths, kind="stable"), 2 * self.batch_size))

    def all_batches(self, data: SequenceDataset) -> list[Batch]:
        """All sequences of ``data``, in batches."""
        return list(self._batches(data, np.argsort(data.lengths, kind="stable"), 2 * self.batch_size))

    @cached_property
    def _calibration(self) -> list[Batch]:
        return self.balanced_batches(SAMPLE_BASES)

    @cached_property
    def _validation(self) -> list[Batch]:
        return list(self._batches(self.validation, np.arange(len(self.validation)), 2 * self.batch_size))

    def _epoch_data(self, epoch: int) -> SequenceDataset:
        if self._epoch is None or self._epoch[0] != epoch:
            self._epoch = (epoch, self._balanced(epoch))
        return self._epoch[1]

    def _balanced(self, epoch: int) -> SequenceDataset:
        rng = generator(self.seed, Purpose.NEGATIVES, epoch)
        data = self.dataset.subset(self._epoch_rows(epoch, rng))
        if len(self._labelled(0)):
            return data
        return data.joined(shuffle_joined(data.codes, data.offsets, rng), label=0)

    def _epoch_rows(self, epoch: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Which sequences an epoch is of, as many of either label; by ``rng`` where there are few enough.

        Of more than `AT_ONCE` letters an epoch is one of several equal parts of a turn, which sees each sequence once.
        """
        bound, unbound = self._labelled(1), self._labelled(0)
        n = min(len(bound), len(unbound)) or len(self.rows)
        seen = n if not len(unbound) else 2 * n
        parts = max(1, math.ceil(seen * float(self.dataset.lengths[self.rows].mean()) / AT_ONCE))
        turn, part = divmod(epoch, parts)
        if parts > 1:
            rng = generator(self.seed, Purpose.NEGATIVES, turn, 1)
        if len(unbound):
            return np.concatenate([rng.permutation(own)[:n][part::parts] for own in (bound, unbound)])
        return self.rows if parts == 1 else np.sort(rng.permutation(self.rows)[part::parts])

    def _labelled(self, label: int) -> NDArray[np.intp]:
        mine: NDArray[np.intp] = self.rows[self.dataset.labels[self.rows] == label]
        return mine


def like_composition(
    data: SequenceDataset, bound: NDArray[np.intp], unbound: NDArray[np.intp], bins: int = 20
) -> NDArray[np.intp]:
    """Of ``unbound``, taken in their order, as many as there are ``bound`` ones in each of ``bins`` of G and C content.

    As many as there are where a bin has fewer. Bins hold as many bound sequences each.
    """
    content = gc_contents(data.codes, data.offsets)
    edges = np.unique(np.quantile(content[bound], np.arange(1, bins) / bins))
    wanted = np.bincount(np.searchsorted(edges, content[bound]), minlength=len(edges) + 1)
    own = np.searchsorted(edges, content[unbound])
    chosen = [unbound[own == each][:number] for each, number in enumerate(wanted.tolist())]
    return np.concatenate(chosen)


def auroc_tells(n_bound: int, n_unbound: int) -> bool:
    """Whether an AUROC of so few sequences says anything: a perfect one must lie two standard errors above chance.

    That of the ranks under chance, √((m + n + 1) / 12mn), must be below 0.25: 4 and 4 are enough, 3 and 3 too few.
    Source: Mann & Whitney 1947, Ann. Math. Stat. 18:50.

    >>> auroc_tells(4, 4), auroc_tells(3, 3), auroc_tells(2, 1000)
    (True, False, True)
    """
    return bool((n_bound + n_unbound + 1) < 0.25**2 * 12 * n_bound * n_unbound)


def auroc_standard_error(auroc: float, n_bound: int, n_unbound: int) -> float:
    """Standard error of an AUROC from its value and the class sizes.

    Source: Hanley & McNeil 1982, Radiology 143:29.

    >>> round(auroc_standard_error(0.9, 100, 100), 4)
    0.0226
    """
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    spread = auroc * (1 - auroc) + (n_bound - 1) * (q1 - auroc**2) + (n_unbound - 1) * (q2 - auroc**2)
    return float(np.sqrt(spread / (n_bound * n_unbound)))
