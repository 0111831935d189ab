"""Whole run folders out of made-up searches: as many motifs and sequences as a page must bear, without a training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparling.training.annealing import AnnealingState
from sparling.training.schedule import Progress
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.outcome import Found, Made, Measured, Outcome, Provenance, SeedFate
from sparling_genomics.discovery.seeds import Seed
from sparling_genomics.discovery.training import Evaluated, Trained
from sparling_genomics.files.rows import Effect
from sparling_genomics.letters.alphabet import ALPHABETS, decode
from sparling_genomics.letters.intervals import parse_intervals
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import Activations, join
from sparling_genomics.motifs.map_features import Map, map_features
from sparling_genomics.motifs.motif import Dropped, Motif
from sparling_genomics.motifs.pairs import pairs
from sparling_genomics.naming.library import Annotation, Library
from sparling_genomics.network.motif_network import NetworkDescription, build_network
from sparling_genomics.runs.publish import write_results
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations, dataset, sides

WORDS = (
    "CCASYAGGKGGCR",
    "AGATAAGR",
    "GTCACGTGAC",
    "RCATTCCW",
    "CCGGAAGTG",
    "TGACGTCA",
    "GGGGCGGGG",
    "RRCCAATSR",
    "CAAGATGGCGGC",
    "TGASTCA",
    "TTTCCNGGAAA",
    "ACTACAATTCCCAGMATGC",
)
"""As the field writes CTCF, GATA, E-box, TEAD, ETS, CRE, SP, NF-Y, YY1, AP-1, STAT, ZNF143."""


@dataclass(frozen=True)
class Case:
    """What is made up: ``bound`` sequences of ``length`` letters, as many unbound ones, and ``motifs`` in them."""

    name: str
    motifs: int
    bound: int = 300
    length: int = 101
    alphabet: str = "dna"
    names: tuple[str, ...] = ()
    """Of the first sequences; the others are places of a genome."""
    unbound: int | None = None
    database: tuple[str, ...] = ()
    """Names of the matrices of the database, which are those of the motifs."""


def write_case(folder: Path, case: Case) -> Path:
    """The run folder of a case below ``folder``; its page is report.html there."""
    rng = np.random.default_rng(0)
    data, motifs = _planted(case, rng)
    fasta = folder / f"{case.name}.fa"
    letters = zip(data.names, np.split(data.codes, data.offsets[1:-1]), strict=True)
    fasta.write_text("".join(f">{name}\n{decode(codes)}\n" for name, codes in letters))
    config = MotifConfig(fasta=fasta)
    run = RunFolder(folder / case.name)
    run.start(config)
    description = NetworkDescription(data.alphabet.name, channels=max(1, len(motifs)), width=21)
    model = build_network(description).eval()
    found = Found(
        motifs, [Dropped((9,), "GCGGCGGC", "not enriched in bound validation sequences (P = 0.38)")], _seeds(motifs)
    )
    made = Made(model, description, _map(motifs, len(data), description.channels), 2.0)
    effects = [
        Effect(0.5 - 0.03 * i, 0.8 - 0.05 * i, 10.0 ** -(40 - 3 * i), 10.0 ** -(39 - 3 * i), 0.3, 1e-9)
        for i in range(len(motifs))
    ]
    good = bool(motifs)
    measured = Measured(
        auroc=0.95 if good else 0.51,
        auroc_low=0.93 if good else 0.46,
        auroc_high=0.97 if good else 0.56,
        auroc_error=0.01 if good else 0.03,
        auprc=0.94 if good else 0.5,
        density=0.002,
        sites_per_sequence=1.4 if good else 0.0,
        effects=effects,
        pairs=pairs(data, motifs),
    )
    falling = [Evaluated("anneal", 4.0 / 2**i, 0.93 + 0.01 * i) for i in range(3)]
    progress = Progress(AnnealingState(2.0, 0.95), samples=12_000, seconds=20.0, stop_reason="target density reached")
    trained = Trained("Density falls", model, description, progress, falling, 0.0)
    source = Provenance(data, frozenset(data.names), [trained], "cpu", "float32", 74.0)
    outcome = Outcome(found, made, measured, source)
    database = [
        Pwm(f"MA{i:04d}.1", motif.pwm.counts, motif.pwm.n_sites, data.alphabet, alt_name=name)
        for i, (motif, name) in enumerate(zip(motifs, case.database, strict=False))
    ]
    library = Library(tuple(database), tuple(Annotation() for _ in database))
    write_results(run.path, config, outcome, "sparling motifs train --fasta peaks.fa", "2026-01-01T00:00:00", library)
    return run.path


def _map(motifs: list[Motif], sequences: int, channels: int) -> Map:
    """The map whose marks are the sites."""
    marks = join([motif.sites for motif in motifs]) if motifs else activations([])
    return Map(marks, map_features(marks, sequences, channels), np.zeros(sequences), np.zeros(channels))


def _planted(case: Case, rng: np.random.Generator) -> tuple[SequenceDataset, list[Motif]]:
    """Sequences, half of which have the motifs, the first in two thirds of them, and one pair at a fixed gap."""
    alphabet = ALPHABETS[case.alphabet]
    unbound = case.bound if case.unbound is None else case.unbound
    n = case.bound + unbound
    codes = rng.integers(4, size=(n, case.length)).astype(np.uint8)
    is_bound = np.arange(n) < case.bound
    motifs = []
    start = np.zeros(n, dtype=np.int64)
    for i, word in enumerate(WORDS[: case.motifs]):
        pwm = consensus_motif(f"M{i + 1}", word, alphabet=alphabet)
        letters = pwm.counts.argmax(axis=1).astype(np.uint8)
        has = np.flatnonzero(rng.random(n) < np.where(is_bound, 0.66 / (1 + 0.5 * i), 0.05))
        at = rng.integers(0, case.length - pwm.width + 1, n)
        if i == 1:  # the second lies 4 bp behind the first in a third of the sequences that have both
            behind = start + len(WORDS[0]) + 4
            at = np.where((rng.random(n) < 0.3) & (behind + pwm.width <= case.length), behind, at)
        start = at if i == 0 else start
        back = rng.random(n) < (0.5 if alphabet.double_stranded and i > 1 else 0.0)
        for s in has.tolist():
            codes[s, at[s] : at[s] + pwm.width] = (3 - letters)[::-1] if back[s] else letters
        position = np.where(back, at + pwm.width - 1, at)[has]
        score = rng.gamma(4.0, size=len(has))
        sites = Activations(has, np.full(len(has), i), position, back[has], score)
        counts = (pwm.counts / 100 * len(has)).round()
        motifs.append(Motif(Pwm(pwm.name, counts, len(has), alphabet), (i,), sites, first=0))
    names = [*case.names, *(f"chr{i % 22 + 1}:{1000 * i}-{1000 * i + case.length}" for i in range(len(case.names), n))]
    data = dataset(
        list(codes),
        labels=is_bound.astype(np.float32),
        split=sides(n),
        names=names,
        intervals=parse_intervals(names, [case.length] * n),
        alphabet=alphabet,
    )
    return data, motifs


def _seeds(motifs: list[Motif]) -> list[SeedFate]:
    found = []
    for i, motif in enumerate(motifs):
        word = motif.pwm.consensus()[:8]
        seed = Seed(word, -30.0 + i, (200, 14), motif.pwm.counts, 210, 20, 230)
        found.append(SeedFate(seed, 1, motif.pwm.name))
    lost = Seed("GCGGCGGC", -3.5, (120, 51), np.ones((8, 4)), 133, 60, 140)
    return [*found, SeedFate(lost, 1, "not enriched in bound validation sequences (P = 0.38)")]


HOSTILE = (
    '<script>alert(1)</script>|"quoted"',
    "<img src=x onerror=alert(2)>",
    "chr1:100-220|ENSG000001234.5",
    "a&amp;b'c\"d{{7*7}}",
    "名前=ペプチド;x",
    "</script><b>bold</b>",
    "x" * 300,
)
CASES = (
    Case("one", 1),
    Case("eight", 8, bound=5000, unbound=5000, database=("CTCF", "GATA1", "USF1", "TEAD4")),
    Case("twelve", 12, bound=400, length=600),
    Case("none", 0),
    Case("eighteen", 1, bound=18, length=105),
    Case("rna", 2, bound=400, length=20, alphabet="rna"),
    Case("hostile", 3, names=HOSTILE, database=('<i>"CT|CF"</i>', "GATA'1&", "<script>alert(3)</script>")),
    Case("many", 4, bound=40_000, unbound=2_000),
)
