"""The group ``sparling splice`` and what belongs to it."""

import typer

from sparling_cli.options import Command, Group, examples
from sparling_cli.splice.check import check
from sparling_cli.splice.predict import predict
from sparling_cli.splice.train import train
from sparling_cli.splice.variants import variants
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
app.command(
    cls=Command,
    epilog=examples(
        "sparling splice predict run --fasta pre_mrna.fa --out sites.tsv",
        "sparling splice predict run --genome genome.fa --annotation genes.gff3 --out sites.bed.gz",
        "sparling splice predict run --genome genome.fa --bed regions.bed --least 0.5 --out sites.tsv",
    ),
)(predict)
app.command(
    cls=Command,
    epilog=examples(
        "sparling splice variants run --genome genome.fa --annotation genes.gff3 --vcf in.vcf --out out.vcf.gz",
        "sparling splice variants run --genome genome.fa --annotation genes.gff3 --vcf in.vcf --masked --out out.vcf",
        "sparling splice variants run --genome genome.fa --annotation genes.gff3 --variants in.tsv --out out.tsv",
    ),
)(variants)


@app.callback()
def splice() -> None:
    """Splice sites, from a genome and its annotation."""
