"""The two reference networks: what they learn on a toy, and how motifs are read from them."""

import doctest
import importlib

import numpy as np
import pytest
import torch
from peers.cnn_modisco import PlainCnn, hypothetical_attributions
from peers.explainn import UNITS, ExplaiNN, motifs
from peers.network_data import Sequences, fit, flip, predict, read
from torch import nn

from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.worlds.planted import consensus_motif, plant

WORD = "GTCACGAA"


def toy(n=200, length=40, seed=0):
    planted = plant([consensus_motif("M", WORD, purity=1)], n, n, length, np.random.default_rng(seed))
    return Sequences(list(planted.names), planted.codes, planted.labels)


def test_sequences_are_read_with_their_labels_and_one_length(tmp_path):
    (tmp_path / "foreground.fa").write_text(">a\nACGT\n>b\nAC\n")
    (tmp_path / "test.fa").write_text(">c label=0 split=test\nACGTAC\n")
    bound = read(tmp_path, ("foreground", 1))
    assert (bound.names, bound.labels.tolist(), [decode(c) for c in bound.codes]) == (
        ["a", "b"],
        [1, 1],
        ["ACGT", "ACNN"],
    )
    test = read(tmp_path, ("test", None), length=4)
    assert (test.labels.tolist(), [decode(c) for c in test.codes]) == ([0], ["ACGT"])


def test_flipping_is_the_reverse_complement():
    data = toy(3)
    turned = Sequences(data.names, reverse_complement(data.codes), data.labels)
    rows = np.arange(6)
    assert torch.equal(flip(data.one_hot(rows)), turned.one_hot(rows))


@pytest.mark.parametrize("model", [lambda: PlainCnn(), lambda: ExplaiNN(40)], ids=["cnn", "explainn"])
def test_a_word_is_learned_on_both_strands(model):
    torch.manual_seed(0)
    net = model()
    fit(net, toy(), 0, both_strands=True, learning_rate=3e-3, epochs=15)
    fresh = toy(seed=1)
    scores = predict(net, fresh, both_strands=True)
    bound, unbound = scores[fresh.labels == 1], scores[fresh.labels == 0]
    assert (bound[:, None] > unbound).mean() > 0.95
    turned = Sequences(fresh.names, reverse_complement(fresh.codes), fresh.labels)
    np.testing.assert_allclose(predict(net, turned, both_strands=True), scores, atol=1e-4)


class Linear(nn.Module):
    """Adds up weights (4, L) at the letters that stand there."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, x):
        return (x * self.weight).sum((1, 2))


def test_attributions_of_a_linear_model_are_its_weights_against_the_shuffles():
    weight = torch.randn(4, 12, generator=torch.Generator().manual_seed(0))
    codes = np.stack([encode("AAAAAAAAAAAA"), encode("ACACACACACAC")])  # each is its own only shuffle
    data = Sequences(["a", "b"], codes, np.ones(2, dtype=np.float32))
    found = hypothetical_attributions(Linear(weight), data, np.random.default_rng(0), both_strands=False)
    standing = weight.numpy()[codes, np.arange(12)]
    np.testing.assert_allclose(found, weight.numpy()[None] - standing[:, None, :], atol=1e-5)


def test_the_motif_of_a_unit_is_what_its_filter_answers_to():
    torch.manual_seed(0)
    net, data = ExplaiNN(40).eval(), toy()
    with torch.no_grad():
        convolution = net.filters[0]
        convolution.weight.zero_()
        convolution.bias.zero_()
        for column, letter in enumerate(encode(WORD).tolist(), start=4):
            convolution.weight[0, letter, column] = 1.0
        net.final.weight.zero_()
        net.final.weight[0, 0] = 1.0
        net.final.bias.fill_(10.0)  # every sequence is taken for bound
        net.after_out[0].bias[0] = 5.0  # and the unit always speaks
    found, sites = motifs(net, data, both_strands=True)
    assert len(net.final.weight[0]) == UNITS
    assert [motif.consensus() for motif in found] == [WORD]
    row_of = dict(zip(data.names, data.codes, strict=True))
    words = [row_of[s.sequence][s.start : s.end] for s in sites]
    words = [w if s.strand == "+" else reverse_complement(w) for s, w in zip(sites, words, strict=True)]
    assert {s.strand for s in sites} == {"+", "-"}
    assert np.mean([decode(w) == WORD for w in words]) > 0.9


def test_an_untrained_network_that_recognises_nothing_has_no_motif():
    net = ExplaiNN(40).eval()
    with torch.no_grad():
        net.final.bias.fill_(-100.0)
    assert motifs(net, toy(), both_strands=True) == ([], [])


@pytest.mark.parametrize("name", ["scoring", "scanning", "tables", "localisation", "recovery_sets", "planted_dna"])
def test_examples_in_the_docstrings_hold(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0
