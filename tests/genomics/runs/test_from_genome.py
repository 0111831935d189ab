"""A run of regions of a genome, from BED to report, read back and gone on with."""

import gzip
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import sparling_genomics as sg
from sparling.errors import FileChanged, InputError
from sparling_genomics.data.dataset import load_dataset
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.runs.companions import train_null
from sparling_genomics.runs.finished import load_finished, sparse_map
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from tests.genomics.genomes import CHROMS, EBOX, LENGTH, SPAN, Planted, planted_genome
from tests.genomics.small_run import SMALL


class Trained(NamedTuple):
    made: Planted
    run: Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Trained:
    folder = tmp_path_factory.mktemp("regions")
    made = planted_genome(folder)
    config = MotifConfig.of({"bed": made.bed, "genome": made.fasta} | SMALL)
    run = RunFolder(folder / "run")
    prepared = prepare(config)
    run.start(config)
    train_motifs(prepared, run, "test")
    return Trained(made, run.path)


def test_the_planted_motif_is_found_at_its_places_on_the_genome(trained):
    (motif,) = read_motifs_tsv(trained.run / "motifs.tsv")
    assert EBOX in motif.consensus or motif.consensus in EBOX
    planted = {(site.chrom, site.start) for site in trained.made.sites}
    lines = (trained.run / "sites.bed").read_text().splitlines()
    begins = [(cells[0], int(cells[1])) for cells in (line.split("\t") for line in lines)]
    shift = EBOX.index(motif.consensus) if motif.consensus in EBOX else -motif.consensus.index(EBOX)
    found = {(chrom, start - shift) for chrom, start in begins}
    assert len(planted & found) > 0.9 * len(planted)


def test_run_json_says_what_the_bound_are_compared_with(trained):
    data = json.loads((trained.run / "run.json").read_text())["data"]
    assert data["negatives_used"] == "genome"
    assert data["background"] == "240 other windows of the genome, alike in length, GC and repeats"
    assert abs(data["matching"]["gc"][0] - data["matching"]["gc"][1]) < 0.01
    assert sum(data["matching"]["masked_bars"][0]) == 240
    assert set(data) >= {"bed", "genome"}
    assert any("other windows of the genome" in sentence for sentence in data["noticed"])


def test_the_report_says_so_too_and_shows_how_alike_they_are(trained):
    page = (trained.run / "report.html").read_text()
    assert "Compared with 240 other windows of the genome" in page
    assert page.index("How alike bound and unbound sequences are") < page.index("GC content, %")
    assert "in repeats (soft-masked), %" in page


def test_it_is_read_back_with_files_at_another_place(trained, tmp_path):
    moved = {"bed": tmp_path / "b.bed.gz", "genome": tmp_path / "g.fa"}
    moved["bed"].write_bytes(gzip.compress(trained.made.bed.read_bytes(), mtime=0))
    shutil.copy(trained.made.fasta, moved["genome"])
    with pytest.raises(FileChanged, match="bed has changed"):  # the same lines, another file
        load_finished(trained.run, moved)
    shutil.copy(trained.made.bed, moved["bed"].with_suffix(""))
    run = load_finished(trained.run, moved | {"bed": moved["bed"].with_suffix("")})
    assert sparse_map(run).reproduced == [1.0]
    assert set(read_sites_tsv(trained.run / "sites.tsv.gz")["sequence"]) <= set(run.data.names)


def test_another_genome_is_refused(trained, tmp_path):
    text = trained.made.fasta.read_text()
    (tmp_path / "g.fa").write_text(text.replace("chr6\n", "chr6\nACGTACGT"))
    with pytest.raises(FileChanged, match="genome has changed since the run was started, when it was"):
        load_finished(trained.run, {"genome": tmp_path / "g.fa"})


def test_the_same_data_as_of_the_extracted_fasta(trained, tmp_path):
    """What ``bedtools getfasta`` would give of both sides, read as FASTA files."""
    data = prepare(MotifConfig.read(trained.run / "config.toml")).data
    files = {1: tmp_path / "bound.fa", 0: tmp_path / "unbound.fa"}
    for label, path in files.items():
        own = [i for i in range(len(data)) if data.labels[i] == label]
        path.write_text("".join(f">{data.names[i]}\n{decode(data.sequence(i))}\n" for i in own))
    extracted = load_dataset(files[1], negatives=files[0], min_length=11, seed=0)
    assert extracted.names == data.names
    assert (extracted.codes == data.codes).all()
    assert (extracted.split == data.split).all()
    assert extracted.intervals == data.intervals
    assert (extracted.cluster == data.cluster).all()


def test_places_of_bound_windows_are_those_of_the_bed(trained):
    data = load_finished(trained.run).data
    assert isinstance(data.intervals[0], Interval)
    assert list(data.intervals[:240]) == trained.made.regions


def test_the_null_run_needs_no_genome(trained, tmp_path):
    run = Path(shutil.copytree(trained.run, tmp_path / "run"))
    folder = train_null(run, load_finished(trained.run).data, "test")
    config = MotifConfig.read(folder / "config.toml")
    assert (config.fasta, config.bed, config.genome, config.background) == (
        run / "null" / "shuffled.fa.gz",
        None,
        None,
        None,
    )
    assert json.loads((folder / "run.json").read_text())["data"]["bound"] == 240


def test_from_python_it_is_the_same_run(trained, tmp_path, monkeypatch):
    of = MotifConfig.of
    monkeypatch.setattr(MotifConfig, "of", lambda options: of(options | SMALL))
    run = sg.find_motifs(bed=trained.made.bed, genome=trained.made.fasta, out=tmp_path / "run", progress=False)
    assert (run.path / "motifs.tsv").read_bytes() == (trained.run / "motifs.tsv").read_bytes()
    assert run.info["data"]["background"].startswith("240 other windows")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "sequences are missing: fasta, or bed with genome"),
        ({"bed": "peaks.bed"}, "--bed needs --genome"),
        ({"fasta": "p.fa", "background": "genome"}, "--background needs --bed"),
        ({"bed": "p.bed", "genome": "g.fa", "background": "peaks"}, "peaks:FILE or shuffle; got peaks"),
    ],
)
def test_what_python_refuses(tmp_path, monkeypatch, given, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        sg.find_motifs(**given)
    assert not list(tmp_path.iterdir())


def test_a_fault_leaves_nothing_behind(trained, tmp_path):
    (tmp_path / "bad.bed").write_text("chr1\t5\t2\n")
    config = MotifConfig.of({"bed": tmp_path / "bad.bed", "genome": trained.made.fasta} | SMALL)
    with pytest.raises(InputError, match=r"bad\.bed:1"):
        prepare(config)
    assert [each.name for each in tmp_path.iterdir()] == ["bad.bed"]


@pytest.fixture(scope="module")
def signalled(tmp_path_factory):
    """Regions with an E-box, where the track is high, and beside them as many without one."""
    pybigtools = pytest.importorskip("pybigtools")
    folder = tmp_path_factory.mktemp("signal")
    made = planted_genome(folder)
    rng = np.random.default_rng(1)
    lines, records = [], []
    for region in made.regions:
        for shift, level in ((0, 9.0), (60, 1.0)):
            start = region.start + shift
            lines.append(f"{region.chrom}\t{start}\t{start + SPAN}\n")
            records.append((region.chrom, start, start + SPAN, level + float(rng.gamma(1.0))))
    bed, track = folder / "all.bed", folder / "chip.bw"
    bed.write_text("".join(lines))
    pybigtools.open(str(track), "w").write(dict.fromkeys(CHROMS, LENGTH), iter(records))
    return made, bed, track, records


def test_a_signal_is_learned_from_regions(signalled, tmp_path):
    made, bed, track, records = signalled
    config = MotifConfig.of({"bed": bed, "genome": made.fasta, "signal": track} | SMALL)
    prepared = prepare(config)
    told = {(str(each.chrom), each.start): i for i, each in enumerate(prepared.data.intervals)}
    targets = prepared.data.targets
    values = (targets.values + targets.by_letters)[:, 0]
    for chrom, start, _, value in records:
        assert values[told[chrom, start]] == pytest.approx(np.log1p(value), rel=1e-5)
    assert set(prepared.data.labels) == {1.0}
    folder = RunFolder(tmp_path / "run")
    folder.start(config)
    train_motifs(prepared, folder, "test")
    run = sg.load(folder.path)
    assert any(EBOX in word or word in EBOX for word in run.motifs["consensus"])
    first = run.effects.iloc[0]
    assert (first["label"], first["effect"] > 0.5) == ("chip", True)
    assert run.info["metrics"]["columns"][0]["spearman"] > 0.6
    assert "chip as real values" in " ".join(run.info["data"]["noticed"])
    around = ["".join(np.random.default_rng(side).choice(list("ACGT"), 150)) for side in (0, 1)]
    said = run.predict({"with": EBOX.join(around), "without": EBOX[::-1].join(around)})["chip"]
    assert said["with"] > said["without"] + 0.5
    resumed = sg.find_motifs(out=folder.path, bed=bed, resume=True, progress=False)
    assert resumed.info["data"]["signal"]["path"].endswith("chip.bw")
    with pytest.raises(InputError, match="the audit is of bound and unbound sequences, and this run is of chip"):
        run.audit(null=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"background": "flanks"}, "--signal compares the regions with each other; --background is of bound"),
        ({"signal": None, "signal_summary": "max"}, "--signal-summary needs --signal"),
        ({"signal_summary": "sum"}, "signal_summary: input should be 'log-mean', 'mean' or 'max'"),
        ({"bed": None, "genome": None, "fasta": "x.fa"}, "--signal needs --bed"),
    ],
)
def test_options_that_do_not_go_with_a_signal(options, message):
    given = {"bed": "a.bed", "genome": "g.fa", "signal": "t.bw"} | options
    with pytest.raises(InputError, match=message):
        MotifConfig.of({name: value for name, value in given.items() if value is not None})
