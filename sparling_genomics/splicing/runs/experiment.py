"""A splicing run on one screen: read, check, divide, train, measure once on the test side, read the motifs, publish."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sparling.errors import InputError
from sparling.plurals import agreeing, counted
from sparling.training.checkpoint import write_json
from sparling.training.devices import FabricLike, choose_fabric
from sparling.training.session import Session
from sparling.training.trainer import Watch
from sparling_genomics.data.splits import SPLIT_NAMES, TEST, TRAIN, VALIDATION
from sparling_genomics.files.genome import Genome
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.runs.opening import opened, stoppable
from sparling_genomics.runs.run_folder import RESULT, RunFolder, input_files
from sparling_genomics.splicing.check import FEWEST_INTRONS, Checked
from sparling_genomics.splicing.core_sites.fit import fit_core, read_tables
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.homology import LENGTH
from sparling_genomics.splicing.maps.write import write_maps
from sparling_genomics.splicing.metrics import SpliceFigures
from sparling_genomics.splicing.runs.adjusted import read_matrices
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.copies import find_words
from sparling_genomics.splicing.runs.inputs import read_inputs
from sparling_genomics.splicing.runs.need import Need, needs
from sparling_genomics.splicing.runs.publish import (
    UNIVERSE,
    circumstances,
    figures_json,
    save_splice_network,
)
from sparling_genomics.splicing.runs.reading import MOST_READ, Marks, read_marks, readable, silence
from sparling_genomics.splicing.runs.training import Trained, train_network
from sparling_genomics.splicing.runs.twin import TWIN, train_twin
from sparling_genomics.splicing.runs.words import Word, Words, matched, measured
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.universes.background import background
from sparling_genomics.splicing.universes.baselines import site_baselines
from sparling_genomics.splicing.universes.measured import UniverseFigures, among_genes, measure, network_predictor
from sparling_genomics.splicing.universes.territories import Side
from sparling_genomics.splicing.windows import Transcripts, read_transcripts, spread

FORMAT = 1
"""Of the folder of a splicing run."""
NOT_NEEDED = "not needed on the validation side"
MOST_VALIDATION = 8_000_000
"""Positions that validate, of whole genes that are evenly spread."""
LEAST_BACKGROUND = 20_000_000
"""Positions of intergenic and antisense stretches that are held to draw windows from, where there are as many."""


@dataclass(frozen=True)
class Prepared:
    """A genome and its genes, read, checked and divided; nothing has been written yet."""

    config: SpliceConfig
    genome: Genome
    checked: Checked
    fabric: FabricLike
    precision: str
    noticed: tuple[str, ...]
    database: tuple[Pwm, ...] = ()
    """Known motifs that those found are compared with."""

    def genes(self, side: int) -> list[SpliceGene]:
        """Of one side."""
        return [gene for gene, own in zip(self.checked.used.genes, self.checked.sides, strict=True) if own == side]

    def side(self, side: int, *, with_background: bool = False) -> Transcripts:
        """Transcripts of one side, of the validation side `MOST_VALIDATION` positions; and what else there is to train
        or validate on."""
        context, genes = self.config.network().context, self.genes(side)
        if side == VALIDATION:
            genes = spread(genes, MOST_VALIDATION)
        if self.config.background == "genes" or not with_background:
            return read_transcripts(genes, self.genome, context)
        positions = sum(gene.transcript.end - gene.transcript.start for gene in genes)
        most = max(positions, LEAST_BACKGROUND if side == TRAIN else 0)
        return read_transcripts(genes, self.genome, context, background(self.place(side), context, most))

    def place(self, side: int) -> Side:
        """The part of the genome that belongs to a side."""
        return Side(self.checked, self.genome, side, self.config.seed)


@dataclass(frozen=True)
class SpliceOutcome:
    """What was learned; ``universes`` as `measure` gives them, ``everything`` with test genes that have relatives among
    training genes."""

    everything: SpliceFigures
    universes: tuple[UniverseFigures, ...]
    baselines: Mapping[str, UniverseFigures]
    """Among genes with introns, as the first of ``universes``."""
    channels: int
    """Of the first training."""
    marks_per_100nt: float
    seen: int
    """Test genes of which marks were read (`readable`)."""
    words: Words
    seconds: float
    stop_reason: str

    @property
    def headline(self) -> SpliceFigures:
        """Among genes with introns that have no relatives among training genes."""
        return self.universes[0].figures


def prepare(config: SpliceConfig) -> Prepared:
    """Read and check all that a run needs. Raises ``InputError`` for any fault, before a file is made."""
    fabric, precision = choose_fabric(config.device, "auto")
    if config.adjust is not None:
        read_matrices(config.adjust)
    if config.core_acceptor is not None and config.core not in ("lssi", "pwm"):
        raise InputError(f"--core-acceptor is of the cores lssi and pwm; got --core {config.core}")
    if config.core == "maxent":
        read_tables(config.maxent)
    database = None if config.db is None else read_motifs(config.db)
    genome, checked, noticed = read_inputs(config)
    if database and database.notice():
        noticed = (*noticed, database.notice())
    for side, fewest in ((TRAIN, FEWEST_INTRONS), (VALIDATION, 1), (TEST, 1)):
        if checked.introns(side) < fewest:
            name, are = {TRAIN: "training"}.get(side, SPLIT_NAMES[side]), agreeing(fewest, "is", "are")
            raise InputError(
                f"{counted(checked.introns(side), 'intron')} on the {name} side, {fewest} {are} the fewest"
            )
    tested = set(np.flatnonzero(checked.sides == TEST).tolist()) - set(checked.related)
    if not sum(checked.used.genes[gene].counted for gene in tested):
        raise InputError(
            f"all {counted(len(checked.related), 'test gene')} share words of {LENGTH} letters with training genes, "
            "so nothing would be measured: hold out other chromosomes (--test-chroms)"
        )
    known = tuple(database.motifs if database else ())
    config = config.of_introns(checked.introns(TRAIN), checked.median_intron)
    found = Prepared(config, genome, checked, fabric, precision, noticed, known)
    return replace(found, noticed=(*noticed, *_in_part(found)))


def _in_part(prepared: Prepared) -> Iterator[str]:
    """What is said of a side that is not read as a whole."""
    for side, most, what in ((TRAIN, MOST_READ, "give the words"), (VALIDATION, MOST_VALIDATION, "validate")):
        genes = prepared.genes(side)
        used = spread(genes, most)
        if len(used) < len(genes):
            name = {TRAIN: "training"}.get(side, SPLIT_NAMES[side])
            number = f"{len(used):,} of {len(genes):,} {name} genes"
            yield f"{number} {what}, evenly spread: {most / 1e6:g} million positions."


def open_run(folder: RunFolder, options: Mapping[str, Any], *, force: bool, resume: bool) -> Prepared:
    """The inputs of a run, as `opened` has it."""
    return opened(folder, SpliceConfig, prepare, options, force=force, resume=resume)


def train_splicing(
    prepared: Prepared, folder: RunFolder, command: str, watch: Watch | None = None, resume: bool = False
) -> SpliceOutcome:
    """Train, measure and leave a finished run in ``folder``. Raises `Interrupted` on Ctrl-C, state saved."""
    command, started = folder.begin(command)
    with stoppable(folder.path):
        return _run(prepared, folder.path, command, started, watch, resume)


def _run(
    prepared: Prepared, path: Path, command: str, started: str, watch: Watch | None, resume: bool
) -> SpliceOutcome:
    clock, config = time.monotonic(), prepared.config
    train, validation = prepared.side(TRAIN), prepared.side(VALIDATION)
    core = fit_core(config.core, train, validation, config.seed, config.maxent, config.core_acceptor)
    usual = core if config.core_acceptor is None else None
    baselines = site_baselines(train, validation, config.seed, config.maxent, usual)
    genes, held = train.at_most(MOST_READ), validation
    if config.background == "genome":
        del train  # a side is held once
        train = prepared.side(TRAIN, with_background=True)
        held = prepared.side(VALIDATION, with_background=True)
    task = SpliceTask(train, held, config.seed, letter_dropout=config.care.letter_dropout)
    trained = train_network(config, task, (genes, validation), core, prepared.fabric, path, watch, resume)
    twin = train_twin(config, task, prepared.fabric, path, watch, resume) if config.dense_twin else None
    read = readable(trained.session, genes, MOST_READ)
    task = SpliceTask(read, validation, config.seed)
    session = Session(trained.session.model, task, prepared.fabric)
    trained = trained._replace(session=session)
    if twin is not None:
        baselines[TWIN] = network_predictor(Session(twin.model, task, prepared.fabric))
    del train, held, genes, twin  # the training side is let go before the test side is read

    test = prepared.side(TEST)
    of_test = np.flatnonzero(prepared.checked.sides == TEST).tolist()
    related = [of_test.index(gene) for gene in prepared.checked.related]
    seen = readable(session, test)
    tested = read_marks(session, task, seen)
    marks = read_marks(session, task, read)
    found, left_out = _needed_words(trained, task, read, validation, marks)
    silenced = silence(session, task, test, [word.channels for word, _ in found], related)
    predict = network_predictor(session)
    universes = measure(predict, prepared.place(TEST), test, related)
    everything = among_genes(predict, test, (), config.seed) if related else universes[0]
    motifs = matched(measured(found, read, marks, seen, tested, silenced), prepared.database)
    words = Words(motifs, left_out)
    outcome = SpliceOutcome(
        everything.figures,
        universes,
        {name: among_genes(other, test, related, config.seed) for name, other in baselines.items()},
        trained.network.channels + trained.dropped,
        100 * len(tested.places) / seen.positions,
        len(seen),
        words,
        round(max(trained.seconds, time.monotonic() - clock), 1),
        trained.reason,
    )
    save_splice_network(path / "model", session.model, trained.network)
    result = _result(prepared, outcome, command, started)
    write_maps(path, session, task, seen, words.motifs, prepared.genome.lengths, result)
    write_json(path / RESULT, result)
    return outcome


def _needed_words(
    trained: Trained, task: SpliceTask, train: Transcripts, validation: Transcripts, marks: Marks
) -> tuple[list[tuple[Word, Need]], dict[str, int]]:
    """The words of ``marks`` that the validation side needs, the most needed first; of channels of none, how many and
    why."""
    session, network = trained.session, trained.network
    words, left_out = find_words(train, marks, network)
    pairs = zip(words, needs(session, task, validation, [word.channels for word in words]), strict=True)
    found = sorted(((word, need) for word, need in pairs if need.is_needed), key=lambda pair: -pair[1].loss)
    idle = trained.dropped + sum(len(word.channels) for word in words)
    idle -= sum(len(word.channels) for word, _ in found)
    return found, left_out | ({NOT_NEEDED: idle} if idle else {})


def _result(prepared: Prepared, outcome: SpliceOutcome, command: str, started: str) -> dict[str, Any]:
    """The content of run.json."""
    checked, config = prepared.checked, prepared.config
    return {
        "format": FORMAT,
        "task": "splicing",
        **circumstances(command, started),
        "seed": config.seed,
        "device": str(prepared.fabric.device),
        "precision": prepared.precision,
        "seconds": outcome.seconds,
        "stop_reason": outcome.stop_reason,
        "inputs": input_files(config),
        "sides": {
            name: {"genes": int((checked.sides == side).sum()), "introns": checked.introns(side)}
            for side, name in enumerate(SPLIT_NAMES)
        },
        "noticed": list(prepared.noticed),
        "config": config.model_dump(mode="json"),
        "test": {
            "universe": UNIVERSE,
            "related_genes": len(checked.related),
            "without_related": figures_json(outcome.headline),
            "all": figures_json(outcome.everything),
            "marks_per_100nt": outcome.marks_per_100nt,
            "genes_with_marks_read": outcome.seen,
        },
        "channels": outcome.channels,
        "universes": [universe.as_json() for universe in outcome.universes],
        "baselines": {name: found.as_json() for name, found in outcome.baselines.items()},
        "motifs": [motif.pwm.name for motif in outcome.words.motifs],
        "channels_left_out": dict(outcome.words.left_out),
    }
