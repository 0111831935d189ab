"""Help: panels, defaults (which live elsewhere), names, examples; versions; what starting the program imports."""

import re
import subprocess
import sys

import pytest
import typer
from sparling_cli.main import app
from sparling_cli.validate import options, running
from sparling_cli.validate.kinds import KINDS

from sparling.validation.run import CONFIG
from sparling.validation.variants import VARIANTS
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.latex_ocr.presets import PRESETS as FORMULAS
from sparling_genomics.runs import run_folder
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS

COMMANDS = [
    (),
    ("motifs",),
    ("motifs", "train"),
    ("motifs", "match"),
    ("motifs", "audit"),
    ("motifs", "compare"),
    ("motifs", "enrich"),
    ("motifs", "report"),
    ("motifs", "scan"),
    ("motifs", "predict"),
    ("motifs", "variants"),
    ("splice",),
    ("splice", "train"),
    ("splice", "check"),
    ("splice", "windows"),
    ("splice", "predict"),
    ("splice", "variants"),
    ("validate",),
    ("validate", "digit-circle"),
    ("validate", "latex-ocr"),
    ("validate", "planted-dna"),
    ("validate", "audio"),
    ("validate", "all"),
    ("align",),
    ("demo",),
    ("data",),
    ("data", "list"),
    ("data", "info"),
    ("data", "get"),
    ("data", "verify"),
    ("doctor",),
]
HEAVY = ("torch", "numpy", "pandas", "scipy", "sklearn", "lightning_fabric", "matplotlib", "sparling_genomics")


@pytest.fixture
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize(
    ("command", "defaults"),
    [
        (("validate", "digit-circle"), ("[default: quick]", "[default: 0]", "[default: sparling]", "[default: auto]")),
        (
            ("motifs", "train"),
            ("[default: as many as hold]", "[default: 21; RNA 15;", "[default: all that are likelier than chance]"),
        ),
        (("validate", "planted-dna"), ("[default: order]", "[default: 0]", "[default: auto]")),
        (("validate", "audio"), ("[default: quick]", "[default: built-in]", "[default: none]")),
        (("demo",), ("[default: auto]",)),
    ],
)
def test_help_tells_defaults(sparling, wide, command, defaults):
    result = sparling(*command, "--help")
    assert result.code == 0
    for default in defaults:
        assert default in result.out, default


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_is_short_for_h_and_tells_no_types(sparling, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    long, short = (sparling(*command, word) for word in ("--help", "-h"))
    assert long.code == short.code == 0
    assert long.out == short.out
    assert f"Usage: {' '.join(('sparling', *command))} " in long.out
    assert not re.search(r"<(bool|str|int|float|path)>", long.out)
    assert max(map(len, long.out.splitlines())) <= 80


def test_the_help_of_training_has_panels_and_two_examples(sparling):
    text = sparling("motifs", "train", "--help").out
    panels = ["─ Input ─", "─ Regions of a genome ─", "─ Search ─", "─ Run and output ─"]
    assert [text.count(panel) for panel in panels] == [1, 1, 1, 1]
    assert [text.index(panel) for panel in panels] == sorted(text.index(panel) for panel in panels)
    assert text.index("--fasta") < text.index("Search") < text.index("--width") < text.index("Run and output")
    assert text.count("$ sparling motifs train") == 2


@pytest.mark.parametrize("command", ["train", "check", "windows", "predict", "variants"])
def test_what_is_read_stands_before_what_is_written(sparling, command):
    text = sparling("splice", command, "--help").out
    panels = [panel for panel in ("─ Input ─", "─ Search ─", "─ Run and output ─") if panel in text]
    assert len(panels) >= 3
    assert [text.index(panel) for panel in panels] == sorted(text.index(panel) for panel in panels)
    assert command == "check" or text.index("Run and output") < text.index("--out ")


def test_the_help_of_training_is_a_line_an_option(sparling, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    lines = sparling("motifs", "train", "--help").out.splitlines()
    options = [line for line in lines if line.startswith("│ --")]
    assert len([line for line in lines if line.startswith("│")]) <= len(options) + 1
    assert len(lines) <= 62


def test_names_in_the_help_are_those_that_the_core_knows(sparling, wide):
    assert list(VARIANTS) == list(options.VARIANTS)
    assert list(PRESETS) == list(FORMULAS) == list(options.PRESETS)
    assert list(GRAMMARS) == list(options.GRAMMARS)
    words = set(re.findall(r"[\w-]+(?:\.\d+)?", sparling("validate", "digit-circle", "--help").out))
    assert set(VARIANTS) | set(PRESETS) <= words


def test_every_world_has_a_command_and_is_what_it_is_called():
    assert [kind.command for kind in KINDS] == [kind.load().command for kind in KINDS]
    assert {kind.command for kind in KINDS} == {words[1] for words in COMMANDS if words[:-1] == ("validate",)} - {"all"}


def test_the_files_by_which_folders_are_known_have_one_name():
    from sparling_cli import checks

    assert (checks.CONFIG, checks.RESULT) == (run_folder.CONFIG, run_folder.RESULT)
    assert (*checks.DATA, *checks.MOTIF_FILES) == run_folder.INPUT_OPTIONS
    assert running.MARKER == CONFIG


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_versions_in_one_line(sparling, option):
    result = sparling(option)
    assert result.code == 0
    assert re.fullmatch(r"sparling \d\S* \(torch \d\S*, python \d\S*\)\n", result.out)


@pytest.mark.parametrize(
    ("words", "suggested"),
    [
        (("motifs", "trian"), "Did you mean 'train'"),
        (("motifs", "train", "--fastq", "x.fa"), "--fasta"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(sparling, words, suggested):
    result = sparling(*words)
    assert (result.code, suggested in result.err) == (2, True)


def started(*words: str) -> tuple[int, str, set[str]]:
    """Exit code, stderr, and which of `HEAVY` were imported, of the program in a process of its own."""
    program = (
        "import sys\nfrom sparling_cli.main import main\nsys.argv = ['sparling', *sys.argv[1:]]\n"
        "try:\n    main()\nfinally:\n    print('\\nimported:', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    return done.returncode, done.stderr, set(done.stdout.partition("imported:")[2].split()) & set(HEAVY)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["motifs", "train", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(words):
    assert started(*words) == (0, "", set())


def faults(folder):
    """Words of a command, and what is said: each can be said before torch is there."""
    fastq, out, fasta = folder / "reads.fq", folder / "notes", folder / "peaks.fa"
    fastq.write_text("@read\nACGT\n")
    out.mkdir()
    (out / "thesis.txt").touch()
    fasta.write_text(">s\nACGT\n")
    train = ["motifs", "train", "--fasta", str(fasta)]
    return [
        (["motifs", "train", "--fasta", "none.fa"], "no such file, none.fa"),
        (["motifs", "train", "--fasta", str(fastq)], f"expected '>name', {fastq}:1"),
        ([*train, "--negatives", "none.fa"], "no such file, none.fa"),
        ([*train, "--labels", "none.tsv"], "no such file, none.tsv"),
        ([*train, "--db", "none.meme"], "no such file, none.meme"),
        ([*train, "--out", str(out)], "--out exists already"),
        ([*train, "--width", "20"], "--width: must be odd"),
        ([*train, "--device", "tpu"], "--device"),
        (["motifs", "train", "--resume"], "--resume needs --out"),
        (["motifs", "audit", str(out)], "not a run folder"),
        (["motifs", "report", str(out)], "not a run folder"),
        (["motifs", "compare", str(out), str(fasta)], "not a run folder"),
        (["motifs", "compare", str(out)], "two runs or more are compared, got 1"),
        (["motifs", "match", str(out), "--db", str(fasta)], "not a run folder"),
        (["motifs", "match", str(out), "--db", "none.meme"], "no such file, none.meme"),
        (["motifs", "predict", str(out), "--fasta", str(fasta)], "not a run folder"),
        (["motifs", "variants", str(out), "--pairs", str(fasta)], "not a run folder"),
        (["demo", "--out", str(out)], "--out exists already"),
        (["validate", "digit-circle", "--variant", "x"], "--variant must be one of sparling, shared"),
        (["validate", "planted-dna", "--out", str(out)], "--out exists already"),
        (["validate", "all", "--preset", "huge"], "--preset must be one of quick, full, paper"),
        (["validate", "all", "--out", str(out)], "--out exists already"),
        (["validate", "audio", "--clips", "nowhere"], "--clips: no such file or folder, nowhere"),
    ]


def test_a_wrong_path_file_or_option_is_said_before_torch_is_imported(tmp_path):
    for words, said in faults(tmp_path):
        code, errors, imported = started(*words)
        assert (code, said in errors) == (2, True), (words, errors)
        assert "torch" not in imported, words
        assert len(errors.splitlines()) == 1, errors


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sparling motifs tr", {"train"}),
        ("sparling motifs train --alphabet ", {"dna", "rna"}),
        ("sparling validate digit-circle --variant l1", {"l1", "l1-0.1", "l1-2", "l1-5", "l1-10"}),
    ],
)
def test_names_are_completed(typed, offered, sparling, monkeypatch):
    monkeypatch.setenv("_SPARLING_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
    assert set(sparling().out.split()) == offered


def test_completion_can_be_installed(sparling):
    assert "--install-completion" in sparling("--help").out


def test_every_genome_every_bed_and_every_database_may_be_the_name_of_a_recipe() -> None:
    group = typer.main.get_command(app)
    options = {
        (name, command.name, option.name): option.callback
        for name, room in group.commands.items()
        for command in getattr(room, "commands", {"": room}).values()
        for option in command.params
        if {"--genome", "--bed", "--db", "--start-from", "--versus", "--annotation"} & set(option.opts)
    }
    assert len(options) > 10
    assert [name for name, callback in options.items() if callback is None] == []
