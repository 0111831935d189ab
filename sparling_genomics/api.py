"""The front door from Python: find motifs, load a run, look at it, use it.

In five lines::

    import sparling_genomics as sg

    run = sg.find_motifs("peaks.fa", seed=1)  # or sg.load("peaks_motifs"), also on another machine
    run.motifs                                # a table; in a notebook with logos
    run.predict(["ACGT...", ...])             # how likely each is bound
    run.scan("others.fa")                     # where the motifs are
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from sparling.errors import InputError
from sparling.locks import locked
from sparling_genomics.audit.trained import train_and_check
from sparling_genomics.discovery.config import MotifConfig, background_of, default_folder
from sparling_genomics.run import Run, command, load, watch
from sparling_genomics.runs.run_folder import RESULT, RunFolder
from sparling_genomics.runs.train import open_run
from sparling_genomics.runs.versus import both_directions


class Differences(NamedTuple):
    """Two runs: what the first set has more often than the second, and the reverse."""

    first: Run
    second: Run


def find_motifs(
    fasta: Path | str | None = None,
    out: Path | str | None = None,
    *,
    negatives: Path | str | None = None,
    labels: Path | str | None = None,
    db: Path | str | None = None,
    bed: Path | str | None = None,
    genome: Path | str | None = None,
    size: int | None = None,
    top: int | None = None,
    background: str | None = None,
    signal: Path | str | None = None,
    signal_summary: Literal["log-mean", "mean", "max"] | None = None,
    exclude: Path | str | None = None,
    test_chroms: Sequence[str] | None = None,
    alphabet: Literal["dna", "rna"] | None = None,
    norc: bool | None = None,
    motifs: int | None = None,
    sites_per_seq: float | None = None,
    start: Literal["seeds", "nothing"] | None = None,
    start_from: Path | str | None = None,
    freeze: bool | None = None,
    width: int | None = None,
    seed: int | None = None,
    max_minutes: float | None = None,
    max_samples: int | None = None,
    device: str | None = None,
    force: bool = False,
    resume: bool = False,
    progress: bool = True,
) -> Run:
    """Train on sequences and return the finished run: what ``sparling motifs train`` does, with its options.

    Sequences come from ``fasta``, or from the regions ``bed`` of a ``genome``; ``background`` is then genome, flanks,
    shuffle or peaks:FILE. With ``signal``, a bigWig track, the value in each region is learned instead.

    ``out`` is the run's folder, NAME_motifs for NAME.fa where none is given; ``force`` replaces one that is there,
    ``resume`` goes on with an interrupted one; ``progress`` prints a line an evaluation. Raises ``InputError`` for any
    fault of the input, before a file is made, and ``Interrupted`` on Ctrl-C, with the state saved.
    """
    paths = {"fasta": fasta, "negatives": negatives, "labels": labels, "db": db, "start_from": start_from}
    paths |= {"bed": bed, "genome": genome, "exclude": exclude, "signal": signal}
    options = {name: None if path is None else Path(path) for name, path in paths.items()} | {
        "size": size,
        "top": top,
        "signal_summary": signal_summary,
        "test_chroms": None if test_chroms is None else tuple(test_chroms),
        "alphabet": alphabet,
        "norc": norc,
        "motifs": motifs,
        "sites_per_seq": sites_per_seq,
        "start": start,
        "freeze": freeze,
        "width": width,
        "seed": seed,
        "max_minutes": max_minutes,
        "max_samples": max_samples,
        "device": device,
    }
    options |= background_of(background)
    source = bed if fasta is None else fasta
    if source is None and out is None:
        raise InputError("sequences are missing: fasta, or bed with genome")
    folder = RunFolder(default_folder(Path(str(source))) if out is None else Path(out))
    with locked(folder.path):
        prepared = open_run(folder, options, force=force, resume=resume)
        train_and_check(prepared, folder, command("train", str(source)), watch if progress else None, resume=resume)
    return load(folder.path)


def find_differences(
    first: Path | str,
    second: Path | str,
    out: Path | str | None = None,
    *,
    genome: Path | str | None = None,
    size: int | None = None,
    top: int | None = None,
    exclude: Path | str | None = None,
    test_chroms: Sequence[str] | None = None,
    alphabet: Literal["dna", "rna"] | None = None,
    norc: bool | None = None,
    motifs: int | None = None,
    db: Path | str | None = None,
    seed: int | None = None,
    device: str | None = None,
    force: bool = False,
    resume: bool = False,
    progress: bool = True,
) -> Differences:
    """What tells two sets apart, in both directions: what ``sparling motifs train --versus`` does.

    Sets are FASTA files, or with a ``genome`` regions (BED or narrowPeak); those that overlap one of the other set are
    left out. ``out`` holds both runs, FIRST_versus_SECOND where none is given; with ``resume`` a run that is finished
    stays. Other options as in `find_motifs`, which says what is raised.
    """
    source = "fasta" if genome is None else "bed"
    asked = {
        source: Path(first),
        "genome": genome,
        "size": size,
        "top": top,
        "exclude": exclude,
        "test_chroms": test_chroms,
        "alphabet": alphabet,
        "norc": norc,
        "motifs": motifs,
        "db": db,
        "seed": seed,
        "device": device,
    }
    both = both_directions(asked, Path(second), None if out is None else Path(out))
    folders = [RunFolder(both.folder / name) for name in both.options]
    for folder, options in zip(folders, both.options.values(), strict=True):
        MotifConfig.of(options)
        if not (resume and folder.config_path.is_file()):
            folder.check_free(force)
    runs = []
    for folder, options in zip(folders, both.options.values(), strict=True):
        goes_on = resume and folder.config_path.is_file()
        if not (goes_on and (folder.path / RESULT).is_file()):
            said = command("train", str(first), "--versus", str(second))
            with locked(folder.path):
                prepared = open_run(folder, options, force=force, resume=goes_on)
                train_and_check(prepared, folder, said, watch if progress else None, goes_on)
        runs.append(load(folder.path))
    return Differences(*runs)
