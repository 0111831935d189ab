"""``SequenceDataset``: sequences as codes, with labels, sides of the split and intervals; loaded from FASTA files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparling_genomics.data.clusters import Groups, cluster_records, content_groups
from sparling_genomics.data.labels import Labels, LabelTable, read_labels
from sparling_genomics.data.splits import (
    TEST,
    TRAIN,
    VALIDATION,
    Split,
    divide,
    splits_from_words,
    straddling,
)
from sparling_genomics.data.targets import Targets, concatenated, table_strata, targets_of
from sparling_genomics.data.usable import check_classes, check_sides, noticed, read_alphabet, usable_records
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import BLOCK, PAD, Alphabet, Codes, gc_contents
from sparling_genomics.letters.intervals import Interval, parse_intervals
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.letters.words import pair_shares
from sparling_genomics.stored.letters import gathered, stored
from sparling_genomics.stored.names import Names, have_repeats
from sparling_genomics.stored.places import Places
from sparling_genomics.stored.records import Records

__all__ = [
    "PAD",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "SequenceDataset",
    "assemble",
    "concatenate",
    "load_dataset",
]


@dataclass(frozen=True, eq=False, repr=False)
class SequenceDataset:
    """Labelled sequences of any lengths, all letters in one array.

    Fields: ``names``; ``codes`` uint8, the sequences joined; ``offsets`` int64 (n + 1,), sequence i is
    codes[offsets[i]:offsets[i + 1]]; ``labels`` float32 (n,), 1 bound, 0 unbound; ``split`` uint8 (n,), TRAIN 0,
    VALIDATION 1, TEST 2; ``intervals`` where each lies on the genome, None where its name does not say; ``cluster``
    int64 (n,), equal for sequences that say the same thing twice (`clusters.cluster_records`), below 0 for shuffled
    copies, which are relatives where their originals are; ``alphabet``; ``skipped`` reason -> number of records dropped
    or, where the reason ends in "(kept)", only noticed; ``targets`` several labels or values, where more is known than
    bound or not: ``labels`` are 1 then, and `seen_by` gives those of a contrast.
    """

    names: Sequence[str]
    codes: Codes
    offsets: NDArray[np.int64]
    labels: Labels
    split: Split
    intervals: Sequence[Interval | None]
    cluster: Groups
    alphabet: Alphabet
    skipped: dict[str, int]
    targets: Targets | None = None

    def __post_init__(self) -> None:
        n = len(self.names)
        if self.offsets.shape != (n + 1,) or self.offsets[0] != 0 or self.offsets[-1] != len(self.codes):
            raise ValueError(f"offsets must have shape ({n + 1},) and run from 0 to {len(self.codes)}")
        for field, size in (
            ("labels", len(self.labels)),
            ("split", len(self.split)),
            ("intervals", len(self.intervals)),
            ("cluster", len(self.cluster)),
            ("targets", n if self.targets is None else len(self.targets.values)),
        ):
            if size != n:
                raise ValueError(f"{field} must have {n} entries, as names has; got {size}")

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"SequenceDataset({len(self):,} {self.alphabet.name} sequences, {int(self.labels.sum()):,} bound)"

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters of each sequence: int64 (n,)."""
        return np.diff(self.offsets)

    @cached_property
    def background(self) -> tuple[float, float, float, float]:
        """Frequencies of A C G T (U) among all letters that are one of these, 1 added to the number of each.

        Of two strands, where they are read: A is then as frequent as T, and C as G.
        """
        counts = np.ones(4)
        for begin in range(0, len(self.codes), BLOCK):
            counts += np.bincount(self.codes[begin : begin + BLOCK], minlength=4)[:4]
        if self.alphabet.double_stranded:
            counts = counts + counts[::-1]
        a, c, g, t = (counts / counts.sum()).tolist()
        return a, c, g, t

    def sequence(self, index: int) -> Codes:
        """Codes of one sequence, as a view."""
        return self.codes[self.offsets[index] : self.offsets[index + 1]]

    def indices(self, split: int) -> NDArray[np.intp]:
        """Which sequences lie on one side: TRAIN, VALIDATION or TEST."""
        return np.flatnonzero(self.split == split)

    def has_negatives(self, split: int) -> bool:
        """Whether that side has an unbound sequence of its own, or several labels, each with its own."""
        return self.targets is not None or bool((self.labels[self.indices(split)] == 0).any())

    def seen_by(self, contrast: int) -> "SequenceDataset":
        """The same sequences with ``labels`` as a contrast of `Targets` has them; as they are, where there are none."""
        return self if self.targets is None else replace(self, labels=self.targets.in_contrast(contrast))

    def subset(self, indices: ArrayLike) -> "SequenceDataset":
        """The sequences of these indices, in their order; ``indices`` may also be a mask of n booleans."""
        chosen = self._chosen(indices)
        codes, offsets = gathered(self.codes, self.offsets, chosen)
        return SequenceDataset(
            names=tuple(self.names[i] for i in chosen),
            codes=codes,
            offsets=offsets,
            labels=self.labels[chosen],
            split=self.split[chosen],
            intervals=tuple(self.intervals[i] for i in chosen),
            cluster=self.cluster[chosen],
            alphabet=self.alphabet,
            skipped=self.skipped,
            targets=None if self.targets is None else self.targets.subset(chosen),
        )

    def joined(self, copies: Codes, label: float) -> "SequenceDataset":
        """These sequences and behind them shuffled ones of the same lengths, with ``label`` and no interval.

        The copy of a sequence of cluster c is of cluster -1 - c.
        """
        shuffled = replace(
            self,
            names=tuple(f"{name}_shuffled" for name in self.names),
            codes=copies,
            labels=np.full_like(self.labels, label),
            intervals=(None,) * len(self),
            cluster=-1 - self.cluster,
        )
        return concatenate([self, shuffled])

    def padded(self, indices: ArrayLike) -> Codes:
        """These sequences as uint8 (B, L), L the longest of them, with PAD on the right of shorter ones."""
        chosen = self._chosen(indices)
        lengths = self.lengths[chosen]
        columns = np.arange(int(lengths.max(initial=0)))
        inside = columns < lengths[:, None]
        batch = np.full(inside.shape, PAD, dtype=np.uint8)
        batch[inside] = self.codes[(self.offsets[chosen, None] + columns)[inside]]
        return batch

    def _chosen(self, indices: ArrayLike) -> NDArray[np.intp]:
        chosen = np.asarray(indices)
        return np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.intp)


def load_dataset(
    fasta: Path | str,
    *,
    negatives: Path | str | None = None,
    labels: Path | str | None = None,
    alphabet: str | None = None,
    norc: bool = False,
    min_length: int,
    max_length: int | None = None,
    seed: int,
) -> SequenceDataset:
    """Bound and unbound sequences out of one or two FASTA files, divided into training, validation and test.

    Labels come from the file ``negatives`` (all of it 0, all of ``fasta`` 1), or the table ``labels``, which may hold
    several, values and weights, or the ``label=`` words of the headers; without any of them every sequence is bound.
    Sequences that are empty, shorter than ``min_length`` letters or without any unambiguous letter are left out and
    counted in ``skipped``. Whether names say where sequences lie is asked of the bound and the unbound ones of each
    file on their own.
    ``alphabet`` "dna", "rna", or None for RNA where the letters are U and never T, else DNA; with ``norc`` DNA is read
    on the given strand alone.
    Raises ``InputError`` for every fault of the files, for a sequence longer than ``max_length`` letters, and where
    fewer than `usable.MIN_BOUND` bound sequences are usable, or so few unbound ones, but some, are to be trained on.
    """
    records = Records.read(fasta)
    truth, table = read_labels(records, fasta, negatives=negatives, table=labels)
    given = splits_from_words(records, fasta)
    odd = noticed(records)
    n_own = len(records)
    unbound = Records.of([]) if negatives is None else Records.read(negatives)
    letters = read_alphabet([(fasta, records), (negatives or fasta, unbound)], alphabet, norc)
    if negatives is not None:
        for reason, number in noticed(unbound).items():
            odd[reason] = odd.get(reason, 0) + number
        unbound = unbound.called(_other_names(unbound.names, records.names))
        given = np.concatenate([given, splits_from_words(unbound, negatives)])
        truth = np.concatenate([truth, np.zeros(len(unbound), dtype=np.float32)])
        records = records.then(unbound)
    if max_length is not None and (long := records.lengths > max_length).any():
        first = int(long.argmax())
        own = f"sequence {records.names[first]!r} has {records.lengths[first]:,} letters"
        path = fasta if first < n_own else negatives or fasta
        raise input_error(f"{own}, expected at most {max_length:,}", path, int(records.line[first]))
    paths, kind = (fasta, negatives), 2 * (np.arange(len(records)) >= n_own)
    return assemble(
        records, truth, given, letters, paths=paths, odd=odd, kind=kind, table=table, min_length=min_length, seed=seed
    )


def assemble(
    records: Records,
    truth: Labels,
    given: Split,
    letters: Alphabet,
    *,
    paths: tuple[Path | str, Path | str | None],
    odd: Mapping[str, int],
    places: Sequence[Interval] | None = None,
    kind: NDArray[np.intp] | None = None,
    table: LabelTable | None = None,
    advice: str = " or none (then copies are shuffled)",
    min_length: int,
    seed: int,
) -> SequenceDataset:
    """The usable of labelled records, clustered and divided into sides, as `load_dataset` has it.

    ``truth`` labels, ``given`` sides as far as they are said, ``places`` where they lie; None: what their names say,
    asked of each ``kind`` (n,) on its own. ``paths`` of the bound and of the unbound; ``odd`` what was noticed;
    ``table`` of several labels, of all records; ``advice`` as in `check_sides`.
    """
    fasta, negatives = paths
    usable, skipped = usable_records(records, min_length)
    skipped |= odd
    check_classes(fasta, negatives, truth, usable, skipped)

    truth, given = truth[usable], given[usable]
    if places is None:
        intervals = _intervals(records, usable, (0 if kind is None else kind[usable]) + (truth == 1))
    else:
        intervals = Places(places[i] for i in usable.tolist())
    names, codes, offsets = records.names, records.codes, records.offsets
    if len(usable) < len(records):
        names = Names(names[i] for i in usable.tolist())
        codes, offsets = stored(codes, offsets, usable)
    content = content_groups(codes, offsets, letters)
    strata = truth if table is None else table_strata(table.values[usable])
    in_both = np.bincount(content, truth) * np.bincount(content, 1 - truth) > 0
    if in_both[content[truth == 1]].all():
        raise input_error("every bound sequence is also an unbound one: nothing tells them apart", negatives or fasta)
    if in_both.any():
        skipped["both bound and unbound (kept)"] = int(in_both[content].sum())
    cluster, family = cluster_records(codes, offsets, intervals, letters)
    if family:
        skipped["in one family of repeats: alike ones may lie on several sides (kept)"] = family
    split = divide(given, strata, content, cluster, intervals, generator(seed, Purpose.SPLIT))
    if apart := straddling(split, cluster):
        skipped["overlapping, or like, one that split= puts on another side (kept)"] = apart
    check_sides(fasta, negatives, names, truth, split, cluster, advice)
    targets = None
    if table is not None:
        shares = pair_shares(codes, offsets, both_strands=letters.double_stranded)
        targets = targets_of(table, usable, split, gc_contents(codes, offsets), shares)
    return SequenceDataset(
        names=names,
        codes=codes,
        offsets=offsets,
        labels=truth,
        split=split,
        intervals=intervals,
        cluster=cluster,
        alphabet=letters,
        skipped=skipped,
        targets=targets,
    )


def concatenate(parts: Sequence[SequenceDataset]) -> SequenceDataset:
    """The sequences of all ``parts`` (one at least, of one alphabet), in order; ``skipped`` is that of the first."""
    lengths = np.concatenate([part.lengths for part in parts])
    return SequenceDataset(
        names=tuple(name for part in parts for name in part.names),
        codes=np.concatenate([part.codes for part in parts]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        labels=np.concatenate([part.labels for part in parts]),
        split=np.concatenate([part.split for part in parts]),
        intervals=tuple(interval for part in parts for interval in part.intervals),
        cluster=np.concatenate([part.cluster for part in parts]),
        alphabet=parts[0].alphabet,
        skipped=parts[0].skipped,
        targets=concatenated([part.targets for part in parts]),
    )


def _other_names(names: Names, taken: Names) -> Iterable[str]:
    """Names of a second file, with "_unbound" behind those that the first one has too, ``taken``."""
    if not have_repeats(chain(taken, names)):
        return names
    first, used = set(taken), {*taken, *names}
    other = []
    for name in names:
        if name in first:
            while name in used:
                name += "_unbound"
            used.add(name)
        other.append(name)
    return other


def _intervals(records: Records, usable: NDArray[np.intp], kind: NDArray[np.intp]) -> Places:
    """Where the usable records lie; of a ``kind`` none unless half of its names say so: a few may look so by chance."""
    intervals: list[Interval | None] = [None] * len(usable)
    for each in np.unique(kind):
        members = np.flatnonzero(kind == each).tolist()
        own = usable[members]
        found = parse_intervals((records[i].place for i in own.tolist()), records.lengths[own].tolist())
        if 2 * sum(interval is not None for interval in found) >= len(found):
            for i, interval in zip(members, found, strict=True):
                intervals[i] = interval
    return Places(intervals)
