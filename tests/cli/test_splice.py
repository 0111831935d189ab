"""`sparling splice check` says what would be used, and writes nothing; faults are one line, exit code 2."""

import pytest
from sparling_cli.checks import OWN

from tests.genomics.splicing.made_genome import made_genome
from tests.genomics.splicing.small_genome import GFF3, fasta, written


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return "--genome", fasta(tmp_path / "genome.fa"), "--annotation", written(tmp_path / "genes.gff3", GFF3)


def test_what_would_be_used_is_said(sparling, files):
    result = sparling("splice", "check", *files)
    assert result.code == 0
    assert "2 of 2 protein_coding genes have introns: 3, of 17 bp (median)." in result.out
    assert "Ends of introns: GT-AG 100.0%." in result.out
    assert "3 introns on the training side are too few for training: 50 at least." in result.out
    assert "0 introns on the validation side are too few for training: 1 at least." in result.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--test-chroms", "chr9"), "no gene with introns on 'chr9'; there are some on chr1"),
        (("--test-chroms", ""), "--test-chroms has no name of a chromosome"),
        (("--min-intron", "0"), "--min-intron: input should be greater than or equal to 1, got 0"),
        (("--validation-chroms", ""), "--validation-chroms has no name of a chromosome"),
        (("--validation-chroms", "chr9"), "no gene with introns on 'chr9'; there are some on chr1"),
        (("--test-chroms", "chr1", "--validation-chroms", "chr1"), "'chr1' is to test and to validate"),
        (("--mask", "absent.bed"), "no such file, absent.bed"),
        (("--transcripts", "both"), "--transcripts: input should be 'canonical' or 'all', got 'both'"),
        (("--context", "0"), "--context: input should be greater than or equal to 1, got 0"),
        (("--context", "5001"), "--context: input should be less than or equal to 5000, got 5001"),
        (("--biotype", "lncRNA"), "no gene of biotype 'lncRNA'"),
        (("--annotation", "absent.gtf"), "no such file, absent.gtf"),
        (("--genome", "absent.fa"), "no such file, absent.fa"),
    ],
)
def test_faults_are_one_line(sparling, files, words, message):
    result = sparling("splice", "check", "--quiet", *files, *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("sparling: ")
    assert message in result.err
    assert result.err.count("\n") == 1


def test_a_wider_context_is_said_as_training_would_use_it(sparling, files):
    usual, wide = (sparling("splice", "check", *files, *words).out for words in ((), ("--context", "1000")))
    apart = "genes of training, validation and test lie {} bp apart, or more."
    assert f"A site is told from 134 letters to either side of it; {apart.format(400)}" in usual
    assert f"A site is told from 1,030 letters to either side of it; {apart.format('1,030')}" in wide


def test_a_site_is_told_from_further_away_where_introns_are_long(sparling, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome, annotation = made_genome(tmp_path, genes=4, inside=200)
    result = sparling("splice", "check", "--genome", genome, "--annotation", annotation)
    assert "A site is told from 262 letters to either side of it" in result.out


def test_sites_of_all_transcripts_and_canonical_ones_alone(sparling, files):
    said = sparling(
        "splice", "check", *files, "--transcripts", "all", "--strict-negatives", "--canonical-sites-only"
    ).out
    assert "0 introns other than GT-AG are dropped, their sites masked." in said
    assert "0 sites of transcripts that are not in use are negatives." in said


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome, annotation = made_genome(tmp_path)
    return "--genome", genome, "--annotation", annotation, "--out", tmp_path / "run"


@pytest.mark.parametrize("core", ["pwm:x.npz", "lssi:"])
def test_only_one_core_has_a_file(sparling, made, tmp_path, core):
    result = sparling("splice", "train", *made, "--quiet", "--core", core)
    message = f"sparling: only the core maxent has a file of tables, got --core {core}\n"
    assert (result.code, result.err) == (2, message)
    assert not (tmp_path / "run").exists()


SHORT = ("--channels", 4, "--max-minutes", 0.02, "--device", "cpu")


def test_training_prints_motifs_and_figures(sparling, made, tmp_path):
    result = sparling("splice", "train", *made, *SHORT)
    assert result.code == 0
    assert "Test, genes with introns: top-k" in result.out
    assert "Test, coding genes: top-k" in result.out
    assert "Test, genome both strands: top-k" in result.out
    assert "introns are right to the base" in result.out
    assert f"Report, for a browser: {tmp_path / 'run' / 'report.html'}" in result.out
    assert (tmp_path / "run" / "run.json").is_file()
    assert {path.name.partition(".")[0] for path in (tmp_path / "run").iterdir() if path.is_file()} <= {*OWN}
    again = sparling("splice", "train", "--resume", "--out", tmp_path / "run")
    assert (again.code, again.out) == (0, "")
    assert "is finished, and is left as it is" in again.err
    taken = sparling("splice", "train", *made, *SHORT)
    assert (taken.code, taken.err.count("\n")) == (2, 2)
    assert "--force" in taken.err
    assert "more minutes, --core none." in " ".join(result.out.split())
    assert f"Next: sparling splice predict {tmp_path / 'run'}, sparling splice variants" in " ".join(result.err.split())
    last = sparling("splice", "train", *made, *SHORT, "--core", "none", "--force", "--quiet")
    assert last.err == ""
    assert "more minutes. Test, genes" in " ".join(last.out.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--resume", "--force"), "--resume and --force exclude each other"),
        (("--test-chroms", "chr9"), "no gene with introns on 'chr9'"),
        (("--test-chroms", "chr1"), "0 introns on the training side, 50 are the fewest"),
        (("--channels", "0"), "--channels"),
        (("--background", "shuffle"), "--background"),
        (("--core-acceptor", "1"), "--core-acceptor: input should be greater than or equal to 2, got 1"),
        (("--core-acceptor", "21"), "--core-acceptor: input should be less than or equal to 20, got 21"),
        (("--core-acceptor", "9", "--core", "none"), "--core-acceptor is of the cores lssi and pwm; got --core none"),
        (("--context", "5001"), "--context: input should be less than or equal to 5000, got 5001"),
        (("--transcripts", "longest"), "--transcripts: input should be 'canonical' or 'all', got 'longest'"),
        (("--min-intron", "0"), "--min-intron"),
        (("--min-intron", "200"), "no intron of 200 bp or more"),
        (("--validation-chroms", "chr9"), "no gene with introns on 'chr9'"),
        (("--mask", "absent.bed"), "no such file, absent.bed"),
        (("--db", "absent.meme"), "no such file, absent.meme"),
        (("--db", "genome.fa"), "no such file, genome.fa"),
        (("--max-minutes", "-1"), "--max-minutes"),
        (("--device", "tpu"), "--device"),
        (("--biotype", "lncRNA"), "no gene of biotype 'lncRNA'"),
        (("--annotation", "absent.gtf"), "no such file, absent.gtf"),
        (("--genome", "absent.fa"), "no such file, absent.fa"),
    ],
)
def test_faults_of_a_training_are_said_before_a_folder_is_made(sparling, made, tmp_path, words, message):
    result = sparling("splice", "train", "--quiet", *made, *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert result.err.count("\n") <= 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("missing", ["genome", "annotation"])
def test_a_training_needs_both_files(sparling, files, tmp_path, missing):
    given = files[2:] if missing == "genome" else files[:2]
    result = sparling("splice", "train", "--quiet", *given, "--out", tmp_path / "run")
    assert (result.code, result.err) == (2, f"sparling: --{missing} is missing\n")


def test_a_mask_is_said_and_its_faults_too(sparling, files, tmp_path):
    bed = tmp_path / "mask.bed"
    bed.write_text("chr1\t4\t20\n")
    assert "16 bp of 1 gene are masked by the user." in sparling("splice", "check", *files, "--mask", bed).out
    bed.write_text("chr1\t20\t4\n")
    fault = sparling("splice", "check", *files, "--mask", bed)
    assert (fault.code, f"{bed}:1" in fault.err) == (2, True)
    bed.write_text("chr7\t4\t20\n")
    assert "has no 'chr7'" in sparling("splice", "check", *files, "--mask", bed).err


def test_introns_that_are_masked_are_none_to_train_on(sparling, made, tmp_path):
    bed = tmp_path / "mask.bed"
    bed.write_text("chr1\t0\t60000\n")
    result = sparling("splice", "train", *made, "--quiet", "--mask", bed)
    assert (result.code, result.out) == (2, "")
    assert "introns on the training side, 50 are the fewest" in result.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("chrom", "side"), [("chr2", "test"), ("chr3", "validation")])
def test_a_side_without_an_intron_is_refused(sparling, made, tmp_path, chrom, side):
    three_chromosomes(made, tmp_path)
    bed = tmp_path / "mask.bed"
    letters = made[1].read_text().split(f">{chrom}\n")[1].split("\n")[0]
    bed.write_text(f"{chrom}\t0\t{len(letters)}\n")
    sides = ("--test-chroms", "chr2", "--validation-chroms", "chr3")
    result = sparling("splice", "train", *made, *SHORT, *sides, "--quiet", "--mask", bed)
    assert (result.code, result.err) == (2, f"sparling: 0 introns on the {side} side, 1 is the fewest\n")
    assert not (tmp_path / "run").exists()


def three_chromosomes(made, tmp_path):
    """chr2 is chr1 again, chr3 another one."""
    (tmp_path / "other").mkdir()
    other = [path.read_text() for path in made_genome(tmp_path / "other", seed=1)]
    for own, more in zip((made[1], made[3]), other, strict=True):
        again = own.read_text().replace("=g", "=h").replace("=t", "=u").replace("chr1", "chr2")
        more = more.replace("=g", "=i").replace("=t", "=v").replace("chr1", "chr3")
        own.write_text(own.read_text() + again + more)


def test_a_test_side_that_is_the_training_side_again_is_refused(sparling, made, tmp_path):
    three_chromosomes(made, tmp_path)
    sides = ("--test-chroms", "chr2", "--validation-chroms", "chr3")
    result = sparling("splice", "train", *made, *SHORT, *sides, "--quiet")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "all 80 test genes share words of 31 letters with training genes" in result.err
    assert not (tmp_path / "run").exists()


def test_unlikely_ends_need_a_word(sparling, made, tmp_path):
    genome = made[1]
    genome.write_text(genome.read_text().replace("GTAAGT", "CCAAGT").replace("ACTTAC", "ACTTGG"))
    refused = sparling("splice", "train", *made, *SHORT)
    assert refused.code == 2
    assert "do" in refused.err
    assert "belong together?" in refused.err
    assert sparling("splice", "check", *made[:4], "--force-sites", "--quiet").code == 0


def test_nothing_to_resume_is_said(sparling, tmp_path):
    result = sparling("splice", "train", "--resume", "--out", tmp_path / "nowhere")
    assert result.code == 2
    assert "nowhere" in result.err
