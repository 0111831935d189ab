"""`sparling splice windows` tells what was found; faults are one line, exit code 2, and nothing is written."""

from types import SimpleNamespace

import pytest
from sparling_cli.screen import Screen
from sparling_cli.splice import windows

from tests.genomics.splicing.made_windows import made_windows


@pytest.fixture
def made(tmp_path):
    return "--fasta", made_windows(tmp_path / "windows.fa"), "--out", tmp_path / "run"


SHORT = ("--channels", 4, "--max-minutes", 0.01, "--device", "cpu")


def test_motifs_and_figures_are_printed(sparling, made, tmp_path):
    result = sparling("splice", "windows", *made, *SHORT)
    assert result.code == 0
    assert "Test, all: 80 windows, AUROC donor" in result.out
    assert "Test, those that share no 40-mer with other sides: 80 windows" in result.out
    assert f"Report, for a browser: {tmp_path / 'run' / 'report.html'}" in result.out
    assert "400 windows: " in result.err
    again = sparling("splice", "windows", "--resume", "--out", tmp_path / "run")
    assert (again.code, again.out) == (0, "")
    assert "is finished, and is left as it is" in again.err
    taken = sparling("splice", "windows", *made, *SHORT)
    assert (taken.code, taken.err.count("\n")) == (2, 2)
    assert "--force" in taken.err


def test_motifs_fit_a_terminal_of_80_columns(capsys, tmp_path):
    place = SimpleNamespace(place=SimpleNamespace(share=1.0, offset=-35))
    pwm = SimpleNamespace(name="M10", consensus=lambda: "N" * 16)
    change = SimpleNamespace(donor=-0.1234, acceptor=float("nan"))
    motif = SimpleNamespace(pwm=pwm, bits=10.1, marks_per_100nt=2.78, donor=place, acceptor=place, change=change)
    found = SimpleNamespace(windows=80, network=(1.0, 1.0), maxent=None)
    outcome = SimpleNamespace(
        motifs=[motif], left_out={}, everything=found, clean=found, marks_per_100nt=16.0, seconds=5, stop_reason="done"
    )
    windows._show(Screen(False), tmp_path, outcome)
    heading, row = capsys.readouterr().out.splitlines()[:2]
    assert row.split() == ["M10", "N" * 16, "10.1", "2.78", *["100%", "at", "-35"] * 2, "-0.123", "–"]
    assert max(len(heading), len(row)) <= 80


def test_maximum_entropy_stands_beside(sparling, made, shared_data):
    tables = shared_data / "splicing" / "maxent_tables.npz"
    result = sparling("splice", "windows", *made, *SHORT, "--core", f"maxent:{tables}")
    assert result.code == 0
    assert result.out.count("(maximum entropy alone 1.0000, ") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--resume", "--force"), "--resume and --force exclude each other"),
        (("--fasta", "absent.fa"), "no such file, absent.fa"),
        (("--labels", "absent.tsv"), "no such file, absent.tsv"),
        (("--core", "lssi"), "--core must be none or maxent:FILE, got 'lssi'"),
        (("--core", "maxent:"), "--core must be none or maxent:FILE, got 'maxent:'"),
        (("--core", "maxent:absent.npz"), "no such file, absent.npz"),
        (("--channels", "0"), "--channels"),
        (("--reach", "5"), "--reach"),
        (("--letter-dropout", "1"), "--letter-dropout"),
        (("--marks-per-100nt", "0"), "--marks-per-100nt"),
        (("--device", "tpu"), "--device"),
    ],
)
def test_faults_are_said_before_a_folder_is_made(sparling, made, tmp_path, words, message):
    result = sparling("splice", "windows", "--quiet", *made, *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert result.err.count("\n") <= 2
    assert not (tmp_path / "run").exists()


def test_faults_of_a_file_have_its_line(sparling, made, tmp_path):
    path = tmp_path / "windows.fa"
    path.write_text(path.read_text().replace("label=0", "label=2"))
    result = sparling("splice", "windows", "--quiet", *made)
    assert (result.code, result.err) == (2, f"sparling: label must be 0 or 1, got '2', {path}:201\n")


def test_the_windows_are_needed(sparling, tmp_path):
    result = sparling("splice", "windows", "--quiet", "--out", tmp_path / "run")
    assert (result.code, result.err) == (2, "sparling: --fasta is missing\n")
    result = sparling("splice", "windows", "--quiet", "--resume", "--out", tmp_path / "run")
    assert result.code == 2
