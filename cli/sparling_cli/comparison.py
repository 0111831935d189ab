"""The comparison of motifs with a database: compiled in time, and what is said of a small one."""

import subprocess
import sys

from sparling.plurals import counted
from sparling_cli.screen import Screen


def compile_comparison(screen: Screen) -> None:
    """Where it is not there yet, have the compiled code of the comparison made in a process of its own meanwhile."""
    from sparling_genomics.naming.tomtom import is_compiled

    if not is_compiled():
        screen.say("The motif comparison is compiled meanwhile (a minute, once a machine)")
        program = "from sparling_genomics.naming.tomtom import warm_up; warm_up()"
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tell_few(screen: Screen, motifs: int) -> None:
    """A word on a database of few motifs, if it is one."""
    from sparling_genomics.naming.tomtom import FEW_TARGETS

    if 0 < motifs < FEW_TARGETS:
        few = counted(motifs, "motif")
        screen.tell(f"With only {few} in the database, p-values are rough; {FEW_TARGETS} or more are better.")
