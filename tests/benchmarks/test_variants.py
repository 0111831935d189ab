import gzip

import numpy as np
import pytest
from variants import COLUMNS, judged, read_alleles, site_change, summary

from sparling_genomics.worlds.planted import consensus_motif


def alleles(path, bound="G"):
    with gzip.open(path, "wt") as handle:
        handle.write("name\tsequence_of_bound_allele\tposition\tbound_allele\tother_allele\n")
        handle.write(f"a\tACACGATTACACAC\t4\t{bound}\tT\nb\tACACACACACACAC\t1\tC\tG\n")
    return path


def test_the_bound_allele_stands_last_and_its_letters_are_checked(tmp_path) -> None:
    pairs = read_alleles(alleles(tmp_path / "a.tsv.gz"))
    assert pairs["a"] == ("ACACTATTACACAC", "ACACGATTACACAC")
    with pytest.raises(ValueError, match="a has G at 4, not C"):
        read_alleles(alleles(tmp_path / "a.tsv.gz", "C"))


def test_a_matrix_tells_apart_what_its_best_site_shows(tmp_path) -> None:
    change = site_change(consensus_motif("M", "GATTACA"), read_alleles(alleles(tmp_path / "a.tsv.gz")))
    assert change[0] > 0


def test_shares_are_counted_by_hand() -> None:
    change, known = np.array([3.0, -2.0, 0.5, 0.0]), np.array([1.0, 0.0, -1.0, 0.0])
    said = judged(change, known)
    assert said == pytest.approx(
        {
            "n": 4,
            "moves": 0.75,
            "right": 2 / 3,
            "right_ties_half": 2.5 / 4,
            "right_largest": 0.5,
            "right_where_known_moves": 1.0,
        }
    )


def test_the_summary_has_a_line_a_scorer() -> None:
    rows = [dict.fromkeys(COLUMNS, "0.5") | {"scorer": name} for name in ("JASPAR", "prediction", "prediction")]
    assert summary(rows).count("\n") == 3
