"""What the files of a run folder say of its motifs, for a comparison; the sequences and the network are not needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparling.errors import InputError
from sparling.training.checkpoint import read_json
from sparling_genomics.compare.places import check_several, short_names
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import Carriers, MotifRow
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.site_table import carriers
from sparling_genomics.pages.parts.headline import could_see


@dataclass(frozen=True)
class RunMotif:
    """A motif of a run; ``carriers`` None where the run is of several labels and its table does not count them."""

    row: MotifRow
    pwm: Pwm
    carriers: Carriers | None
    verdict: str
    """"trusted", "doubtful", or empty where the run was not checked."""
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class ComparedRun:
    """A run beside others. ``name`` tells it from them, ``source`` is the file of its sequences or regions."""

    name: str
    path: Path
    motifs: tuple[RunMotif, ...]
    rna: bool
    seed: int | None
    source: str
    checksums: tuple[str, ...]
    """Of all files of sequences and labels that it has read."""
    bound: int
    auroc: float | None
    could_show: str
    """What would have been seen in it, in a sentence; empty where it does not say."""


def read_runs(paths: Sequence[Path]) -> list[ComparedRun]:
    """The finished runs in these folders, in their order.

    Raises ``InputError`` as `places.check_several` does, for runs of DNA with runs of RNA, and where a file is
    missing or damaged.
    """
    check_several(paths)
    names = short_names(paths)
    runs = [_read(path, name) for path, name in zip(paths, names, strict=True)]
    for run in runs[1:]:
        if run.rna != runs[0].rna:
            first, other = ("RNA" if each.rna else "DNA" for each in (runs[0], run))
            raise InputError(f"{runs[0].path} is a run of {first}, {run.path} one of {other}; expected one kind")
    return runs


def _read(path: Path, name: str) -> ComparedRun:
    info = read_json(path / "run.json")
    data, metrics = info.get("data"), info.get("metrics")
    if not isinstance(data, dict) or not isinstance(metrics, dict):
        raise input_error("says nothing of data and metrics", path / "run.json")
    rows = read_motifs_tsv(path / "motifs.tsv")
    pwms = {pwm.name: pwm for pwm in read_meme(path / "motifs.meme", allow_empty=True)}
    missing = [row.motif_id for row in rows if row.motif_id not in pwms]
    if missing:
        raise input_error(f"no matrix of {missing[0]}, which motifs.tsv has", path / "motifs.meme")
    verdicts = _verdicts(path)
    counted = _carriers(path, rows, data)
    motifs = tuple(
        RunMotif(row, pwms[row.motif_id], carried, *verdicts.get(row.motif_id, ("", ())))
        for row, carried in zip(rows, counted, strict=True)
    )
    files = {key: file for key, file in data.items() if isinstance(file, dict) and "sha256" in file and key != "db"}
    source = files.get("fasta") or files.get("bed") or {}
    return ComparedRun(
        name=name,
        path=path,
        motifs=motifs,
        rna=_is_rna(path),
        seed=info.get("seed"),
        source=str(source.get("path", "")).replace("\\", "/").rsplit("/", maxsplit=1)[-1],
        checksums=tuple(sorted(str(file["sha256"]) for file in files.values())),
        bound=int(data.get("bound") or 0),
        auroc=metrics.get("auroc"),
        could_show=could_see(metrics["could_show"]) if metrics.get("could_show") else "",
    )


def _is_rna(path: Path) -> bool:
    """The alphabet of the model; the same that motifs.meme names, which of a run without motifs is empty."""
    alphabet = read_json(path / "model" / "config.json").get("alphabet")
    return str(alphabet).lower().startswith("rna")


def _carriers(path: Path, rows: Sequence[MotifRow], data: dict[str, Any]) -> list[Carriers | None]:
    """How many sequences have each motif: of motifs.tsv, or counted from the table of sites where that lacks it."""
    if all(row.carriers is not None for row in rows) or data.get("columns"):
        return [row.carriers for row in rows]
    sites = read_sites_tsv(path / "sites.tsv.gz")
    bound = int(data.get("bound") or 0)
    unbound = sum(int(data.get(f"n_{side}") or 0) for side in ("train", "validation", "test")) - bound
    return [carriers(sites, row.motif_id, bound, unbound) for row in rows]


def _verdicts(path: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Verdict and doubts by motif, of audit.json where there is one."""
    file = path / "audit.json"
    if not file.is_file():
        return {}
    try:
        told = {each["motif_id"]: tuple(map(str, each["doubts"])) for each in read_json(file)["motifs"]}
    except (KeyError, TypeError):
        raise input_error("expected motifs with their doubts", file) from None
    return {motif: ("doubtful" if doubts else "trusted", doubts) for motif, doubts in told.items()}
