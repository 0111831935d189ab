"""Figures of whatever predicts splice sites, in three universes: what they are among, on the test side.

All is read gene by gene, at constant memory.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.training.session import Session
from sparling.training.task import Batch
from sparling_genomics.letters.alphabet import Codes
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.metrics import KindFigures, Ranking, SpliceFigures, log_odds
from sparling_genomics.splicing.universes.errors import Errors, errors_of
from sparling_genomics.splicing.universes.introns import (
    GeneCalls,
    IntronFigures,
    gene_calls,
    intron_figures,
    introns_on_transcript,
)
from sparling_genomics.splicing.universes.territories import PlaceLabels, Side, pieces, read_place
from sparling_genomics.splicing.windows import Transcripts, read_transcripts, tiles, together, windows

WITH_INTRONS, ALL_GENES, GENOME = "genes_with_introns", "coding_genes", "genome_both_strands"
CORE, BATCH = 3072, 8
"""Positions that a window predicts, and windows that are predicted at once."""
CHUNK = 32 * CORE
"""bp of a genome that are held at once."""
TOGETHER = 1000
"""Genes without introns that are held at once."""
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
    def figures(self) -> SpliceFigures:
        """Of both kinds alone."""
        return SpliceFigures(self.donor, self.acceptor, self.positions)

    @property
    def top_k(self) -> float:
        """Mean of donors and acceptors."""
        return self.figures.top_k

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


def along(predict: Predictor, data: Transcripts) -> Iterator[NDArray[np.float32]]:
    """Log-odds of donor and acceptor of each gene or stretch of ``data`` in turn, without its context: (2, positions);
    -inf where no label is near."""
    begun: list[NDArray[np.float32]] = []
    """Of genes from ``done`` on, each with its context."""
    done, context = 0, data.context

    def until(place: int) -> Iterator[NDArray[np.float32]]:
        nonlocal done
        while done < len(data.lengths) and data.offsets[done + 1] - context <= place:
            own = begun.pop(0) if begun else _nothing(int(data.lengths[done]))
            done += 1
            yield own[:, context : own.shape[1] - context]

    for each in windows(data, tiles(data, CORE), CORE, BATCH):
        odds = predict(each.codes)[:, :, context : context + CORE]
        for core, own in zip(each.cores.tolist(), odds, strict=True):
            yield from until(core)
            number = done
            while number < len(data.lengths) and data.offsets[number] < core + CORE:
                if number - done == len(begun):
                    begun.append(_nothing(int(data.lengths[number])))
                offset = int(data.offsets[number])
                low, high = max(core, offset), min(core + CORE, int(data.offsets[number + 1]))
                begun[number - done][:, low - offset : high - offset] = own[:, low - core : high - core]
                number += 1
    yield from until(int(data.offsets[-1]))


def _nothing(length: int) -> NDArray[np.float32]:
    return np.full((2, length), -np.inf, dtype=np.float32)


class GenesRead:
    """Figures among the transcripts of genes, as they are read."""

    def __init__(self) -> None:
        self.ranking, self.calls = Ranking(), list[GeneCalls]()

    def add(self, predict: Predictor, data: Transcripts, left_out: Sequence[int] = ()) -> None:
        """All transcripts of ``data``, but for those that are left out, by number."""
        related = set(left_out)
        for number, odds in enumerate(along(predict, data)):
            if number not in related:
                labels = data.labels[data.part(number)]
                self.ranking.add(odds, labels, len(self.calls))
                self.calls.append(gene_calls(odds, labels, introns_on_transcript(data.genes[number])))

    def figures(self, universe: str, seed: int) -> "UniverseFigures":
        """Of what was read so far; errors by drawing genes anew 1,000 times."""
        found = self.ranking.figures()
        errors = errors_of(self.ranking, len(self.calls), seed)
        introns = intron_figures(self.calls)
        return UniverseFigures(universe, found.positions, 1.0, found.donor, found.acceptor, errors, introns)


def measure(predict: Predictor, test: Side, data: Transcripts, related: Sequence[int]) -> tuple[UniverseFigures, ...]:
    """Figures in the three universes of a side whose transcripts are ``data``.

    ``related`` genes, by index in ``data``, count in neither of the first two.
    """
    genes = GenesRead()
    genes.add(predict, data, related)
    with_introns = genes.figures(WITH_INTRONS, test.seed)
    unspliced = genes_without_introns(test)
    for at in range(0, len(unspliced), TOGETHER):
        genes.add(predict, read_transcripts(unspliced[at : at + TOGETHER], test.genome, data.context))
    return with_introns, genes.figures(ALL_GENES, test.seed), of_genome(predict, test, data.context)


def among_genes(predict: Predictor, data: Transcripts, related: Sequence[int], seed: int) -> UniverseFigures:
    """Figures in the first universe alone, without ``related`` genes."""
    genes = GenesRead()
    genes.add(predict, data, related)
    return genes.figures(WITH_INTRONS, seed)


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


def of_genome(predict: Predictor, side: Side, context: int) -> UniverseFigures:
    """Figures among all positions of a side on both strands; of a side above `MOST` bp, of evenly spread chunks."""
    places = pieces(side.places(), CHUNK)
    chosen = np.arange(len(places))
    if sum(place.length for place in places) > MOST:
        chosen = np.linspace(0, len(places) - 1, MOST // CHUNK).astype(int)
    labels, ranking = PlaceLabels(side.checked), Ranking()
    for place in (places[i] for i in chosen):
        for strand in "+-":
            own = Interval(place.chrom, place.start, place.end, strand)
            codes, own_labels = read_place(own, side.genome, labels, context)
            data = together((), [own.length], [(codes, own_labels)], context)
            for odds in along(predict, data):
                ranking.add(odds, own_labels)
    read, total = sum(places[i].length for i in chosen), sum(place.length for place in places)
    found = ranking.figures()
    return UniverseFigures(GENOME, found.positions, read / total if total else 1.0, found.donor, found.acceptor)
