"""Regions of S. pombe, and the FASTA file that ``bedtools getfasta -s`` makes of them, are one run to the byte."""

import gzip
from pathlib import Path

import pytest

from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from tests.genomics.small_run import SMALL

SPLICING = Path(__file__).resolve().parents[4] / "shared" / "data" / "splicing"
CHROM, LENGTH, MOST = "I", 600_000, 120
FILES = ("motifs.meme", "motifs.tsv", "sites.bed", "sites.tsv.gz", "pairs.tsv", "model/model.safetensors")


@pytest.fixture(scope="module")
def piece(tmp_path_factory):
    """The first bp of chromosome I as a genome, and its letters."""
    source = SPLICING / "pombe_genome.fa.gz"
    if not source.is_file():
        pytest.skip("shared data are not here")
    letters: list[str] = []
    with gzip.open(source, "rt") as lines:
        assert next(lines).startswith(f">{CHROM}")
        for line in lines:
            letters.append(line.strip())
            if len(letters) * 60 > LENGTH:
                break
    text = "".join(letters)[:LENGTH]
    path = tmp_path_factory.mktemp("pombe") / "genome.fa"
    path.write_text(f">{CHROM}\n{text}\n")
    return path, text


def promoters() -> list[tuple[int, int, str]]:
    """60 bp before each gene."""
    found = []
    with gzip.open(SPLICING / "pombe_annotation.gff3.gz", "rt") as lines:
        for line in lines:
            cells = line.split("\t")
            if len(cells) > 6 and (cells[0], cells[2]) == (CHROM, "gene"):
                start, end = int(cells[3]) - 1, int(cells[4])
                found.append((start - 60, start, "+") if cells[6] == "+" else (end, end + 60, "-"))
    return found


def donors() -> list[tuple[int, int, str]]:
    """20 bp on either side of the beginning of each intron."""
    found = []
    with gzip.open(SPLICING / "pombe_introns.tsv.gz", "rt") as lines:
        columns = next(lines).rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(columns, line.rstrip("\n").split("\t"), strict=True))
            if row["chrom"] == CHROM:
                at = int(row["start"]) - 1 if row["strand"] == "+" else int(row["end"])
                found.append((at - 20, at + 20, row["strand"]))
    return found


@pytest.mark.parametrize(("regions", "norc"), [(promoters, False), (donors, True)], ids=["promoters", "donors"])
def test_bed_and_extracted_fasta_give_the_same_bytes(piece, tmp_path, regions, norc):
    genome, text = piece
    inside = [each for each in regions() if each[0] >= 0 and each[1] <= LENGTH]
    chosen = list(dict.fromkeys(inside))[:MOST]
    assert len(chosen) == MOST
    assert {strand for _, _, strand in chosen} == {"+", "-"}
    bed, fasta = tmp_path / "regions.bed", tmp_path / "regions.fa"
    bed.write_text("".join(f"{CHROM}\t{start}\t{end}\t.\t0\t{strand}\n" for start, end, strand in chosen))
    records = []
    for start, end, strand in chosen:
        letters = text[start:end]
        if strand == "-":
            letters = decode(reverse_complement(encode(letters)))
        records.append(f">{CHROM}:{start}-{end}({strand})\n{letters}\n")
    fasta.write_text("".join(records))
    asked = {"bed": bed, "genome": genome, "background": "shuffle"}, {"fasta": fasta}
    folders = [tmp_path / "of_bed", tmp_path / "of_fasta"]
    for options, folder in zip(asked, folders, strict=True):
        config = MotifConfig.of(options | SMALL | {"norc": norc, "bases_an_evaluation": 20_000})
        run = RunFolder(folder)
        run.start(config)
        train_motifs(prepare(config), run, "test")
    for name in FILES:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    motifs = (folders[0] / "motifs.tsv").read_text()
    assert not norc or "GTA" in motifs  # the donor's own word is found
