"""A table of sites turned back into the motif it was written from."""

import numpy as np
import pytest

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.runs.finished import motif_from_table
from sparling_genomics.runs.publish import site_table
from tests.genomics.hand_made import activations, dataset

WIDTH = 6


@pytest.mark.parametrize("first", [-4, 0, 3])
def test_sites_come_back_where_they_were_also_at_the_ends(first):
    data = dataset(["ACGT" * 5, "GATTACA" * 4], labels=[1, 0])
    places = [
        (s, 0, p, reverse, 1.5) for s, length in ((0, 20), (1, 28)) for p in range(length) for reverse in (False, True)
    ]
    pwm = Pwm("M1", np.ones((WIDTH, 4)), 10)
    motif = Motif(pwm, (0,), activations(places), first)
    start, end = motif.intervals(data)
    inside = end > start
    known = {name: index for index, name in enumerate(data.names)}
    again = motif_from_table(site_table(data, [motif]), known, pwm, 0)
    assert again.first == 0
    assert again.sites.sequence.tolist() == motif.sites.sequence[inside].tolist()
    assert again.sites.reverse.tolist() == motif.sites.reverse[inside].tolist()
    assert [x.tolist() for x in again.intervals(data)] == [start[inside].tolist(), end[inside].tolist()]
    whole = end[inside] - start[inside] == WIDTH
    column = np.where(motif.sites.reverse, motif.sites.position - first, motif.sites.position + first)[inside]
    assert again.sites.position[whole].tolist() == column[whole].tolist()
    assert again.sites.position.tolist() == column.tolist()


def test_other_motifs_of_the_table_are_left_alone():
    data = dataset(["ACGT" * 5])
    motifs = [
        Motif(Pwm(f"M{c + 1}", np.ones((WIDTH, 4)), 1), (c,), activations([(0, c, 3 * c, False, 1.0)]), 0)
        for c in (0, 1)
    ]
    known = {"s0": 0}
    table = site_table(data, motifs)
    assert motif_from_table(table, known, motifs[1].pwm, 1).sites.position.tolist() == [3]
    none = Pwm("M9", np.ones((WIDTH, 4)), 0)
    assert len(motif_from_table(table, known, none, 2).sites) == 0
