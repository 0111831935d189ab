"""What is measured of an alignment on its held-out samples: a value, a sentence, latents.tsv and alignment.json."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.alignment import Alignment
from sparling.alignment.codes import Codes
from sparling.alignment.measures.active import among
from sparling.alignment.measures.activity import Activity, activity, samples_active
from sparling.alignment.measures.agreement import Agreement, agreement
from sparling.alignment.measures.labels import Labels
from sparling.alignment.measures.occupancy import NONE, Occupancy, occupancy
from sparling.alignment.measures.probe import NOTHING, probe_losses
from sparling.alignment.measures.retrieval import RANKS, Retrieval, retrieval
from sparling.atomic import write_atomically
from sparling.names import table_row
from sparling.training.checkpoint import write_json

LATENTS, RESULT = "latents.tsv", "alignment.json"
CAP = 3
"""Latents a label may have; what is beyond is told."""
DIGITS = 4


@dataclass(frozen=True)
class Measured:
    """Of held-out samples; M streams, L latents."""

    names: tuple[str, ...]
    samples: int
    errors: NDArray[np.float64]
    """(M, M) normalised mean squared error of the stream of the column, from the latents of that of the row."""
    codes: tuple[Codes, ...]
    activity: Activity
    retrieval: tuple[Retrieval, ...]
    """Each stream encoded alone."""
    labelled: "Labelled | None"

    @property
    def own(self) -> float:
        """Self-reconstruction, mean over streams."""
        return float(np.diagonal(self.errors).mean())

    @property
    def cross(self) -> float:
        """Cross-reconstruction, mean over ordered pairs."""
        return float(self.errors[~np.eye(len(self.names), dtype=bool)].mean())

    def sentence(self) -> str:
        """The result in a sentence or two."""
        found, size = self.activity, self.codes[0].size
        alive, dead = round(found.alive * size), round(found.dead * size)
        reached = np.mean([r.recall[0] for r in self.retrieval])
        every = "both streams" if len(self.names) == 2 else f"all {len(self.names)} streams"
        chance = np.mean([r.chance[0] for r in self.retrieval])
        return (
            f"{alive} of {size} latents are active in {every}, {size - alive - dead} in some, "
            f"{dead} in none. A stream's own latents leave {self.own:.1%} of its variance, another's {self.cross:.1%}; "
            f"the partner in another stream is found at once in {reached:.1%} of samples (by chance {chance:.2g})."
        )


@dataclass(frozen=True)
class Labelled:
    """What labels say of the latents."""

    labels: Labels
    agreement: Agreement
    occupancy: Occupancy
    losses: NDArray[np.float64]
    """(M, C) of the best single latent as a probe, nats; NaN for labels of too few samples."""


def measure(alignment: Alignment, labels: Labels | None = None) -> Measured:
    """All measures of an alignment on its held-out samples; ``labels`` of all N samples."""
    held = alignment.held_out
    present = alignment.streams.present[held].T
    codes = tuple(alignment.codes(name, held) for name in alignment.names)
    alone = [alignment.codes(name, held, alone=True) for name in alignment.names]
    labelled = None
    if labels is not None:
        known = Labels(labels.tree, labels.given[held])
        losses = []
        for one, there in zip(codes, present, strict=True):
            rng = np.random.default_rng(alignment.settings.seed)
            losses.append(probe_losses(among(one, there), Labels(known.tree, known.given[there]), rng))
        labelled = Labelled(known, agreement(codes, known, present), occupancy(codes, known, present), np.stack(losses))
    return Measured(
        alignment.names,
        len(held),
        alignment.errors(held),
        codes,
        activity(codes),
        tuple(retrieval(alone, present)),
        labelled,
    )


def write_results(folder: Path, alignment: Alignment, measured: Measured) -> None:
    """Write latents.tsv and alignment.json."""
    write_atomically(folder / LATENTS, lambda path: path.write_text(table(measured), encoding="utf-8"))
    write_json(folder / RESULT, as_json(alignment, measured))


def table(measured: Measured) -> str:
    """A line a latent: in how many samples of each stream it is active and how strongly, and its best label."""
    size, times = measured.codes[0].size, samples_active(measured.codes)
    sums = [np.bincount(c.index.ravel(), c.value.ravel(), minlength=size) for c in measured.codes]
    columns = ["latent", "alive"]
    columns += [f"{kind}_{name}" for name in measured.names for kind in ("samples", "mean")]
    found = measured.labelled
    if found is not None:
        columns += ["label", "phi", *(f"jaccard_{depth}" for depth in range(len(found.agreement.jaccard)))]
    lines = [table_row(columns)]
    for latent in range(size):
        alive = times[:, latent] > 0
        cells = [str(latent), "all" if alive.all() else "none" if not alive.any() else "some"]
        for number, total in zip(times[:, latent], sums, strict=True):
            cells += [str(number), _short(total[latent] / max(number, 1))]
        if found is not None:
            label = int(found.occupancy.label[latent])
            cells += ["" if label == NONE else found.labels.tree.names[label], _short(found.occupancy.phi[latent])]
            agreed = found.agreement.jaccard[:, latent]
            cells += [_short(value) if found.agreement.compared[latent] else "" for value in agreed]
        lines.append(table_row(cells))
    return "".join(lines)


def as_json(alignment: Alignment, measured: Measured) -> dict[str, object]:
    """All figures, for programs."""
    names = measured.names
    content: dict[str, object] = {
        "settings": asdict(alignment.settings),
        "streams": dict(zip(names, alignment.streams.widths, strict=True)),
        "samples": len(alignment.streams),
        "held_out": measured.samples,
        "nmse": {a: _named(names, measured.errors[i]) for i, a in enumerate(names)},
        "self": measured.own,
        "cross": measured.cross,
        "latents": {
            "alive": measured.activity.alive,
            "mixed": measured.activity.mixed,
            "dead": measured.activity.dead,
            "dead_in": _named(names, measured.activity.dead_in),
        },
        "retrieval": [
            {"query": names[r.query], "reference": names[r.reference]}
            | {f"recall@{rank}": value for rank, value in zip(RANKS, r.recall, strict=True)}
            | {f"chance@{rank}": value for rank, value in zip(RANKS, r.chance, strict=True)}
            for r in measured.retrieval
        ],
    }
    found = measured.labelled
    if found is None:
        return content
    tree, taken = found.labels.tree, found.occupancy.latents
    probed = ~np.isnan(found.losses).all(axis=0)
    return content | {
        "jaccard": {"all": found.agreement.over_all, "compared": found.agreement.over_compared},
        "labels": len(tree.names),
        "labels_with_a_latent": int((taken > 0).sum()),
        "most_latents_of_a_label": int(taken.max(initial=0)),
        f"latents_beyond_{CAP}_of_their_label": found.occupancy.over(CAP),
        "probe": {
            "labels": int(probed.sum()),
            "knows_nothing": NOTHING,
            "median": {name: _median(losses) for name, losses in zip(names, found.losses, strict=True)},
        },
    }


def _named(names: Sequence[str], values: Sequence[float] | NDArray[np.float64]) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def _median(losses: NDArray[np.float64]) -> float | None:
    """Of those that are known."""
    known = losses[~np.isnan(losses)]
    return float(np.median(known)) if len(known) else None


def _short(value: float) -> str:
    return f"{value:.{DIGITS}g}"
