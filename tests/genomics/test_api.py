"""The front door from Python: a run is found, loaded, looked at and used."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import sparling_genomics as sg
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.worlds.planted import consensus_motif, plant
from tests.genomics.small_run import EBOX, SMALL, write_peaks

SHORT = 350
"""Letters of a short repr, at most."""


@pytest.fixture(scope="module")
def run(small_run: Path) -> sg.Run:
    return sg.load(str(small_run))


def test_every_public_name_is_there() -> None:
    assert set(dir(sg)) == {*sg.__all__, "__version__"}
    for name in sg.__all__:
        assert getattr(sg, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sg.nothing  # noqa: B018


def test_importing_the_package_alone_costs_nothing() -> None:
    code = "import sys, sparling_genomics; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "pandas", "numpy", "matplotlib"} & set(loaded)


def test_a_run_says_in_one_line_what_it_is(run: sg.Run) -> None:
    assert repr(run).startswith("Run(")
    assert "1 motif, test AUROC 0.9" in repr(run)
    assert re.match(r"N?GTCACGTGACN? in \d+% of 240 peaks and ", run.message)
    for thing in (run, run._stored, run._stored.pwms[0], run._stored.rows[0]):
        assert len(repr(thing)) < SHORT + len(str(run.path))


def test_the_table_of_motifs_is_that_of_the_folder_and_shows_logos(run: sg.Run, small_run: Path) -> None:
    pd.testing.assert_frame_equal(pd.DataFrame(run.motifs), pd.read_csv(small_run / "motifs.tsv", sep="\t"))
    page = run.motifs._repr_html_()
    assert page.count('<img src="data:image/svg+xml;base64,') == 1
    assert "GTCACGTGAC" in page
    assert "logo:" not in page


def test_a_matrix_is_a_table_of_letters(run: sg.Run) -> None:
    table = run.pwm("M1")
    assert list(table.columns) == ["A", "C", "G", "T"]
    assert table.index[0] == 1
    assert np.allclose(table.sum(axis=1), 1.0)
    assert EBOX.consensus() in "".join(table.idxmax(axis=1))
    with pytest.raises(KeyError, match=r"no motif 'M2'.*there are: M1"):
        run.pwm("M2")


def test_a_logo_goes_onto_the_axes_given(run: sg.Run) -> None:
    axes = Figure().add_subplot()
    assert run.plot_logo("M1", ax=axes) is axes
    assert len(axes.patches) >= run.matrix("M1").width


def test_scanning_the_sequences_of_the_run_gives_its_sites(run: sg.Run, small_run: Path) -> None:
    own = read_sites_tsv(small_run / "sites.tsv.gz")
    own = own[~own["sequence"].str.endswith("_shuffled")].reset_index(drop=True)
    found = run.scan(small_run.parent / "peaks.fa")
    assert len(own) > 200
    exact = ["motif_id", "sequence", "start", "end", "strand", "chrom", "chrom_start", "chrom_end", "chrom_strand"]
    pd.testing.assert_frame_equal(found[exact].astype(str), own[exact].astype(str))
    assert np.allclose(found["score"], own["score"], atol=1e-4)


def test_a_site_lies_where_its_word_is_on_either_strand(run: sg.Run) -> None:
    word = encode(EBOX.consensus())
    word[0], word[9] = 2, 3  # GTCACGTGAT: no palindrome
    there = "A" * 12 + decode(word) + "A" * 18
    mirrored = decode(reverse_complement(encode(there)))
    table = run.scan({"there": there, "mirrored": mirrored})
    places = {row.sequence: (row.start, row.end) for row in table.itertuples()}
    begin = "".join(run.pwm("M1").idxmax(axis=1)).index(EBOX.consensus())
    beyond = len(run.pwm("M1")) - 10 - begin
    assert places["there"] in ((12 - begin, 22 + beyond), (12 - beyond, 22 + begin))
    assert sum(places["there"]) + sum(places["mirrored"]) == 2 * len(there)
    assert table["score"].nunique() == 1
    assert {"there", "mirrored"} == set(table["sequence"])
    assert table["strand"].nunique() == 2
    assert table["chrom"].isna().all()


def test_what_has_the_motif_is_bound(run: sg.Run) -> None:
    said = run.predict({"with": "A" * 15 + EBOX.consensus() + "C" * 15, "without": "ACGTTTTTGA" * 4})
    assert said.index.tolist() == ["with", "without"]
    assert said["with"] > 0.7
    assert said["without"] < 0.5
    assert run.predict(["A" * 15 + EBOX.consensus() + "C" * 15]).index.tolist() == ["sequence_1"]


def test_contributions_sum_to_the_logit(run: sg.Run) -> None:
    given = {"with": "A" * 15 + EBOX.consensus() + "C" * 15, "without": "ACGTTTTTGA" * 4}
    table = run.contributions(given)
    assert list(table.columns) == ["probability", "logit", "empty", "M1"]
    assert table.index.tolist() == ["with", "without"]
    assert np.allclose(table["empty"] + table["M1"], table["logit"])
    assert np.allclose(table["probability"], run.predict(given))


def test_variants_are_tables(run: sg.Run, tmp_path: Path) -> None:
    left, right = "ACTT" * 5, "AGTA" * 5
    with_site, broken = left + EBOX.consensus() + right, left + "GTCATGTGAC" + right
    said = run.variants({"down": (with_site, broken), "same": (broken, broken)})
    assert said.variants["name"].tolist() == ["down", "same"]
    assert said.variants["logit_change"][0] < -0.5
    assert said.variants["skipped"].tolist()[1] == "as the reference"
    assert said.sites["motif_id"].tolist() == ["M1"]
    genome, vcf = tmp_path / "genome.fa", tmp_path / "calls.vcf"
    genome.write_text(f">I\n{with_site}\n")
    vcf.write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nI\t{25}\t.\tC\tT\t.\t.\t.\n")
    of_file = run.variants(vcf, genome=genome)
    assert of_file.variants["chrom"].tolist() == ["I"]
    assert of_file.variants["logit_change"][0] < -0.5
    with pytest.raises(sg.InputError, match=r"need a genome; got none for .*calls\.vcf"):
        run.variants(vcf)
    with pytest.raises(sg.InputError, match="alleles 'x': a sequence is empty"):
        run.variants({"x": ("", "A")})


def test_a_sequence_is_predicted_alike_alone_and_beside_longer_ones(run: sg.Run) -> None:
    letters = "A" * 15 + EBOX.consensus() + "C" * 15
    beside = run.predict({"one": letters, "other": "ACGT" * 50})
    assert beside["one"] == pytest.approx(run.predict({"one": letters})["one"], abs=1e-5)


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        ([], "no sequence was given"),
        (["ACGT", ""], "sequence 'sequence_2' is empty"),
        ({"a": "AC?T"}, "sequence 'a': letter '[?]' at position 2"),
        ([b"ACGT"], "sequence 'sequence_1' must be letters"),
        ("nowhere.fa", "nowhere.fa"),
        ("ACGTTGCA", "no such file, 'ACGTTGCA'; letters are given as a list"),
    ],
)
def test_what_is_no_sequence_is_said(run: sg.Run, sequences: object, message: str) -> None:
    with pytest.raises(sg.InputError, match=message):
        run.predict(sequences)  # type: ignore[arg-type]


def test_a_folder_that_was_moved_without_its_sequences_is_a_run(small_run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(small_run, tmp_path / "mailed")
    config = (moved / "config.toml").read_text().replace(str(small_run.parent), "/nowhere")
    (moved / "config.toml").write_text(config)
    run = sg.load(moved)
    assert len(run.scan(["A" * 15 + EBOX.consensus() + "C" * 15])) == 1
    assert len(run.sites) > 200
    assert "1 motif" in repr(run)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "run.json").unlink(), "not a finished run"),
        (lambda folder: (folder / "config.toml").unlink(), "not a run folder"),
        (lambda folder: (folder / "model" / "model.safetensors").unlink(), "model.safetensors"),
        (lambda folder: (folder / "motifs.meme").write_text("MEME version 4\n"), "different motifs"),
    ],
)
def test_what_is_no_whole_run_is_said(small_run: Path, tmp_path: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    folder = shutil.copytree(small_run, tmp_path / "run")
    change(folder)
    with pytest.raises(sg.InputError, match=message):
        sg.load(folder)


def test_a_folder_of_another_format_is_refused(small_run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_run, tmp_path / "run")
    info = json.loads((folder / "run.json").read_text())
    assert info["format"] == 2
    (folder / "run.json").write_text(json.dumps(info | {"format": 1}))
    with pytest.raises(sg.InputError, match="format 1, expected 2"):
        sg.load(folder)


def test_motifs_are_found_from_python_as_from_the_command_line(
    small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the settings of the small run as defaults, the same bytes."""
    fields = {
        name: SMALL[name] for name in ("bases_an_evaluation", "patience", "settle", "first_factor", "filters", "units")
    }
    of = MotifConfig.of
    monkeypatch.setattr(MotifConfig, "of", lambda options: of(options | fields | {"precision": "float32"}))
    monkeypatch.chdir(tmp_path)
    run = sg.find_motifs(write_peaks(tmp_path / "peaks.fa"), width=11, motifs=4, device="cpu")
    assert "evaluation 1: " in capsys.readouterr().err
    assert run.path == Path("peaks_motifs")
    for name in ("motifs.meme", "sites.bed", "motifs.tsv"):
        assert (run.path / name).read_bytes() == (small_run / name).read_bytes()
    with pytest.raises(sg.InputError, match="peaks_motifs"):
        sg.find_motifs(tmp_path / "peaks.fa", device="cpu")


def test_the_audit_of_a_run_is_a_table(small_run: Path, tmp_path: Path) -> None:
    run = sg.load(shutil.copytree(small_run, tmp_path / "run"))
    peaks = shutil.copy(small_run.parent / "peaks.fa", tmp_path / "elsewhere.fa")
    audit = run.audit(null=False, fasta=peaks)
    assert len(repr(audit)) < SHORT + len(str(run.path))
    assert audit.table["motif_id"].tolist() == ["M1"]
    assert audit.table["trusted"].tolist() == [True]
    assert audit.verdicts[0].checks[0].text.split(":")[0] in (run.path / "report.html").read_text()


def test_two_sets_are_told_apart_from_python_as_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = MotifConfig.of
    monkeypatch.setattr(
        MotifConfig, "of", lambda options: of(SMALL | {k: v for k, v in options.items() if v is not None})
    )
    first = write_peaks(tmp_path / "ebox.fa")
    second = tmp_path / "gata.fa"
    truth = plant(
        [consensus_motif("GATA", "TTGATAAGGC")], 240, 0, 40, np.random.default_rng(1), sites_per_sequence=(1, 1)
    )
    second.write_text("".join(f">g{i}\n{decode(codes)}\n" for i, codes in enumerate(truth.codes)))
    both = sg.find_differences(first, second, tmp_path / "both", progress=False)
    assert [run.path.name for run in both] == ["ebox_over_gata", "gata_over_ebox"]
    assert EBOX.consensus()[1:-1] in both.first.motifs["consensus"][0]
    assert any(word in both.second.motifs["consensus"][0] for word in ("GATAAG", "CTTATC"))
    assert both.second.info["command"] == f"sparling_genomics train {first} --versus {second}"
    assert both.second.info["data"]["negatives_used"] == "given"
    alone = sg.find_motifs(second, tmp_path / "alone", negatives=first, progress=False)
    assert (alone.path / "motifs.meme").read_bytes() == (both.second.path / "motifs.meme").read_bytes()
    before = (both.first.path / "run.json").stat().st_mtime_ns
    shutil.rmtree(both.second.path)
    again = sg.find_differences(first, second, tmp_path / "both", resume=True, progress=False)
    assert (again.first.path / "run.json").stat().st_mtime_ns == before
    assert (again.second.path / "motifs.meme").read_bytes() == (alone.path / "motifs.meme").read_bytes()
    with pytest.raises(sg.InputError, match="ebox_over_gata"):
        sg.find_differences(first, second, tmp_path / "both", progress=False)
    with pytest.raises(sg.InputError, match="no such file"):
        sg.find_differences(first, tmp_path / "none.fa", tmp_path / "others", progress=False)
    assert not (tmp_path / "others").exists()
