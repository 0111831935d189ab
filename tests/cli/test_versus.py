"""What differs between two sets: a run in each direction, one summary."""

import numpy as np
import pytest

from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.worlds.planted import consensus_motif, plant


@pytest.fixture
def sets(tmp_path):
    """Two sets with an E-box each, of which the first has one more motif."""
    made = []
    for name, consensus in (("ebox", "GTCACGTGAC"), ("gata", "TTGATAAGGC")):
        truth = plant(
            [consensus_motif(name, consensus)], 300, 0, 40, np.random.default_rng(1), sites_per_sequence=(1, 1)
        )
        made.append(tmp_path / f"{name}.fa")
        made[-1].write_text("".join(f">{name}{i}\n{decode(codes)}\n" for i, codes in enumerate(truth.codes)))
    return made


def test_each_set_has_its_own_motif(sparling, small, sets, tmp_path):
    result = sparling("motifs", "train", "--fasta", sets[0], "--versus", sets[1], "--out", tmp_path / "both")
    assert result.code == 0, result.err
    assert sorted(each.name for each in (tmp_path / "both").iterdir()) == ["ebox_over_gata", "gata_over_ebox"]
    found = {
        name: read_motifs_tsv(tmp_path / "both" / name / "motifs.tsv") for name in ("ebox_over_gata", "gata_over_ebox")
    }
    assert [("CACGTG" in rows[0].consensus, "GATAA" in rows[0].consensus) for rows in found.values()] == [
        (True, False),
        (False, True),
    ] or "TTATC" in found["gata_over_ebox"][0].consensus
    short = result.out.partition("In short")[2]
    assert f"ebox over gata: {found['ebox_over_gata'][0].consensus}" in short
    assert f"gata over ebox: {found['gata_over_ebox'][0].consensus}" in short
    again = sparling("motifs", "train", "--fasta", sets[0], "--versus", sets[1], "--out", tmp_path / "both", "--resume")
    assert again.code == 0
    assert again.err.count("is finished, and is left as it is") == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--versus", "OTHER"], "--versus needs --fasta, or --bed with --genome"),
        (["--fasta", "OWN", "--versus", "none.fa"], "no such file, none.fa"),
        (
            ["--fasta", "OWN", "--versus", "OTHER", "--negatives", "OTHER"],
            "--versus and --negatives exclude each other",
        ),
        (["--bed", "OWN", "--versus", "OTHER"], "--bed needs --genome"),
        (["--bed", "OWN", "--genome", "OTHER", "--background", "flanks", "--versus", "OTHER"], "--background exclude"),
        (["--fasta", "OWN", "--versus", "OTHER", "--out", "OWN"], "--out is a file"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(sparling, sets, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    result = sparling("motifs", "train", *({"OWN": sets[0], "OTHER": sets[1]}.get(word, word) for word in options))
    assert result.code == 2
    assert said in result.err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ebox.fa", "gata.fa"]
