"""Sequences by address: the same in any batch and order; background and sites as their matrices say."""

import numpy as np
import pytest
import torch

from sparling.evaluation.motif_errors import Motifs
from sparling_genomics.letters.alphabet import reverse_complement
from sparling_genomics.worlds.planted_dna.domain import NEXT, PlantedDna
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS
from sparling_genomics.worlds.planted_dna.task import AnswerTask

WORLDS = [PlantedDna(grammar) for grammar in GRAMMARS.values()]


@pytest.mark.parametrize("world", WORLDS, ids=list(GRAMMARS))
def test_a_sample_is_the_same_in_any_batch_and_order(world: PlantedDna) -> None:
    whole = world.samples(7, torch.arange(100))
    some = torch.tensor([99, 0, 41, 41])
    again = world.samples(7, some)
    assert torch.equal(again.x, whole.x[some])
    assert torch.equal(again.y, whole.y[some])
    for i, index in enumerate(some.tolist()):
        assert sites(again.motifs, i) == sites(whole.motifs, index)


def sites(motifs: Motifs, sample: int) -> list[list[int]]:
    chosen = motifs.sample == sample
    return torch.stack([motifs.kind, motifs.low[:, 0], motifs.high[:, 0]], 1)[chosen].tolist()


def test_another_seed_and_another_index_are_another_sample() -> None:
    world = WORLDS[0]
    x = torch.cat([world.samples(seed, torch.arange(50)).x for seed in (0, 1)])
    assert len(x.flatten(1).unique(dim=0)) == 100


def test_training_does_not_depend_on_the_batch_size() -> None:
    streams = [AnswerTask(WORLDS[2], 1, batch_size=size).training_batches(0) for size in (8, 32)]
    small, large = torch.cat([next(streams[0]).x for _ in range(4)]), next(streams[1]).x
    assert torch.equal(small, large)


@pytest.mark.parametrize("world", WORLDS, ids=list(GRAMMARS))
def test_letters_of_sites_follow_the_matrices_on_both_strands(world: PlantedDna) -> None:
    n = 3000
    samples, layout = world.samples(2, torch.arange(n)), world.layout(2, torch.arange(n))
    for kind, motif in enumerate(world.motifs):
        for reverse in (False, True):
            sample, slot = ((layout.kind == kind) & (layout.reverse == reverse)).nonzero(as_tuple=True)
            words = np.stack(
                [
                    samples.x[i, 0, start : start + motif.width].numpy()
                    for i, start in zip(sample.tolist(), layout.start[sample, slot].tolist(), strict=True)
                ]
            )
            words = reverse_complement(words) if reverse else words
            shares = np.stack([(words == letter).mean(0) for letter in range(4)], 1)
            assert np.abs(shares - motif.probabilities()).max() < 5 * 0.5 / len(words) ** 0.5


def test_the_truth_is_every_site_of_a_class_and_no_distractor() -> None:
    world = PlantedDna(GRAMMARS["strand"])
    layout, motifs = world.layout(0, torch.arange(200)), world.samples(0, torch.arange(200)).motifs
    expected = [
        (i, kind + 2 * reverse, start, end)
        for i in range(200)
        for kind, reverse, start, end in zip(*(part[i].tolist() for part in layout), strict=True)
        if 0 <= kind < 2
    ]
    found = zip(motifs.sample.tolist(), motifs.kind.tolist(), motifs.low.tolist(), motifs.high.tolist(), strict=True)
    assert [(i, kind, low[0], high[0]) for i, kind, low, high in found] == expected
    assert world.class_names == ("CTCF +", "HNF4A +", "CTCF −", "HNF4A −")


def test_the_background_is_the_markov_chain() -> None:
    world = WORLDS[2]
    x = world.samples(0, torch.arange(3000)).x[:, 0]
    layout = world.layout(0, torch.arange(3000))
    place = torch.arange(world.length)
    inside = ((place >= layout.start[..., None]) & (place < layout.end[..., None])).any(1)
    pairs = ~inside[:, 1:] & ~inside[:, :-1]
    before, after = x[:, :-1][pairs].long(), x[:, 1:][pairs].long()
    counts = torch.bincount(4 * before + after, minlength=16).view(4, 4).double()
    assert (counts / counts.sum(1, keepdim=True) - torch.tensor(NEXT)).abs().max() < 0.01


def test_density_is_motifs_over_channels_and_positions() -> None:
    world = PlantedDna(GRAMMARS["strand"])
    assert world.true_density == pytest.approx(2 / (4 * 100))
