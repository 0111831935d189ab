"""What a report is made of: the files of a run folder, read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sparling.errors import InputError
from sparling.training.checkpoint import read_json
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import Carriers, LabelEffect, MotifRow, Spacing
from sparling_genomics.files.tables import (
    read_effects_tsv,
    read_motifs_tsv,
    read_pairs_tsv,
    read_sites_tsv,
    read_spacings_tsv,
)
from sparling_genomics.files.text_files import numbered_lines
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.site_table import carriers
from sparling_genomics.naming.match_table import Matched, read_matches
from sparling_genomics.pages.chance import Chance, by_chance
from sparling_genomics.pages.peaks.shown import Shown, read_shown

AUDIT = "audit.json"
START = "_start"
"""Behind a motif's id: the logo of the known matrix that its channel started as."""


@dataclass(frozen=True)
class Run:
    """What a run folder says: run.json, audit.json, the tables, matrices and sites as text, logos by motif."""

    info: dict[str, Any]
    motifs: list[MotifRow]
    sites: pd.DataFrame
    pairs: list[dict[str, str]]
    pwms: dict[str, Pwm]
    texts: dict[str, str]
    """Content of motifs.meme, motifs.jaspar and sites.bed, by name, of those that are there."""
    starts: dict[str, bytes]
    """Logos of known matrices, by the id of the motif that each became."""
    effects: list[LabelEffect]
    audit: dict[str, Any] | None
    """audit.json; None where the run has not been checked."""
    matches: dict[str, list[Matched]] = field(default_factory=dict)
    """Of each motif by its id, best first; empty without a database."""
    spacings: dict[tuple[str, str], list[Spacing]] = field(default_factory=dict)
    """Arrangements of pairs by both ids, of runs that say them."""
    chance: Chance | None = None
    """What the null run reports; None without one."""
    peaks: Shown | None = None
    """Bound sequences one by one; None for runs of versions that did not keep them."""

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """Of run.json, None for what it does not say: runs of other versions have a report, too."""
        return or_none(self.info.get("data") or {})

    @cached_property
    def metrics(self) -> Mapping[str, Any]:
        """The same of its metrics."""
        return or_none(self.info.get("metrics") or {})

    @cached_property
    def numbers(self) -> tuple[int, int]:
        """Bound and unbound sequences that were looked at."""
        total = sum(int(self.data[f"n_{side}"] or 0) for side in ("train", "validation", "test"))
        bound = int(self.data["bound"] or 0)
        return bound, total - bound

    @cached_property
    def carriers(self) -> dict[str, Carriers]:
        """How many sequences have each motif; of tables that do not say it, counted from the sites."""
        return {row.motif_id: row.carriers or carriers(self.sites, row.motif_id, *self.numbers) for row in self.motifs}

    @property
    def lengths(self) -> dict[str, int] | None:
        """min, median and max length of the sequences, where the run says so."""
        lengths = self.data["lengths"]
        return lengths if isinstance(lengths, dict) and {"min", "median", "max"} <= set(lengths) else None

    @property
    def equal_lengths(self) -> int | None:
        """Length of the sequences, where all have one."""
        lengths = self.lengths
        return lengths["max"] if lengths and lengths["min"] == lengths["max"] else None

    @property
    def checked(self) -> dict[str, dict[str, Any]]:
        """What audit.json says of each motif, by its id."""
        return {each["motif_id"]: each for each in (self.audit or {}).get("motifs", [])}


def read_run(folder: Path) -> Run:
    """Read the files that a report is made of. Raises ``InputError`` where one is missing or damaged."""
    info = _read_info(folder / "run.json")
    motifs, sites = read_motifs_tsv(folder / "motifs.tsv"), read_sites_tsv(folder / "sites.tsv.gz")
    meme, pairs, effects, audit = (folder / name for name in ("motifs.meme", "pairs.tsv", "effects.tsv", AUDIT))
    spacings = folder / "spacings.tsv.gz"
    texts = [folder / name for name in ("motifs.meme", "motifs.jaspar")]
    starts = {row.motif_id: folder / "logos" / f"{row.motif_id}{START}.svg" for row in motifs}
    return Run(
        info=info,
        motifs=motifs,
        sites=sites,
        pairs=read_pairs_tsv(pairs) if pairs.exists() else [],
        spacings=read_spacings_tsv(spacings) if spacings.exists() else {},
        pwms={pwm.name: pwm for pwm in read_meme(meme, allow_empty=True)} if meme.exists() else {},
        texts={path.name: "\n".join(line for _, line in numbered_lines(path)) for path in texts if path.exists()},
        starts={name: logo.read_bytes() for name, logo in starts.items() if logo.exists()},
        effects=read_effects_tsv(effects) if effects.exists() else [],
        peaks=read_shown(folder, motifs, sites, (info.get("data") or {}).get("columns") or []),
        audit=read_json(audit) if audit.exists() else None,
        matches=read_matches(folder),
        chance=by_chance(folder),
    )


def _read_info(path: Path) -> dict[str, Any]:
    info = read_json(path)
    data, metrics = info.get("data") or {}, info.get("metrics") or {}
    if not isinstance(data, dict) or not isinstance(metrics, dict):
        raise InputError(f"damaged, data and metrics must be objects: {path}")
    motifs = metrics.get("motifs") or []
    if not isinstance(motifs, list) or not all(isinstance(each, dict) and "motif_id" in each for each in motifs):
        raise InputError(f"damaged, metrics must have motifs with a motif_id each: {path}")
    return info


def or_none(fields: Mapping[str, Any]) -> defaultdict[str, Any]:
    """The same fields, and None for those that are absent."""
    return defaultdict(lambda: None, fields)
