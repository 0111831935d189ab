"""Sequences of unequal lengths in one batch: each has the scores, sites and predictions that it has alone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sparling.networks.local import ResidualLocal
from sparling.training.revival.recruitment import recruit
from sparling_genomics.data.given import unlabelled
from sparling_genomics.letters.alphabet import ALPHABETS, reverse_complement
from sparling_genomics.motifs.activations import look
from sparling_genomics.network.front_ends import FeaturedStrandMax, ForwardOnly, StrandMax, StrandPair
from sparling_genomics.network.matrix_local import MatrixLocal
from sparling_genomics.network.motif_network import NetworkDescription, build_network
from sparling_genomics.runs.finished import load_stored
from sparling_genomics.scan.predictions import predict
from sparling_genomics.tasks.binary import network_input


def shaken(module: nn.Module) -> nn.Module:
    """In float64 and evaluation mode, with BatchNorms whose zero input does not give zero."""
    generator = torch.Generator().manual_seed(5)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for part in (norm.running_mean, norm.bias.data):
                part.copy_(torch.randn(part.shape, generator=generator))
    return module.double().eval()


def residual() -> ResidualLocal:
    torch.manual_seed(0)
    return ResidualLocal(4, 3, width=8, units=2, stem=3)


def matrix() -> MatrixLocal:
    local = MatrixLocal(3, 11, residual(), gated=True)
    nn.init.normal_(local.network.weight)
    local.admit([0.0, 0.1])
    return local


FRONT_ENDS = {
    "residual, both strands": StrandMax(residual()),
    "residual, forward": ForwardOnly(residual()),
    "residual, a channel a strand": StrandPair(residual()),
    "residual, with features": FeaturedStrandMax(residual()),
    "matrices, both strands": StrandMax(matrix()),
    "matrices, forward": ForwardOnly(matrix()),
}


def codes(lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 5, length).astype(np.uint8) for length in lengths]


def batch(parts):
    names = [str(i) for i in range(len(parts))]
    data = unlabelled(names, parts, [None] * len(parts), ALPHABETS["dna"])
    x, mask = network_input(torch.from_numpy(data.padded(np.arange(len(parts)))))
    return x.double(), mask


@pytest.mark.parametrize("name", FRONT_ENDS)
@settings(max_examples=15, deadline=None)
@given(lengths=st.lists(st.integers(1, 40), min_size=2, max_size=5), seed=st.integers(0, 99))
def test_scores_are_those_that_a_sequence_has_alone(name, lengths, seed):
    local = shaken(FRONT_ENDS[name])
    parts = codes(lengths, seed)
    for order in (range(len(parts)), reversed(range(len(parts)))):
        order = list(order)
        both = local.both(*batch([parts[i] for i in order]))
        scores = local(*batch([parts[i] for i in order]))
        for row, i in enumerate(order):
            x, mask = batch([parts[i]])
            assert mask is None
            torch.testing.assert_close(both[:, row, :, : lengths[i]], local.both(x)[:, 0])
            torch.testing.assert_close(scores[row, :, : lengths[i]], local(x)[0])


def test_features_are_those_that_a_sequence_has_alone():
    local, parts = shaken(FRONT_ENDS["residual, with features"]), codes((9, 30))
    x, mask = batch(parts)
    forward, reverse = local.features(x, mask).chunk(2)
    alone = local.features(batch(parts[:1])[0])
    torch.testing.assert_close(torch.stack([forward[0, :, :9], reverse[0, :, :9]]), alone)
    torch.testing.assert_close(local.project(local.features(x, mask)), local(x, mask))


def test_recruitment_sees_no_padding():
    """A channel is recruited alike whether its batches are padded further or not."""
    weights = []
    for longer in (0, 25):
        torch.manual_seed(1)
        model = shaken(build_network(NetworkDescription("dna", 3, 11, matrices=False, filters=8, units=1))).float()
        model.local = FeaturedStrandMax(model.local.local)
        model.sparsity.set_threshold(torch.tensor([-0.3, -0.3, 50.0]))
        x, mask = batch(codes((20, 40, 33)))
        x, mask = nn.functional.pad(x.float(), (0, longer)), nn.functional.pad(mask, (0, longer))
        assert recruit(model, [(x, mask)], lambda a, _: -float(a.sum())) == 2
        weights.append(model.local.weight.detach().clone())
    torch.testing.assert_close(*weights, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("alphabet", ["dna", "rna"])
def test_map_and_sites_in_float32_are_those_that_a_sequence_has_alone(alphabet):
    torch.manual_seed(0)
    model = build_network(NetworkDescription(alphabet, 4, 15, filters=16, units=2))
    nn.init.normal_(model.local.local.network.weight)
    model = shaken(model).float()
    model.sparsity.set_threshold(torch.full((4,), 0.5))
    parts = codes((8, 33, 21, 60))
    names = [str(i) for i in range(4)]
    data = unlabelled(names, parts, [None] * 4, ALPHABETS[alphabet])
    both, active = look(model, torch.from_numpy(data.padded(np.arange(4))))
    assert active.count_nonzero() > 5
    for row, part in enumerate(parts):
        alone, marks = look(model, torch.from_numpy(part[None]))
        torch.testing.assert_close(both[:, row, :, : len(part)], alone[:, 0], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(active[row, :, : len(part)], marks[0], atol=1e-5, rtol=1e-5)
        assert not active[row, :, len(part) :].any()


@pytest.fixture
def mixed_run(small_run: Path):
    """A stored run with a network of residual units in place of its own, which has none for padding to disturb."""
    run = load_stored(small_run, "cpu")
    torch.manual_seed(0)
    channels = run.network.channels
    run.model.local = StrandMax(ResidualLocal(4, channels, width=8, units=2, stem=3))
    shaken(run.model).float()
    x, _ = batch(codes([60] * 50, seed=8))
    run.model.sparsity.normaliser.calibrate([(run.model.local(x.float()), None)])
    run.model.sparsity.set_threshold(torch.full((channels,), 0.8))
    return run


def test_a_run_says_the_same_of_each_sequence_alone(mixed_run):
    rng = np.random.default_rng(4)
    lengths = (12, 40, 25, 33, 60, 18)
    parts = [rng.integers(0, 4, length).astype(np.uint8) for length in lengths]
    box = np.array([2, 3, 1, 0, 1, 2, 3, 2, 0, 1], dtype=np.uint8)
    for part in parts:  # up to the very end, and on the other strand
        part[-10:] = box
    parts += [reverse_complement(part) for part in parts]
    data = unlabelled([str(i) for i in range(12)], parts, [None] * 12, ALPHABETS["dna"])
    (together,) = predict(mixed_run, data)
    found, logits = mixed_run.find(data, 12)
    assert len(found)
    for i in range(12):
        one = data.subset(np.array([i]))
        (alone,) = predict(mixed_run, one)
        np.testing.assert_allclose(together.output[i], alone.output[0], atol=1e-5)
        np.testing.assert_allclose(together.motifs[i], alone.motifs[0], atol=1e-5)
        own, logit = mixed_run.find(one, 1)
        np.testing.assert_allclose(logits[i], logit[0], atol=1e-5)
        marks = found.select(found.sequence == i)
        for column in ("channel", "position", "reverse"):
            np.testing.assert_array_equal(getattr(marks, column), getattr(own, column))
        np.testing.assert_allclose(marks.score, own.score, atol=1e-5)
