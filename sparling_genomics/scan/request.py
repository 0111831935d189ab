"""A scan from its files to its files: what is asked for, what looks for it, where it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Literal, get_args

import numpy as np
import pandas as pd

from sparling.errors import InputError
from sparling.locks import locked_files
from sparling.plurals import counted
from sparling_genomics.data.given import Sequences, fasta_on_disk, given_sequences
from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.genome import open_genome
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.letters.alphabet import ALPHABETS, DNA, DNA_FORWARD, RNA, Alphabet
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.letters.log_odds import log_odds
from sparling_genomics.letters.pwm import UNIFORM, Pwm
from sparling_genomics.runs.finished import load_stored
from sparling_genomics.scan.hit_files import hit_table, write_bedgraph, write_bigwig, write_hits
from sparling_genomics.scan.hits import Scanner
from sparling_genomics.scan.listing import Listing, Watch, list_hits
from sparling_genomics.scan.matrix_scan import MatrixScan
from sparling_genomics.scan.network_scan import NetworkScan
from sparling_genomics.scan.text import GenomeText, GivenText, Stretch, Text, composition, merged, sample, whole

Background = Literal["scanned", "file", "uniform"]
BACKGROUNDS: tuple[str, ...] = get_args(Background)
P_VALUE = 1e-4
"""Of a word that a matrix lists, at most; that of FIMO."""
_SAMPLE, _SAMPLE_PIECE = 4000, 1000
"""Pieces from which the frequencies of letters are counted, and letters of each."""


@dataclass(frozen=True)
class ScanRequest:
    """What is scanned for what.

    ``source`` a run's folder or a file of motifs; ``fasta`` or ``genome`` and in it ``bed``; ``matrices`` of a run in
    place of its network; ``motifs`` by name, all where there are none; ``p_value`` of a hit at most: `P_VALUE` for
    matrices and no limit for a network where it is None; ``background`` of matrices; ``both_strands`` of matrices.
    """

    source: Path
    fasta: Path | None = None
    genome: Path | None = None
    bed: Path | None = None
    matrices: bool = False
    motifs: tuple[str, ...] = ()
    p_value: float | None = None
    background: Background = "scanned"
    both_strands: bool = True
    jobs: int = 1


@dataclass(frozen=True)
class Outputs:
    """Files to write."""

    hits: Path
    bedgraph: Path | None = None
    bigwig: Path | None = None


@dataclass(frozen=True)
class ScanSummary:
    """What was found: ``hits`` of each of ``motifs``; ``letters`` scanned; ``notices`` in sentences."""

    motifs: tuple[str, ...]
    hits: tuple[int, ...]
    letters: int
    notices: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Scanned:
    """The text, the regions of it (None: all), and where its sequences lie."""

    text: Text
    stretches: list[Stretch] | None
    places: Sequence[Interval | None]
    notices: tuple[str, ...] = ()

    @property
    def within(self) -> list[Stretch]:
        return whole(self.text) if self.stretches is None else self.stretches


def scan_to_files(request: ScanRequest, outputs: Outputs, watch: Watch | None = None) -> ScanSummary:
    """Scan and write; nothing is left where it fails.

    Raises ``InputError`` for whatever is wrong with a file or a name, where none of the motifs can be found, and where
    another process is writing one of the files (``InUse``).
    """
    written = locked_files(outputs.hits, outputs.bedgraph, outputs.bigwig)
    with written, TemporaryFile(dir=outputs.hits.parent) as scratch:
        return _scan(request, outputs, scratch, watch)


def _scan(request: ScanRequest, outputs: Outputs, scratch: IO[bytes], watch: Watch | None) -> ScanSummary:
    scanned = _scanned(request, scratch)
    scanner, alphabet, notices = _scanner(request, scanned)
    if (outputs.bedgraph or outputs.bigwig) and len(scanner.names) > 1:
        raise InputError(f"a track is that of one motif; --motif says which of {_some(scanner.names)}")
    default = 1.0 if isinstance(scanner, NetworkScan) else P_VALUE
    limit = default if request.p_value is None else request.p_value
    gathered = outputs.hits.with_name(f".{outputs.hits.name}.gathered")
    try:
        listing = list_hits(
            gathered, scanner, scanned.text, scanned.stretches, p_value=limit, jobs=request.jobs, watch=watch
        )
        if any(place is not None for place in scanned.places):
            listing = listing.on_genome(scanned.places)
        _write(listing, outputs, alphabet)
    finally:
        gathered.unlink(missing_ok=True)
    letters = sum(each.end - each.start for each in scanned.within)
    return ScanSummary(scanner.names, tuple(listing.found), letters, (*scanned.notices, *notices))


def scan_matrices(
    motifs: Path | str | Sequence[Pwm],
    sequences: Sequences,
    p_value: float = P_VALUE,
    background: Background = "scanned",
    both_strands: bool = True,
) -> pd.DataFrame:
    """Words of sequences that matrices score as high as chance does with ``p_value`` at most, in order of place.

    ``motifs``: path of a file in MEME, JASPAR, TRANSFAC or HOMER format, or matrices. ``sequences``: path of a FASTA
    file, a mapping of names to letters, or a list of letters; where names say where they lie, so do the hits. Columns
    are `HIT_COLUMNS`. Raises ``InputError`` for what is wrong with a file.

    >>> motif = Pwm("E", [[0, 9, 0, 0], [9, 0, 0, 0], [0, 9, 0, 0], [0, 0, 9, 0], [0, 0, 0, 9], [0, 0, 9, 0]], 9)
    >>> hits = scan_matrices([motif], ["TTTTCACGTGTTNCACGTG"], p_value=1e-3, background="uniform")
    >>> hits[["chrom", "start", "end", "strand", "letters"]].values.tolist()[:2]
    [['sequence_1', 4, 10, '+', 'CACGTG'], ['sequence_1', 4, 10, '-', 'CACGTG']]
    """
    pwms = read_motifs(motifs).motifs if isinstance(motifs, str | Path) else list(motifs)
    data = given_sequences(sequences, DNA)
    text = GivenText(data)
    scanner = matrix_scanner(pwms, text, whole(text), p_value, background, both_strands)
    with TemporaryDirectory() as folder:
        listing = list_hits(Path(folder) / "hits", scanner, text, p_value=p_value)
        if any(place is not None for place in data.intervals):
            listing = listing.on_genome(data.intervals)
        return hit_table(listing, pwms[0].alphabet)


def matrix_scanner(
    pwms: Sequence[Pwm], text: Text, within: Sequence[Stretch], p_value: float, background: Background, both: bool
) -> MatrixScan:
    """The scanner of these matrices against the background that is wished."""
    scanned = composition(sample(text, within, _SAMPLE, _SAMPLE_PIECE), both) if background == "scanned" else UNIFORM
    odds = [log_odds(pwm, pwm.background if background == "file" else scanned).within(p_value) for pwm in pwms]
    return MatrixScan(odds, p_value, both)


def _scanned(request: ScanRequest, scratch: IO[bytes]) -> _Scanned:
    """The text; letters of a FASTA file lie in ``scratch``."""
    if request.genome is not None:
        genome = open_genome(request.genome)
        text = GenomeText(genome)
        regions = None
        if request.bed is not None:
            regions = merged([region.interval for region in read_regions(request.bed, genome)], text.names)
        return _Scanned(text, regions, (), tuple(genome.noticed))
    if request.fasta is None:
        raise InputError("--fasta or --genome is missing")
    data = fasta_on_disk(request.fasta, DNA, scratch)
    noticed = tuple(f"{counted(number, 'sequence')} {reason}." for reason, number in data.skipped.items())
    return _Scanned(GivenText(data), None, data.intervals, noticed)


def _scanner(request: ScanRequest, scanned: _Scanned) -> tuple[Scanner, Alphabet, list[str]]:
    if not request.source.is_dir() or request.matrices:
        path = request.source / "motifs.meme" if request.source.is_dir() else request.source
        database = read_motifs(path)
        pwms = [database.motifs[i] for i in _chosen([pwm.name for pwm in database.motifs], request.motifs, path)]
        alphabet = pwms[0].alphabet if request.both_strands or pwms[0].alphabet == RNA else DNA_FORWARD
        limit = P_VALUE if request.p_value is None else request.p_value
        both = alphabet.double_stranded
        scanner = matrix_scanner(pwms, scanned.text, scanned.within, limit, request.background, both)
        lost = scanner.hopeless
        if len(lost) == len(pwms):
            raise InputError(f"no word of {_some(lost)} has P <= {limit:g}; --pvalue allows more")
        said = [f"No word of {_some(lost)} has P <= {limit:g}."] if lost else []
        return scanner, alphabet, [*said, *([database.notice()] if database.notice() else [])]
    run = load_stored(request.source)
    if not run.pwms:
        raise InputError(f"the run has found no motif: {request.source}")
    chosen = _chosen([pwm.name for pwm in run.pwms], request.motifs, request.source)
    rng = np.random.default_rng(0)
    network = NetworkScan(run, tuple(chosen)).calibrated(scanned.text, scanned.within, rng)
    return network, ALPHABETS[run.network.alphabet], []


def _chosen(known: list[str], wanted: tuple[str, ...], path: Path) -> list[int]:
    """Numbers of the motifs that are wanted, in the order of the file; all where none is named."""
    missing = [name for name in wanted if name not in known]
    if missing:
        raise InputError(f"no motif {missing[0]!r}, there are {_some(known)}: {path}")
    return [i for i, name in enumerate(known) if not wanted or name in wanted]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5:,} more"


def _write(listing: Listing, outputs: Outputs, alphabet: Alphabet) -> None:
    if outputs.bigwig is not None:
        write_bigwig(outputs.bigwig, listing, listing.motifs[0])
    if outputs.bedgraph is not None:
        write_bedgraph(outputs.bedgraph, listing, listing.motifs[0])
    write_hits(outputs.hits, listing, alphabet)
