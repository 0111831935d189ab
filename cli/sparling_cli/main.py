"""Entry point: commands, and the one place where errors become exit codes."""

import platform
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from sparling.errors import InputError, SparlingError, is_out_of_memory
from sparling.names import printable
from sparling_cli.align.commands import align
from sparling_cli.data.commands import app as data
from sparling_cli.demo import demo
from sparling_cli.doctor import doctor
from sparling_cli.errors import worded
from sparling_cli.motifs.commands import app as motifs
from sparling_cli.options import Command, Group, examples
from sparling_cli.screen import speak_plainly
from sparling_cli.splice.commands import app as splice
from sparling_cli.validate.commands import app as validate

INTERRUPTED, TERMINATED = 130, 143

app = typer.Typer(
    help="Motif discovery with spatially sparse, identifiable networks.",
    epilog=examples("sparling demo", "sparling motifs train --fasta peaks.fa"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    cls=Group,
)
app.add_typer(motifs, name="motifs")
app.add_typer(splice, name="splice")
app.add_typer(data, name="data")
app.add_typer(validate, name="validate")
app.command(
    cls=Command,
    epilog=examples(
        "sparling align gabpa_motifs srf_motifs --out shared",
        "sparling align --stream dino=dino.npy --stream clip=clip.npy --labels labels.tsv",
    ),
)(align)
app.command(cls=Command, epilog=examples("sparling demo", "sparling demo --out /tmp/demo --seed 7"))(demo)
app.command(cls=Command)(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            torch = version("torch")
        except PackageNotFoundError:
            torch = "missing"
        sys.stdout.write(
            f"sparling {version('sparling-genomics')} (torch {torch}, python {platform.python_version()})\n"
        )
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Print versions and exit."),
    ] = False,
) -> None:
    """Motif discovery with spatially sparse, identifiable networks."""


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 internal failure, 2 bad input or usage, 130 and 143 stopped.

    Stopped by Ctrl-C or by SIGTERM; what had begun is saved, and the last line says how to go on with it.
    """
    with _terminated_like_interrupted():
        _run()


def _run() -> None:
    speak_plainly()
    try:
        app(prog_name="sparling")
    except SparlingError as error:
        sys.stderr.write(f"sparling: {printable(worded(error))}\n")
        sys.exit(error.exit_code)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer's answer to Ctrl-C where nobody else gave one
            sys.stderr.write("sparling: interrupted before anything was saved\n")
        raise
    except KeyboardInterrupt:  # Ctrl-C again, while the first one was being answered
        sys.stderr.write("sparling: stopped at once\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(1)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        sys.stderr.write("sparling: out of memory; free some, or take fewer or shorter sequences\n")
        sys.exit(1)
    except OSError as error:  # a full disk, a file that cannot be written or has gone meanwhile
        where = "" if error.filename is None else f": {error.filename}"
        sys.stderr.write(f"sparling: {printable(f'{error.strerror or error}{where}')}\n")
        sys.exit(InputError.exit_code)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM, as schedulers send it before they kill, is taken as Ctrl-C is, but for the exit code."""
    terminated = []

    def interrupt(*_: object) -> None:
        terminated.append(True)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except SystemExit as stop:
        if terminated and stop.code == INTERRUPTED:
            sys.exit(TERMINATED)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
