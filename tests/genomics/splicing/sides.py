"""The two genes of the small genome with motifs and predictions put there by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparling_genomics.files.genome import Genome, open_genome
from sparling_genomics.letters.alphabet import DNA_FORWARD, encode
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.annotation import read_annotation
from sparling_genomics.splicing.genes import splice_genes
from sparling_genomics.splicing.maps.knock_out import KnockedOut
from sparling_genomics.splicing.maps.side import Calls, Occurrences, SideMap
from sparling_genomics.splicing.maps.sites import sites_and_decoys
from sparling_genomics.splicing.runs.need import Need
from sparling_genomics.splicing.runs.words import Place, SpliceMotif
from sparling_genomics.splicing.windows import Transcripts, read_transcripts
from tests.genomics.splicing.small_genome import GFF3, fasta, written


def small_genes(folder: Path, context: int) -> tuple[Genome, Transcripts]:
    """The small genome and the transcripts of its genes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        genome = open_genome(fasta(folder / "genome.fa"))
        genes = splice_genes(read_annotation(written(folder / "genes.gff3", GFF3)), genome).genes
        return genome, read_transcripts(genes, genome, context)


def motif(
    name: str,
    word: str,
    channels: tuple[int, ...] = (0,),
    shifts: tuple[int, ...] = (0,),
    donor: Place = Place(0, 0.0),  # noqa: B008
    acceptor: Place = Place(0, 0.0),  # noqa: B008
) -> SpliceMotif:
    """A motif of one word, whose figures mean nothing."""
    counts = np.eye(4)[encode(word)] * 100
    pwm = Pwm(name, counts, 100, DNA_FORWARD)
    return SpliceMotif(pwm, channels, shifts, 100, Need(0.1, 5.0, 1e-6), 1.0, donor, acceptor, -0.1, -0.2)


def words_in(data: Transcripts, word: str) -> np.ndarray:
    """Places at which a word begins within a transcript, found letter by letter."""
    letters, found = encode(word), []
    for first, end in zip(data.offsets[:-1], data.offsets[1:], strict=True):
        inside = range(int(first) + data.context, int(end) - data.context - len(word) + 1)
        found += [at for at in inside if (data.codes[at : at + len(word)] == letters).all()]
    return np.array(found, dtype=np.int64)


def side_by_hand(data: Transcripts, *words: str) -> SideMap:
    """Every occurrence of the words is one of their motif, M1, M2, …; every site is predicted, with P 0.9."""
    motifs = tuple(motif(f"M{i + 1}", word, (i,)) for i, word in enumerate(words))
    places = [words_in(data, word) for word in words]
    number, firsts = np.repeat(np.arange(len(words)), [len(each) for each in places]), np.concatenate(places)
    order = np.lexsort((number, firsts))
    heights = np.arange(len(order), dtype=np.float32) + 1
    sites = sites_and_decoys(data, 0)
    true = sites.true
    calls = Calls(sites.places[true], sites.kinds[true], np.full(int(true.sum()), 0.9, dtype=np.float32))
    nothing = np.zeros(0, dtype=np.int64)
    odds = np.where(true, 2.0, -5.0).astype(np.float32)
    effects = KnockedOut(odds, nothing, nothing, nothing, nothing.astype(np.float32))
    return SideMap(data, motifs, Occurrences(number[order], firsts[order], heights), calls, sites, effects, 16)


def with_effects(side: SideMap) -> SideMap:
    """The same with an effect of each occurrence on each site of its gene, random."""
    rng = np.random.default_rng(0)
    gene = np.searchsorted(side.data.offsets, side.occurrences.firsts, side="right") - 1
    rows = [
        (site, int(side.occurrences.motifs[i]), int(side.occurrences.firsts[i] - side.sites.places[site]))
        for site in range(len(side.sites.places))
        for i in range(len(gene))
        if gene[i] == side.sites.genes[site]
    ]
    columns = np.array(rows).T
    changes = rng.normal(size=len(rows)).astype(np.float32)
    return replace(side, effects=KnockedOut(side.effects.log_odds, *columns, changes))
