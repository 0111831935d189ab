"""A finished run in use: what it found, and what it says of other sequences."""

import base64
import csv
import shlex
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sparling.errors import InputError
from sparling.names import printable, text_of
from sparling.plurals import counted
from sparling.training.annealing import AnnealingRule
from sparling.training.lines import Lines
from sparling.training.schedule import Stage, TrainingSettings
from sparling.training.task import Observer
from sparling_genomics.audit.audit import Audit
from sparling_genomics.audit.running import audit_run
from sparling_genomics.data.given import Sequences, given_sequences
from sparling_genomics.files.genome import open_genome
from sparling_genomics.files.rows import LabelEffect
from sparling_genomics.files.tables import each_text, read_effects_tsv
from sparling_genomics.files.vcf import open_variants
from sparling_genomics.letters.alphabet import ALPHABETS, Alphabet
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.logo import logo_on
from sparling_genomics.pages.motif_table import MotifTable
from sparling_genomics.runs.finished import StoredRun, load_stored
from sparling_genomics.scan.model_scan import scan_sequences
from sparling_genomics.scan.predictions import headings, numbers, predict
from sparling_genomics.variants.flow import from_vcf
from sparling_genomics.variants.frames import VariantTables, groups_of_pairs, variant_tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Run:
    """A finished run: what it found, and what it says of other sequences.

    The folder is all that is needed; it may have been moved or come from another machine.
    """

    def __init__(self, stored: StoredRun) -> None:
        self._stored = stored

    def __repr__(self) -> str:
        count = len(self._stored.pwms)
        auroc = self._stored.info["metrics"]["auroc"]
        quality = "" if auroc is None else f", test AUROC {auroc:.3f}"
        if columns := self._stored.columns:
            quality = f" for {len(columns)} labels or values"
        return f"Run({str(self.path)!r}: {counted(count, 'motif')}{quality})"

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._stored.path

    @property
    def message(self) -> str:
        """One sentence on what was found."""
        return str(self._stored.info["message"])

    @property
    def info(self) -> dict[str, Any]:
        """run.json: command, versions, seed, checksums of the data, held-out figures."""
        return self._stored.info

    @cached_property
    def motifs(self) -> MotifTable:
        """The motifs, the one that explains most of the validation side first; columns as in motifs.tsv.

        Shows logos in a notebook.
        """
        table = MotifTable(each_text(pd.read_csv(self.path / "motifs.tsv", sep="\t", quoting=csv.QUOTE_NONE), text_of))
        logos = {pwm.name: self.path / "logos" / f"{pwm.name}.svg" for pwm in self._stored.pwms}
        table.attrs["logos"] = {
            name: f"data:image/svg+xml;base64,{base64.b64encode(logo.read_bytes()).decode()}"
            for name, logo in logos.items()
            if logo.is_file()
        }
        return table

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What each motif does to each of several labels or values, as in effects.tsv; else an empty table."""
        path = self.path / "effects.tsv"
        return pd.DataFrame(read_effects_tsv(path) if path.is_file() else [], columns=list(LabelEffect._fields))

    @property
    def sites(self) -> pd.DataFrame:
        """All sites in the sequences of the run, as in sites.tsv.gz: places 0-based, half-open; score above the cut."""
        return self._stored.sites

    def matrix(self, motif: str) -> Pwm:
        """The matrix of a motif: counts, and what follows from them. Raises ``KeyError`` for another name."""
        for pwm in self._stored.pwms:
            if pwm.name == motif:
                return pwm
        names = ", ".join(pwm.name for pwm in self._stored.pwms) or "none"
        raise KeyError(f"no motif {motif!r} in {self.path}; there are: {names}")

    def pwm(self, motif: str) -> pd.DataFrame:
        """Probability of each letter, one row a position from 1. Raises ``KeyError`` for another name."""
        matrix = self.matrix(motif)
        positions = pd.RangeIndex(1, matrix.width + 1, name="position")
        return pd.DataFrame(matrix.probabilities(), index=positions, columns=list(matrix.alphabet.letters))

    def plot_logo(self, motif: str, ax: "Axes | None" = None) -> "Axes":
        """Draw a motif's logo, letters as high as their information in bits, onto ``ax`` or a new figure's axes."""
        matrix = self.matrix(motif)
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.figure(figsize=(0.65 + 0.28 * matrix.width, 1.3), layout="constrained").add_subplot()
        logo_on(ax, matrix)
        return ax

    def predict(self, sequences: Sequences) -> pd.Series | pd.DataFrame:
        """How likely each sequence is bound, by name, were bound and unbound ones equally many.

        Of a run with several labels or values a table, a column each: how likely the label is, or the value itself.
        ``sequences``: path of a FASTA file, a mapping of names to letters, or a list of letters.
        Raises ``InputError`` for letters that are no nucleotides, an empty sequence, or a missing file.
        """
        data = given_sequences(sequences, self._alphabet)
        index = pd.Index(data.names, name="sequence")
        said = {each.column.name: each.prediction for each in predict(self._stored, data)}
        return (
            pd.DataFrame(said, index=index) if self._stored.columns else pd.Series(said["bound"], index, name="bound")
        )

    def contributions(self, sequences: Sequences) -> pd.DataFrame:
        """What each motif adds to the logit of each sequence, by name: logit = empty + M1 + M2 + …

        ``empty`` is the logit of a sequence without any mark. ``sequences`` as in `predict`. What several motifs add
        together is shared out among them (`sparling.networks.readout.contributions`). Of several labels and values
        each has such columns: A.logit = A.empty + A.M1 + …, of a value V = V.empty + V.M1 + …, in its own unit.
        """
        data = given_sequences(sequences, self._alphabet)
        index = pd.Index(data.names, name="sequence")
        return pd.DataFrame(numbers(predict(self._stored, data)), index, headings(self._stored))

    def scan(self, sequences: Sequences) -> pd.DataFrame:
        """Sites of the motifs in other sequences: the columns of ``sites`` but for label and split.

        ``sequences`` as in `predict`; where names of FASTA records say where they lie, so do the last four columns.
        """
        return scan_sequences(self._stored, given_sequences(sequences, self._alphabet))

    def variants(
        self,
        source: Path | str | Mapping[str, tuple[str, str]],
        genome: Path | str | None = None,
        sample: str | None = None,
    ) -> VariantTables:
        """What variants change: tables of predictions and of sites gained, lost and changed, by allele.

        ``source``: path of a VCF or BCF file, with its ``genome`` (FASTA), or names with letters of both alleles,
        reference first. ``sample``: alleles that it carries, those on one haplotype together. Raises ``InputError`` for
        faults of the files.
        """
        if isinstance(source, (str, Path)):
            if genome is None:
                raise InputError(f"variants of a file need a genome; got none for {source}")
            vcf = open_variants(Path(source))
            return variant_tables(self._stored, from_vcf(self._stored, vcf, open_genome(genome), sample).groups)
        return variant_tables(self._stored, groups_of_pairs((str(name), *alleles) for name, alleles in source.items()))

    def audit(
        self,
        null: bool = True,
        *,
        fasta: Path | str | None = None,
        negatives: Path | str | None = None,
        labels: Path | str | None = None,
        bed: Path | str | None = None,
        genome: Path | str | None = None,
        peaks: Path | str | None = None,
        exclude: Path | str | None = None,
        progress: bool = True,
    ) -> Audit:
        """Which motifs can be believed; writes audit.json into the run's folder, and its report anew.

        Needs the files that the run read: where they were, or where ``fasta``, ``bed``, … say they are now. With
        ``null`` a run on shuffled sequences is trained as well, which takes about as long as the run. Raises
        ``InputError`` where a file is missing or another one.
        """
        files = {"fasta": fasta, "negatives": negatives, "labels": labels}
        files |= {"bed": bed, "genome": genome, "peaks": peaks, "exclude": exclude}
        moved = {name: Path(path) for name, path in files.items() if path is not None}
        said = command("audit", str(self.path))
        return audit_run(self.path, said, null, watch if progress else None, moved=moved)

    @property
    def _alphabet(self) -> Alphabet:
        return ALPHABETS[self._stored.network.alphabet]


def load(path: Path | str, device: str | None = None) -> Run:
    """The finished run in a folder; ``device`` "cpu", "cuda" or "auto", or None for that of the run.

    Raises ``InputError`` where it is no finished run, or one of another format.
    """
    return Run(load_stored(Path(path), device))


def watch(stage: Stage, _rule: AnnealingRule, _settings: TrainingSettings) -> Observer:
    """What is known before each training, its name, and under it a line an evaluation, on standard error."""
    sys.stderr.write("".join(f"{printable(line)}\n" for line in (stage.said, stage.title) if line))
    return Lines()


def command(*words: str) -> str:
    """What run.json gives as the command of a call from Python."""
    return shlex.join(["sparling_genomics", *words])
