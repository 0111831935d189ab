"""What a signal track says of each region: one real value, out of a bigWig file.

Positions without a value count as 0, as ``mean0`` of bigWigAverageOverBed has it (Kent et al. 2010, Bioinformatics
26:2204): tracks of coverage leave zeros out.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from sparling.errors import InputError
from sparling.plurals import agreeing, counted
from sparling_genomics.data.labels import LabelTable
from sparling_genomics.files.genome import Genome, meant
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.intervals import Interval

Summary = Literal["log-mean", "mean", "max"]
LOG_MEAN: Summary = "log-mean"
"""log(1 + mean), the natural logarithm: coverage is skewed, and models of it predict log counts (Avsec et al. 2021, Nat
Genet 53:354)."""


class Signal(NamedTuple):
    """A value for each interval that the track says something of."""

    kept: list[int]
    """Numbers of these intervals."""
    table: LabelTable
    """Of them: one column, named as the file is."""
    noticed: tuple[str, ...]


def read_signal(path: Path, intervals: Sequence[Interval], genome: Genome, summary: Summary = LOG_MEAN) -> Signal:
    """Mean, largest value, or log(1 + mean) of the track over each interval.

    Intervals on chromosomes that the track lacks are left out. Raises ``InputError`` for what is no bigWig file or a
    damaged one, an empty track, one without any of the chromosomes, or of another assembly, for values whose logarithm
    there is not, and where all intervals have one value.
    """
    with _opened(path) as track:
        lengths = {str(chrom): int(length) for chrom, length in track.chroms().items()}
        if not lengths:
            raise InputError(f"the track is empty, it has no values: {path}")
        wanted = dict.fromkeys(each.chrom for each in intervals)
        missing = [chrom for chrom in wanted if chrom not in lengths]
        if len(missing) == len(wanted):
            raise InputError(f"the track has no {missing[0]!r}{meant(missing[0], lengths)}: {path}")
        for chrom in wanted:
            if lengths.get(chrom, genome.lengths[chrom]) != genome.lengths[chrom]:
                sizes = f"{lengths[chrom]:,} bp in the track and {genome.lengths[chrom]:,} in {genome.path.name}"
                raise InputError(f"{chrom} has {sizes}: these are two assemblies, {path}")
        kept = [i for i, each in enumerate(intervals) if each.chrom in lengths]
        found = [_of(track, intervals[i], summary, path) for i in kept]
    values = np.array([value for value, _ in found], dtype=np.float32)
    if len(np.unique(values)) == 1:
        raise InputError(
            f"the track is {found[0][0]:g} in all {counted(len(found), 'region')}: nothing to learn from, {path}"
        )
    said = []
    if left := len(intervals) - len(kept):
        chroms = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        said.append(
            f"{counted(left, 'region')} {agreeing(left, 'was', 'were')} left out, "
            f"for the track has nothing of {chroms}."
        )
    if empty := sum(not covered for _, covered in found):
        have, they = agreeing(empty, "has", "have"), agreeing(empty, "it counts", "they count")
        said.append(f"{counted(empty, 'region')} {have} no value in the track: {they} as 0.")
    what = {"log-mean": "log(1 + mean)", "mean": "the mean", "max": "the largest value"}[summary]
    said.append(f"The signal of a region is {what} of {path.name} over the bp that are read.")
    return Signal(kept, LabelTable((path.stem,), values[:, None], None, path), tuple(said))


def check_track(path: Path) -> None:
    """Raise ``InputError`` unless the file is a bigWig that can be read."""
    with _opened(path):
        pass


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The track; whatever goes wrong in reading it is said in words."""
    try:
        import pybigtools
    except ImportError as error:
        raise InputError("--signal needs pybigtools: pip install 'sparling-genomics[tracks]'") from error
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}): {path}") from error
    with file:
        try:
            track = pybigtools.open(file)
            is_wig = bool(track.is_bigwig)
        except pybigtools.BBIReadError as error:
            raise InputError(f"not a bigWig file, or one that is damaged: {path}") from error
        if not is_wig:
            raise InputError(f"a bigBed file, expected bigWig: {path}")
        try:
            yield track
        except BaseException as error:
            if type(error).__name__ not in ("BBIReadError", "PanicException"):  # the latter of Rust, of no module
                raise
            raise InputError(f"the bigWig file is damaged: {path}") from error


def _of(track: Any, where: Interval, summary: Summary, path: Path) -> tuple[float, bool]:
    """The value of an interval, and whether the track has any there."""
    records = [each for each in track.records(where.chrom, where.start, where.end) if not math.isnan(each[2])]
    if any(math.isinf(value) for _, _, value in records):
        raise input_error(f"the track is not finite in {where}", path)
    covered = sum(end - start for start, end, _ in records)
    if summary == "max":
        highest = max((value for _, _, value in records), default=0.0)
        return (highest if covered == where.length else max(highest, 0.0)), bool(covered)
    mean = sum((end - start) * value for start, end, value in records) / where.length
    if summary == "mean":
        return mean, bool(covered)
    if mean < 0:
        raise InputError(f"the mean over {where} is {mean:g}, and has no log(1 + mean); --signal-summary mean: {path}")
    return math.log1p(mean), bool(covered)
