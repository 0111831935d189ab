"""A comparison from run folders to its own folder, which is there whole or not at all."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sparling.errors import NotWritable
from sparling_genomics.compare.groups import Group, groups
from sparling_genomics.compare.page import render_compare
from sparling_genomics.compare.read import ComparedRun, read_runs
from sparling_genomics.compare.table import write_compare_tsv

PAGE, TABLE = "compare.html", "compare.tsv"


class Comparison(NamedTuple):
    """Runs, and the groups of their motifs that are one."""

    runs: list[ComparedRun]
    groups: list[Group]


def compare_runs(paths: Sequence[Path]) -> Comparison:
    """Compare the motifs of finished runs. Raises ``InputError`` as `read.read_runs` does."""
    runs = read_runs(paths)
    return Comparison(runs, groups([[motif.pwm for motif in run.motifs] for run in runs]))


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write compare.html and compare.tsv into ``folder``, which is replaced where it is there.

    Raises ``NotWritable`` where that cannot be.
    """
    partial = folder.absolute().with_name(f".{folder.absolute().name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        page = render_compare(comparison.groups, comparison.runs)
        (partial / PAGE).write_text(page, encoding="utf-8", newline="\n")
        write_compare_tsv(partial / TABLE, comparison.groups, comparison.runs)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(partial, folder)
    except OSError as error:
        raise NotWritable(folder, error.strerror) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
