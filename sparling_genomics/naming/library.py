"""A motif database as names are taken from it: matrices, what is said of each, and the taxa among them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from sparling.plurals import counted
from sparling_genomics.files.motif_databases import Annotation, MotifDatabase, read_motifs
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.jaspar import of_matrix

_SHOWN = 4


@dataclass(frozen=True)
class Library:
    """Known matrices with what is said of each, in one order; ``notices`` what a user should know, in sentences."""

    motifs: tuple[Pwm, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    notices: tuple[str, ...] = ()
    asked: bool = False
    """Whether somebody chose the taxa."""
    taxon: str = ""
    """The one that names are taken from (`taxa.fitted`); empty: all."""
    names_from: str = ""
    """A sentence on that taxon; empty where the matrices are of one, or were chosen."""

    @property
    def mixture(self) -> str:
        """The notice that its matrices are of several taxa; empty where they are not."""
        return mixture(each.taxon for each in self.annotations)


def open_library(path: Path, taxa: str | None = None) -> Library:
    """The matrices of a database, of all taxa or of some, given as names between commas.

    What is said of a matrix stands in the file (TRANSFAC, as JASPAR writes it) or in JASPAR's own table.
    Raises ``InputError`` as `read_motifs` does, and where the database says no taxon or not the one that is asked for.
    """
    read = read_motifs(path)
    said = [_said(read, pwm) for pwm in read.motifs]
    notices = [read.notice()]
    motifs = read.motifs
    if taxa is not None:
        wanted = _known_taxa(taxa, [each.taxon for each in said], path)
        kept = [i for i, each in enumerate(said) if each.taxon in wanted]
        notices.append(
            f"{len(kept):,} of the {counted(len(motifs), 'matrix', 'matrices')} are of {' and '.join(sorted(wanted))}."
        )
        motifs, said = [motifs[i] for i in kept], [said[i] for i in kept]
    else:
        notices.append(mixture(each.taxon for each in said))
    return Library(tuple(motifs), tuple(said), tuple(filter(None, notices)), asked=taxa is not None)


def _said(read: MotifDatabase, pwm: Pwm) -> Annotation:
    said = read.annotations.get(pwm.name) or of_matrix(pwm.name, pwm.alt_name)
    return said if said.factor else said._replace(factor=pwm.alt_name or pwm.name)


def mixture(taxa: Iterable[str]) -> str:
    """A sentence where matrices are of several taxa, by the taxon of each, "" where it is not said; else empty.

    >>> mixture(["vertebrates"] * 3 + ["plants"])
    'The database mixes vertebrates (3) and plants (1); names are from those that fit best, or of --db-taxon.'
    >>> mixture(["vertebrates", ""])
    ''
    """
    number = Counter(taxon for taxon in taxa if taxon)
    if len(number) < 2:
        return ""
    most = number.most_common()
    return f"The database mixes {_listed(most)}; names are from those that fit best, or of --db-taxon."


def _listed(taxa: list[tuple[str, int]]) -> str:
    told = [f"{taxon} ({number:,})" for taxon, number in taxa[:_SHOWN]]
    if len(taxa) > _SHOWN:
        told.append(f"{len(taxa) - _SHOWN} more")
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def _known_taxa(text: str, said: list[str], path: Path) -> set[str]:
    """The taxa asked for, each of which the database has. Raises ``InputError``."""
    number = Counter(taxon for taxon in said if taxon)
    if not number:
        raise input_error("--db-taxon: the database says of no matrix what taxon it is of, as those of JASPAR do", path)
    wanted = {name for each in text.split(",") if (name := each.strip().lower())}
    unknown = sorted(wanted - {taxon.lower() for taxon in number}) if wanted else [text]
    if unknown:
        near = get_close_matches(unknown[0], number, n=1, cutoff=0.5)
        meant = f", did you mean {near[0]}?" if near else ","
        every = ", ".join(f"{taxon} ({n:,})" for taxon, n in number.most_common())
        raise input_error(f"--db-taxon: no matrix is of {unknown[0]!r}{meant} expected some of {every}", path)
    return {taxon for taxon in number if taxon.lower() in wanted}
