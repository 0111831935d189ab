"""Images, sounds and text of digits in one latent space: is there one latent for the 7 that is seen and the 7 heard?

    sparling validate digit-circle --out seen
    sparling validate audio --clips recordings --out heard
    python benchmarks/senses.py --images seen --sounds heard --seeds 3 --out senses.tsv

Streams are what the local models of two finished validations make of digits, features before the channels: their
maxima over the digit's box. The third is the label's text, one of ten with noise. A sample is an image, a sound and a
text of the same digit, drawn apart. Models and streams learn from training samples; all figures are of the test sides,
whose clips, other takes or speakers, nothing was trained on. Each stream is encoded alone, so that no stream says what
another has. k and the number of latents were chosen on validation samples (--side validation).
"""

import argparse
import csv
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.alignment.align import align
from sparling.alignment.measures.recovery import recovery
from sparling.alignment.measures.retrieval import chance, retrieval
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Stream
from sparling.domains.sequence_task import TEST, TRAIN, VALIDATION, WorldTask
from sparling.layer.calibration import evaluating
from sparling.networks.model import SparlingModel
from sparling.training.checkpoint import load_weights
from sparling.validation.run import Run
from sparling.worlds.digit_circle.world import DigitCircleWorld
from sparling.worlds.spelled import SpelledWorld
from sparling.worlds.spoken_digits.world import SpokenDigitsWorld

DIGITS = 10
SIDES = {"test": TEST, "validation": VALIDATION}
OWN = 0.5
"""A latent is a digit's own where recall and precision are more than this in every stream."""
NAMES = ("images", "sounds", "text")


class Seen(NamedTuple):
    """What a local model makes of n digits."""

    features: NDArray[np.float32]
    """(n, width)."""
    digit: NDArray[np.int64]
    """(n,)."""


class Size(NamedTuple):
    """How much is looked at, and how it is aligned."""

    training: int = 6_000
    """Triples to learn from."""
    test: int = 2_000
    latents: int = 16
    k: int = 1
    noise: float = 0.3
    """Standard deviation of the noise on the text."""
    epochs: int = 20
    learning_rate: float = 5e-3


@torch.no_grad()
def look(model: SparlingModel, task: WorldTask, side: int, digits: int) -> Seen:
    """The first ``digits`` digits of one side: features of the local model, the maximum over each digit's box."""
    found: list[NDArray[Any]] = []
    kinds: list[NDArray[Any]] = []
    start, size = 0, 4 * task.batch_size
    with evaluating(model):
        while sum(map(len, kinds)) < digits:
            batch, motifs = task.batch(side, start, start + size)
            features = model.local.features(*task.inputs(batch)).float().numpy()
            for sample, low, high in zip(
                *(part.tolist() for part in (motifs.sample, motifs.low, motifs.high)), strict=True
            ):
                box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
                found.append(features[(sample, slice(None), *box)].reshape(features.shape[1], -1).max(axis=1))
            kinds.append(motifs.kind.numpy())
            start += size
    return Seen(np.stack(found)[:digits].astype(np.float32), np.concatenate(kinds)[:digits])


def triples(
    seen: Seen, heard: Seen, samples: int, noise: float, rng: np.random.Generator
) -> tuple[list[Stream], NDArray[np.int64]]:
    """Streams of ``samples`` samples, and the digit of each: an image, a sound and a text of it, drawn apart."""
    digit = rng.integers(DIGITS, size=samples)
    rows = []
    for each in (seen, heard):
        of = [np.flatnonzero(each.digit == kind) for kind in range(DIGITS)]
        if missing := [kind for kind in range(DIGITS) if not len(of[kind])]:
            raise SystemExit(f"no example of {', '.join(map(str, missing))}: look at more digits")
        rows.append(each.features[np.array([rng.choice(of[kind]) for kind in digit])])
    rows.append((np.eye(DIGITS)[digit] + noise * rng.normal(size=(samples, DIGITS))).astype(np.float32))
    return [Stream(name, row) for name, row in zip(NAMES, rows, strict=True)], digit


def changing(streams: list[Stream], like: list[Stream]) -> list[Stream]:
    """The same without features that are the same in all samples of ``like``."""
    kept = [np.asarray(stream.rows).std(axis=0) > 0 for stream in like]
    return [Stream(stream.name, np.asarray(stream.rows)[:, keep]) for stream, keep in zip(streams, kept, strict=True)]


def row_of(
    train: tuple[Seen, Seen], test: tuple[Seen, Seen], size: Size, choice: str, cross: float, seed: int, folder: Path
) -> dict[str, str]:
    """One alignment, told on samples of ``test``."""
    rng = np.random.default_rng((seed, 21))
    learnt, _ = triples(*train, size.training, size.noise, rng)
    told, digit = triples(*test, size.test, size.noise, rng)
    settings = AlignmentSettings(
        latents=size.latents, k=size.k, choice=choice, cross=cross, epochs=size.epochs,
        learning_rate=size.learning_rate, seed=seed,
    )  # fmt: skip
    aligned = align(changing(learnt, learnt), settings, folder=folder, observer=None, device="cpu")
    looking = aligned.of(changing(told, learnt))
    codes = [looking.codes(name, alone=True) for name in NAMES]
    own = recovery(codes, digit[:, None] == np.arange(DIGITS))
    theirs = own.own(OWN)
    row = {"choice": choice, "lambda": f"{cross:g}", "latents": str(size.latents), "k": str(size.k), "seed": str(seed)}
    for each in retrieval(codes, kind=digit):
        row[f"r1_{NAMES[each.query]}_{NAMES[each.reference]}"] = f"{each.recall[0]:.4f}"
    row |= {
        "r1_chance": f"{chance(size.test, digit)[0]:.4f}",
        "digits_with_own_latent": str(int(theirs.sum())),
        "without": " ".join(str(kind) for kind in np.flatnonzero(~theirs)) or "none",
        "latent_of_digit": " ".join(map(str, own.latent.tolist())),
    }
    for name, recall, precision in zip(NAMES, own.recall, own.precision, strict=True):
        row |= {f"recall_{name}": f"{recall.mean():.4f}", f"precision_{name}": f"{precision.mean():.4f}"}
    return row


def finished(kind: type[SpelledWorld], folder: Path) -> tuple[SparlingModel, WorldTask]:
    """Model and samples of a finished validation."""
    run = Run.resumable(kind, folder, {})
    model = run.world.model()
    load_weights(folder / "model", model)
    return model, run.world.task(run.seed, "cpu")


def main() -> None:
    """Parse, look at digits, align, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="a finished sparling validate digit-circle")
    parser.add_argument("--sounds", type=Path, required=True, help="a finished sparling validate audio")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--latents", type=int, default=Size().latents)
    parser.add_argument("-k", type=int, default=Size().k)
    parser.add_argument("--side", choices=tuple(SIDES), default="test")
    parser.add_argument("--out", type=Path, required=True, help="table, TSV")
    options = parser.parse_args()
    size = Size(latents=options.latents, k=options.k)
    runs = finished(DigitCircleWorld, options.images), finished(SpokenDigitsWorld, options.sounds)
    train, test = (
        tuple(look(model, task, side, digits) for model, task in runs)
        for side, digits in ((TRAIN, size.training), (SIDES[options.side], size.test))
    )
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for seed in range(options.seeds):
            for choice, cross in (("global", 1.0), ("global", 0.0), ("local", 1.0), ("local", 0.0)):
                place = Path(temporary) / f"{choice}_{cross:g}_{seed}"
                rows.append(row_of(train, test, size, choice, cross, seed, place))
                print(" ".join(f"{name}={value}" for name, value in rows[-1].items()), flush=True)
    with options.out.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
