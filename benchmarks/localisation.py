"""Where the site of each sequence is known: how often does our strongest site lie on it?

    python benchmarks/localisation.py --out localisation.tsv                       # all 30 factors
    python benchmarks/localisation.py --factors Gabpa Sox2 --out localisation.tsv
    python benchmarks/localisation.py --summary localisation.tsv

Ten factors of `tf_sites/jaspar_chip_peaks_with_sites.tsv.gz` (peaks of about 200 bp, the site anywhere), and twenty of
`jaspar_sites_flank50.tsv.gz`, every fifth of its index, whose sequences are cut to 60 to 80 bp at a random offset, for
there the site lies in the middle. All sequences of a factor are given to `sparling motifs train`, all defaults, without
a word of their sites. `best_possible` is the share of sequences whose best hit of the annotated matrix lies within 2 bp
of the site, from the data's own index. `first_motif_anywhere` asks the same of our first motif: where in a sequence it
has its best place, listed as a site or not.
"""

import csv
import gzip
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from recovery_sets import SHARED
from tables import command_line, mean, read_rows, write_rows
from tools import Meter, ToolFailed

from sparling.errors import SparlingError
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.runs.finished import FinishedRun, load_finished
from sparling_genomics.tasks.binary import fitting_batch

SITES = SHARED / "data/tf_sites"
EVERY = 5
CROP = (60, 80)
NEVER = -1e4
"""Log odds, in nats, that no place is below."""
COLUMNS = (
    "factor",
    "source",
    "n",
    "status",
    "with_site",  # share of sequences with a site of any motif
    "overlap",  # share whose strongest site, of any motif, shares a bp with the annotated one
    "half",  # share whose strongest site covers half of the annotated one
    "first_motif_overlap",  # the same two for the strongest site of the first motif, M1
    "first_motif_half",
    "first_motif_anywhere",  # overlap of its best place in each sequence, be it listed as a site or not
    "first_motif_anywhere_half",
    "best_possible",
    "sites_per_sequence",
    "n_motifs",
    "m1_consensus",
    "test_auroc",
    "wall_s",
    "peak_MiB",
)

# share of peaks whose best hit lies within 2 bp of the annotated site: shared/data/MANIFEST.tsv
_PEAKS_BEST = {
    "Klf4": 0.922,
    "Tcfcp2l1": 0.954,
    "Esrrb": 0.959,
    "STAT1": 0.961,
    "Pou5f1::Sox2": 0.994,
    "Gabpa": 0.913,
    "Myc": 0.922,
    "Sox2": 0.97,
    "Foxa2": 0.948,
    "Pparg::Rxra": 0.949,
}


class Annotated(NamedTuple):
    """A sequence and its annotated site [``start``, ``end``), 0-based, in bp."""

    name: str
    letters: str
    start: int
    end: int


class Place(NamedTuple):
    """A predicted site of ``motif`` in a sequence, with its ``score``."""

    sequence: str
    start: int
    end: int
    motif: str
    score: float


class Hit(NamedTuple):
    """Shares of the sequences: with a predicted site at all; whose strongest one overlaps; which covers half."""

    with_site: float
    overlap: float
    half: float


def localisation(annotated: Sequence[Annotated], places: Iterable[Place]) -> Hit:
    """How often the strongest predicted site of a sequence lies on the annotated one; equal scores: the first.

    A sequence without a predicted site is a miss. Raises ``ValueError`` without sequences.

    >>> localisation([Annotated("s", "ACGTACGTAC", 2, 6)], [Place("s", 0, 3, "M1", 1.0), Place("s", 4, 9, "M1", 2.0)])
    Hit(with_site=1.0, overlap=1.0, half=1.0)
    """
    if not annotated:
        raise ValueError("no sequence to look at")
    strongest: dict[str, Place] = {}
    for place in places:
        if place.sequence not in strongest or place.score > strongest[place.sequence].score:
            strongest[place.sequence] = place
    shared = []
    for truth in annotated:
        if found := strongest.get(truth.name):
            overlap = min(found.end, truth.end) - max(found.start, truth.start)
            shared.append(overlap / (truth.end - truth.start))
    n = len(annotated)
    return Hit(len(shared) / n, sum(s > 0 for s in shared) / n, sum(s >= 0.5 for s in shared) / n)


def crop(sequence: Annotated, rng: np.random.Generator) -> Annotated:
    """A stretch of 60 to 80 bp that holds the whole site; length and offset are uniform among those possible."""
    width = sequence.end - sequence.start
    length = min(max(int(rng.integers(CROP[0], CROP[1] + 1)), width), len(sequence.letters))
    first = max(0, sequence.end - length)
    last = min(sequence.start, len(sequence.letters) - length)
    offset = int(rng.integers(first, last + 1))
    letters = sequence.letters[offset : offset + length]
    return Annotated(sequence.name, letters, sequence.start - offset, sequence.end - offset)


def read_annotated(path: Path, seed: int | None) -> dict[str, list[Annotated]]:
    """Sequences of each factor, cut at random if there is a ``seed``. Raises ``ValueError`` with path and line."""
    factors: dict[str, list[Annotated]] = defaultdict(list)
    rng = np.random.default_rng(seed)
    with gzip.open(path, "rt") as handle:
        reader = csv.DictReader(handle, delimiter="\t")
        for row in reader:
            try:
                start, end = int(row["site_start"]), int(row["site_end"])
                inside = 0 <= start < end <= len(row["seq"]) and encode(row["seq"]).size
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}, line {reader.line_num}: no sequence with a site ({error})") from error
            if not inside:
                raise ValueError(f"{path}, line {reader.line_num}: the site [{start}, {end}) lies outside the sequence")
            own = factors[row["tf"]]
            sequence = Annotated(f"s{len(own):05}", row["seq"], start, end)
            own.append(sequence if seed is None else crop(sequence, rng))
    return factors


def sources(seed: int) -> list[tuple[str, str, float, list[Annotated]]]:
    """Factor, source, best possible share and sequences of all thirty."""
    peaks = read_annotated(SITES / "jaspar_chip_peaks_with_sites.tsv.gz", None)
    flanks = read_annotated(SITES / "jaspar_sites_flank50.tsv.gz", seed)
    with (SITES / "jaspar_sites_flank50_index.tsv").open() as handle:
        index = list(csv.DictReader(handle, delimiter="\t"))[::EVERY]
    found = [(factor, "peaks", best, peaks[factor]) for factor, best in _PEAKS_BEST.items()]
    found += [(row["tf"], "flank50", float(row["best_hit_within_2bp"]), flanks[row["tf"]]) for row in index]
    return found


def run_factor(annotated: Sequence[Annotated], folder: Path, seed: int, limit_s: float) -> dict[str, object]:
    """Train on the sequences and hold the run's sites against the annotated ones."""
    folder.mkdir(parents=True, exist_ok=True)
    fasta, out = folder / "sequences.fa", folder / "run"
    if not (out / "run.json").exists():
        fasta.write_text("".join(f">{sequence.name}\n{sequence.letters}\n" for sequence in annotated))
        meter = Meter(folder / "log.txt", limit_s)
        sparling = Path(sys.executable).with_name("sparling")
        meter.run(sparling, "motifs", "train", "--fasta", fasta, "--out", out, "--seed", str(seed), "--force")
        (folder / "cost.json").write_text(json.dumps({"wall_s": meter.wall_s, "peak_MiB": meter.peak_mib}))
    table = read_sites_tsv(out / "sites.tsv.gz")
    columns = (table[key].tolist() for key in ("sequence", "start", "end", "motif_id", "score"))
    names = {sequence.name for sequence in annotated}
    places = [place for row in zip(*columns, strict=True) if (place := Place(*row)).sequence in names]
    motifs = read_motifs_tsv(out / "motifs.tsv")
    hit = localisation(annotated, places)
    first = motifs[0].motif_id if motifs else ""
    listed = localisation(annotated, (p for p in places if p.motif == first))
    anywhere = localisation(annotated, best_places(load_finished(out))) if motifs else listed
    cost = json.loads((folder / "cost.json").read_text())
    return {
        "status": "ok",
        **hit._asdict(),
        "first_motif_overlap": listed.overlap,
        "first_motif_half": listed.half,
        "first_motif_anywhere": anywhere.overlap,
        "first_motif_anywhere_half": anywhere.half,
        "sites_per_sequence": len(places) / len(annotated),
        "n_motifs": len(motifs),
        "m1_consensus": motifs[0].consensus if motifs else "",
        "test_auroc": json.loads((out / "run.json").read_text())["metrics"]["auroc"],
        "wall_s": round(cost["wall_s"], 1),
        "peak_MiB": round(cost["peak_MiB"]),
    }


def best_places(run: FinishedRun) -> list[Place]:
    """Where the first motif of a run is likeliest in each of its sequences, be it a site or not."""
    run.model.sparsity.set_threshold(torch.full_like(run.model.sparsity.threshold, NEVER))
    found, _ = run.find(run.data, fitting_batch(run.data.lengths))
    own = found.select(found.channel == 0)
    order = np.lexsort((own.position, -own.score, own.sequence))
    motif = run.motif_at(0, own.select(order[np.unique(own.sequence[order], return_index=True)[1]]))
    start, end = motif.intervals(run.data)
    names = [run.data.names[i] for i in motif.sites.sequence]
    columns = (start.tolist(), end.tolist(), motif.sites.score.tolist())
    return [Place(name, a, b, motif.pwm.name, score) for name, a, b, score in zip(names, *columns, strict=True)]


def rows(
    chosen: Iterable[tuple[str, str, float, list[Annotated]]], seed: int, folder: Path, limit_s: float
) -> Iterable[dict[str, object]]:
    """One row a factor, as soon as it is known."""
    for factor, source, best, annotated in chosen:
        place = folder / f"{source}_{factor.replace('::', '_')}_{seed}"
        row: dict[str, object] = {"factor": factor, "source": source, "n": len(annotated), "best_possible": best}
        try:
            yield row | run_factor(annotated, place, seed, limit_s)
        except (ToolFailed, SparlingError) as error:
            yield row | {"status": str(error)[:200]}


def summary(path: Path) -> str:
    """Markdown: the rows, and the mean of each source."""
    done = [row for row in read_rows(path) if row["status"] == "ok"]
    keys = (
        "n",
        "overlap",
        "first_motif_overlap",
        "first_motif_anywhere",
        "best_possible",
        "sites_per_sequence",
        "n_motifs",
    )
    lines = [f"| factor | source | {' | '.join(keys)} |", "|" + "---|" * (len(keys) + 2)]
    lines += [f"| {row['factor']} | {row['source']} | {' | '.join(row[key] for key in keys)} |" for row in done]
    for source in dict.fromkeys(row["source"] for row in done):
        own = [row for row in done if row["source"] == source]
        means = [mean(own, key, 3) for key in keys]
        lines.append(f"| mean of {len(own)} | {source} | {' | '.join(means)} |")
    return "\n".join(lines)


def main() -> None:
    parser = command_line(__doc__, "localisation.tsv")
    parser.add_argument("--factors", nargs="*", help="default: all thirty")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.summary:
        print(summary(options.summary))
        return
    folder = (options.keep or Path(tempfile.mkdtemp())).resolve()
    chosen = [row for row in sources(options.seed) if not options.factors or row[0] in options.factors]
    if unknown := set(options.factors or ()) - {row[0] for row in chosen}:
        parser.error(f"no such factor: {', '.join(sorted(unknown))}")
    write_rows(options.out, COLUMNS, rows(chosen, options.seed, folder, options.limit_s))
    print(summary(options.out))


if __name__ == "__main__":
    main()
