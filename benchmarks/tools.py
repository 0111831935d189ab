"""What a tool is to the benchmark: something that reads a case's FASTA files and leaves motifs and sites in a folder.

The folder of a finished run holds

    motifs.meme   what the tool holds to be significant, by its own rule; a header alone where that is nothing;
                  absent where a tool is a classifier that has no motifs
    sites.tsv     motif, sequence, start, end, strand (0-based, half-open); absent where a tool lists no sites
    model.json    auroc and auprc on the test sequences; absent where a tool has no model
    cost.json     wall_s seconds, cpu_s seconds of all its processes, and peak_MiB of the largest single one

so that it can be scored again without running anything.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from cases import Case
from scoring import Separation

from sparling_genomics.files.motif_files import read_meme, write_meme
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import PlantedSite

SITE_COLUMNS = ("motif", "sequence", "start", "end", "strand")
TIMED_OUT = 124

# A small process between us and the tool: a child's peak memory counts what its parent held when it was forked.
_LAUNCHER = """
import json, resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cost = [time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss]
open(sys.argv[1], "w").write(json.dumps(cost))
sys.exit(code if code >= 0 else 128 - code)
"""


class ToolFailed(Exception):
    """A tool could not be run, or ended with an error; the message is one line."""


class Output(NamedTuple):
    """What a tool left: its motifs, its sites and its model's figures (None where it has none), seconds and MiB.

    ``motifs`` is None for a classifier, empty for a finder that found nothing. ``cpu_s`` are the seconds of processors
    that the tool and its children used, as long as they were waited for: beside other programs it is a fairer figure
    than ``wall_s``. nan where an earlier run did not measure it.
    """

    motifs: list[Pwm] | None
    sites: list[PlantedSite] | None
    model: Separation | None
    wall_s: float
    cpu_s: float
    peak_mib: float


@dataclass
class Meter:
    """Runs commands one after the other and adds up what they cost; ``limit_s`` seconds for each of them."""

    log: Path
    limit_s: float
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str | Path) -> None:
        """Run a command, its output appended to the log. Raises ``ToolFailed`` with its last line."""
        cost = self.log.with_name("command.json")
        words = [sys.executable, "-S", "-E", "-c", _LAUNCHER, cost, "timeout", self.limit_s, *command]
        environment = os.environ | self.environment
        with self.log.open("a") as handle:
            code = subprocess.run(list(map(str, words)), stdout=handle, stderr=handle, env=environment).returncode
        if not cost.exists():
            raise ToolFailed(f"{command[0]}: could not be started")
        wall_s, cpu_s, peak_kib = json.loads(cost.read_text())
        cost.unlink()
        self.wall_s += wall_s
        self.cpu_s += cpu_s
        self.peak_mib = max(self.peak_mib, peak_kib / 1024)
        if code == TIMED_OUT:
            raise ToolFailed(f"{command[0]}: stopped after {self.limit_s:.0f} s")
        if code:
            lines = self.log.read_text(errors="replace").strip().splitlines() or ["no output"]
            raise ToolFailed(f"exit code {code}: {lines[-1].strip()}")


class Tool(Protocol):
    """One tool of the comparison, with its settings."""

    name: str
    settings: str

    def missing(self) -> str | None:
        """Why it cannot be run on this machine; None where it can."""

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        """Run it on the files of ``case`` and leave its results in ``folder``."""


def run_tool(tool: Tool, case: Case, folder: Path, limit_s: float) -> Output:
    """Run ``tool`` on the written ``case``, or read the results that an earlier run left in ``folder``.

    Raises ``ToolFailed`` where it fails or leaves neither motifs nor a model's figures.
    """
    if not (folder / "cost.json").exists():
        if reason := tool.missing():
            raise ToolFailed(reason)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "log.txt").write_text("")
        meter = Meter(folder / "log.txt", limit_s)
        tool.run(case, folder, meter)
        if not any((folder / name).exists() for name in ("motifs.meme", "model.json")):
            raise ToolFailed("it left neither motifs.meme nor model.json")
        cost = {"wall_s": meter.wall_s, "cpu_s": meter.cpu_s, "peak_MiB": meter.peak_mib, "settings": tool.settings}
        (folder / "cost.json").write_text(json.dumps(cost))
    return read_output(folder)


def read_output(folder: Path) -> Output:
    """What a finished run left in ``folder``. Raises ``InputError`` or ``ToolFailed`` for a damaged file."""
    try:
        cost = json.loads((folder / "cost.json").read_text())
        model = folder / "model.json"
        separation = Separation(**json.loads(model.read_text())) if model.exists() else None
        numbers = float(cost["wall_s"]), float(cost.get("cpu_s", "nan")), float(cost["peak_MiB"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolFailed(f"not a finished run ({error!r}): {folder}") from error
    sites, meme = folder / "sites.tsv", folder / "motifs.meme"
    found = read_sites(sites) if sites.exists() else None
    motifs = read_meme(meme, allow_empty=True) if meme.exists() else None
    return Output(motifs, found, separation, *numbers)


def write_sites(path: Path, sites: Iterable[PlantedSite]) -> None:
    """Write a table of sites; an existing one is replaced."""
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(SITE_COLUMNS)
        writer.writerows((s.motif, s.sequence, s.start, s.end, s.strand) for s in sites)


def read_sites(path: Path) -> list[PlantedSite]:
    """The sites of ``write_sites``. Raises ``ToolFailed`` with path and line where a column or a number is missing."""
    with path.open() as handle:
        reader = csv.DictReader(handle, delimiter="\t")
        if tuple(reader.fieldnames or ()) != SITE_COLUMNS:
            raise ToolFailed(f"{path}, line 1: columns must be {', '.join(SITE_COLUMNS)}; got {reader.fieldnames}")
        sites = []
        for row in reader:
            try:
                place = int(row["start"]), int(row["end"])
            except (TypeError, ValueError):
                raise ToolFailed(f"{path}, line {reader.line_num}: start and end must be whole numbers") from None
            sites.append(PlantedSite(row["sequence"], *place, row["strand"], row["motif"]))
    return sites


class Sparling:
    """`sparling motifs train` with all defaults but the seed, and the alphabet for RNA."""

    name = "sparling"

    def __init__(self, extra: Sequence[str] = ()) -> None:
        self.extra = list(extra)
        self.settings = " ".join(["all defaults", *self.extra])

    def missing(self) -> str | None:
        return None

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        out = folder / "run"
        sparling = Path(sys.executable).with_name("sparling")
        command: list[str | Path] = [sparling, "motifs", "train", "--fasta", case.path("input"), "--out", out]
        command += ["--seed", str(case.seed), "--alphabet", case.alphabet, "--force", *self.extra]
        meter.run(*command)
        write_meme(folder / "motifs.meme", read_meme(out / "motifs.meme", allow_empty=True))
        write_sites(folder / "sites.tsv", run_sites(out))
        metrics = json.loads((out / "run.json").read_text())["metrics"]
        (folder / "model.json").write_text(json.dumps({key: metrics[key] for key in ("auroc", "auprc")}))


def run_sites(run: Path) -> list[PlantedSite]:
    """The sites of a run folder of ours, in the order of its table."""
    table = read_sites_tsv(run / "sites.tsv.gz")
    columns = (table[name].tolist() for name in ("sequence", "start", "end", "strand", "motif_id"))
    return [PlantedSite(*row) for row in zip(*columns, strict=True)]
