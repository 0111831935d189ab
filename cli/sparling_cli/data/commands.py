"""The group ``sparling data`` and what belongs to it, in the order of its help."""

import typer

from sparling_cli.data.get import get
from sparling_cli.data.show import info, show_all
from sparling_cli.data.verify import verify
from sparling_cli.options import Command, Group, examples

app = typer.Typer(help="Public data: motif databases, genomes, peaks, sounds.", no_args_is_help=True, cls=Group)
app.command("list", cls=Command)(show_all)
app.command(cls=Command, epilog=examples("sparling data info jaspar"))(info)
app.command(
    cls=Command, epilog=examples("sparling data get jaspar", "sparling data get hg38 gencode --source /shared/genomes")
)(get)
app.command(cls=Command, epilog=examples("sparling data verify", "sparling data verify hg38"))(verify)
