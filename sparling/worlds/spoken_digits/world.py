"""AudioMNISTSequence as a world to validate on: sequences of spoken digits, held against the published figures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from sparling.domains.sequence_task import WorldTask
from sparling.domains.spoken_digits.domain import SpokenDigits
from sparling.domains.spoken_digits.edits import SpokenLayouts
from sparling.domains.spoken_digits.mel import MELS, RATE
from sparling.networks.local import ResidualLocal
from sparling.training.session import Session
from sparling.validation.evidence import Evidence
from sparling.validation.result import ValidationResult
from sparling.validation.run import Option
from sparling.validation.variants import DEFAULT, VARIANTS
from sparling.validation.world import Figure
from sparling.worlds.spelled import SpelledWorld
from sparling.worlds.spoken_digits.presets import PRESETS, Network, Preset
from sparling.worlds.spoken_digits.sounds import as_uri, sounds_at_marks
from sparling.worlds.spoken_digits.sources import BUILT_IN, NOBODY, Source, find_clips
from sparling.worlds.spoken_digits.task import SoundTask

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True, kw_only=True)
class SpokenDigitsWorld(SpelledWorld):
    """A preset, the method or a variant of it, and the clips."""

    command, title, package = "audio", "AudioMNISTSequence", "sparling.worlds.spoken_digits"
    noun, samples_are = "digit", "clips"
    options = (
        Option("preset", PRESETS, "quick"),
        Option("variant", VARIANTS, DEFAULT),
        Option("clips", None, BUILT_IN),
        Option("held_out", None, NOBODY),
    )
    rivals = False
    examples = 4

    domain: SpokenDigits
    unseen: SpokenDigits
    """The same of clips that are kept for the test."""
    network: Network
    source: dict[str, Any]
    """What there is to say of the clips."""

    @classmethod
    def of(cls, *chosen: str) -> "SpokenDigitsWorld":
        """The world of this preset, variant, clips and speakers held out. Raises ``InputError`` for bad clips."""
        preset, variant, clips, held_out = chosen
        size = PRESETS[preset]
        source = find_clips(clips, held_out, int(size.seconds * RATE / size.most))
        return replace(cls.at(size, source, variant), chosen=chosen)

    @classmethod
    def at(cls, preset: Preset, source: Source, variant: str = DEFAULT) -> "SpokenDigitsWorld":
        """The world of a preset that need not be one of `PRESETS`, and of any clips."""
        size = preset.seconds, preset.fewest, preset.most
        return cls(
            chosen=(preset.name, variant, BUILT_IN, NOBODY),
            domain=SpokenDigits(source.train, *size),
            unseen=SpokenDigits(source.test, *size),
            schedule=preset.schedule,
            variant=VARIANTS[variant],
            inhibition=preset.network.inhibition,
            network=preset.network,
            source=source.settings,
        )

    @property
    def samples(self) -> dict[str, dict[str, Any]]:
        """Length of a sound and number of its digits, and the clips."""
        domain = {name: getattr(self.domain, name) for name in ("seconds", "fewest", "most")}
        return {"domain": domain, "recordings": self.source}

    @property
    def frequencies(self) -> int:
        """Those of the network."""
        return self.network.frequencies

    @property
    def in_words(self) -> str:
        """Length of the sound, the clips, and what the variant is."""
        preset, _, clips, _ = self.chosen
        domain, source = self.domain, self.source
        sound = f"{preset}: {domain.seconds:g} s with {domain.fewest}–{domain.most} digits"
        spoken = "built-in voice" if clips == BUILT_IN else clips
        return f"{sound}; {spoken}, {source['train']:,} clips, {self._kept_apart}; {self.variant_in_words}"

    @property
    def _kept_apart(self) -> str:
        """What the test is made of."""
        held_out = self.chosen[3]
        of = "takes not heard in training" if held_out == NOBODY else f"speaker {held_out}, held out"
        return f"tested on {self.source['test']:,} of {of}"

    def task(self, seed: int, device: str) -> SoundTask:
        """Mel frames in, digits out one after the other."""
        schedule = self.schedule
        return SoundTask(self.domain, self.unseen, seed, schedule.batch_size, schedule.held_out, device)

    def local(self) -> nn.Module:
        """Residual units over frames; the bands are the input's channels."""
        n = self.network
        return ResidualLocal(MELS, self.channels, width=n.width, units=n.units, stem=n.stem, kernel=n.kernel)

    def layouts(self) -> SpokenLayouts:
        """Digits taken out, put in, moved and exchanged, of the clips of the test."""
        return SpokenLayouts(self.unseen)

    def heard(self, session: Session, task: WorldTask) -> Tensor:
        """The sound that the strongest marks see."""
        if not isinstance(task, SoundTask):
            raise TypeError(f"task must be of spoken digits; got {type(task).__name__}")
        return sounds_at_marks(session, task)

    def figures(self, result: ValidationResult) -> list[Figure]:
        """Each beside the published one, whose speakers were not those of its training.

        Source: SPARLING (arXiv 2302.01976), AudioMNISTSequence, one threshold a channel, unseen speakers; its CE is the
        many-to-one version.
        """
        errors, output, checks = result.errors, result.output, result.causal
        swapped = "digit swapped in the map, read as it then must be"
        return [
            Figure("FPE", "marks that lie on no digit", errors.fpe, 0.0),
            Figure("FNE", "digits without a mark", errors.fne, 0.0446),
            Figure("CE many", "marked digits that are not the commonest of their channel", errors.ce_many, 0.0547),
            Figure("CE", "marked digits taken for another, one channel a digit", errors.ce),
            Figure("E2EE", "edit distance of the sequence read", output.e2ee, 0.0865),
            Figure("exact match", "sequences read without a fault", output.exact_match),
            Figure("perturbation", swapped, checks.perturbation_consistency, 0.934),
        ]

    def remarks(self, result: ValidationResult) -> str:
        """What the published row is, and how the world of this run differs from it."""
        published = (
            "The published row is for 15 s with 5–10 digits of AudioMNIST, tested on 9 of its 60 speakers, whom it had "
            "not heard, after 60 million training samples"
        )
        domain, own = self.domain, "built-in voice" if self.chosen[2] == BUILT_IN else "recordings"
        size = f"{domain.seconds:g} s with {domain.fewest}–{domain.most} digits"
        return f"{published}; this run: {size} of {own} of {self.source['speakers']} speakers, {self._kept_apart}."

    def draw(self, evidence: Evidence) -> Iterator[tuple[str, "Drawing"]]:
        """Mel frames with their sites, and what each channel listens for."""
        from sparling.worlds.spoken_digits.pictures import draw_examples, draw_patches

        yield "examples", draw_examples(evidence)
        yield "patches", draw_patches(evidence)

    def told(self, evidence: Evidence) -> dict[str, object]:
        """The sounds of each channel, in the order of the channels' classes."""
        rows = []
        for channel in evidence.channel_order:
            sounds = [as_uri(sound) for sound in evidence.arrays.heard[channel] if sound.any()]
            rows.append((channel, evidence.class_of_channel[channel], sounds))
        return {"heard": rows}
