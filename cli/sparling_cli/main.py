"""Entry point: commands, and the one place where errors become exit codes."""

import sys

import typer

from sparling.errors import SparlingError
from sparling_cli import motifs, validate
from sparling_cli.demo import demo
from sparling_cli.doctor import doctor
from sparling_cli.errors import worded

INTERRUPTED = 130

app = typer.Typer(
    help="Motif discovery with spatially sparse, identifiable networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(motifs.app, name="motifs")
app.add_typer(validate.app, name="validate")
app.command()(demo)
app.command()(doctor)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 internal failure, 2 bad input or usage, 130 interrupted and saved."""
    try:
        app()
    except SparlingError as error:
        sys.stderr.write(f"sparling: {worded(error)}\n")
        sys.exit(error.exit_code)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer's answer to Ctrl-C where nobody else gave one
            sys.stderr.write("sparling: interrupted; a run that had begun goes on with --resume\n")
        raise
    except BrokenPipeError:
        sys.exit(1)
