"""Motif discovery in DNA and RNA on top of the generic core `sparling`.

Rooms from the lowest to the highest; a room imports only from rooms that stand before it:

    letters    letters, places and matrices as values; shuffles
    files      FASTA, motif files, tables; errors with path and line
    naming     names from a motif database
    stored     sequences of any number: letters on disk, names as columns
    data       labelled sequences with their sides
    network    the motif network on both strands
    tasks      what the trainer needs to know of a question
    motifs     from a sparse map to motifs
    peaks      the sequences of a run one by one
    known      known matrices in labelled sequences: enrichment
    discovery  the search: seeds, one network, which channels stay
    pages      logos, charts, the report
    compare    the motifs of several runs side by side
    worlds     random sequences with known motifs
    runs       run folders, made and read back
    scan       what a run, or matrices, say of other sequences and of genomes
    variants   what variants change
    audit      which motifs can be believed
    align      concepts that several runs share, in one latent space
    splicing   genes with their introns
    run        a finished run in use
    api        the front door: `find_motifs`, `find_differences`

Public names are loaded when first used, so that importing the package alone costs nothing.
"""

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparling.errors import InputError, Interrupted
    from sparling_genomics.api import Differences, find_differences, find_motifs
    from sparling_genomics.audit.audit import Audit
    from sparling_genomics.files.fasta import read_fasta
    from sparling_genomics.files.motif_files import read_meme, write_meme
    from sparling_genomics.known.enrich import enrich
    from sparling_genomics.letters.likeness import similarity
    from sparling_genomics.letters.pwm import Pwm
    from sparling_genomics.naming.tomtom import tomtom
    from sparling_genomics.run import Run, load
    from sparling_genomics.scan.request import scan_matrices

_HOMES = {
    "Audit": "sparling_genomics.audit.audit",
    "Differences": "sparling_genomics.api",
    "InputError": "sparling.errors",
    "Interrupted": "sparling.errors",
    "Pwm": "sparling_genomics.letters.pwm",
    "Run": "sparling_genomics.run",
    "enrich": "sparling_genomics.known.enrich",
    "find_differences": "sparling_genomics.api",
    "find_motifs": "sparling_genomics.api",
    "load": "sparling_genomics.run",
    "read_fasta": "sparling_genomics.files.fasta",
    "read_meme": "sparling_genomics.files.motif_files",
    "scan_matrices": "sparling_genomics.scan.request",
    "similarity": "sparling_genomics.letters.likeness",
    "tomtom": "sparling_genomics.naming.tomtom",
    "write_meme": "sparling_genomics.files.motif_files",
}

__all__ = [
    "Audit",
    "Differences",
    "InputError",
    "Interrupted",
    "Pwm",
    "Run",
    "enrich",
    "find_differences",
    "find_motifs",
    "load",
    "read_fasta",
    "read_meme",
    "scan_matrices",
    "similarity",
    "tomtom",
    "write_meme",
]

try:
    __version__ = version("sparling-genomics")
except PackageNotFoundError:  # run from a source tree that is not installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sparling_genomics' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
