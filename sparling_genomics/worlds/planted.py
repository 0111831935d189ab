"""Sequences with motifs planted at known places: truth to hold a run against.

Bound sequences carry sites drawn from the motifs' probabilities, unbound ones are background alone. What was planted is
known to the bp, so localisation can be measured and not only classification.
"""

import gzip
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparling_genomics.letters.alphabet import DNA, Alphabet, Codes, decode, reverse_complement
from sparling_genomics.letters.pwm import UNIFORM, Pwm

# the codes of the bases that each letter of a consensus allows
_LETTERS = "A=0 C=1 G=2 T=3 U=3 R=02 Y=13 S=12 W=03 K=23 M=01 B=123 D=023 H=013 V=012 N=0123"
_IUPAC = {word[0]: [int(code) for code in word[2:]] for word in _LETTERS.split()}


class PlantedSite(NamedTuple):
    """One planted site: ``sequence`` its name; [``start``, ``end``) in bp, 0-based; ``strand``; ``motif`` its name."""

    sequence: str
    start: int
    end: int
    strand: str
    motif: str


@dataclass(frozen=True, eq=False)
class Planted:
    """Sequences of one length and what is in them.

    Fields: ``names`` and ``codes`` uint8 (n, L), bound ones first; ``labels`` float32 (n,), 1 bound, 0 unbound;
    ``sites`` all planted sites, in order of sequence and start; ``alphabet``.
    """

    names: tuple[str, ...]
    codes: Codes
    labels: NDArray[np.float32]
    sites: tuple[PlantedSite, ...]
    alphabet: Alphabet


class Located(Protocol):
    """What has a place: a ``PlantedSite``, or a row of a table of sites from ``DataFrame.itertuples()``."""

    @property
    def sequence(self) -> Hashable:
        """The sequence it lies on."""

    @property
    def start(self) -> int:
        """First bp, 0-based."""

    @property
    def end(self) -> int:
        """The bp behind its last one."""


class SiteAccuracy(NamedTuple):
    """``precision``: share of predicted sites that are true; ``recall``: share of true sites that are predicted."""

    precision: float
    recall: float


def consensus_motif(name: str, consensus: str, *, purity: float = 0.94, alphabet: Alphabet = DNA) -> Pwm:
    """A motif of 100 sites out of IUPAC letters: the bases a letter allows share ``purity``, the others the rest.

    >>> consensus_motif("M1", "CR", purity=0.94).counts
    array([[ 2.,  94.,   2.,   2.],
           [47.,   3.,  47.,   3.]])
    """
    n_sites = 100
    counts = np.empty((len(consensus), 4))
    for column, letter in zip(counts, consensus.upper(), strict=True):
        if letter not in _IUPAC:
            raise ValueError(f"consensus must be IUPAC letters; got {letter!r} in {consensus!r}")
        allowed = _IUPAC[letter]
        others = 4 - len(allowed)
        column[:] = 0 if others == 0 else n_sites * (1 - purity) / others
        column[allowed] = n_sites * (purity if others else 1) / len(allowed)
    return Pwm(name, counts.round(9), n_sites, alphabet)


def demo_motifs() -> list[Pwm]:
    """Four well-known human transcription factors whose motifs cannot be confused; counts are ours, by consensus."""
    consensus = {"CTCF": "CCASYAGGKGGCR", "GATA1": "AGATAAGR", "USF1": "GTCACGTGAC", "TEAD4": "RCATTCCW"}
    return [consensus_motif(name, letters) for name, letters in consensus.items()]


def plant(
    pwms: Sequence[Pwm],
    n_bound: int,
    n_unbound: int,
    length: int,
    rng: np.random.Generator,
    *,
    sites_per_sequence: tuple[int, int] = (1, 2),
    background: ArrayLike = UNIFORM,
) -> Planted:
    """Background sequences of ``length`` bp, the first ``n_bound`` of them with sites of ``pwms``.

    A bound sequence gets a number of sites uniform in ``sites_per_sequence`` (both ends included), each of a random
    motif, on a random strand (DNA; RNA: forward), at places that do not overlap. ``background`` is (4,) frequencies of
    independent letters, or (4, 4) probabilities of the next letter (column) after each letter (row).
    Raises ``ValueError`` for no motif, motifs of two alphabets, a number of sites below 1, sites that cannot fit, and
    probabilities that do not sum to 1.
    """
    fewest, most = sites_per_sequence
    if not pwms or len({pwm.alphabet for pwm in pwms}) > 1:
        raise ValueError(f"pwms must be one or more motifs of one alphabet; got {[p.alphabet.name for p in pwms]}")
    if not 1 <= fewest <= most:
        raise ValueError(f"sites_per_sequence must satisfy 1 <= fewest <= most; got {sites_per_sequence}")
    widest = max(pwm.width for pwm in pwms)
    if most * widest > length:
        raise ValueError(f"{most} sites of {widest} bp must fit into length; got {length}")
    digits = len(str(max(n_bound, n_unbound)))
    names = [f"bound_{i:0{digits}}" for i in range(n_bound)] + [f"unbound_{i:0{digits}}" for i in range(n_unbound)]
    codes = markov_sequences(n_bound + n_unbound, length, background, rng)
    sites: list[PlantedSite] = []
    for row, name in zip(codes, names[:n_bound], strict=False):
        chosen = [pwms[i] for i in rng.integers(len(pwms), size=rng.integers(fewest, most + 1))]
        for pwm, start in zip(chosen, _starts([pwm.width for pwm in chosen], length, rng), strict=True):
            strand = "-" if pwm.alphabet.double_stranded and rng.random() < 0.5 else "+"
            word = _draw(pwm.probabilities(), rng)
            row[start : start + pwm.width] = word if strand == "+" else reverse_complement(word)
            sites.append(PlantedSite(name, start, start + pwm.width, strand, pwm.name))
    labels = np.repeat(np.array([1, 0], dtype=np.float32), [n_bound, n_unbound])
    return Planted(tuple(names), codes, labels, tuple(sites), pwms[0].alphabet)


def markov_sequences(n: int, length: int, background: ArrayLike, rng: np.random.Generator) -> Codes:
    """Random sequences uint8 (n, length); ``background`` as in ``plant``. A chain starts in its stationary state."""
    following = np.asarray(background, dtype=np.float64)
    if following.shape not in ((4,), (4, 4)) or (following < 0).any() or not np.allclose(following.sum(-1), 1):
        raise ValueError(
            f"background must be (4,) or (4, 4) probabilities whose rows sum to 1; got {following.tolist()}"
        )
    following = np.broadcast_to(following, (4, 4))
    first = np.linalg.matrix_power(0.5 * following + 0.5 * np.eye(4), 2**20)[0]
    codes = np.empty((n, length), dtype=np.uint8)
    letter_chances = np.repeat(first[None], n, axis=0)
    for position in range(length):
        codes[:, position] = _draw(letter_chances, rng)
        letter_chances = following[codes[:, position]]
    return codes


def write_fasta(path: Path | str, planted: Planted) -> None:
    """Write the sequences with ``label=`` words, and the truth as ``sites=motif:start-end(strand)``; gzip if so named.

    The same sequences give the same bytes.
    """
    sites_of: dict[str, list[str]] = defaultdict(list)
    for site in planted.sites:
        sites_of[site.sequence].append(f"{site.motif}:{site.start}-{site.end}({site.strand})")
    lines = []
    for name, codes, label in zip(planted.names, planted.codes, planted.labels, strict=True):
        truth = f" sites={';'.join(sites_of[name])}" if name in sites_of else ""
        lines.append(f">{name} label={int(label)}{truth}\n{decode(codes, planted.alphabet)}\n")
    data = "".join(lines).encode()
    Path(path).write_bytes(gzip.compress(data, mtime=0) if str(path).endswith(".gz") else data)


def site_precision_recall(
    predicted: Iterable[Located], true: Iterable[Located], min_overlap: float = 0.5
) -> SiteAccuracy:
    """How many predicted sites are true and how many true ones are predicted, whatever their strands and motifs.

    A prediction is right if it covers at least ``min_overlap`` of a true site's bp (after Tompa et al. 2005, Nat
    Biotechnol 23:137, who ask for a quarter); one prediction stands for one true site at most and the other way round,
    the longest overlaps first. Where there is nothing to divide by, the share is 0.

    >>> true = [PlantedSite("s", 10, 20, "+", "M"), PlantedSite("s", 40, 50, "+", "M")]
    >>> site_precision_recall([PlantedSite("s", 14, 24, "-", "M1")], true)
    SiteAccuracy(precision=1.0, recall=0.5)
    """
    true_on: dict[Hashable, list[Located]] = defaultdict(list)
    for site in true:
        true_on[site.sequence].append(site)
    n_true = sum(map(len, true_on.values()))
    predicted = list(predicted)
    pairs = []
    for i, site in enumerate(predicted):
        for j, other in enumerate(true_on.get(site.sequence, ())):
            overlap = min(site.end, other.end) - max(site.start, other.start)
            if overlap > 0 and overlap >= min_overlap * (other.end - other.start):
                pairs.append((-overlap, i, (site.sequence, j)))
    used_predicted: set[int] = set()
    used_true: set[Hashable] = set()
    for _, i, place in sorted(pairs, key=lambda pair: pair[:2]):
        if i not in used_predicted and place not in used_true:
            used_predicted.add(i)
            used_true.add(place)
    matched = len(used_true)
    return SiteAccuracy(matched / max(len(predicted), 1), matched / max(n_true, 1))


def _starts(widths: Sequence[int], length: int, rng: np.random.Generator) -> list[int]:
    """Starts of stretches of these widths, in this order, that do not overlap; every arrangement is equally likely."""
    free = length - sum(widths)
    slots = np.sort(rng.choice(free + len(widths), size=len(widths), replace=False))
    before = np.concatenate([[0], np.cumsum(widths)[:-1]])
    starts: list[int] = (slots - np.arange(len(widths)) + before).tolist()
    return starts


def _draw(probabilities: NDArray[np.float64], rng: np.random.Generator) -> Codes:
    """One letter from each row of probabilities (n, 4): uint8 (n,)."""
    cumulative = probabilities.cumsum(axis=1)[:, :3]
    drawn: Codes = (rng.random(len(probabilities))[:, None] >= cumulative).sum(axis=1).astype(np.uint8)
    return drawn
