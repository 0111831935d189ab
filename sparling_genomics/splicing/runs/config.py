"""What a splicing run was asked to do: frozen, checked, written to config.toml. Every default lives here alone."""

from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field

from sparling.training.annealing import Relative
from sparling.training.schedule import TrainingSettings
from sparling_genomics.discovery.config import RunConfig
from sparling_genomics.splicing.annotation import CODING, SHORTEST_INTRON
from sparling_genomics.splicing.core_sites.fit import Core
from sparling_genomics.splicing.genes import SiteRules
from sparling_genomics.splicing.network import SpliceNetwork, dilations_for

ALL = "all"
"""Word for genes of every biotype."""
ADMITTED = 2.0
"""Times its density in the end, the share of positions at which a channel that starts from a matrix may fire."""
MARKS, MARKS_BESIDE_CORE = 4.8, 2.4
"""Per 100 nt: as many as short words of splice sites occur, and without the words of the sites themselves."""

CONTEXT, FAR_CONTEXT = 124, 252
"""nt; that of the whole of a short intron, and twice as far."""


class Care(NamedTuple):
    """What keeps a network from learning its genes by heart: fields of `SpliceConfig`."""

    rest_density: float
    weight_decay: float
    letter_dropout: float
    drop: bool


FEW_INTRONS = 2000
"""On the training side, below which more care is taken."""
OF_FEW, OF_MANY = Care(0.125, 0.1, 0.05, drop=False), Care(1.0, 0.01, 0.0, drop=True)


class SpliceConfig(RunConfig):
    """Everything that decides the result of ``sparling splice train``, beside the data itself."""

    genome: Path = Field(description="FASTA of the genome")
    annotation: Path = Field(description="genes: GTF or GFF3")
    test_chroms: tuple[str, ...] = Field((), description="chromosomes to hold out; empty: some with 20 % of introns")
    validation_chroms: tuple[str, ...] = Field((), description="chromosomes that validate; empty: blocks of the others")
    background: Literal["genes", "genome"] = Field(
        "genes", description="genome: as many windows again, intergenic and antisense, to train and validate on"
    )
    mask: Path | None = Field(None, description="regions where nothing counts, in training and figures: BED")
    min_intron: int = Field(SHORTEST_INTRON, ge=1, description="bp of the shortest gap between exons that is an intron")
    force_sites: bool = Field(False, description="go on where introns have ends of no known kind")
    transcripts: Literal["canonical", "all"] = Field(
        "canonical", description="whose sites are learned: of one transcript a gene by a stated rule, or of all"
    )
    strict_negatives: bool = Field(False, description="annotated sites of transcripts not in use are negatives")
    canonical_sites_only: bool = Field(False, description="introns other than GT-AG are dropped, their sites masked")
    biotype: str = Field(CODING, description="of the genes, where the annotation says any; or all")
    core: Core = Field("lssi", description="what is known of sites' own letters: none, lssi, pwm, maxent")
    maxent: Path | None = Field(None, description="tables of maximum entropy scores, for the core maxent")
    core_acceptor: int | None = Field(
        None, ge=2, le=20, description="letters of the intron before an acceptor that the core sees; unset: 6, pwm 20"
    )
    adjust: Path | None = Field(None, description="known matrices that channels start from, and are held to")
    db: Path | None = Field(None, description="motif database, of RNA or of transcripts, for names; forward strand")
    context: int | None = Field(
        None,
        ge=1,
        le=5000,
        description=f"nt to either side in which marks tell a site, at least; default {CONTEXT}, or {FAR_CONTEXT} "
        f"where half of the introns are longer than {CONTEXT}",
    )
    channels: int = Field(16, ge=1, le=256, description="upper bound for the number of motifs")
    seed: int = Field(0, ge=0, description="seed of everything random")
    max_minutes: float | None = Field(None, gt=0, description="minutes for both trainings together")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: a GPU where there is one")

    first_density: float = Field(0.25, gt=0, lt=1, description="share of positions each channel marks at the start")
    rest_density: float | None = Field(
        None,
        gt=0,
        le=1,
        description="share of positions at which accuracy must come to rest before fewer are marked; default 0.125 "
        f"below {FEW_INTRONS:,} training introns, else 1, which is none",
    )
    marks_per_100nt: float | None = Field(
        None, gt=0, description="marks of all channels together to end at, per 100 nt; default 4.8, with a core 2.4"
    )
    inhibition: int = Field(7, ge=0, description="nt, odd, within which only the strongest mark of any channel stands")
    factor: float = Field(0.5, gt=0, lt=1, description="by which the density falls at each tightening")
    tolerance: float = Field(0.01, ge=0, description="top-k accuracy one is ready to give for sparsity")
    patience: int = Field(2, ge=1, description="evaluations without improvement before a density is given up")
    epochs_an_evaluation: float = Field(0.5, gt=0, description="between two looks at the validation side")
    settle_first: int = Field(4, ge=1, description="evaluations before the channels that are not needed are dropped")
    settle: int = Field(16, ge=1, description="evaluations while the learning rate falls")
    drop: bool | None = Field(
        None,
        description="whether channels that are not needed are dropped and the others trained again; default no below "
        f"{FEW_INTRONS:,} training introns, else yes",
    )
    learning_rate: float = Field(2e-3, gt=0, description="peak learning rate of AdamW")
    weight_decay: float | None = Field(
        None, ge=0, description=f"weight decay of AdamW; default 0.01, below {FEW_INTRONS:,} training introns 0.1"
    )
    letter_dropout: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="share of training letters that are hidden as if N; default 0, below "
        f"{FEW_INTRONS:,} training introns 0.05",
    )
    warm_up: int = Field(1600, ge=0, description="windows over which the learning rate rises")
    clip: float = Field(1.0, gt=0, description="largest norm of a gradient")

    def of_introns(self, training: int, median: float) -> Self:
        """The same for so many ``training`` introns, and introns of this ``median`` length in nt: what was not given
        follows from these."""
        own = (OF_FEW if training < FEW_INTRONS else OF_MANY)._asdict()
        own["context"] = FAR_CONTEXT if median > CONTEXT else CONTEXT
        return self.model_copy(update={name: value for name, value in own.items() if getattr(self, name) is None})

    @property
    def care(self) -> Care:
        """As given, or as for many introns."""
        given = (getattr(self, name) for name in Care._fields)
        return Care._make(of_many if own is None else own for own, of_many in zip(given, OF_MANY, strict=True))

    def site_rules(self) -> SiteRules:
        """Which annotated sites are learned, and which of the others are negatives."""
        return SiteRules(self.transcripts == "all", self.strict_negatives, self.canonical_sites_only)

    def network(self, matrices: tuple[str, ...] = ()) -> SpliceNetwork:
        """What the network is made of; ``matrices``: names of those that channels start from."""
        return SpliceNetwork(
            channels=len(matrices) or self.channels,
            matrices=matrices,
            dilations=dilations_for(self.context or CONTEXT, SpliceNetwork.kernel),
            inhibition=self.inhibition,
            core=self.core,
            core_acceptor=self.core_acceptor,
        )

    def target(self, channels: int) -> float:
        """Density of each of so many channels to end at."""
        asked = self.marks_per_100nt or (MARKS if self.core == "none" else MARKS_BESIDE_CORE)
        return asked / 100 / channels

    def rule(self, channels: int, here: float | None = None) -> Relative:
        """Fewer marks while accuracy holds; down to a number that was asked for whatever it costs.

        Of the first training, from the first density on; of the second one from the density ``here``, which those of
        its ``channels`` have of themselves, to one no higher.
        """
        target = self.target(channels)
        first = self.first_density if self.adjust is None else min(ADMITTED * target, self.first_density)
        initial = first if here is None else min(here, first)
        return Relative(
            target=min(target, initial),
            initial=initial,
            factor=self.factor,
            tolerance=self.tolerance,
            patience=self.patience,
            look_ahead=0,
            must_reach=self.marks_per_100nt is not None,
            ceiling=min(self.care.rest_density, initial),
        )

    def first_rest(self) -> int:
        """Evaluations of rest before channels are dropped. Those that start as matrices begin near the density that
        they end at, so what they learn they learn in this rest, which is as long as the last one."""
        return self.settle_first if self.adjust is None else self.settle

    def settings(self, windows: int) -> TrainingSettings:
        """For epochs of so many ``windows``."""
        return TrainingSettings(
            learning_rate=self.learning_rate,
            weight_decay=self.care.weight_decay,
            evaluate_every=max(int(windows * self.epochs_an_evaluation), 1),
            settle_evaluations=self.settle,
            max_minutes=self.max_minutes,
            warm_up=self.warm_up,
            clip=self.clip,
        )
