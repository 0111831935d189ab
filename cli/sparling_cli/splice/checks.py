"""What can be said at once of the run and files of a command, before anything heavy is imported."""

import json
from pathlib import Path

from sparling.errors import InputError
from sparling_cli.checks import CONFIG, RESULT, check_file, check_sequences, check_text, check_there


def check_splice_run(path: Path) -> None:
    """Raise ``InputError`` unless there is a finished run of ``sparling splice train`` in ``path``."""
    if not path.is_dir():
        raise InputError(f"no such run folder: {path}")
    if not (path / CONFIG).is_file():
        raise InputError(f"not a run folder, {CONFIG} is missing: {path}")
    if not (path / RESULT).is_file():
        raise InputError(
            f"not a finished run, {RESULT} is missing; `sparling splice train --resume --out {path}` ends it: {path}"
        )
    try:
        task = json.loads((path / RESULT).read_text(encoding="utf-8")).get("task")
    except (ValueError, AttributeError):
        raise InputError(f"no JSON as a run writes it: {path / RESULT}") from None
    if task != "splicing":
        other = "splice windows" if task == "splice-windows" else "motifs train"
        raise InputError(f"a run of `sparling {other}`, expected one of `sparling splice train`: {path}")


def check_predict(
    run: Path, fasta: Path | None, genome: Path | None, bed: Path | None, annotation: Path | None, least: float
) -> None:
    """Raise ``InputError`` for the first fault of the options of ``predict`` and their files."""
    check_splice_run(run)
    ways = "give --fasta, or --genome with --bed or --annotation"
    if (fasta is None) == (genome is None):
        raise InputError(ways + ("" if fasta is None else "; got both"))
    if fasta is not None and (bed is not None or annotation is not None):
        raise InputError(f"--{'annotation' if bed is None else 'bed'} needs --genome in place of --fasta")
    if genome is not None and (bed is None) == (annotation is None):
        whole = "; a whole genome: --fasta FILE --both-strands"
        raise InputError("--genome needs --bed or --annotation" + (whole if bed is None else "; got both"))
    if not 0 < least <= 1:
        raise InputError(f"--least must be above 0 and at most 1; got {least:g}")
    check_sequences("fasta", fasta)
    check_file("genome", genome)
    check_text("bed", bed)
    check_text("annotation", annotation)


def check_splice_variants(
    run: Path,
    genome: Path | None,
    annotation: Path | None,
    vcf: Path | None,
    out: Path,
    distance: int,
    table: Path | None = None,
) -> None:
    """Raise ``InputError`` for the first fault of the options of ``variants`` and their files."""
    check_splice_run(run)
    for name, path in (("genome", genome), ("annotation", annotation)):
        if path is None:
            raise InputError(f"--{name} is missing")
    if (vcf is None) == (table is None):
        raise InputError(
            "--vcf is missing, or --variants, a table" if vcf is None else "give --vcf or --variants, not both"
        )
    kind = out.name.lower().removesuffix(".gz").rpartition(".")[2]
    if kind in ("bcf", "tsv") and table is None:
        raise InputError(f"--out is written as VCF, expected a name in .vcf or .vcf.gz: {out}")
    if kind in ("vcf", "bcf") and table is not None:
        raise InputError(f"--out is a table as --variants is, expected a name in .tsv or .tsv.gz: {out}")
    if not 1 <= distance <= 10_000:
        raise InputError(f"--distance must be 1 to 10,000 nt; got {distance}")
    check_file("genome", genome)
    check_text("annotation", annotation)
    check_there("vcf", vcf)
    check_text("variants", table)
