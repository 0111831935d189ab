"""Which records can be used, what is odd about them, and whether something can be learned from them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.plurals import counted
from sparling_genomics.data.labels import Labels
from sparling_genomics.data.splits import FEWEST_GROUPS, SPLIT_NAMES, TRAIN
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA, Alphabet
from sparling_genomics.stored.names import have_repeats
from sparling_genomics.stored.records import Records

ASKED = (DNA.name, RNA.name)
MIN_BOUND = 6
"""Bound sequences at least, and unbound ones to train on where some are given."""


def usable_records(records: Records, min_length: int) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Indices of the records to keep, and how many are dropped or noticed for each reason, in the order of the file."""
    lengths = records.lengths
    too_short, only = lengths < min_length, records.ambiguous == lengths
    kept = ~too_short & (lengths > 0) & ~only
    dropped = {
        "empty": lengths == 0,
        f"shorter than {min_length}": too_short & (lengths > 0),
        "only ambiguous letters": ~too_short & (lengths > 0) & only,
    }
    numbers = [(int(which.argmax()), reason, int(which.sum())) for reason, which in dropped.items() if which.any()]
    if ambiguous := int((kept & (records.ambiguous > 0)).sum()):
        numbers.append((int(kept.argmax()), "with ambiguous letters (kept)", ambiguous))
    return np.flatnonzero(kept), {reason: number for _, reason, number in sorted(numbers)}


def noticed(records: Records) -> dict[str, int]:
    """What is odd about the records of one file as it was written, and in how many; all of them are kept."""
    renamed = records.renamed
    if not renamed:
        return {}
    differ = not have_repeats(records.header(i) for i in range(len(records)))
    why = ": the first word of a header is the name, though the whole headers differ;" if differ else ","
    return {f"with a name that was used before{why} numbered name_2, name_3, … (kept)": renamed}


def read_alphabet(files: Sequence[tuple[Path | str, Records]], asked: str | None, norc: bool) -> Alphabet:
    """The alphabet of the records of each of ``files``: the one that was asked for, else RNA where letters are U.

    ``norc``: DNA is read on the strand it is given on. Raises ``InputError`` with file and line of the record where a U
    stands in what is to be DNA, and, unless RNA was asked for, where some letters are T and others are U.
    """
    if asked is not None and asked not in ASKED:
        raise InputError(f"alphabet must be one of {', '.join(ASKED)}, got {asked!r}")
    dna = DNA_FORWARD if norc else DNA
    if asked == RNA.name:
        return RNA
    seen_t = seen_u = False
    for path, records in files:
        has_u, has_t = records.uracil > 0, records.thymine > records.uracil
        by_now_t, by_now_u = (np.logical_or.accumulate(has) for has in (has_t, has_u))
        wrong = has_u if asked == DNA.name else (by_now_t | seen_t) & (by_now_u | seen_u)
        if wrong.any():
            first = int(wrong.argmax())
            letter, own = "U" if has_u[first] else "T", f"sequence {records.names[first]!r}"
            message = f"{own} has letters {letter}, and T and U stand in one input"
            advice = "expected one of them; --alphabet rna reads both as U"
            if asked == DNA.name:
                message, advice = f"{own} has letters U", "expected DNA; --alphabet rna reads it as RNA"
            raise input_error(f"{message}, {advice}", path, int(records.line[first]))
        seen_t, seen_u = seen_t or bool(has_t.any()), seen_u or bool(has_u.any())
    return RNA if seen_u else dna


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
    ending = "_shuffled"
    taken = {name for name in names if name.endswith(ending)}
    if not taken:
        return
    for name, side in zip(names, split.tolist(), strict=True):
        if f"{name}{ending}" in taken and labels[split == side].all():
            message = f"sequence '{name}_shuffled' has the name of the shuffled copy of {name!r}, expected another one"
            raise input_error(message, fasta)


def _alike(groups: NDArray[np.intp], what: str) -> str:
    """Why these sequences could not be divided, if it is for being alike."""
    n, apart = len(groups), len(np.unique(groups))
    if apart == n:
        return ""
    different = counted(apart, "different one")
    return f": the {n:,} {what} ones are copies or overlapping pieces of {different}, expected {FEWEST_GROUPS} or more"
