"""Where commands speak: nothing is cut or wrapped when piped, nothing but errors when quiet, nothing read as markup."""

import doctest
import io
import os
import re
import subprocess
import sys

import pytest
from rich.console import Console
from rich.table import Table
from sparling_cli import options, screen
from sparling_cli.screen import Screen, resumable

from sparling.errors import InputError, Interrupted

LONG = "a sentence that goes on " * 20 + "to /a/path/that/is/long"


def table(cell: str) -> Table:
    made = Table(box=None, pad_edge=False)
    for title in ("motif", "consensus"):
        made.add_column(title)
    made.add_row("M1", cell)
    return made


@pytest.mark.parametrize("module", [options, screen])
def test_examples_in_docstrings(module):
    result = doctest.testmod(module)
    assert (result.attempted > 0, result.failed) == (True, 0)


def test_piped_nothing_is_cut_or_wrapped(capsys):
    made = Screen()
    made.say(LONG)
    made.tell(LONG)
    made.show(table("ACGT" * 40))
    captured = capsys.readouterr()
    assert captured.err == LONG + "\n"
    assert captured.out.splitlines()[0] == LONG
    assert captured.out.splitlines()[2].split() == ["M1", "ACGT" * 40]
    assert "…" not in captured.out


def test_on_a_narrow_terminal_a_cell_takes_several_lines_and_a_path_stays_whole():
    made = Screen()
    made.out = Console(file=io.StringIO(), width=40, force_terminal=True, color_system=None)
    made.show(table("ACGT" * 20))
    made.line("Report: /a/very/long/path/to/a/folder/with/a/report.html")
    text = made.out.file.getvalue()
    assert "…" not in text
    assert re.sub("[^ACGT]", "", "".join(text.splitlines()[1:-1])) == "ACGT" * 20
    assert text.splitlines()[-1] == "Report: /a/very/long/path/to/a/folder/with/a/report.html"


def test_brackets_in_names_and_paths_are_letters(capsys):
    made = Screen()
    made.tell("data[1]/[bold]x :smile:")
    made.show(table("[red]NAME[/red]"))
    out = capsys.readouterr().out
    assert "data[1]/[bold]x :smile:" in out
    assert "[red]NAME[/red]" in out


def test_quiet_leaves_results_alone(capsys):
    made = Screen(quiet=True)
    made.say("remark")
    made.next_steps((["sparling", "demo"], "again"))
    made.tell("result")
    assert capsys.readouterr() == ("result\n", "")


def test_quiet_and_verbose_exclude_each_other():
    with pytest.raises(InputError, match="exclude each other"):
        Screen(quiet=True, verbose=True)


def test_next_steps_can_be_typed(capsys):
    Screen().next_steps((["sparling", "motifs", "audit", "my run"], "which ones"), (["sparling", "demo"], "again"))
    assert capsys.readouterr().err.splitlines() == [
        "Next:",
        "  sparling motifs audit 'my run'   which ones",
        "  sparling demo                    again",
    ]


@pytest.mark.parametrize(
    ("raised", "words"), [(Interrupted("saved in x"), "saved in x"), (KeyboardInterrupt(), "interrupted")]
)
def test_where_it_is_stopped_the_command_that_goes_on_is_said(raised, words):
    with pytest.raises(Interrupted) as stopped, resumable("sparling", "motifs", "train", "--resume", "--out", "a b"):
        raise raised
    assert str(stopped.value) == f"{words}\nGo on with: sparling motifs train --resume --out 'a b'"


def test_other_errors_pass():
    with pytest.raises(InputError, match=r"^wrong$"), resumable("sparling"):
        raise InputError("wrong")


def test_a_terminal_without_our_characters_gets_plain_ones():
    code = "from sparling_cli.screen import Screen, speak_plainly; speak_plainly(); Screen().tell('0.9 ± 0.1, α … 猫')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True
    )
    assert (done.returncode, done.stdout) == (0, b"0.9 +- 0.1, alpha ... ?\n")
