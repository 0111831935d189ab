"""A method on a set, trained and measured: the rows of the splicing benchmark, one a universe."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from splice_baselines import BASELINES, count, transcripts
from splice_sets import RBNS, SpliceSet
from splice_truths import branch_figures, branch_motif, ctray_recall, first_letters, moved_sites, mutate_branches

from sparling.networks.model import SparlingModel
from sparling.training.session import Session
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.splicing.network import SpliceNetwork
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.copies import find_words
from sparling_genomics.splicing.runs.experiment import Prepared, SpliceOutcome, prepare, train_splicing
from sparling_genomics.splicing.runs.publish import load_splice_network
from sparling_genomics.splicing.runs.reading import read_marks
from sparling_genomics.splicing.runs.words import Word
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.universes.measured import UniverseFigures, measure, network_predictor

METHODS: dict[str, dict[str, Any]] = {
    "default": {"core": "lssi"},
    "sparse": {"core": "none"},
    "sparser": {"core": "lssi", "marks_per_100nt": 0.5},
    "null": {"core": "none"},
    "adjusted": {"core": "lssi"},
}
"""Of the sparse network: options that differ from those of the set; `adjusted` starts from 134 matrices of RBNS."""


def rows_of(each: SpliceSet, method: str, seed: int, background: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Train in a folder, which is made anew, and measure."""
    torch.set_num_threads(1)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    options = each.options | each.files(folder) | METHODS.get(method, {})
    if method == "adjusted":
        options["adjust"] = first_matrices(RBNS, folder / "matrices.meme")
    prepared = prepare(SpliceConfig.of(options | {"seed": seed, "background": background, "device": "cpu"}))
    if method in METHODS:
        yield from _sparse_rows(prepared, each, method, folder)
        return
    baseline = BASELINES[method](prepared, folder / "training")
    trained = time.process_time()
    test = transcripts(prepared, TEST, baseline.context)
    of_test = np.flatnonzero(prepared.checked.sides == TEST).tolist()
    related = [of_test.index(gene) for gene in prepared.checked.related]
    more = {"parameters": baseline.parameters, "train_cpu_s": trained, "genes_related": len(related)}
    for figures in measure(baseline.predict, prepared.place(TEST), test, related):
        yield figures_row(figures) | more


class Clock:
    """CPU seconds of the process at the last evaluation of a training."""

    seconds = 0.0

    def on_batch(self, progress: object) -> None:
        """Nothing."""

    def on_evaluation(self, record: object) -> None:
        self.seconds = time.process_time()


def _sparse_rows(prepared: Prepared, each: SpliceSet, method: str, folder: Path) -> Iterator[dict[str, Any]]:
    clock, run = Clock(), RunFolder(folder / "run")
    run.start(prepared.config)
    given = with_moved_sites(prepared) if method == "null" else prepared
    outcome = train_splicing(given, run, "benchmarks/splicing.py", lambda *_: clock)
    model, network = load_splice_network(run.path / "model")
    words = words_of_channels(given, model, network)
    more: dict[str, Any] = {
        "marks_per_100nt": outcome.marks_per_100nt,
        "parameters": count(model),
        "train_cpu_s": clock.seconds,
        "genes_related": len(given.checked.related),
        "motifs": " ".join(spelled(motif.pwm) for motif in outcome.words.motifs),
        "motifs_needed": sum(motif.need.is_needed for motif in outcome.words.motifs),
        "words": " ".join(spelled(word.pwm) for word in words),
    }
    if each.name == "pombe":
        more |= branch_row(prepared, outcome, run.path, is_null=method == "null")
    for number, figures in enumerate(outcome.universes):
        yield figures_row(figures) | (more if number == 0 else {"marks_per_100nt": outcome.marks_per_100nt})


def words_of_channels(prepared: Prepared, model: SparlingModel, network: SpliceNetwork) -> list[Word]:
    """What all channels mark on the training side, reported as motifs or not; the word with most marks first."""
    train = prepared.side(TRAIN)
    task = SpliceTask(train, train, 0)
    marks = read_marks(Session(model, task, prepared.fabric), task, train)
    return sorted(find_words(train, marks, network)[0], key=lambda word: -word.marks)


def spelled(pwm: Pwm) -> str:
    """A motif in a cell of the table: its consensus, behind the name of the known matrix that it began as, if any."""
    return f"{pwm.alt_name}:{pwm.consensus()}" if pwm.alt_name else pwm.consensus()


def first_matrices(database: Path, out: Path) -> Path:
    """Write the first matrix of each protein of a database, which is that of its strongest words, to ``out``."""
    of_protein: dict[str, Pwm] = {}
    for pwm in read_motifs(database).motifs:
        of_protein.setdefault(pwm.alt_name or pwm.name, pwm)
    write_meme(out, list(of_protein.values()))
    return out


def with_moved_sites(prepared: Prepared) -> Prepared:
    """The same genes with their sites at random GT and AG; those without room for them are left out."""
    used = prepared.checked.used
    moved = moved_sites(used.genes, prepared.genome, prepared.config.seed)
    kept = np.array([gene is not None for gene in moved])
    genes = replace(used, genes=tuple(gene for gene in moved if gene is not None))
    checked = replace(prepared.checked, used=genes, sides=prepared.checked.sides[kept], related=())
    return replace(prepared, checked=checked)


def branch_row(prepared: Prepared, outcome: SpliceOutcome, run: Path, *, is_null: bool) -> dict[str, Any]:
    """Of the branch point; of a null the best recall that any of its motifs has by chance."""
    model, _ = load_splice_network(run / "model")
    validation, test = (prepared.side(side) for side in (VALIDATION, TEST))
    task = SpliceTask(validation, validation, 0)
    session, motifs = Session(model, task, prepared.fabric), outcome.words.motifs
    held, tested = ((side, read_marks(session, task, side)) for side in (validation, test))
    if is_null:
        recalls = [ctray_recall(first_letters(motif, tested[1]), test) for motif in motifs]
        return {"branch_recall": max(recalls, default=0.0)}
    motif, mutation = branch_motif(motifs), mutate_branches(network_predictor(session), test, prepared.config.seed)
    row = {"mutated_introns": mutation.introns, "branch_a_to_g": mutation.branch, "other_a_to_g": mutation.other}
    if motif is None:
        return row
    found = branch_figures(motif, held, tested)
    return row | {
        "branch_motif": f"{found.motif} {found.consensus}",
        "branch_offset": found.offset,
        "branch_recall": found.recall,
        "branch_recall_6_18": found.recall_near,
        "branch_right": found.right,
        "branch_silenced": found.acceptor_change,
    }


def figures_row(figures: UniverseFigures) -> dict[str, Any]:
    """Of one universe."""
    donor, acceptor, errors, introns = figures.donor, figures.acceptor, figures.errors, figures.introns
    row = {
        "universe": figures.universe,
        "positions": figures.positions,
        "sites": donor.sites + acceptor.sites,
        "top_k": figures.top_k,
        "share": figures.share,
    }
    for kind, own in (("donor", donor), ("acceptor", acceptor)):
        row |= {f"top_k_{kind}": own.top_k, f"half_{kind}": own.top_k_half, f"double_{kind}": own.top_k_double}
        row[f"auprc_{kind}"] = own.auprc
    if errors is not None:
        row |= {"error": errors.mean, "error_donor": errors.donor, "error_acceptor": errors.acceptor}
    if introns is not None:
        row |= {"introns_exact": introns.recall, "introns_precision": introns.precision, "genes_right": introns.whole}
    return row
