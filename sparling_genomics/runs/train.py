"""A training run from its configuration to its folder: read and check, search, publish."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sparling.errors import InputError
from sparling.plurals import counted
from sparling.training.devices import FabricLike, choose_fabric
from sparling.training.trainer import Watch
from sparling_genomics.data.copies import looked_at
from sparling_genomics.data.dataset import SequenceDataset, load_dataset
from sparling_genomics.data.genomic import FromGenome, Matching, Regions, load_regions
from sparling_genomics.data.signal import LOG_MEAN
from sparling_genomics.discovery.config import MotifConfig, default_width
from sparling_genomics.discovery.few import are_few
from sparling_genomics.discovery.known import MOST, trimmed
from sparling_genomics.discovery.outcome import Outcome
from sparling_genomics.discovery.plan import widths
from sparling_genomics.discovery.search import find
from sparling_genomics.discovery.training import Search
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.text_files import check_lasting, input_error
from sparling_genomics.known.alphabets import check_alphabet
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.detectable import what_can_be_found
from sparling_genomics.naming.library import Library, open_library
from sparling_genomics.network.motif_network import save_network
from sparling_genomics.runs.opening import stoppable
from sparling_genomics.runs.run_folder import RunFolder, input_paths

SHORTEST = 8
NARROW = 7
"""Receptive field in bp, below which whole motifs do not fit into it."""
LONGEST = 20_000
READ_AS_RNA = "The letters are U and never T: read as RNA, on the forward strand alone."


@dataclass(frozen=True)
class Prepared:
    """Inputs that have been read and checked; nothing has been written yet."""

    config: MotifConfig
    data: SequenceDataset
    library: Library
    """Known matrices to take names from."""
    fabric: FabricLike
    precision: str
    known: tuple[Pwm, ...]
    """Matrices that channels start as."""
    noticed: tuple[str, ...]
    """What a user should know before anything is trained, in sentences."""
    matching: Matching | None = None
    """How like the bound windows of a genome its unbound ones are."""


def prepare(config: MotifConfig) -> Prepared:
    """Read and check everything a run needs. Raises ``InputError`` for any fault, before a file is made."""
    fabric, precision = choose_fabric(config.device, config.precision)
    for name, path in input_paths(config).items():
        check_lasting(path, name)
    library = Library() if config.db is None else open_library(config.db, config.db_taxon)
    read = _read(config)
    data = read.data
    if data.targets is not None:
        for name in ("sites_per_seq", "start_from"):
            if getattr(config, name) is not None:
                raise InputError(f"--{name.replace('_', '-')} is for bound sequences, not for several labels")
    known, said_of_known = _known(config, data)
    noticed = (
        *read.noticed,
        READ_AS_RNA if config.alphabet is None and data.alphabet == RNA else "",
        _size(data) if data.targets is None else data.targets.sentence(),
        _narrow(config, data),
        _part(data),
        *library.notices,
        *said_of_known,
    )
    said = tuple(sentence for sentence in noticed if sentence)
    return Prepared(config, data, library, fabric, precision, tuple(known), said, read.matching)


def _read(config: MotifConfig) -> FromGenome:
    """The sequences: of a FASTA file, or of regions of a genome."""
    shortest = config.width or SHORTEST
    if config.bed is not None and config.genome is not None:
        regions = Regions(
            config.bed,
            config.genome,
            size=config.size,
            top=config.top,
            background=config.background or ("genome" if config.signal is None else "signal"),
            peaks=config.peaks,
            signal=config.signal,
            summary=config.signal_summary or LOG_MEAN,
            exclude=config.exclude,
            test_chroms=config.test_chroms or (),
        )
        letters = RNA if config.alphabet == RNA.name else DNA_FORWARD if config.norc else DNA
        return load_regions(regions, letters, min_length=shortest, longest=LONGEST, seed=config.seed)
    if config.fasta is None:
        raise InputError("--fasta is missing, or --bed with --genome")
    data = load_dataset(
        config.fasta,
        negatives=config.negatives,
        labels=config.labels,
        alphabet=config.alphabet,
        norc=config.norc,
        min_length=shortest,
        max_length=LONGEST,
        seed=config.seed,
    )
    return FromGenome(data, None, ())


def _size(data: SequenceDataset) -> str:
    return _too_few(data) if are_few(data) else what_can_be_found(data)


def _known(config: MotifConfig, data: SequenceDataset) -> tuple[list[Pwm], list[str]]:
    """The matrices that channels start as, and what a user should know of them, in sentences."""
    path = config.start_from
    if path is None:
        return [], []
    read = read_motifs(path)
    if len(read.motifs) > MOST:
        raise input_error(
            f"{counted(len(read.motifs), 'matrix', 'matrices')}, expected at most {MOST} for channels to start as; "
            f"`sparling motifs enrich --db {path} --meme FILE` finds those that are enriched",
            path,
        )
    if are_few(data):
        raise input_error(
            f"{int(data.labels.sum())} bound sequences are too few to train on, expected about 56 or more; "
            "`sparling motifs enrich` tests known matrices",
            config.fasta or config.bed or path,
        )
    said = check_alphabet(read.motifs, data.alphabet, path)
    return read.motifs, [read.notice(), said, trimmed(read.motifs, widths(config, data).field)]


def _too_few(data: SequenceDataset) -> str:
    return (
        f"{int(data.labels.sum())} bound sequences are too few to train on: words are sought in all of them, their P "
        "is that of shuffles of the whole set, and no figure is of sequences held out."
    )


def _part(data: SequenceDataset) -> str:
    """What is said where there are more sequences than are looked at outside of training."""
    shown = len(looked_at(data))
    if shown == len(data):
        return ""
    return (
        f"All of {counted(len(data), 'sequence')} train or are held out; motifs, sites and figures are of {shown:,}, "
        "evenly spaced. `sparling motifs scan` lists the sites of all."
    )


def _narrow(config: MotifConfig, data: SequenceDataset) -> str:
    length = float(np.median(data.lengths))
    width = default_width(length, data.alphabet)
    if config.width is not None or width >= NARROW:
        return ""
    return f"Sequences of {length:g} bp get a field of {width} bp: longer motifs come out in pieces; --width sets it."


def open_run(folder: RunFolder, options: Mapping[str, Any], *, force: bool, resume: bool) -> Prepared:
    """The inputs of a run of these ``options`` in ``folder``, which is made, or with ``resume`` gone on with.

    Raises ``InputError`` for any fault of options, inputs and folder, before a file is made; with ``resume`` also where
    an input is another one than before.
    """
    if resume:
        prepared = prepare(folder.resumable_config(dict(options)))
        folder.check_inputs(prepared.config)
        folder.remember(prepared.config)
        return prepared
    config = MotifConfig.of(dict(options))
    folder.check_free(force)
    prepared = prepare(config)
    folder.start(config)
    return prepared


def train_motifs(
    prepared: Prepared, folder: RunFolder, command: str, watch: Watch | None = None, resume: bool = False
) -> Outcome:
    """Train on ``prepared`` and leave a finished run in ``folder``. Raises `Interrupted` on Ctrl-C, state saved."""
    clock = time.monotonic()
    config = prepared.config
    command, started = folder.begin(command)
    search = Search(config, prepared.data, prepared.fabric, prepared.precision, folder.path, watch, prepared.known)
    with stoppable(folder.path):
        outcome = find(search, clock, resume)
        from sparling_genomics.runs.publish import write_results  # pandas, templates: of no use before

        save_network(folder.path / "model", outcome.map.model, outcome.map.network)
        write_results(
            folder.path, config, outcome, command, started, prepared.library, prepared.noticed, prepared.matching
        )
    return outcome
