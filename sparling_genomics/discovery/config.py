"""What a motif run was asked to do: frozen, checked, written to config.toml. Every default lives here alone."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from sparling.atomic import write_bytes
from sparling.errors import InputError, SettingDiffers, SettingRefused
from sparling_genomics.letters.alphabet import RNA, Alphabet

MAX_WIDTH = 51
OF_GENOME = ("genome", "size", "top", "background", "peaks", "signal", "signal_summary", "exclude", "test_chroms")
"""What belongs to regions of a genome."""


class RunConfig(BaseModel):
    """Options of a run: frozen, checked, in the config.toml of its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """Options that are None are not given. Raises ``InputError`` with one line for the first fault."""
        try:
            return cls(**{name: value for name, value in options.items() if value is not None})
        except ValidationError as error:
            fault = error.errors()[0]
            name = ".".join(str(part) for part in fault["loc"])
            why = fault["msg"].lower().removeprefix("value error, ")
            raise SettingRefused(name, why, fault["input"]) from error

    @classmethod
    def read(cls, path: Path) -> Self:
        """The configuration of a run folder. ``InputError`` where it is missing, damaged or of another version."""
        try:
            options = tomllib.loads(path.read_text(encoding="utf-8"))
            foreign = sorted(options.keys() - cls.model_fields.keys())
            config = None if foreign else cls.of(options)
        except (OSError, ValueError, InputError) as error:
            raise InputError(f"not a run folder, its configuration cannot be read ({error}): {path}") from error
        if config is None:
            raise InputError(f"a run of another command or version, with {foreign[0]}; --force begins it anew: {path}")
        return config

    def write(self, path: Path) -> None:
        """Write config.toml with absolute paths; options that are unset are left out."""
        fields = self.model_dump(exclude_none=True)
        plain = {name: str(value.absolute()) if isinstance(value, Path) else value for name, value in fields.items()}
        write_bytes(path, tomli_w.dumps(plain).encode())

    def resumed(self, options: Mapping[str, Any]) -> Self:
        """This configuration for a run that goes on; a file that it reads may be given (not None) at another place.

        Raises ``InputError`` if another option is given and differs.
        """
        moved: dict[str, Path] = {}
        for name, value in options.items():
            own = getattr(self, name)
            if isinstance(own, Path) and value is not None:
                moved[name] = Path(value).absolute()
            elif value is not None and value != own:
                raise SettingDiffers(name, value, own)
        return self.model_copy(update=moved)


class MotifConfig(RunConfig):
    """Everything that decides the result of ``sparling motifs train``, beside the data itself."""

    fasta: Path | None = Field(None, description="sequences, bound ones or all; unset where bed says where they lie")
    bed: Path | None = Field(None, description="regions of the genome that are bound: BED or narrowPeak")
    genome: Path | None = Field(None, description="FASTA of the genome that bed speaks of")
    size: int | None = Field(
        None, ge=8, le=20_000, description="bp around a summit, or the middle; unset: 101 around summits, else as it is"
    )
    top: int | None = Field(None, ge=1, description="regions of the highest scores that are taken; unset: all")
    background: Literal["genome", "flanks", "peaks", "shuffle", "versus"] | None = Field(
        None,
        description="unbound: like windows of the genome, those beside, peaks, shuffled copies; versus: another set",
    )
    peaks: Path | None = Field(None, description="regions of other factors, or of the other set: BED or narrowPeak")
    signal: Path | None = Field(
        None, description="bigWig track whose value in each region is learned, for bound or not"
    )
    signal_summary: Literal["log-mean", "mean", "max"] | None = Field(
        None, description="that value: log(1 + mean), mean or maximum over the region; unset: log-mean"
    )
    exclude: Path | None = Field(None, description="regions that are not read: BED")
    test_chroms: tuple[str, ...] | None = Field(None, description="chromosomes of the test side")
    negatives: Path | None = Field(None, description="FASTA of unbound sequences")
    labels: Path | None = Field(
        None,
        description="TSV with a header line: name, then columns of 0, 1 or values, NA, weight",
    )
    db: Path | None = Field(None, description="motif database in MEME, JASPAR, TRANSFAC or HOMER format, for names")
    db_taxon: str | None = Field(
        None, description="taxa of the database that names are taken from; unset: the one that fits best"
    )
    alphabet: Literal["dna", "rna"] | None = Field(
        None, description="dna: both strands; rna: the forward strand; unset: rna where the letters are U, else dna"
    )
    norc: bool = Field(False, description="read the given strand alone (stranded DNA: TSS, SELEX)")
    motifs: int | None = Field(
        None, ge=1, le=256, description="upper bound for the number of motifs; unset: as many as hold"
    )
    sites_per_seq: float | None = Field(
        None, gt=0, description="sites a bound sequence to end at; unset: all that are likelier than chance"
    )
    width: int | None = Field(
        None,
        ge=3,
        le=MAX_WIDTH,
        description="receptive field in bp, odd; unset: 21 for DNA, 15 for RNA",
    )
    seed: int = Field(0, ge=0, description="seed of everything random")
    max_minutes: float | None = Field(None, gt=0, description="minutes for all trainings together")
    max_samples: int | None = Field(None, gt=0, description="training samples of all trainings together")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: a GPU where there is one")
    precision: Literal["auto", "bf16", "float32"] = Field("auto", description="auto: bf16 where the hardware has it")

    start: Literal["seeds", "nothing"] = Field(
        "seeds", description="seeds: channels start as words that bound sequences have more often; nothing: at random"
    )
    start_from: Path | None = Field(None, description="file of known matrices that channels start as, for seeds")
    freeze: bool = Field(False, description="known matrices stay as they are: thresholds and readout alone are learned")
    channels: int = Field(8, ge=1, description="channels that start from nothing")
    filters: int = Field(32, ge=0, description="hidden channels beside the matrices; 0: the matrices alone")
    units: int = Field(1, ge=0, description="residual units of these hidden channels")
    readout: Literal["monotone", "free"] = Field("monotone", description="monotone: a site can only speak for binding")
    budgets: Literal["data", "equal"] = Field("data", description="marks of each channel: by the data, or all the same")
    competition: int = Field(11, ge=0, description="window within which channels compete for a site, bp, odd; 0: none")
    first_factor: float = Field(4.0, ge=1, description="times its budget that each channel marks at the start")
    evidence: float = Field(2.0, ge=1, description="marks a site in the end: the readout sees weaker ones, too")
    factor: float = Field(0.5, gt=0, lt=1, description="by which the density falls at each tightening")
    tolerance: float = Field(0.003, ge=0, description="AUROC one is ready to give for sparsity")
    patience: int = Field(2, ge=1, description="evaluations without improvement before a density is given up")
    settle: int = Field(4, ge=1, description="evaluations while the learning rate falls")
    letter_dropout: float = Field(0.1, ge=0, lt=1, description="share of training letters that are hidden")
    weight_decay: float = Field(0.1, ge=0, description="weight decay of AdamW, of the local model")
    learning_rate: float = Field(5e-3, gt=0, description="peak learning rate of AdamW, of the local model")
    readout_rate: float = Field(2e-2, gt=0, description="the same of the readout")
    batch: int = Field(256, ge=2, description="sequences a batch, fewer of long ones")
    bases_an_evaluation: int = Field(1_200_000, ge=1000, description="training letters between evaluations, bp")

    @field_validator("test_chroms", mode="before")
    @classmethod
    def _listed(cls, chroms: object) -> object:
        return chromosomes_of(chroms) if isinstance(chroms, str) else chroms

    @model_validator(mode="after")
    def _one_source(self) -> "MotifConfig":
        """What belongs together. Raises ``InputError``."""
        of_genome = {name: getattr(self, name) for name in OF_GENOME}
        given = [name for name, value in of_genome.items() if value is not None]
        if (self.fasta is None) == (self.bed is None):
            what = (
                "--fasta is missing, or --bed with --genome"
                if self.bed is None
                else "--fasta and --bed exclude each other"
            )
            raise InputError(what)
        if self.bed is None and given and (given != ["background"] or self.background != "shuffle"):
            raise InputError(f"--{given[0].replace('_', '-')} needs --bed, regions of a genome")
        if self.bed is not None:
            if self.genome is None:
                raise InputError("--bed needs --genome, the FASTA file of the genome")
            for name in ("negatives", "labels"):
                if getattr(self, name) is not None:
                    raise InputError(f"--{name} belongs to --fasta; --bed has --background and --signal")
            if (self.background in ("peaks", "versus")) != (self.peaks is not None):
                raise InputError("--background peaks needs the file of other peaks, and no other has one: peaks:FILE")
            if self.signal is not None and self.background is not None:
                other = "versus" if self.background == "versus" else "background"
                raise InputError(
                    f"--signal compares the regions with each other; --{other} is of bound and unbound ones"
                )
            if self.signal is None and self.signal_summary is not None:
                raise InputError("--signal-summary needs --signal, a bigWig track")
        return self

    @field_validator("db_taxon")
    @classmethod
    def _of_database(cls, taxon: str | None, info: ValidationInfo) -> str | None:
        if taxon is not None and info.data.get("db") is None:
            raise ValueError("needs --db, the database that names are taken from")
        return taxon

    @field_validator("start_from")
    @classmethod
    def _no_other_start(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None and info.data.get("start") == "nothing":
            raise ValueError("channels start as known matrices, or from nothing")
        return path

    @field_validator("freeze")
    @classmethod
    def _of_known(cls, freeze: bool, info: ValidationInfo) -> bool:
        if freeze and info.data.get("start_from") is None:
            raise ValueError("needs --start-from, the matrices that stay as they are")
        return freeze

    @field_validator("width")
    @classmethod
    def _odd(cls, width: int | None) -> int | None:
        if width is not None and width % 2 == 0:
            raise ValueError(f"must be odd, for a site has a middle; {width - 1} or {width + 1} would do")
        return width

    @field_validator("competition")
    @classmethod
    def _odd_or_none(cls, window: int) -> int:
        if window and window % 2 == 0:
            raise ValueError(f"must be odd, or 0; {window - 1} or {window + 1} would do")
        return window


def check_of_motifs(info: Mapping[str, Any], path: Path) -> None:
    """Raise ``InputError`` where run.json, ``info``, is that of a run of another command than ``sparling motifs``."""
    read = {
        "splicing": "a splicing run, which the commands of `sparling splice` read",
        "splice-windows": "a run of `sparling splice windows`, which no command reads",
    }
    task = info.get("task")
    if task in read:
        raise InputError(f"{read[task]}; for others its matrices are in {path / 'motifs.meme'}: {path}")


def chromosomes_of(text: str, option: str = "test-chroms") -> tuple[str, ...]:
    """Names parted by commas, of an ``option``. Raises ``InputError`` where there is none.

    >>> chromosomes_of("chr8, chr9")
    ('chr8', 'chr9')
    """
    names = tuple(name for each in text.split(",") if (name := each.strip()))
    if not names:
        raise InputError(f"--{option} has no name of a chromosome, expected some as chr8,chr9; got {text!r}")
    return names


def background_of(text: str | None) -> dict[str, Any]:
    """The fields ``background`` and ``peaks`` of what a user writes: a name, or peaks:FILE; None for nothing.

    Raises ``InputError`` for anything else.

    >>> background_of("flanks"), background_of("peaks:others.bed")["background"]
    ({'background': 'flanks'}, 'peaks')
    """
    name, _, file = (text or "").partition(":")
    if name == "peaks" and file:
        return {"background": name, "peaks": Path(file)}
    if text is not None and text not in ("genome", "flanks", "shuffle"):
        raise InputError(f"--background must be genome, flanks, peaks:FILE or shuffle; got {text}")
    return {"background": text}


def default_folder(fasta: Path) -> Path:
    """Where the run of a file of sequences or regions goes unless it is said otherwise.

    >>> default_folder(Path("data/peaks.fa.gz")).as_posix()
    'peaks_motifs'
    """
    return Path(f"{fasta.name.removesuffix('.gz').rsplit('.', 1)[0]}_motifs")


def default_width(median_length: float, alphabet: Alphabet) -> int:
    """Receptive field in bp, odd: 21 for DNA, 15 for RNA, whose motifs are shorter; at most half of a short sequence.

    >>> from sparling_genomics.letters.alphabet import DNA
    >>> default_width(200, DNA), default_width(200, RNA), default_width(20, RNA)
    (21, 15, 9)
    """
    widest = 15 if alphabet == RNA else 21
    return max(3, min(widest, int(median_length / 2 - 1) // 2 * 2 + 1))
