"""What was learned is used: predictions and variants from the command line, with good and with bad input."""

import csv
import io
from pathlib import Path

import pysam
import pytest
from sparling_cli.checks import OWN

from sparling.errors import InputError
from sparling_genomics.runs.finished import load_stored
from tests.genomics.small_run import train_small

WORD = "GTCACGTGAC"
BROKEN = "GTCATGTGAC"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that knows an E-box, in ``../peaks.fa``."""
    return train_small(tmp_path_factory.mktemp("use"))


@pytest.fixture
def genome(tmp_path):
    letters = "ACTT" * 50 + WORD + "AGTA" * 50
    path = tmp_path / "genome.fa"
    path.write_text(f">I\n{letters}\n")
    return path


@pytest.fixture
def vcf(tmp_path):
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=I>", "#CHROM POS ID REF ALT QUAL FILTER INFO".replace(" ", "\t")]
    lines += ["I\t205\trs1\tC\tT\t.\t.\t.", "I\t300\t.\tG\tA\t.\t.\t."]
    path = tmp_path / "calls.vcf"
    path.write_text("\n".join(lines) + "\n")
    return path


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("splicing", "a splicing run, which the commands of `sparling splice` read; for others its matrices"),
        ("splice-windows", "a run of `sparling splice windows`, which no command reads; for others its matrices"),
    ],
)
def test_a_splicing_run_is_told_by_every_command(sparling, tmp_path, task, told):
    run = tmp_path / "spliced"
    run.mkdir()
    (run / "config.toml").write_text('genome = "g.fa"\n')
    (run / "run.json").write_text(f'{{"format": 1, "task": "{task}"}}')
    fasta = tmp_path / "some.fa"
    fasta.write_text(">a\nACGT\n")
    (tmp_path / "db.meme").write_text("MEME version 4\n")
    for words in (
        ["report"],
        ["audit"],
        ["match", "--db", tmp_path / "db.meme"],
        ["predict", "--fasta", fasta],
        ["scan", "--fasta", fasta, "--out", tmp_path / "hits.bed"],
        ["variants", "--pairs", fasta],
    ):
        result = sparling("motifs", words[0], run, *words[1:])
        assert result.code == 2, words
        assert told in result.err
    with pytest.raises(InputError, match=told[:30]):
        load_stored(run)


def test_predictions_are_a_table_on_stdout_or_in_a_file(sparling, run, tmp_path) -> None:
    fasta = tmp_path / "some.fa"
    fasta.write_text(f">with\n{'A' * 15}{WORD}{'C' * 15}\n>without\n{'ACTT' * 10}\n>empty\n")
    result = sparling("motifs", "predict", run, "--fasta", fasta, "--quiet")
    assert (result.code, result.err) == (0, "")
    rows = table(result.out)
    assert [row["sequence"] for row in rows] == ["with", "without", "empty"]
    assert float(rows[0]["probability"]) > 0.7 > float(rows[1]["probability"])
    assert float(rows[0]["logit"]) == pytest.approx(float(rows[0]["empty"]) + float(rows[0]["M1"]), abs=1e-4)
    out = tmp_path / "said.tsv"
    result = sparling("motifs", "predict", run, "--fasta", fasta, "--out", out)
    assert result.code == 0
    assert result.out == f"3 sequences: {out}\n"
    assert table(out.read_text()) == rows
    again = sparling("motifs", "predict", run, "--fasta", fasta, "--out", out)
    assert (again.code, again.err.splitlines()[-1]) == (
        2,
        f"sparling: --out exists already; --force replaces it: {out}",
    )
    assert sparling("motifs", "predict", run, "--fasta", fasta, "--out", out, "--force").code == 0


def test_regions_are_predicted_on_a_genome(sparling, run, genome, tmp_path) -> None:
    bed = tmp_path / "some.bed"
    bed.write_text("I\t190\t220\tpeak\t0\t-\n")
    result = sparling("motifs", "predict", run, "--bed", bed, "--genome", genome)
    (row,) = table(result.out)
    assert [row[name] for name in ("sequence", "chrom", "start", "end", "strand")] == ["peak", "I", "190", "220", "-"]
    assert float(row["probability"]) > 0.7


def test_a_variant_that_breaks_a_site_is_told(sparling, run, genome, vcf, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = sparling("motifs", "variants", run, "--vcf", vcf, "--genome", genome, "--picture", "rs1")
    assert result.code == 0
    assert "Windows of 40 bp" in result.err
    assert result.out.splitlines()[0].startswith("2 alleles: the prediction moves in 1; sites: 0 gained, ")
    assert result.out.splitlines()[-1] == "Results: calls_variants"
    rows = table((tmp_path / "calls_variants" / "variants.tsv").read_text())
    assert [row["name"] for row in rows] == ["rs1:C>T", "I:300:G>A"]
    assert float(rows[0]["logit_change"]) < -0.5
    assert "M1" in (rows[0]["lost"], rows[0]["changed"])
    assert float(rows[1]["logit_change"]) == 0.0
    with pysam.VariantFile(str(tmp_path / "calls_variants" / "variants.vcf.gz")) as file:
        assert next(iter(file)).info["SPL_CHANGE"][0] < -0.5
    assert (tmp_path / "calls_variants" / "pictures" / "001_rs1_C_T.png").is_file()
    refused = sparling("motifs", "variants", run, "--vcf", vcf, "--genome", genome)
    assert (refused.code, "--out exists already" in refused.err) == (2, True)
    assert sparling("motifs", "variants", run, "--vcf", vcf, "--genome", genome, "--force").code == 0


def test_pairs_of_alleles_need_no_genome(sparling, run, tmp_path) -> None:
    pairs = tmp_path / "alleles.tsv"
    left, right = "ACTT" * 5, "AGTA" * 5
    pairs.write_text(f"name\treference\talternative\nup\t{left}{BROKEN}{right}\t{left}{WORD}{right}\n")
    out = tmp_path / "out"
    result = sparling("motifs", "variants", run, "--pairs", pairs, "--out", out, "--pictures", 0)
    assert result.code == 0
    (row,) = table((out / "variants.tsv").read_text())
    assert float(row["logit_change"]) > 0.5
    assert sorted(path.name for path in out.iterdir()) == ["sites.tsv", "variants.tsv"]


def test_a_wrong_reference_is_skipped_or_refused(sparling, run, genome, vcf, tmp_path) -> None:
    vcf.write_text(vcf.read_text() + "I\t301\tbad\tC\tA\t.\t.\t.\n")
    out = tmp_path / "out"
    result = sparling("motifs", "variants", run, "--vcf", vcf, "--genome", genome, "--out", out)
    assert result.code == 0
    assert "1 skipped: reference differs from the genome (first: I:301 C, the genome has T, line 6)." in result.out
    refused = sparling("motifs", "variants", run, "--vcf", vcf, "--genome", genome, "--out", tmp_path / "o", "--strict")
    assert refused.code == 2
    assert refused.err.splitlines()[-1].endswith(f"I:301 C, the genome has T, {vcf}:6")
    assert not (tmp_path / "o").exists()


def test_what_is_read_is_not_replaced(sparling, run, genome, vcf, tmp_path) -> None:
    """With --force as well: the sequences, the regions, the genome, the run, and what lies in a folder of results."""
    bed, fasta, results = tmp_path / "a.bed", tmp_path / "a.fa", tmp_path / "results"
    bed.write_text("I\t0\t40\n")
    fasta.write_text(">a\nACGT\n")
    of_genome = ["--bed", bed, "--genome", genome]
    results.mkdir()
    (results / "variants.tsv").touch()
    inside = vcf.rename(results / vcf.name)
    cases = [
        (["predict", run, "--fasta", fasta], fasta),
        *((["predict", run, *of_genome], path) for path in (bed, genome, run / "motifs.tsv", run / "run.json")),
        (["scan", run, "--fasta", fasta], run / "motifs.meme"),
        (["scan", run, "--genome", genome], run / "sites.bed"),
        (["variants", run, "--vcf", inside, "--genome", genome], results),
    ]
    for words, out in cases:
        before = {path: path.read_bytes() for path in (bed, fasta, genome, inside, *run.glob("*.*"))}
        force = [] if "scan" in words else ["--force"]
        result = sparling("motifs", *words, "--out", out, *force)
        assert (result.code, result.out) == (2, ""), words
        assert str(out) in result.err or "lies in --out" in result.err
        assert {path: path.read_bytes() for path in before} == before, words


def test_every_file_of_a_run_is_known_as_its_own(run) -> None:
    assert {path.name.partition(".")[0] for path in run.iterdir() if path.is_file()} <= {*OWN}


def test_a_run_without_a_motif_says_so(sparling, run, genome, vcf, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sparling_cli.checks.has_motifs", lambda _: False)
    for words in (["predict", run, "--fasta", genome], ["variants", run, "--vcf", vcf, "--genome", genome]):
        result = sparling("motifs", *words, "--out", tmp_path / words[0])
        assert "The run has found no motif: what it predicts says little." in result.err.splitlines()


def test_a_folder_that_is_none_of_results_is_left(sparling, run, vcf, genome) -> None:
    words = ["motifs", "variants", run, "--vcf", vcf, "--genome", genome, "--out", run]
    assert sparling(*words).err == f"sparling: --out exists already; --force replaces it: {run}\n"
    assert "--force replaces only folders of such results" in sparling(*words, "--force").err


def test_a_place_before_the_start_is_said_to_be_there(sparling, run, vcf, genome, tmp_path) -> None:
    vcf.write_text(vcf.read_text() + "I\t0\tat0\tN\tA\t.\t.\t.\n")
    result = sparling("motifs", "variants", run, "--vcf", vcf, "--genome", genome, "--out", tmp_path / "out")
    assert "1 skipped: before the start of its chromosome (first: I:0, line 6)." in result.out


def faults(folder: Path, run: Path) -> list[tuple[list[object], str]]:
    fasta, bed, genome, out = (folder / name for name in ("a.fa", "a.bed", "genome.fa", "out"))
    fasta.write_text(">a\nACGT\n")
    bed.write_text("I\t0\t4000\n")
    predict, variants = ["motifs", "predict", run], ["motifs", "variants", run]
    return [
        (predict, "give --fasta, or --bed and --genome"),
        ([*predict, "--fasta", fasta, "--bed", bed], "got both"),
        ([*predict, "--bed", bed], "--bed needs --genome"),
        ([*predict, "--fasta", fasta, "--genome", genome], "--genome needs --bed"),
        ([*predict, "--fasta", folder / "none.fa"], "no such file"),
        ([*predict, "--bed", bed, "--genome", genome], f"{bed}:1"),
        ([*predict, "--fasta", fasta, "--out", folder], "--out is a directory"),
        ([*predict, "--fasta", fasta, "--out", folder / "no" / "x.tsv"], "no such folder"),
        (["motifs", "predict", folder, "--fasta", fasta], "not a run folder"),
        (variants, "give --vcf and --genome, or --pairs"),
        ([*variants, "--vcf", fasta], "--vcf needs --genome"),
        ([*variants, "--vcf", fasta, "--genome", genome, "--out", out], "no VCF or BCF"),
        ([*variants, "--vcf", folder / "none.vcf", "--genome", genome], "--vcf: no such file"),
        ([*variants, "--pairs", fasta, "--genome", genome], "--genome needs --vcf"),
        ([*variants, "--pairs", fasta, "--sample", "S"], "--sample needs --vcf"),
        ([*variants, "--pairs", fasta, "--out", out], "lacks the columns"),
        ([*variants, "--vcf", folder / "calls.vcf", "--genome", genome, "--sample", "S"], "no sample 'S'"),
    ]


def test_faults_are_said_in_a_line_and_nothing_is_left(sparling, run, genome, vcf, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = faults(tmp_path, run)
    before = set(tmp_path.rglob("*"))
    for words, said in made:
        result = sparling(*words, "--quiet")
        assert (result.code, result.out) == (2, ""), (words, result)
        assert said in result.err, words
        assert len(result.err.splitlines()) == 1, result.err
        assert {path for path in set(tmp_path.rglob("*")) - before if path.suffix != ".fai"} == set(), words
