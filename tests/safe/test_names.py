"""Hostile names of sequences, motifs, variants and files through commands: text in every file and on the screen."""

import gzip
import re
import shutil
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling.names import cell, file_name, text_of
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.motif_files import read_meme, write_meme
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.peaks.table import read_peaks_tsv
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from tests.genomics.small_run import EBOX, SMALL, write_peaks

SEQUENCES = (
    '=cmd|"/C"!A0', "+1+1", "@SUM(1)", "-2+3", '"=1+1"', "</script><script>alert(1)</script>",
    "<img/src=x/onerror=alert(1)>",
    "../../../etc/passwd", "/etc/passwd", "\x1b[31mred\x1b[0m", "right\u202eleft", "[red]x[/red]", "$x_$", "NA", "'=1",
    "x" * 300, "CON", "%s{}{0}", "\\x1b[31m", "\x07bell", "＝1+1", "a,b;c=d", "-", "+", "1e5", "峰",
)  # fmt: skip
MARKUP = re.compile(r"<script>alert|<img/src|<i>hostile", re.IGNORECASE)
FORMULA = re.compile(r"""\s*[=+\-@"＝＋－＠]""")
PLAIN = re.compile(r"[+-]|[+-]?[\d.]+(e[+-]?\d+)?|[+-]?(inf|nan)")
TABLES = (".tsv", ".tsv.gz")
TEXTS = (".html", ".tsv", ".bed", ".meme", ".jaspar", ".transfac", ".json", ".toml", ".svg", ".vcf", ".fa", ".jsonl")


def text(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")


def steering(words: str) -> list[str]:
    """Characters that a terminal obeys."""
    return [x for x in words if unicodedata.category(x) in ("Cc", "Cf") and x not in "\n\t"]


def check_files(folder: Path) -> int:
    """Every text file: UTF-8, no formula in a table, no markup out of a name, nothing that steers a terminal."""
    looked_at = 0
    for path in folder.rglob("*"):
        if not path.is_file() or not path.name.removesuffix(".gz").endswith(TEXTS):
            continue
        looked_at += 1
        words = text(path)
        if not path.name.endswith((".html", ".fa.gz")):  # a browser obeys none, and sequences keep their names
            assert steering(words) == [], path
        if path.suffix in (".html", ".svg"):
            assert not MARKUP.search(words), path
        if path.name.endswith(TABLES):
            lines = words.splitlines()
            assert len({line.count("\t") for line in lines}) <= 1, path
            formulas = [c for line in lines for c in line.split("\t") if FORMULA.match(c) and not PLAIN.fullmatch(c)]
            assert formulas == [], path
    return looked_at


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    peaks = write_peaks(folder / "peaks.fa")
    lines = peaks.read_text().splitlines()
    for i, name in enumerate(SEQUENCES):
        lines[2 * i] = f">{name}"
    peaks.write_text("\n".join(lines) + "\n")
    config = MotifConfig.of({"fasta": peaks} | SMALL)
    run = RunFolder(folder / "run")
    run.start(config)
    train_motifs(prepare(config), run, "test <i>hostile \x1b[31m")
    return run.path


def elsewhere(*folders: Path) -> set[Path]:
    """Files beside these folders."""
    return {path for path in folders[0].parent.rglob("*") if not any(f in (path, *path.parents) for f in folders)}


def database(path: Path) -> Path:
    names = ["=1+1", "<script>alert(2)</script>", "\x1b[31mred"]
    counts = EBOX.counts
    write_meme(
        path, [Pwm(name, counts, EBOX.n_sites, alt_name=alt) for name, alt in zip(names, names[::-1], strict=True)]
    )
    return path


def test_every_file_of_a_run_and_of_the_commands_on_it_holds_names_as_text(hostile_run, tmp_path, sparling):
    run, peaks = hostile_run, hostile_run.parent / "peaks.fa"
    assert read_peaks_tsv(run / "peaks.tsv")["sequence"][: len(SEQUENCES)].tolist() == list(SEQUENCES)
    assert set(read_sites_tsv(run / "sites.tsv.gz")["sequence"]) & set(SEQUENCES)
    before = elsewhere(run.parent, tmp_path)
    out = tmp_path / "out\x1b[31m <i>hostile"
    out.mkdir()
    commands = [
        ("match", run, "--db", database(tmp_path / "db\x1b[1m.meme")),
        ("report", run),
        ("predict", run, "--fasta", peaks, "--out", out / "p.tsv"),
        ("predict", run, "--fasta", peaks),
        ("scan", run, "--fasta", peaks, "--out", out / "s.bed"),
        ("enrich", "--fasta", peaks, "--db", tmp_path / "db\x1b[1m.meme", "--out", out / "e.tsv"),
        ("compare", run, shutil.copytree(run, out / "=1+1 <i>hostile"), "--out", out / "c"),
        ("predict", run, "--no\x1b[31m"),
        ("predict", tmp_path / "no\x1b[31m[red]", "--fasta", peaks),
    ]
    for words in commands:
        done = sparling("motifs", *words)
        assert done.code == (2 if "no\x1b" in "".join(map(str, words)) else 0), done.err
        assert steering(done.out + done.err) == [], words
    assert check_files(run) > 15
    assert check_files(out) >= 4
    assert elsewhere(run.parent, tmp_path) == before


@given(st.text(st.sampled_from("'\\x5ucU0aé=+-@\" \t\n\x1b\u202e1.eE＝") | st.characters(), max_size=12))
def test_a_cell_is_text_to_a_spreadsheet_and_a_terminal_and_gives_the_name_back(name):
    written = cell(name)
    assert text_of(written) == name
    assert written.isprintable()
    assert (
        not FORMULA.match(written)
        or PLAIN.fullmatch(written.lower())
        or re.fullmatch(r"[+-]?\.?\d.*|[+-]?(inf|nan)", written.lower())
    )


@given(st.text(max_size=400))
def test_a_file_name_is_one_part_that_every_system_takes(name):
    made = file_name(name)
    assert made
    assert not set(made) & set('/\\\0:*?"<>| \n')
    assert not made.startswith((".", "-"))
    assert not made.endswith((".", " "))
    assert len(made) <= 61
    assert len(f"001_{made}.svg".encode()) <= 255
    assert made == file_name(unicodedata.normalize("NFD", name)) or unicodedata.normalize("NFC", name) != name


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "..", ".", "", "nul", "a\0b", "COM1.txt", "x" * 5000])
def test_a_file_named_after_a_variant_stays_in_its_folder(name, tmp_path):
    path = tmp_path / f"001_{file_name(name)}.svg"
    path.write_text("")
    assert path.resolve().parent == tmp_path


def test_motif_names_that_steer_a_terminal_are_spelled_in_files_of_matrices(tmp_path):
    write_meme(tmp_path / "m.meme", [Pwm("\x1b[31mred", EBOX.counts, EBOX.n_sites)])
    assert steering((tmp_path / "m.meme").read_text()) == []
    assert [m.name for m in read_meme(tmp_path / "m.meme")] == ["\\x1b[31mred"]
