"""What chance would give, for a page: the motifs of the null run, and the smallest share that would have been seen."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sparling.training.checkpoint import read_json
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import Carriers, MotifRow
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.site_table import carriers

NULL_RUN = Path("null", "run")
"""Where the null run lies in a run's folder."""


class ChanceMotif(NamedTuple):
    """A motif that the null run reports."""

    row: MotifRow
    pwm: Pwm
    carriers: Carriers
    """Shuffled sequences that took the bound ones' place, and their own shuffles as unbound ones."""


class Chance(NamedTuple):
    """A run of the same configuration where there is nothing to find."""

    motifs: list[ChanceMotif]
    auroc: float | None
    """Of its test side."""
    bound: int
    """Shuffled sequences in it, as many as the run has bound ones."""


def by_chance(run: Path) -> Chance | None:
    """What the finished null run in the folder of ``run`` reports; None where there is none.

    Raises ``InputError`` where one of its files is damaged.
    """
    folder = run / NULL_RUN
    if not (folder / "run.json").is_file():
        return None
    info = read_json(folder / "run.json")
    data, metrics = info["data"], info["metrics"]
    bound = int(data["bound"])
    unbound = sum(int(data[f"n_{side}"]) for side in ("train", "validation", "test")) - bound
    rows = read_motifs_tsv(folder / "motifs.tsv")
    pwms = read_meme(folder / "motifs.meme", allow_empty=True)
    sites = read_sites_tsv(folder / "sites.tsv.gz")
    motifs = [
        ChanceMotif(row, pwm, carriers(sites, row.motif_id, bound, unbound))
        for row, pwm in zip(rows, pwms, strict=True)
    ]
    return Chance(motifs, metrics.get("auroc"), bound)


def could_show_said(could_show: Mapping[str, Any] | None, background: str | None) -> str:
    """What would have been seen in data of this size, in one sentence, from ``metrics.could_show`` of run.json.

    ``background``: what the bound sequences are compared with, as run.json says. Empty where run.json does not tell.

    >>> could_show_said({"share": 0.134, "unbound_share": 0.01, "power": 0.9}, "dinucleotide-shuffled copies")
    'A motif with one core word in 14 % of bound sequences and 1 % of shuffles would have been seen with 90 % chance.'
    """
    if not could_show:
        return ""
    chance = f"with {could_show['power']:.0%} chance".replace("%", " %")
    if could_show["share"] is None:
        return f"So few sequences show no motif {chance}, not even one that all bound ones have."
    share, unbound = (_percent(could_show[name]) for name in ("share", "unbound_share"))
    others = f"{unbound} of {'shuffles' if 'shuffled' in (background or '') else 'unbound ones'}"
    return f"A motif with one core word in {share} of bound sequences and {others} would have been seen {chance}."


def _percent(share: float) -> str:
    """Rounded up in its second figure, for less would be seen more rarely.

    >>> _percent(0.1301), _percent(0.01), _percent(0.0213)
    ('14 %', '1 %', '2.2 %')
    """
    step = 10.0 ** (math.floor(math.log10(100 * share)) - 1)
    return f"{math.ceil(100 * share / step - 1e-6) * step:.12g} %"
