"""Which records can be used, what is odd about them, and whether something can be learned from them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.plurals import counted
from sparling_genomics.data.labels import Labels
from sparling_genomics.data.splits import FEWEST_GROUPS, SPLIT_NAMES, TRAIN
from sparling_genomics.files.fasta import FastaRecord
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA, Alphabet, encode

ASKED = (DNA.name, RNA.name)
T = int(encode("T")[0])
MIN_BOUND = 6
"""Bound sequences at least, and unbound ones to train on where some are given."""


def usable_records(records: Sequence[FastaRecord], min_length: int) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Indices of the records to keep, and how many are dropped or noticed for each reason."""
    reasons: Counter[str] = Counter()
    kept = []
    for index, record in enumerate(records):
        length = len(record.codes)
        if length == 0:
            reasons["empty"] += 1
        elif length < min_length:
            reasons[f"shorter than {min_length}"] += 1
        elif record.n_ambiguous == length:
            reasons["only ambiguous letters"] += 1
        else:
            kept.append(index)
            reasons["with ambiguous letters (kept)"] += record.n_ambiguous > 0
    return np.array(kept, dtype=np.intp), {reason: count for reason, count in reasons.items() if count}


def noticed(records: Sequence[FastaRecord]) -> dict[str, int]:
    """What is odd about the records of one file as it was written, and in how many; all of them are kept."""
    reasons = {}
    renamed = [record for record in records if record.name != record.written_name]
    if renamed:
        differ = len({record.header for record in records}) == len(records)
        why = ": the first word of a header is the name, though the whole headers differ;" if differ else ","
        reasons[f"with a name that was used before{why} numbered name_2, name_3, … (kept)"] = len(renamed)
    return reasons


def read_alphabet(files: Sequence[tuple[Path | str, Sequence[FastaRecord]]], asked: str | None, norc: bool) -> Alphabet:
    """The alphabet of the records of each of ``files``: the one that was asked for, else RNA where letters are U.

    ``norc``: DNA is read on the strand it is given on. Raises ``InputError`` with file and line of the record where a U
    stands in what is to be DNA, and, unless RNA was asked for, where some letters are T and others are U.
    """
    if asked is not None and asked not in ASKED:
        raise InputError(f"alphabet must be one of {', '.join(ASKED)}, got {asked!r}")
    dna = DNA_FORWARD if norc else DNA
    if asked == RNA.name:
        return RNA
    seen = ""
    for path, records in files:
        for record in records:
            n_t = int(np.count_nonzero(record.codes == T)) - record.n_uracil
            if record.n_uracil and asked == DNA.name:
                why = "has letters U, expected DNA; --alphabet rna reads it as RNA"
                raise input_error(f"sequence {record.name!r} {why}", path, record.line)
            if (record.n_uracil and (n_t or seen == "T")) or (n_t and seen == "U"):
                why = f"has letters {'U' if record.n_uracil else 'T'}, and T and U stand in one input"
                advice = "expected one of them; --alphabet rna reads both as U"
                raise input_error(f"sequence {record.name!r} {why}, {advice}", path, record.line)
            seen = "U" if record.n_uracil else "T" if n_t else seen
    return RNA if seen == "U" else dna


def check_classes(
    fasta: Path | str,
    negatives: Path | str | None,
    labels: Labels,
    usable: NDArray[np.intp],
    skipped: dict[str, int],
) -> None:
    """Refuse data that nothing can be learned from."""
    n_bound = int(labels[usable].sum())
    dropped = ", ".join(f"{count} {reason}" for reason, count in skipped.items() if "(kept)" not in reason)
    left_out = f" (left out: {dropped})" if dropped else ""
    advice = "; a smaller --width admits shorter sequences" if "shorter than" in dropped else ""
    if not labels.any():
        raise input_error("every sequence is labelled 0 (unbound), expected some labelled 1 (bound)", fasta)
    if not usable.size and "shorter than" in dropped:
        raise input_error(f"all sequences are too short{left_out}{advice}", fasta)
    if n_bound < MIN_BOUND:
        message = f"{counted(n_bound, 'usable bound sequence')}{left_out}, expected at least {MIN_BOUND}{advice}"
        raise input_error(message, fasta)
    if negatives is not None and n_bound == len(usable):
        raise input_error(f"no usable negative sequence{left_out}{advice}", negatives)


def check_sides(
    fasta: Path | str,
    negatives: Path | str | None,
    names: Sequence[str],
    labels: Labels,
    split: NDArray[np.uint8],
    groups: NDArray[np.intp],
    advice: str = " or none (then copies are shuffled)",
) -> None:
    """Refuse a division that leaves too little on a side, and names that shuffled copies of others would get.

    ``advice``: what helps where there are too few unbound ones. ``groups``: number of the cluster of sequences that are
    alike, or overlap, and share a side.
    """
    for side, name in enumerate(SPLIT_NAMES):
        if not labels[split == side].any():
            why = _alike(groups[labels == 1], "bound")
            raise input_error(f"no bound sequence is left for the {name} set{why}", fasta)
    n_unbound = int((labels[split == TRAIN] == 0).sum())
    if 0 < n_unbound < MIN_BOUND:
        message = f"{counted(n_unbound, 'unbound sequence')} to train on, expected {MIN_BOUND}{advice}"
        raise input_error(message, negatives or fasta)
    for side, name in enumerate(SPLIT_NAMES):
        if n_unbound and labels[split == side].all():
            why = _alike(groups[labels == 0], "unbound") or ", though there are some to train on"
            raise input_error(f"no unbound sequence is left for the {name} set{why}", negatives or fasta)
    taken = set(names)
    for name, side in zip(names, split.tolist(), strict=True):
        if f"{name}_shuffled" in taken and labels[split == side].all():
            message = f"sequence '{name}_shuffled' has the name of the shuffled copy of {name!r}, expected another one"
            raise input_error(message, fasta)


def _alike(groups: NDArray[np.intp], what: str) -> str:
    """Why these sequences could not be divided, if it is for being alike."""
    n, apart = len(groups), len(np.unique(groups))
    if apart == n:
        return ""
    different = counted(apart, "different one")
    return f": the {n:,} {what} ones are copies or overlapping pieces of {different}, expected {FEWEST_GROUPS} or more"
