"""`sparling data`, and names of recipes where a file is taken."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sparling_recipes import download
from sparling_recipes import recipe as recipes

from tests.recipes.server import Site, serving

MEME = """MEME version 4

ALPHABET= ACGT

MOTIF M1 GATA
letter-probability matrix: alength= 4 w= 4 nsites= 20
0 0 1 0
1 0 0 0
0 0 0 1
1 0 0 0
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server that has two recipes, ``motives`` and ``yeast``; the data folder is new."""
    folder = tmp_path / "recipes"
    folder.mkdir()
    monkeypatch.setattr(recipes, "FOLDER", folder)
    monkeypatch.setattr(download, "_PAUSE", 0.0)
    monkeypatch.setenv("SPARLING_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as site:
        site.files["/db.meme"] = MEME.encode()
        site.files["/yeast.fa"] = b">I\nACGT\n"
        write_recipe(folder / "motives.toml", "motifs", f"{site.url}/db.meme", MEME)
        write_recipe(folder / "yeast.toml", "genome", f"{site.url}/yeast.fa")
        yield site


def write_recipe(path: Path, kind: str, url: str, body: str | None = None) -> None:
    fields = {"title": f"A {kind} for tests", "kind": kind, "url": url, "licence": "CC0", "citation": "Doe 2020"}
    lines = [f"{name} = {json.dumps(text)}" for name, text in (fields | {"home": url}).items()]
    if body is not None:
        lines += [f'checksum = "sha256:{hashlib.sha256(body.encode()).hexdigest()}"', "seen = true"]
    path.write_text("\n".join(lines))


def test_list_info_get_verify(sparling, site, tmp_path):
    listed = sparling("data", "list")
    assert listed.code == 0
    rows = [line.split() for line in listed.out.splitlines()]
    assert rows[1] == ["motives", "A", "motifs", "for", "tests", "CC0"]
    assert rows[2] == ["yeast", "A", "genome", "for", "tests", "CC0"]
    assert "Checksums: motives known; all others not verified here" in listed.out
    assert listed.out.splitlines()[-1] == f"Data folder: {tmp_path / 'data'}"
    before = sparling("data", "info", "motives").out
    assert f"URL       {site.url}/db.meme\n" in before
    assert "licence   CC0\ncite      Doe 2020\n" in before
    assert "here      no; `sparling data get motives` puts it in" in before
    assert "checksum  not verified here; that of the first download" in sparling("data", "info", "yeast").out
    got = sparling("data", "get", "motives", "yeast")
    paths = [tmp_path / "data" / "motives" / "db.meme", tmp_path / "data" / "yeast" / "yeast.fa"]
    assert (got.code, got.out) == (0, "".join(f"{path}\n" for path in paths))
    assert got.err.splitlines()[:3] == [
        f"Fetching {site.url}/db.meme",
        "Its checksum is the recipe's",
        "Licence: CC0. Cite Doe 2020",
    ]
    assert "No checksum was known, this one is remembered" in got.err
    assert paths[0].read_text() == MEME
    assert f"here      {paths[0]}, {len(MEME)} bytes\n" in sparling("data", "info", "motives").out
    assert sparling("data", "list").out.splitlines()[1].split()[-1] == "yes"
    site.asked.clear()
    again = sparling("data", "get", "motives")
    assert (again.out, site.asked) == (f"{paths[0]}\n", [])
    assert "is here already; --force fetches it anew" in again.err
    assert sparling("data", "get", "motives", "--force", "--quiet") == (0, f"{paths[0]}\n", "")
    assert site.asked == [("/db.meme", None)]
    assert sparling("data", "verify", "--quiet") == (0, "motives: same\nyeast: same\n", "")
    paths[1].write_text(">I\nACGA\n")
    wrong = sparling("data", "verify", "-q")
    assert (wrong.code, wrong.out) == (2, "motives: same\nyeast: changed\n")
    assert wrong.err == "sparling: not as fetched: `sparling data get --force yeast` fetches it\n"
    paths[1].unlink()
    gone = sparling("data", "verify", "-q")
    assert gone.err == "sparling: not as fetched: `sparling data get yeast` fetches it\n"


def test_the_list_of_all_takes_a_line_each(sparling, monkeypatch, tmp_path):
    monkeypatch.setenv("SPARLING_DATA", str(tmp_path))
    lines = sparling("data", "list").out.splitlines()
    table = lines[1 : len(recipes.names()) + 1]
    assert sorted(line.split()[0] for line in table) == recipes.names()
    assert max(len(line.rstrip()) for line in table) <= 76
    assert lines[len(table) + 1].startswith("Checksums: cisbp-rna, jaspar known; ")


def test_a_dry_run_asks_nobody_and_leaves_nothing(sparling, site, tmp_path):
    result = sparling("data", "get", "motives", "--dry-run", "--source", f"{site.url}/mirror")
    assert result.code == 0
    assert result.out.startswith(f"motives: from {site.url}/mirror/db.meme (size not known) to ")
    assert "  licence: CC0\n" in result.out
    assert site.asked == []
    assert not (tmp_path / "data").exists()
    sparling("data", "get", "motives")
    assert sparling("data", "get", "motives", "--dry-run").out.startswith("motives: is here, nothing to do: ")


def refused(result, *words: str, lines: int = 1) -> None:
    assert result.code == 2
    assert result.err.count("\n") == lines + result.err.startswith("Fetching "), result.err
    for word in words:
        assert word in result.err


def test_faults_are_a_line_or_two(sparling, site, tmp_path):
    refused(sparling("data", "get", "motivs"), "no recipe 'motivs': did you mean 'motives'?")
    refused(sparling("data", "info", "nobody"), "no recipe 'nobody'; `sparling data list` has all")
    refused(sparling("data", "verify", "nobody"), "no recipe 'nobody'")
    refused(sparling("data", "get", "motives", "--source", tmp_path), "--source has no db.meme")
    refused(sparling("data", "get", "motives", "--dry-run", "--source", "none"), "--source is neither a folder, a file")
    (tmp_path / "one.meme").write_text(MEME)
    refused(
        sparling("data", "get", "motives", "yeast", "--source", tmp_path / "one.meme"), "which is of one recipe, got 2"
    )
    del site.files["/db.meme"]
    result = sparling("data", "get", "motives")
    refused(result, f"the server answers 404 (Not Found): {site.url}/db.meme\n", lines=2)
    hint = "sparling data get motives --source URL_OR_FOLDER\n"
    assert result.err.endswith(f"A mirror or folder that has db.meme is given by: {hint}")
    site.files["/db.meme"] = b"damaged"
    refused(sparling("data", "get", "motives"), "its checksum is not the recipe's", "nothing is kept")
    assert list((tmp_path / "data").rglob("*")) == []


def test_what_cannot_be_read_is_said(sparling, site, monkeypatch):
    from sparling_recipes import fetch

    assert sparling("data", "get", "motives").code == 0

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(fetch, "sha256_of", refuse)
    refused(sparling("data", "verify", "-q"), "sparling: cannot be read (Permission denied): ", "db.meme")


def test_without_a_network_the_way_out_is_said(sparling, site, tmp_path):
    write_recipe(recipes.FOLDER / "far.toml", "motifs", "http://127.0.0.1:1/far.meme")
    result = sparling("data", "get", "far")
    refused(result, "sparling: no connection, Connection refused: http://127.0.0.1:1/far.meme\n", lines=2)
    (tmp_path / "far.meme").write_text(MEME)
    assert sparling("data", "get", "far", "--source", tmp_path).code == 0


def test_a_recipe_is_taken_where_a_database_is_and_without_the_server(sparling, site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own.meme"
    own.write_text(MEME.replace("M1 GATA", "mine"))
    refused(
        sparling("motifs", "match", own, "--db", "motives"),
        "'motives' is not here yet; `sparling data get motives` fetches it",
    )
    refused(sparling("motifs", "match", own, "--db", "yeast"), "'yeast' is a recipe of kind genome, expected motifs")
    refused(
        sparling("motifs", "match", own, "--db", "motivs"), "no such file, motivs; did you mean the recipe 'motives'?"
    )
    refused(sparling("motifs", "match", own, "--db", "none.meme"), "no such file, none.meme")
    refused(sparling("motifs", "train", "--fasta", "x.fa", "--db", "motives"), "`sparling data get motives` fetches it")
    assert site.asked == []
    sparling("data", "get", "motives")
    site.asked.clear()
    (tmp_path / "motives").mkdir()
    result = sparling("motifs", "match", own, "--db", "motives", "--quiet")
    assert (result.code, "GATA" in result.out, site.asked) == (0, True, [])
    (tmp_path / "motives").rmdir()
    (tmp_path / "motives").write_text(MEME.replace("GATA", "LOCAL"))
    assert "LOCAL" in sparling("motifs", "match", own, "--db", "motives", "-q").out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sparling data get mo", {"motives"}),
        ("sparling data info ", {"motives", "yeast"}),
        ("sparling motifs match x.meme --db mot", {"motives", "mother.meme", "motors/"}),
        ("sparling motifs match x.meme --db ", {"motives", "mother.meme", "motors/", "data.meme"}),
        ("sparling motifs match x.meme --db data.", set()),
        ("sparling splice check --genome y", {"yeast"}),
    ],
)
def test_names_are_completed(typed, offered, sparling, site, tmp_path, monkeypatch):
    (tmp_path / "here" / "motors").mkdir(parents=True)
    for name in ("mother.meme", "data.meme", ".hidden"):
        (tmp_path / "here" / name).touch()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("_SPARLING_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
    assert set(sparling().out.split()) == offered


def test_a_genome_and_its_genes_are_recipes_too(sparling, site):
    site.files["/yeast.gff3"] = (
        b"I\t.\tgene\t1\t60\t.\t+\t.\tID=g;biotype=protein_coding\n"
        b"I\t.\tmRNA\t1\t60\t.\t+\t.\tID=t;Parent=g\n"
        b"I\t.\texon\t1\t20\t.\t+\t.\tParent=t\nI\t.\texon\t41\t60\t.\t+\t.\tParent=t\n"
    )
    site.files["/yeast.fa"] = b">I\n" + b"A" * 20 + b"GTAAGTATTTTTTTTTTTAG" + b"A" * 20 + b"\n"
    write_recipe(recipes.FOLDER / "yeast-genes.toml", "annotation", f"{site.url}/yeast.gff3")
    words = ("splice", "check", "--genome", "yeast", "--annotation", "yeast-genes")
    refused(sparling(*words), "`sparling data get yeast` fetches it")
    assert sparling("data", "get", "yeast", "yeast-genes").code == 0
    checked = sparling(*words)
    assert "GT-AG" in checked.out + checked.err


def test_ctrl_c_keeps_what_has_come_and_says_how_to_go_on(site, tmp_path):
    body = b"x" * 3_000_000
    site.files["/big.meme"] = body
    site.pace = 0.05
    write_recipe(recipes.FOLDER / "big.toml", "motifs", f"{site.url}/big.meme", body.decode())
    program = (
        "import sys; from pathlib import Path; from sparling_recipes import recipe\n"
        "from sparling_cli.main import main; recipe.FOLDER = Path(sys.argv.pop(1)); main()"
    )
    words = [sys.executable, "-c", program, str(recipes.FOLDER), "data", "get", "big"]
    part = tmp_path / "data" / "big" / ".big.meme.part"
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    while not (part.exists() and part.stat().st_size) and process.poll() is None:  # it ends by itself
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.endswith("sparling: interrupted\nGo on with: sparling data get big\n")
    have = part.stat().st_size
    assert 0 < have < len(body)
    site.pace = 0.0
    site.asked.clear()
    assert subprocess.run(words, capture_output=True, env=os.environ).returncode == 0
    assert site.asked == [("/big.meme", f"bytes={have}-")]
    assert (tmp_path / "data" / "big" / "big.meme").read_bytes() == body
