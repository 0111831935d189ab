"""A run folder of a network with random weights, on a genome with genes on both strands: laws hold for it, too."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from sparling.training.session import Session
from sparling_genomics.files.genome import Genome, open_genome
from sparling_genomics.letters.alphabet import Codes, encode
from sparling_genomics.splicing.annotation import read_annotation
from sparling_genomics.splicing.calls.predictor import Profile, SplicePredictor
from sparling_genomics.splicing.genes import SpliceGene, splice_genes
from sparling_genomics.splicing.network import SpliceNetwork, splice_model
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.publish import save_splice_network
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import read_transcripts
from tests.genomics.splicing.made_genome import made_genome

NETWORK = SpliceNetwork(channels=4, width=8, dilations=(1, 2))
"""It sees 22 letters to either side, 10 of them for a mark."""
MOTIFS = "motif_id\tconsensus\tchannels\tshifts\nM1\tAAC\t0,2\t-1,1\nM2\tGT\t3\t0\n"
RNG_SEED = 7


def random_run(folder: Path, kind: str = "plain") -> tuple[Path, Path, Path]:
    """Folder of a run, genome of one chromosome (chr1) and annotation.

    ``kind``: "plain", "core" for one with an LSSI beside its map, "adjusted" for channels that start from matrices.
    """
    genome, annotation = made_genome(folder, genes=8)
    opened = open_genome(genome)
    genes = genes_of(annotation, opened)
    matrices = ("A", "B", "C", "D") if kind == "adjusted" else ()
    network = replace(NETWORK, core="lssi" if kind == "core" else "none", matrices=matrices)
    data = read_transcripts(genes, opened, network.context)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RNG_SEED)
        model = splice_model(network, 0.1)
        if model.beside is not None:
            for values in model.beside.buffers():
                if values.is_floating_point():
                    values.copy_(torch.randn_like(values))
    session = Session(model, SpliceTask(data, data, 0, core=256), "cpu")
    session.calibrate()
    logits = session.predict(session.task.validation_batches()).outputs.transpose(0, 1).flatten(1)
    mean, spread = logits.mean(1), logits.std(1) / 1.5
    head = model.readout.head  # random weights say about the same everywhere: spread out
    head.weight.data /= spread[:, None, None, None]
    head.bias.data = (head.bias.data - mean) / spread
    run = folder / "run"
    save_splice_network(run / "model", model, network)
    SpliceConfig(genome=genome, annotation=annotation, core=network.core).write(run / "config.toml")
    (run / "run.json").write_text(json.dumps({"task": "splicing"}))
    (run / "motifs.tsv").write_text(MOTIFS)
    return run, genome, annotation


def genes_of(annotation: Path, genome: Genome) -> tuple[SpliceGene, ...]:
    """Genes with introns."""
    return splice_genes(read_annotation(annotation), genome, any_ends=True).genes


class ByWords(SplicePredictor):
    """Stands in for a network: a donor before every ``donor`` word, an acceptor behind every ``acceptor`` word."""

    donor, acceptor = "GTAAG", "TTCAG"

    def read(self, stretches: list[Codes], marks: bool = False) -> list[Profile]:
        """As `SplicePredictor.read`; channel 3 marks the second letter of AACT."""
        found = []
        for codes in stretches:
            said = np.zeros((2, len(codes)), dtype=np.float32)
            active = np.zeros((self.network.channels, len(codes)), dtype=np.bool_)
            said[0, [at - 1 for at in places(codes, self.donor) if at]] = 1
            said[1, [at + len(self.acceptor) for at in places(codes, self.acceptor) if at + 5 < len(codes)]] = 1
            active[3, [at + 1 for at in places(codes, "AACT")]] = True
            inner = slice(self.context, len(codes) - self.context)
            found.append(Profile(said[:, inner], active[:, inner if marks else slice(0)]))
        return found


def places(codes: Codes, word: str) -> list[int]:
    """Where a word begins."""
    own = encode(word)
    return [at for at in range(len(codes) - len(own) + 1) if np.array_equal(codes[at : at + len(own)], own)]


def by_words(predictor: SplicePredictor) -> ByWords:
    """The stand-in with the rest of a real predictor."""
    return ByWords(predictor.path, predictor.model, predictor.network, predictor.fabric)
