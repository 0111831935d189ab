"""alignment.json, everything for programs; places.tsv.gz, every place with a site and what runs and concepts it has."""

import gzip
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from sparling.names import table_row
from sparling.training.checkpoint import write_json
from sparling_genomics.align.aligned import RunAlignment
from sparling_genomics.align.concepts import Channel, Found
from sparling_genomics.align.places import Places
from sparling_genomics.align.reading import Heard
from sparling_genomics.compare.read import ComparedRun
from sparling_genomics.data.dataset import SequenceDataset

FORMAT = 1
PLACE_COLUMNS = ("sequence", "start", "end", "concepts", "motifs", "values")
"""``start``, ``end``: of the strongest mark, 0-based, half-open, cut at the sequence's ends; ``concepts`` C1,C2 and
``motifs`` run:motif with a site there, by commas, and what each motif has above its cut, 1 at its median site."""


def write_places_tsv(
    path: Path, places: Places, heard: Sequence[Heard], found: Found, runs: Sequence[ComparedRun], data: SequenceDataset
) -> None:
    """Write places.tsv.gz; the same values give the same bytes."""
    concept = {part.channel: f"C{n}" for n, each in enumerate(found.concepts, start=1) for part in each.parts}
    said: dict[int, list[tuple[str, str, float]]] = {}
    for run, own in enumerate(heard):
        for place, motif, value in zip(own.place.tolist(), own.channel.tolist(), own.value.tolist(), strict=True):
            name = f"{runs[run].name}:{runs[run].motifs[motif].row.motif_id}"
            said.setdefault(place, []).append((concept.get(Channel(run, motif), ""), name, value))
    lengths = data.lengths
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        text.write(table_row(PLACE_COLUMNS))
        for place in np.flatnonzero(places.marked).tolist():
            sequence, width = int(places.sequence[place]), int(places.width[place])
            start = (int(places.middle[place]) - width + 1) // 2
            cut = max(start, 0), min(start + width, int(lengths[sequence]))
            there = said.get(place, [])
            concepts = sorted({each for each, _, _ in there if each}, key=lambda each: int(each[1:]))
            motifs, values = ",".join(m for _, m, _ in there), ",".join(f"{v:.3g}" for _, _, v in there)
            text.write(table_row((data.names[sequence], *cut, ",".join(concepts), motifs, values)))


def write_json_result(path: Path, made: RunAlignment) -> None:
    """Write alignment.json."""
    runs = made.runs
    write_json(
        path,
        {
            "format": FORMAT,
            "headline": made.headline,
            "runs": [
                {"name": run.name, "path": str(run.path), "motifs": [motif.row.motif_id for motif in run.motifs]}
                for run in runs
            ],
            "sequences": {"number": len(made.sample.data), "source": made.source},
            "places": {"number": len(made.places.sequence), "marked": int(made.places.marked.sum())},
            "settings": asdict(made.settings),
            "errors": made.errors.tolist(),
            "concepts": [
                {
                    "concept": f"C{number}",
                    "name": each.name,
                    "runs": [runs[run].name for run in each.concept.runs],
                    "agreement": each.concept.agreement,
                    "places": len(each.concept.places),
                    "places_in_sequences_of": _by_run(made, number - 1),
                    "motifs": [
                        {
                            "run": runs[part.channel.run].name,
                            "motif_id": runs[part.channel.run].motifs[part.channel.motif].row.motif_id,
                            "strength": part.strength,
                            "places": len(part.places),
                            "common": part.common,
                            "strand": member.strand,
                            "offset": member.offset,
                        }
                        for part, member in zip(each.concept.parts, each.group.members, strict=True)
                    ],
                }
                for number, each in enumerate(made.shown, start=1)
            ],
            "without": [
                {
                    "run": runs[channel.run].name,
                    "motif_id": runs[channel.run].motifs[channel.motif].row.motif_id,
                    "why": why,
                }
                for channel, why in made.without
            ],
        },
    )


def _by_run(made: RunAlignment, concept: int) -> dict[str, int]:
    """Empty where sequences are of a file."""
    own = made.own_places[concept]
    return {run.name: int(n) for run, n in zip(made.runs, own, strict=True) if n >= 0}
