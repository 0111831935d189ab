"""The group ``sparling splice`` and what belongs to it."""

import typer

from sparling_cli.options import Command, Group, examples
from sparling_cli.splice.check import check

app = typer.Typer(help="Splice sites, from a genome and its annotation.", no_args_is_help=True, cls=Group)
app.command(
    cls=Command,
    epilog=examples(
        "sparling splice check --genome genome.fa --annotation genes.gff3",
        "sparling splice check --genome hg38.fa --annotation gencode.gtf.gz --test-chroms chr1,chr3",
    ),
)(check)


@app.callback()
def splice() -> None:
    """Splice sites, from a genome and its annotation."""
