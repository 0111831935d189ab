"""Strand symmetry as a law: the front end of DNA sees both strands alike, that of RNA the forward one alone."""

import numpy as np
import pytest
import torch

from sparling.networks.local import ResidualLocal
from sparling_genomics.letters.alphabet import PAD, encode, reverse_complement
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.network.front_ends import FeaturedStrandMax, ForwardOnly, StrandMax, StrandPair
from tests.genomics.hand_made import Words


@pytest.fixture
def local():
    torch.manual_seed(0)
    net = ResidualLocal(4, 3, width=8, units=1, stem=7)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(module.bias)
    return net.eval()


@pytest.fixture
def codes():
    return np.random.default_rng(0).choice(5, size=(6, 40), p=[0.24] * 4 + [0.04]).astype(np.uint8)


def hot(codes):
    return one_hot(torch.from_numpy(np.ascontiguousarray(codes)))


@torch.no_grad()
def test_reverse_complementing_the_input_mirrors_the_scores_exactly(local, codes):
    front_end = StrandMax(local)
    assert torch.equal(front_end(hot(reverse_complement(codes))), front_end(hot(codes)).flip(2))


@torch.no_grad()
def test_reverse_complementing_the_input_swaps_the_strands(local, codes):
    front_end = StrandMax(local)
    assert torch.equal(front_end.both(hot(reverse_complement(codes))), front_end.both(hot(codes)).flip(0, 3))


@torch.no_grad()
def test_strands_are_the_local_model_on_the_sequence_and_on_its_reverse_complement(local, codes):
    forward, reverse = StrandMax(local).both(hot(codes))
    torch.testing.assert_close(forward, local(hot(codes)))
    torch.testing.assert_close(reverse, local(hot(reverse_complement(codes))).flip(2))
    assert torch.equal(StrandMax(local)(hot(codes)), torch.maximum(forward, reverse))


@torch.no_grad()
def test_a_word_scores_the_same_at_its_centre_on_either_strand():
    front_end = StrandMax(Words("GATTACA"))
    forward, reverse = (hot(encode(s)[None]) for s in ("CCGATTACACC", "GGTGTAATCGG"))
    assert front_end.both(forward)[0, 0, 0, 5] == front_end.both(reverse)[1, 0, 0, 5] == 7


@torch.no_grad()
def test_the_forward_only_front_end_is_the_local_model(local, codes):
    front_end = ForwardOnly(local)
    assert torch.equal(front_end(hot(codes)), local(hot(codes)))
    assert torch.equal(front_end.both(hot(codes)), local(hot(codes)).unsqueeze(0))
    assert not torch.allclose(front_end(hot(reverse_complement(codes))), front_end(hot(codes)).flip(2))


@pytest.mark.parametrize("front_end", [StrandMax, ForwardOnly])
@torch.no_grad()
def test_n_and_pad_speak_for_no_letter(front_end):
    scores = front_end(Words("GATTACA"))(hot(np.array([[4] * 9, [PAD] * 9], dtype=np.uint8)))
    assert not scores.any()


@pytest.mark.parametrize("front_end", [StrandMax, ForwardOnly])
@torch.no_grad()
def test_scores_away_from_the_end_do_not_know_of_padding(front_end, local, codes):
    padded = np.concatenate([codes, np.full((6, 10), PAD, dtype=np.uint8)], axis=1)
    reach = local.receptive_field // 2
    inner = front_end(local)(hot(padded))[:, :, : 40 - reach]
    torch.testing.assert_close(inner, front_end(local)(hot(codes))[:, :, : 40 - reach])


@torch.no_grad()
def test_a_pair_keeps_the_strands_apart(local, codes):
    scores = StrandPair(local)(hot(codes))
    assert torch.equal(scores, torch.cat(list(StrandMax(local).both(hot(codes))), 1))
    mirrored = StrandPair(local)(hot(reverse_complement(codes)))
    assert torch.equal(mirrored, scores.flip(2).roll(3, dims=1))


@torch.no_grad()
def test_features_of_both_strands_give_the_better_score(local, codes):
    front_end = FeaturedStrandMax(local)
    features = front_end.features(hot(codes))
    assert features.shape == (12, 8, 40)
    torch.testing.assert_close(front_end.project(features), front_end(hot(codes)))
    assert front_end.weight is local.weight
