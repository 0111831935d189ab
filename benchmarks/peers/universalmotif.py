"""universalmotif's `motif_finder` (Tremblay 2024, JOSS 9:7012): a small search in the manner of STREME. From PyPI."""

from pathlib import Path

from cases import Case
from tools import Meter

from peers import ENVIRONMENTS
from sparling_genomics.files.motif_files import write_meme


class UniversalMotif:
    """`umotif find` with its defaults: ten motifs a width of 6 to 15 at most, q at most 0.05, one thread.

    Its P-values are those of the sequences that the motifs were found in; nothing is held out. It lists no sites.
    """

    name = "universalmotif"
    settings = "defaults (widths 6 to 15, 10 motifs each, q 0.05), --no-rc for RNA, one thread"

    def missing(self) -> str | None:
        return None if self._program().exists() else f"not installed: {self._program()}"

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        out = folder / "motifs.meme"
        files: list[str | Path] = ["-s", case.path("foreground"), "-b", case.path("background"), "-o", out]
        strand = [] if case.both_strands else ["--no-rc"]
        meter.environment = {"PYTHONPATH": "", "POLARS_MAX_THREADS": "1"}
        meter.run(self._program(), "find", *files, "--seed", str(case.seed), *strand)
        if not out.exists():  # it found nothing
            write_meme(out, [])

    def _program(self) -> Path:
        return ENVIRONMENTS / "universalmotif/bin/umotif"
