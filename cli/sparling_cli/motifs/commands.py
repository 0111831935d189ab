"""The group ``sparling motifs`` and what belongs to it, in the order of its help."""

import typer

from sparling_cli.motifs.audit import audit
from sparling_cli.motifs.compare import compare
from sparling_cli.motifs.enrich import enrich
from sparling_cli.motifs.match import match
from sparling_cli.motifs.predict import predict
from sparling_cli.motifs.report import report
from sparling_cli.motifs.scan import scan
from sparling_cli.motifs.train import train
from sparling_cli.motifs.variants import variants
from sparling_cli.options import Command, Group, examples

app = typer.Typer(help="Find motifs in sequences, name them, and check them.", no_args_is_help=True, cls=Group)
app.command(
    cls=Command,
    epilog=examples(
        "sparling motifs train --fasta peaks.fa", "sparling motifs train --fasta clip.fa --alphabet rna --out runs/clip"
    ),
)(train)
app.command(
    cls=Command,
    epilog=examples(
        "sparling motifs match peaks_motifs --db JASPAR.meme", "sparling motifs match others.meme --db JASPAR.meme"
    ),
)(match)
app.command(
    cls=Command,
    epilog=examples("sparling motifs audit peaks_motifs", "sparling motifs audit mailed_run --fasta here/peaks.fa"),
)(audit)
app.command(
    cls=Command,
    epilog=examples(
        "sparling motifs compare peaks_motifs peaks_motifs/seeds/*",
        "sparling motifs compare ctcf_k562 ctcf_hepg2 --out cells",
    ),
)(compare)
app.command(
    cls=Command,
    epilog=examples(
        "sparling motifs enrich --fasta peaks.fa --db JASPAR.meme --out enriched.tsv",
        "sparling motifs enrich --fasta peaks.fa --negatives others.fa --db JASPAR.meme --meme best.meme",
    ),
)(enrich)
app.command(cls=Command, epilog=examples("sparling motifs report peaks_motifs", "sparling motifs report demo"))(report)
app.command(
    cls=Command,
    epilog=examples(
        "sparling motifs scan peaks_motifs --genome genome.fa --out hits.bed.gz",
        "sparling motifs scan JASPAR.meme --fasta peaks.fa --out hits.bed",
    ),
)(scan)
app.command(
    cls=Command,
    epilog=examples(
        "sparling motifs predict peaks_motifs --fasta others.fa --out others.tsv",
        "sparling motifs predict peaks_motifs --bed regions.bed --genome hg38.fa --out regions.tsv.gz",
    ),
)(predict)
app.command(
    cls=Command,
    epilog=examples(
        "sparling motifs variants peaks_motifs --vcf calls.vcf.gz --genome hg38.fa",
        "sparling motifs variants peaks_motifs --pairs alleles.tsv --out alleles",
    ),
)(variants)
