"""How well a finished run recovered what had been planted: which motifs came back, how often, and where."""

from dataclasses import dataclass
from pathlib import Path

from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import Planted, PlantedSite, SiteAccuracy, site_precision_recall

SAME = 0.8
"""Correlation from which an exported motif is taken to be a planted one."""


@dataclass(frozen=True)
class Recovered:
    """One planted motif: the exported ones that are it, and how its sites were placed by the first of them."""

    planted: Pwm
    found: tuple[Pwm, ...]
    accuracy: SiteAccuracy


@dataclass(frozen=True)
class Recovery:
    """A whole run against the truth; ``spurious`` are exported motifs like none that was planted."""

    motifs: tuple[Recovered, ...]
    spurious: tuple[Pwm, ...]
    accuracy: SiteAccuracy

    @property
    def complete(self) -> bool:
        """Every planted motif was found, each once, and nothing else."""
        return not self.spurious and all(len(motif.found) == 1 for motif in self.motifs)


def compare_with_truth(run: Path, truth: Planted, motifs: list[Pwm]) -> Recovery:
    """The motifs and sites of the run folder ``run`` against those of ``truth``; a site counts at half its length."""
    exported = read_meme(run / "motifs.meme", allow_empty=True)
    both_strands = truth.alphabet.double_stranded
    of: dict[str, list[Pwm]] = {motif.name: [] for motif in motifs}
    spurious: list[Pwm] = []
    for pwm in exported:
        likeness = [similarity(pwm, motif, reverse_complement=both_strands).correlation for motif in motifs]
        best = max(range(len(motifs)), key=likeness.__getitem__)
        (of[motifs[best].name] if likeness[best] >= SAME else spurious).append(pwm)
    table = read_sites_tsv(run / "sites.tsv.gz")
    table = table[~table["sequence"].str.endswith("_shuffled")]
    columns = (table[name].tolist() for name in ("sequence", "start", "end", "strand", "motif_id"))
    sites = [PlantedSite(*row) for row in zip(*columns, strict=True)]
    recovered = []
    for motif in motifs:
        names = [pwm.name for pwm in of[motif.name][:1]]
        own = [site for site in sites if site.motif in names]
        true = [site for site in truth.sites if site.motif == motif.name]
        accuracy = site_precision_recall(own, true)
        recovered.append(Recovered(motif, tuple(of[motif.name]), accuracy))
    total = site_precision_recall(sites, truth.sites)
    return Recovery(tuple(recovered), tuple(spurious), total)
