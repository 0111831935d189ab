"""An alignment from run folders to a folder of its own, which is there whole or not at all."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from sparling.alignment.streams import Stream
from sparling.errors import InputError, NotWritable
from sparling.locks import locked_files
from sparling.plurals import counted
from sparling_genomics.align.aligned import RunAlignment
from sparling_genomics.align.concepts import Found, concepts_of, features_of
from sparling_genomics.align.layout import laid
from sparling_genomics.align.letters import letter_pairs
from sparling_genomics.align.places import Places, listen
from sparling_genomics.align.reading import Reader
from sparling_genomics.align.report.examples import examples_of
from sparling_genomics.align.report.page import Said, Shown, render_align, sampled
from sparling_genomics.align.report.words import names_of, told
from sparling_genomics.align.results import write_json_result, write_places_tsv
from sparling_genomics.align.sample import Sample, own_sequences, sequences_of
from sparling_genomics.align.shared import ALIGNMENTS, LEAST_SITES, align_several
from sparling_genomics.align.table import write_concepts_tsv, write_letters_tsv
from sparling_genomics.compare.read import ComparedRun, read_runs
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.runs.finished import StoredRun, load_stored

PAGE, TABLE, LETTERS, PLACES, RESULT = "align.html", "concepts.tsv", "letters.tsv", "places.tsv.gz", "alignment.json"
FEATURES = "features"


def read_aligned(paths: Sequence[Path], device: str | None = None) -> tuple[list[ComparedRun], list[StoredRun]]:
    """The runs to be aligned: what their files say, and their networks.

    Raises ``InputError`` as `read_runs` and `load_stored` do, for runs of which one reads both strands and one does
    not, and for a run without motifs.
    """
    runs = read_runs(paths)
    stored = [load_stored(path, device) for path in paths]
    for run in stored:
        if run.network.alphabet != stored[0].network.alphabet:
            kinds = f"{stored[0].path} is a run of {stored[0].network.alphabet}, {run.path} of {run.network.alphabet}"
            raise InputError(f"{kinds}; expected one alphabet")
        if not run.pwms:
            raise InputError(f"a run without motifs has nothing to align: {run.path}")
    return runs, stored


def run_and_write(
    runs: Sequence[ComparedRun],
    stored: Sequence[StoredRun],
    folder: Path,
    *,
    fasta: Path | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> RunAlignment:
    """`align_runs`, and all results in ``folder``, which is replaced where it is there, or left as it is.

    Raises ``InputError`` as that does, ``InUse`` where another process makes the same folder, and ``NotWritable``.
    """
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritable(folder, error.strerror) from error
    with locked_files(folder):
        return _run_and_write(runs, stored, folder, fasta, seed, progress)


def _run_and_write(
    runs: Sequence[ComparedRun],
    stored: Sequence[StoredRun],
    folder: Path,
    fasta: Path | None,
    seed: int,
    progress: Callable[[str], None],
) -> RunAlignment:
    work = folder.absolute().with_name(f".{folder.absolute().name}.partial")
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        made = align_runs(runs, stored, work / "training", fasta=fasta, seed=seed, progress=progress)
        shutil.rmtree(work / "training")
        _write(made, work)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(work, folder)
    except OSError as error:
        raise NotWritable(folder, error.strerror) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return made


def align_runs(
    runs: Sequence[ComparedRun],
    stored: Sequence[StoredRun],
    work: Path,
    *,
    fasta: Path | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> RunAlignment:
    """The concepts of runs, in the sequences of ``fasta`` or of their own test sides; ``work`` is a folder to work in.

    Raises ``InputError`` where sequences are missing, and where a run has no motif with `shared.LEAST_SITES` sites.
    """
    rng = generator(seed, Purpose.PLACES)
    progress("Reading sequences …")
    sample = own_sequences(stored, rng) if fasta is None else sequences_of(fasta, stored)
    progress(f"What {len(runs)} runs say in {counted(len(sample.data), 'sequence')} …")
    places, heard = listen([Reader(run) for run in stored], sample.data, rng)
    features = [features_of(own, len(places.sequence), len(run.pwms)) for own, run in zip(heard, stored, strict=True)]
    sites = [np.asarray((own > 0).sum(0))[0] for own in features]
    streams = [
        _stream(run, own, count >= LEAST_SITES, work / FEATURES / f"{number}.npy", f"run {number + 1}")
        for number, (run, own, count) in enumerate(zip(runs, features, sites, strict=True))
    ]

    def say(done: int, of: int) -> None:
        progress(f"Latent space {done + 1} of {of}, at {len(places.sequence):,} places …")

    shared = align_several(streams, seed, work, stored[0].fabric.device.type, say)
    aligned = np.flatnonzero(np.concatenate(sites) >= LEAST_SITES)
    told_of_all = np.zeros((len(shared.told), *[sum(map(len, sites))] * 2))
    told_of_all[:, aligned[:, None], aligned] = shared.told
    found = concepts_of(features, told_of_all)
    pwms = [[motif.pwm for motif in run.motifs] for run in runs]
    groups = [laid(concept, heard, pwms) for concept in found.concepts]
    names = names_of(groups, runs)
    shown = [
        Shown(concept, group, name, examples_of(concept, group, heard, places, sample.data, pwms))
        for concept, group, name in zip(found.concepts, groups, names, strict=True)
    ]
    progress("Comparing letters …")
    return RunAlignment(
        runs=list(runs),
        sample=sample,
        places=places,
        heard=heard,
        found=found,
        shown=shown,
        without=[(channel, _why(int(sites[channel.run][channel.motif]))) for channel in found.without],
        pairs=letter_pairs(runs, heard, found),
        own_places=_own_places(found, places, sample, len(runs)),
        errors=shared.errors,
        settings=shared.settings,
        source="of the runs' own test sides" if fasta is None else f"of {fasta.name}",
        headline=told(found.concepts, groups, runs, len(found.without)),
    )


def _write(made: RunAlignment, folder: Path) -> None:
    page = render_align(made.shown, made.without, made.pairs, made.runs, made.own_places, _said(made))
    (folder / PAGE).write_text(page, encoding="utf-8", newline="\n")
    rows = [(each.concept, each.group, each.name) for each in made.shown]
    write_concepts_tsv(folder / TABLE, rows, made.found.without, made.runs)
    write_letters_tsv(folder / LETTERS, made.pairs, made.runs)
    write_places_tsv(folder / PLACES, made.places, made.heard, made.found, made.runs, made.sample.data)
    write_json_result(folder / RESULT, made)


def _stream(run: ComparedRun, features: sp.csr_matrix, enough: NDArray[np.bool_], path: Path, name: str) -> Stream:
    """The motifs that have enough sites as a stream, in a file of its own."""
    if not enough.any():
        raise InputError(f"no motif has {LEAST_SITES} sites in these sequences: {run.path}")
    chosen = np.flatnonzero(enough)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(features.shape[0], len(chosen)))
    step = 100_000
    for first in range(0, features.shape[0], step):
        file[first : first + step] = features[first : first + step][:, chosen].toarray()
    file.flush()
    return Stream.read(name, path)


def _why(sites: int) -> str:
    if sites < LEAST_SITES:
        return f"{counted(sites, 'place')} with a site, fewer than {LEAST_SITES}"
    return "its own latents do not tell it"


def _own_places(found: Found, places: Places, sample: Sample, runs: int) -> NDArray[np.int64]:
    """Places of each concept in the sequences of each run: (concepts, runs)."""
    if (sample.run < 0).any():
        return np.full((len(found.concepts), runs), -1)
    of = sample.run[places.sequence]
    counts = [np.bincount(of[each.places], minlength=runs) for each in found.concepts]
    return np.array(counts, dtype=np.int64).reshape(len(counts), runs)


def _said(made: RunAlignment) -> Said:
    settings = made.settings
    same = np.eye(len(made.runs), dtype=bool)
    self_error, cross = float(made.errors[:, same].mean()), float(made.errors[:, ~same].mean())
    method = (
        f"{ALIGNMENTS} alignments of {settings.latents} latents, {settings.k} at a place, chosen by all runs together "
        f"(Global TopK); at held-out places {self_error:.0%} of what a run says is not reconstructed from its own "
        f"latents, {cross:.0%} from another run's."
    )
    looked = sampled(len(made.places.sequence), int(made.places.marked.sum()), len(made.sample.data), made.source)
    return Said(made.headline, looked, method, ALIGNMENTS)
