"""Datasets, activations and networks made by hand, so that what must come out is known."""

from contextlib import nullcontext

import numpy as np
import torch
from torch import nn

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import SparlingModel
from sparling.networks.readout import MonotoneReadout
from sparling.training.devices import choose_fabric
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.rows import MotifRow
from sparling_genomics.letters.alphabet import DNA, encode
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.network.front_ends import ForwardOnly, StrandMax
from sparling_genomics.network.motif_network import NetworkDescription
from sparling_genomics.runs.finished import FinishedRun
from sparling_genomics.worlds.planted import consensus_motif

NO_AUTOCAST = nullcontext()
PLAIN = 50
"""Letters of a plain sequence."""


def dataset(sequences, labels=None, split=None, *, names=None, intervals=None, cluster=None, alphabet=DNA):
    """Sequences (strings or codes), all bound, unrelated and of the training side unless told otherwise."""
    codes = [encode(s) if isinstance(s, str) else np.asarray(s, dtype=np.uint8) for s in sequences]
    n = len(codes)
    return SequenceDataset(
        names=tuple(names or (f"s{i}" for i in range(n))),
        codes=np.concatenate(codes),
        offsets=np.concatenate([[0], np.cumsum([len(c) for c in codes])]).astype(np.int64),
        labels=np.ones(n, dtype=np.float32) if labels is None else np.asarray(labels, dtype=np.float32),
        split=np.full(n, TRAIN, dtype=np.uint8) if split is None else np.asarray(split, dtype=np.uint8),
        intervals=tuple(intervals or [None] * n),
        cluster=np.arange(n) if cluster is None else np.asarray(cluster),
        alphabet=alphabet,
        skipped={},
    )


def sides(n):
    """Of n sequences, six tenths for training, two for validation, two for testing, in turns."""
    return np.array([TRAIN, TRAIN, VALIDATION, TRAIN, TEST] * (n // 5 + 1), dtype=np.uint8)[:n]


def activations(rows):
    """From rows (sequence, channel, position, reverse, score)."""
    columns = list(zip(*rows, strict=True)) if len(rows) else [[]] * 5
    kinds = (np.int64, np.int64, np.int64, np.bool_, np.float64)
    return Activations(*(np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))


def rows(found):
    """The rows of activations, as a list of tuples."""
    columns = (found.sequence, found.channel, found.position, found.reverse, found.score)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def plain_sequences(n, labels=None, split=None, alphabet=None):
    """``n`` sequences of `PLAIN` letters A."""
    return dataset(["A" * PLAIN] * n, labels, split, **({"alphabet": alphabet} if alphabet else {}))


def plain_motif(name, places, consensus="ACGTAC", alphabet=None):
    """A motif with sites (sequence, start, reverse), the strongest first."""
    pwm = consensus_motif(name, consensus, **({"alphabet": alphabet} if alphabet else {}))
    last = pwm.width - 1
    rows = [(s, 0, start + last * reverse, reverse, 9.0 - 0.01 * i) for i, (s, start, reverse) in enumerate(places)]
    return Motif(pwm, (0,), activations(rows), first=0)


class Words(nn.Module):
    """Local model that counts, at each position, how many letters of each word (odd length) stand around it."""

    def __init__(self, *words):
        super().__init__()
        reach = max(len(word) for word in words) // 2
        self.conv = nn.Conv1d(4, len(words), 2 * reach + 1, padding=reach, bias=False)
        with torch.no_grad():
            self.conv.weight.zero_()
            for kernel, word in zip(self.conv.weight, words, strict=True):
                first = reach - len(word) // 2
                for column, code in enumerate(encode(word).tolist(), start=first):
                    kernel[code, column] = 1

    def forward(self, x):
        return self.conv(x)


def word_model(*words, threshold, both_strands=True):
    """Fires with score (letters that agree - threshold) where more letters than ``threshold`` agree with a word."""
    sparsity = SpatialSparsity(len(words), density=0.1, mode="shared", eps=0.0)
    sparsity.set_threshold(torch.tensor([float(threshold)]))
    front_end = StrandMax(Words(*words)) if both_strands else ForwardOnly(Words(*words))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        readout = MonotoneReadout(len(words), 1)
    return SparlingModel(front_end, sparsity, readout).eval()


def finished_run(path, data, motifs, model, *, width=7, firsts):
    """A finished run of this model on the CPU; ``firsts`` as run.json has them, by motif."""
    metrics = {"listed_from": 0.0}
    metrics["motifs"] = [{"first": first, "flipped": False} for first in firsts]
    rows = [MotifRow.of(motif.pwm, bound_fraction=1.0, auroc=None, channels=motif.channels) for motif in motifs]
    network = NetworkDescription(data.alphabet.name, channels=len(motifs), width=width)
    pwms = [motif.pwm for motif in motifs]
    fabric, _ = choose_fabric("cpu", "float32")
    config = MotifConfig(fasta=path / "none.fa")
    return FinishedRun(path, config, {"metrics": metrics}, rows, pwms, model, network, fabric, data, motifs)


class Impatient:
    """Watches a training and ends it, as Ctrl-C does, ``samples`` after evaluation ``step``."""

    def __init__(self, step, samples):
        self.step, self.samples = step, samples

    def on_batch(self, progress):
        if progress.step == self.step and progress.since > self.samples:
            raise KeyboardInterrupt

    def on_evaluation(self, record):
        pass
