"""Windows at random places: without N, none twice, everywhere."""

import numpy as np
from random_windows import how_alike, random_windows

from sparling_genomics.data.genomic import Matching
from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.genome import open_genome


def test_windows_are_whole_and_apart(tmp_path):
    rng = np.random.default_rng(0)
    letters = ["".join(rng.choice(list("ACGT"), 3000)), "".join(rng.choice(list("ACGT"), 900)) + "N" * 900, "ACGT"]
    (tmp_path / "g.fa").write_text("".join(f">c{i}\n{text}\n" for i, text in enumerate(letters)))
    genome = open_genome(tmp_path / "g.fa")
    (tmp_path / "r.bed").write_text(random_windows(genome, 20, 60, np.random.default_rng(1)))
    windows = [region.interval for region in read_regions(tmp_path / "r.bed", genome)]
    assert [each.length for each in windows] == [60] * 20
    assert {each.chrom for each in windows} == {"c0", "c1"}
    assert max(each.end for each in windows if each.chrom == "c1") <= 900
    assert not any(one.overlap(other) for i, one in enumerate(windows) for other in windows[:i])


def test_the_largest_difference_of_a_decile():
    own = [0.1 * i for i in range(9)]
    other = [each + (0.03 if i == 4 else 0.01) for i, each in enumerate(own)]
    matching = Matching("genome", "", 9, 9, (0.4, 0.41), (own, other), ([9], [9]))
    alike = how_alike(matching)
    assert (alike["gc_bound"], alike["gc_unbound"]) == (0.4, 0.41)
    assert abs(alike["gc_deciles_apart"] - 0.03) < 1e-12
