"""What chance would give, for a page: the motifs of the null run beside those of the run."""

from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from sparling.errors import InputError
from sparling.training.checkpoint import read_json
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import Carriers, MotifRow
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.motifs.site_table import carriers
from sparling_genomics.pages.page_logo import page_logo
from sparling_genomics.pages.parts.numbers import fold

NULL_RUN = Path("null", "run")
"""Where the null run lies in a run's folder."""


class ChanceMotif(NamedTuple):
    """A motif that the null run reports."""

    row: MotifRow
    logo: Markup
    carriers: Carriers
    """Shuffled sequences that took the bound ones' place, and their own shuffles as unbound ones."""
    fold: str


class Chance(NamedTuple):
    """A run of the same configuration where there is nothing to find."""

    motifs: list[ChanceMotif]
    auroc: float | None
    """Of its test side."""


def by_chance(run: Path) -> Chance | None:
    """What the finished null run in the folder of ``run`` reports; None where there is none.

    Raises ``InputError`` where one of its files is damaged.
    """
    folder = run / NULL_RUN
    if not (folder / "run.json").is_file():
        return None
    info = read_json(folder / "run.json")
    try:
        data, metrics = info["data"], info["metrics"]
        bound, auroc = int(data["bound"]), metrics.get("auroc")
        unbound = sum(int(data[f"n_{side}"]) for side in ("train", "validation", "test")) - bound
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"damaged, what it says of the data cannot be read ({error}): {folder / 'run.json'}"
        ) from error
    rows = read_motifs_tsv(folder / "motifs.tsv")
    pwms = read_meme(folder / "motifs.meme", allow_empty=True)
    sites = read_sites_tsv(folder / "sites.tsv.gz")
    motifs = []
    for row, pwm in zip(rows, pwms, strict=True):
        counts = carriers(sites, row.motif_id, bound, unbound)
        motifs.append(ChanceMotif(row, page_logo(pwm, "by chance", bare=True), counts, fold(counts)))
    return Chance(motifs, auroc)
