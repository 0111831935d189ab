"""What is imported between a command and the first step of a training: nothing that only what comes later needs."""

import subprocess
import sys

from tests.cli.conftest import planted_fasta

LATER = {
    "Bio": "databases of other formats than MEME",
    "jinja2": "the report",
    "lightning_fabric": "a GPU",
    "matplotlib": "validations",
    "memelite": "names from a database",
    "numba": "names from a database",
    "pandas": "tables",
    "PIL": "logos",
    "sklearn": "tests",
    "sympy": "the compiler",
    "torch._dynamo": "the compiler",
}
"""Module, and what needs it."""
PROGRAM = """
import sys
from sparling_cli.motifs import train

def step(trainer, batch):
    print("imported:", *sys.modules)
    raise SystemExit

def run(*arguments, **options):
    from sparling.training.trainer import Trainer
    Trainer._optimise = step
    return real(*arguments, **options)

real, train.run = train.run, run
from sparling_cli.main import main
main()
"""


def test_nothing_heavy_is_imported_before_the_first_step(tmp_path):
    words = ["motifs", "train", "--fasta", planted_fasta(tmp_path / "peaks.fa"), "--out", tmp_path / "run"]
    command = [sys.executable, "-c", PROGRAM, *map(str, words), "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = set(done.stdout.partition("imported:")[2].split())
    assert {"torch", "sparling_genomics.discovery.search"} <= imported
    assert imported & LATER.keys() == set()
