"""GimmeMotifs (van Heeringen & Veenstra 2011, Bioinformatics 27:270): an ensemble of finders, clustered. From PyPI."""

import os
from pathlib import Path

from cases import Case
from tools import Meter

from peers import ENVIRONMENTS

_DRIVER = Path(__file__).with_name("gimme_driver.py")


class Gimme:
    """The finders that come with the package, by name: its default asks for MEME and HOMER, which do not.

    It lists no sites. Its finders read the forward strand of RNA as well as they can: BioProspector alone has an option
    for it, so RNA motifs of the others may be reverse complements.
    """

    name = "gimme"
    finders = ("AMD", "BioProspector", "ChIPMunk", "HMS", "MDmodule", "Posmo")
    settings = f"{' '.join(finders)}; analysis xl, fraction 0.2, one process"

    def missing(self) -> str | None:
        return None if self._python().exists() else f"not installed: {self._python()}"

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        meter.environment = {
            "XDG_CONFIG_HOME": str(folder.resolve() / "config"),
            "XDG_CACHE_HOME": str(folder.resolve() / "cache"),
            "PATH": f"{self._python().parent}:{os.environ['PATH']}",
            "PYTHONPATH": "",
        }
        files = [case.path("foreground"), case.path("background"), folder / "motifs.meme"]
        strand = [] if case.both_strands else ["--single"]
        meter.run(self._python(), _DRIVER, *files, str(case.seed), *self.finders, *strand)

    def _python(self) -> Path:
        return ENVIRONMENTS / "gimme/bin/python"
