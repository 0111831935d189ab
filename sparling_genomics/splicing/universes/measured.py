"""Figures of whatever predicts splice sites, in three universes: what they are among, on the test side."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.training.session import Session
from sparling.training.task import Batch
from sparling_genomics.letters.alphabet import Codes
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels, SpliceGene
from sparling_genomics.splicing.universes.counts import ScoreCounts, log_odds
from sparling_genomics.splicing.universes.figures import (
    Errors,
    KindFigures,
    counts_of,
    drawn_anew,
    kind_figures,
    resampled,
)
from sparling_genomics.splicing.universes.introns import (
    IntronFigures,
    gene_calls,
    intron_figures,
    introns_on_transcript,
)
from sparling_genomics.splicing.universes.territories import PlaceLabels, Side, pieces, read_place
from sparling_genomics.splicing.windows import Transcripts, cut, read_transcripts, tiles, together

WITH_INTRONS, ALL_GENES, GENOME = "genes_with_introns", "coding_genes", "genome_both_strands"
CORE, BATCH = 3072, 8
"""Positions that a window predicts, and windows that are predicted at once."""
CHUNK = 32 * CORE
"""bp of a genome that are held at once."""
MOST = 20_000_000
"""bp of the test side that are read on both strands; of a larger one, evenly spread chunks."""

Predictor = Callable[[Codes], NDArray[np.float32]]
"""Codes (B, L) → log-odds of donor and acceptor (B, 2, L)."""


class UniverseFigures(NamedTuple):
    """How well sites are told among the ``positions`` of a universe, of which a ``share`` was read.

    ``errors`` over genes and ``introns`` are None of the genome, which has more than genes.
    """

    universe: str
    positions: int
    share: float
    donor: KindFigures
    acceptor: KindFigures
    errors: Errors | None = None
    introns: IntronFigures | None = None

    @property
    def top_k(self) -> float:
        """Mean of donors and acceptors."""
        return (self.donor.top_k + self.acceptor.top_k) / 2

    def as_json(self) -> dict[str, Any]:
        """Of run.json; None for what is not defined, as precision where nothing was called."""
        found = {name: part._asdict() if hasattr(part, "_asdict") else part for name, part in self._asdict().items()}
        there = {"top_k": self.top_k} | {name: part for name, part in found.items() if part is not None}
        return {name: _defined(part) for name, part in there.items()}


def _defined(part: Any) -> Any:
    """JSON has no NaN."""
    if isinstance(part, dict):
        return {name: _defined(own) for name, own in part.items()}
    return None if isinstance(part, float) and np.isnan(part) else part


def network_predictor(session: Session) -> Predictor:
    """A network's own log-odds."""

    def predict(codes: Codes) -> NDArray[np.float32]:
        nothing = torch.zeros(len(codes))
        odds: NDArray[np.float32] = (
            log_odds(session.forward(Batch(torch.from_numpy(codes), nothing)).output).cpu().numpy()
        )
        return odds

    return predict


def along(predict: Predictor, data: Transcripts) -> NDArray[np.float32]:
    """Log-odds of donor and acceptor at every place of ``data.codes``: (2, n); -inf where no label is near."""
    found = np.full((2, len(data.codes)), -np.inf, dtype=np.float32)
    starts = tiles(data, CORE)
    for at in range(0, len(starts), BATCH):
        own = starts[at : at + BATCH]
        odds = predict(cut(data, own, CORE)[0])[:, :, data.context : data.context + CORE]
        places = own[:, None] + data.context + np.arange(CORE)
        there = (places >= 0) & (places < len(data.codes))
        found[:, places[there]] = odds.transpose(1, 0, 2)[:, there]
    return found


def measure(predict: Predictor, test: Side, data: Transcripts, related: Sequence[int]) -> tuple[UniverseFigures, ...]:
    """Figures in the three universes of a side whose transcripts are ``data``.

    ``related`` genes, by index in ``data``, count in neither of the first two. Errors: genes drawn anew 1,000 times.
    """
    unspliced = genes_without_introns(test)
    more = read_transcripts([*data.genes, *unspliced], test.genome, data.context) if unspliced else data
    odds = along(predict, more)
    return (
        of_genes(WITH_INTRONS, odds[:, : len(data.codes)], data, related, test.seed),
        of_genes(ALL_GENES, odds, more, related, test.seed),
        of_genome(predict, test, data.context),
    )


def genes_without_introns(side: Side) -> list[SpliceGene]:
    """Those of the same biotype whose middle lies where the side does."""
    places: dict[str, list[Interval]] = {}
    for place in side.places():
        places.setdefault(place.chrom, []).append(place)
    middles = [(gene, (gene.transcript.start + gene.transcript.end) // 2) for gene in side.checked.used.unspliced]
    return [
        gene
        for gene, middle in middles
        if any(place.start <= middle < place.end for place in places.get(gene.gene.chrom, ()))
    ]


def of_genes(
    universe: str, odds: NDArray[np.float32], data: Transcripts, related: Sequence[int], seed: int
) -> UniverseFigures:
    """Figures among the transcripts of ``data``, without ``related`` ones, from log-odds (2, n) along them."""
    kept = np.setdiff1d(np.arange(len(data)), np.array(related, dtype=np.int64))
    of = np.repeat(np.arange(len(data)), np.diff(data.offsets))
    counted = (data.labels != MASKED) & np.isin(of, kept)
    labels, genes = data.labels[counted], np.searchsorted(kept, of[counted])
    weights = drawn_anew(len(kept), seed)
    kinds, draws = [], []
    for row, kind in enumerate((DONOR, ACCEPTOR)):
        scores, true = odds[row][counted], labels == kind
        kinds.append(kind_figures(*counts_of(scores, true)))
        draws.append(resampled(scores, true, genes, weights))
    errors = Errors(*(float(each.std()) for each in (*draws, (draws[0] + draws[1]) / 2)))
    calls = [gene_calls(*_of_gene(odds, data, gene), introns_on_transcript(data.genes[gene])) for gene in kept]
    return UniverseFigures(universe, int(counted.sum()), 1.0, kinds[0], kinds[1], errors, intron_figures(calls))


def _of_gene(odds: NDArray[np.float32], data: Transcripts, gene: int) -> tuple[NDArray[np.float32], Labels]:
    own = slice(data.offsets[gene] + data.context, data.offsets[gene + 1] - data.context)
    return odds[:, own], data.labels[own]


def of_genome(predict: Predictor, side: Side, context: int) -> UniverseFigures:
    """Figures among all positions of a side on both strands; of a side above `MOST` bp, of evenly spread chunks."""
    places = pieces(side.places(), CHUNK)
    chosen = np.arange(len(places))
    if sum(place.length for place in places) > MOST:
        chosen = np.linspace(0, len(places) - 1, MOST // CHUNK).astype(int)
    labels, counts = PlaceLabels(side.checked), ScoreCounts()
    for place in (places[i] for i in chosen):
        for strand in "+-":
            own = Interval(place.chrom, place.start, place.end, strand)
            codes, own_labels = read_place(own, side.genome, labels, context)
            data = together((), [codes], [own_labels], context)
            counts.add(along(predict, data)[:, context : context + own.length], own_labels)
    read, total = sum(places[i].length for i in chosen), sum(place.length for place in places)
    donor, acceptor = (kind_figures(*counts.of(row)) for row in (0, 1))
    return UniverseFigures(GENOME, counts.positions, read / total if total else 1.0, donor, acceptor)
