"""What a run on windows was asked to do: frozen, checked, written to config.toml. Every default lives here alone."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from sparling.training.annealing import Relative
from sparling.training.schedule import TrainingSettings
from sparling_genomics.discovery.config import RunConfig
from sparling_genomics.splicing.decoys.network import WindowNetwork
from sparling_genomics.splicing.decoys.reading import SHORTEST_REACH


class WindowConfig(RunConfig):
    """Everything that decides the result of ``sparling splice windows``, beside the data itself."""

    fasta: Path = Field(description="FASTA of windows with a true site or a decoy in the middle")
    labels: Path | None = Field(None, description="TSV: name, site, label, split; unset: the headers say it")
    core: Path | None = Field(None, description="the user's tables of maximum entropy scores; unset: none")
    reach: int = Field(150, ge=SHORTEST_REACH, le=5000, description="nt to either side of a site that are read")
    channels: int = Field(16, ge=1, le=256, description="upper bound for the number of motifs")
    marks_per_100nt: float = Field(16.0, gt=0, description="marks of all channels together to end at, per 100 nt")
    inhibition: int = Field(5, ge=0, description="nt, odd, within which only the strongest mark of any channel stands")
    letter_dropout: float = Field(0.1, ge=0, lt=1, description="share of training letters that are hidden, as if N")
    seed: int = Field(0, ge=0, description="seed of everything random")
    max_minutes: float | None = Field(None, gt=0, description="minutes for the training")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: a GPU where there is one")

    first_density: float = Field(0.25, gt=0, lt=1, description="share of positions each channel marks at the start")
    factor: float = Field(0.5, gt=0, lt=1, description="by which the density falls at each tightening")
    tolerance: float = Field(0.02, ge=0, description="AUROC one is ready to give for sparsity before it has settled")
    patience: int = Field(2, ge=1, description="evaluations without improvement before a density is given up")
    settle: int = Field(12, ge=1, description="evaluations while the learning rate falls")
    learning_rate: float = Field(2e-3, gt=0, description="peak learning rate of AdamW")
    weight_decay: float = Field(0.05, ge=0, description="weight decay of AdamW")
    warm_up: int = Field(6400, ge=0, description="windows over which the learning rate rises")
    clip: float = Field(1.0, gt=0, description="largest norm of a gradient")

    def network(self, reach: int) -> WindowNetwork:
        """What the network is made of, for windows that have ``reach`` letters to either side."""
        return WindowNetwork(reach=reach, channels=self.channels, inhibition=self.inhibition)

    def rule(self) -> Relative:
        """Fewer marks while accuracy holds."""
        target = min(self.marks_per_100nt / 100 / self.channels, self.first_density)
        return Relative(
            target=target,
            initial=self.first_density,
            factor=self.factor,
            tolerance=self.tolerance,
            patience=self.patience,
            look_ahead=0,
            ceiling=self.first_density,
        )

    def settings(self, windows: int) -> TrainingSettings:
        """With an evaluation every half epoch of so many training ``windows``."""
        return TrainingSettings(
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            evaluate_every=max(windows // 2, 1),
            settle_evaluations=self.settle,
            max_minutes=self.max_minutes,
            warm_up=min(self.warm_up, windows),
            clip=self.clip,
        )
