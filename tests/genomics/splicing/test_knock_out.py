"""Knock-outs near sites are those of the whole map, one mark after the other; P and marks those of each transcript."""

import numpy as np
import pytest
import torch

from sparling.training.session import Session
from sparling.training.task import Batch
from sparling_genomics.splicing.core_sites.tracks import LENGTH, KmerTracks
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.maps.pictures import draw_rna_maps
from sparling_genomics.splicing.maps.rna_map import rna_maps
from sparling_genomics.splicing.maps.side import LEAST, SideMap, read_side
from sparling_genomics.splicing.maps.tables import write_effects, write_rna_map, write_sites
from sparling_genomics.splicing.metrics import log_odds
from sparling_genomics.splicing.network import SpliceNetwork, splice_model
from sparling_genomics.splicing.task import SpliceTask
from tests.genomics.splicing.sides import motif, small_genes

NETWORK = SpliceNetwork(channels=4, width=8, units=2, stem=7, kernel=3, dilations=(1, 2, 4))
MOTIFS = (motif("M1", "GTA", (0, 2), (-1, 1)), motif("M2", "AG", (3,), (0,)))


@pytest.fixture(scope="module", params=["none", "lssi"])
def read(request, tmp_path_factory) -> tuple[Session, SpliceTask, SideMap]:
    """The small genome, whose genes see letters beyond both of its ends, read by random weights."""
    data = small_genes(tmp_path_factory.mktemp("small"), NETWORK.context)[1]
    torch.manual_seed(0)
    core = KmerTracks(-10 * torch.rand(2, 4**LENGTH)) if request.param == "lssi" else None
    network = SpliceNetwork(**{**vars(NETWORK), "core": request.param})
    task = SpliceTask(data, data, 0, core=16)
    session = Session(splice_model(network, 0.1, core), task, "cpu")
    session.calibrate()
    return session, task, read_side(session, task, data, MOTIFS)


def whole(read, gene):
    """Batch of one transcript with its context, and its map."""
    session, _, side = read
    own = slice(int(side.data.offsets[gene]), int(side.data.offsets[gene + 1]))
    batch = Batch(torch.from_numpy(side.data.codes[own])[None], torch.from_numpy(side.data.labels[own])[None])
    return batch, session.forward(batch).activations


def odds_of(logits, kind):
    return log_odds(logits)[0, int(kind) - 1]


def test_knock_outs_are_those_of_the_whole_map_one_by_one(read):
    session, _, side = read
    reach = session.model.readout.reach
    found = {(int(s), int(m), int(d)): float(c) for s, m, d, c in zip(*side.effects[1:], strict=True)}
    expected = {}
    for site, (place, kind, gene) in enumerate(zip(*side.sites[:3], strict=True)):
        batch, activations = whole(read, gene)
        at = int(place - side.data.offsets[gene])
        before = odds_of(session.read(activations, batch)[:, :, at], kind)
        assert side.effects.log_odds[site] == pytest.approx(float(before), abs=1e-4)
        near = {}
        for number, own in enumerate(MOTIFS):
            for channel, shift in zip(own.channels, own.shifts, strict=True):
                for mark in torch.nonzero(activations[0, channel])[:, 0].tolist():
                    if abs(mark - at) <= reach:
                        near.setdefault((site, number, mark + shift - at), []).append((channel, mark))
        for key, marks in near.items():
            silenced = activations.clone()
            for channel, mark in marks:
                silenced[0, channel, mark] = 0
            expected[key] = float(odds_of(session.read(silenced, batch)[:, :, at], kind) - before)
    assert found.keys() == expected.keys()
    assert len(found) > 20
    assert any(abs(change) > 1e-3 for change in expected.values())
    for key, change in expected.items():
        assert found[key] == pytest.approx(change, abs=1e-4)


def test_occurrences_are_the_marks_of_their_channels_each_once(read):
    side = read[2]
    expected = {}
    for gene in range(len(side.data)):
        activations = whole(read, gene)[1][0, :, side.data.context : -side.data.context]
        first = int(side.data.offsets[gene]) + side.data.context
        for number, own in enumerate(MOTIFS):
            for channel, shift in zip(own.channels, own.shifts, strict=True):
                for at in torch.nonzero(activations[channel])[:, 0].tolist():
                    key = (number, first + at + shift)
                    expected[key] = max(expected.get(key, 0), float(activations[channel, at]))
    found = dict(zip(zip(*(c.tolist() for c in side.occurrences[:2]), strict=True), side.occurrences[2], strict=True))
    assert found == pytest.approx(expected, abs=1e-4)
    assert len(found) == len(side.occurrences.firsts) > 5
    assert (np.diff(side.occurrences.firsts) >= 0).all()


def test_calls_are_the_probabilities_of_each_transcript(read):
    session, _, side = read
    expected = {}
    for gene in range(len(side.data)):
        batch, activations = whole(read, gene)
        chance = session.read(activations, batch).softmax(1)[0]
        for at in np.flatnonzero(batch.y[0].numpy() != MASKED).tolist():
            for kind in (1, 2):
                if chance[kind, at] >= LEAST:
                    expected[int(side.data.offsets[gene]) + at, kind] = float(chance[kind, at])
    keys = zip(side.calls.places.tolist(), side.calls.kinds.tolist(), strict=True)
    assert dict(zip(keys, side.calls.probabilities.tolist(), strict=True)) == pytest.approx(expected, abs=1e-5)


def test_without_motifs_nothing_is_silenced(read, tmp_path):
    session, task, side = read
    found = read_side(session, task, side.data, ())
    assert [len(column) for column in found.occurrences] == [0, 0, 0]
    assert [len(column) for column in found.effects[1:]] == [0, 0, 0, 0]
    assert found.effects.log_odds == pytest.approx(side.effects.log_odds, abs=1e-5)
    assert found.calls.places.tolist() == side.calls.places.tolist()
    write_sites(tmp_path / "sites.bed", found, {"chr1": 100})
    write_effects(tmp_path / "effects.tsv.gz", found)
    write_rna_map(tmp_path / "rna_map.tsv", found, list(rna_maps(found, 0)))
    draw_rna_maps((), (), tmp_path / "rna_map.svg")
    assert (tmp_path / "sites.bed").read_bytes() == b""
    assert len((tmp_path / "rna_map.tsv").read_text().splitlines()) == 1
