"""The peak browser's data: packing undone by a naive reader, true to the run's files, safe whatever names say."""

import base64
import csv
import gzip
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling.errors import InputError
from sparling_genomics.files.rows import SITE_COLUMNS, MotifRow
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.peaks import shown as of_shown
from sparling_genomics.pages.peaks.packed import Packed, PackedLetters, packed, packed_letters
from sparling_genomics.pages.peaks.section import SCRIPT, content, peak_section
from sparling_genomics.pages.peaks.shown import Shown, read_shown
from sparling_genomics.peaks.table import BOUND_FASTA, PEAKS, read_bound_fasta
from tests.page import Page

BAD_NAMES = ['"q"|x', "</script><script>alert(1)</script>", "<!--", "峰一\u2028", "a&amp;b", "it's", "x" * 300, "NA"]


def numbers(column: Packed) -> list[int]:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(column["data"]), dtype=np.uint8), bitorder="little")
    own = bits[: column["n"] * column["bits"]].reshape(-1, column["bits"]).astype(np.int64)
    return (own << np.arange(column["bits"])).sum(axis=1).tolist()


def letters(column: PackedLetters, length: int, alphabet: str = "ACGT") -> str:
    raw = base64.b64decode(column["data"])
    found = [alphabet[raw[i // 4] >> 2 * (i % 4) & 3] for i in range(length)]
    for start, run in zip(numbers(column["n_start"]), numbers(column["n_length"]), strict=True):
        found[start : start + run] = "N" * run
    return "".join(found)


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 4, 15, 16, 255, 256, 65_535, 65_536, 2**32 - 1])
def test_numbers_come_back(highest: int) -> None:
    values = [0, highest, highest // 2, highest]
    column = packed(values)
    assert numbers(column) == values
    assert column["bits"] == next(bits for bits in (1, 2, 4, 8, 16, 32) if highest < 2**bits)


@pytest.mark.parametrize("values", [[-1], [2**32]])
def test_numbers_that_do_not_fit_are_refused(values: list[int]) -> None:
    with pytest.raises(ValueError, match="must lie in 0"):
        packed(values)


def test_letters_come_back() -> None:
    rng = np.random.default_rng(1)
    for length in (0, 1, 3, 4, 5, 257):
        for share in (0.0, 0.1, 0.9, 1.0):
            codes = np.where(rng.random(length) < share, 4, rng.integers(4, size=length)).astype(np.uint8)
            assert letters(packed_letters(codes), length) == decode(codes)


def read(run: Path) -> tuple[Shown, list[MotifRow]]:
    motifs = read_motifs_tsv(run / "motifs.tsv")
    shown = read_shown(run, motifs, read_sites_tsv(run / "sites.tsv.gz"), [])
    assert shown is not None
    return shown, motifs


def rows_of(told: dict) -> pd.DataFrame:
    """Sites as the page has them, in words, read without any of the code that wrote them."""
    column = {name: numbers(each) for name, each in told["columns"].items()}
    row = [i for i, count in enumerate(column["count"]) for _ in range(count)]
    table = pd.DataFrame({name.removeprefix("site_"): v for name, v in column.items() if name.startswith("site_")})
    table["sequence"] = [told["names"][i] for i in row]
    table["without"] = table["without"] / 65_535
    return table


def test_the_page_has_what_the_files_say(small_run: Path) -> None:
    shown, motifs = read(small_run)
    told = content(shown, motifs)
    peaks = pd.read_csv(small_run / "peaks.tsv", sep="\t").query("label == 1")
    column = {name: numbers(each) for name, each in told["columns"].items()}
    places = [
        f"{told['chroms'][c - 1]}:{s}-{s + n}"
        for c, s, n in zip(column["chrom"], column["start"], column["length"], strict=True)
    ]
    assert places == peaks["sequence"].tolist()
    assert set(told["names"]) == {""}
    assert [told["splits"][i] for i in column["split"]] == peaks["split"].tolist()
    (said,) = told["predicted"]
    assert np.array(numbers(said["values"])) / 65_535 == pytest.approx(peaks["prediction"].to_numpy(), abs=1e-5)
    whole = "".join(read_bound_fasta(small_run / BOUND_FASTA).values())
    assert letters(told["letters"], len(whole)) == whole
    told["names"] = places
    table = rows_of(told)
    sites = pd.read_csv(small_run / "sites.tsv.gz", sep="\t").query("label == 1")
    sites = sites.sort_values(["sequence", "start"]).reset_index(drop=True)
    table = table.sort_values(["sequence", "start"]).reset_index(drop=True)
    assert table["start"].tolist() == sites["start"].tolist()
    assert (table["start"] + table["length"]).tolist() == sites["end"].tolist()
    assert table["strand"].map({0: "+", 1: "-"}).tolist() == sites["strand"].tolist()
    assert table["without"].to_numpy() == pytest.approx(sites["prediction_without"].to_numpy(), abs=1e-5)
    bed = pd.read_csv(small_run / "sites.bed", sep="\t", header=None)
    assert sorted(table["share"]) == sorted(bed[4])


def made(folder: Path, names: list[str], columns: tuple[str, ...] = ("prediction",)) -> Path:
    """The files that the browser reads: sequences ACGUN…, the first with two sites, the last with none."""
    n = len(names)
    peaks = pd.DataFrame({"sequence": names})
    peaks[["chrom", "start", "end", "strand"]] = ["", "", "", ""]
    peaks[["length", "label", "split"]] = [10, 1, "test"]
    for i, column in enumerate(columns):
        peaks[column] = np.linspace(0, 1 + 9 * i, n)
    folder.mkdir(exist_ok=True)
    peaks.to_csv(folder / PEAKS, sep="\t", index=False, quoting=csv.QUOTE_NONE)
    text = "".join(f">{name}\nACGUNACGUN\n" for name in names)
    (folder / BOUND_FASTA).write_bytes(gzip.compress(text.encode()))
    return folder


def sites_in(names: list[str]) -> pd.DataFrame:
    rows = [("M1", names[0], 1, 5, "+", 2.0), ("M2", names[0], 3, 8, "-", 1.0), ("M1", names[1], 0, 4, "-", 0.5)]
    tail = (1, "test", "", None, None, "", 0, 0.25)
    return pd.DataFrame([(*row, *tail) for row in rows], columns=list(SITE_COLUMNS))


def motif(name: str, label: str = "") -> MotifRow:
    row = MotifRow.of(Pwm(name, np.eye(4), 9), bound_fraction=None, auroc=None)
    return MotifRow(**(vars(row) | {"label": label}))


def test_names_end_no_element(tmp_path: Path) -> None:
    motifs = [motif("M1"), motif("M2")]
    shown = read_shown(made(tmp_path, BAD_NAMES), motifs, sites_in(BAD_NAMES), [])
    assert shown is not None
    section = peak_section(shown, motifs)
    assert not re.search("[<>&\u2028]", section.data)
    told = json.loads(section.data)
    assert told["names"] == BAD_NAMES
    assert (told["alphabet"], told["chroms"], "chrom" in told["columns"]) == ("ACGU", [], False)
    assert letters(told["letters"], 80, "ACGU") == "ACGUN" * 16
    assert [each["highest"] for each in told["motifs"]] == [2.0, 1.0]
    assert rows_of(told)["share"].tolist() == [1000, 1000, 250]
    assert "<script" not in section.picture
    assert "</script" not in section.script.text
    assert section.picture.count("<title>") == 3
    Page(f"<div>{section.picture}</div>")


def test_several_columns_have_their_own_scale(tmp_path: Path) -> None:
    folder = made(tmp_path, ["a", "b", "c"], ("prediction.bound", "prediction.level"))
    columns = [{"name": "bound", "kind": "label"}, {"name": "level", "kind": "value"}]
    motifs = [motif("M1", "not bound"), motif("M2", "highest 9% of level")]
    shown = read_shown(folder, motifs, sites_in(["a", "b"]), columns)
    assert shown is not None
    told = content(shown, motifs)
    assert [each["column"] for each in told["motifs"]] == [0, 1]
    assert [(each["low"], each["high"]) for each in told["predicted"]] == [(0.0, 1.0), (0.0, 10.0)]
    assert rows_of(told)["without"].to_numpy() == pytest.approx([0.25, 0.025, 0.25], abs=1e-5)


def test_of_too_many_every_other_is_shown_by_prediction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"s{i}" for i in range(11)]
    monkeypatch.setattr(of_shown, "MOST_SEQUENCES", 6)
    motifs = [motif("M1"), motif("M2")]
    shown = read_shown(made(tmp_path, names), motifs, sites_in(names), [])
    assert shown is not None
    assert shown.peaks["sequence"].tolist() == names[::2]
    assert (shown.total, len(shown.sites), peak_section(shown, motifs).rows) == (11, 2, 6)


def test_there_is_no_browser_without_its_files(tmp_path: Path) -> None:
    assert read_shown(tmp_path, [motif("M1")], sites_in(["a", "b"]), []) is None
    made(tmp_path, ["a", "b"])
    assert read_shown(tmp_path, [], sites_in(["a", "b"]), []) is None


def test_files_that_disagree_are_named(tmp_path: Path) -> None:
    made(tmp_path, ["a", "b"])
    shutil.copy(made(tmp_path / "other", ["a", "c"]) / BOUND_FASTA, tmp_path / BOUND_FASTA)
    with pytest.raises(InputError, match=r"do not name the same sequences: 'b'.*peaks\.tsv"):
        read_shown(tmp_path, [motif("M1"), motif("M2")], sites_in(["a", "b"]), [])


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_the_script_unpacks_what_was_packed(tmp_path: Path) -> None:
    """data.js outside a browser: its letters, names, places and sites are those of the files."""
    names = ["chr1:5-15", *BAD_NAMES[:3]]
    folder, motifs = made(tmp_path, names), [motif("M1"), motif("M2")]
    table = pd.read_csv(folder / PEAKS, sep="\t", quoting=csv.QUOTE_NONE, dtype=str, keep_default_na=False)
    table.loc[0, ["chrom", "start", "end", "strand"]] = ["chr1", "5", "15", "-"]
    table["sequence"] = names = ["chr1:5-15(-)", *names[1:]]
    table.to_csv(folder / PEAKS, sep="\t", index=False, quoting=csv.QUOTE_NONE)
    text = "".join(f">{name}\nACGUNACGUN\n" for name in names)
    (folder / BOUND_FASTA).write_bytes(gzip.compress(text.encode()))
    shown = read_shown(folder, motifs, sites_in(names), [])
    assert shown is not None
    script = files("sparling_genomics.pages").joinpath(f"templates/peaks/{SCRIPT[0]}.js").read_text()
    site = "[s.start, s.end, s.strand, s.score, s.without.toFixed(4)]"
    asked = f"[names, letters(0), letters(1, 3, 7), facing('ACGUN'), sitesOf(0).map(s => {site})"
    asked += ", onGenome(0, sitesOf(0)[0]), onGenome(1, sitesOf(1)[0])]"
    data = json.dumps(str(peak_section(shown, motifs).data))
    program = (
        f"const document = {{ getElementById: id => id === 'peaks' ? {{}} : {{ textContent: {data} }} }};"
        f"(() => {{ {script}\nconsole.log(JSON.stringify({asked})); }})();"
    )
    (tmp_path / "p.js").write_text(program)
    said = subprocess.run(["node", str(tmp_path / "p.js")], capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [
        names,
        "ACGUNACGUN",
        "UNAC",
        "NACGU",
        [[1, 5, "+", 2.0, "0.2500"], [3, 8, "-", 1.0, "0.2500"]],
        ["chr1", 10, 14, "-"],
        None,
    ]
