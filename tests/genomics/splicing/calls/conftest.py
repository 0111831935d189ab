from pathlib import Path
from typing import NamedTuple

import pytest

from sparling_genomics.files.genome import Genome, open_genome
from sparling_genomics.splicing.calls.predictor import SplicePredictor, load_predictor
from sparling_genomics.splicing.genes import SpliceGene
from tests.genomics.splicing.calls.random_run import genes_of, random_run


class Made(NamedTuple):
    run: Path
    path: Path
    annotation: Path
    genome: Genome
    genes: tuple[SpliceGene, ...]
    predictor: SplicePredictor


@pytest.fixture(scope="session", params=["plain", "core", "adjusted"])
def made(request, tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp(request.param)
    run, path, annotation = random_run(folder, request.param)
    genome = open_genome(path)
    return Made(run, path, annotation, genome, genes_of(annotation, genome), load_predictor(run, "cpu"))
