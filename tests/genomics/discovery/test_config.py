"""Configurations: what is written comes back, and each fault is one line that names its option."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from sparling.errors import InputError
from sparling_genomics.discovery.config import MAX_WIDTH, OF_GENOME, MotifConfig, background_of, default_width
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA

OPTIONS = {
    "fasta": Path("/data/peaks.fa"),
    "negatives": Path("/data/others.fa"),
    "db": Path("/data/jaspar.meme"),
    "alphabet": "rna",
    "norc": True,
    "motifs": 5,
    "sites_per_seq": 1.5,
    "width": 11,
    "seed": 7,
    "max_minutes": 0.5,
    "max_samples": 100_000,
    "device": "cpu",
}


# Files


@pytest.mark.parametrize("options", [OPTIONS, {"fasta": Path("/data/peaks.fa")}])
def test_a_written_configuration_comes_back(tmp_path, options):
    config = MotifConfig.of(options)
    config.write(tmp_path / "config.toml")
    assert MotifConfig.read(tmp_path / "config.toml") == config


def test_every_setting_is_written_but_those_that_are_unset(tmp_path):
    config = MotifConfig.of({"fasta": Path("/data/peaks.fa")})
    config.write(tmp_path / "config.toml")
    written = tomllib.loads((tmp_path / "config.toml").read_text())
    unset = {
        "negatives",
        "labels",
        "db",
        "db_taxon",
        "start_from",
        "alphabet",
        "motifs",
        "sites_per_seq",
        "width",
        "max_minutes",
        "max_samples",
    }
    assert set(written) == set(MotifConfig.model_fields) - unset - {"bed", *OF_GENOME}
    assert (written["channels"], written["seed"]) == (config.channels, config.seed)


def test_paths_are_written_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    MotifConfig.of({"fasta": Path("peaks.fa"), "db": Path("sub/x.meme")}).write(tmp_path / "config.toml")
    read = MotifConfig.read(tmp_path / "config.toml")
    assert (read.fasta, read.db) == (tmp_path / "peaks.fa", tmp_path / "sub" / "x.meme")


@pytest.mark.parametrize("content", [b"motifs = ", b"\xff\xfe\x00", b"[motifs", None])
def test_a_damaged_or_missing_file_is_refused_with_its_path(tmp_path, content):
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="configuration cannot be read") as error:
        MotifConfig.read(path)
    assert str(error.value).endswith(str(path))


@pytest.mark.parametrize(
    ("content", "option"),
    [('fasta = "x.fa"\ncolour = "red"\n', "colour"), ('fasta = "x.fa"\nmotifs = 0\n', "motifs"), ("", "fasta")],
)
def test_a_file_with_a_wrong_setting_is_refused_with_its_path(tmp_path, content, option):
    path = tmp_path / "config.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=option) as error:
        MotifConfig.read(path)
    assert str(error.value).endswith(str(path))
    assert "\n" not in str(error.value)


# Faults of options


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("motifs", 0, r"motifs: .*greater than or equal to 1, got 0"),
        ("motifs", 257, r"motifs: .*less than or equal to 256, got 257"),
        ("motifs", "many", r"motifs: .*integer.*, got 'many'"),
        ("width", 20, r"width: must be odd, .*19 or 21.*, got 20"),
        ("width", 2, r"width: .*greater than or equal to 3, got 2"),
        ("width", MAX_WIDTH + 1, rf"width: .*less than or equal to {MAX_WIDTH}, got {MAX_WIDTH + 1}"),
        ("sites_per_seq", 0, r"sites_per_seq: .*greater than 0, got 0"),
        ("max_minutes", -1, r"max_minutes: .*greater than 0, got -1"),
        ("max_samples", 0, r"max_samples: .*greater than 0, got 0"),
        ("max_minutes", float("nan"), r"max_minutes: .*, got nan"),
        ("seed", -1, r"seed: .*greater than or equal to 0, got -1"),
        ("alphabet", "protein", r"alphabet: .*'dna' or 'rna', got 'protein'"),
        ("device", "tpu", r"device: .*, got 'tpu'"),
        ("factor", 1.0, r"factor: .*less than 1, got 1"),
        ("colour", "red", r"colour: .*not permitted, got 'red'"),
    ],
)
def test_a_fault_is_one_line_that_names_the_option(option, value, message):
    with pytest.raises(InputError, match=f"^{message}") as error:
        MotifConfig.of({"fasta": Path("x.fa"), option: value})
    assert "\n" not in str(error.value)


def test_a_missing_fasta_is_named():
    with pytest.raises(InputError, match=r"^--fasta is missing, or --bed with --genome"):
        MotifConfig.of({"motifs": 3})


REGIONS = {"bed": Path("/data/peaks.bed"), "genome": Path("/data/hg38.fa")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fasta": Path("x.fa"), **REGIONS}, "--fasta and --bed exclude each other"),
        ({"bed": Path("x.bed")}, "--bed needs --genome"),
        ({"fasta": Path("x.fa"), "genome": Path("g.fa")}, "--genome needs --bed"),
        ({"fasta": Path("x.fa"), "top": 5}, "--top needs --bed"),
        ({"fasta": Path("x.fa"), "background": "genome"}, "--background needs --bed"),
        ({"fasta": Path("x.fa"), "test_chroms": ("chr8",)}, "--test-chroms needs --bed"),
        ({**REGIONS, "negatives": Path("n.fa")}, "--negatives belongs to --fasta; --bed has --background"),
        ({**REGIONS, "labels": Path("n.tsv")}, "--labels belongs to --fasta"),
        ({**REGIONS, "background": "peaks"}, "--background peaks needs the file"),
        ({**REGIONS, "background": "genome", "peaks": Path("o.bed")}, "--background peaks needs the file"),
        (
            {**REGIONS, "background": "random"},
            "background: input should be 'genome', 'flanks', 'peaks', 'shuffle' or 'versus'",
        ),
        ({**REGIONS, "size": 2}, "size: .*greater than or equal to 8, got 2"),
        ({**REGIONS, "top": 0}, "top: .*greater than or equal to 1, got 0"),
    ],
)
def test_what_belongs_to_regions_of_a_genome(options, message):
    with pytest.raises(InputError, match=f"^{message}"):
        MotifConfig.of(options)


def test_regions_of_a_genome_are_written_and_read(tmp_path):
    others = background_of("peaks:/data/others.bed")
    config = MotifConfig.of(REGIONS | others | {"test_chroms": "chr8, chr9", "size": 101})
    assert config.test_chroms == ("chr8", "chr9")
    config.write(tmp_path / "config.toml")
    assert MotifConfig.read(tmp_path / "config.toml") == config
    assert MotifConfig.of({"fasta": Path("x.fa"), "background": "shuffle"}).background == "shuffle"


def test_options_that_are_none_are_not_given():
    assert MotifConfig.of({"fasta": Path("x.fa"), "motifs": None}) == MotifConfig.of({"fasta": Path("x.fa")})


def test_a_configuration_cannot_be_changed():
    config = MotifConfig.of(OPTIONS)
    with pytest.raises(ValidationError, match="frozen"):
        config.motifs = 9


def test_every_setting_says_what_it_is():
    assert all(field.description for field in MotifConfig.model_fields.values())


# Resuming


def test_equal_and_absent_options_agree_with_a_configuration():
    config = MotifConfig.of(OPTIONS)
    assert config.resumed(OPTIONS) == config
    assert config.resumed(dict.fromkeys(OPTIONS)) == config.resumed({}) == config


def test_a_path_is_the_same_however_it_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    MotifConfig.of({"fasta": Path("peaks.fa")}).write(tmp_path / "config.toml")
    read = MotifConfig.read(tmp_path / "config.toml")
    assert read.resumed({"fasta": Path("peaks.fa")}) == read.resumed({"fasta": tmp_path / "peaks.fa"}) == read


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("motifs", 6, "motifs 6 differs from the run to resume, which has 5"),
        ("sites_per_seq", 2.0, "sites_per_seq 2.0 differs from the run to resume, which has 1.5"),
        ("labels", Path("/data/l.tsv"), "labels /data/l.tsv differs from the run to resume, which has None"),
    ],
)
def test_another_option_contradicts_a_configuration(option, value, message):
    with pytest.raises(InputError, match=f"^{message}"):
        MotifConfig.of(OPTIONS).resumed({option: value})


def test_a_file_that_has_moved_may_be_given_again():
    config = MotifConfig.of(OPTIONS)
    assert config.resumed({"fasta": Path("/data/other.fa")}) == config.model_copy(
        update={"fasta": Path("/data/other.fa")}
    )


# Width


@pytest.mark.parametrize("alphabet", [DNA, DNA_FORWARD, RNA], ids=lambda each: each.name)
@pytest.mark.parametrize("length", [1, 7, 8, 20, 21, 30.5, 43, 44, 200, 20_000])
def test_the_default_width_is_odd_and_at_most_half_of_a_sequence(length, alphabet):
    width = default_width(length, alphabet)
    assert width % 2 == 1
    assert 3 <= width <= (15 if alphabet == RNA else 21)
    assert width <= max(3, length / 2)
