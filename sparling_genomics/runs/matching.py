"""Names for motifs that were found: the best database match of each goes into the run's tables and report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sparling.errors import InputError
from sparling.training.checkpoint import read_json, write_json
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.rows import Match
from sparling_genomics.files.tables import read_motifs_tsv, write_motifs_tsv
from sparling_genomics.files.text_files import check_lasting
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.names import best_matches, titled
from sparling_genomics.pages.report import write_report
from sparling_genomics.runs.publish import write_motif_files
from sparling_genomics.runs.run_folder import RESULT, file_record


def match_motifs(source: Path, database: Path) -> tuple[list[tuple[str, str, Match | None]], int, str]:
    """Best match of each motif of a run folder or file of motifs: (motif id, consensus, match).

    And the database's size, and what of it was left out, in words. Of a run folder, motifs.tsv, the three files of
    matrices, report.html and the database named in run.json are written anew; motifs stay on their strand.
    Raises ``InputError`` where a file is missing or damaged.
    """
    if not source.exists():
        raise InputError(f"no such run folder or motif file: {source}")
    meme = source / "motifs.meme" if source.is_dir() else source
    if not meme.exists():
        raise InputError(f"not a finished run, motifs.meme is missing: {source}")
    check_lasting(database, "db")
    known = read_motifs(database)
    targets = known.motifs
    if source.is_dir():
        rows, info = read_motifs_tsv(source / "motifs.tsv"), read_json(source / RESULT)
        if not rows:
            return [], len(targets), known.notice()
    queries = read_motifs(meme).motifs
    best = best_matches(queries, targets)
    if source.is_dir():
        by_id = {query.name: match for query, match in zip(queries, best, strict=True)}
        write_motif_files(source, titled(_counted(source, queries), best))
        write_motifs_tsv(source / "motifs.tsv", [row.with_match(by_id.get(row.motif_id)) for row in rows])
        info.setdefault("data", {})["db"] = file_record(database)
        write_json(source / RESULT, info)
        write_report(source)
    named = [(query.name, query.consensus(), match) for query, match in zip(queries, best, strict=True)]
    return named, len(targets), known.notice()


def _counted(run: Path, pwms: Sequence[Pwm]) -> list[Pwm]:
    """The matrices of motifs.meme, which has no counts, with those of motifs.jaspar."""
    path = run / "motifs.jaspar"
    counts = {pwm.name: pwm.counts for pwm in read_motifs(path).motifs} if path.is_file() else {}
    return [replace(pwm, counts=counts.get(pwm.name, pwm.counts)) for pwm in pwms]
