"""Names for motifs that were found: what a database says of each goes into the run's tables, files and report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sparling.errors import InputError
from sparling.training.checkpoint import read_json, write_json
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv, write_motifs_tsv, write_sites_bed
from sparling_genomics.files.text_files import check_lasting
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.library import Library, open_library
from sparling_genomics.naming.match_table import write_matches
from sparling_genomics.naming.names import Naming, namings, site_names, titled
from sparling_genomics.naming.taxa import fitted
from sparling_genomics.pages.report import write_report
from sparling_genomics.runs.publish import write_motif_files
from sparling_genomics.runs.run_folder import RESULT, file_record


class Named(NamedTuple):
    """A motif with what the database says of it."""

    motif_id: str
    consensus: str
    naming: Naming


def match_motifs(source: Path, database: Path, taxa: str | None = None) -> tuple[list[Named], Library]:
    """The names of each motif of a run folder or file of motifs, from a database, of some of its ``taxa`` or of the one
    that fits best (`naming.taxa`); that database.

    Of a run folder, motifs.tsv, matches.tsv and matches.meme, sites.bed, the three files of matrices, report.html and
    the database named in run.json are written anew; motifs stay on their strand.
    Raises ``InputError`` where a file is missing or damaged, and as `open_library`.
    """
    if not source.exists():
        raise InputError(f"no such run folder or motif file: {source}")
    meme = source / "motifs.meme" if source.is_dir() else source
    if not meme.exists():
        raise InputError(f"not a finished run, motifs.meme is missing: {source}")
    check_lasting(database, "db")
    library = open_library(database, taxa)
    if source.is_dir() and not read_motifs_tsv(source / "motifs.tsv"):
        return [], library
    queries = read_motifs(meme).motifs
    library = fitted(library, queries)
    names = namings(queries, library)
    if source.is_dir():
        info = read_json(source / RESULT)  # before anything is written, for it may be damaged
        _rename(source, queries, names, library)
        info.setdefault("data", {})["db"] = file_record(database)
        info["data"]["names_from"] = library.names_from
        info.setdefault("config", {})["db_taxon"] = taxa
        write_json(source / RESULT, info)
        write_report(source)
    named = [Named(query.name, query.consensus(), naming) for query, naming in zip(queries, names, strict=True)]
    return named, library


def _rename(run: Path, queries: Sequence[Pwm], names: Sequence[Naming], library: Library) -> None:
    """Write the files of a run that say what its motifs are called."""
    by_id = {query.name: naming for query, naming in zip(queries, names, strict=True)}
    found = [(row, by_id.get(row.motif_id, Naming())) for row in read_motifs_tsv(run / "motifs.tsv")]
    rows = [row.with_match(naming.best, naming.family) for row, naming in found]
    sites = read_sites_tsv(run / "sites.tsv.gz")
    write_motif_files(run, titled(_counted(run, queries), [naming.family.label for naming in names]))
    write_motifs_tsv(run / "motifs.tsv", rows)
    write_matches(run, [naming.matches for naming in names], {pwm.name: pwm for pwm in library.motifs})
    write_sites_bed(run / "sites.bed", sites, site_names(rows))


def _counted(run: Path, pwms: Sequence[Pwm]) -> list[Pwm]:
    """The matrices of motifs.meme, which has no counts, with those of motifs.jaspar."""
    path = run / "motifs.jaspar"
    counts = {pwm.name: pwm.counts for pwm in read_motifs(path).motifs} if path.is_file() else {}
    return [replace(pwm, counts=counts.get(pwm.name, pwm.counts)) for pwm in pwms]
