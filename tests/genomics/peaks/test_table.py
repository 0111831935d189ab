"""peaks.tsv and bound.fa.gz: true to the sites of the run, read back as written, and what faults say."""

import csv
import gzip
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling.errors import InputError
from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.letters.alphabet import RNA, decode
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.peaks.silenced import BOUND, SequencePredictions
from sparling_genomics.peaks.table import (
    PEAK_COLUMNS,
    peak_table,
    read_bound_fasta,
    read_peaks_tsv,
    write_bound_fasta,
    write_peaks_tsv,
)
from tests.genomics.hand_made import activations, dataset

BAD_NAMES = ('a"quoted"', "pipe|chr1", "</script><b>", "峰一", "=1+1", "it's")


def test_counts_are_those_of_the_sites_file(small_run: Path) -> None:
    peaks = pd.read_csv(small_run / "peaks.tsv", sep="\t", quoting=csv.QUOTE_NONE)
    sites = read_sites_tsv(small_run / "sites.tsv.gz")
    counted = sites[sites["motif_id"] == "M1"].groupby("sequence").size()
    assert counted.sum() == peaks["M1"].sum() == len(sites)
    assert peaks.set_index("sequence")["M1"].loc[counted.index].tolist() == counted.tolist()
    assert peaks["label"].value_counts().to_dict() == {1: 240, 0: 240}
    assert set(peaks["split"]) == {"train", "validation", "test"}
    bound = peaks[peaks["label"] == 1]
    assert (bound["chrom"] + ":" + bound["start"].astype(int).astype(str)).tolist() == [
        name.split("-")[0] for name in bound["sequence"]
    ]
    assert peaks.loc[peaks["label"] == 0, "chrom"].isna().all()


def test_letters_of_bound_sequences_are_those_of_the_input(small_run: Path) -> None:
    given = {record.name: decode(record.codes) for record in read_fasta(small_run.parent / "peaks.fa")}
    assert read_bound_fasta(small_run / "bound.fa.gz") == given
    assert {record.name: decode(record.codes) for record in read_fasta(small_run / "bound.fa.gz")} == given


def written(folder: Path) -> pd.DataFrame:
    """A table with bad names, one sequence on a genome, a site beyond an end, and an ambiguous letter."""
    data = dataset(["ACGTN" * 4] * len(BAD_NAMES), labels=[1] * 5 + [0], names=BAD_NAMES)
    data = replace(data, intervals=(Interval("chr2", 5, 25, "-"), *data.intervals[1:]))
    sites = activations([(0, 0, 3, False, 1.0), (0, 0, 12, True, 1.0), (1, 0, 25, False, 1.0)])
    motif = Motif(Pwm("M1", np.ones((4, 4)), 2), (0,), sites, first=0)
    said = SequencePredictions((BOUND,), np.linspace(0, 1, 6)[:, None], [np.zeros(3)])
    table = peak_table(data, [motif], said)
    write_peaks_tsv(folder / "peaks.tsv", table)
    write_bound_fasta(folder / "bound.fa.gz", replace(data, alphabet=RNA))
    return table


def test_bad_names_come_back(tmp_path: Path) -> None:
    written(tmp_path)
    table = read_peaks_tsv(tmp_path / "peaks.tsv")
    assert table["sequence"].tolist() == list(BAD_NAMES)
    assert table.columns.tolist() == [*PEAK_COLUMNS, "prediction", "M1"]
    assert table["M1"].tolist() == [2, 0, 0, 0, 0, 0]  # the one wholly beyond the end is no site, as in sites.tsv.gz
    assert table.loc[0, ["chrom", "start", "end", "strand", "length"]].tolist() == ["chr2", 5, 25, "-", 20]
    assert table["start"].isna().tolist() == [False] + [True] * 5
    assert read_bound_fasta(tmp_path / "bound.fa.gz") == dict.fromkeys(BAD_NAMES[:5], "ACGUN" * 4)
    assert pd.read_csv(tmp_path / "peaks.tsv", sep="\t", quoting=csv.QUOTE_NONE)["prediction"].sum() == pytest.approx(3)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R here")
def test_r_reads_it(tmp_path: Path) -> None:
    written(tmp_path)
    code = f'x <- read.delim("{tmp_path}/peaks.tsv", quote = ""); cat(nrow(x), sum(x$M1), x$sequence[1])'
    said = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout
    assert said == f"6 2 {BAD_NAMES[0]}"


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        written(folder)
    for name in ("peaks.tsv", "bound.fa.gz"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "cannot read the table of sequences (No columns to parse from file)"),
        ("sequence\tprediction\n", "lacks the columns chrom, start, end, strand, length, label, split"),
        ("\t".join(PEAK_COLUMNS) + "\n", "lacks the columns prediction"),
        ("\t".join((*PEAK_COLUMNS, "prediction")) + "\na\t\t\t\t\tlong\t1\ttrain\t0.5\n", "cannot read the table"),
    ],
)
def test_damaged_tables_are_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "peaks.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"peaks\.tsv") as raised:
        read_peaks_tsv(path)
    assert fault in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b">a\nAC\nGT\n"), gzip.compress(b">a\nAC\n")[:-9]],
    ids=["plain", "two lines", "cut"],
)
def test_damaged_letters_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bound.fa.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bound\.fa\.gz"):
        read_bound_fasta(path)
