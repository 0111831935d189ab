"""What can be said at once of the options and files of the commands of a finished run."""

from collections.abc import Sequence
from pathlib import Path

from sparling.errors import InputError
from sparling_cli.checks import check_name, check_run, check_text, check_there, is_of_run
from sparling_genomics.files.text_files import check_lasting, with_indices

BACKGROUNDS = ("scanned", "file", "uniform")
"""Of a scan with matrices, as in `sparling_genomics.scan.request`."""


def check_scan(
    source: Path,
    *,
    fasta: Path | None,
    genome: Path | None,
    bed: Path | None,
    matrices: bool,
    p_value: float | None,
    background: str | None,
    norc: bool,
    outputs: Sequence[Path | None],
    jobs: int,
) -> Path:
    """The run folder or file of motifs to scan with. Raises ``InputError`` for the first fault of options and files."""
    from sparling_genomics.files.bgzip import check_writable
    from sparling_genomics.files.fasta import check_begins

    if (fasta is None) == (genome is None):
        raise InputError("one of --fasta and --genome is needed" + ("" if fasta is None else "; got both"))
    if bed is not None and genome is None:
        raise InputError("--bed needs --genome, of which it names regions")
    if p_value is not None and not 0 < p_value <= 1:
        raise InputError(f"--pvalue must be above 0 and at most 1; got {p_value:g}")
    if jobs < 1:
        raise InputError(f"--jobs must be 1 or more; got {jobs}")
    check_name("--background", background, BACKGROUNDS)
    if source.is_dir():
        source = check_run(source)
        if not matrices and (background is not None or norc):
            option = "--background" if background is not None else "--norc"
            raise InputError(f"{option} is of matrices; --matrices scans with those of a run")
    else:
        check_text("source", source)
    for path in (fasta, genome):
        if path is not None:
            check_lasting(path, "fasta" if path is fasta else "genome")
            check_begins(path)
    check_text("bed", bed)
    written = [path.resolve() for path in outputs if path is not None]
    read = [own for path in (source, fasta, genome, bed) if path is not None for own in with_indices(path)]
    for number, path in enumerate(written):
        if path in read or path in written[:number] or is_of_run(path, source):
            raise InputError(f"written to, and used otherwise as well: {path}")
    check_writable(outputs)
    return source


def check_prediction(fasta: Path | None, bed: Path | None, genome: Path | None, size: int | None) -> None:
    """Raise ``InputError`` unless sequences are given in one way, and their files begin as they should."""
    if (fasta is None) == (bed is None):
        raise InputError("give --fasta, or --bed and --genome" + ("" if fasta is None else "; got both"))
    if (bed is None) != (genome is None):
        raise InputError("--bed needs --genome" if genome is None else "--genome needs --bed")
    if size is not None and bed is None:
        raise InputError("--size needs --bed, regions of a genome")
    if fasta is not None:
        from sparling_genomics.files.fasta import iter_fasta

        if not _is_pipe(fasta):
            next(iter_fasta(fasta))
    check_text("bed", bed)
    check_there("genome", genome)


def check_variants(
    vcf: Path | None, genome: Path | None, pairs: Path | None, sample: str | None, *, strict: bool
) -> Path:
    """The file that variants come from. Raises ``InputError`` unless it is one, with its genome."""
    source = pairs if vcf is None else vcf
    if source is None or (vcf is not None and pairs is not None):
        raise InputError("give --vcf and --genome, or --pairs" + ("" if source is None else "; got both"))
    if (vcf is None) != (genome is None):
        raise InputError("--vcf needs --genome" if genome is None else "--pairs has no genome; --genome needs --vcf")
    if vcf is None and (sample is not None or strict):
        raise InputError(f"{'--strict' if sample is None else '--sample'} needs --vcf")
    check_there("vcf", vcf)
    check_text("pairs", pairs)
    check_there("genome", genome)
    return source


def _is_pipe(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()
