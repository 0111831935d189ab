"""The group ``sparling splice`` and what belongs to it."""

import typer

from sparling_cli.options import Command, Group, examples
from sparling_cli.splice.check import check
from sparling_cli.splice.train import train
from sparling_cli.splice.windows import windows

app = typer.Typer(help="Splice sites, from a genome and its annotation.", no_args_is_help=True, cls=Group)
app.command(
    cls=Command,
    epilog=examples(
        "sparling splice train --genome genome.fa --annotation genes.gff3 --out run",
        "sparling splice train --genome pombe.fa --annotation pombe.gff3 --test-chroms III --out run",
        "sparling splice train --resume --out run",
    ),
)(train)
app.command(
    cls=Command,
    epilog=examples(
        "sparling splice check --genome genome.fa --annotation genes.gff3",
        "sparling splice check --genome hg38.fa --annotation gencode.gtf.gz --test-chroms chr1,chr3",
    ),
)(check)
app.command(
    cls=Command,
    epilog=examples(
        "sparling splice windows --fasta windows.fa.gz --out run",
        "sparling splice windows --fasta windows.fa --labels windows.tsv --core maxent:tables.npz --out run",
    ),
)(windows)


@app.callback()
def splice() -> None:
    """Splice sites, from a genome and its annotation."""
