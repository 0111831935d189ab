"""The pages say what is so: their Python runs, their commands and options exist, their links lead somewhere."""

import inspect
import re
import shlex
from pathlib import Path

import pytest
import torch
import typer
from sparling_cli.main import app

import sparling_genomics as sg
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from tests.cli.conftest import SMALL, planted_fasta
from tests.genomics.splicing.calls.random_run import random_run
from tests.test_architecture import PACKAGES, ROOMS

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts)],
    key=str,
)
BLOCK = re.compile(r"^(?:<!-- needs: (\w+) -->\n)?```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
README_LINES = 120


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[tuple[str, str]]:
    """(what it needs, text) of each block of code in this language."""
    return [(needs, text) for needs, kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with peaks.fa and, in run, a finished training on them: seconds long."""
    folder = tmp_path_factory.mktemp("docs")
    config = MotifConfig.of(SMALL | {"fasta": planted_fasta(folder / "peaks.fa")})
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two threads that wait for one another on a busy machine take minutes
    run = RunFolder(folder / "run")
    run.start(config)
    train_motifs(prepare(config), run, "sparling motifs train")
    torch.set_num_threads(threads)
    return folder


def run_python(page: Path) -> None:
    """One block after the other, as a reader would."""
    names: dict[str, object] = {"__name__": name_of(page)}
    for _, text in blocks(page, "python"):
        exec(compile(text, name_of(page), "exec"), names)


def needs(page: Path) -> set[str]:
    """What its Python needs to be there."""
    return {need for need, _ in blocks(page, "python") if need}


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python") and not needs(page)], ids=name_of)
def test_its_python_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_python(page)


def test_python_about_a_run_runs(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`find_motifs` answers with the finished run instead of training, if it would take what it is given."""
    find = inspect.signature(sg.find_motifs)
    monkeypatch.setattr(sg, "find_motifs", lambda *given, **named: find.bind(*given, **named) and sg.load("run"))
    monkeypatch.chdir(finished)
    pages = [page for page in PAGES if needs(page) - {"splicing"}]
    assert {name_of(page) for page in pages} >= {"README.md", "docs/tutorial.md", "docs/howto/python.md"}
    for page in pages:
        assert needs(page) == {"run"}
        run_python(page)


@pytest.mark.parametrize("page", [page for page in PAGES if needs(page) == {"splicing"}], ids=name_of)
def test_python_about_a_splicing_run_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random_run(tmp_path)
    monkeypatch.chdir(tmp_path)
    run_python(page)


def commands(page: Path) -> list[list[str]]:
    """Words of every line of a shell block that calls ``sparling`` or ``make``."""
    lines = (line.split("  #")[0].strip() for _, text in blocks(page, "sh") for line in text.splitlines())
    return [shlex.split(line) for line in lines if line.startswith(("sparling ", "make "))]


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name_of)
def test_its_commands_and_options_exist(page: Path) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for words in commands(page):
        if words[0] == "make":
            assert words[1] in targets, words
            continue
        command, rest = typer.main.get_command(app), words[1:]
        while hasattr(command, "commands"):
            assert rest, words
            assert rest[0] in command.commands, words
            command, rest = command.commands[rest[0]], rest[1:]
        known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
        assert {word for word in rest if word.startswith("-")} <= known, words


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_its_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if "generated/" in target:
            module = target.rpartition("/")[2].removesuffix(".rst")
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").is_file() or path.is_dir(), target
            continue
        path = page.parent / target if target else page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_modules_it_names_exist(page: Path) -> None:
    homes = [ROOT, ROOT / "benchmarks", *PACKAGES.values(), PACKAGES["sparling_genomics"] / "worlds"]
    for name in re.findall(r"`([\w/]+\.py)`", page.read_text(encoding="utf-8")):
        assert any((home / name).is_file() for home in homes), name


def test_the_drawing_shows_every_room_in_order() -> None:
    drawing = blocks(ROOT / "docs" / "architecture.md", "text")[0][1]
    drawn = [words[-2] for line in drawing.splitlines() if len(words := re.split(r" {2,}", line.strip())) > 1]
    rooms = [
        room
        for package in ("sparling", "sparling_genomics")
        for room in ROOMS[package].split()
        if (PACKAGES[package] / room).is_dir() or room in ("run", "api", "pages")
    ]
    assert [room for room in drawn[::-1] if room != "sparling_cli"] == rooms


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES
