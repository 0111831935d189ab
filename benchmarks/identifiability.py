"""Do the two tests of MOTIF-SUFFICIENCY reject worlds that break it, and leave alone those that do not?

    python benchmarks/identifiability.py --draws 100 --out identifiability.tsv

Each row: a world, sound or broken on purpose, and the share of draws in which each test has P < 0.05. A draw is another
seed of the world. Beside it the processor seconds of a draw.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tables import write_rows
from torch import Tensor

from sparling.domains.counter_random import sample_keys, uniforms
from sparling.domains.digit_circle import DigitCircle
from sparling.evaluation.identifiability.background import invariance
from sparling.evaluation.identifiability.dependence import sufficiency
from sparling.evaluation.identifiability.layout import surroundings
from sparling.evaluation.motif_errors import Motifs

LEVEL = 0.05
SAMPLES = 1_000
WORLDS = {"quick": DigitCircle(side=64, fewest=3, most=4, radius=12.0, overlap=False), "published": DigitCircle()}
Break = Callable[[Tensor, Motifs, Tensor], Tensor]
"""(x, motifs, uniform numbers of the shape of x) → x changed."""


def noisier_in_company(x: Tensor, motifs: Motifs, u: Tensor) -> Tensor:
    """Where a sample has more than its share of motifs, one pixel in 20 of each is inverted once more."""
    number = torch.bincount(motifs.sample, minlength=len(x))
    crowded = number > number.double().mean()
    return _invert(x, motifs, u, torch.where(crowded[motifs.sample], 0.05, 0.0))


def worn_to_the_right(x: Tensor, motifs: Motifs, u: Tensor) -> Tensor:
    """Pixels of a motif are inverted the more often the farther right it lies, up to one in 20."""
    middle = (motifs.low[:, 1] + motifs.high[:, 1]) / 2
    return _invert(x, motifs, u, 0.05 * middle / x.shape[3])


def underlined_beside_large(x: Tensor, motifs: Motifs, u: Tensor) -> Tensor:
    """The lowest row of a motif is drawn, in a third of its pixels, where the next in order is of the upper half of
    classes."""
    x = x.clone()
    following = motifs.kind.roll(-1)
    for sample, large, low, high in zip(motifs.sample, following >= 5, motifs.low, motifs.high, strict=True):
        if large:
            row = (sample, 0, int(high[0]) - 1, slice(int(low[1]), int(high[1])))
            x[row] = torch.where(u[row] < 1 / 3, 1, x[row])
    return x


def lighter_to_the_right(x: Tensor, motifs: Motifs, u: Tensor) -> Tensor:
    """Up to one pixel in 20 of the background is off, the farther right the more."""
    off = u < 0.05 * torch.arange(x.shape[3], device=x.device) / x.shape[3]
    return _outside(x, torch.where(off, 0, x), motifs)


def smeared_at_the_left(x: Tensor, motifs: Motifs, u: Tensor) -> Tensor:
    """In the left half one pixel in 20 of the background is that of the pixel above: the mean is the same."""
    smeared = (u < 0.05) & (torch.arange(x.shape[3], device=x.device) < x.shape[3] // 2)
    return _outside(x, torch.where(smeared, x.roll(1, 2), x), motifs)


def as_it_is(x: Tensor, motifs: Motifs, u: Tensor) -> Tensor:
    """Nothing is broken."""
    return x


MOTIFS_BROKEN: tuple[Break, ...] = (noisier_in_company, worn_to_the_right, underlined_beside_large)
BACKGROUND_BROKEN: tuple[Break, ...] = (lighter_to_the_right, smeared_at_the_left)
BREAKS = {broken.__name__: broken for broken in (as_it_is, *MOTIFS_BROKEN, *BACKGROUND_BROKEN)}


def _invert(x: Tensor, motifs: Motifs, u: Tensor, share: Tensor) -> Tensor:
    x = x.clone()
    for sample, low, high, each in zip(motifs.sample, motifs.low, motifs.high, share.tolist(), strict=True):
        box = (sample, 0, slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1])))
        x[box] = torch.where(u[box] < each, 1 - x[box], x[box])
    return x


def _outside(x: Tensor, changed: Tensor, motifs: Motifs) -> Tensor:
    """``changed``, with the boxes as they are in ``x``."""
    changed = changed.clone()
    for sample, low, high in zip(motifs.sample, motifs.low, motifs.high, strict=True):
        box = (sample, 0, slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1])))
        changed[box] = x[box]
    return changed


def p_values(world: DigitCircle, broken: Break, seed: int, samples: int) -> tuple[float, float]:
    """P of both tests on one draw of a world: motifs, background."""
    index = torch.arange(samples)
    drawn = world.samples(seed, index)
    pixels = world.side**2
    u = uniforms(sample_keys(-1 - seed, index)[:, None], torch.arange(pixels)).view_as(drawn.x)
    x, rng = broken(drawn.x, drawn.motifs, u), np.random.default_rng(seed)
    of_motifs = sufficiency(surroundings(x, drawn.motifs, len(world.class_names)), rng).p
    of_background = invariance(x, drawn.motifs, rng)
    assert of_motifs is not None
    assert of_background is not None
    return of_motifs, of_background.p


def rows(worlds: Sequence[str], breaks: Sequence[str], draws: int, samples: int) -> Iterator[dict[str, object]]:
    """One row for each of ``worlds``, broken in each of these ways."""
    for name in worlds:
        world = WORLDS[name]
        for broken in (BREAKS[each] for each in breaks):
            start = time.process_time()
            p = np.array([p_values(world, broken, seed, samples) for seed in range(draws)])
            rejected = (p < LEVEL).mean(0)
            row = {"world": name, "broken": broken.__name__, "draws": draws, "samples": samples}
            yield row | {
                "motifs_rejected": float(rejected[0]),
                "background_rejected": float(rejected[1]),
                "seconds": (time.process_time() - start) / draws,
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--worlds", nargs="+", choices=list(WORLDS), default=list(WORLDS))
    parser.add_argument("--breaks", nargs="+", choices=list(BREAKS), default=list(BREAKS))
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--out", type=Path, default=Path("identifiability.tsv"))
    options = parser.parse_args()
    columns = ("world", "broken", "draws", "samples", "motifs_rejected", "background_rejected", "seconds")
    write_rows(options.out, columns, rows(options.worlds, options.breaks, options.draws, options.samples))


if __name__ == "__main__":
    main()
